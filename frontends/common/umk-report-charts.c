/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes, and charts with one figure a row. Each chart is given a caption that says the
 * same in words. */
#include "umk-report-parts.h"

#include <math.h>

#define LABELS  200.0 /* the left part, for names */
#define ROW     22.0
#define LETTERS 11.0
#define N_TICKS 5

void
_umk_report_scale_init(UmkReportScale *self, double low, double high)
{
    double span, step;

    if (!(high - low > MAX(fabs(low), fabs(high)) * 1e-6)) { /* all alike */
        double half = MAX(fabs(low) * 0.1, 0.1);

        low -= half;
        high += half;
    }
    span = high - low;
    step = pow(10, floor(log10(span / N_TICKS)));
    while (span / step > N_TICKS)
        step *= span / step > N_TICKS * 2.5 ? 2.5 : 2;
    self->low = floor(low / step + 1e-9) * step;
    self->high = ceil(high / step - 1e-9) * step;
    self->left = LABELS;
    self->right = UMK_REPORT_PICTURE_WIDTH - 24;
}

double
_umk_report_scale_at(const UmkReportScale *self, double value)
{
    double share =
        (CLAMP(value, self->low, self->high) - self->low) / (self->high - self->low);

    return self->left + share * (self->right - self->left);
}

static char *
format_tick(double value, double step)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *pattern = NULL;
    int decimals = (int) CLAMP(1 - floor(log10(step)), 0, 6);
    GString *out;

    if (fabs(value) < step * 1e-6)
        return g_strdup("0");
    if (step < 1e-5 || fabs(value) >= 1e6)
        return _umk_report_number_plain(value);
    pattern = g_strdup_printf("%%.%df", decimals);
    out = g_string_new(g_ascii_formatd(digits, sizeof digits, pattern, value));
    while (decimals > 0 && out->str[out->len - 1] == '0')
        g_string_truncate(out, out->len - 1);
    if (out->str[out->len - 1] == '.')
        g_string_truncate(out, out->len - 1);
    g_string_replace(out, "-", "−", 0);
    return g_string_free(out, FALSE);
}

void
_umk_report_scale_draw(const UmkReportScale *self,
                       UmkReportPicture *picture,
                       double top,
                       double y)
{
    double step = (self->high - self->low) / N_TICKS;
    double ten = pow(10, floor(log10(step)));
    double ratio = step / ten;

    step = ten * (ratio <= 1.001 ? 1 : ratio <= 2.001 ? 2 : ratio <= 5.001 ? 5 : 10);
    for (int i = 0; i <= 2 * N_TICKS; i++) {
        double value = (ceil(self->low / step - 1e-6) + i) * step;
        double x = _umk_report_scale_at(self, value);
        g_autofree char *text = format_tick(value, step);

        if (value > self->high + step * 1e-6)
            break;
        _umk_report_picture_line(picture, UMK_REPORT_GRID, 0.75, x, top, x, y);
        _umk_report_picture_label(picture, UMK_REPORT_MUTED, UMK_REPORT_MIDDLE, 10, x,
                                  y + 13, text);
    }
    _umk_report_picture_line(picture, UMK_REPORT_GRID, 1.2, self->left, y, self->right,
                             y);
}

/* ---- rows ----------------------------------------------------------------------------
 */

static void
clear_row(gpointer data)
{
    g_free(((UmkReportRow *) data)->label);
}

GArray *
_umk_report_rows_new(void)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(UmkReportRow));

    g_array_set_clear_func(rows, clear_row);
    return rows;
}

void
_umk_report_rows_add(GArray *rows, const UmkReportRow *row)
{
    g_array_append_vals(rows, row, 1);
}

static void
find_range(GArray *rows, gboolean has_neutral, double neutral, double *low, double *high)
{
    *low = has_neutral ? neutral : (double) INFINITY;
    *high = has_neutral ? neutral : -(double) INFINITY;
    for (guint i = 0; i < rows->len; i++) {
        const UmkReportRow *row = &g_array_index(rows, UmkReportRow, i);

        *low = fmin(fmin(*low, row->value), row->before);
        *high = fmax(fmax(*high, row->value), row->before);
        if (row->low <= row->high) {
            *low = fmin(*low, row->low);
            *high = fmax(*high, row->high);
        }
    }
}

static void
draw_row(UmkReportPicture *picture,
         const UmkReportScale *scale,
         const UmkReportRow *row,
         double y)
{
    double x = _umk_report_scale_at(scale, row->value);
    g_autofree char *label = _umk_report_shorten(row->label, LETTERS, LABELS - 14);
    g_autofree char *number = _umk_report_number(row->value);
    g_autofree char *title = g_strdup_printf("%s: %s", row->label, number);

    _umk_report_picture_label(picture, UMK_REPORT_INK, UMK_REPORT_END, LETTERS,
                              LABELS - 12, y + 4, label);
    if (row->low <= row->high)
        _umk_report_picture_line(picture, row->paint, 2.2,
                                 _umk_report_scale_at(scale, row->low), y,
                                 _umk_report_scale_at(scale, row->high), y);
    if (!isnan(row->before)) {
        double from = _umk_report_scale_at(scale, row->before);

        _umk_report_picture_line(picture, UMK_REPORT_MUTED, 1, from, y, x, y);
        _umk_report_picture_mark(picture, UMK_REPORT_RING, UMK_REPORT_MUTED, from, y, 4,
                                 row->label);
    }
    _umk_report_picture_mark(picture, UMK_REPORT_DOT, row->paint, x, y, 4.4, title);
}

