/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of the vectors costs: neighbours that stay, cosines that stay, words of a
 * kind, analogies before and after, and human judgements of similarity where a file of
 * them is given. A file of analogies stands in for those of the program. */
#include "facade/umk-audit-private.h"

#include "core/umk-rng-private.h"
#include "hub/umk-model-folders-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-eval.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define NEIGHBOURS      10
#define SAMPLE          2000
#define RANDOM_PAIRS    5000
#define REPLICATES      1000
#define MAX_LINES       200000
#define STREAM_OF_PAIRS 0xC057

void
_umk_audit_add_cost(JsonBuilder *out, const UmkAuditCost *cost)
{
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "id", cost->id);
    _umk_audit_add_number(out, "before", cost->before);
    _umk_audit_add_interval(out, "interval_before", cost->low_before, cost->high_before);
    _umk_audit_add_number(out, "after", cost->after);
    _umk_audit_add_interval(out, "interval", cost->low, cost->high);
    json_builder_set_member_name(out, "n");
    json_builder_add_int_value(out, (gint64) cost->n);
    json_builder_end_object(out);
}

static gboolean
add_neighbours(JsonBuilder *out,
               const UmkAuditWork *work,
               UmkMatrix *after,
               UmkRun *run,
               GError **error)
{
    UmkMatrix *before = work->background;
    UmkChurn churn;
    UmkAuditCost cost = {.id = "neighbours-kept",
                         .before = 1,
                         .low_before = (double) NAN,
                         .high_before = (double) NAN};

    if (umk_matrix_get_n_rows(before) <= NEIGHBOURS)
        return TRUE;
    if (!umk_eval_churn(before, after, UMK_METRIC_COSINE, NEIGHBOURS,
                        MIN(SAMPLE, umk_matrix_get_n_rows(before)), work->seed, &churn,
                        run->cancellable, NULL, NULL, error))
        return FALSE;
    cost.after = churn.kept;
    cost.low = churn.low;
    cost.high = churn.high;
    cost.n = churn.n_sample;
    _umk_audit_add_cost(out, &cost);
    return TRUE;
}

