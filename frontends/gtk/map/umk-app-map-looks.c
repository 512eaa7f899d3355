/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the points look: filled from the scene's colours, filter and selection. A few are
 * filled at once, many beside the main loop, and the old picture stays until they are
 * ready. Only what has changed since the last time is filled anew. */
#include "umk-app-map-parts.h"

#include <glib/gi18n.h>

#define FEW 150000u /* points that are filled in two milliseconds */

typedef struct {
    UmkAppLayout *layout;
    UmkAppSource *source;
    UmkAppClasses *classes; /* or NULL */
    UmkAppRows *kept;       /* by the filter; NULL: all */
    UmkAppRows *chosen;     /* or NULL */
    UmkAppRows *marked;     /* by the caller, beside the selection; or NULL */
    UmkAppFade *fade;       /* or NULL */
    gboolean context;
} Wish;

struct _UmkAppMapLooks {
    UmkAppMap *map;
    Wish *wish, *done; /* what is wanted, what the map's looks show; or NULL */
    UmkAppJob *job;
};

typedef struct {
    Wish *wish, *from; /* from: what looks show; NULL: nothing yet */
    UmkAppLooks *looks;
} Order;

static void
wish_free(gpointer data)
{
    Wish *wish = data;

    if (wish == NULL)
        return;
    umk_app_layout_unref(wish->layout);
    g_object_unref(wish->source);
    umk_app_classes_unref(wish->classes);
    umk_app_rows_unref(wish->kept);
    umk_app_rows_unref(wish->chosen);
    umk_app_rows_unref(wish->marked);
    umk_app_fade_unref(wish->fade);
    g_free(wish);
}

static UmkAppRows *
ref_rows(UmkAppRows *rows)
{
    return rows != NULL ? umk_app_rows_ref(rows) : NULL;
}

static Wish *
wish_copy(const Wish *wish)
{
    Wish *copy = g_memdup2(wish, sizeof *wish);

    umk_app_layout_ref(copy->layout);
    g_object_ref(copy->source);
    if (copy->classes != NULL)
        umk_app_classes_ref(copy->classes);
    ref_rows(copy->kept);
    ref_rows(copy->chosen);
    ref_rows(copy->marked);
    if (copy->fade != NULL)
        umk_app_fade_ref(copy->fade);
    return copy;
}

static gboolean
wish_equal(const Wish *a, const Wish *b)
{
    return a->layout == b->layout && a->classes == b->classes && a->kept == b->kept &&
           a->chosen == b->chosen && a->marked == b->marked && a->fade == b->fade &&
           a->context == b->context;
}

static void
order_free(gpointer data)
{
    Order *order = data;

    wish_free(order->wish);
    wish_free(order->from);
    umk_app_looks_free(order->looks);
    g_free(order);
}

/* ---- filling; in any thread
 * ---------------------------------------------------------------- */

/* What stands out, of what the filter leaves: a selection that it hides as a whole must
 * not make all others faint. NULL: nothing. */
static UmkAppRows *
find_standing_out(const Wish *wish)
{
    UmkAppRows *all = umk_app_rows_unite(wish->marked, wish->chosen), *seen;

    if (wish->kept == NULL)
        return all;
    seen = umk_app_rows_intersect(all, wish->kept);
    umk_app_rows_unref(all);
    return seen;
}

static void
fill_marks(Order *order)
{
    const Wish *wish = order->wish;
    g_autoptr(UmkAppRows) all = find_standing_out(wish);
    gsize n = 0;
    g_autofree guint32 *rows = umk_app_rows_list(all, &n);

    umk_app_looks_mark(order->looks, wish->layout->points, rows, n);
}

/* What the filter leaves out is context, and without context so is what is not chosen. */
static void
fill_shown(Order *order)
{
    const Wish *wish = order->wish;
    g_autoptr(UmkAppRows) out = find_standing_out(wish);
    g_autoptr(UmkAppRows) shown = ref_rows(wish->kept);
    gsize n_words = 0;
    const guint64 *words;

    if (!wish->context && umk_app_rows_get_n_chosen(out) > 0) {
        umk_app_rows_unref(shown);
        shown = umk_app_rows_ref(out);
    }
    words = shown != NULL ? umk_app_rows_get_words(shown, &n_words) : NULL;
    umk_app_looks_show(order->looks, wish->layout->points, words, n_words);
}

