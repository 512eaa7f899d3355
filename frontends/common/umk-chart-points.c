/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cloud. Few points are drawn as shapes with an edge; many are stamped into an image,
 * which a vector file then holds, so that it stays small. Points are drawn in a scattered
 * order, lest the last category hide the first. */
#include "umk-chart-page.h"

#include <math.h>
#include <string.h>

#define IMAGE_SCALE 2
#define MAX_STAMP   32

/* text: disc, image: square, audio: triangle, graph: diamond; all of about one area */
void
umk_chart_shape_path(cairo_t *cr, guint8 shape, double x, double y, double radius)
{
    double r = radius;

    cairo_new_path(cr);
    switch (shape) {
    case UMK_MODALITY_IMAGE:
        cairo_rectangle(cr, x - r * 0.89, y - r * 0.89, r * 1.78, r * 1.78);
        break;
    case UMK_MODALITY_AUDIO:
        cairo_move_to(cr, x, y - r * 1.35);
        cairo_line_to(cr, x + r * 1.17, y + r * 0.67);
        cairo_line_to(cr, x - r * 1.17, y + r * 0.67);
        cairo_close_path(cr);
        break;
    case UMK_MODALITY_GRAPH:
        cairo_move_to(cr, x, y - r * 1.28);
        cairo_line_to(cr, x + r * 1.28, y);
        cairo_line_to(cr, x, y + r * 1.28);
        cairo_line_to(cr, x - r * 1.28, y);
        cairo_close_path(cr);
        break;
    default:
        cairo_arc(cr, x, y, r, 0, 2 * G_PI);
    }
}

/* Steps through all rows once: a step without a common divisor with n. */
static gsize
scatter_step(gsize n)
{
    gsize step = (gsize) ((double) n * 0.6180339887) | 1;

    for (;; step += 2) {
        gsize a = step, b = n;

        while (b != 0) {
            gsize rest = a % b;

            a = b;
            b = rest;
        }
        if (a == 1)
            return step;
    }
}

static void
place_row(const UmkChartPage *page, gsize row, double *x, double *y)
{
    const float *at = umk_matrix_get_row(page->chart->coords, row, NULL);

    umk_chart_place(page, (double) at[0], (double) at[1], x, y);
}

static guint8
shape_of(const UmkChartPage *page, gsize row)
{
    return page->chart->shapes != NULL ? page->chart->shapes[row] : UMK_MODALITY_TEXT;
}

static gboolean
is_rest(const UmkChartPage *page, gsize row)
{
    const UmkChart *chart = page->chart;

    return chart->categories != NULL && umk_chart_is_rest(chart, chart->categories[row]);
}

static double
weight_of(const UmkChartPage *page, gsize row)
{
    return page->chart->weights != NULL ? page->chart->weights[row] : 1;
}

/* Context is thin, and so is what has no colour of its own. */
static double
alpha_of(const UmkChartPage *page, gsize row)
{
    double own = weight_of(page, row);

    if (page->chart->faint != NULL && page->chart->faint[row])
        return page->alpha * own * 0.3;
    return page->alpha * own * (is_rest(page, row) ? 0.6 : 1);
}

/* Context first, the others over it; without context everything is in the second pass. */
static gboolean
is_in_pass(const UmkChartPage *page, gsize row, int pass)
{
    gboolean faint = page->chart->faint != NULL && page->chart->faint[row];

    return faint == (pass == 0);
}

static void
draw_shapes(const UmkChartPage *page)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords), step = scatter_step(n), row = 0;

    cairo_set_line_width(page->cr, page->radius > 3 ? 0.7 : 0.4);
    cairo_set_line_join(page->cr, CAIRO_LINE_JOIN_ROUND);
    for (int pass = page->chart->faint == NULL; pass < 2; pass++)
        for (gsize i = 0; i < n; i++, row = (row + step) % n) {
            double x, y;

            if (!is_in_pass(page, row, pass))
                continue;
            place_row(page, row, &x, &y);
            umk_chart_shape_path(page->cr, shape_of(page, row), x, y, page->radius);
            umk_chart_set_color(page->cr, umk_chart_point_color(page, row),
                                alpha_of(page, row));
            cairo_fill_preserve(page->cr);
            umk_chart_set_color(page->cr, page->theme->panel,
                                0.75 * weight_of(page, row));
            cairo_stroke(page->cr);
        }
}

/* ---- stamps ----------------------------------------------------------------------- */