static double
cosine(UmkMatrix *matrix, gint64 i, gint64 j)
{
    gsize d;
    const float *a = umk_matrix_get_row(matrix, (gsize) i, &d);
    const float *b = umk_matrix_get_row(matrix, (gsize) j, NULL);
    double ab = 0, aa = 0, bb = 0;

    for (gsize k = 0; k < d; k++) {
        ab += (double) a[k] * (double) b[k];
        aa += (double) a[k] * (double) a[k];
        bb += (double) b[k] * (double) b[k];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* Rank correlation of cosines before and after, over pairs of rows drawn at random. */
static gboolean
add_cosines(JsonBuilder *out, const UmkAuditWork *work, UmkMatrix *after, GError **error)
{
    UmkMatrix *before = work->background;
    gsize n = umk_matrix_get_n_rows(before);
    g_autofree gint64 *first = g_new(gint64, RANDOM_PAIRS);
    g_autofree gint64 *second = g_new(gint64, RANDOM_PAIRS);
    g_autofree double *judged = g_new(double, RANDOM_PAIRS);
    UmkSimilarity similarity;
    UmkRng rng;
    UmkAuditCost cost = {.id = "similarity-kept",
                         .before = 1,
                         .low_before = (double) NAN,
                         .high_before = (double) NAN,
                         .n = RANDOM_PAIRS};

    if (n < 3)
        return TRUE;
    _umk_rng_init(&rng, work->seed, STREAM_OF_PAIRS);
    for (gsize i = 0; i < RANDOM_PAIRS; i++) {
        first[i] = (gint64) _umk_rng_below(&rng, n);
        second[i] = (gint64) _umk_rng_below(&rng, n - 1);
        second[i] += second[i] >= first[i];
        judged[i] = cosine(before, first[i], second[i]);
    }
    if (!umk_eval_similarity(after, first, second, judged, RANDOM_PAIRS, REPLICATES,
                             work->seed, &similarity, error))
        return FALSE;
    cost.after = similarity.spearman;
    cost.low = similarity.low;
    cost.high = similarity.high;
    _umk_audit_add_cost(out, &cost);
    return TRUE;
}

/* ---- files ------------------------------------------------------------------------ */

/* Words of a line, cut at blanks, tabs and commas. */
static char **
split(const char *line)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t,;\r", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; parts[i] != NULL; i++)
        if (parts[i][0] != '\0')
            g_strv_builder_add(builder, parts[i]);
    return g_strv_builder_end(builder);
}

typedef struct {
    GArray *rows; /* gint64, n_words a line; -1: no row */
    GArray *judged;
} Lines;

static void
lines_clear(Lines *lines)
{
    g_clear_pointer(&lines->rows, g_array_unref);
    g_clear_pointer(&lines->judged, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lines, lines_clear)

GHashTable *
_umk_audit_index_names(const UmkAuditWork *work)
{
    GHashTable *rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (gsize i = 0; work->background_names[i] != NULL; i++) {
        char *lower = g_utf8_strdown(work->background_names[i], -1);

        if (g_hash_table_contains(rows, lower))
            g_free(lower);
        else
            g_hash_table_insert(rows, lower, GSIZE_TO_POINTER(i + 1));
    }
    return rows;
}

/* n_words words a line and, if it is scored, a number; other lines (a heading, ": class")
 * are passed over. */
static gboolean
read_lines(Lines *lines,
           const UmkAuditWork *work,
           const char *path,
           gsize n_words,
           gboolean scored,
           GError **error)
{
    g_autoptr(GHashTable) names = _umk_audit_index_names(work);
    g_autofree char *text = NULL;
    g_auto(GStrv) all = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, error))
        return FALSE;
    if (!g_utf8_validate_len(text, length, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("%s is not UTF-8"), path);
        return FALSE;
    }
    if (lines->rows == NULL) {
        lines->rows = g_array_new(FALSE, FALSE, sizeof(gint64));
        lines->judged = g_array_new(FALSE, FALSE, sizeof(double));
    }
    all = g_strsplit(text, "\n", MAX_LINES);
    for (gsize i = 0; all[i] != NULL; i++) {
        g_auto(GStrv) words = split(all[i]);
        char *end = NULL;
        double score = 0;

        if (g_strv_length(words) != n_words + scored || words[0][0] == '#' ||
            words[0][0] == ':')
            continue;
        if (scored)
            score = g_ascii_strtod(words[n_words], &end);
        if (scored && (*end != '\0' || !isfinite(score)))
            continue;
        for (gsize j = 0; j < n_words; j++) {
            g_autofree char *lower = g_utf8_strdown(words[j], -1);
            gint64 row = (gint64) GPOINTER_TO_SIZE(g_hash_table_lookup(names, lower)) - 1;

            g_array_append_val(lines->rows, row);
        }
        g_array_append_val(lines->judged, score);
    }
    if (lines->judged->len > 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                scored ? _("%s holds no line of two words and a number")
                       : _("%s holds no line of four words"),
                path);
    return FALSE;
}

static gboolean
add_judgements(JsonBuilder *out,
               const UmkAuditWork *work,
               UmkMatrix *after,
               const char *path,
               GError **error)
{
    g_auto(Lines) lines = {0};
    g_autofree gint64 *first = NULL, *second = NULL;
    const double *judged;
    UmkSimilarity now, then;
    UmkAuditCost cost = {.id = "similarity"};
    gsize n;

    if (!read_lines(&lines, work, path, 2, TRUE, error))
        return FALSE;
    n = lines.judged->len;
    judged = (const double *) (gconstpointer) lines.judged->data;
    first = g_new(gint64, n);
    second = g_new(gint64, n);
    for (gsize i = 0; i < n; i++) {
        first[i] = g_array_index(lines.rows, gint64, 2 * i);
        second[i] = g_array_index(lines.rows, gint64, 2 * i + 1);
    }
    if (!umk_eval_similarity(work->background, first, second, judged, n, REPLICATES,
                             work->seed, &then, error) ||
        !umk_eval_similarity(after, first, second, judged, n, REPLICATES, work->seed,
                             &now, error))
        return FALSE;
    cost.before = then.spearman;
    cost.low_before = then.low;
    cost.high_before = then.high;
    cost.after = now.spearman;
    cost.low = now.low;
    cost.high = now.high;
    cost.n = then.n_covered;
    _umk_audit_add_cost(out, &cost);
    return TRUE;
}

