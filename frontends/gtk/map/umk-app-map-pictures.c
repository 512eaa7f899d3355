/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures in place of their points, once few enough are in view. Which of them have room
 * is decided by their rows, lowest first, among those in view and a rim about it, so that
 * moving the map does not make them change places. They are read in threads, a few at a
 * time, and those last seen are kept. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"
#include "umk-app-palette.h"
#include "umk-app-previews.h"

#include <adwaita.h>

#include <math.h>
#include <stdlib.h>

#define MOST_IN_VIEW   160u                /* pictures; with more there are points */
#define MOST_LOOKED_AT (16 * MOST_IN_VIEW) /* pictures, in view or near it */
#define MOST_POINTS    200000u /* in view, among which nobody looks for pictures */
#define AT_ONCE        4u      /* being read */
#define KEPT           320u
#define LEAST_SIDE     30.0 /* pixels */
#define MOST_SIDE      84.0
#define STEP           9.0  /* so that sizes do not swim while the map moves */
#define SHARE          0.42 /* of its part of the view that a picture's side takes */
#define FRAME          2.0f
#define RIM            2.0f /* about the frame of what was found */

typedef struct {
    GdkTexture *texture; /* NULL: on its way, or it cannot be read */
    gboolean loading;
    guint64 seen; /* number of the frame */
} Picture;

typedef struct {
    guint32 row;
    double x, y; /* of the plane */
} Place;

struct _UmkAppMapPictures {
    UmkAppMap *map;
    GHashTable *kept; /* row -> Picture */
    guint n_loading, n_shown;
    GCancellable *cancellable; /* of all that is being read for this source */
    guint64 frame;
};

static void
picture_free(gpointer data)
{
    Picture *picture = data;

    g_clear_object(&picture->texture);
    g_free(picture);
}

UmkAppMapPictures *
_umk_app_map_pictures_new(UmkAppMap *map)
{
    UmkAppMapPictures *self = g_new0(UmkAppMapPictures, 1);

    self->map = map;
    self->kept = g_hash_table_new_full(NULL, NULL, NULL, picture_free);
    self->cancellable = g_cancellable_new();
    return self;
}

void
_umk_app_map_pictures_free(UmkAppMapPictures *self)
{
    g_cancellable_cancel(self->cancellable);
    g_object_unref(self->cancellable);
    g_hash_table_unref(self->kept);
    g_free(self);
}

void
_umk_app_map_pictures_changed(UmkAppMapPictures *self, guint changes)
{
    if (!(changes & UMK_APP_CHANGED_SOURCE))
        return;
    g_cancellable_cancel(self->cancellable);
    g_object_unref(self->cancellable);
    self->cancellable = g_cancellable_new();
    self->n_loading = 0;
    g_hash_table_remove_all(self->kept);
}

/* ---- reading -------------------------------------------------------------------------
 */

typedef struct {
    UmkAppMap *map;
    guint32 row;
} Order;

static void
loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autofree Order *order = data;
    g_autoptr(UmkAppMap) map = order->map;
    g_autoptr(UmkPreview) preview = umk_app_previews_finish(result, NULL);
    UmkAppMapPictures *self = map->pictures;
    Picture *picture;

    if (self == NULL || g_task_get_cancellable(G_TASK(result)) != self->cancellable)
        return;
    self->n_loading--;
    picture = g_hash_table_lookup(self->kept, GUINT_TO_POINTER(order->row));
    if (picture != NULL) {
        picture->loading = FALSE;
        if (preview != NULL)
            picture->texture = umk_app_previews_to_texture(preview);
    }
    gtk_widget_queue_draw(GTK_WIDGET(map));
}

/* Those not seen for longest make room. */
static void
forget_some(UmkAppMapPictures *self)
{
    GHashTableIter iter;
    gpointer picture;

    if (g_hash_table_size(self->kept) < KEPT)
        return;
    g_hash_table_iter_init(&iter, self->kept);
    while (g_hash_table_iter_next(&iter, NULL, &picture))
        if (!((Picture *) picture)->loading && ((Picture *) picture)->seen < self->frame)
            g_hash_table_iter_remove(&iter);
}

