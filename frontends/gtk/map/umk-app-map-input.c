/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pointer, wheel, pinch and keys of the map. Everything the pointer does a key does too.
 */
#include "umk-app-map-parts.h"

#include <math.h>

#define REACH 12.0 /* pixels about the pointer in which a point is meant */
#define STILL 4.0  /* pixels a click may wander */
#define STEP  64.0 /* pixels a key pans */

static void
hover_at(UmkAppMap *self, double x, double y)
{
    guint32 row = UMK_APP_NO_ROW;

    if (self->points != NULL && self->tool != UMK_APP_TOOL_BRUSH)
        umk_app_pick_at(self->points, self->looks, &self->view, x, y, REACH, &row);
    _umk_app_map_hover(self, row);
}

static void
pointer_moved(GtkEventControllerMotion *motion, double x, double y, UmkAppMap *self)
{
    self->pointer_x = x;
    self->pointer_y = y;
    self->pointer_inside = TRUE;
    if (self->tool == UMK_APP_TOOL_BRUSH)
        gtk_widget_queue_draw(GTK_WIDGET(self));
    if (!self->dragging)
        hover_at(self, x, y);
}

static void
pointer_left(GtkEventControllerMotion *motion, UmkAppMap *self)
{
    self->pointer_inside = FALSE;
    if (self->tool == UMK_APP_TOOL_BRUSH)
        gtk_widget_queue_draw(GTK_WIDGET(self));
    _umk_app_map_hover(self, UMK_APP_NO_ROW);
}

static GdkModifierType
keys_of(GtkGestureDrag *drag)
{
    return gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(drag));
}

static void
drag_begin(GtkGestureDrag *drag, double x, double y, UmkAppMap *self)
{
    self->drag_x = self->drag_y = 0;
    self->dragging = FALSE;
    self->taken_out = _umk_app_map_is_on_selection(self, x, y);
    gtk_widget_grab_focus(GTK_WIDGET(self));
    _umk_app_map_tool_begin(self, x, y, keys_of(drag));
    /* a brush paints where it is pressed down */
    self->dragging = self->drag_tool == UMK_APP_TOOL_BRUSH;
}

static void
drag_update(GtkGestureDrag *drag, double dx, double dy, UmkAppMap *self)
{
    double x, y;

    if (self->taken_out || (!self->dragging && hypot(dx, dy) < STILL))
        return;
    if (!self->dragging && self->drag_tool != UMK_APP_TOOL_PAN)
        _umk_app_map_hover(self, UMK_APP_NO_ROW);
    self->dragging = TRUE;
    if (self->drag_tool == UMK_APP_TOOL_PAN) {
        umk_app_view_pan(&self->view, dx - self->drag_x, dy - self->drag_y);
        _umk_app_map_moved(self);
    } else if (gtk_gesture_drag_get_start_point(drag, &x, &y)) {
        _umk_app_map_tool_update(self, x + dx, y + dy);
    }
    self->drag_x = dx;
    self->drag_y = dy;
}

/* A plain click inspects; one with Shift or Control chooses. */
static void
clicked(UmkAppMap *self, double x, double y, GdkModifierType keys)
{
    UmkAppCombine how = _umk_app_map_combine_of(self, keys);
    guint32 row;

    if (self->points == NULL ||
        !umk_app_pick_at(self->points, self->looks, &self->view, x, y, REACH, &row))
        return;
    if (keys & (GDK_SHIFT_MASK | GDK_CONTROL_MASK))
        _umk_app_map_select_clicked(self, row, how);
    else
        _umk_app_map_inspect(self, row);
}

static void
drag_end(GtkGestureDrag *drag, double dx, double dy, UmkAppMap *self)
{
    gboolean was_click = !self->dragging;
    double x, y;

    self->dragging = FALSE;
    if (was_click && gtk_gesture_drag_get_start_point(drag, &x, &y))
        clicked(self, x, y, keys_of(drag));
    else if (!was_click)
        _umk_app_map_tool_end(self, keys_of(drag));
    _umk_app_map_tool_cancel(self);
}

static void
drag_cancelled(GtkGesture *drag, GdkEventSequence *sequence, UmkAppMap *self)
{
    self->dragging = FALSE;
    _umk_app_map_tool_cancel(self);
}

static gboolean
scrolled(GtkEventControllerScroll *scroll, double dx, double dy, UmkAppMap *self)
{
    GdkModifierType keys =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));

    if (self->points == NULL || dy == 0)
        return FALSE;
    if (self->tool == UMK_APP_TOOL_BRUSH && keys & GDK_CONTROL_MASK) {
        umk_app_map_set_brush_size(self, self->brush_size * exp(-dy * 0.12));
        return TRUE;
    }
    _umk_app_map_zoom_at(self, exp(-dy * 0.18), self->pointer_x, self->pointer_y);
    hover_at(self, self->pointer_x, self->pointer_y);
    return TRUE;
}

