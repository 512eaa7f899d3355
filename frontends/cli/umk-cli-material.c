/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Material of an evaluation that is not shipped: glyphs drawn from the installed font,
 * and files of Debian packages, downloaded only when the user asks for it. */
#include "umk-cli-plan.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <pango/pangocairo.h>

#include <string.h>

/* The size and the box of the font's one strike of bitmaps, drawn unscaled. */
#define GLYPH_SIZE   109
#define GLYPH_WIDTH  136
#define GLYPH_HEIGHT 128

static cairo_status_t
append_png(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static gboolean
is_colour_font(PangoLayout *layout)
{
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iter);
    PangoFontDescription *description =
        run != NULL ? pango_font_describe(run->item->analysis.font) : NULL;
    gboolean found =
        description != NULL && g_strcmp0(pango_font_description_get_family(description),
                                         "Noto Color Emoji") == 0;

    g_clear_pointer(&description, pango_font_description_free);
    pango_layout_iter_free(iter);
    return found;
}

GBytes *
umk_cli_draw_glyph(const char *text)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, GLYPH_WIDTH, GLYPH_HEIGHT);
    cairo_t *cr = cairo_create(surface);
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("Noto Color Emoji");
    PangoRectangle ink;
    GByteArray *png = NULL;

    pango_font_description_set_absolute_size(font, GLYPH_SIZE * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_pixel_extents(layout, &ink, NULL);
    /* a sequence that the font has no glyph for is drawn as several, or by another font
     */
    if (is_colour_font(layout) && ink.width > 0 && ink.width < 3 * GLYPH_WIDTH / 2) {
        png = g_byte_array_new();
        cairo_move_to(cr, (GLYPH_WIDTH - ink.width) / 2.0 - ink.x,
                      (GLYPH_HEIGHT - ink.height) / 2.0 - ink.y);
        pango_cairo_show_layout(cr, layout);
        cairo_surface_write_to_png_stream(surface, append_png, png);
    }
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return png != NULL ? g_byte_array_free_to_bytes(png) : NULL;
}

static gboolean
run_program(const char *folder, const char *const *argv, GError **error)
{
    g_autofree char *output = NULL;
    int status;

    return g_spawn_sync(folder, (char **) argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                        NULL, NULL, &status, error) &&
           g_spawn_check_wait_status(status, error);
}

/* The file that "apt-get download" left. */
static char *
find_archive(const char *folder, const char *package)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autofree char *prefix = g_strconcat(package, "_", NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, ".deb"))
            return g_build_filename(folder, name, NULL);
    return NULL;
}

gboolean
umk_cli_fetch_packages(UmkCli *cli, char **packages, const char *folder, GError **error)
{
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    folder, g_strerror(errno));
        return FALSE;
    }
    for (gsize i = 0; packages[i] != NULL; i++) {
        const char *download[] = {"apt-get", "-q", "download", packages[i], NULL};
        g_autofree char *archive = NULL;

        umk_cli_message(cli, _("Downloading the Debian package “%s”"), packages[i]);
        if (!run_program(folder, download, error)) {
            g_prefix_error(error, "apt-get download %s: ", packages[i]);
            return FALSE;
        }
        archive = find_archive(folder, packages[i]);
        if (archive != NULL) {
            const char *unpack[] = {"dpkg-deb", "-x", archive, folder, NULL};

            if (!run_program(folder, unpack, error))
                return FALSE;
            g_unlink(archive);
        }
    }
    return TRUE;
}
