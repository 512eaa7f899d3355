/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of clusters over the points. Which of them have room depends on the zoom alone,
 * so they stay as they are while the map is moved; those of the other level fade in as
 * one comes near. */
#include "umk-app-map-parts.h"

#include "umk-app-naming.h"

#include <adwaita.h>

#include <math.h>

#define KEPT   4u   /* layouts whose names are remembered */
#define SLOW   1000 /* ms after which the work is shown in the foot of the window */
#define FADE   0.18 /* seconds from nothing to all */
#define NEAR   0.75 /* doublings of the first scale below which one is far */
#define NEARER 0.95 /* and above which one is near */
#define APART  4.0f /* pixels between two names */
#define EDGE   4.0f /* pixels from the edge of the map */
#define ASIDE  0.35 /* opacity while search results stand out */

typedef struct {
    double x, y; /* of the plane */
    float width, height;
    GdkTexture *texture;
    gboolean drawn;  /* some of it is, with this layout and filter */
    gboolean placed; /* there is room at this zoom */
    double alpha;    /* as last shown */
} Spot;

typedef struct {
    UmkAppLayout *layout;
    UmkAppNaming *naming;
} Known;

struct _UmkAppMapNames {
    UmkAppMap *map;
    GArray *known; /* Known, the newest last */
    UmkAppNaming *naming;
    GArray *spots[UMK_APP_N_LEVELS]; /* Spot, as the crowds of the naming */
    UmkAppLayout *wanted;            /* what the job is for */
    UmkAppJob *job;
    guint slow;
    gboolean told;       /* the job is shown */
    double placed_scale; /* 0: not yet */
    guint level;         /* that is shown */
    guint tick;
    gint64 last_frame;
    GArray *taken; /* graphene_rect_t: drawn in this frame */
};

static void
known_clear(gpointer data)
{
    Known *known = data;

    umk_app_layout_unref(known->layout);
    umk_app_naming_unref(known->naming);
}

static void
spot_clear(gpointer data)
{
    Spot *spot = data;

    g_clear_object(&spot->texture);
}

static void
theme_changed(UmkAppMapNames *self)
{
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        for (guint i = 0; i < self->spots[l]->len; i++)
            g_clear_object(&g_array_index(self->spots[l], Spot, i).texture);
    self->placed_scale = 0;
    gtk_widget_queue_draw(GTK_WIDGET(self->map));
}

UmkAppMapNames *
_umk_app_map_names_new(UmkAppMap *map)
{
    UmkAppMapNames *self = g_new0(UmkAppMapNames, 1);
    AdwStyleManager *style = adw_style_manager_get_default();

    self->map = map;
    self->known = g_array_new(FALSE, FALSE, sizeof(Known));
    g_array_set_clear_func(self->known, known_clear);
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
hide_job(UmkAppMapNames *self)
{
    g_clear_handle_id(&self->slow, g_source_remove);
    if (self->told)
        _umk_app_map_tell_job(self->map, self->job, FALSE);
    self->told = FALSE;
}

static void
drop_job(UmkAppMapNames *self)
{
    if (self->job == NULL)
        return;
    hide_job(self);
    umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
    g_clear_pointer(&self->wanted, umk_app_layout_unref);
}

static void
stop_fading(UmkAppMapNames *self)
{
    if (self->tick != 0)
        gtk_widget_remove_tick_callback(GTK_WIDGET(self->map), self->tick);
    self->tick = 0;
}

void
_umk_app_map_names_free(UmkAppMapNames *self)
{
    AdwStyleManager *style = adw_style_manager_get_default();

    g_signal_handlers_disconnect_by_data(style, self);
    g_signal_handlers_disconnect_by_data(self->map, self);
    stop_fading(self);
    drop_job(self);
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        g_array_unref(self->spots[l]);
    g_array_unref(self->taken);
    g_array_unref(self->known);
    umk_app_naming_unref(self->naming);
    g_free(self);
}

/* ---- which names ---------------------------------------------------------------------
 */

/* Where the crowds stand with the present layout and whether the filter leaves any. */
static void
find_spots(UmkAppMapNames *self)
{
    UmkAppMap *map = self->map;
    UmkAppRows *kept = umk_app_filter_get_rows(umk_app_scene_get_filter(map->scene));

    self->placed_scale = 0;
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        GArray *crowds = self->naming != NULL ? self->naming->levels[l] : NULL;

        g_array_set_size(self->spots[l], crowds != NULL ? crowds->len : 0);
        for (guint i = 0; i < self->spots[l]->len; i++) {
            const UmkAppCrowd *crowd = &g_array_index(crowds, UmkAppCrowd, i);
            Spot *spot = &g_array_index(self->spots[l], Spot, i);

            spot->drawn = map->points != NULL &&
                          umk_app_crowd_find_middle(crowd, map->points, &map->view,
                                                    &spot->x, &spot->y);
            for (gsize m = 0; spot->drawn && kept != NULL; m++) {
                if (m == crowd->n_members)
                    spot->drawn = FALSE;
                else if (umk_app_rows_contains(kept, crowd->members[m]))
                    break;
            }
        }
    }
    gtk_widget_queue_draw(GTK_WIDGET(map));
}

