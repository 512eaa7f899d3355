/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names on the map that never cover one another. They are placed one by one in a fixed
 * order, regions first, then clusters, then items, heavy ones before light ones; each
 * takes the nearest free place around its point, and is left out where there is none. A
 * name that had to move far is tied to its point by a thin line. */
#include "umk-chart-page.h"

#include <math.h>

#define GAP       3.0  /* between two names */
#define RING      11.0 /* how far apart the places are that are tried */
#define N_RINGS   9
#define N_ANGLES  16
#define TIED      26.0 /* farther than this a line is drawn */
#define MAX_ITEMS 1500

static const UmkChartTextStyle styles[] = {
    [UMK_CHART_LABEL_REGION] = {16, TRUE, 210, 2, UMK_CHART_TEXT_CENTER},
    [UMK_CHART_LABEL_CLUSTER] = {11, FALSE, 150, 2, UMK_CHART_TEXT_CENTER},
    [UMK_CHART_LABEL_ITEM] = {9, FALSE, 130, 1, UMK_CHART_TEXT_LEFT},
};

typedef struct {
    const UmkChartLabel *label;
    UmkChartBox box;
    double x, y; /* of its point */
} Placed;

static gboolean
overlap(const UmkChartBox *a, const UmkChartBox *b)
{
    return a->x < b->x + b->width + GAP && b->x < a->x + a->width + GAP &&
           a->y < b->y + b->height + GAP && b->y < a->y + a->height + GAP;
}

static gboolean
is_free(const UmkChartPage *page, const GArray *placed, const UmkChartBox *box)
{
    const UmkChartBox *panel = &page->panel;

    if (box->x < panel->x + 4 || box->y < panel->y + 4 ||
        box->x + box->width > panel->x + panel->width - 4 ||
        box->y + box->height > panel->y + panel->height - 4)
        return FALSE;
    for (guint i = 0; i < placed->len; i++)
        if (overlap(box, &g_array_index(placed, Placed, i).box))
            return FALSE;
    return TRUE;
}

/* Over its point, then on rings around it; names are wide, so are the rings. */
static gboolean
find_place(const UmkChartPage *page, const GArray *placed, Placed *it)
{
    for (int ring = 0; ring < N_RINGS; ring++)
        for (int a = 0; a < (ring == 0 ? 1 : N_ANGLES); a++) {
            /* up, then to both sides, at last down */
            int half = (a + 1) / 2;
            double turn = (a % 2 == 0 ? half : -half) * 2 * G_PI / N_ANGLES;
            double angle = -G_PI / 2 + turn;

            it->box.x = it->x - it->box.width / 2 + cos(angle) * ring * RING * 1.8;
            it->box.y = it->y - it->box.height / 2 + sin(angle) * ring * RING;
            if (is_free(page, placed, &it->box))
                return TRUE;
        }
    return FALSE;
}

/* Beside its point: right, left, above, below. */
static gboolean
find_side(const UmkChartPage *page, const GArray *placed, Placed *it)
{
    double w = it->box.width, h = it->box.height, r = page->radius + 2;
    const double sides[][2] = {{r, -h / 2}, {-r - w, -h / 2},      {-w / 2, -h - r},
                               {-w / 2, r}, {r * 0.7, -h - r / 2}, {r * 0.7, r / 2}};

    for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
        it->box.x = it->x + sides[i][0];
        it->box.y = it->y + sides[i][1];
        if (is_free(page, placed, &it->box))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_inside(const UmkChartBox *box, double x, double y)
{
    return x >= box->x && y >= box->y && x <= box->x + box->width &&
           y <= box->y + box->height;
}

static void
draw_tie(const UmkChartPage *page, const Placed *it)
{
    double x = CLAMP(it->x, it->box.x, it->box.x + it->box.width);
    double y = CLAMP(it->y, it->box.y, it->box.y + it->box.height);

    if (it->label->level == UMK_CHART_LABEL_ITEM || hypot(x - it->x, y - it->y) < TIED)
        return;
    cairo_move_to(page->cr, it->x, it->y);
    cairo_line_to(page->cr, x, y);
    cairo_set_line_width(page->cr, 0.8);
    umk_chart_set_color(page->cr, page->theme->muted, 0.8);
    cairo_stroke(page->cr);
}

/* Every row's point is in a small box of its own while items are named, so that no name
 * lies on a point. */
static void
keep_points_free(const UmkChartPage *page, GArray *placed)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords);

    for (gsize i = 0; i < n && n <= MAX_ITEMS; i++) {
        const float *at = umk_matrix_get_row(page->chart->coords, i, NULL);
        double r = page->radius * 0.5;
        Placed point = {0};

        umk_chart_place(page, (double) at[0], (double) at[1], &point.x, &point.y);
        point.box = (UmkChartBox){point.x - r, point.y - r, 2 * r, 2 * r};
        g_array_append_val(placed, point);
    }
}

static void
show(const UmkChartPage *page, const Placed *it)
{
    UmkChartTextStyle style = styles[it->label->level];

    umk_chart_text_show_edged(page, it->label->text, &style, it->box.x, it->box.y);
}

void
umk_chart_draw_labels(const UmkChartPage *page)
{
    g_autoptr(GArray) placed = g_array_new(FALSE, FALSE, sizeof(Placed));
    const GArray *labels = page->chart->labels;
    gboolean items = FALSE;

    for (guint i = 0; labels != NULL && i < labels->len; i++) {
        const UmkChartLabel *label = &g_array_index(labels, UmkChartLabel, i);
        Placed it = {.label = label};
        gboolean found;

        if (label->text == NULL || *label->text == '\0')
            continue;
        if (label->level == UMK_CHART_LABEL_ITEM && !items) {
            keep_points_free(page, placed);
            items = TRUE;
        }
        umk_chart_text_size(page->cr, label->text, &styles[label->level], &it.box.width,
                            &it.box.height);
        umk_chart_place(page, label->x, label->y, &it.x, &it.y);
        if (page->chart->window != NULL && !is_inside(&page->panel, it.x, it.y))
            continue;
        found = label->level == UMK_CHART_LABEL_ITEM ? find_side(page, placed, &it)
                                                     : find_place(page, placed, &it);
        if (found)
            g_array_append_val(placed, it);
    }
    for (guint i = 0; i < placed->len; i++)
        if (g_array_index(placed, Placed, i).label != NULL)
            draw_tie(page, &g_array_index(placed, Placed, i));
    for (guint i = placed->len; i-- > 0;)
        if (g_array_index(placed, Placed, i).label != NULL)
            show(page, &g_array_index(placed, Placed, i));
}
