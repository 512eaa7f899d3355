/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are one item each: texts, pictures, sounds. */
#include "facade/umk-ingest-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inttypes.h>
#include <string.h>

#define MAX_TEXT_SIZE (16u << 20)
#define CAPTION_CHARS 120

/* The first line of a text that has one, shortened. */
static char *
first_line(const char *text)
{
    const char *start = text + strspn(text, " \t\r\n#");
    g_autofree char *line = g_strndup(start, strcspn(start, "\r\n"));

    if (g_utf8_strlen(line, -1) > CAPTION_CHARS) {
        *g_utf8_offset_to_pointer(line, CAPTION_CHARS) = '\0';
        return g_strconcat(line, "…", NULL);
    }
    return g_steal_pointer(&line);
}

static char *
name_without_suffix(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *shown = g_filename_display_name(name);
    char *dot = strrchr(shown, '.');

    if (dot != NULL && dot != shown)
        *dot = '\0';
    return g_steal_pointer(&shown);
}

gboolean
_umk_ingest_text(UmkIngest *ingest, const char *path, const char *id, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *valid = NULL;
    g_autofree char *caption = NULL;
    g_autoptr(UmkItem) item = NULL;
    GStatBuf info;
    gsize len;

    if (g_stat(path, &info) == 0 && info.st_size > (goffset) MAX_TEXT_SIZE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("It has %" PRId64 " bytes; a text has at most %u"),
                    (goffset) info.st_size, MAX_TEXT_SIZE);
        return FALSE;
    }
    if (!g_file_get_contents(path, &text, &len, error))
        return FALSE;
    if (memchr(text, '\0', len) != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("It holds zero bytes and is not a text"));
        return FALSE;
    }
    valid = g_utf8_make_valid(text, (gssize) len);
    g_strstrip(valid);
    if (valid[0] == '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The text is empty"));
        return FALSE;
    }
    item = umk_item_new_for_text(valid);
    caption = first_line(valid);
    umk_item_set_caption(item, caption);
    _umk_ingest_describe(ingest, item, path);
    _umk_ingest_add(ingest, item, id, path);
    return TRUE;
}

static gboolean
add_media(UmkIngest *ingest, UmkModality modality, const char *path, const char *id)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(modality, path);
    g_autofree char *caption = name_without_suffix(path);

    umk_item_set_caption(item, caption);
    _umk_ingest_describe(ingest, item, path);
    _umk_ingest_add(ingest, item, id, path);
    return TRUE;
}

gboolean
_umk_ingest_image(UmkIngest *ingest, const char *path, const char *id, GError **error)
{
    return add_media(ingest, UMK_MODALITY_IMAGE, path, id);
}

gboolean
_umk_ingest_audio(UmkIngest *ingest, const char *path, const char *id, GError **error)
{
    return add_media(ingest, UMK_MODALITY_AUDIO, path, id);
}