static Picture *
get_picture(UmkAppMapPictures *self, guint32 row)
{
    Picture *picture = g_hash_table_lookup(self->kept, GUINT_TO_POINTER(row));
    g_autoptr(UmkItem) item = NULL;
    Order *order;

    if (picture == NULL && self->n_loading < AT_ONCE) {
        forget_some(self);
        item = umk_app_source_dup_item(self->map->source, row);
        picture = g_new0(Picture, 1);
        g_hash_table_insert(self->kept, GUINT_TO_POINTER(row), picture);
        if (item != NULL) {
            order = g_new0(Order, 1);
            order->map = g_object_ref(self->map);
            order->row = row;
            picture->loading = TRUE;
            self->n_loading++;
            umk_app_previews_load(item, UMK_APP_THUMBNAIL, self->cancellable, loaded,
                                  order);
        }
    }
    if (picture != NULL)
        picture->seen = self->frame;
    return picture;
}

/* ---- which, and where ----------------------------------------------------------------
 */

static int
compare_places(gconstpointer a, gconstpointer b)
{
    const Place *x = a, *y = b;

    return x->row < y->row ? -1 : x->row > y->row;
}

/* Those of a run that are well near the view; FALSE: more than can be shown. */
static gboolean
add_places(UmkAppMap *map, gsize run, const double area[4], GArray *places, gsize *n_seen)
{
    const UmkAppPoints *points = map->points;
    const guint8 *modalities = umk_app_source_get_modalities(map->source);
    gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);

    for (gsize i = run * UMK_APP_RUN; i < end; i++) {
        Place place = {points->row[i], 0, 0};

        if (modalities[place.row] != UMK_MODALITY_IMAGE ||
            (map->looks->flags[i] & UMK_APP_LOOK_HIDDEN))
            continue;
        if (++*n_seen > MOST_LOOKED_AT)
            return FALSE;
        umk_app_points_see(points, &map->view, place.row, &place.x, &place.y);
        if (place.x < area[0] || place.x > area[2] || place.y < area[1] ||
            place.y > area[3])
            continue;
        g_array_append_val(places, place);
        if (places->len > MOST_IN_VIEW)
            return FALSE;
    }
    return TRUE;
}

/* The pictures in view and about it, or NULL: more than can be shown. */
static GArray *
list_places(UmkAppMap *map)
{
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
    const UmkAppView *view = &map->view;
    UmkAppSeen seen;
    double area[4];
    gsize n_seen = 0;
    gboolean few = TRUE;

    umk_app_view_to_plane(view, -MOST_SIDE, view->height + MOST_SIDE, &area[0], &area[1]);
    umk_app_view_to_plane(view, view->width + MOST_SIDE, -MOST_SIDE, &area[2], &area[3]);
    umk_app_seen_init(&seen, map->points, view, MOST_SIDE);
    few = seen.n_points <= MOST_POINTS;
    for (gsize i = 0; i < seen.n_runs && few; i++)
        few = add_places(map, seen.runs[i].run, area, places, &n_seen);
    umk_app_seen_clear(&seen);
    if (!few)
        return NULL;
    g_array_sort(places, compare_places);
    return g_steal_pointer(&places);
}

/* What was found: a line around the frame. */
static void
append_rim(UmkAppMap *map, GtkSnapshot *snapshot, const graphene_rect_t *box)
{
    GdkRGBA text = _umk_app_map_theme(map, "view_fg_color");
    float widths[4] = {RIM, RIM, RIM, RIM};
    GdkRGBA colours[4] = {text, text, text, text};
    graphene_rect_t around;
    GskRoundedRect outline;

    graphene_rect_inset_r(box, -RIM - 1, -RIM - 1, &around);
    gsk_rounded_rect_init_from_rect(&outline, &around, 6 + RIM);
    gtk_snapshot_append_border(snapshot, &outline, widths, colours);
}

