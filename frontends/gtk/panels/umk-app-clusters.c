/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measured in a job as soon as colours stand for other clusters; what the job finds for
 * colours that are not shown any more is thrown away. */
#include "umk-app-clusters.h"

#include "umk-app-expander.h"
#include "umk-app-modality.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <math.h>

struct _UmkAppClusters {
    GtkWidget parent_instance;
    GtkWidget *box, *tells, *figures, *again, *each, *list;
    UmkAppScene *scene;
    UmkAppClasses *classes; /* that are measured, or were; or NULL */
    UmkAppGroups *groups;   /* of them, or NULL */
    UmkAppJob *measuring;
};

enum { CHOSEN, JOB, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppClusters, umk_app_clusters, GTK_TYPE_WIDGET)

void
umk_app_clusters_cancel(UmkAppClusters *self)
{
    if (self->measuring != NULL)
        umk_app_job_cancel(self->measuring);
    g_clear_object(&self->measuring);
}

const UmkAppGroups *
umk_app_clusters_get_groups(UmkAppClusters *self)
{
    return self->groups;
}

/* ---- lines ---------------------------------------------------------------------------
 */

static char *
figure_text(double figure)
{
    return umk_app_text_set_minus(isnan(figure) ? g_strdup("–")
                                                : g_strdup_printf("%.2f", figure));
}

static char *
make_figures(const UmkAppGroups *groups)
{
    guint n = groups->groups->len;
    g_autofree char *number =
        g_strdup_printf(ngettext("%u cluster", "%u clusters", n), n);
    g_autofree char *figure = figure_text(groups->silhouette);
    gsize n_inside = groups->n_rows - groups->n_outside;
    g_autofree char *sample = groups->n_sample < n_inside
                                  ? g_strdup_printf(_("sample of %zu, seed %u"),
                                                    groups->n_sample, UMK_APP_GROUPS_SEED)
                                  : g_strdup(_("all items"));
    double outside = 100 * (double) groups->n_outside / (double) MAX(groups->n_rows, 1);

    if (groups->n_outside == 0)
        /* Translators: “7 clusters”, a figure from −1 to 1, “sample of 3000, seed 42” */
        return g_strdup_printf(_("%s · silhouette %s (%s)"), number, figure, sample);
    return g_strdup_printf(
        /* Translators: the same and a share of the items */
        _("%s · silhouette %s (%s) · %.3g %% in no cluster"), number, figure, sample,
        outside);
}

static void
line_clicked(GtkButton *line, UmkAppClusters *self)
{
    guint row = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), "umk-row"));

    g_signal_emit(self, signals[CHOSEN], 0, row);
}

static GtkWidget *
make_label(const char *text, const char *class)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (class != NULL)
        gtk_widget_add_css_class(label, class);
    return label;
}

static void
add_line(UmkAppClusters *self, const UmkAppGroup *group)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    g_autoptr(UmkItem) item = group->typical != G_MAXUINT32
                                  ? umk_app_source_dup_item(source, group->typical)
                                  : NULL;
    g_autofree char *title = item != NULL ? umk_app_item_dup_title(item) : NULL;
    g_autofree char *typical =
        title != NULL ? g_strdup_printf(_("Most typical: %s"), title) : NULL;
    g_autofree char *figure = figure_text(group->silhouette);
    g_autofree char *items = g_strdup_printf(
        ngettext("%'zu item", "%'zu items", group->n_items), group->n_items);
    /* Translators: “12 items”, a figure from −1 to 1 */
    g_autofree char *facts = g_strdup_printf(_("%s · silhouette %s"), items, figure);
    g_autofree char *heard =
        g_strdup_printf("%s. %s", facts, typical != NULL ? typical : "");
    GtkWidget *line = gtk_button_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);

    gtk_box_append(GTK_BOX(box), make_label(group->name, NULL));
    gtk_box_append(GTK_BOX(box), make_label(facts, "caption"));
    if (typical != NULL)
        gtk_box_append(GTK_BOX(box), make_label(typical, "caption"));
    gtk_button_set_child(GTK_BUTTON(line), box);
    gtk_widget_add_css_class(line, "flat");
    gtk_widget_add_css_class(line, "cluster-line");
    gtk_widget_set_sensitive(line, item != NULL);
    gtk_widget_set_tooltip_text(line, _("Go to its most typical item"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(line), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   group->name, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   heard, -1);
    g_object_set_data(G_OBJECT(line), "umk-row", GUINT_TO_POINTER(group->typical));
    g_signal_connect(line, "clicked", G_CALLBACK(line_clicked), self);
    gtk_box_append(GTK_BOX(self->list), line);
}

