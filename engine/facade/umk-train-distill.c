/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distils a text model into a table of token vectors, in the layout of model2vec, which
 * the embedder "static" loads. In the manner of model2vec (Tulkens and van Dongen 2024)
 * every piece of the teacher's vocabulary is embedded by itself, reduced by principal
 * components and weighted by smooth inverse frequency (Arora et al. 2017, a / (a + p));
 * then, unlike there, the table is refined by least squares so that the means of the
 * user's own texts come near the teacher's vectors of them. The components are those of
 * the texts about the origin, so that cosines keep their meaning. How hard the table is
 * held to its start is chosen on a tenth of the texts that are learnt from; agreement is
 * measured on texts that nothing has seen. */
#include "facade/umk-output-folder-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-rng-private.h"
#include "facade/umk-model-private.h"
#include "linalg/umk-kernels-private.h"
#include "linalg/umk-pca-private.h"
#include "modalities/text/umk-tokenizer-private.h"
#include "train/umk-distill-private.h"

#include <umekomi/umekomi.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIF        1e-3
#define MIN_TEXTS  50
#define MOST_PAIRS 1000 /* held-out texts whose cosines are compared */
#define NEIGHBOURS 10
#define N_STEPS    60
#define MAX_TOKENS 512 /* of a text, as model2vec reads */
#define STREAM     13

static const UmkParamSpec distill_params[] = {
    {"dims", UMK_PARAM_INT, N_("Dimensions"), N_("Length of the student's vectors"), 2,
     4096, 256, NULL},
    {"held-out", UMK_PARAM_DOUBLE, N_("Held out"),
     N_("Share of the texts that only measure the student"), 0.01, 0.9, 0.1, NULL},
    {"refine", UMK_PARAM_BOOL, N_("Refine"),
     N_("Fit the table to the teacher's vectors of the texts"), 0, 1, 1, NULL},
    {"seed", UMK_PARAM_INT, N_("Seed"), N_("The same seed gives the same student"), 0,
     0x1p53, 42, NULL},
};

/**
 * umk_train_get_distill_params: (skip)
 * @n_specs: (out): rows of the table
 *
 * Returns: (array length=n_specs) (transfer none): the options of umk_train_distill()
 */
const UmkParamSpec *
umk_train_get_distill_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(distill_params);
    return distill_params;
}

typedef enum { PART_LEARN, PART_CHOOSE, PART_MEASURE } Part;

/* How like the teacher a table is, on texts it has not seen. */
typedef struct {
    double spearman;   /* of the cosines of all pairs */
    double neighbours; /* share of the teacher's nearest that are the student's */
} Agreement;

typedef struct {
    UmkTokenizer *tokenizer;
    UmkMatrix *vectors; /* (n, teacher's dims) */
    gsize n, n_dims, n_tokens;
    guint8 *parts; /* (n) */
    GArray *ids;
    gsize *offsets; /* (n + 1) */
    float *targets; /* (n, n_dims) the teacher's, reduced */
    float *table;   /* (n_tokens, n_dims) */
    double pull;
    gsize n_measured;
    Agreement before, after;
    UmkRun *run;
} Job;

static void
job_clear(Job *self)
{
    g_clear_pointer(&self->tokenizer, _umk_tokenizer_unref);
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    g_clear_pointer(&self->ids, g_array_unref);
    g_free(self->parts);
    g_free(self->offsets);
    g_free(self->targets);
    g_free(self->table);
}

/* ---- texts ------------------------------------------------------------------------- */

static gboolean
tokenize(Job *self, UmkItems *texts, GError **error)
{
    guint32 unknown;
    gboolean has_unknown = _umk_tokenizer_get_unknown(self->tokenizer, &unknown);

    self->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->offsets = g_new0(gsize, self->n + 1);
    for (gsize i = 0; i < self->n; i++) {
        guint from = self->ids->len, to = from;

        if (i % 64 == 0 && !umk_run_check(self->run, error))
            return FALSE;
        if (!_umk_tokenizer_encode_bare(self->tokenizer,
                                        umk_item_get_text(umk_items_get(texts, i)), -1,
                                        MAX_TOKENS, self->ids, NULL, error))
            return FALSE;
        for (guint k = from; k < self->ids->len; k++) { /* as the embedder will */
            guint32 id = g_array_index(self->ids, guint32, k);

            if (!has_unknown || id != unknown)
                g_array_index(self->ids, guint32, to++) = id;
        }
        g_array_set_size(self->ids, to);
        self->offsets[i + 1] = to;
    }
    return TRUE;
}

