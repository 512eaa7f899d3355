/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One condition "layer" for all lines; its detail lists those that are off, as "m1" for a
 * modality's number or "f" and a model's name. How faint the lines are is a value of the
 * scene by the same keys; an item that is in two layers has the product. */
#include "umk-app-layers.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>

#include <string.h>

typedef struct {
    char *key;    /* as in the detail */
    int modality; /* negative for a model */
    guint group;  /* of the field "model" */
    GtkWidget *line, *check, *scale;
} Layer;

struct _UmkAppLayers {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppFields *fields;
    GtkWidget *box, *list;
    GArray *layers; /* Layer */
    gboolean filling;
};

G_DEFINE_FINAL_TYPE(UmkAppLayers, umk_app_layers, GTK_TYPE_WIDGET)

static void
layer_clear(gpointer data)
{
    g_free(((Layer *) data)->key);
}

static void
umk_app_layers_dispose(GObject *object)
{
    UmkAppLayers *self = UMK_APP_LAYERS(object);

    g_clear_pointer(&self->layers, g_array_unref);
    g_clear_object(&self->fields);
    g_clear_object(&self->scene);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_layers_parent_class)->dispose(object);
}

static void
umk_app_layers_class_init(UmkAppLayersClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_layers_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_layers_init(UmkAppLayers *self)
{
    GtkWidget *heading = gtk_label_new(_("Layers"));

    self->layers = g_array_new(FALSE, TRUE, sizeof(Layer));
    g_array_set_clear_func(self->layers, layer_clear);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_widget_add_css_class(heading, "heading");
    gtk_box_append(GTK_BOX(self->box), heading);
    gtk_box_append(GTK_BOX(self->box), self->list);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

/* ---- asking the scene ----------------------------------------------------------------
 */

static gboolean
is_on(const Layer *layer)
{
    return gtk_check_button_get_active(GTK_CHECK_BUTTON(layer->check));
}

static void
mark_kept(UmkAppLayers *self, guint8 *keep, gsize n)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    const guint8 *modalities = umk_app_source_get_modalities(source);
    UmkAppField *models = umk_app_fields_find(self->fields, "model");

    memset(keep, 1, n);
    for (guint l = 0; l < self->layers->len; l++) {
        const Layer *layer = &g_array_index(self->layers, Layer, l);

        if (is_on(layer))
            continue;
        for (gsize i = 0; i < n; i++)
            if (layer->modality >= 0 ? modalities[i] == layer->modality
                                     : models != NULL && models->group[i] == layer->group)
                keep[i] = 0;
    }
}

static void
switched(UmkAppLayers *self)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    UmkAppFilter *filter = umk_app_scene_get_filter(self->scene);
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autoptr(UmkAppFilter) next = NULL;
    g_autoptr(UmkAppRows) rows = NULL;
    g_autofree guint8 *keep = NULL;
    gsize n;

    if (self->filling || source == NULL)
        return;
    n = umk_app_source_get_n_items(source);
    for (guint l = 0; l < self->layers->len; l++)
        if (!is_on(&g_array_index(self->layers, Layer, l)))
            g_string_append_printf(detail, "%s%s", detail->len > 0 ? "\n" : "",
                                   g_array_index(self->layers, Layer, l).key);
    if (detail->len > 0) {
        keep = g_new(guint8, n + 1);
        mark_kept(self, keep, n);
        rows = umk_app_rows_new_from_mask(n, keep);
    }
    next = umk_app_filter_with(filter, "layer", detail->str, rows);
    umk_app_scene_set_filter(self->scene, next, _("Switch Layers"));
}

/* What the sliders say, for every row. */
static guint8 *
make_levels(UmkAppLayers *self, gsize n)
{
    const guint8 *modalities =
        umk_app_source_get_modalities(umk_app_scene_get_source(self->scene));
    UmkAppField *models = umk_app_fields_find(self->fields, "model");
    double of_modality[UMK_N_MODALITIES] = {1, 1, 1, 1};
    guint n_groups = models != NULL ? models->n_groups : 0;
    g_autofree double *of_group = g_new(double, n_groups + 1);
    guint8 *levels = g_new(guint8, n + 1);

    for (guint g = 0; g <= n_groups; g++)
        of_group[g] = 1;
    for (guint l = 0; l < self->layers->len; l++) {
        const Layer *layer = &g_array_index(self->layers, Layer, l);
        double opacity = gtk_range_get_value(GTK_RANGE(layer->scale));

        if (layer->modality >= 0)
            of_modality[layer->modality % UMK_N_MODALITIES] = opacity;
        else if (layer->group < n_groups)
            of_group[layer->group] = opacity;
    }
    for (gsize i = 0; i < n; i++)
        levels[i] = umk_app_fade_level(
            of_modality[modalities[i] % UMK_N_MODALITIES] *
            (models != NULL ? of_group[MIN(models->group[i], n_groups)] : 1));
    return levels;
}

static void
faded(UmkAppLayers *self)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    g_autoptr(UmkAppFade) fade = NULL;
    gsize n;

    if (self->filling || source == NULL)
        return;
    n = umk_app_source_get_n_items(source);
    for (guint l = 0; l < self->layers->len; l++) {
        const Layer *layer = &g_array_index(self->layers, Layer, l);
        double opacity = gtk_range_get_value(GTK_RANGE(layer->scale));

        if (opacity >= 1)
            continue;
        if (fade == NULL)
            fade = umk_app_fade_new(n, make_levels(self, n));
        umk_app_fade_add(fade, layer->key, opacity);
    }
    umk_app_scene_set_fade(self->scene, fade, _("Fade a Layer"));
}

