/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts libvips quietly, opens files and bytes, and decides which of its loaders may see
 * them: tables and volumes are not pictures, and ImageMagick is asked only for formats
 * that hold pixels and no program. Nothing is decoded here. */

#include "umk-vips-private.h"

#include "umk-drawing-private.h"

#include <inttypes.h>
#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

/* ---- libvips ---------------------------------------------------------------------- */

static void
swallow(G_GNUC_UNUSED const char *domain,
        G_GNUC_UNUSED GLogLevelFlags level,
        G_GNUC_UNUSED const char *message,
        G_GNUC_UNUSED gpointer data)
{
}

static gsize state; /* 1: failed, 2: running */

static gboolean
start_vips(GError **error)
{
    if (g_once_init_enter(&state)) {
        gsize outcome = 1;

        g_log_set_handler("VIPS",
                          G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO |
                              G_LOG_LEVEL_DEBUG,
                          swallow, NULL);
        if (VIPS_INIT("umekomi") == 0) {
            vips_concurrency_set(1);
            vips_cache_set_max(0);
            outcome = 2;
        }
        g_once_init_leave(&state, outcome);
    }
    if (state == 2)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("libvips cannot be started"));
    return FALSE;
}

void
_umk_vips_end_thread(void)
{
    /* what was refused at a glance, an empty file say, never started it */
    if (g_atomic_pointer_get(&state) == 2)
        vips_thread_shutdown();
}

gboolean
_umk_vips_failure(GError **error)
{
    g_autofree char *text = vips_error_buffer_copy();
    char *line = g_strstrip(text);

    line[strcspn(line, "\n")] = '\0';
    if (*line == '\0' || strstr(line, "not in a known format"))
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("This is not an image of a known format"));
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The image cannot be decoded (%s)"), line);
    return FALSE;
}

/* ---- choosing a loader ------------------------------------------------------------ */

/* Formats that only the ImageMagick loader reads, and that hold pixels and no program. */
static gboolean
is_plain_picture(const guint8 *head, gsize length)
{
    static const struct {
        const char *magic;
        gsize length;
    } known[] = {
        {"BM", 2},     {"8BPS", 4},   {"gimp xcf", 8}, {"\0\0\1\0", 4}, {"DDS ", 4},
        {"\n\5\1", 3}, {"/* XPM", 6}, {"#define", 7},  {"\x59\xa6", 2},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (length >= known[i].length &&
            memcmp(head, known[i].magic, known[i].length) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Tables and volumes that libvips would take for pictures are refused. */
static gboolean
loader_is_welcome(const char *loader, VipsSource *source)
{
    static const char *const refused[] = {"Csv", "Matrix", "Mat", "Analyze", "Raw"};
    const char *kind = loader;

    if (g_str_has_prefix(loader, "VipsForeignLoad"))
        kind += strlen("VipsForeignLoad");
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (g_str_has_prefix(kind, refused[i]))
            return FALSE;
    }
    if (g_str_has_prefix(kind, "Magick")) {
        const guint8 *head = vips_source_sniff(source, 8);

        return head && is_plain_picture(head, 8);
    }
    return TRUE;
}

/* The loaders that need a file name or the whole file in memory are tried last, as
 * vips_image_new_from_source() does. */
static const char *
find_loader(VipsSource *source)
{
    const char *loader = vips_foreign_find_load_source(source);
    const char *path = vips_connection_filename(VIPS_CONNECTION(source));

    if (!loader && path)
        loader = vips_foreign_find_load(path);
    if (!loader && vips_source_is_mappable(source)) {
        size_t length;
        const void *data = vips_source_map(source, &length);

        if (data)
            loader = vips_foreign_find_load_buffer(data, length);
    }
    return loader;
}

const char *
_umk_vips_find_loader(VipsSource *source, GError **error)
{
    const char *loader;

    vips_error_clear(); /* what an earlier picture left behind */
    loader = find_loader(source);
    if (loader && loader_is_welcome(loader, source))
        return loader;
    vips_error_clear();
    _umk_vips_failure(error);
    return NULL;
}

static gboolean
check_size(VipsImage *image, GError **error)
{
    guint64 w = (guint64) vips_image_get_width(image);
    guint64 h = (guint64) vips_image_get_height(image);

    if (w > 0 && h > 0 && w * h <= UMK_DECODE_MAX_PIXELS)
        return TRUE;
    if (w == 0 || h == 0)
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The image has no pixels"));
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The image declares %" PRIu64 "x%" PRIu64
                      " pixels, more than the limit of %d million"),
                    w, h, (int) (UMK_DECODE_MAX_PIXELS / 1000000));
    return FALSE;
}

