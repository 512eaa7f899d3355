/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts every term inside and outside, and keeps those that are surely met more often
 * inside. */
#include "umk-app-summary.h"

#define FEWEST 2u /* items of the set that must have it */

static void
finding_clear(gpointer data)
{
    UmkAppFinding *finding = data;

    g_free(finding->field);
    g_free(finding->text);
    g_clear_pointer(&finding->rows, umk_app_rows_unref);
}

UmkAppSummary *
umk_app_summary_ref(UmkAppSummary *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_summary_unref(UmkAppSummary *self)
{
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    g_array_unref(self->words);
    g_array_unref(self->values);
    g_free(self);
}

/* The surest first; of the same, the most frequent. */
static int
compare(gconstpointer a, gconstpointer b)
{
    const UmkAppContrast *left = &((const UmkAppFinding *) a)->contrast;
    const UmkAppContrast *right = &((const UmkAppFinding *) b)->contrast;

    if (left->evidence != right->evidence)
        return left->evidence < right->evidence ? 1 : -1;
    return (left->n_in < right->n_in) - (left->n_in > right->n_in);
}

typedef struct {
    gsize *in, *out; /* (n_terms) */
    gsize total_in, total_out;
} Counts;

static void
count(const UmkAppVocabulary *vocabulary, UmkAppRows *chosen, Counts *counts)
{
    for (gsize i = 0; i < vocabulary->n_looked_at; i++) {
        gboolean is_in = umk_app_rows_contains(chosen, vocabulary->rows[i]);
        gsize *of = is_in ? counts->in : counts->out;

        counts->total_in += is_in ? 1 : 0;
        counts->total_out += is_in ? 0 : 1;
        for (guint64 w = vocabulary->offsets[i]; w < vocabulary->offsets[i + 1]; w++)
            of[vocabulary->numbers[w]]++;
    }
}

static UmkAppRows *
rows_with(const UmkAppVocabulary *vocabulary, UmkAppRows *chosen, guint32 term)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (gsize i = 0; i < vocabulary->n_looked_at; i++) {
        if (!umk_app_rows_contains(chosen, vocabulary->rows[i]))
            continue;
        for (guint64 w = vocabulary->offsets[i]; w < vocabulary->offsets[i + 1]; w++)
            if (vocabulary->numbers[w] == term)
                g_array_append_val(rows, vocabulary->rows[i]);
    }
    return umk_app_rows_new(vocabulary->n_rows, (guint32 *) (gpointer) rows->data,
                            rows->len);
}

typedef struct {
    guint32 term;
    UmkAppContrast contrast;
} Candidate;

static int
compare_candidates(gconstpointer a, gconstpointer b)
{
    UmkAppFinding left = {.contrast = ((const Candidate *) a)->contrast};
    UmkAppFinding right = {.contrast = ((const Candidate *) b)->contrast};

    return compare(&left, &right);
}

/* Words, or values of fields. */
static GArray *
find(const UmkAppVocabulary *vocabulary,
     UmkAppRows *chosen,
     const Counts *counts,
     gboolean of_fields)
{
    g_autoptr(GArray) candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
    GArray *findings = g_array_new(FALSE, FALSE, sizeof(UmkAppFinding));

    g_array_set_clear_func(findings, finding_clear);
    for (guint32 t = 0; t < vocabulary->terms->len; t++) {
        const UmkAppTerm *term = &g_array_index(vocabulary->terms, UmkAppTerm, t);
        Candidate candidate = {t, umk_app_contrast(counts->in[t], counts->total_in,
                                                   counts->out[t], counts->total_out)};

        if ((term->field != NULL) == of_fields && counts->in[t] >= FEWEST &&
            umk_app_contrast_is_sure(&candidate.contrast))
            g_array_append_val(candidates, candidate);
    }
    g_array_sort(candidates, compare_candidates);
    for (guint i = 0; i < MIN(candidates->len, UMK_APP_SUMMARY_MOST); i++) {
        const Candidate *candidate = &g_array_index(candidates, Candidate, i);
        const UmkAppTerm *term =
            &g_array_index(vocabulary->terms, UmkAppTerm, candidate->term);
        UmkAppFinding finding = {g_strdup(term->field), g_strdup(term->text),
                                 candidate->contrast,
                                 rows_with(vocabulary, chosen, candidate->term)};

        g_array_append_val(findings, finding);
    }
    return findings;
}

UmkAppSummary *
umk_app_summary_new(UmkAppSource *source,
                    UmkAppVocabulary *vocabulary,
                    UmkAppRows *chosen)
{
    UmkAppSummary *self = g_new0(UmkAppSummary, 1);
    gsize n_terms = vocabulary->terms->len;
    g_autofree gsize *in = g_new0(gsize, n_terms + 1);
    g_autofree gsize *out = g_new0(gsize, n_terms + 1);
    Counts counts = {in, out, 0, 0};
    gsize n;
    g_autofree guint32 *rows = umk_app_rows_list(chosen, &n);

    g_atomic_ref_count_init(&self->references);
    self->n_chosen = n;
    self->n_rows = umk_app_source_get_n_items(source);
    self->sampled = vocabulary->n_looked_at < vocabulary->n_rows;
    for (gsize i = 0; i < n; i++)
        self->n_modality[umk_app_source_get_modality(source, rows[i]) %
                         UMK_N_MODALITIES]++;
    count(vocabulary, chosen, &counts);
    self->words = find(vocabulary, chosen, &counts, FALSE);
    self->values = find(vocabulary, chosen, &counts, TRUE);
    return self;
}
