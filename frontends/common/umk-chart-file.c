/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chart as a file, with its recipe inside: <metadata> of an SVG, the subject of a
 * PDF, a text chunk of a PNG. No date, so that equal maps are equal files. */
#include "umk-chart-page.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>

#include <string.h>

static cairo_status_t
append(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

/* cairo numbers some elements by what the process has made before; here by their order.
 */
static gboolean
renumber(const GMatchInfo *match, GString *out, gpointer data)
{
    GHashTable *numbers = data;
    g_autofree char *before = g_match_info_fetch(match, 1);
    g_autofree char *kind = g_match_info_fetch(match, 2);
    char *name = g_match_info_fetch(match, 0);
    gpointer number;

    /* the same element whether it is made (") or referred to (#) */
    name[0] = ' ';
    number = g_hash_table_lookup(numbers, name);
    if (number == NULL) {
        number = GUINT_TO_POINTER(g_hash_table_size(numbers) + 1);
        g_hash_table_insert(numbers, g_strdup(name), number);
    }
    g_free(name);
    g_string_append_printf(out, "%s%s%u", before, kind, GPOINTER_TO_UINT(number));
    return FALSE;
}

static void
renumber_svg(GByteArray *bytes)
{
    g_autoptr(GRegex) regex =
        g_regex_new("([\"#])(surface|image|mask|pattern)[0-9]+", 0, 0, NULL);
    g_autoptr(GHashTable) numbers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *text =
        g_regex_replace_eval(regex, (const char *) bytes->data, (gssize) bytes->len, 0, 0,
                             renumber, numbers, NULL);

    if (text == NULL)
        return;
    g_byte_array_set_size(bytes, 0);
    g_byte_array_append(bytes, (const guint8 *) text, (guint) strlen(text));
}

/* Title and recipe, where a reader of the file and a screen reader look for them. */
static void
add_svg_metadata(GByteArray *bytes, const UmkChart *chart)
{
    g_autofree char *recipe = g_markup_escape_text(chart->provenance, -1);
    /* XML has no way to write most control characters. */
    g_autofree char *plain_title = umk_chart_escape(chart->title);
    g_autofree char *plain_text = umk_chart_escape(chart->subtitle);
    g_autofree char *title = g_markup_escape_text(plain_title, -1);
    g_autofree char *text = g_markup_escape_text(plain_text, -1);
    g_autofree char *element =
        g_strdup_printf("\n<title>%s</title>\n<desc>%s</desc>\n<metadata>%s</metadata>",
                        title, text, recipe);
    const char *data = (const char *) bytes->data;
    const char *open = g_strstr_len(data, bytes->len, "<svg ");
    const char *end = open ? memchr(open, '>', bytes->len - (gsize) (open - data)) : NULL;
    g_autofree guint8 *tail = NULL;
    gsize at, n_tail;

    if (end == NULL)
        return;
    at = (gsize) (end + 1 - data);
    n_tail = bytes->len - at;
    tail = g_memdup2(bytes->data + at, n_tail);
    g_byte_array_set_size(bytes, (guint) at);
    g_byte_array_append(bytes, (const guint8 *) element, (guint) strlen(element));
    g_byte_array_append(bytes, tail, (guint) n_tail);
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

/* A text chunk before the IEND chunk, which is the last 12 bytes: tEXt for ASCII, else
 * iTXt, which is UTF-8 (PNG 1.2, 4.2.3). */
static void
add_png_text(GByteArray *bytes, const char *keyword, const char *text)
{
    g_autoptr(GByteArray) chunk = g_byte_array_new();
    gboolean ascii = g_str_is_ascii(text);
    guint8 end[12];

    if (bytes->len < sizeof end)
        return;
    memcpy(end, bytes->data + bytes->len - sizeof end, sizeof end);
    g_byte_array_set_size(bytes, bytes->len - (guint) sizeof end);
    g_byte_array_append(chunk, (const guint8 *) (ascii ? "tEXt" : "iTXt"), 4);
    g_byte_array_append(chunk, (const guint8 *) keyword, (guint) strlen(keyword) + 1);
    if (!ascii) /* not compressed, no language, no translated keyword */
        g_byte_array_append(chunk, (const guint8 *) "\0\0\0", 4);
    g_byte_array_append(chunk, (const guint8 *) text, (guint) strlen(text));
    append_u32(bytes, chunk->len - 4);
    g_byte_array_append(bytes, chunk->data, chunk->len);
    append_u32(bytes, crc32_of(chunk->data, chunk->len));
    g_byte_array_append(bytes, end, sizeof end);
}

static cairo_surface_t *
make_surface(const UmkChart *chart, const char *format, GByteArray *bytes)
{
    const double width = umk_chart_width(chart), height = umk_chart_height(chart);
    const double pixels = chart->pixels > 0 ? chart->pixels : 2;
    cairo_surface_t *surface;

    if (g_str_equal(format, "png")) {
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int) (width * pixels),
                                             (int) (height * pixels));
        cairo_surface_set_device_scale(surface, pixels, pixels);
        return surface;
    }
    if (g_str_equal(format, "svg")) {
        surface = cairo_svg_surface_create_for_stream(append, bytes, width, height);
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
        return surface;
    }
    surface = cairo_pdf_surface_create_for_stream(append, bytes, width, height);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, chart->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT,
                                   chart->provenance);
    /* cairo writes the time of day unless it is told another. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2000-01-01T00:00:00Z");
    return surface;
}

GBytes *
umk_chart_to_bytes(const UmkChart *chart, const char *format, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gboolean png = g_str_equal(format, "png");
    cairo_surface_t *surface = make_surface(chart, format, bytes);
    cairo_t *cr = cairo_create(surface);
    cairo_status_t status;

    umk_chart_draw_page(cr, chart, !png);
    status = cairo_status(cr);
    cairo_destroy(cr);
    if (png && status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, append, bytes);
    cairo_surface_finish(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_FAILED,
                            cairo_status_to_string(status));
        return NULL;
    }
    if (g_str_equal(format, "svg")) {
        renumber_svg(bytes);
        add_svg_metadata(bytes, chart);
    }
    if (png) {
        add_png_text(bytes, "Title", chart->title);
        add_png_text(bytes, "Description", chart->provenance);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

gboolean
umk_chart_draw(const UmkChart *chart, const char *path, GError **error)
{
    const char *format = g_str_has_suffix(path, ".png")   ? "png"
                         : g_str_has_suffix(path, ".svg") ? "svg"
                                                          : "pdf";
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = umk_chart_to_bytes(chart, format, &failure);
    gsize size;
    const char *data;

    if (bytes == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("Cannot draw %s: %s"), path,
                    failure->message);
        return FALSE;
    }
    data = g_bytes_get_data(bytes, &size);
    return g_file_set_contents_full(
        path, data, (gssize) size,
        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, error);
}
