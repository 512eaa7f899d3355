/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's tables hold the words, in the library's own catalogue. */
#include "umk-app-option-words.h"

#include <glib/gi18n.h>

#define LONGEST 60 /* characters of a value */

gboolean
umk_app_option_is_default(const UmkParamSpec *spec, const char *value)
{
    switch (spec->type) {
    case UMK_PARAM_BOOL:
        return g_str_equal(value, spec->def != 0 ? "yes" : "no");
    case UMK_PARAM_STRING:
        return *value == '\0';
    case UMK_PARAM_CHOICE:
        return g_str_equal(value, spec->choices[(gsize) spec->def]);
    case UMK_PARAM_INT:
    case UMK_PARAM_DOUBLE:
    default:
        return g_ascii_strtod(value, NULL) == spec->def;
    }
}

const char *
umk_app_option_get_choice(const UmkParamSpec *spec, guint choice)
{
    return spec->choice_titles != NULL
               ? g_dgettext("umekomi", spec->choice_titles[choice])
               : spec->choices[choice];
}

static const char *
find_choice(const UmkParamSpec *spec, const char *word)
{
    for (guint c = 0; spec->choices[c] != NULL; c++)
        if (g_str_equal(spec->choices[c], word))
            return umk_app_option_get_choice(spec, c);
    return word;
}

char *
umk_app_option_dup_value(const UmkParamSpec *spec, const char *value)
{
    if (spec->automatic && g_ascii_strtod(value, NULL) == 0)
        return g_strdup(_("Automatic"));
    if (spec->type == UMK_PARAM_CHOICE)
        return g_strdup(find_choice(spec, value));
    if (spec->type == UMK_PARAM_BOOL)
        return g_strdup(g_str_equal(value, "yes") ? _("Yes") : _("No"));
    if (g_utf8_strlen(value, -1) > LONGEST) {
        const char *cut = g_utf8_offset_to_pointer(value, LONGEST - 2);

        return g_strdup_printf("%.*s…", (int) (cut - value), value);
    }
    return g_strdup(value);
}