static void
pinch_begin(GtkGesture *pinch, GdkEventSequence *sequence, UmkAppMap *self)
{
    self->pinch_scale = 1;
}

static void
pinched(GtkGestureZoom *pinch, double scale, UmkAppMap *self)
{
    double x, y;

    if (!gtk_gesture_get_bounding_box_center(GTK_GESTURE(pinch), &x, &y) || scale <= 0)
        return;
    _umk_app_map_zoom_at(self, scale / self->pinch_scale, x, y);
    self->pinch_scale = scale;
}

void
_umk_app_map_init_input(UmkAppMap *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkEventController *scroll =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
    GtkGesture *drag = gtk_gesture_drag_new(), *pinch = gtk_gesture_zoom_new();

    g_signal_connect_object(motion, "enter", G_CALLBACK(pointer_moved), self, 0);
    g_signal_connect_object(motion, "motion", G_CALLBACK(pointer_moved), self, 0);
    g_signal_connect_object(motion, "leave", G_CALLBACK(pointer_left), self, 0);
    g_signal_connect_object(drag, "drag-begin", G_CALLBACK(drag_begin), self, 0);
    g_signal_connect_object(drag, "drag-update", G_CALLBACK(drag_update), self, 0);
    g_signal_connect_object(drag, "drag-end", G_CALLBACK(drag_end), self, 0);
    g_signal_connect_object(drag, "cancel", G_CALLBACK(drag_cancelled), self, 0);
    g_signal_connect_object(scroll, "scroll", G_CALLBACK(scrolled), self, 0);
    g_signal_connect_object(pinch, "begin", G_CALLBACK(pinch_begin), self, 0);
    g_signal_connect_object(pinch, "scale-changed", G_CALLBACK(pinched), self, 0);
    gtk_widget_add_controller(widget, motion);
    gtk_widget_add_controller(widget, scroll);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(pinch));
}

/* ---- keys
 * ------------------------------------------------------------------------------------ */

static gboolean
key_cursor(GtkWidget *widget, GVariant *way, gpointer data)
{
    umk_app_map_move_cursor(UMK_APP_MAP(widget),
                            (UmkAppDirection) g_variant_get_int32(way));
    return TRUE;
}

static gboolean
key_pan(GtkWidget *widget, GVariant *way, gpointer data)
{
    static const double steps[4][2] = {{STEP, 0}, {-STEP, 0}, {0, STEP}, {0, -STEP}};
    UmkAppMap *self = UMK_APP_MAP(widget);
    const double *step = steps[g_variant_get_int32(way)];

    /* what has three dimensions is turned with these keys */
    if (self->layout != NULL && umk_matrix_get_n_cols(self->layout->coords) == 3)
        return FALSE;
    umk_app_view_pan(&self->view, step[0], step[1]);
    _umk_app_map_moved(self);
    return TRUE;
}

static gboolean
key_inspect(GtkWidget *widget, GVariant *none, gpointer data)
{
    UmkAppMap *self = UMK_APP_MAP(widget);

    if (self->cursor != UMK_APP_NO_ROW)
        _umk_app_map_inspect(self, self->cursor);
    return self->cursor != UMK_APP_NO_ROW;
}

static gboolean
key_zoom(GtkWidget *widget, GVariant *factor, gpointer data)
{
    umk_app_map_zoom(UMK_APP_MAP(widget), g_variant_get_double(factor));
    return TRUE;
}

static gboolean
key_fit(GtkWidget *widget, GVariant *none, gpointer data)
{
    umk_app_map_fit(UMK_APP_MAP(widget));
    return TRUE;
}

static gboolean
key_extend(GtkWidget *widget, GVariant *way, gpointer data)
{
    if (!_umk_app_map_extend(UMK_APP_MAP(widget),
                             (UmkAppDirection) g_variant_get_int32(way)))
        gtk_widget_error_bell(widget);
    return TRUE;
}

static gboolean
key_toggle(GtkWidget *widget, GVariant *none, gpointer data)
{
    UmkAppMap *self = UMK_APP_MAP(widget);

    if (self->cursor == UMK_APP_NO_ROW)
        return FALSE;
    if (self->tool == UMK_APP_TOOL_BRUSH)
        return _umk_app_map_brush_dab(self);
    _umk_app_map_select_clicked(self, self->cursor, UMK_APP_COMBINE_REMOVE);
    return TRUE;
}

/* Along the neighbours; with the brush, to another size of it. */
static gboolean
key_step(GtkWidget *widget, GVariant *step, gpointer data)
{
    UmkAppMap *self = UMK_APP_MAP(widget);
    gint32 way = g_variant_get_int32(step);

    if (self->tool == UMK_APP_TOOL_BRUSH)
        umk_app_map_set_brush_size(self, self->brush_size * (way > 0 ? 1.25 : 0.8));
    else if (!_umk_app_map_walk(self, way))
        gtk_widget_error_bell(widget);
    return TRUE;
}

