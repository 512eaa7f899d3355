/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines between items: the edges of a graph at what is chosen, and from the item that is
 * looked at to its true neighbours, dashed to those that the map has put elsewhere. */
#include "umk-app-map-parts.h"

#include "umk-app-edges.h"
#include "umk-app-truth.h"

#define MOST_EDGES 1500u /* lines; what is more is a blot */
#define TRUE_K     10u

typedef struct {
    guint32 from, to;
    gboolean inside; /* both ends are chosen */
} Line;

struct _UmkAppMapLinks {
    UmkAppMap *map;
    UmkAppEdges *edges; /* NULL until they were needed */
    UmkAppJob *reading;
    gboolean unreadable;
    GArray *lines; /* Line */
    GArray *truth; /* UmkAppTrueNeighbour, or NULL */
    guint32 truth_of;
    UmkAppLayout *truth_on;
    UmkAppJob *asking;
};

UmkAppMapLinks *
_umk_app_map_links_new(UmkAppMap *map)
{
    UmkAppMapLinks *self = g_new0(UmkAppMapLinks, 1);

    self->map = map;
    self->lines = g_array_new(FALSE, FALSE, sizeof(Line));
    self->truth_of = UMK_APP_NO_ROW;
    return self;
}

static void
drop_truth(UmkAppMapLinks *self)
{
    if (self->asking != NULL)
        umk_app_job_cancel(self->asking);
    g_clear_object(&self->asking);
    g_clear_pointer(&self->truth, g_array_unref);
    g_clear_pointer(&self->truth_on, umk_app_layout_unref);
    self->truth_of = UMK_APP_NO_ROW;
}

static void
drop_edges(UmkAppMapLinks *self)
{
    if (self->reading != NULL)
        umk_app_job_cancel(self->reading);
    g_clear_object(&self->reading);
    g_clear_pointer(&self->edges, umk_app_edges_unref);
    g_array_set_size(self->lines, 0);
    self->unreadable = FALSE;
}

void
_umk_app_map_links_free(UmkAppMapLinks *self)
{
    drop_truth(self);
    drop_edges(self);
    g_array_unref(self->lines);
    g_free(self);
}

/* ---- edges ---------------------------------------------------------------------------
 */

static gboolean
is_chosen(UmkAppMap *map, guint32 row)
{
    return row == map->selected ||
           umk_app_rows_contains(umk_app_scene_get_selection(map->scene), row);
}

static void
add_lines(UmkAppMapLinks *self, guint32 row)
{
    gsize n;
    const guint32 *ends = umk_app_edges_at(self->edges, row, &n);

    for (gsize i = 0; i < n && self->lines->len < MOST_EDGES; i++) {
        Line line = {row, ends[i], is_chosen(self->map, ends[i])};

        /* an edge between two that are chosen is met from both sides */
        if (!line.inside || row < ends[i])
            g_array_append_val(self->lines, line);
    }
}

static void edges_read(UmkAppJob *job, gpointer result, const GError *e, gpointer owner);

static void
update_lines(UmkAppMapLinks *self)
{
    UmkAppMap *map = self->map;
    UmkAppRows *chosen = umk_app_scene_get_selection(map->scene);
    g_autofree guint32 *rows = NULL;
    gsize n = 0;

    g_array_set_size(self->lines, 0);
    if (!umk_app_scene_get_look(map->scene)->edges || map->points == NULL ||
        umk_app_source_get_n_modality(map->source, UMK_MODALITY_GRAPH) == 0 ||
        (chosen == NULL && map->selected == UMK_APP_NO_ROW))
        return;
    if (self->edges == NULL) {
        if (self->reading == NULL && !self->unreadable)
            self->reading = umk_app_edges_find(map->source, edges_read, G_OBJECT(map));
        return;
    }
    if (map->selected != UMK_APP_NO_ROW && !umk_app_rows_contains(chosen, map->selected))
        add_lines(self, map->selected);
    rows = umk_app_rows_list(chosen, &n);
    for (gsize i = 0; i < n && self->lines->len < MOST_EDGES; i++)
        add_lines(self, rows[i]);
}

/* A graph whose file has gone has no edges any more; its nodes are still there. */
static void
edges_read(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *map = owner;
    UmkAppMapLinks *self = map->links;
    g_autoptr(UmkAppEdges) edges = result;

    if (self == NULL || job != self->reading)
        return;
    g_clear_object(&self->reading);
    if (edges == NULL) {
        self->unreadable = TRUE;
        g_message("%s", error->message);
        return;
    }
    self->edges = g_steal_pointer(&edges);
    update_lines(self);
    gtk_widget_queue_draw(GTK_WIDGET(map));
}

/* ---- true neighbours -----------------------------------------------------------------
 */

static void
truth_found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *map = owner;
    UmkAppMapLinks *self = map->links;
    g_autoptr(GArray) truth = result;

    if (self == NULL || job != self->asking)
        return;
    g_clear_object(&self->asking);
    self->truth = g_steal_pointer(&truth);
    gtk_widget_queue_draw(GTK_WIDGET(map));
}

