/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a debias costs where nobody judged anything: the control sets of the program
 * (colours, tools, vehicles …) hold words of one kind each, in each language of the
 * audit.
 *
 * Similarity: the chance that a pair of one kind has a larger cosine than a pair of two,
 * ties counting half (the area under the ROC curve). Retrieval: a word asks for the
 * others of its kind among all words of these sets, and the share of its kind among the
 * first R is told, R as many as there are (R-precision). Words are drawn anew for both
 * intervals. */
#include "facade/umk-audit-private.h"

#include "bias/umk-draws-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_WORDS 20
#define LEAST_KIND  3
#define REPLICATES  1000

typedef struct {
    gsize row; /* of the background */
    guint kind, language;
} Word;

typedef struct {
    GArray *words;    /* of Word */
    double *nearest;  /* (n) share of its kind among the first R */
    double *likelier; /* (n) chance that one of its kind is nearer than another */
} Kinds;

static void
kinds_clear(Kinds *self)
{
    g_clear_pointer(&self->words, g_array_unref);
    g_clear_pointer(&self->nearest, g_free);
    g_clear_pointer(&self->likelier, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kinds, kinds_clear)

/* A word that is of two kinds is of the first. */
static void
add_words(GArray *words,
          GHashTable *rows,
          GHashTable *seen,
          const UmkAuditSet *set,
          guint kind,
          guint language)
{
    guint before = words->len;

    for (gsize i = 0; set->items != NULL && set->items[i] != NULL; i++) {
        g_autofree char *lower = g_utf8_strdown(set->items[i], -1);
        gsize at = GPOINTER_TO_SIZE(g_hash_table_lookup(rows, lower));
        Word word = {at - 1, kind, language};

        if (at > 0 && g_hash_table_add(seen, GSIZE_TO_POINTER(at)))
            g_array_append_val(words, word);
    }
    if (words->len < before + LEAST_KIND)
        g_array_set_size(words, before);
}

static GArray *
find_words(const UmkAuditWork *work, GError **error)
{
    UmkAuditSpec *library = _umk_audit_spec_get_library(work->spec, error);
    g_autoptr(GHashTable) rows = _umk_audit_index_names(work);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) languages = g_hash_table_new(g_str_hash, g_str_equal);
    GArray *words = g_array_new(FALSE, FALSE, sizeof(Word));

    for (guint i = 0; library != NULL && i < library->sets->len; i++) {
        const UmkAuditSet *set = library->sets->pdata[i];
        gpointer number;

        if (!set->control || set->language == NULL ||
            !_umk_audit_has_language(work, set->language))
            continue;
        if (!g_hash_table_lookup_extended(languages, set->language, NULL, &number)) {
            number = GUINT_TO_POINTER(g_hash_table_size(languages));
            g_hash_table_insert(languages, set->language, number);
        }
        add_words(words, rows, seen, set, i, GPOINTER_TO_UINT(number));
    }
    if (library == NULL)
        g_clear_pointer(&words, g_array_unref);
    return words;
}

static double *
dup_unit_rows(const GArray *words, UmkMatrix *matrix)
{
    gsize d = umk_matrix_get_n_cols(matrix);
    double *rows = g_new(double, words->len *d + 1);

    for (guint i = 0; i < words->len; i++) {
        const float *from =
            umk_matrix_get_row(matrix, g_array_index(words, Word, i).row, NULL);
        double squared = 0.0;

        for (gsize j = 0; j < d; j++) {
            rows[i * d + j] = (double) from[j];
            squared += rows[i * d + j] * rows[i * d + j];
        }
        for (gsize j = 0; squared > 0.0 && j < d; j++)
            rows[i * d + j] /= sqrt(squared);
    }
    return rows;
}

typedef struct {
    double cosine;
    gboolean same; /* kind */
} Other;

