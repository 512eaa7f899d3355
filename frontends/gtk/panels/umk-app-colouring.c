/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A choice whose entries follow the fields. Groups and trust are found in a job when they
 * are asked for, kept as fields, and trust is found anew for every layout. */
#include "umk-app-colouring.h"

#include "umk-app-found.h"

#include <glib/gi18n.h>

struct _UmkAppColouring {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppFields *fields;
    GtkWidget *box, *choice, *spinner;
    GPtrArray *names; /* char *, of the entries */
    char *preferred;
    char *awaited; /* what the job finds */
    char *deed;    /* of the choice that started it, or NULL */
    UmkAppJob *finding;
    UmkAppLayout *trusted; /* the layout that "trust" is of */
    gboolean filling;
};

enum { CHOSEN, JOB, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppColouring, umk_app_colouring, GTK_TYPE_WIDGET)

void
umk_app_colouring_cancel(UmkAppColouring *self)
{
    if (self->finding != NULL)
        umk_app_job_cancel(self->finding);
    g_clear_object(&self->finding);
    g_clear_pointer(&self->awaited, g_free);
    g_clear_pointer(&self->deed, g_free);
    gtk_spinner_stop(GTK_SPINNER(self->spinner));
    gtk_widget_set_visible(self->spinner, FALSE);
}

static void
umk_app_colouring_dispose(GObject *object)
{
    UmkAppColouring *self = UMK_APP_COLOURING(object);

    if (self->box != NULL)
        umk_app_colouring_cancel(self);
    g_clear_pointer(&self->trusted, umk_app_layout_unref);
    g_clear_pointer(&self->names, g_ptr_array_unref);
    g_clear_pointer(&self->preferred, g_free);
    g_clear_object(&self->fields);
    g_clear_object(&self->scene);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_colouring_parent_class)->dispose(object);
}

static void
umk_app_colouring_class_init(UmkAppColouringClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_colouring_dispose;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_COLOURING, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[JOB] = g_signal_new("job", UMK_APP_TYPE_COLOURING, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_JOB);
    signals[FAILED] = g_signal_new("failed", UMK_APP_TYPE_COLOURING, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

/* ---- colouring -----------------------------------------------------------------------
 */

/* Classes that are hidden by number mean nothing under other colours. */
static void
colour_by(UmkAppColouring *self, UmkAppClasses *classes, const char *deed)
{
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    g_autoptr(UmkAppFilter) without = NULL;

    umk_app_scene_set_classes(self->scene, classes, deed);
    if (umk_app_filter_get_condition(filter, "class") == NULL)
        return;
    without = umk_app_filter_with(filter, "class", NULL, NULL);
    umk_app_scene_set_filter(self->scene, without, deed);
}

static UmkAppClasses *
make_classes(UmkAppColouring *self, const char *name)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    UmkAppField *field = umk_app_fields_find(self->fields, name);

    if (g_str_equal(name, "modality"))
        return umk_app_classes_new_by_modality(source);
    if (g_str_equal(name, "label"))
        return umk_app_classes_new_by_label(source);
    if (g_str_equal(name, "trust") &&
        self->trusted != umk_app_scene_get_layout(self->scene))
        return NULL;
    return field != NULL && field->group != NULL ? umk_app_classes_new_by_field(field)
                                                 : NULL;
}

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppColouring *self = owner;
    g_autoptr(UmkAppField) field = result;
    g_autofree char *deed = NULL;
    g_autoptr(UmkAppClasses) classes = NULL;

    if (job != self->finding)
        return;
    deed = g_steal_pointer(&self->deed);
    /* while it is still awaited: else it would be taken as the preferred one, without a
     * step */
    if (field != NULL)
        umk_app_fields_put(self->fields, field);
    umk_app_colouring_cancel(self);
    if (field == NULL) {
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_signal_emit(self, signals[FAILED], 0, error->message);
        return;
    }
    classes = umk_app_classes_new_by_field(field);
    colour_by(self, classes, deed);
}