static void
show_groups(UmkAppClusters *self)
{
    g_autofree char *figures = make_figures(self->groups);

    gtk_label_set_label(GTK_LABEL(self->tells),
                        umk_app_groups_tell(self->groups->silhouette));
    gtk_label_set_label(GTK_LABEL(self->figures), figures);
    gtk_widget_set_visible(self->figures, TRUE);
    for (guint g = 0; g < self->groups->groups->len; g++)
        add_line(self, &g_array_index(self->groups->groups, UmkAppGroup, g));
    gtk_widget_set_visible(self->each, TRUE);
}

/* ---- measuring -----------------------------------------------------------------------
 */

static void
measured(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppClusters *self = owner;
    UmkAppGroups *groups = result;

    if (job != self->measuring) {
        umk_app_groups_free(groups);
        return;
    }
    g_clear_object(&self->measuring);
    if (groups == NULL) {
        gboolean stopped = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

        gtk_label_set_label(GTK_LABEL(self->tells), stopped ? _("The clusters were not "
                                                                "measured.")
                                                            : error->message);
        gtk_widget_set_visible(self->again, TRUE);
        return;
    }
    self->groups = groups;
    show_groups(self);
}

static void
clear(UmkAppClusters *self)
{
    GtkWidget *line;

    umk_app_clusters_cancel(self);
    g_clear_pointer(&self->groups, umk_app_groups_free);
    while ((line = gtk_widget_get_first_child(self->list)) != NULL)
        gtk_box_remove(GTK_BOX(self->list), line);
    gtk_widget_set_visible(self->figures, FALSE);
    gtk_widget_set_visible(self->again, FALSE);
    gtk_widget_set_visible(self->each, FALSE);
}

static void
measure(UmkAppClusters *self)
{
    clear(self);
    gtk_label_set_label(GTK_LABEL(self->tells), _("Measuring the clusters…"));
    self->measuring = umk_app_groups_start(umk_app_scene_get_source(self->scene),
                                           self->classes, measured, G_OBJECT(self));
    g_signal_emit(self, signals[JOB], 0, self->measuring);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppClusters *self)
{
    UmkAppClasses *classes = umk_app_scene_get_classes(scene);
    gboolean shows = umk_app_scene_get_source(scene) != NULL && classes != NULL &&
                     g_strcmp0(classes->key, "cluster") == 0 && !classes->is_scale;

    if (!(changes & (UMK_APP_CHANGED_COLOUR | UMK_APP_CHANGED_SOURCE)))
        return;
    gtk_widget_set_visible(GTK_WIDGET(self), shows);
    if (shows && classes == self->classes)
        return;
    clear(self);
    g_clear_pointer(&self->classes, umk_app_classes_unref);
    if (!shows)
        return;
    self->classes = umk_app_classes_ref(classes);
    measure(self);
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_clusters_dispose(GObject *object)
{
    UmkAppClusters *self = UMK_APP_CLUSTERS(object);

    umk_app_clusters_cancel(self);
    g_clear_pointer(&self->groups, umk_app_groups_free);
    g_clear_pointer(&self->classes, umk_app_classes_unref);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_clusters_parent_class)->dispose(object);
}

static void
umk_app_clusters_class_init(UmkAppClustersClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_clusters_dispose;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_CLUSTERS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[JOB] = g_signal_new("job", UMK_APP_TYPE_CLUSTERS, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_JOB);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "clusters");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *
make_text(const char *class)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 30);
    gtk_widget_add_css_class(label, "caption");
    if (class != NULL)
        gtk_widget_add_css_class(label, class);
    return label;
}

static void
umk_app_clusters_init(UmkAppClusters *self)
{
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->tells = make_text(NULL);
    self->figures = make_text("dim-label");
    gtk_widget_set_tooltip_text(
        self->figures,
        _("Silhouette: how much nearer items are to their own cluster than "
          "to the next. 1: far apart, 0: on the border, below 0: nearer "
          "to another"));
    self->again = gtk_button_new_with_mnemonic(_("_Measure"));
    gtk_widget_set_halign(self->again, GTK_ALIGN_START);
    g_signal_connect_swapped(self->again, "clicked", G_CALLBACK(measure), self);
    self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    self->each = umk_app_expander_new(_("Each Cluster"), self->list);
    gtk_box_append(GTK_BOX(self->box), self->tells);
    gtk_box_append(GTK_BOX(self->box), self->figures);
    gtk_box_append(GTK_BOX(self->box), self->again);
    gtk_box_append(GTK_BOX(self->box), self->each);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

void
umk_app_clusters_set_scene(UmkAppClusters *self, UmkAppScene *scene)
{
    self->scene = g_object_ref(scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    scene_changed(scene, UMK_APP_CHANGED_ALL, self);
}
