/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a map with cairo: points, a few names that do not overlap, a legend, a title and
 * the recipe as metadata of the file. The format follows the file's suffix. */
#include "umk-cli.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include <math.h>
#include <string.h>

#define WIDTH      1200.0
#define HEIGHT     900.0
#define MARGIN     48.0
#define TOP        84.0
#define LEGEND     190.0
#define MAX_LEGEND 24

/* Okabe and Ito's colours for the colour-blind, without the yellow that paper swallows;
 * beyond seven, the same hues lighter and darker. */
static const double palette[][3] = {
    {0.00, 0.45, 0.70}, {0.90, 0.62, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.47, 0.65},
    {0.34, 0.71, 0.91}, {0.84, 0.37, 0.00}, {0.35, 0.35, 0.35}};

typedef struct {
    cairo_t *cr;
    const UmkCliChart *chart;
    double x0, y0,
        scale; /* data to page: one scale, so that distances keep their ratio */
    double left, bottom;
} Page;

static void
set_color(cairo_t *cr, guint32 category, double alpha)
{
    guint n = G_N_ELEMENTS(palette), round = category / n % 3;
    const double *c = palette[category % n];
    double mix = round == 1 ? 0.45 : 0, dark = round == 2 ? 0.6 : 1;

    cairo_set_source_rgba(cr, (c[0] * (1 - mix) + mix) * dark,
                          (c[1] * (1 - mix) + mix) * dark,
                          (c[2] * (1 - mix) + mix) * dark, alpha);
}

static void
show_text(
    cairo_t *cr, const char *font, const char *text, double x, double y, double width)
{
    g_autoptr(PangoLayout) layout = pango_cairo_create_layout(cr);
    PangoFontDescription *description = pango_font_description_from_string(font);

    pango_layout_set_font_description(layout, description);
    pango_layout_set_text(layout, text, -1);
    if (width > 0) {
        pango_layout_set_width(layout, (int) (width * PANGO_SCALE));
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    }
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    pango_font_description_free(description);
}

static void
fit_page(Page *page)
{
    UmkMatrix *coords = page->chart->coords;
    gsize n = umk_matrix_get_n_rows(coords);
    double min[2] = {INFINITY, INFINITY}, max[2] = {-INFINITY, -INFINITY};
    double width = WIDTH - 2 * MARGIN - LEGEND, height = HEIGHT - TOP - MARGIN;

    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(coords, i, NULL);

        for (int d = 0; d < 2; d++) {
            min[d] = fmin(min[d], (double) row[d]);
            max[d] = fmax(max[d], (double) row[d]);
        }
    }
    if (n == 0)
        min[0] = min[1] = max[0] = max[1] = 0;
    page->scale =
        fmin(width / fmax(max[0] - min[0], 1e-9), height / fmax(max[1] - min[1], 1e-9));
    if (max[0] - min[0] < 1e-9 && max[1] - min[1] < 1e-9)
        page->scale = 1;
    page->x0 = (min[0] + max[0]) / 2;
    page->y0 = (min[1] + max[1]) / 2;
    page->left = MARGIN + width / 2;
    page->bottom = TOP + height / 2;
}

static void
position(const Page *page, gsize row, double *x, double *y)
{
    const float *at = umk_matrix_get_row(page->chart->coords, row, NULL);

    *x = page->left + ((double) at[0] - page->x0) * page->scale;
    *y = page->bottom - ((double) at[1] - page->y0) * page->scale;
}

static void
draw_points(const Page *page)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords);
    double radius = n > 20000 ? 1.2 : n > 2000 ? 2.2 : 3.6;
    double alpha = n > 20000 ? 0.35 : n > 2000 ? 0.6 : 0.8;

    for (gsize i = 0; i < n; i++) {
        double x, y;

        position(page, i, &x, &y);
        set_color(page->cr, page->chart->categories ? page->chart->categories[i] : 0,
                  alpha);
        cairo_arc(page->cr, x, y, radius, 0, 2 * G_PI);
        cairo_fill(page->cr);
    }
}

/* Names in the order of the rows; one that would cover another is left out. */
static void
draw_names(const Page *page)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords);
    g_autoptr(GArray) boxes = g_array_new(FALSE, FALSE, sizeof(cairo_rectangle_t));

    cairo_set_source_rgba(page->cr, 0.12, 0.12, 0.14, 0.9);
    for (gsize i = 0; i < n && boxes->len < 400; i++) {
        const char *name = page->chart->names[i];
        cairo_rectangle_t box;
        double x, y;
        gboolean free_place = TRUE;

        position(page, i, &x, &y);
        box = (cairo_rectangle_t){x + 5, y - 7,
                                  7.0 * (double) g_utf8_strlen(name, 24) + 4, 14};
        for (guint j = 0; j < boxes->len && free_place; j++) {
            const cairo_rectangle_t *b = &g_array_index(boxes, cairo_rectangle_t, j);

            free_place = box.x + box.width < b->x || b->x + b->width < box.x ||
                         box.y + box.height < b->y || b->y + b->height < box.y;
        }
        if (!free_place)
            continue;
        g_array_append_val(boxes, box);
        show_text(page->cr, "Sans 8", name, box.x, box.y, 160);
    }
}