typedef struct {
    int size; /* odd */
    float cover[MAX_STAMP * MAX_STAMP];
} Stamp;

/* The shapes above, drawn once by cairo into a mask. */
static void
make_stamp(Stamp *stamp, guint8 shape, double radius)
{
    int size = MIN(MAX_STAMP - 1, 2 * (int) ceil(radius * 1.5) + 1);
    cairo_surface_t *mask = cairo_image_surface_create(CAIRO_FORMAT_A8, size, size);
    cairo_t *cr = cairo_create(mask);
    const guint8 *data;
    int stride;

    umk_chart_shape_path(cr, shape, size / 2.0, size / 2.0, radius);
    cairo_fill(cr);
    cairo_destroy(cr);
    cairo_surface_flush(mask);
    data = cairo_image_surface_get_data(mask);
    stride = cairo_image_surface_get_stride(mask);
    stamp->size = size;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            stamp->cover[y * size + x] = (float) data[y * stride + x] / 255.0f;
    cairo_surface_destroy(mask);
}

typedef struct {
    int width, height;
    float *pixels; /* (height, width, 4) premultiplied */
} Image;

static void
press(const Image *image,
      const Stamp *stamp,
      double x,
      double y,
      UmkChartColor color,
      float alpha)
{
    int left = (int) floor(x) - stamp->size / 2, top = (int) floor(y) - stamp->size / 2;

    for (int j = 0; j < stamp->size; j++)
        for (int i = 0; i < stamp->size; i++) {
            float a = stamp->cover[j * stamp->size + i] * alpha, *to;

            if (a <= 0 || left + i < 0 || left + i >= image->width || top + j < 0 ||
                top + j >= image->height)
                continue;
            to = image->pixels +
                 ((gsize) (top + j) * (gsize) image->width + (gsize) (left + i)) * 4;
            to[0] = (float) color.b * a + to[0] * (1 - a);
            to[1] = (float) color.g * a + to[1] * (1 - a);
            to[2] = (float) color.r * a + to[2] * (1 - a);
            to[3] = a + to[3] * (1 - a);
        }
}

static cairo_surface_t *
to_surface(const Image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, image->width, image->height);
    guint8 *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);

    for (int y = 0; data != NULL && y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            const float *from =
                image->pixels + ((gsize) y * (gsize) image->width + (gsize) x) * 4;
            guint32 value = 0;

            for (int c = 3; c >= 0; c--)
                value = value << 8 | (guint32) (from[c] * 255.0f + 0.5f);
            memcpy(data + y * stride + x * 4, &value, 4);
        }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void
draw_stamps(const UmkChartPage *page)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords), step = scatter_step(n), row = 0;
    Image image = {.width = (int) page->panel.width * IMAGE_SCALE,
                   .height = (int) page->panel.height * IMAGE_SCALE};
    Stamp stamps[UMK_N_MODALITIES];
    cairo_surface_t *surface;

    image.pixels = g_new0(float, (gsize) image.width *(gsize) image.height * 4);
    for (guint8 shape = 0; shape < UMK_N_MODALITIES; shape++)
        make_stamp(stamps + shape, shape, page->radius * IMAGE_SCALE);
    for (int pass = page->chart->faint == NULL; pass < 2; pass++)
        for (gsize i = 0; i < n; i++, row = (row + step) % n) {
            double x, y;

            if (!is_in_pass(page, row, pass))
                continue;
            place_row(page, row, &x, &y);
            x = (x - page->panel.x) * IMAGE_SCALE;
            y = (y - page->panel.y) * IMAGE_SCALE;
            if (fabs(x) < 1e6 && fabs(y) < 1e6) /* far outside of a window onto the map */
                press(&image, stamps + shape_of(page, row), x, y,
                      umk_chart_point_color(page, row), (float) alpha_of(page, row));
        }
    surface = to_surface(&image);
    g_free(image.pixels);
    cairo_save(page->cr);
    cairo_translate(page->cr, page->panel.x, page->panel.y);
    cairo_scale(page->cr, 1.0 / IMAGE_SCALE, 1.0 / IMAGE_SCALE);
    cairo_set_source_surface(page->cr, surface, 0, 0);
    cairo_paint(page->cr);
    cairo_restore(page->cr);
    cairo_surface_destroy(surface);
}

void
umk_chart_draw_points(const UmkChartPage *page)
{
    if (umk_matrix_get_n_rows(page->chart->coords) == 0)
        return;
    if (page->raster)
        draw_stamps(page);
    else
        draw_shapes(page);
}
