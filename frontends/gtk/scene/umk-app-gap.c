/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For each two kinds the nearest ten of each item among the items of both. By chance the
 * share of the other kind is that of its items; apart is less than a twentieth, from
 * either side. */
#include "umk-app-gap.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>

#include <math.h>

#define NEAREST 10u
#define LEAST   40u  /* items of a kind from which it is judged */
#define APART   0.05 /* share of the other kind among the nearest */

/* Of the ten nearest of row i, among rows of two kinds, how many are of the other. */
static guint
count_others(UmkMatrix *places, const guint8 *kinds, guint8 a, guint8 b, gsize i)
{
    gsize n = umk_matrix_get_n_rows(places), d = umk_matrix_get_n_cols(places);
    const float *here = umk_matrix_get_row(places, i, NULL);
    float best[NEAREST];
    guint8 kind[NEAREST];
    guint others = 0;

    for (guint k = 0; k < NEAREST; k++) {
        best[k] = INFINITY;
        kind[k] = kinds[i];
    }
    for (gsize j = 0; j < n; j++) {
        const float *there = umk_matrix_get_row(places, j, NULL);
        float far = 0;
        guint k = NEAREST - 1;

        if (j == i || (kinds[j] != a && kinds[j] != b))
            continue;
        for (gsize c = 0; c < d; c++)
            far += (here[c] - there[c]) * (here[c] - there[c]);
        if (far >= best[k])
            continue;
        for (; k > 0 && best[k - 1] > far; k--) {
            best[k] = best[k - 1];
            kind[k] = kind[k - 1];
        }
        best[k] = far;
        kind[k] = kinds[j];
    }
    for (guint k = 0; k < NEAREST; k++)
        others += kind[k] != kinds[i] ? 1 : 0;
    return others;
}

static gboolean
lie_apart(UmkMatrix *places, const guint8 *kinds, const gsize *counts, guint8 a, guint8 b)
{
    gsize others[UMK_N_MODALITIES] = {0};

    for (gsize i = 0; i < umk_matrix_get_n_rows(places); i++)
        if (kinds[i] == a || kinds[i] == b)
            others[kinds[i]] += count_others(places, kinds, a, b, i);
    return (double) others[a] < APART * NEAREST * (double) counts[a] &&
           (double) others[b] < APART * NEAREST * (double) counts[b];
}

void
umk_app_gap_measure(UmkMatrix *places, const guint8 *kinds, UmkAppGap *gap)
{
    gsize counts[UMK_N_MODALITIES] = {0};

    *gap = (UmkAppGap){0};
    for (gsize i = 0; i < umk_matrix_get_n_rows(places); i++)
        counts[kinds[i] % UMK_N_MODALITIES]++;
    for (guint8 a = 0; a < UMK_N_MODALITIES; a++)
        gap->seen |= (guint8) (counts[a] >= LEAST ? 1u << a : 0);
    for (guint8 a = 0; a < UMK_N_MODALITIES; a++)
        for (guint8 b = 0; b < a; b++)
            if ((gap->seen >> a & gap->seen >> b & 1) &&
                lie_apart(places, kinds, counts, a, b)) {
                gap->apart[a] |= (guint8) (1u << b);
                gap->apart[b] |= (guint8) (1u << a);
            }
}

gboolean
umk_app_gap_is_any(const UmkAppGap *gap)
{
    for (guint a = 0; a < UMK_N_MODALITIES; a++)
        if (gap->apart[a] != 0)
            return TRUE;
    return FALSE;
}

static guint
count_bits(guint8 bits)
{
    guint n = 0;

    for (; bits != 0; bits &= (guint8) (bits - 1))
        n++;
    return n;
}

/* The kind that lies apart from all others where there are more than one; -1: none. */
static int
find_lonely(const UmkAppGap *gap, guint *n_lonely)
{
    int first = -1;

    *n_lonely = 0;
    for (int m = 0; m < UMK_N_MODALITIES; m++)
        if ((gap->seen >> m & 1) && gap->apart[m] == (gap->seen & ~(1u << m))) {
            first = first < 0 ? m : first;
            (*n_lonely)++;
        }
    return first;
}

static char *
name_two(guint a, guint b)
{
    /* Translators: two kinds of items, as "Texts" and "Sounds" */
    return g_strdup_printf(_("%s and %s lie in separate regions: distances between them "
                             "say less than distances within"),
                           umk_app_modality_get_plural((UmkModality) a),
                           umk_app_modality_get_plural((UmkModality) b));
}

char *
umk_app_gap_dup_text(const UmkAppGap *gap)
{
    guint n = count_bits(gap->seen), n_lonely;
    int lonely = find_lonely(gap, &n_lonely);

    if (n > 2 && n_lonely == n)
        return g_strdup(_("Each kind of item lies in a region of its own: distances "
                          "between kinds say less than distances within one"));
    if (n > 2 && n_lonely > 0)
        return g_strdup_printf(
            /* Translators: a kind of items, as "Sounds" */
            _("%s lie in a region of their own: distances to other kinds say less than "
              "distances within"),
            umk_app_modality_get_plural((UmkModality) lonely));
    for (guint a = 0; a < UMK_N_MODALITIES; a++)
        for (guint b = a + 1; b < UMK_N_MODALITIES; b++)
            if (gap->apart[a] >> b & 1)
                return name_two(a, b);
    return NULL;
}
