/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of the engine's words. */
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
umk_app_option_get_choice(const char *word)
{
    static const char *const known[][2] = {
        {"euclidean", N_("Euclidean")}, {"cosine", N_("Cosine")},
        {"dot", N_("Inner product")},   {"pca", N_("PCA")},
        {"spectral", N_("Spectral")},   {"random", N_("At random")},
        {"auto", N_("Automatic")},      {"exact", N_("Exact")},
        {"randomised", N_("Sampled")},  {"gaussian", N_("Normal")},
        {"sparse", N_("Sparse")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(word, known[i][0]))
            return _(known[i][1]);
    return word;
}

char *
umk_app_option_dup_value(const UmkParamSpec *spec, const char *value)
{
    if (spec->automatic && g_ascii_strtod(value, NULL) == 0)
        return g_strdup(_("Automatic"));
    if (spec->type == UMK_PARAM_CHOICE)
        return g_strdup(umk_app_option_get_choice(value));
    if (spec->type == UMK_PARAM_BOOL)
        return g_strdup(g_str_equal(value, "yes") ? _("Yes") : _("No"));
    if (g_utf8_strlen(value, -1) > LONGEST) {
        const char *cut = g_utf8_offset_to_pointer(value, LONGEST - 2);

        return g_strdup_printf("%.*s…", (int) (cut - value), value);
    }
    return g_strdup(value);
}
