/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One fit at a time. What it hands out is shown as a passing layout of the scene, so that
 * cancelling needs nothing but to stop showing it; the end is one step to be undone. */
#include "umk-app-projector-parts.h"

#include "umk-app-recipe.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#define PAUSE      350 /* ms after the last change before it is laid out */
#define LEAST_UMAP 50u
#define MOST_UMAP  200000u /* items for which UMAP is a matter of a minute */

enum { JOB, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppProjector, umk_app_projector, GTK_TYPE_WIDGET)

static void
forget_fit(UmkAppProjector *self)
{
    if (self->fitting == NULL)
        return;
    for (guint w = 0; w < G_N_ELEMENTS(self->watches); w++)
        g_clear_signal_handler(&self->watches[w], self->fitting);
    g_clear_object(&self->fitting);
}

static void
umk_app_projector_dispose(GObject *object)
{
    UmkAppProjector *self = UMK_APP_PROJECTOR(object);

    g_clear_handle_id(&self->again, g_source_remove);
    if (self->fitting != NULL)
        umk_app_job_cancel(self->fitting);
    forget_fit(self);
    g_clear_pointer(&self->methods, g_strfreev);
    g_clear_object(&self->fields);
    g_clear_object(&self->scene);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_projector_parent_class)->dispose(object);
}

static void
umk_app_projector_class_init(UmkAppProjectorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_projector_dispose;
    signals[JOB] = g_signal_new("job", UMK_APP_TYPE_PROJECTOR, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_JOB);
    signals[FAILED] = g_signal_new("failed", UMK_APP_TYPE_PROJECTOR, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "projector");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_projector_init(UmkAppProjector *self)
{
    _umk_app_projector_build(self);
}

/* ---- what the panel says -------------------------------------------------------------
 */

const char *
umk_app_projector_get_method(UmkAppProjector *self)
{
    guint at = gtk_drop_down_get_selected(GTK_DROP_DOWN(self->method));

    return self->methods[MIN(at, g_strv_length(self->methods) - 1)];
}

gboolean
_umk_app_projector_has_axes(UmkAppProjector *self)
{
    const char *method = umk_app_projector_get_method(self);

    return g_str_equal(method, "axes") || g_str_equal(method, "columns");
}

static gboolean
is_deep(UmkAppProjector *self)
{
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->deep));
}

gboolean
umk_app_projector_offers_umap(UmkAppProjector *self)
{
    UmkAppLayout *layout = self->scene ? umk_app_scene_get_layout(self->scene) : NULL;

    return layout != NULL && g_str_equal(layout->method, "pca") &&
           self->fitting == NULL && layout->points->n_points >= LEAST_UMAP &&
           layout->points->n_points <= MOST_UMAP;
}

static UmkAppAxes *
read_axes(UmkAppProjector *self)
{
    g_autoptr(UmkAppAxes) axes = umk_app_axes_new();

    axes->n_axes = is_deep(self) ? 3 : 2;
    for (guint a = 0; a < axes->n_axes; a++)
        if (!umk_app_axis_editor_read(UMK_APP_AXIS_EDITOR(self->editors[a]),
                                      &axes->axes[a]))
            return NULL;
    return g_steal_pointer(&axes);
}

/* ---- one fit -------------------------------------------------------------------------
 */

static void
fit_moved(UmkAppJob *job, UmkAppLayout *layout, gpointer owner)
{
    UmkAppProjector *self = owner;

    if (job == self->fitting)
        umk_app_scene_show_live(self->scene, layout);
}

static void
fit_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppProjector *self = owner;
    g_autoptr(UmkAppLayout) layout = result;
    g_autofree char *deed = NULL;

    if (job != self->fitting)
        return;
    forget_fit(self);
    if (layout != NULL) {
        /* Translators: a step that can be undone; a method's name follows */
        deed = g_strdup_printf(_("Lay Out: %s"), layout->title);
        umk_app_scene_set_layout(self->scene, layout, deed);
    } else {
        umk_app_scene_show_live(self->scene, NULL);
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_signal_emit(self, signals[FAILED], 0, error->message);
    }
    _umk_app_projector_show_running(self);
    gtk_widget_set_visible(self->offer, umk_app_projector_offers_umap(self));
}

void
umk_app_projector_cancel(UmkAppProjector *self)
{
    g_clear_handle_id(&self->again, g_source_remove);
    if (self->fitting == NULL)
        return;
    umk_app_job_cancel(self->fitting);
    forget_fit(self);
    self->cancelling = TRUE;
    umk_app_scene_show_live(self->scene, NULL);
    self->cancelling = FALSE;
    _umk_app_projector_show_running(self);
    gtk_widget_set_visible(self->offer, umk_app_projector_offers_umap(self));
}

void
umk_app_projector_lay_out(UmkAppProjector *self, gboolean anew)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    UmkAppFitOrder order = {
        .source = source, .method = umk_app_projector_get_method(self), .anew = anew};
    g_autoptr(UmkParams) params = NULL;

    umk_app_projector_cancel(self);
    if (source == NULL || umk_app_source_get_map_problem(source) != NULL)
        return;
    if (_umk_app_projector_has_axes(self)) {
        order.axes = read_axes(self);
        if (order.axes == NULL) {
            g_signal_emit(self, signals[FAILED], 0,
                          _("Say what each axis shows: choose items on the map and make "
                            "them its ends, or write a formula"));
            return;
        }
    } else {
        umk_app_form_set(self->form, "dims", is_deep(self) ? "3" : "2");
        order.params = params = umk_app_form_make_params(self->form);
        order.centred = gtk_widget_get_visible(self->centre) &&
                        gtk_check_button_get_active(GTK_CHECK_BUTTON(self->centre));
    }
    self->fitting = umk_app_fit_start(&order, fit_moved, fit_done, G_OBJECT(self));
    self->watches[0] =
        g_signal_connect_swapped(self->fitting, "notify::fraction",
                                 G_CALLBACK(_umk_app_projector_show_running), self);
    self->watches[1] =
        g_signal_connect_swapped(self->fitting, "notify::paused",
                                 G_CALLBACK(_umk_app_projector_show_running), self);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress), 0);
    gtk_widget_set_visible(self->offer, FALSE);
    _umk_app_projector_show_running(self);
    g_signal_emit(self, signals[JOB], 0, self->fitting);
}

