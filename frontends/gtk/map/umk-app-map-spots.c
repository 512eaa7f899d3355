/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of clusters over the points: where they stand. Which of them have room depends on
 * the zoom alone, so they stay as they are while the map is moved; those of the other
 * level fade in as one comes near. Words are painted once, a few in each frame: a hundred
 * outlined names at once would be a stall. */
#include "umk-app-map-parts.h"

#include <adwaita.h>

#include <math.h>

#define FADE   0.18 /* seconds from nothing to all */
#define NEAR   0.75 /* doublings of the first scale below which one is far */
#define NEARER 0.95 /* and above which one is near */
#define APART  4.0f /* pixels between two names */
#define EDGE   4.0f /* pixels from the edge of the map */
#define ASIDE  0.35 /* opacity while search results stand out */
#define BUDGET 6000 /* microseconds of a frame after which no other name is painted */

typedef struct {
    double x, y; /* of the plane */
    float width, height;
    GdkTexture *texture;
    gboolean drawn;  /* some of it is, with this layout and filter */
    gboolean placed; /* there is room at this zoom */
    double alpha;    /* as last shown */
} Spot;

struct _UmkAppMapSpots {
    UmkAppMap *map;
    UmkAppNaming *naming;
    GArray *spots[UMK_APP_N_LEVELS]; /* Spot, as the crowds of the naming */
    double scale[UMK_APP_N_LEVELS];  /* for which they were placed; 0: not yet */
    guint level;                     /* that is shown */
    guint tick;
    gint64 last_frame;
    GArray *taken; /* graphene_rect_t: drawn in this frame */
};

static void
spot_clear(gpointer data)
{
    Spot *spot = data;

    g_clear_object(&spot->texture);
}

static void
place_anew(UmkAppMapSpots *self)
{
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        self->scale[l] = 0;
    gtk_widget_queue_draw(GTK_WIDGET(self->map));
}

static void
theme_changed(UmkAppMapSpots *self)
{
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        for (guint i = 0; i < self->spots[l]->len; i++)
            g_clear_object(&g_array_index(self->spots[l], Spot, i).texture);
    place_anew(self);
}

UmkAppMapSpots *
_umk_app_map_spots_new(UmkAppMap *map)
{
    UmkAppMapSpots *self = g_new0(UmkAppMapSpots, 1);
    AdwStyleManager *style = adw_style_manager_get_default();

    self->map = map;
    self->taken = g_array_new(FALSE, FALSE, sizeof(graphene_rect_t));
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        self->spots[l] = g_array_new(FALSE, TRUE, sizeof(Spot));
        g_array_set_clear_func(self->spots[l], spot_clear);
    }
    g_signal_connect_swapped(style, "notify::dark", G_CALLBACK(theme_changed), self);
    g_signal_connect_swapped(style, "notify::high-contrast", G_CALLBACK(theme_changed),
                             self);
    g_signal_connect_swapped(map, "notify::scale-factor", G_CALLBACK(theme_changed),
                             self);
    return self;
}

static void
stop_fading(UmkAppMapSpots *self)
{
    if (self->tick != 0)
        gtk_widget_remove_tick_callback(GTK_WIDGET(self->map), self->tick);
    self->tick = 0;
}

void
_umk_app_map_spots_free(UmkAppMapSpots *self)
{
    g_signal_handlers_disconnect_by_data(adw_style_manager_get_default(), self);
    g_signal_handlers_disconnect_by_data(self->map, self);
    stop_fading(self);
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        g_array_unref(self->spots[l]);
    g_array_unref(self->taken);
    umk_app_naming_unref(self->naming);
    g_free(self);
}

/* Whether the filter leaves any of a crowd. */
static gboolean
is_any_kept(const UmkAppCrowd *crowd, UmkAppRows *kept)
{
    if (kept == NULL)
        return TRUE;
    for (gsize m = 0; m < crowd->n_members; m++)
        if (umk_app_rows_contains(kept, crowd->members[m]))
            return TRUE;
    return FALSE;
}