static void
show(UmkAppMapNames *self, UmkAppNaming *naming)
{
    if (naming == self->naming) {
        find_spots(self);
        return;
    }
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        g_array_set_size(self->spots[l], 0);
    g_clear_pointer(&self->naming, umk_app_naming_unref);
    if (naming != NULL)
        self->naming = umk_app_naming_ref(naming);
    find_spots(self);
}

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *map = owner;
    UmkAppMapNames *self = map->names;
    g_autoptr(UmkAppNaming) naming = result;
    Known known;

    if (self == NULL || job != self->job)
        return;
    hide_job(self);
    g_clear_object(&self->job);
    if (naming == NULL) {
        g_message("%s", error->message);
        g_clear_pointer(&self->wanted, umk_app_layout_unref);
        return;
    }
    known = (Known){g_steal_pointer(&self->wanted), umk_app_naming_ref(naming)};
    if (self->known->len == KEPT)
        g_array_remove_index(self->known, 0);
    g_array_append_val(self->known, known);
    show(self, naming);
}

static gboolean
work_is_slow(gpointer data)
{
    UmkAppMapNames *self = data;

    self->slow = 0;
    self->told = TRUE;
    _umk_app_map_tell_job(self->map, self->job, TRUE);
    return G_SOURCE_REMOVE;
}

/* Names what is shown now, if it has settled and people want to see it. Until then there
 * are none: those of another layout would name crowds that have come apart. */
static void
look_for_names(UmkAppMapNames *self)
{
    UmkAppMap *map = self->map;

    if (self->job != NULL && self->wanted == map->layout)
        return;
    drop_job(self);
    for (guint i = 0; i < self->known->len; i++) {
        const Known *known = &g_array_index(self->known, Known, i);

        if (known->layout == map->layout) {
            show(self, known->naming);
            return;
        }
    }
    show(self, NULL);
    if (map->layout == NULL || map->points->n_points == 0 ||
        !umk_app_layout_is_settled(map->layout) ||
        !umk_app_scene_get_look(map->scene)->labels)
        return;
    self->wanted = umk_app_layout_ref(map->layout);
    self->job = umk_app_naming_find(map->source, map->layout, g_get_language_names()[0],
                                    found, G_OBJECT(map));
    self->slow = g_timeout_add(SLOW, work_is_slow, self);
}

void
_umk_app_map_names_changed(UmkAppMapNames *self, guint changes)
{
    if (changes & UMK_APP_CHANGED_SOURCE) {
        drop_job(self);
        g_array_set_size(self->known, 0);
        show(self, NULL);
    }
    /* a turn of the map is a change of its look */
    if (changes &
            (UMK_APP_CHANGED_LAYOUT | UMK_APP_CHANGED_FILTER | UMK_APP_CHANGED_LOOK) &&
        self->naming)
        find_spots(self);
    if (changes & (UMK_APP_CHANGED_LAYOUT | UMK_APP_CHANGED_LOOK))
        look_for_names(self);
}

/* ---- where they go -------------------------------------------------------------------
 */

static void
paint(UmkAppMapNames *self, guint level, guint i, Spot *spot)
{
    const char *text = _umk_app_map_names_get(self, level, i);
    float ratio = (float) gtk_widget_get_scale_factor(GTK_WIDGET(self->map));

    spot->texture = _umk_app_map_paint_text(self->map, text, level == 0 ? 1.15 : 0.92);
    spot->width = (float) gdk_texture_get_width(spot->texture) / ratio;
    spot->height = (float) gdk_texture_get_height(spot->texture) / ratio;
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
place(UmkAppMapNames *self, guint level, double scale)
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
        if (spot->texture == NULL)
            paint(self, level, i, spot);
        box = box_of(spot, scale);
        for (guint k = 0; k < n_taken && spot->placed; k++)
            spot->placed = !graphene_rect_intersection(&taken[k], &box, NULL);
        if (spot->placed)
            taken[n_taken++] = box;
    }
}

/* Which of the two levels is shown; a little zoom about the border changes nothing. */
static guint
choose_level(UmkAppMapNames *self)
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
find_room(UmkAppMapNames *self, const Spot *spot)
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
append_spot(UmkAppMapNames *self, GtkSnapshot *snapshot, const Spot *spot)
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
step_of(UmkAppMapNames *self)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(self->map));
    gint64 now = clock != NULL ? gdk_frame_clock_get_frame_time(clock) : 0;
    double step = self->tick != 0 ? (double) (now - self->last_frame) / 1e6 / FADE : 0;

    self->last_frame = now;
    return _umk_app_map_is_moving_allowed(self->map) ? CLAMP(step, 0, 1) : 1;
}

void
_umk_app_map_names_append(UmkAppMapNames *self, GtkSnapshot *snapshot)
{
    UmkAppMap *map = self->map;
    gboolean wanted, still = TRUE;
    double step = step_of(self), scale = map->view.scale, all;
    guint level;

    g_array_set_size(self->taken, 0);
    if (self->naming == NULL || map->points == NULL)
        return;
    wanted = umk_app_scene_get_look(map->scene)->labels;
    level = choose_level(self);
    all = map->marked != NULL ? ASIDE : 1;
    if (self->placed_scale != scale) {
        for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
            place(self, l, scale);
        self->placed_scale = scale;
    }
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
_umk_app_map_names_get_n(UmkAppMapNames *self, guint level)
{
    return self->spots[level]->len;
}

const char *
_umk_app_map_names_get(UmkAppMapNames *self, guint level, guint at)
{
    return g_array_index(self->naming->levels[level], UmkAppCrowd, at).text;
}

const GArray *
_umk_app_map_names_get_shown(UmkAppMapNames *self)
{
    return self->taken;
}