static void
find(UmkAppColouring *self, const char *name, const char *deed)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);

    umk_app_colouring_cancel(self);
    self->awaited = g_strdup(name);
    self->deed = g_strdup(deed);
    if (g_str_equal(name, "trust")) {
        g_clear_pointer(&self->trusted, umk_app_layout_unref);
        self->trusted = umk_app_layout_ref(layout);
        self->finding = umk_app_found_trust(source, layout, found, G_OBJECT(self));
    } else {
        self->finding = umk_app_found_clusters(source, found, G_OBJECT(self));
    }
    gtk_widget_set_visible(self->spinner, TRUE);
    gtk_spinner_start(GTK_SPINNER(self->spinner));
    g_signal_emit(self, signals[JOB], 0, self->finding);
}

static gboolean
take(UmkAppColouring *self, const char *name, const char *deed)
{
    g_autoptr(UmkAppClasses) classes = NULL;

    if (umk_app_scene_get_source(self->scene) == NULL)
        return FALSE;
    classes = make_classes(self, name);
    if (classes != NULL) {
        umk_app_colouring_cancel(self);
        colour_by(self, classes, deed);
        return TRUE;
    }
    if (!g_str_equal(name, "trust") && !g_str_equal(name, "cluster"))
        return FALSE;
    if (umk_app_source_get_map_problem(umk_app_scene_get_source(self->scene)) == NULL)
        find(self, name, deed);
    return TRUE;
}

/* ---- the choice ----------------------------------------------------------------------
 */

static void
add_entry(UmkAppColouring *self,
          GtkStringList *titles,
          const char *name,
          const char *title)
{
    g_ptr_array_add(self->names, g_strdup(name));
    gtk_string_list_append(titles, title);
}

static void
select_name(UmkAppColouring *self, const char *name)
{
    for (guint i = 0; name != NULL && i < self->names->len; i++)
        if (g_str_equal(self->names->pdata[i], name)) {
            self->filling = TRUE;
            gtk_drop_down_set_selected(GTK_DROP_DOWN(self->choice), i);
            self->filling = FALSE;
        }
}

static void
fill(UmkAppColouring *self)
{
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);
    UmkAppClasses *classes = self->scene ? umk_app_scene_get_classes(self->scene) : NULL;
    const char *const own[] = {"modality", "label", "cluster", "trust", NULL};

    g_ptr_array_set_size(self->names, 0);
    add_entry(self, titles, "modality", _("By Modality"));
    add_entry(self, titles, "label", _("By Label"));
    for (guint i = 0; self->fields != NULL && i < umk_app_fields_get_n(self->fields);
         i++) {
        UmkAppField *field = umk_app_fields_get(self->fields, i);
        /* Translators: the name of a field, as in a table */
        g_autofree char *title = g_strdup_printf(_("By “%s”"), field->title);

        if (field->group != NULL && !g_strv_contains(own, field->name))
            add_entry(self, titles, field->name, title);
    }
    add_entry(self, titles, "cluster", _("By Cluster"));
    add_entry(self, titles, "trust", _("By Trust"));
    self->filling = TRUE;
    gtk_drop_down_set_model(GTK_DROP_DOWN(self->choice), G_LIST_MODEL(titles));
    self->filling = FALSE;
    if (self->awaited != NULL)
        select_name(self, self->awaited);
    else if (classes != NULL)
        select_name(self, classes->key);
}

const char *
umk_app_colouring_get_chosen(UmkAppColouring *self)
{
    guint at = gtk_drop_down_get_selected(GTK_DROP_DOWN(self->choice));

    return at < self->names->len ? self->names->pdata[at] : "modality";
}

