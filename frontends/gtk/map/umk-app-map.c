/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State of the map and what the window may ask of it. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"
#include "umk-app-modality.h"
#include "umk-app-previews.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define MARGIN      44.0
#define MAX_ZOOM    20000.0
#define FIRST_BRUSH 28.0 /* pixels */

enum { INSPECT, HOVERED, VIEW, JOB, JOB_DONE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppMap, umk_app_map, GTK_TYPE_WIDGET)

/* One sentence for those who do not see the map. */
static void
update_accessible(UmkAppMap *self)
{
    gsize n = self->points ? self->points->n_points : 0;
    gsize marked = umk_app_rows_get_n_chosen(self->marked);
    gsize chosen = umk_app_rows_get_n_chosen(umk_app_scene_get_selection(self->scene));
    g_autofree char *all =
        g_strdup_printf(ngettext("Map of %zu item", "Map of %zu items", n), n);
    g_autofree char *some =
        marked == 0
            ? NULL
            : g_strdup_printf(
                  ngettext("%zu item stands out", "%zu items stand out", marked), marked);
    g_autofree char *selected =
        chosen == 0 ? NULL
                    : g_strdup_printf(ngettext("%zu item is selected",
                                               "%zu items are selected", chosen),
                                      chosen);
    g_autoptr(UmkItem) item = self->source && self->cursor != UMK_APP_NO_ROW
                                  ? umk_app_source_dup_item(self->source, self->cursor)
                                  : NULL;
    g_autofree char *title = item ? umk_app_item_dup_title(item) : NULL;
    g_autofree char *here = title ? g_strdup_printf(_("Cursor at “%s”"), title) : NULL;
    /* Translators: the names of two sets, left and right on the map */
    g_autofree char *axis =
        self->layout == NULL || self->layout->left == NULL
            ? NULL
            : g_strdup_printf(_("From “%s” on the left to “%s” on "
                                "the right"),
                              self->layout->left, self->layout->right);
    g_autofree char *upward =
        self->layout == NULL || self->layout->bottom == NULL
            ? NULL
            /* Translators: the names of two sets, below and above on the map */
            : g_strdup_printf(_("From “%s” at the bottom to “%s” at the top"),
                              self->layout->bottom, self->layout->top);
    g_autoptr(GString) text = g_string_new(axis);

    if (selected != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ". " : "", selected);
    if (upward != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ". " : "", upward);

    if (some != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ". " : "", some);
    if (here != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ". " : "", here);

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   all, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str,
                                   -1);
}

static void
clear_hover(UmkAppMap *self)
{
    if (self->hover_load != NULL)
        g_cancellable_cancel(self->hover_load);
    g_clear_object(&self->hover_load);
    g_clear_object(&self->hover_picture);
    g_clear_pointer(&self->hover_item, umk_item_unref);
    self->hovered = UMK_APP_NO_ROW;
}

static void
umk_app_map_dispose(GObject *object)
{
    UmkAppMap *self = UMK_APP_MAP(object);

    clear_hover(self);
    umk_app_map_cancel(self);
    _umk_app_map_drop_walk(self);
    g_clear_handle_id(&self->settle, g_source_remove);
    g_clear_pointer(&self->cloud, _umk_app_map_points_free);
    g_clear_pointer(&self->names, _umk_app_map_names_free);
    g_clear_pointer(&self->pictures, _umk_app_map_pictures_free);
    g_clear_pointer(&self->links, _umk_app_map_links_free);
    g_clear_pointer(&self->outline, g_array_unref);
    g_clear_pointer(&self->stroke, umk_app_stroke_free);
    g_clear_pointer(&self->painted, umk_app_rows_unref);
    g_clear_object(&self->actions);
    g_clear_pointer(&self->labels, g_ptr_array_unref);
    g_clear_pointer(&self->rings, g_array_unref);
    g_clear_pointer(&self->named, g_array_unref);
    g_clear_pointer(&self->selected_item, umk_item_unref);
    g_clear_pointer(&self->cursor_item, umk_item_unref);
    self->points = NULL;
    g_clear_pointer(&self->dress, _umk_app_map_looks_free);
    g_clear_pointer(&self->looks, umk_app_looks_free);
    g_clear_pointer(&self->layout, umk_app_layout_unref);
    g_clear_pointer(&self->marked, umk_app_rows_unref);
    g_clear_object(&self->source);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_map_parent_class)->dispose(object);
}

static void
umk_app_map_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    UmkAppMap *self = UMK_APP_MAP(widget);

    umk_app_view_resize(&self->view, width, height);
    if (self->fitted)
        umk_app_map_fit(self);
    _umk_app_map_tell_view(self);
}

static void
umk_app_map_measure(GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
    *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 160;
    *natural = 480;
}