static void
fill(Order *order)
{
    const Wish *wish = order->wish, *from = order->from;
    const UmkAppPoints *points = wish->layout->points;
    gboolean marks;

    order->looks = umk_app_looks_make_writable(order->looks);
    if (from == NULL)
        umk_app_looks_set_shapes(order->looks, points,
                                 umk_app_source_get_modalities(wish->source));
    if (wish->classes != NULL && (from == NULL || from->classes != wish->classes))
        umk_app_looks_set_colours(order->looks, points, wish->classes->colour_of_row);
    if (from == NULL || from->fade != wish->fade)
        umk_app_looks_set_levels(order->looks, points,
                                 wish->fade != NULL ? wish->fade->levels : NULL);
    marks = from == NULL || from->chosen != wish->chosen ||
            from->marked != wish->marked || from->kept != wish->kept;
    /* with context a selection hides nothing, which spares a look at every point */
    if (from == NULL || from->kept != wish->kept || from->context != wish->context ||
        (marks && !wish->context))
        fill_shown(order);
    if (marks)
        fill_marks(order);
}

static gpointer
fill_in_job(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Order *order = data, *filled = g_new0(Order, 1);

    fill(order);
    filled->wish = g_steal_pointer(&order->wish);
    filled->looks = g_steal_pointer(&order->looks);
    return filled;
}

/* ---- for the map
 * ---------------------------------------------------------------------------- */

static void start(UmkAppMapLooks *self);

/* The map gets what was filled, if it is still for its points. */
static void
hand_over(UmkAppMapLooks *self, Order *order)
{
    if (order->wish->layout != self->map->layout)
        return;
    umk_app_looks_free(self->map->looks);
    self->map->looks = g_steal_pointer(&order->looks);
    wish_free(self->done);
    self->done = g_steal_pointer(&order->wish);
    _umk_app_map_dressed(self->map);
}

static void
filled(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMapLooks *self = UMK_APP_MAP(owner)->dress;
    Order *order = result;

    if (self != NULL && job == self->job) {
        gboolean last =
            order != NULL && self->wish != NULL && wish_equal(order->wish, self->wish);

        g_clear_object(&self->job);
        if (order != NULL)
            hand_over(self, order);
        if (!last && self->wish != NULL)
            start(self);
    }
    if (order != NULL)
        order_free(order);
}

static void
start(UmkAppMapLooks *self)
{
    Order *order = g_new0(Order, 1);

    order->wish = wish_copy(self->wish);
    order->from = self->done != NULL ? wish_copy(self->done) : NULL;
    order->looks = umk_app_looks_ref(self->map->looks);
    if (self->map->points->n_points > FEW) {
        self->job =
            umk_app_job_start(_("Colouring the map"), fill_in_job, order, order_free,
                              order_free, filled, G_OBJECT(self->map));
        return;
    }
    /* they are the map's alone again, unless a picture of them is under way */
    g_clear_pointer(&self->map->looks, umk_app_looks_free);
    fill(order);
    hand_over(self, order);
    order_free(order);
}

UmkAppMapLooks *
_umk_app_map_looks_new(UmkAppMap *map)
{
    UmkAppMapLooks *self = g_new0(UmkAppMapLooks, 1);

    self->map = map;
    return self;
}

static void
forget(UmkAppMapLooks *self)
{
    if (self->job != NULL)
        umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
    g_clear_pointer(&self->wish, wish_free);
    g_clear_pointer(&self->done, wish_free);
}

void
_umk_app_map_looks_free(UmkAppMapLooks *self)
{
    forget(self);
    g_free(self);
}

/* Other points: they look like nothing yet. */
void
_umk_app_map_looks_reset(UmkAppMapLooks *self)
{
    forget(self);
    g_clear_pointer(&self->map->looks, umk_app_looks_free);
    if (self->map->points != NULL)
        self->map->looks = umk_app_looks_new(self->map->points);
}

/* Takes what the scene says now; whether the looks are of it when this returns. */
gboolean
_umk_app_map_looks_update(UmkAppMapLooks *self)
{
    UmkAppMap *map = self->map;
    UmkAppClasses *classes = umk_app_scene_get_classes(map->scene);
    Wish wish = {map->layout, map->source, classes};

    wish.kept = umk_app_filter_get_rows(umk_app_scene_get_filter(map->scene));
    wish.chosen =
        map->painted != NULL ? map->painted : umk_app_scene_get_selection(map->scene);
    wish.fade = umk_app_scene_get_fade(map->scene);
    wish.marked = map->marked;
    wish.context = umk_app_scene_get_look(map->scene)->context;
    if (self->wish != NULL && wish_equal(self->wish, &wish))
        return self->job == NULL;
    wish_free(self->wish);
    self->wish = wish_copy(&wish);
    if (self->job == NULL)
        start(self);
    return self->job == NULL;
}

/* Whether the looks are being made. */
gboolean
_umk_app_map_looks_is_busy(UmkAppMapLooks *self)
{
    return self->job != NULL;
}

/* Whether the points look like nothing yet: there is nothing to draw. */
gboolean
_umk_app_map_looks_is_blank(UmkAppMapLooks *self)
{
    return self->done == NULL;
}