static void
draw_legend(const Page *page)
{
    const UmkCliChart *chart = page->chart;
    double x = WIDTH - MARGIN - LEGEND + 24, y = TOP;
    gsize n = umk_matrix_get_n_rows(chart->coords);

    for (guint c = 0; chart->category_names[c] != NULL; c++) {
        g_autofree char *text = NULL;
        gsize count = 0;

        if (c == MAX_LEGEND) {
            cairo_set_source_rgb(page->cr, 0.4, 0.4, 0.4);
            show_text(page->cr, "Sans 9", "…", x + 14, y, 0);
            break;
        }
        for (gsize i = 0; i < n; i++)
            count += chart->categories[i] == c;
        if (count == 0)
            continue;
        set_color(page->cr, c, 1);
        cairo_arc(page->cr, x + 5, y + 8, 5, 0, 2 * G_PI);
        cairo_fill(page->cr);
        cairo_set_source_rgb(page->cr, 0.2, 0.2, 0.2);
        text = g_strdup_printf(
            "%s (%zu)", chart->category_names[c][0] ? chart->category_names[c] : "–",
            count);
        show_text(page->cr, "Sans 10", text, x + 16, y, LEGEND - 40);
        y += 22;
    }
}

static void
draw_page(cairo_t *cr, const UmkCliChart *chart)
{
    Page page = {.cr = cr, .chart = chart};

    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    fit_page(&page);
    draw_points(&page);
    if (chart->names != NULL)
        draw_names(&page);
    if (chart->category_names != NULL && chart->categories != NULL)
        draw_legend(&page);
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.12);
    show_text(cr, "Sans Bold 16", chart->title, MARGIN, 22, WIDTH - 2 * MARGIN);
    cairo_set_source_rgb(cr, 0.4, 0.4, 0.42);
    show_text(cr, "Sans 10", chart->subtitle, MARGIN, 50, WIDTH - 2 * MARGIN);
}

static cairo_status_t
append(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

/* Puts the recipe in front of the closing tag; "--" may not stand in an XML comment. */
static void
add_svg_metadata(GByteArray *bytes, const char *provenance)
{
    g_autofree char *escaped = g_markup_escape_text(provenance, -1);
    g_autofree char *element =
        g_strdup_printf("<metadata>%s</metadata>\n</svg>\n", escaped);
    const char *close = g_strrstr_len((const char *) bytes->data, bytes->len, "</svg>");

    if (close == NULL)
        return;
    g_byte_array_set_size(bytes, (guint) (close - (const char *) bytes->data));
    g_byte_array_append(bytes, (const guint8 *) element, (guint) strlen(element));
}

static guint32
crc32_of(const guint8 *data, gsize n)
{
    guint32 crc = 0xffffffffu;

    for (gsize i = 0; i < n; i++) {
        crc ^= data[i];
        for (int b = 0; b < 8; b++)
            crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
    }
    return ~crc;
}

static void
append_u32(GByteArray *bytes, guint32 value)
{
    guint32 big = GUINT32_TO_BE(value);

    g_byte_array_append(bytes, (const guint8 *) &big, 4);
}

/* A tEXt chunk (PNG 1.2, 4.2.3) before the IEND chunk, which is the last 12 bytes. */
static void
add_png_metadata(GByteArray *bytes, const char *provenance)
{
    g_autoptr(GByteArray) chunk = g_byte_array_new();
    guint8 end[12];

    if (bytes->len < sizeof end)
        return;
    memcpy(end, bytes->data + bytes->len - sizeof end, sizeof end);
    g_byte_array_set_size(bytes, bytes->len - (guint) sizeof end);
    g_byte_array_append(chunk, (const guint8 *) "tEXtDescription", 16);
    g_byte_array_append(chunk, (const guint8 *) provenance, (guint) strlen(provenance));
    append_u32(bytes, chunk->len - 4);
    g_byte_array_append(bytes, chunk->data, chunk->len);
    append_u32(bytes, crc32_of(chunk->data, chunk->len));
    g_byte_array_append(bytes, end, sizeof end);
}

/* Draws chart to path, whole or not at all. */
gboolean
umk_cli_chart_draw(const UmkCliChart *chart, const char *path, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_surface_t *surface;
    cairo_status_t status;
    gboolean png = g_str_has_suffix(path, ".png"), svg = g_str_has_suffix(path, ".svg");
    cairo_t *cr;

    if (png) {
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int) WIDTH * 2,
                                             (int) HEIGHT * 2);
        cairo_surface_set_device_scale(surface, 2, 2);
    } else if (svg) {
        surface = cairo_svg_surface_create_for_stream(append, bytes, WIDTH, HEIGHT);
    } else {
        surface = cairo_pdf_surface_create_for_stream(append, bytes, WIDTH, HEIGHT);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, chart->title);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT,
                                       chart->provenance);
        /* A date would make two equal maps differ. */
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                       "2000-01-01T00:00:00Z");
    }
    cr = cairo_create(surface);
    draw_page(cr, chart);
    status = cairo_status(cr);
    cairo_destroy(cr);
    if (png && status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, append, bytes);
    cairo_surface_finish(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("Cannot draw %s: %s"), path,
                    cairo_status_to_string(status));
        return FALSE;
    }
    if (svg)
        add_svg_metadata(bytes, chart->provenance);
    if (png)
        add_png_metadata(bytes, chart->provenance);
    return umk_cli_write_text(path, (const char *) bytes->data, (gssize) bytes->len,
                              error);
}