static double
share_of(const UmkAnalogies *analogies)
{
    return analogies->n_covered > 0
               ? (double) analogies->n_right / (double) analogies->n_covered
               : (double) NAN;
}

static gboolean
add_analogies(JsonBuilder *out,
              const UmkAuditWork *work,
              UmkMatrix *after,
              const Lines *lines,
              const char *id,
              UmkRun *run,
              GError **error)
{
    const gint64 *questions = (const gint64 *) (gconstpointer) lines->rows->data;
    UmkAnalogies now, then;
    UmkAuditCost cost = {.id = id};

    if (!umk_eval_analogies(work->background, questions, lines->judged->len,
                            UMK_ANALOGY_ADD, &then, NULL, run->cancellable, NULL, NULL,
                            error) ||
        !umk_eval_analogies(after, questions, lines->judged->len, UMK_ANALOGY_ADD, &now,
                            NULL, run->cancellable, NULL, NULL, error))
        return FALSE;
    cost.before = share_of(&then);
    cost.low_before = then.low;
    cost.high_before = then.high;
    cost.after = share_of(&now);
    cost.low = now.low;
    cost.high = now.high;
    cost.n = then.n_covered;
    _umk_audit_add_cost(out, &cost);
    return TRUE;
}

static gboolean
add_own_analogies(JsonBuilder *out,
                  const UmkAuditWork *work,
                  UmkMatrix *after,
                  UmkRun *run,
                  GError **error)
{
    g_auto(Lines) lines = {0};

    return read_lines(&lines, work, work->spec->analogies, 4, FALSE, error) &&
           add_analogies(out, work, after, &lines, "analogies", run, error);
}

static gboolean
has_question(const Lines *lines)
{
    for (guint i = 0; i + 3 < lines->rows->len; i += 4) {
        gboolean all = TRUE;

        for (guint j = 0; j < 4; j++)
            all = all && g_array_index(lines->rows, gint64, i + j) >= 0;
        if (all)
            return TRUE;
    }
    return FALSE;
}

/* Those of the languages of the audit, as far as the vectors have the words. */
static gboolean
add_known_analogies(JsonBuilder *out,
                    const UmkAuditWork *work,
                    UmkMatrix *after,
                    UmkRun *run,
                    GError **error)
{
    static const char *const languages[] = {"en", "ja"};
    g_auto(Lines) lines = {0};

    for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
        g_autofree char *name = g_strdup_printf("audit/analogies/%s.tsv", languages[i]);
        g_autofree char *path = NULL;

        if (!_umk_audit_has_language(work, languages[i]))
            continue;
        path = _umk_asset_find(name);
        if (path != NULL && !read_lines(&lines, work, path, 4, FALSE, error))
            return FALSE;
    }
    if (lines.rows == NULL || !has_question(&lines))
        return TRUE;
    return add_analogies(out, work, after, &lines, "analogies-known", run, error);
}

gboolean
_umk_audit_write_costs(JsonBuilder *out,
                       const UmkAuditWork *work,
                       UmkMatrix *after,
                       UmkRun *run,
                       GError **error)
{
    const UmkAuditSpec *spec = work->spec;

    umk_run_report(run, _("Measuring what it costs"), 0);
    json_builder_set_member_name(out, "costs");
    json_builder_begin_array(out);
    if (work->background != NULL &&
        (!add_neighbours(out, work, after, run, error) ||
         !add_cosines(out, work, after, error) ||
         (spec->similarity != NULL &&
          !add_judgements(out, work, after, spec->similarity, error)) ||
         !_umk_audit_add_kinds(out, work, after, error) ||
         (spec->analogies != NULL ? !add_own_analogies(out, work, after, run, error)
                                  : !add_known_analogies(out, work, after, run, error))))
        return FALSE;
    json_builder_end_array(out);
    return TRUE;
}