static void
set_parts(Job *self, UmkParams *params)
{
    g_autofree guint32 *order = g_new(guint32, self->n);
    gsize n_measure =
        (gsize) ceil(umk_params_get_double(params, "held-out") * (double) self->n);
    gsize n_choose = (self->n - n_measure) / 10;
    UmkRng rng;

    self->parts = g_new0(guint8, self->n);
    _umk_rng_init(&rng, (guint64) umk_params_get_int(params, "seed"), STREAM);
    for (gsize i = 0; i < self->n; i++) {
        gsize j = (gsize) _umk_rng_below(&rng, i + 1);

        order[i] = order[j];
        order[j] = (guint32) i;
    }
    for (gsize i = 0; i < n_measure + n_choose; i++)
        self->parts[order[i]] = i < n_measure ? PART_MEASURE : PART_CHOOSE;
}

static gsize
list_part(const Job *self, guint parts, gsize *rows)
{
    gsize n = 0;

    for (gsize i = 0; i < self->n; i++)
        if (parts >> self->parts[i] & 1u)
            rows[n++] = i;
    return n;
}

/* ---- the start --------------------------------------------------------------------- */

/* The components of rows and their opposites: those about the origin. */
static UmkPca *
fit_components(Job *self, GError **error)
{
    gsize d = umk_matrix_get_n_cols(self->vectors), n;
    g_autofree gsize *rows = g_new(gsize, self->n);
    g_autofree float *both = NULL;

    n = list_part(self, 1u << PART_LEARN | 1u << PART_CHOOSE, rows);
    both = _umk_alloc(2 * n, d * sizeof(float), _("The teacher's vectors"), error);
    if (both == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(self->vectors, rows[i], NULL);

        for (gsize j = 0; j < d; j++) {
            both[2 * i * d + j] = row[j];
            both[(2 * i + 1) * d + j] = -row[j];
        }
    }
    return _umk_pca_fit(both, d, 2 * n, d, self->n_dims, FALSE, self->run, error);
}

static UmkMatrix *
embed_pieces(Job *self, UmkModel *teacher, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);

    for (guint32 id = 0; id < self->n_tokens; id++) {
        const char *piece = _umk_tokenizer_get_piece(self->tokenizer, id);
        g_autoptr(GString) text = g_string_new(piece ? piece : "");
        g_autofree char *valid = NULL;
        g_autoptr(UmkItem) item = NULL;

        if (g_str_has_prefix(text->str, "##"))
            g_string_erase(text, 0, 2);
        g_string_replace(text, "▁", " ", 0);
        g_string_replace(text, "Ġ", " ", 0);
        valid = g_utf8_make_valid(text->str, -1);
        item = umk_item_new_for_text(g_strstrip(valid));
        umk_items_append(items, item);
    }
    return umk_model_embed_each(teacher, items, failures, self->run->cancellable,
                                self->run->progress, self->run->progress_data, error);
}

/* Shares by how often a piece stands in the texts that may be learnt from. */
static double *
count_shares(const Job *self)
{
    double *shares = g_new(double, self->n_tokens), total = 0.0;

    for (gsize t = 0; t < self->n_tokens; t++)
        shares[t] = 0.1; /* what is not seen is rare, not impossible */
    for (gsize i = 0; i < self->n; i++)
        for (gsize k = self->offsets[i];
             self->parts[i] != PART_MEASURE && k < self->offsets[i + 1]; k++)
            shares[g_array_index(self->ids, guint32, k)] += 1.0;
    for (gsize t = 0; t < self->n_tokens; t++)
        total += shares[t];
    for (gsize t = 0; t < self->n_tokens; t++)
        shares[t] /= total;
    return shares;
}