static void
update_truth(UmkAppMapLinks *self)
{
    UmkAppMap *map = self->map;

    if (!umk_app_scene_get_look(map->scene)->truth || map->points == NULL ||
        map->selected == UMK_APP_NO_ROW) {
        drop_truth(self);
        return;
    }
    if (self->truth_of == map->selected && self->truth_on == map->layout)
        return;
    drop_truth(self);
    self->truth_of = map->selected;
    self->truth_on = umk_app_layout_ref(map->layout);
    self->asking = umk_app_truth_find(map->source, map->layout, map->selected, TRUE_K,
                                      truth_found, G_OBJECT(map));
}

/* changes 0: another item is looked at. */
void
_umk_app_map_links_changed(UmkAppMapLinks *self, guint changes)
{
    guint watched = UMK_APP_CHANGED_SOURCE | UMK_APP_CHANGED_LAYOUT |
                    UMK_APP_CHANGED_SELECTION | UMK_APP_CHANGED_LOOK;

    if (changes != 0 && !(changes & watched))
        return;
    if (changes & UMK_APP_CHANGED_SOURCE) {
        drop_truth(self);
        drop_edges(self);
    }
    update_lines(self);
    update_truth(self);
    gtk_widget_queue_draw(GTK_WIDGET(self->map));
}

/* ---- drawing -------------------------------------------------------------------------
 */

/* FALSE: one end has no place on the map, or all of it is out of sight. */
static gboolean
trace(cairo_t *cr, UmkAppMap *map, guint32 from, guint32 to)
{
    float x0, y0, x1, y1;
    float w = (float) map->view.width, h = (float) map->view.height;

    if (from >= map->points->n_rows || to >= map->points->n_rows ||
        map->points->by_row[from] == G_MAXUINT32 ||
        map->points->by_row[to] == G_MAXUINT32)
        return FALSE;
    _umk_app_map_place(map, from, &x0, &y0);
    _umk_app_map_place(map, to, &x1, &y1);
    if (MAX(x0, x1) < 0 || MIN(x0, x1) > w || MAX(y0, y1) < 0 || MIN(y0, y1) > h)
        return FALSE;
    cairo_move_to(cr, (double) x0, (double) y0);
    cairo_line_to(cr, (double) x1, (double) y1);
    return TRUE;
}

static void
draw_edges(UmkAppMapLinks *self, cairo_t *cr)
{
    gboolean strong = _umk_app_map_is_strong();
    GdkRGBA ink = _umk_app_map_theme(self->map, "view_fg_color");
    GdkRGBA accent = _umk_app_map_theme(self->map, "accent_color");

    ink.alpha = strong ? 0.8f : 0.28f;
    accent.alpha = strong ? 1 : 0.7f;
    for (guint inside = 0; inside < 2; inside++) {
        for (guint i = 0; i < self->lines->len; i++) {
            const Line *line = &g_array_index(self->lines, Line, i);

            if (line->inside == (gboolean) inside)
                trace(cr, self->map, line->from, line->to);
        }
        gdk_cairo_set_source_rgba(cr, inside ? &accent : &ink);
        cairo_set_line_width(cr, strong ? 2 : inside ? 1.5 : 1);
        cairo_stroke(cr);
    }
}

/* Each line first in the colour of the ground, so that it is seen over points. */
static void
draw_truth(UmkAppMapLinks *self, cairo_t *cr)
{
    static const double dashes[] = {5, 5};
    GdkRGBA accent = _umk_app_map_theme(self->map, "accent_color");
    GdkRGBA ground = _umk_app_map_theme(self->map, "view_bg_color");

    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    for (guint i = 0; i < self->truth->len; i++) {
        const UmkAppTrueNeighbour *one =
            &g_array_index(self->truth, UmkAppTrueNeighbour, i);

        if (!trace(cr, self->map, self->truth_of, one->row))
            continue;
        cairo_set_dash(cr, dashes, 0, 0);
        cairo_set_line_width(cr, 4);
        gdk_cairo_set_source_rgba(cr, &ground);
        cairo_stroke_preserve(cr);
        cairo_set_dash(cr, dashes, one->kept ? 0 : G_N_ELEMENTS(dashes), 0);
        cairo_set_line_width(cr, 2);
        gdk_cairo_set_source_rgba(cr, &accent);
        cairo_stroke(cr);
    }
}

void
_umk_app_map_links_append(UmkAppMapLinks *self, GtkSnapshot *snapshot)
{
    UmkAppMap *map = self->map;
    cairo_t *cr;

    if (map->points == NULL || (self->lines->len == 0 && self->truth == NULL))
        return;
    cr = gtk_snapshot_append_cairo(
        snapshot,
        &GRAPHENE_RECT_INIT(0, 0, (float) map->view.width, (float) map->view.height));
    draw_edges(self, cr);
    if (self->truth != NULL)
        draw_truth(self, cr);
    cairo_destroy(cr);
}

guint
_umk_app_map_links_get_n_edges(UmkAppMapLinks *self)
{
    return self->lines->len;
}

/* 0 while they are looked for. */
guint
_umk_app_map_links_get_n_true(UmkAppMapLinks *self, guint *n_lost)
{
    guint n = self->truth != NULL ? self->truth->len : 0;

    *n_lost = 0;
    for (guint i = 0; i < n; i++)
        *n_lost += !g_array_index(self->truth, UmkAppTrueNeighbour, i).kept;
    return n;
}