/* Nearest first; of equals those of another kind first, so that ties flatter nobody. */
static int
compare_others(const void *a, const void *b)
{
    const Other *x = a, *y = b;

    if (x->cosine != y->cosine)
        return x->cosine > y->cosine ? -1 : 1;
    return x->same - y->same;
}

/* Of the others in order: the share of the kind among the first R, and the chance that
 * one of the kind comes before one of another. */
static void
rate(const Other *others, gsize n, double *nearest, double *likelier)
{
    gsize n_same = 0, before = 0, n_first = 0;
    double wins = 0.0;

    for (gsize i = 0; i < n; i++)
        n_same += others[i].same != 0;
    for (gsize i = 0; i < n;) {
        gsize same = 0, other = 0;

        for (double cosine = others[i].cosine; i < n && others[i].cosine == cosine; i++) {
            n_first += others[i].same && i < n_same;
            same += others[i].same != 0;
            other += !others[i].same;
        }
        wins += (double) same * ((double) (n - n_same - before) - 0.5 * (double) other);
        before += other;
    }
    *nearest = n_same > 0 ? (double) n_first / (double) n_same : (double) NAN;
    *likelier = n_same > 0 && n > n_same
                    ? wins / ((double) n_same * (double) (n - n_same))
                    : (double) NAN;
}

static void
measure(Kinds *self, UmkMatrix *matrix)
{
    gsize d = umk_matrix_get_n_cols(matrix), n = self->words->len;
    const Word *words = (const Word *) (gconstpointer) self->words->data;
    g_autofree double *rows = dup_unit_rows(self->words, matrix);
    g_autofree Other *others = g_new(Other, n + 1);

    self->nearest = g_new(double, n + 1);
    self->likelier = g_new(double, n + 1);
    for (gsize i = 0; i < n; i++) {
        gsize n_others = 0;

        for (gsize j = 0; j < n; j++) {
            double cosine = 0.0;

            if (j == i || words[j].language != words[i].language)
                continue;
            for (gsize k = 0; k < d; k++)
                cosine += rows[i * d + k] * rows[j * d + k];
            others[n_others++] = (Other){cosine, words[j].kind == words[i].kind};
        }
        qsort(others, n_others, sizeof *others, compare_others);
        rate(others, n_others, &self->nearest[i], &self->likelier[i]);
    }
}

static double
mean_with_interval(const double *values, gsize n, guint64 seed, double *low, double *high)
{
    g_autofree guint32 *all = g_new(guint32, n + 1);
    UmkDraws draws = {REPLICATES, 0.95, seed, "items"};
    UmkBiasInterval interval;

    for (gsize i = 0; i < n; i++)
        all[i] = (guint32) i;
    *low = *high = (double) NAN;
    if (_umk_draws_interval(&draws, _umk_drawn_mean, values, n, &interval)) {
        *low = interval.low;
        *high = interval.high;
    }
    return _umk_drawn_mean(all, n, values);
}

static void
add_cost(JsonBuilder *out,
         const UmkAuditWork *work,
         const char *id,
         gsize n,
         const double *before,
         const double *after)
{
    UmkAuditCost cost = {.id = id, .n = n};

    cost.before =
        mean_with_interval(before, n, work->seed, &cost.low_before, &cost.high_before);
    cost.after = mean_with_interval(after, n, work->seed, &cost.low, &cost.high);
    _umk_audit_add_cost(out, &cost);
}

gboolean
_umk_audit_add_kinds(JsonBuilder *out,
                     const UmkAuditWork *work,
                     UmkMatrix *after,
                     GError **error)
{
    g_auto(Kinds) then = {.words = find_words(work, error)}, now = {0};

    if (then.words == NULL)
        return FALSE;
    if (then.words->len < LEAST_WORDS)
        return TRUE;
    now.words = g_array_ref(then.words);
    measure(&then, work->background);
    measure(&now, after);
    add_cost(out, work, "similarity-kinds", then.words->len, then.likelier, now.likelier);
    add_cost(out, work, "retrieval-kinds", then.words->len, then.nearest, now.nearest);
    return TRUE;
}