UmkReportPicture *
_umk_report_draw_rows(GArray *rows, gboolean has_neutral, double neutral)
{
    UmkReportScale scale;
    UmkReportPicture *picture;
    double low, high, bottom = 8 + ROW * rows->len;

    if (rows->len == 0)
        return NULL;
    find_range(rows, has_neutral, neutral, &low, &high);
    _umk_report_scale_init(&scale, low, high);
    picture = _umk_report_picture_new(bottom + 20);
    _umk_report_scale_draw(&scale, picture, 2, bottom);
    if (has_neutral) {
        double x = _umk_report_scale_at(&scale, neutral);

        _umk_report_picture_dashes(picture, UMK_REPORT_INK, x, 2, x, bottom);
    }
    for (guint i = 0; i < rows->len; i++)
        draw_row(picture, &scale, &g_array_index(rows, UmkReportRow, i),
                 8 + ROW * (i + 0.5));
    return picture;
}

/* ---- the headline of one test --------------------------------------------------------
 */

static void
cover(JsonObject *object, const char *member, double *low, double *high)
{
    double value;

    if (!_umk_report_json_number(object, member, &value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void
draw_bar(UmkReportPicture *picture,
         const UmkReportScale *scale,
         JsonObject *interval,
         double width,
         double y)
{
    double low, high;

    if (_umk_report_json_number(interval, "low", &low) &&
        _umk_report_json_number(interval, "high", &high))
        _umk_report_picture_line(picture, UMK_REPORT_ACCENT, width,
                                 _umk_report_scale_at(scale, low), y,
                                 _umk_report_scale_at(scale, high), y);
}

static void
draw_control(UmkReportPicture *picture, const UmkReportScale *scale, JsonObject *control)
{
    double low, high;

    if (!_umk_report_json_number(control, "low", &low) ||
        !_umk_report_json_number(control, "high", &high))
        return;
    low = _umk_report_scale_at(scale, low);
    high = _umk_report_scale_at(scale, high);
    _umk_report_picture_box(picture, UMK_REPORT_BAND, low, 6, high - low, 44);
}

static char *
describe(UmkReportMaker *maker, const UmkReportTest *test)
{
    const char *id = _umk_report_json_code(test->headline, "id");
    g_autofree char *words = _umk_report_short_words(maker, id != NULL ? id : "–");
    g_autofree char *value = _umk_report_number(test->value);
    g_autofree char *range = _umk_report_test_interval(test);

    return _umk_report_fill(maker,
                            N_("{1}: {2}, interval {3}. The thick bar is the narrowest "
                               "interval of the table, the thin one the widest; grey is "
                               "where most of what chance gives falls, the dashed line "
                               "is neutral."),
                            words, value, range, NULL);
}

void
_umk_report_chart_interval(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonObject *control = _umk_report_json_object(test->result, "control");
    UmkReportPicture *picture;
    UmkReportScale scale;
    double low = test->value, high = test->value, x;
    g_autofree char *caption = NULL, *words = NULL, *label = NULL;

    if (!test->defined)
        return;
    cover(test->headline, "neutral", &low, &high);
    cover(test->headline, "least", &low, &high);
    cover(test->headline, "most", &low, &high);
    cover(test->wide, "low", &low, &high);
    cover(test->wide, "high", &low, &high);
    cover(control, "low", &low, &high);
    cover(control, "high", &low, &high);
    _umk_report_scale_init(&scale, low, high);
    picture = _umk_report_picture_new(72);
    draw_control(picture, &scale, control);
    _umk_report_scale_draw(&scale, picture, 6, 50);
    if (test->has_neutral) {
        x = _umk_report_scale_at(&scale, test->neutral);
        _umk_report_picture_dashes(picture, UMK_REPORT_INK, x, 4, x, 50);
    }
    draw_bar(picture, &scale, test->wide, 2, 28);
    draw_bar(picture, &scale, test->narrow, 7, 28);
    x = _umk_report_scale_at(&scale, test->value);
    _umk_report_picture_mark(picture, UMK_REPORT_DOT, UMK_REPORT_PAPER, x, 28, 6.5, NULL);
    _umk_report_picture_mark(picture, UMK_REPORT_DOT, UMK_REPORT_ACCENT, x, 28, 5, NULL);
    words = _umk_report_short_words(maker,
                                    _umk_report_json_code(test->headline, "id") ?: "–");
    label = _umk_report_shorten(words, LETTERS, LABELS - 14);
    _umk_report_picture_label(picture, UMK_REPORT_INK, UMK_REPORT_END, LETTERS,
                              LABELS - 12, 32, label);
    caption = describe(maker, test);
    _umk_report_document_chart(maker->document, picture, caption);
}