static gboolean
make_start(Job *self, UmkModel *teacher, GError **error)
{
    g_autoptr(UmkPca) pca = fit_components(self, error);
    g_autoptr(UmkMatrix) pieces = pca ? embed_pieces(self, teacher, error) : NULL;
    gsize d = umk_matrix_get_n_cols(self->vectors);
    g_autofree double *shares = NULL;

    if (pieces == NULL ||
        !(self->table = _umk_alloc(self->n_tokens, self->n_dims * sizeof(float),
                                   _("A table of token vectors"), error)) ||
        !(self->targets = _umk_alloc(self->n, self->n_dims * sizeof(float),
                                     _("The teacher's vectors"), error)))
        return FALSE;
    _umk_pca_transform(pca, umk_matrix_get_row(self->vectors, 0, NULL), d, self->n,
                       self->targets, self->n_dims);
    _umk_pca_transform(pca, umk_matrix_get_row(pieces, 0, NULL), d, self->n_tokens,
                       self->table, self->n_dims);
    shares = count_shares(self);
    for (gsize t = 0; t < self->n_tokens; t++)
        _umk_kernel_scale(self->table + t * self->n_dims, self->n_dims,
                          (float) (SIF / (SIF + shares[t])));
    for (gsize i = 0; i < self->n; i++)
        _umk_kernel_normalize(self->targets + i * self->n_dims, self->n_dims);
    return TRUE;
}

/* ---- refining ---------------------------------------------------------------------- */

static UmkTokenTexts
get_texts(const Job *self)
{
    return (UmkTokenTexts){(const guint32 *) (gpointer) self->ids->data, self->offsets,
                           self->n, self->n_tokens};
}

/* Texts of some parts, packed, with their targets. */
typedef struct {
    UmkTokenTexts texts;
    GArray *ids;
    gsize *offsets;
    float *targets;
} Chosen;

static void
chosen_clear(Chosen *self)
{
    g_clear_pointer(&self->ids, g_array_unref);
    g_free(self->offsets);
    g_free(self->targets);
}

static void
choose(const Job *self, guint parts, Chosen *out)
{
    g_autofree gsize *rows = g_new(gsize, self->n);
    gsize n = list_part(self, parts, rows);

    out->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    out->offsets = g_new0(gsize, n + 1);
    out->targets = g_new(float, MAX(n * self->n_dims, 1));
    for (gsize i = 0; i < n; i++) {
        gsize from = self->offsets[rows[i]], to = self->offsets[rows[i] + 1];

        g_array_append_vals(out->ids, &g_array_index(self->ids, guint32, from),
                            (guint) (to - from));
        out->offsets[i + 1] = out->ids->len;
        memcpy(out->targets + i * self->n_dims, self->targets + rows[i] * self->n_dims,
               self->n_dims * sizeof(float));
    }
    out->texts = (UmkTokenTexts){(const guint32 *) (gpointer) out->ids->data,
                                 out->offsets, n, self->n_tokens};
}

/* The table times a factor by which its means are nearest to the targets. */
static void
fit_scale(Job *self, const Chosen *chosen)
{
    g_autofree double *mean = g_new(double, self->n_dims);
    double with = 0.0, square = 0.0;

    for (gsize i = 0; i < chosen->texts.n_texts; i++) {
        _umk_distill_mean(&chosen->texts, i, self->table, self->n_dims, mean);
        for (gsize j = 0; j < self->n_dims; j++) {
            with += mean[j] * (double) chosen->targets[i * self->n_dims + j];
            square += mean[j] * mean[j];
        }
    }
    if (with > 0.0 && square > 0.0)
        _umk_kernel_scale(self->table, self->n_tokens * self->n_dims,
                          (float) (with / square));
}