static void
umk_app_map_class_init(UmkAppMapClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_map_dispose;
    widget_class->snapshot = _umk_app_map_snapshot;
    widget_class->size_allocate = umk_app_map_size_allocate;
    widget_class->measure = umk_app_map_measure;
    signals[HOVERED] = g_signal_new("hovered", UMK_APP_TYPE_MAP, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[INSPECT] = g_signal_new("inspect", UMK_APP_TYPE_MAP, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[VIEW] = g_signal_new("view", UMK_APP_TYPE_MAP, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
    signals[JOB] = g_signal_new("job", UMK_APP_TYPE_MAP, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_JOB);
    signals[JOB_DONE] =
        g_signal_new("job-done", UMK_APP_TYPE_MAP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, UMK_APP_TYPE_JOB, G_TYPE_STRING);
    gtk_widget_class_set_css_name(widget_class, "map");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
    _umk_app_map_class_init_input(widget_class);
    _umk_app_map_class_init_turn(widget_class);
}

static void
umk_app_map_init(UmkAppMap *self)
{
    self->hovered = self->cursor = self->selected = UMK_APP_NO_ROW;
    self->labels = g_ptr_array_new_with_free_func((GDestroyNotify) umk_item_unref);
    self->rings = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->named = g_array_new(FALSE, FALSE, sizeof(graphene_rect_t));
    self->dress = _umk_app_map_looks_new(self);
    self->cloud = _umk_app_map_points_new(self);
    self->outline = g_array_new(FALSE, FALSE, sizeof(double));
    self->names = _umk_app_map_names_new(self);
    self->pictures = _umk_app_map_pictures_new(self);
    self->links = _umk_app_map_links_new(self);
    self->view.scale = 1;
    self->brush_combine = UMK_APP_COMBINE_ADD;
    self->brush_size = FIRST_BRUSH;
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(_umk_app_map_redraw), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(adw_style_manager_get_default(), "notify::high-contrast",
                            G_CALLBACK(_umk_app_map_redraw), self, G_CONNECT_SWAPPED);
    _umk_app_map_init_input(self);
    _umk_app_map_init_turn(self);
    _umk_app_map_init_drag(self);
    _umk_app_map_init_actions(self);
}

/* ---- for the other files
 * -------------------------------------------------------------------- */

/* The picture of the points is not true any more. */
void
_umk_app_map_redraw(UmkAppMap *self)
{
    self->stale = TRUE;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* The looks are others. */
void
_umk_app_map_dressed(UmkAppMap *self)
{
    update_accessible(self);
    _umk_app_map_redraw(self);
}

/* The view has been moved by hand. */
void
_umk_app_map_moved(UmkAppMap *self)
{
    self->fitted = FALSE;
    _umk_app_map_tell_view(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Says so if the view is not what it was. */
void
_umk_app_map_tell_view(UmkAppMap *self)
{
    if (umk_app_view_equal(&self->view, &self->told))
        return;
    self->told = self->view;
    g_signal_emit(self, signals[VIEW], 0);
}

/* Shows work in the foot of the window, or takes it away. */
void
_umk_app_map_tell_job(UmkAppMap *self, UmkAppJob *job, gboolean begins)
{
    if (begins)
        g_signal_emit(self, signals[JOB], 0, job);
    else
        g_signal_emit(self, signals[JOB_DONE], 0, job, NULL);
}

/* What went wrong with work for the map. */
void
_umk_app_map_tell_problem(UmkAppMap *self, UmkAppJob *job, const GError *error)
{
    gboolean silent = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    g_signal_emit(self, signals[JOB_DONE], 0, job, silent ? NULL : error->message);
}

/* Whether things may fade and glide. */
gboolean
_umk_app_map_is_moving_allowed(UmkAppMap *self)
{
    return adw_get_enable_animations(GTK_WIDGET(self));
}

static void
hover_loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(UmkAppMap) self = data;
    g_autoptr(UmkPreview) preview = umk_app_previews_finish(result, NULL);

    if (preview == NULL || g_task_get_cancellable(G_TASK(result)) != self->hover_load)
        return;
    g_clear_object(&self->hover_picture);
    self->hover_picture = umk_app_previews_to_texture(preview);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
_umk_app_map_hover(UmkAppMap *self, guint32 row)
{
    if (row == self->hovered)
        return;
    clear_hover(self);
    self->hovered = row;
    if (row != UMK_APP_NO_ROW)
        self->hover_item = umk_app_source_dup_item(self->source, row);
    if (self->hover_item &&
        umk_item_get_modality(self->hover_item) == UMK_MODALITY_IMAGE) {
        self->hover_load = g_cancellable_new();
        umk_app_previews_load(self->hover_item, UMK_APP_THUMBNAIL, self->hover_load,
                              hover_loaded, g_object_ref(self));
    }
    _umk_app_map_show_cursor(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    g_signal_emit(self, signals[HOVERED], 0, row);
}

void
_umk_app_map_inspect(UmkAppMap *self, guint32 row)
{
    _umk_app_map_set_cursor(self, row);
    g_signal_emit(self, signals[INSPECT], 0, row);
}

/* Pans so that a row is in the middle, if it is not well inside already. */
static void
bring_into_view(UmkAppMap *self, guint32 row)
{
    double sx, sy, margin = MIN(40, MIN(self->view.width, self->view.height) / 4);
    double x, y;

    if (self->points == NULL ||
        !umk_app_points_see(self->points, &self->view, row, &x, &y))
        return;
    umk_app_view_to_screen(&self->view, x, y, &sx, &sy);
    if (sx >= margin && sx <= self->view.width - margin && sy >= margin &&
        sy <= self->view.height - margin)
        return;
    self->view.x = x;
    self->view.y = y;
    self->fitted = FALSE;
    _umk_app_map_tell_view(self);
}

void
_umk_app_map_set_cursor(UmkAppMap *self, guint32 row)
{
    self->cursor = row;
    g_clear_pointer(&self->cursor_item, umk_item_unref);
    if (row != UMK_APP_NO_ROW && self->source != NULL)
        self->cursor_item = umk_app_source_dup_item(self->source, row);
    if (row != UMK_APP_NO_ROW)
        bring_into_view(self, row);
    update_accessible(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
_umk_app_map_zoom_at(UmkAppMap *self, double factor, double x, double y)
{
    umk_app_view_zoom(&self->view, factor, x, y, self->fit_scale / 4,
                      self->fit_scale * MAX_ZOOM);
    _umk_app_map_moved(self);
}

/* ---- for the window
 * -------------------------------------------------------------------------- */

static void
update_layout(UmkAppMap *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);

    g_clear_pointer(&self->layout, umk_app_layout_unref);
    self->points = NULL;
    if (self->stroke != NULL)
        umk_app_stroke_forget_places(self->stroke);
    if (layout != NULL) {
        self->layout = umk_app_layout_ref(layout);
        self->points = layout->points;
    }
    _umk_app_map_looks_reset(self->dress);
}

static void
update_source(UmkAppMap *self)
{
    g_set_object(&self->source, umk_app_scene_get_source(self->scene));
    _umk_app_map_points_drop(self->cloud);
    umk_app_map_cancel(self);
    g_clear_pointer(&self->stroke, umk_app_stroke_free);
    g_clear_pointer(&self->painted, umk_app_rows_unref);
    _umk_app_map_drop_walk(self);
    self->cursor = self->selected = UMK_APP_NO_ROW;
    g_clear_pointer(&self->selected_item, umk_item_unref);
    g_clear_pointer(&self->cursor_item, umk_item_unref);
    g_ptr_array_set_size(self->labels, 0);
    g_array_set_size(self->rings, 0);
    g_clear_pointer(&self->marked, umk_app_rows_unref);
    self->fitted = TRUE;
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppMap *self)
{
    const UmkAppLook *look = umk_app_scene_get_look(scene);
    guint turned = self->view.yaw != look->yaw || self->view.pitch != look->pitch
                       ? UMK_APP_CHANGED_LOOK
                       : 0;

    gboolean ready = TRUE;

    if (changes & UMK_APP_CHANGED_LAYOUT) {
        changes |=
            UMK_APP_CHANGED_COLOUR | UMK_APP_CHANGED_FILTER | UMK_APP_CHANGED_SELECTION;
        clear_hover(self);
        if (changes & UMK_APP_CHANGED_SOURCE)
            update_source(self);
        update_layout(self);
        if (self->layout != NULL && self->fitted)
            umk_app_map_fit(self);
    }
    if (self->layout == NULL)
        changes &= UMK_APP_CHANGED_SOURCE;
    if (self->layout != NULL)
        ready = _umk_app_map_looks_update(self->dress);
    self->view.yaw = look->yaw;
    self->view.pitch = look->pitch;
    _umk_app_map_names_changed(self->names, changes);
    _umk_app_map_pictures_changed(self->pictures, changes);
    _umk_app_map_links_changed(self->links, changes);
    _umk_app_map_update_actions(self);
    update_accessible(self);
    /* turning is a motion, not another look of the same */
    if (ready && changes & ~UMK_APP_CHANGED_HISTORY & ~turned)
        _umk_app_map_redraw(self);
    else
        gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
scene_seen(UmkAppScene *scene, UmkAppMap *self)
{
    _umk_app_map_names_begin(self->names);
}

void
umk_app_map_set_scene(UmkAppMap *self, UmkAppScene *scene)
{
    g_set_object(&self->scene, scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(scene, "seen", G_CALLBACK(scene_seen), self, 0);
    scene_changed(scene, UMK_APP_CHANGED_ALL, self);
}

void
umk_app_map_mark(UmkAppMap *self, const guint32 *rows, gsize n_rows)
{
    float x, y;

    g_ptr_array_set_size(self->labels, 0);
    g_array_set_size(self->rings, 0);
    g_array_append_vals(self->rings, rows, (guint) MIN(n_rows, UMK_APP_MAP_RINGS));
    g_clear_pointer(&self->marked, umk_app_rows_unref);
    if (self->points != NULL) {
        if (n_rows > 0)
            self->marked = umk_app_rows_new(self->points->n_rows, rows, n_rows);
        _umk_app_map_looks_update(self->dress);
    }
    for (gsize i = 0; i < n_rows && self->labels->len < UMK_APP_MAP_LABELS; i++) {
        UmkItem *item =
            self->points != NULL && umk_app_points_find(self->points, rows[i], &x, &y)
                ? umk_app_source_dup_item(self->source, rows[i])
                : NULL;

        if (item == NULL)
            continue;
        self->label_rows[self->labels->len] = rows[i];
        g_ptr_array_add(self->labels, item);
    }
    update_accessible(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
umk_app_map_set_selected(UmkAppMap *self, guint32 row)
{
    self->selected = row;
    g_clear_pointer(&self->selected_item, umk_item_unref);
    if (row != UMK_APP_NO_ROW && self->source != NULL)
        self->selected_item = umk_app_source_dup_item(self->source, row);
    _umk_app_map_links_changed(self->links, 0);
    _umk_app_map_set_cursor(self, row);
}

guint32
umk_app_map_get_selected(UmkAppMap *self)
{
    return self->selected;
}

guint32
umk_app_map_get_cursor(UmkAppMap *self)
{
    return self->cursor;
}

/* To the nearest item that way; from nowhere, to the item nearest the middle. */
void
umk_app_map_move_cursor(UmkAppMap *self, UmkAppDirection way)
{
    guint32 row;

    if (self->points == NULL || self->points->n_points == 0)
        return;
    _umk_app_map_hover(self, UMK_APP_NO_ROW); /* the eyes are elsewhere now */
    if (self->cursor == UMK_APP_NO_ROW) {
        if (umk_app_pick_at(self->points, self->looks, &self->view, self->view.width / 2,
                            self->view.height / 2, self->view.width + self->view.height,
                            &row))
            _umk_app_map_set_cursor(self, row);
    } else if (umk_app_pick_toward_seen(self->points, self->looks, &self->view,
                                        self->cursor, way, &row)) {
        _umk_app_map_set_cursor(self, row);
    } else {
        gtk_widget_error_bell(GTK_WIDGET(self));
    }
}

void
umk_app_map_zoom(UmkAppMap *self, double factor)
{
    double x = self->view.width / 2, y = self->view.height / 2;
    double px, py;

    if (self->cursor != UMK_APP_NO_ROW && self->points != NULL &&
        umk_app_points_see(self->points, &self->view, self->cursor, &px, &py))
        umk_app_view_to_screen(&self->view, px, py, &x, &y);
    _umk_app_map_zoom_at(self, factor, x, y);
}

void
umk_app_map_fit(UmkAppMap *self)
{
    self->fitted = TRUE;
    if (self->points != NULL && self->points->n_points > 0 && self->view.width > 0)
        umk_app_view_fit(&self->view, self->points->bounds, MARGIN);
    self->fit_scale = self->view.scale;
    _umk_app_map_tell_view(self);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* So that a point of the plane is in the middle. */
void
umk_app_map_centre_on(UmkAppMap *self, double x, double y)
{
    self->view.x = x;
    self->view.y = y;
    _umk_app_map_moved(self);
}

void
umk_app_map_cancel(UmkAppMap *self)
{
    if (self->growing != NULL)
        umk_app_job_cancel(self->growing);
    g_clear_object(&self->growing);
}

UmkAppScene *
umk_app_map_get_scene(UmkAppMap *self)
{
    return self->scene;
}

const UmkAppPoints *
umk_app_map_get_points(UmkAppMap *self)
{
    return self->points;
}

const UmkAppView *
umk_app_map_get_view(UmkAppMap *self)
{
    return &self->view;
}

/* How often the points were drawn; for tests. */
guint64
umk_app_map_get_n_frames(UmkAppMap *self)
{
    return self->n_frames;
}

void
umk_app_map_set_view(UmkAppMap *self, double x, double y, double scale)
{
    self->view.x = x;
    self->view.y = y;
    self->view.scale = scale;
    self->fitted = FALSE;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