/* The layout, the filter or the turn is another. */
void
_umk_app_map_spots_moved(UmkAppMapSpots *self)
{
    UmkAppMap *map = self->map;
    UmkAppRows *kept;

    if (self->naming == NULL)
        return;
    kept = umk_app_filter_get_rows(umk_app_scene_get_filter(map->scene));
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        for (guint i = 0; i < self->spots[l]->len; i++) {
            const UmkAppCrowd *crowd =
                &g_array_index(self->naming->levels[l], UmkAppCrowd, i);
            Spot *spot = &g_array_index(self->spots[l], Spot, i);

            spot->drawn = map->points != NULL &&
                          umk_app_crowd_find_middle(crowd, map->points, &map->view,
                                                    &spot->x, &spot->y) &&
                          is_any_kept(crowd, kept);
        }
    }
    place_anew(self);
}

/* naming NULL: there are none. */
void
_umk_app_map_spots_show(UmkAppMapSpots *self, UmkAppNaming *naming)
{
    if (naming != self->naming) {
        umk_app_naming_unref(self->naming);
        self->naming = naming != NULL ? umk_app_naming_ref(naming) : NULL;
        for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
            g_array_set_size(self->spots[l], 0);
            g_array_set_size(self->spots[l], naming != NULL ? naming->levels[l]->len : 0);
        }
    }
    place_anew(self);
    _umk_app_map_spots_moved(self);
}

/* ---- painting and placing ------------------------------------------------------------
 */

static void
paint(UmkAppMapSpots *self, guint level, guint i, Spot *spot)
{
    const char *text = _umk_app_map_spots_get(self, level, i);
    float ratio = (float) gtk_widget_get_scale_factor(GTK_WIDGET(self->map));

    spot->texture = _umk_app_map_paint_text(self->map, text, level == 0 ? 1.15 : 0.92);
    spot->width = (float) gdk_texture_get_width(spot->texture) / ratio;
    spot->height = (float) gdk_texture_get_height(spot->texture) / ratio;
}

/* FALSE: there are more than this frame has time for. */
static gboolean
paint_some(UmkAppMapSpots *self, guint level, gint64 until)
{
    for (guint i = 0; i < self->spots[level]->len; i++) {
        Spot *spot = &g_array_index(self->spots[level], Spot, i);

        if (!spot->drawn || spot->texture != NULL)
            continue;
        if (g_get_monotonic_time() >= until)
            return FALSE;
        paint(self, level, i, spot);
    }
    return TRUE;
}

/* In pixels from the origin of the plane, which no pan moves. */
static graphene_rect_t
box_of(const Spot *spot, double scale)
{
    return GRAPHENE_RECT_INIT((float) (spot->x * scale) - spot->width / 2,
                              (float) (-spot->y * scale) - spot->height / 2,
                              spot->width + APART, spot->height + APART);
}

static void
place(UmkAppMapSpots *self, guint level, double scale)
{
    GArray *spots = self->spots[level];
    g_autofree graphene_rect_t *taken = g_new(graphene_rect_t, spots->len + 1);
    guint n_taken = 0;

    for (guint i = 0; i < spots->len; i++) {
        Spot *spot = &g_array_index(spots, Spot, i);
        graphene_rect_t box;

        spot->placed = spot->drawn;
        if (!spot->drawn)
            continue;
        box = box_of(spot, scale);
        for (guint k = 0; k < n_taken && spot->placed; k++)
            spot->placed = !graphene_rect_intersection(&taken[k], &box, NULL);
        if (spot->placed)
            taken[n_taken++] = box;
    }
}

/* Names that are not all painted stand where they stood. FALSE: more in the next frame.
 */
static gboolean
prepare(UmkAppMapSpots *self, guint level, gint64 until)
{
    double scale = self->map->view.scale;

    if (self->scale[level] == scale)
        return TRUE;
    if (!paint_some(self, level, until))
        return FALSE;
    place(self, level, scale);
    self->scale[level] = scale;
    return TRUE;
}

/* Which of the two levels is shown; a little zoom about the border changes nothing. */
static guint
choose_level(UmkAppMapSpots *self)
{
    UmkAppMap *map = self->map;
    double near = log2(map->view.scale / MAX(map->fit_scale, 1e-9));

    if (self->spots[1]->len == 0 || near < NEAR)
        self->level = 0;
    else if (self->spots[0]->len == 0 || near > NEARER)
        self->level = 1;
    return self->level;
}

static gboolean
fade_on(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    gtk_widget_queue_draw(widget);
    return G_SOURCE_CONTINUE;
}