VipsImage *
_umk_vips_load(VipsSource *source, gsize want_edge, GError **error)
{
    const char *loader = _umk_vips_find_loader(source, error);
    VipsImage *image;

    if (!loader)
        return NULL;
    if (g_str_has_prefix(loader, "VipsForeignLoadSvg"))
        return _umk_drawing_load(source, want_edge, error);
    image = vips_image_new_from_source(source, "", "access", VIPS_ACCESS_SEQUENTIAL,
                                       "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!image) {
        _umk_vips_failure(error);
        return NULL;
    }
    if (!check_size(image, error)) {
        g_object_unref(image);
        return NULL;
    }
    return image;
}

/* NULL where there is nothing to win. Release with g_free. */
static char *
dup_shrink_option(const char *loader, gsize shortest, gsize least_edge)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (least_edge == 0 || shortest < 2 * least_edge)
        return NULL;
    if (g_str_has_prefix(loader, "VipsForeignLoadJpeg")) {
        guint shrink = 8; /* what the inverse cosine transform offers */

        while (shortest / shrink < least_edge)
            shrink /= 2;
        return g_strdup_printf("[shrink=%u]", shrink);
    }
    if (!g_str_has_prefix(loader, "VipsForeignLoadWebp"))
        return NULL;
    g_ascii_formatd(number, sizeof number, "%.6f",
                    (double) least_edge / (double) shortest);
    return g_strdup_printf("[scale=%s]", number);
}

VipsImage *
_umk_vips_load_shrunk(VipsSource *source,
                      gsize want_edge,
                      gsize least_edge,
                      gsize *width,
                      gsize *height,
                      GError **error)
{
    VipsImage *image = _umk_vips_load(source, want_edge, error), *smaller;
    const char *loader = image ? _umk_vips_find_loader(source, error) : NULL;
    g_autofree char *option = NULL;

    if (!loader) {
        g_clear_object(&image);
        return NULL;
    }
    *width = (gsize) vips_image_get_width(image);
    *height = (gsize) vips_image_get_height(image);
    option = dup_shrink_option(loader, MIN(*width, *height), least_edge);
    if (!option)
        return image;
    g_object_unref(image); /* only its head has been read */
    smaller = vips_image_new_from_source(source, option, "access", VIPS_ACCESS_SEQUENTIAL,
                                         "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!smaller)
        _umk_vips_failure(error);
    return smaller;
}

/* ---- opening ---------------------------------------------------------------------- */

VipsSource *
_umk_vips_open_file(const char *path, GError **error)
{
    VipsSource *source;
    GStatBuf info;

    if (g_stat(path, &info) != 0 || g_access(path, R_OK) != 0) {
        int code = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("The image cannot be opened: %s"), g_strerror(code));
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || info.st_size == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            S_ISREG(info.st_mode) ? _("The image file is empty")
                                                  : _("The image is not a regular file"));
        return NULL;
    }
    if (!start_vips(error))
        return NULL;
    source = vips_source_new_from_file(path);
    if (!source)
        _umk_vips_failure(error);
    return source;
}

VipsSource *
_umk_vips_open_bytes(GBytes *bytes, GError **error)
{
    gsize length;
    const void *data = g_bytes_get_data(bytes, &length);
    VipsSource *source;

    if (length == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The image data is empty"));
        return NULL;
    }
    if (!start_vips(error))
        return NULL;
    source = vips_source_new_from_memory(data, length);
    if (!source)
        _umk_vips_failure(error);
    return source;
}