/* Mean cosine to the targets. */
static double
mean_cosine(const Chosen *chosen, const float *table, gsize n_dims)
{
    g_autofree double *mean = g_new(double, n_dims);
    double sum = 0.0;

    for (gsize i = 0; i < chosen->texts.n_texts; i++) {
        double with = 0.0, square = 0.0;

        _umk_distill_mean(&chosen->texts, i, table, n_dims, mean);
        for (gsize j = 0; j < n_dims; j++) {
            with += mean[j] * (double) chosen->targets[i * n_dims + j];
            square += mean[j] * mean[j];
        }
        sum += square > 0.0 ? with / sqrt(square) : 0.0;
    }
    return sum / (double) MAX(chosen->texts.n_texts, 1);
}

static gboolean
refine(Job *self, GError **error)
{
    static const double pulls[] = {0.01, 0.03, 0.1, 0.3, 1, 3, 10};
    gsize size = self->n_tokens * self->n_dims * sizeof(float);
    Chosen learn = {0}, judge = {0}, both = {0};
    g_autofree float *trial = g_try_malloc(MAX(size, 1));
    double best = -INFINITY;
    gboolean good = trial != NULL;

    choose(self, 1u << PART_LEARN, &learn);
    choose(self, 1u << PART_CHOOSE, &judge);
    choose(self, 1u << PART_LEARN | 1u << PART_CHOOSE, &both);
    fit_scale(self, &learn);
    for (gsize i = 0; good && i < G_N_ELEMENTS(pulls); i++) {
        double cosine;

        umk_run_report(self->run, _("Refining"),
                       (double) i / (double) G_N_ELEMENTS(pulls));
        memcpy(trial, self->table, size);
        good = _umk_distill_refine(&learn.texts, learn.targets, self->n_dims, pulls[i],
                                   N_STEPS, self->run, trial, error);
        cosine = good ? mean_cosine(&judge, trial, self->n_dims) : 0.0;
        if (cosine > best) {
            best = cosine;
            self->pull = pulls[i];
        }
    }
    good =
        good && _umk_distill_refine(&both.texts, both.targets, self->n_dims, self->pull,
                                    N_STEPS, self->run, self->table, error);
    chosen_clear(&learn);
    chosen_clear(&judge);
    chosen_clear(&both);
    if (trial == NULL)
        g_set_error_literal(
            error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
            _("A second table of token vectors does not fit into memory"));
    return good;
}

/* ---- agreement --------------------------------------------------------------------- */

typedef struct {
    double value;
    gsize at;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* values become their ranks; equal ones share the mean of theirs. */
static void
rank_values(double *values, gsize n)
{
    g_autofree Ranked *order = g_new(Ranked, n);

    for (gsize i = 0; i < n; i++)
        order[i] = (Ranked){values[i], i};
    qsort(order, n, sizeof *order, compare_ranked);
    for (gsize i = 0; i < n;) {
        gsize j = i;

        while (j < n && order[j].value == order[i].value)
            j++;
        for (gsize k = i; k < j; k++)
            values[order[k].at] = (double) (i + j - 1) / 2.0;
        i = j;
    }
}

static double
correlate(const double *a, const double *b, gsize n)
{
    double mean_a = 0.0, mean_b = 0.0, ab = 0.0, aa = 0.0, bb = 0.0;

    for (gsize i = 0; i < n; i++) {
        mean_a += a[i] / (double) n;
        mean_b += b[i] / (double) n;
    }
    for (gsize i = 0; i < n; i++) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
}

/* The nearest rows of row i by its cosines (n, n), itself left out; marks them. */
static void
mark_nearest(const double *cosines, gsize n, gsize i, guint k, guint8 *marks)
{
    memset(marks, 0, n);
    for (guint found = 0; found < k; found++) {
        gsize best = n;

        for (gsize j = 0; j < n; j++)
            if (j != i && !marks[j] &&
                (best == n || cosines[i * n + j] > cosines[i * n + best]))
                best = j;
        if (best < n)
            marks[best] = 1;
    }
}

static double
share_neighbours(const double *a, const double *b, gsize n)
{
    g_autofree guint8 *first = g_new(guint8, n), *second = g_new(guint8, n);
    guint k = (guint) MIN(NEIGHBOURS, n - 1);
    double sum = 0.0;

    for (gsize i = 0; i < n; i++) {
        gsize shared = 0;

        mark_nearest(a, n, i, k, first);
        mark_nearest(b, n, i, k, second);
        for (gsize j = 0; j < n; j++)
            shared += first[j] && second[j];
        sum += (double) shared / (double) k;
    }
    return sum / (double) n;
}

static void
fill_cosines(const double *rows, gsize n, gsize d, double *out)
{
    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j <= i; j++) {
            double sum = 0.0;

            for (gsize c = 0; c < d; c++)
                sum += rows[i * d + c] * rows[j * d + c];
            out[i * n + j] = out[j * n + i] = sum;
        }
    }
}