/* A frame in the colour of its point, as the legend has it. */
static void
append_picture(UmkAppMapPictures *self,
               GtkSnapshot *snapshot,
               const Picture *picture,
               const graphene_rect_t *box,
               guint32 row)
{
    UmkAppMap *map = self->map;
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    guint32 at = map->points->by_row[row];
    GdkRGBA colour = umk_app_palette_rgba(map->looks->colour[at], dark);
    GdkRGBA ground = _umk_app_map_theme(map, "view_bg_color");
    gboolean behind =
        map->looks->n_marked > 0 && !(map->looks->flags[at] & UMK_APP_LOOK_MARKED);
    double opacity =
        (behind ? 0.35 : 1) *
        umk_app_fade_opacity((guint8) umk_app_looks_get_level(map->looks, at));
    GskRoundedRect outline;
    float widths[4] = {FRAME, FRAME, FRAME, FRAME};
    GdkRGBA colours[4] = {colour, colour, colour, colour};

    if (opacity < 1)
        gtk_snapshot_push_opacity(snapshot, opacity);
    gsk_rounded_rect_init_from_rect(&outline, box, 6);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    gtk_snapshot_append_color(snapshot, &ground, box);
    gtk_snapshot_append_texture(snapshot, picture->texture, box);
    gtk_snapshot_pop(snapshot);
    gtk_snapshot_append_border(snapshot, &outline, widths, colours);
    if (umk_app_rows_contains(map->marked, row))
        append_rim(map, snapshot, box);
    if (opacity < 1)
        gtk_snapshot_pop(snapshot);
    self->n_shown++;
}

static graphene_rect_t
box_of(UmkAppMap *map, const Place *place, const Picture *picture, float side)
{
    float w = (float) gdk_texture_get_width(picture->texture);
    float h = (float) gdk_texture_get_height(picture->texture);
    float shrink = side / MAX(MAX(w, h), 1);
    double x, y;

    umk_app_view_to_screen(&map->view, place->x, place->y, &x, &y);
    return GRAPHENE_RECT_INIT((float) x - w * shrink / 2, (float) y - h * shrink / 2,
                              w * shrink, h * shrink);
}

/* Whether a square about the place is free of those before it. */
static gboolean
has_room(UmkAppMap *map, GArray *taken, const Place *place, float side)
{
    double reach = (double) side / map->view.scale;

    for (guint i = 0; i < taken->len; i++) {
        const Place *other = &g_array_index(taken, Place, i);

        if (fabs(other->x - place->x) < reach && fabs(other->y - place->y) < reach)
            return FALSE;
    }
    return TRUE;
}

void
_umk_app_map_pictures_append(UmkAppMapPictures *self, GtkSnapshot *snapshot)
{
    UmkAppMap *map = self->map;
    g_autoptr(GArray) places = NULL;
    g_autoptr(GArray) taken = NULL;
    double room;
    float side;

    self->n_shown = 0;
    self->frame++;
    if (map->points == NULL || !umk_app_scene_get_look(map->scene)->thumbnails ||
        umk_app_source_get_n_modality(map->source, UMK_MODALITY_IMAGE) == 0)
        return;
    places = list_places(map);
    if (places == NULL || places->len == 0)
        return;
    room = sqrt(map->view.width * map->view.height / places->len) * SHARE;
    side = (float) CLAMP(floor(room / STEP) * STEP, LEAST_SIDE, MOST_SIDE);
    taken = g_array_new(FALSE, FALSE, sizeof(Place));
    for (guint i = 0; i < places->len; i++) {
        const Place *place = &g_array_index(places, Place, i);
        const Picture *picture;
        graphene_rect_t box;

        if (!has_room(map, taken, place, side))
            continue;
        picture = get_picture(self, place->row);
        if (picture != NULL && !picture->loading && picture->texture == NULL)
            continue; /* it cannot be read: its point stays */
        g_array_append_val(taken, *place);
        if (picture == NULL || picture->texture == NULL)
            continue;
        box = box_of(map, place, picture, side);
        append_picture(self, snapshot, picture, &box, place->row);
    }
}

/* In the last frame. */
guint
_umk_app_map_pictures_get_n_shown(UmkAppMapPictures *self)
{
    return self->n_shown;
}