/* A command of the map, by its name. */
static gboolean
key_command(GtkWidget *widget, GVariant *command, gpointer data)
{
    UmkAppMap *self = UMK_APP_MAP(widget);
    const char *name, *target;
    GVariant *parameter = NULL;

    g_variant_get(command, "(&s&s)", &name, &target);
    if (*target != '\0')
        parameter = g_variant_new_string(target);
    g_action_group_activate_action(G_ACTION_GROUP(self->actions), name, parameter);
    return TRUE;
}

/* What is being drawn, then the tool, then the selection; else the key is another's. */
static gboolean
key_escape(GtkWidget *widget, GVariant *none, gpointer data)
{
    UmkAppMap *self = UMK_APP_MAP(widget);

    if (self->dragging && self->drag_tool != UMK_APP_TOOL_PAN)
        _umk_app_map_tool_cancel(self);
    else if (self->tool != UMK_APP_TOOL_PAN)
        umk_app_map_set_tool(self, UMK_APP_TOOL_PAN);
    else if (umk_app_scene_get_selection(self->scene) != NULL)
        umk_app_map_select_none(self);
    else
        return FALSE;
    return TRUE;
}

static gboolean
key_neighbours(GtkWidget *widget, GVariant *none, gpointer data)
{
    return gtk_widget_activate_action(widget, "win.neighbours", NULL);
}

static void
bind_commands(GtkWidgetClass *klass)
{
    static const struct {
        guint key;
        GdkModifierType modifiers;
        const char *name, *target;
    } commands[] = {
        {GDK_KEY_l, 0, "tool", "lasso"},
        {GDK_KEY_b, 0, "tool", "box"},
        {GDK_KEY_p, 0, "tool", "brush"},
        {GDK_KEY_v, 0, "tool", "pan"},
        {GDK_KEY_a, GDK_CONTROL_MASK, "select-all", ""},
        {GDK_KEY_a, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "select-none", ""},
        {GDK_KEY_i, 0, "select-invert", ""},
        {GDK_KEY_g, 0, "select-grow", ""},
        {GDK_KEY_Menu, 0, "menu", ""},
        {GDK_KEY_F10, GDK_SHIFT_MASK, "menu", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        gtk_widget_class_add_binding(klass, commands[i].key, commands[i].modifiers,
                                     key_command, "(ss)", commands[i].name,
                                     commands[i].target);
}

void
_umk_app_map_class_init_input(GtkWidgetClass *klass)
{
    static const guint arrows[2][4] = {
        {GDK_KEY_Left, GDK_KEY_Right, GDK_KEY_Up, GDK_KEY_Down},
        {GDK_KEY_KP_Left, GDK_KEY_KP_Right, GDK_KEY_KP_Up, GDK_KEY_KP_Down}};
    static const guint nearer[] = {GDK_KEY_plus, GDK_KEY_equal, GDK_KEY_KP_Add};
    static const guint further[] = {GDK_KEY_minus, GDK_KEY_KP_Subtract};
    static const guint enter[] = {GDK_KEY_Return, GDK_KEY_KP_Enter};
    static const guint fit[] = {GDK_KEY_f, GDK_KEY_0, GDK_KEY_Home};

    for (guint pad = 0; pad < 2; pad++)
        for (int way = 0; way < 4; way++) {
            gtk_widget_class_add_binding(klass, arrows[pad][way], 0, key_cursor, "i",
                                         way);
            gtk_widget_class_add_binding(klass, arrows[pad][way], GDK_SHIFT_MASK,
                                         key_extend, "i", way);
            gtk_widget_class_add_binding(klass, arrows[pad][way], GDK_CONTROL_MASK,
                                         key_pan, "i", way);
        }
    for (guint i = 0; i < G_N_ELEMENTS(nearer); i++)
        gtk_widget_class_add_binding(klass, nearer[i], 0, key_zoom, "d", 1.25);
    for (guint i = 0; i < G_N_ELEMENTS(further); i++)
        gtk_widget_class_add_binding(klass, further[i], 0, key_zoom, "d", 0.8);
    for (guint i = 0; i < G_N_ELEMENTS(enter); i++)
        gtk_widget_class_add_binding(klass, enter[i], 0, key_inspect, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(fit); i++)
        gtk_widget_class_add_binding(klass, fit[i], 0, key_fit, NULL);
    gtk_widget_class_add_binding(klass, GDK_KEY_space, 0, key_toggle, NULL);
    gtk_widget_class_add_binding(klass, GDK_KEY_Escape, 0, key_escape, NULL);
    gtk_widget_class_add_binding(klass, GDK_KEY_n, 0, key_neighbours, NULL);
    gtk_widget_class_add_binding(klass, GDK_KEY_bracketleft, 0, key_step, "i", -1);
    gtk_widget_class_add_binding(klass, GDK_KEY_bracketright, 0, key_step, "i", 1);
    bind_commands(klass);
}