static void
normalize_doubles(double *row, gsize n)
{
    double square = 0.0;

    for (gsize j = 0; j < n; j++)
        square += row[j] * row[j];
    for (gsize j = 0; square > 0.0 && j < n; j++)
        row[j] /= sqrt(square);
}

static double *
teacher_cosines(const Job *self, const gsize *rows, gsize n)
{
    gsize d = umk_matrix_get_n_cols(self->vectors);
    g_autofree double *unit = g_new(double, n *d);
    double *out = g_new(double, n *n);

    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(self->vectors, rows[i], NULL);

        for (gsize j = 0; j < d; j++)
            unit[i * d + j] = (double) row[j];
        normalize_doubles(unit + i * d, d);
    }
    fill_cosines(unit, n, d, out);
    return out;
}

static gboolean
measure(Job *self, Agreement *out, GError **error)
{
    g_autofree gsize *rows = g_new(gsize, self->n);
    gsize n = MIN(list_part(self, 1u << PART_MEASURE, rows), MOST_PAIRS), at = 0;
    g_autofree double *teacher = teacher_cosines(self, rows, n);
    g_autofree double *unit = g_new(double, n * self->n_dims);
    g_autofree double *student = g_new(double, n *n);
    UmkTokenTexts texts = get_texts(self);

    self->n_measured = n;
    for (gsize i = 0; i < n; i++) {
        _umk_distill_mean(&texts, rows[i], self->table, self->n_dims,
                          unit + i * self->n_dims);
        normalize_doubles(unit + i * self->n_dims, self->n_dims);
    }
    fill_cosines(unit, n, self->n_dims, student);
    if (!umk_run_check(self->run, error))
        return FALSE;
    out->neighbours = share_neighbours(teacher, student, n);
    for (gsize i = 1; i < n; i++) { /* the lower triangles, packed */
        for (gsize j = 0; j < i; j++) {
            teacher[at] = teacher[i * n + j];
            student[at++] = student[i * n + j];
        }
    }
    rank_values(teacher, at);
    rank_values(student, at);
    out->spearman = correlate(teacher, student, at);
    return umk_run_check(self->run, error);
}

/* ---- files ------------------------------------------------------------------------- */

static gboolean
write_table(const Job *self, const char *path, GError **error)
{
    gsize size = self->n_tokens * self->n_dims * sizeof(float), padded;
    g_autofree char *header =
        g_strdup_printf("{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[%zu,%zu],"
                        "\"data_offsets\":[0,%zu]}}",
                        self->n_tokens, self->n_dims, size);
    g_autofree guint8 *bytes = NULL;
    guint64 length;

    padded = (strlen(header) + 7) / 8 * 8;
    bytes = _umk_alloc(padded + sizeof length + size, 1, _("A table of token vectors"),
                       error);
    if (bytes == NULL)
        return FALSE;
    length = GUINT64_TO_LE((guint64) padded);
    memcpy(bytes, &length, sizeof length);
    memset(bytes + sizeof length, ' ', padded);
    memcpy(bytes + sizeof length, header, strlen(header));
    memcpy(bytes + sizeof length + padded, self->table, size);
    return g_file_set_contents(path, (const char *) bytes,
                               (gssize) (sizeof length + padded + size), error);
}