static void
chosen(UmkAppColouring *self)
{
    GtkStringObject *title;
    g_autofree char *name = NULL, *deed = NULL;

    if (self->filling || self->scene == NULL)
        return;
    name = g_strdup(umk_app_colouring_get_chosen(self));
    title = gtk_drop_down_get_selected_item(GTK_DROP_DOWN(self->choice));
    /* Translators: a step that can be undone; "By Modality" or the like follows */
    deed =
        g_strdup_printf(_("Colour %s"), title ? gtk_string_object_get_string(title) : "");
    umk_app_colouring_prefer(self, name);
    take(self, name, deed);
    g_signal_emit(self, signals[CHOSEN], 0, name);
}

gboolean
umk_app_colouring_choose(UmkAppColouring *self, const char *name)
{
    for (guint i = 0; i < self->names->len; i++)
        if (g_str_equal(self->names->pdata[i], name)) {
            gtk_drop_down_set_selected(GTK_DROP_DOWN(self->choice), i);
            return TRUE;
        }
    return FALSE;
}

void
umk_app_colouring_prefer(UmkAppColouring *self, const char *name)
{
    char *copy = g_strdup(name);

    g_free(self->preferred);
    self->preferred = copy;
}

void
umk_app_colouring_apply(UmkAppColouring *self)
{
    const char *name = self->preferred != NULL ? self->preferred : "modality";

    if (!take(self, name, NULL))
        take(self, "modality", NULL);
    select_name(self, self->awaited != NULL ? self->awaited : name);
}

/* ---- following -----------------------------------------------------------------------
 */

static void
fields_changed(UmkAppFields *fields, UmkAppColouring *self)
{
    UmkAppClasses *classes = umk_app_scene_get_classes(self->scene);

    fill(self);
    if (self->preferred == NULL || classes == NULL || self->awaited != NULL ||
        !g_str_equal(classes->key, "modality") ||
        g_str_equal(self->preferred, "modality") ||
        umk_app_fields_find(fields, self->preferred) == NULL)
        return;
    take(self, self->preferred, NULL);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppColouring *self)
{
    UmkAppClasses *classes = umk_app_scene_get_classes(scene);

    if (changes & UMK_APP_CHANGED_SOURCE) {
        umk_app_colouring_cancel(self);
        g_clear_pointer(&self->trusted, umk_app_layout_unref);
    }
    if (changes & UMK_APP_CHANGED_COLOUR && classes != NULL && self->awaited == NULL)
        select_name(self, classes->key);
    if (changes & UMK_APP_CHANGED_LAYOUT && !umk_app_scene_is_live(scene) &&
        classes != NULL && g_str_equal(classes->key, "trust") &&
        self->trusted != umk_app_scene_get_layout(scene))
        find(self, "trust", NULL);
}

static void
umk_app_colouring_init(UmkAppColouring *self)
{
    GtkWidget *heading = gtk_label_new(_("Colour"));

    self->names = g_ptr_array_new_with_free_func(g_free);
    self->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    self->spinner = gtk_spinner_new();
    self->choice = gtk_drop_down_new_from_strings(NULL);
    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_widget_set_hexpand(heading, TRUE);
    gtk_widget_add_css_class(heading, "heading");
    gtk_widget_set_visible(self->spinner, FALSE);
    gtk_widget_set_tooltip_text(self->choice, _("What Colours Stand For"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->choice),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("What Colours Stand For"), -1);
    gtk_box_append(GTK_BOX(self->box), heading);
    gtk_box_append(GTK_BOX(self->box), self->spinner);
    gtk_box_append(GTK_BOX(self->box), self->choice);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    fill(self);
    g_signal_connect_swapped(self->choice, "notify::selected", G_CALLBACK(chosen), self);
}

void
umk_app_colouring_set_scene(UmkAppColouring *self,
                            UmkAppScene *scene,
                            UmkAppFields *fields)
{
    self->scene = g_object_ref(scene);
    self->fields = g_object_ref(fields);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(fields, "changed", G_CALLBACK(fields_changed), self, 0);
    fill(self);
}

GtkDropDown *
umk_app_colouring_get_drop_down(UmkAppColouring *self)
{
    return GTK_DROP_DOWN(self->choice);
}