static gboolean
lay_out_again(gpointer data)
{
    UmkAppProjector *self = data;
    g_autoptr(UmkAppAxes) axes =
        _umk_app_projector_has_axes(self) ? read_axes(self) : NULL;

    self->again = 0;
    if (axes != NULL || !_umk_app_projector_has_axes(self))
        umk_app_projector_lay_out(self, FALSE);
    return G_SOURCE_REMOVE;
}

void
_umk_app_projector_changed(UmkAppProjector *self)
{
    if (self->filling || self->scene == NULL ||
        !gtk_check_button_get_active(GTK_CHECK_BUTTON(self->live)))
        return;
    g_clear_handle_id(&self->again, g_source_remove);
    self->again = g_timeout_add(PAUSE, lay_out_again, self);
}

/* ---- following the scene -------------------------------------------------------------
 */

static void
fill_form(UmkAppProjector *self, const char *recipe)
{
    g_autoptr(JsonNode) root = recipe ? json_from_string(recipe, NULL) : NULL;
    JsonNode *params = root != NULL && JSON_NODE_HOLDS_OBJECT(root)
                           ? json_object_get_member(json_node_get_object(root), "params")
                           : NULL;
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;

    if (params == NULL || !JSON_NODE_HOLDS_OBJECT(params))
        return;
    json_object_iter_init(&iter, json_node_get_object(params));
    while (json_object_iter_next(&iter, &name, &value)) {
        g_autofree char *text = NULL;

        if (!JSON_NODE_HOLDS_VALUE(value))
            continue;
        if (json_node_get_value_type(value) == G_TYPE_STRING)
            text = g_strdup(json_node_get_string(value));
        else if (json_node_get_value_type(value) == G_TYPE_BOOLEAN)
            text = g_strdup(json_node_get_boolean(value) ? "yes" : "no");
        else
            text = json_to_string(value, FALSE);
        umk_app_form_set(self->form, name, text);
    }
}

void
umk_app_projector_set_n_dims(UmkAppProjector *self, guint n_dims)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(n_dims > 2 ? self->deep : self->flat),
                                 TRUE);
}

void
umk_app_projector_set_method(UmkAppProjector *self, const char *method)
{
    for (guint i = 0; self->methods[i] != NULL; i++) {
        if (!g_str_equal(self->methods[i], method))
            continue;
        self->filling = TRUE;
        gtk_drop_down_set_selected(GTK_DROP_DOWN(self->method), i);
        self->filling = FALSE;
        _umk_app_projector_show_method(self);
    }
}

/* Shows how the layout was made, so that a step back steps the panel back. */
static void
follow(UmkAppProjector *self, UmkAppLayout *layout)
{
    if (umk_projection_get_title(layout->method) == NULL)
        return; /* made by hand: what the panel says stays */
    if (!g_str_equal(umk_app_projector_get_method(self), layout->method))
        umk_app_projector_set_method(self, layout->method);
    self->filling = TRUE;
    umk_app_projector_set_n_dims(self, (guint) umk_matrix_get_n_cols(layout->coords));
    if (!_umk_app_projector_has_axes(self)) {
        fill_form(self, layout->recipe);
        gtk_check_button_set_active(GTK_CHECK_BUTTON(self->centre),
                                    umk_app_recipe_is_centred(layout->recipe));
    }
    self->filling = FALSE;
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppProjector *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(scene);

    if (changes & UMK_APP_CHANGED_SOURCE) {
        umk_app_projector_cancel(self);
        _umk_app_projector_show_centre(self);
        for (guint a = 0; a < UMK_APP_MAX_AXES; a++)
            umk_app_axis_editor_reset(UMK_APP_AXIS_EDITOR(self->editors[a]));
        gtk_widget_set_sensitive(self->box,
                                 layout != NULL && layout->points->n_points > 0);
    }
    if (!(changes & UMK_APP_CHANGED_LAYOUT) || layout == NULL ||
        umk_app_scene_is_live(scene))
        return;
    /* somebody else's layout, or a step: what was under way is not wanted any more */
    if (self->fitting != NULL)
        umk_app_projector_cancel(self);
    /* who cancels may want to try again with other options: they stay */
    if (!self->cancelling)
        follow(self, layout);
    gtk_widget_set_visible(self->offer, umk_app_projector_offers_umap(self));
}

void
umk_app_projector_set_scene(UmkAppProjector *self,
                            UmkAppScene *scene,
                            UmkAppFields *fields)
{
    self->scene = g_object_ref(scene);
    self->fields = g_object_ref(fields);
    _umk_app_projector_add_axes(self);
    _umk_app_projector_show_method(self);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    scene_changed(scene, UMK_APP_CHANGED_ALL, self);
}

UmkAppForm *
umk_app_projector_get_form(UmkAppProjector *self)
{
    return self->form;
}

UmkAppAxisEditor *
umk_app_projector_get_axis(UmkAppProjector *self, guint axis)
{
    return UMK_APP_AXIS_EDITOR(self->editors[axis]);
}

UmkAppJob *
umk_app_projector_get_job(UmkAppProjector *self)
{
    return self->fitting;
}