static gboolean
copy_file(
    const char *from, const char *to, const char *name, gboolean needed, GError **error)
{
    g_autofree char *source = g_build_filename(from, name, NULL);
    g_autofree char *target = g_build_filename(to, name, NULL);
    g_autofree char *text = NULL;
    gsize length;

    if (!needed && !g_file_test(source, G_FILE_TEST_EXISTS))
        return TRUE;
    return g_file_get_contents(source, &text, &length, error) &&
           g_file_set_contents(target, text, (gssize) length, error);
}

static void
add_agreement(JsonBuilder *builder, const char *name, const Agreement *agreement)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "spearman");
    json_builder_add_double_value(builder, agreement->spearman);
    json_builder_set_member_name(builder, "neighbours_at_10");
    json_builder_add_double_value(builder, agreement->neighbours);
    json_builder_end_object(builder);
}

static char *
make_report(const Job *self, UmkModel *teacher, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *digest = umk_model_dup_digest(teacher, error);
    const Agreement chance = {0.0, (double) MIN(NEIGHBOURS, self->n_measured - 1) /
                                       (double) MAX(self->n_measured - 1, 1)};

    if (digest == NULL)
        return NULL;
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_string_value(builder, "umekomi-student/1");
    json_builder_set_member_name(builder, "teacher");
    json_builder_add_string_value(builder, umk_model_get_id(teacher));
    json_builder_set_member_name(builder, "teacher_license");
    json_builder_add_string_value(builder, umk_model_get_license(teacher));
    json_builder_set_member_name(builder, "teacher_sha256");
    json_builder_add_string_value(builder, digest);
    json_builder_set_member_name(builder, "n_texts");
    json_builder_add_int_value(builder, (gint64) self->n);
    json_builder_set_member_name(builder, "n_held_out");
    json_builder_add_int_value(builder, (gint64) self->n_measured);
    json_builder_set_member_name(builder, "n_tokens");
    json_builder_add_int_value(builder, (gint64) self->n_tokens);
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) self->n_dims);
    json_builder_set_member_name(builder, "pull");
    json_builder_add_double_value(builder, self->pull);
    add_agreement(builder, "before", &self->before);
    add_agreement(builder, "after", &self->after);
    add_agreement(builder, "chance", &chance);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

static gboolean
write_card(const Job *self, UmkModel *teacher, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "README.md", NULL);
    const char *license = umk_model_get_license(teacher);
    g_autofree char *text = g_strdup_printf(
        "# A student of `%s`\n\nA table of %zu token vectors of %zu numbers: the vector "
        "of "
        "a text is their mean. It inherits the licence of its teacher (%s).\n\n"
        "Agreement with the teacher on %zu held-out texts: Spearman of the cosines of "
        "all "
        "pairs, and the share of the teacher's ten nearest that are the student's.\n\n"
        "| | Spearman | nearest |\n| --- | --: | --: |\n"
        "| pieces, reduced and weighted | %.3f | %.3f |\n| refined | %.3f | %.3f |\n\n"
        "`umekomi-student.json` has the digests.\n",
        umk_model_get_id(teacher), self->n_tokens, self->n_dims,
        *license != '\0' ? license : "not stated", self->n_measured,
        self->before.spearman, self->before.neighbours, self->after.spearman,
        self->after.neighbours);

    return g_file_set_contents(path, text, -1, error);
}

static gboolean
write_student(const Job *self,
              UmkModel *teacher,
              const char *source,
              const char *folder,
              const char *report,
              GError **error)
{
    g_autofree char *table = g_build_filename(folder, "model.safetensors", NULL);
    g_autofree char *config = g_build_filename(folder, "config.json", NULL);
    g_autofree char *json = g_build_filename(folder, "umekomi-student.json", NULL);
    g_autofree char *text = g_strdup_printf(
        "{\n  \"model_type\": \"model2vec\",\n  \"architectures\": [\"StaticModel\"],\n"
        "  \"hidden_dim\": %zu,\n  \"normalize\": true\n}\n",
        self->n_dims);

    return write_table(self, table, error) &&
           g_file_set_contents(config, text, -1, error) &&
           g_file_set_contents(json, report, -1, error) &&
           copy_file(source, folder, "tokenizer.json", TRUE, error) &&
           copy_file(source, folder, "tokenizer_config.json", FALSE, error) &&
           copy_file(source, folder, "special_tokens_map.json", FALSE, error) &&
           write_card(self, teacher, folder, error);
}

