/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of a test; the one that is called "null" is the histogram of what chance alone
 * gives, with the observed value in it. */
#include "umk-report-parts.h"

#include <math.h>
#include <string.h>

#define HEIGHT     150.0
#define TOP        18.0
#define MAX_POINTS 2000

typedef struct {
    guint n, n_edges; /* heights; n_edges is n or n + 1 */
    double x[MAX_POINTS + 1], y[MAX_POINTS];
    double low, high, most, least;
} Series;

static gboolean
read_series(Series *self, JsonObject *object)
{
    JsonArray *x = _umk_report_json_array(object, "x");
    JsonArray *y = _umk_report_json_array(object, "y");
    guint n = MIN(_umk_report_json_n(y), MAX_POINTS);

    memset(self, 0, sizeof *self);
    self->n = n;
    self->n_edges = MIN(_umk_report_json_n(x), n + 1);
    if (n < 2 || self->n_edges < n)
        return FALSE;
    self->low = self->least = INFINITY;
    self->high = self->most = -INFINITY;
    for (guint i = 0; i < self->n_edges; i++) {
        if (!_umk_report_json_number_at(x, i, &self->x[i]))
            return FALSE;
        self->low = fmin(self->low, self->x[i]);
        self->high = fmax(self->high, self->x[i]);
    }
    for (guint i = 0; i < n; i++) {
        if (!_umk_report_json_number_at(y, i, &self->y[i]))
            return FALSE;
        self->least = fmin(self->least, self->y[i]);
        self->most = fmax(self->most, self->y[i]);
    }
    return self->high > self->low;
}

static void
draw_histogram(UmkReportPicture *picture,
               const UmkReportScale *scale,
               const Series *series)
{
    double half = (series->high - series->low) / (series->n - 1) / 2;
    gboolean edges = series->n_edges > series->n;

    for (guint i = 0; i < series->n && series->most > 0; i++) {
        double from = edges ? series->x[i] : series->x[i] - half;
        double to = edges ? series->x[i + 1] : series->x[i] + half;
        double left = _umk_report_scale_at(scale, from);
        double right = _umk_report_scale_at(scale, to);
        double height = (HEIGHT - TOP - 6) * MAX(series->y[i], 0) / series->most;

        _umk_report_picture_box(picture, UMK_REPORT_GRID, left, HEIGHT - height,
                                MAX(right - left - 0.6, 0.6), height);
    }
}

static void
draw_observed(UmkReportMaker *maker,
              UmkReportPicture *picture,
              const UmkReportScale *scale,
              const UmkReportTest *test)
{
    double x = _umk_report_scale_at(scale, test->value);
    g_autofree char *value = _umk_report_number(test->value);
    g_autofree char *label = _umk_report_fill(maker, N_("observed {1}"), value, NULL);
    gboolean right = x > (scale->left + scale->right) / 2;

    _umk_report_picture_line(picture, UMK_REPORT_WARM, 2, x, TOP - 12, x, HEIGHT);
    _umk_report_picture_label(picture, UMK_REPORT_WARM,
                              right ? UMK_REPORT_END : UMK_REPORT_START, 11,
                              right ? x - 6 : x + 6, TOP - 3, label);
}

static void
add_null(UmkReportMaker *maker, const UmkReportTest *test, const Series *series)
{
    UmkReportPicture *picture = _umk_report_picture_new(HEIGHT + 20);
    UmkReportScale scale;
    double low = series->low, high = series->high, p = 0;
    g_autofree char *value = NULL, *text = NULL, *caption = NULL;

    if (test->defined) {
        low = fmin(low, test->value);
        high = fmax(high, test->value);
    }
    _umk_report_scale_init(&scale, low, high);
    scale.left = 24;
    _umk_report_scale_draw(&scale, picture, HEIGHT - 4, HEIGHT);
    draw_histogram(picture, &scale, series);
    value = test->defined ? _umk_report_number(test->value) : g_strdup("–");
    text = _umk_report_test_p(test, &p) ? _umk_report_p(p) : g_strdup("–");
    if (test->defined)
        draw_observed(maker, picture, &scale, test);
    caption = _umk_report_fill(maker,
                               N_("What the figure would be if the items had been dealt "
                                  "to the two sets by chance (grey), and what was "
                                  "observed: {1}, p = {2}."),
                               value, text, NULL);
    _umk_report_document_chart(maker->document, picture, caption);
}

static void
add_curve(UmkReportMaker *maker, const char *id, const char *label, const Series *series)
{
    UmkReportPicture *picture = _umk_report_picture_new(HEIGHT + 20);
    UmkReportScale scale;
    g_autofree char *title = _umk_report_title_words(maker, id);
    g_autofree char *words =
        label != NULL ? g_strdup_printf("%s · %s", label, title) : g_strdup(title);
    g_autofree char *first = _umk_report_number(series->y[0]);
    g_autofree char *last = _umk_report_number(series->y[series->n - 1]);
    g_autofree char *least = _umk_report_number(series->least);
    g_autofree char *most = _umk_report_number(series->most);
    g_autofree char *caption = NULL;
    double span = series->most > series->least ? series->most - series->least : 1;
    double last_x = 0, last_y = 0;

    _umk_report_scale_init(&scale, series->low, series->high);
    scale.left = 60;
    _umk_report_scale_draw(&scale, picture, TOP - 8, HEIGHT);
    for (guint i = 0; i < series->n; i++) {
        double x = _umk_report_scale_at(&scale, series->x[i]);
        double y =
            HEIGHT - 8 - (series->y[i] - series->least) / span * (HEIGHT - TOP - 16);

        if (i > 0)
            _umk_report_picture_line(picture, UMK_REPORT_ACCENT, 1.6, last_x, last_y, x,
                                     y);
        last_x = x;
        last_y = y;
    }
    _umk_report_picture_label(picture, UMK_REPORT_MUTED, UMK_REPORT_END, 10, 54, TOP + 4,
                              most);
    _umk_report_picture_label(picture, UMK_REPORT_MUTED, UMK_REPORT_END, 10, 54,
                              HEIGHT - 4, least);
    caption = _umk_report_fill(maker,
                               N_("{1}: from {2} at the left to {3} at the right; least "
                                  "{4}, most {5}."),
                               words, first, last, least, most, NULL);
    _umk_report_document_chart(maker->document, picture, caption);
}

void
_umk_report_chart_series(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonArray *all = _umk_report_json_array(test->result, "series");
    g_autofree Series *series = g_new0(Series, 1);

    for (guint i = 0; i < _umk_report_json_n(all); i++) {
        JsonObject *object = _umk_report_json_object_at(all, i);
        const char *id = _umk_report_json_code(object, "id");
        g_autofree char *label = _umk_report_json_dup_text(object, "label");

        if (!read_series(series, object))
            continue;
        if (g_strcmp0(id, "null") == 0)
            add_null(maker, test, series);
        else
            add_curve(maker, id != NULL ? id : "–", label, series);
    }
}
