/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Titles of modalities and items. Whatever an item is called, what is shown is one line
 * of valid text without control characters and of bounded length. */
#include "umk-app-modality.h"

#include <glib/gi18n.h>

#include <string.h>

const char *
umk_app_modality_get_title(UmkModality modality)
{
    switch (modality) {
    case UMK_MODALITY_TEXT:
        return _("Text");
    case UMK_MODALITY_IMAGE:
        return _("Picture");
    case UMK_MODALITY_AUDIO:
        return _("Sound");
    case UMK_MODALITY_GRAPH:
    default:
        return _("Graph node");
    }
}

const char *
umk_app_modality_get_plural(UmkModality modality)
{
    switch (modality) {
    case UMK_MODALITY_TEXT:
        return _("Texts");
    case UMK_MODALITY_IMAGE:
        return _("Pictures");
    case UMK_MODALITY_AUDIO:
        return _("Sounds");
    case UMK_MODALITY_GRAPH:
    default:
        return _("Graph nodes");
    }
}

const char *
umk_app_modality_get_icon(UmkModality modality)
{
    switch (modality) {
    case UMK_MODALITY_TEXT:
        return "umk-text-symbolic";
    case UMK_MODALITY_IMAGE:
        return "umk-picture-symbolic";
    case UMK_MODALITY_AUDIO:
        return "umk-sound-symbolic";
    case UMK_MODALITY_GRAPH:
    default:
        return "umk-node-symbolic";
    }
}

/* At most max_chars characters of the text, on one line. */
char *
umk_app_text_tidy(const char *text, gsize max_chars)
{
    g_autofree char *head =
        g_utf8_make_valid(text, (gssize) strnlen(text, max_chars * 4));
    GString *out = g_string_new(NULL);
    gsize n = 0;

    for (const char *p = head; *p != '\0' && n < max_chars;
         p = g_utf8_next_char(p), n++) {
        gunichar c = g_utf8_get_char(p);
        GUnicodeType type = g_unichar_type(c);

        if (type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR ||
            type == G_UNICODE_PARAGRAPH_SEPARATOR)
            c = ' ';
        if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
            continue; /* what turns the direction of all that follows */
        g_string_append_unichar(out, c);
    }
    if (strlen(text) > strlen(head) || n == max_chars)
        g_string_append(out, "…");
    return g_strstrip(g_string_free(out, FALSE));
}

/* For a line that wraps: a name or an id is not cut at its hyphens and strokes. */
char *
umk_app_text_hold_together(const char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        g_string_append_unichar(out, c);
        if (c == '-' || c == '/' || c == '.')
            g_string_append(out, "\xe2\x81\xa0"); /* word joiner */
    }
    return g_string_free(out, FALSE);
}

char *
umk_app_item_dup_title(UmkItem *item)
{
    const char *caption = umk_item_get_caption(item), *text = umk_item_get_text(item);
    const char *path = umk_item_get_path(item), *id = umk_item_get_id(item);
    g_autofree char *name = NULL;

    if (caption != NULL && *caption != '\0')
        return umk_app_text_tidy(caption, 120);
    if (text != NULL && *text != '\0')
        return umk_app_text_tidy(text, 120);
    if (path != NULL && *path != '\0') {
        name = g_path_get_basename(path);
        return umk_app_text_tidy(name, 120);
    }
    return id != NULL && *id != '\0' ? umk_app_text_tidy(id, 120)
                                     : g_strdup(_("Unnamed item"));
}

char *
umk_app_item_dup_subtitle(UmkItem *item)
{
    const char *title = umk_app_modality_get_title(umk_item_get_modality(item));
    const char *label = umk_item_get_label(item);
    g_autofree char *tidy = NULL;

    if (label == NULL || *label == '\0')
        return g_strdup(title);
    tidy = umk_app_text_tidy(label, 60);
    /* Translators: a modality and a label, for example "Picture · animal" */
    return g_strdup_printf(_("%s · %s"), title, tidy);
}