/* ---- the whole --------------------------------------------------------------------- */

static gboolean
job_init(Job *self, UmkModel *teacher, UmkItems *texts, UmkParams *params, GError **error)
{
    const char *folder = _umk_model_get_folder(teacher, UMK_MODALITY_TEXT);
    g_autofree char *file =
        folder ? g_build_filename(folder, "tokenizer.json", NULL) : NULL;

    if (file == NULL || !g_file_test(file, G_FILE_TEST_EXISTS)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” has no tokenizer.json, which its student would need"),
                    umk_model_get_id(teacher));
        return FALSE;
    }
    self->n = umk_items_get_n_items(texts);
    if (self->n < MIN_TEXTS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("At least %d different texts are needed; there are %zu"), MIN_TEXTS,
                    self->n);
        return FALSE;
    }
    self->tokenizer = _umk_tokenizer_open_folder(folder, error);
    if (self->tokenizer == NULL || !tokenize(self, texts, error))
        return FALSE;
    self->n_tokens = _umk_tokenizer_get_vocab_size(self->tokenizer);
    self->vectors = umk_model_embed(teacher, texts, self->run->cancellable,
                                    self->run->progress, self->run->progress_data, error);
    if (self->vectors == NULL)
        return FALSE;
    self->n_dims = MIN((gsize) umk_params_get_int(params, "dims"),
                       umk_matrix_get_n_cols(self->vectors));
    set_parts(self, params);
    return TRUE;
}

/**
 * umk_train_distill:
 * @teacher: a model that embeds texts and has a tokenizer.json
 * @texts: texts of the kind the student is for, each once
 * @folder: (type filename): where to write; nothing may be there yet
 * @params: (nullable): from umk_train_get_distill_params(); %NULL for the defaults
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Makes a small student of a big model: a table of token vectors (model2vec's layout)
 * that is hundreds of times faster, fitted to the teacher's vectors of @texts. The same
 * texts, params and seed give the same bytes on any number of threads.
 *
 * Returns: (transfer full): a JSON object with the agreement on held-out texts `before`
 *   and `after` refining and by `chance`: `spearman` of all pairs' cosines, and
 *   `neighbours_at_10`
 */
char *
umk_train_distill(UmkModel *teacher,
                  UmkItems *texts,
                  const char *folder,
                  UmkParams *params,
                  GCancellable *cancellable,
                  UmkProgressFunc progress,
                  gpointer progress_data,
                  GError **error)
{
    g_auto(UmkRun) run = {0};
    g_auto(UmkOutputFolder) output = {0};
    g_autoptr(UmkParams) own = NULL;
    g_autofree char *report = NULL;
    Job job = {.run = &run};
    gboolean good;

    g_return_val_if_fail(teacher != NULL && texts != NULL && folder != NULL, NULL);
    g_return_val_if_fail(params == NULL || umk_params_has(params, "refine"), NULL);
    own = params != NULL ? umk_params_ref(params)
                         : umk_params_new(distill_params, G_N_ELEMENTS(distill_params));
    _umk_run_init(&run, cancellable, progress, progress_data);
    good = _umk_output_folder_begin(&output, folder, error) &&
           job_init(&job, teacher, texts, own, error) &&
           make_start(&job, teacher, error) && measure(&job, &job.before, error) &&
           (!umk_params_get_bool(own, "refine") || refine(&job, error)) &&
           measure(&job, &job.after, error);
    report = good ? make_report(&job, teacher, error) : NULL;
    good = report != NULL &&
           write_student(&job, teacher, _umk_model_get_folder(teacher, UMK_MODALITY_TEXT),
                         output.partial, report, error) &&
           _umk_output_folder_finish(&output, error);
    job_clear(&job);
    return good ? g_steal_pointer(&report) : NULL;
}
