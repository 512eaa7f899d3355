/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader must know of the sets before believing a figure, said as codes. */
#include "bias/umk-bias-association-private.h"

#include <umekomi/umk-matrix.h>

#include <string.h>

void
_umk_bias_note(GPtrArray *notes, const char *code)
{
    for (guint i = 0; i < notes->len; i++)
        if (strcmp(notes->pdata[i], code) == 0)
            return;
    g_ptr_array_add(notes, (gpointer) code);
}

static gboolean
same_item(const UmkBiasSet *a, gsize i, const UmkBiasSet *b, gsize j)
{
    return strcmp(a->names[i], b->names[j]) == 0 ||
           memcmp(umk_matrix_get_row(a->rows, i, NULL),
                  umk_matrix_get_row(b->rows, j, NULL), a->d * sizeof(float)) == 0;
}

static gboolean
overlap(const UmkBiasSet *a, const UmkBiasSet *b)
{
    if (a == NULL || b == NULL)
        return FALSE;
    for (gsize i = 0; i < a->n; i++)
        for (gsize j = 0; j < b->n; j++)
            if (same_item(a, i, b, j))
                return TRUE;
    return FALSE;
}

static gboolean
has_duplicates(const UmkBiasSet *set)
{
    for (gsize i = 0; i < set->n; i++)
        for (gsize j = i + 1; j < set->n; j++)
            if (same_item(set, i, set, j))
                return TRUE;
    return FALSE;
}

static gboolean
has_zero(const double *rows, gsize n, gsize d)
{
    for (gsize i = 0; i < n; i++) {
        gsize j = 0;

        while (j < d && rows[i * d + j] == 0.0)
            j++;
        if (j == d)
            return TRUE;
    }
    return FALSE;
}

static void
note_overlaps(GPtrArray *notes, const UmkBiasSet *const sets[UMK_N_SETS])
{
    if (overlap(sets[UMK_SET_X], sets[UMK_SET_Y]))
        _umk_bias_note(notes, "overlapping-targets");
    if (overlap(sets[UMK_SET_A], sets[UMK_SET_B]))
        _umk_bias_note(notes, "overlapping-attributes");
    for (gsize t = UMK_SET_X; t <= UMK_SET_Y; t++)
        for (gsize a = UMK_SET_A; a <= UMK_SET_B; a++)
            if (overlap(sets[t], sets[a]))
                _umk_bias_note(notes, "target-is-attribute");
}

void
_umk_bias_note_sets(GPtrArray *notes, const UmkBiasSets *sets)
{
    const UmkBiasSet *x = sets->sets[UMK_SET_X], *y = sets->sets[UMK_SET_Y];

    for (gsize s = 0; s < UMK_N_SETS; s++) {
        if (sets->sets[s] == NULL)
            continue;
        if (sets->sizes[s] < UMK_FEW_ITEMS)
            _umk_bias_note(notes, "few-items");
        if (has_duplicates(sets->sets[s]))
            _umk_bias_note(notes, "duplicates");
        if (has_zero(sets->rows[s], sets->sizes[s], sets->d))
            _umk_bias_note(notes, "zero-vector");
    }
    if (x != NULL && y != NULL && x->n != y->n)
        _umk_bias_note(notes, "unequal-sizes");
    note_overlaps(notes, sets->sets);
    if (sets->mixed)
        _umk_bias_note(notes, sets->centred ? "modalities-centred" : "modality-gap");
}

void
_umk_bias_note_resampled(GPtrArray *notes, const UmkResampled *resampled)
{
    if (resampled->left_out > 0)
        _umk_bias_note(notes, "replicates-left-out");
    if (resampled->too_few)
        _umk_bias_note(notes, "too-few-for-interval");
    if (resampled->no_bca)
        _umk_bias_note(notes, "no-bca");
}

void
_umk_bias_add_notes(JsonBuilder *result, GPtrArray *notes)
{
    _umk_bias_begin(result, "notes");
    for (guint i = 0; i < notes->len; i++)
        json_builder_add_string_value(result, notes->pdata[i]);
    _umk_bias_end(result);
}
