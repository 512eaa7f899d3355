/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of the fields that the engine and the samples give, and the ends of paths. */
#include "umk-app-titles.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>
#include <string.h>

#define LONGEST 60u /* characters of a value */

const char *
umk_app_title_of_field(const char *name)
{
    static const struct {
        const char *name, *title;
    } own[] = {
        {"words", N_("Words")},       {"model", N_("Model")},
        {"added", N_("Added")},       {"label", N_("Label")},
        {"source", N_("Source")},     {"language", N_("Language")},
        {"modality", N_("Modality")}, {"path", N_("File")},
        {"caption", N_("Caption")},   {"text", N_("Text")},
        {"id", N_("Name")},           {"tags", N_("Tags")},
        {"note", N_("Note")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
        if (g_str_equal(own[i].name, name))
            return _(own[i].title);
    return name;
}

char *
umk_app_title_of_value(const char *value)
{
    g_autofree char *end = g_path_is_absolute(value) ? g_path_get_basename(value) : NULL;

    return umk_app_text_tidy(end != NULL ? end : value, LONGEST);
}

gsize
umk_app_titles_count_shared(const char *const *values, gsize n)
{
    gsize shared;

    if (n == 0 || !g_path_is_absolute(values[0]))
        return 0;
    shared = (gsize) (strrchr(values[0], '/') - values[0]) + 1;
    for (gsize i = 1; i < n; i++) {
        if (!g_path_is_absolute(values[i]))
            return 0;
        while (strncmp(values[0], values[i], shared) != 0)
            for (shared--; shared > 0 && values[0][shared - 1] != '/';)
                shared--;
    }
    return shared;
}

/* A hyphen that begins a number: nothing that it could join stands before it. */
static gboolean
is_minus(const char *text, const char *at)
{
    return *at == '-' && g_ascii_isdigit(at[1]) &&
           (at == text || (!g_ascii_isalnum(at[-1]) && strchr("-_./", at[-1]) == NULL));
}

char *
umk_app_text_set_minus(char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p != '\0'; p++) {
        if (!is_minus(text, p))
            g_string_append_c(out, *p);
        else if (!g_ascii_isdigit(p[1 + strspn(p + 1, "0.")]))
            continue;
        else
            g_string_append(out, "\xe2\x88\x92");
    }
    g_free(text);
    return g_string_free(out, FALSE);
}

gboolean
umk_app_text_is_japanese(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        GUnicodeScript script = g_unichar_get_script(g_utf8_get_char(p));

        if (script == G_UNICODE_SCRIPT_HAN || script == G_UNICODE_SCRIPT_HIRAGANA ||
            script == G_UNICODE_SCRIPT_KATAKANA)
            return TRUE;
    }
    return FALSE;
}

char *
umk_app_text_set_commas(char *text)
{
    GString *out;

    if (!umk_app_text_is_japanese(text))
        return text;
    out = g_string_new(text);
    g_string_replace(out, ", ", "、", 0);
    g_free(text);
    return g_string_free(out, FALSE);
}