/* ---- lines ---------------------------------------------------------------------------
 */

static GtkWidget *
make_scale(UmkAppLayers *self, const char *name)
{
    GtkWidget *scale =
        gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 0.05, 1, 0.05);
    /* Translators: the name of a layer of the map, as "Pictures" */
    g_autofree char *text = g_strdup_printf(_("Opacity of %s"), name);

    gtk_range_set_value(GTK_RANGE(scale), 1);
    gtk_widget_set_size_request(scale, 72, -1);
    gtk_widget_set_tooltip_text(scale, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   text, -1);
    g_signal_connect_swapped(scale, "value-changed", G_CALLBACK(faded), self);
    return scale;
}

static void
add_line(UmkAppLayers *self, Layer layer, const char *icon, const char *name, gsize n)
{
    g_autofree char *number = g_strdup_printf("%'zu", n);
    GtkWidget *count = gtk_label_new(number), *title = gtk_label_new(name);
    GtkWidget *inside = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

    layer.line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    layer.check = gtk_check_button_new();
    if (icon != NULL)
        gtk_box_append(GTK_BOX(inside), gtk_image_new_from_icon_name(icon));
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_widget_set_tooltip_text(title, name);
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_widget_set_hexpand(title, TRUE);
    gtk_box_append(GTK_BOX(inside), title);
    gtk_check_button_set_child(GTK_CHECK_BUTTON(layer.check), inside);
    gtk_widget_set_hexpand(layer.check, TRUE);
    gtk_check_button_set_active(GTK_CHECK_BUTTON(layer.check), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(layer.check),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_widget_add_css_class(count, "dim-label");
    gtk_widget_add_css_class(count, "numeric");
    gtk_widget_add_css_class(count, "caption");
    gtk_box_append(GTK_BOX(layer.line), layer.check);
    gtk_box_append(GTK_BOX(layer.line), count);
    layer.scale = make_scale(self, name);
    gtk_box_append(GTK_BOX(layer.line), layer.scale);
    g_signal_connect_swapped(layer.check, "toggled", G_CALLBACK(switched), self);
    gtk_box_append(GTK_BOX(self->list), layer.line);
    g_array_append_val(self->layers, layer);
}

static void
add_modalities(UmkAppLayers *self, UmkAppSource *source)
{
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        gsize n = umk_app_source_get_n_modality(source, (UmkModality) m);
        Layer layer = {.modality = (int) m};

        if (n == 0)
            continue;
        layer.key = g_strdup_printf("m%u", m);
        add_line(self, layer, umk_app_modality_get_icon((UmkModality) m),
                 umk_app_modality_get_plural((UmkModality) m), n);
    }
}

static void
add_models(UmkAppLayers *self)
{
    UmkAppField *models = umk_app_fields_find(self->fields, "model");

    if (models == NULL || models->kind != UMK_APP_FIELD_CATEGORY || models->n_groups < 2)
        return;
    for (guint g = 0; g < MIN(models->n_groups, 24); g++) {
        Layer layer = {.modality = -1, .group = g};

        layer.key = g_strconcat("f", models->names[g], NULL);
        add_line(self, layer, "package-x-generic-symbolic", models->names[g],
                 models->counts[g]);
    }
}

/* Switches and sliders as the scene says. */
static void
follow(UmkAppLayers *self)
{
    const char *detail =
        umk_app_filter_get_detail(umk_app_scene_get_filter(self->scene), "layer");
    g_auto(GStrv) off = g_strsplit(detail != NULL ? detail : "", "\n", -1);
    UmkAppFade *fade = umk_app_scene_get_fade(self->scene);

    self->filling = TRUE;
    for (guint l = 0; l < self->layers->len; l++) {
        const Layer *layer = &g_array_index(self->layers, Layer, l);
        gboolean on = !g_strv_contains((const char *const *) off, layer->key);

        gtk_check_button_set_active(GTK_CHECK_BUTTON(layer->check), on);
        gtk_range_set_value(GTK_RANGE(layer->scale), umk_app_fade_get(fade, layer->key));
        gtk_widget_set_sensitive(layer->scale, on);
    }
    self->filling = FALSE;
}

static void
refill(UmkAppLayers *self)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(self->list)) != NULL)
        gtk_box_remove(GTK_BOX(self->list), child);
    g_array_set_size(self->layers, 0);
    if (source != NULL) {
        add_modalities(self, source);
        add_models(self);
    }
    gtk_widget_set_visible(GTK_WIDGET(self), self->layers->len > 0);
    follow(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppLayers *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        refill(self);
    else if (changes & (UMK_APP_CHANGED_FILTER | UMK_APP_CHANGED_FADE))
        follow(self);
}

void
umk_app_layers_set_scene(UmkAppLayers *self, UmkAppScene *scene, UmkAppFields *fields)
{
    self->scene = g_object_ref(scene);
    self->fields = g_object_ref(fields);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(fields, "changed", G_CALLBACK(refill), self,
                            G_CONNECT_SWAPPED);
    refill(self);
}

guint
umk_app_layers_get_n(UmkAppLayers *self)
{
    return self->layers->len;
}

GtkWidget *
umk_app_layers_get_switch(UmkAppLayers *self, guint line)
{
    return g_array_index(self->layers, Layer, line).check;
}

GtkRange *
umk_app_layers_get_slider(UmkAppLayers *self, guint line)
{
    return GTK_RANGE(g_array_index(self->layers, Layer, line).scale);
}
