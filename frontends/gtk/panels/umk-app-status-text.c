/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line's parts as text: how many items, which method, how true, what the axes are. */
#include "umk-app-status-parts.h"

#include "umk-app-recipe.h"

#include <glib/gi18n.h>
#include <math.h>

static void
append(GString *text, char *part)
{
    if (part != NULL && *part != '\0')
        g_string_append_printf(text, "%s%s", text->len > 0 ? "  ·  " : "", part);
    g_free(part);
}

/* Points that no condition hides. */
static gsize
count_drawn(UmkAppScene *scene, const UmkAppLayout *layout)
{
    UmkAppRows *rows = umk_app_filter_get_rows(umk_app_scene_get_filter(scene));
    const UmkAppPoints *points = layout->points;
    const guint64 *words;
    gsize n = 0, n_words;

    if (rows == NULL)
        return points->n_points;
    words = umk_app_rows_get_words(rows, &n_words);
    for (gsize i = 0; i < points->n_points; i++)
        n += points->row[i] / 64 < n_words &&
             (words[points->row[i] / 64] >> points->row[i] % 64 & 1);
    return n;
}

static char *
counts_text(UmkAppScene *scene, const UmkAppLayout *layout)
{
    gsize n = layout->points->n_points, drawn = count_drawn(scene, layout);

    if (drawn == n)
        return g_strdup_printf(ngettext("%'zu item drawn", "%'zu items drawn", n), n);
    /* Translators: how many items are drawn, and how many there are */
    return g_strdup_printf(
        ngettext("%'zu of %'zu item drawn", "%'zu of %'zu items drawn", n), drawn, n);
}

char *
_umk_app_status_axes_text(const UmkAppLayout *layout)
{
    if (layout->left == NULL)
        return NULL;
    if (layout->bottom == NULL)
        /* Translators: the names of two sets, left and right on the map */
        return g_strdup_printf(_("across: “%s” to “%s”"), layout->left, layout->right);
    /* Translators: the names of the ends of two axes */
    return g_strdup_printf(_("across: “%s” to “%s”, up: “%s” to “%s”"), layout->left,
                           layout->right, layout->bottom, layout->top);
}

static char *
method_text(const UmkAppLayout *layout)
{
    if (layout->left != NULL)
        return NULL; /* comes last: it is long */
    if (layout->explained >= 0)
        /* Translators: PCA is the name of the method, a percentage follows: the share of
         * the vectors' variance that is seen */
        return g_strdup_printf(_("PCA, %.0f %% of the variance"),
                               layout->explained * 100);
    if (!umk_app_layout_is_settled(layout))
        /* Translators: a method, then how many rounds are done of how many */
        return g_strdup_printf(_("%s, settling: %u of %u"), layout->title, layout->epoch,
                               layout->n_epochs);
    return g_strdup(layout->title);
}

char *
_umk_app_status_truth_text(const UmkAppTruth *truth)
{
    if (truth == NULL || isnan(truth->trustworthiness))
        return NULL;
    if (truth->n_sample < truth->n_rows)
        /* Translators: a number from 0 to 1; neighbours looked at; items of the sample */
        return g_strdup_printf(_("trustworthiness %.2f (k = %u, sample of %'zu)"),
                               truth->trustworthiness, truth->k, truth->n_sample);
    return g_strdup_printf(_("trustworthiness %.2f (k = %u)"), truth->trustworthiness,
                           truth->k);
}

char *
_umk_app_status_dup_text(UmkAppScene *scene, const UmkAppTruth *truth)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(scene);
    gsize chosen = umk_app_rows_get_n_chosen(umk_app_scene_get_selection(scene));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *seed = NULL;

    if (layout == NULL)
        return g_strdup("");
    append(text, counts_text(scene, layout));
    if (chosen > 0)
        append(text,
               g_strdup_printf(ngettext("%'zu chosen", "%'zu chosen", chosen), chosen));
    append(text, method_text(layout));
    append(text, _umk_app_status_truth_text(truth));
    if (truth != NULL && umk_app_gap_is_any(&truth->gap))
        append(text, g_strdup(_("kinds lie apart")));
    seed = umk_app_recipe_dup_seed(layout);
    if (*seed != '\0')
        append(text, g_strdup_printf(_("seed %s"), seed));
    append(text, _umk_app_status_axes_text(layout));
    return g_string_free(g_steal_pointer(&text), FALSE);
}