/* Moves what is shown towards what is wanted; FALSE: not there yet. */
static gboolean
fade(Spot *spot, double wanted, double step)
{
    spot->alpha = spot->alpha < wanted ? MIN(spot->alpha + step, wanted)
                                       : MAX(spot->alpha - step, wanted);
    return spot->alpha == wanted;
}

/* Where a name is drawn: about its place, or pushed in from the edge if only its words
 * are out of sight and nothing is there already. */
static graphene_rect_t
find_room(UmkAppMapSpots *self, const Spot *spot)
{
    const UmkAppView *view = &self->map->view;
    graphene_rect_t box;
    double x, y, left, top;

    umk_app_view_to_screen(view, spot->x, spot->y, &x, &y);
    left = round(x - (double) spot->width / 2);
    top = round(y - (double) spot->height / 2);
    box = GRAPHENE_RECT_INIT((float) left, (float) top, spot->width, spot->height);
    if (x < 0 || y < 0 || x > view->width || y > view->height)
        return box;
    box.origin.x = CLAMP(box.origin.x, EDGE, (float) view->width - spot->width - EDGE);
    box.origin.y = CLAMP(box.origin.y, EDGE, (float) view->height - spot->height - EDGE);
    for (guint i = 0; i < self->taken->len; i++)
        if (graphene_rect_intersection(&g_array_index(self->taken, graphene_rect_t, i),
                                       &box, NULL))
            return GRAPHENE_RECT_INIT((float) left, (float) top, spot->width,
                                      spot->height);
    return box;
}

static void
append_spot(UmkAppMapSpots *self, GtkSnapshot *snapshot, const Spot *spot)
{
    const UmkAppView *view = &self->map->view;
    graphene_rect_t box = find_room(self, spot);

    if (!graphene_rect_intersection(
            &box, &GRAPHENE_RECT_INIT(0, 0, (float) view->width, (float) view->height),
            NULL))
        return;
    if (spot->alpha < 1)
        gtk_snapshot_push_opacity(snapshot, spot->alpha);
    gtk_snapshot_append_texture(snapshot, spot->texture, &box);
    if (spot->alpha < 1)
        gtk_snapshot_pop(snapshot);
    g_array_append_val(self->taken, box);
}

static double
step_of(UmkAppMapSpots *self)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self->map));
    gint64 now = clock != NULL ? gdk_frame_clock_get_frame_time(clock) : 0;
    double step = self->tick != 0 ? (double) (now - self->last_frame) / 1e6 / FADE : 0;

    self->last_frame = now;
    return _umk_app_map_is_moving_allowed(self->map) ? CLAMP(step, 0, 1) : 1;
}

void
_umk_app_map_spots_append(UmkAppMapSpots *self, GtkSnapshot *snapshot)
{
    UmkAppMap *map = self->map;
    gint64 until = g_get_monotonic_time() + BUDGET;
    gboolean wanted, still = TRUE;
    double step = step_of(self), all;
    guint level;

    g_array_set_size(self->taken, 0);
    if (self->naming == NULL || map->points == NULL)
        return;
    wanted = umk_app_scene_get_look(map->scene)->labels;
    level = choose_level(self);
    all = map->marked != NULL ? ASIDE : 1;
    still &= prepare(self, level, until);
    still &= prepare(self, 1 - level, until);
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        double weight = wanted && l == level ? all : 0;

        for (guint i = 0; i < self->spots[l]->len; i++) {
            Spot *spot = &g_array_index(self->spots[l], Spot, i);

            still &= fade(spot, spot->placed && spot->drawn ? weight : 0, step);
            if (spot->alpha > 0 && spot->texture != NULL)
                append_spot(self, snapshot, spot);
        }
    }
    if (still)
        stop_fading(self);
    else if (self->tick == 0)
        self->tick = gtk_widget_add_tick_callback(GTK_WIDGET(map), fade_on, NULL, NULL);
}

guint
_umk_app_map_spots_get_n(UmkAppMapSpots *self, guint level)
{
    return self->spots[level]->len;
}

const char *
_umk_app_map_spots_get(UmkAppMapSpots *self, guint level, guint at)
{
    return g_array_index(self->naming->levels[level], UmkAppCrowd, at).text;
}

const GArray *
_umk_app_map_spots_get_shown(UmkAppMapSpots *self)
{
    return self->taken;
}
