/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skip-gram and node2vec: kernels against the plain one, equal bytes at any number of
 * threads, and vectors that find what was planted in a graph. */
#include "core/umk-rng-private.h"
#include "core/umk-run-private.h"
#include "facade/umk-train-private.h"
#include "train/umk-sgns-kernel-private.h"
#include "train/umk-sgns-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

/* ---- kernels --------------------------------------------------------------------- */

typedef struct {
    float *inputs, *outputs; /* (rows, stride) */
    UmkSgnsBlock block;
} Rows;

static void
rows_init(
    Rows *self, gsize rows, gsize stride, guint n_negatives, const UmkSgnsNoise *noise)
{
    UmkRng rng;

    self->inputs = g_aligned_alloc(rows * stride, sizeof(float), 64);
    self->outputs = g_aligned_alloc(rows * stride, sizeof(float), 64);
    _umk_rng_init(&rng, 5, 5);
    for (gsize i = 0; i < rows * stride; i++) {
        self->inputs[i] = (float) (_umk_rng_uniform(&rng) - 0.5);
        self->outputs[i] = (float) (_umk_rng_uniform(&rng) - 0.5);
    }
    self->block = (UmkSgnsBlock){.inputs = self->inputs,
                                 .outputs = self->outputs,
                                 .stride = stride,
                                 .noise = noise,
                                 .n_noise = rows,
                                 .n_negatives = n_negatives};
    _umk_rng_init(&self->block.rng, 9, 9);
}

static void
rows_clear(Rows *self)
{
    g_aligned_free(self->inputs);
    g_aligned_free(self->outputs);
}

/* The textbook update in double. */
static void
train_plainly(Rows *self, const UmkSgnsPair *pairs, gsize n_pairs, double from, double to)
{
    const UmkSgnsBlock *block = &self->block;
    UmkRng rng = block->rng;

    for (gsize i = 0; i < n_pairs; i++) {
        float *in = self->inputs + pairs[i].input * block->stride;
        double rate = from + (to - from) * (double) i / (double) n_pairs;
        guint32 rows[UMK_SGNS_MAX_NEGATIVES + 1];
        double steps[UMK_SGNS_MAX_NEGATIVES + 1];

        rows[0] = pairs[i].output;
        for (guint k = 1; k <= block->n_negatives; k++) {
            guint64 bits = _umk_rng_next_u64(&rng);
            guint32 row = (guint32) (((bits >> 32) * block->n_noise) >> 32);

            rows[k] =
                (guint32) bits < block->noise[row].keep ? row : block->noise[row].alias;
        }
        for (guint k = 0; k <= block->n_negatives; k++) {
            double dot = 0.0;

            for (gsize j = 0; j < block->stride; j++)
                dot +=
                    (double) in[j] * (double) self->outputs[rows[k] * block->stride + j];
            steps[k] = rate * ((k == 0 ? 1.0 : 0.0) - 1.0 / (1.0 + exp(-dot)));
            if (k > 0 && rows[k] == rows[0])
                steps[k] = 0.0;
        }
        for (gsize j = 0; j < block->stride; j++) {
            double change = 0.0;

            for (guint k = 0; k <= block->n_negatives; k++) {
                float *out = self->outputs + rows[k] * block->stride + j;

                change += steps[k] * (double) *out;
                *out = (float) ((double) *out + steps[k] * (double) in[j]);
            }
            in[j] = (float) ((double) in[j] + change);
        }
    }
}

static void
check_kernel(UmkSgnsKernel kernel, gsize stride, guint n_negatives, gsize n_pairs)
{
    const gsize rows = 37;
    g_autofree UmkSgnsNoise *noise = g_new(UmkSgnsNoise, rows);
    g_autofree UmkSgnsPair *pairs = g_new(UmkSgnsPair, n_pairs + 1);
    Rows fast, plain;
    UmkRng rng;

    _umk_rng_init(&rng, stride, n_pairs);
    for (gsize i = 0; i < rows; i++)
        noise[i] = (UmkSgnsNoise){(guint32) _umk_rng_next_u64(&rng),
                                  (guint32) _umk_rng_below(&rng, rows)};
    for (gsize i = 0; i < n_pairs; i++)
        pairs[i] = (UmkSgnsPair){(guint32) _umk_rng_below(&rng, rows),
                                 (guint32) _umk_rng_below(&rng, rows)};
    rows_init(&fast, rows, stride, n_negatives, noise);
    rows_init(&plain, rows, stride, n_negatives, noise);
    kernel(&fast.block, pairs, n_pairs, 0.05f, 0.01f);
    train_plainly(&plain, pairs, n_pairs, (double) 0.05f, (double) 0.01f);
    for (gsize i = 0; i < rows * stride; i++) {
        g_assert_cmpfloat_with_epsilon((double) fast.inputs[i], (double) plain.inputs[i],
                                       2e-4);
        g_assert_cmpfloat_with_epsilon((double) fast.outputs[i],
                                       (double) plain.outputs[i], 2e-4);
    }
    rows_clear(&fast);
    rows_clear(&plain);
}

static void
test_kernels(void)
{
    const char *const names[] = {"plain", "avx2", "avx512"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        UmkSgnsKernel kernel = _umk_sgns_kernel_get(names[i]);

        if (kernel == NULL) {
            g_test_message("%s cannot run here", names[i]);
            continue;
        }
        check_kernel(kernel, 128, 5, 500);
        check_kernel(kernel, 64, 5, 500);
        check_kernel(kernel, 16, 1, 77);
        check_kernel(kernel, 48, 15, 300);
        check_kernel(kernel, 304, 3, 100);
        check_kernel(kernel, 128, 5, 1);
        check_kernel(kernel, 128, 5, 0);
    }
    g_assert_null(_umk_sgns_kernel_get("abacus"));
}

/* ---- graphs ---------------------------------------------------------------------- */

/* n nodes in n_parts equal parts; each node draws `inside` edges to its part and
 * `outside` to any node. */
static char *
planted_partition(gsize n, gsize n_parts, guint inside, guint outside, guint64 seed)
{
    GString *text = g_string_new(NULL);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize v = 0; v < n; v++) {
        for (guint i = 0; i < inside + outside; i++) {
            gsize u = (gsize) _umk_rng_below(&rng, n);

            if (i < inside)
                u = u / n_parts * n_parts + v % n_parts;
            if (u != v && u < n)
                g_string_append_printf(text, "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\n",
                                       v, u);
        }
    }
    return g_string_free(text, FALSE);
}

static UmkParams *
node2vec_params(const char *assignments)
{
    gsize n;
    const UmkParamSpec *specs = umk_train_get_node2vec_params(&n);
    UmkParams *params = umk_params_new(specs, n);
    GError *error = NULL;

    umk_params_parse(params, assignments, &error);
    g_assert_no_error(error);
    return params;
}

static UmkMatrix *
train_text(const char *text, const char *assignments, UmkItems **nodes)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_GRAPH, bytes);
    g_autoptr(UmkParams) params = node2vec_params(assignments);
    GError *error = NULL;
    UmkMatrix *vectors =
        umk_train_node2vec(item, params, nodes, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(vectors);
    return vectors;
}

static double
distance(const float *a, const float *b, gsize d)
{
    double sum = 0.0;

    for (gsize i = 0; i < d; i++)
        sum += ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
    return sum;
}

/* Lloyd's k-means from k-means++ centres over rows of length 1; best of some starts. */
static void
k_means(const float *x, gsize n, gsize d, gsize k, guint n_starts, guint *best_parts)
{
    g_autofree float *centres = g_new(float, k *d);
    g_autofree double *nearest = g_new(double, n);
    g_autofree guint *parts = g_new(guint, n);
    g_autofree guint *sizes = g_new(guint, k);
    double best = G_MAXDOUBLE;

    for (guint start = 0; start < n_starts; start++) {
        double cost = 0.0;
        UmkRng rng;

        _umk_rng_init(&rng, 11, start);
        memcpy(centres, x + _umk_rng_below(&rng, n) * d, d * sizeof(float));
        for (gsize c = 1; c < k; c++) {
            double sum = 0.0, at;
            gsize pick = 0;

            for (gsize i = 0; i < n; i++) {
                double here = distance(x + i * d, centres + (c - 1) * d, d);

                nearest[i] = c == 1 ? here : MIN(nearest[i], here);
                sum += nearest[i];
            }
            at = _umk_rng_uniform(&rng) * sum;
            while (pick + 1 < n && (at -= nearest[pick]) > 0.0)
                pick++;
            memcpy(centres + c * d, x + pick * d, d * sizeof(float));
        }
        for (guint round = 0; round < 25; round++) {
            cost = 0.0;
            for (gsize i = 0; i < n; i++) {
                double least = G_MAXDOUBLE;

                for (gsize c = 0; c < k; c++) {
                    double here = distance(x + i * d, centres + c * d, d);

                    if (here < least) {
                        least = here;
                        parts[i] = (guint) c;
                    }
                }
                cost += least;
            }
            memset(centres, 0, k * d * sizeof(float));
            memset(sizes, 0, k * sizeof(guint));
            for (gsize i = 0; i < n; i++) {
                sizes[parts[i]]++;
                for (gsize j = 0; j < d; j++)
                    centres[parts[i] * d + j] += x[i * d + j];
            }
            for (gsize c = 0; c < k; c++)
                for (gsize j = 0; j < d; j++)
                    centres[c * d + j] /= (float) MAX(sizes[c], 1);
        }
        if (cost < best) {
            best = cost;
            memcpy(best_parts, parts, n * sizeof(guint));
        }
    }
}

/* Normalised mutual information, arithmetic mean of the entropies. */
static double
mutual_information(const guint *a, const guint *b, gsize n, gsize k)
{
    g_autofree double *joint = g_new0(double, k *k);
    g_autofree double *pa = g_new0(double, k), *pb = g_new0(double, k);
    double mutual = 0.0, ha = 0.0, hb = 0.0;

    for (gsize i = 0; i < n; i++) {
        joint[a[i] * k + b[i]] += 1.0 / (double) n;
        pa[a[i]] += 1.0 / (double) n;
        pb[b[i]] += 1.0 / (double) n;
    }
    for (gsize i = 0; i < k; i++) {
        ha -= pa[i] > 0.0 ? pa[i] * log(pa[i]) : 0.0;
        hb -= pb[i] > 0.0 ? pb[i] * log(pb[i]) : 0.0;
        for (gsize j = 0; j < k; j++)
            if (joint[i * k + j] > 0.0)
                mutual += joint[i * k + j] * log(joint[i * k + j] / (pa[i] * pb[j]));
    }
    return 2.0 * mutual / (ha + hb);
}

static float *
unit_rows(UmkMatrix *vectors)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    float *rows = g_memdup2(umk_matrix_get_row(vectors, 0, NULL), n * d * sizeof(float));

    for (gsize i = 0; i < n; i++) {
        double norm = 0.0;

        for (gsize j = 0; j < d; j++)
            norm += (double) (rows[i * d + j] * rows[i * d + j]);
        for (gsize j = 0; j < d; j++)
            rows[i * d + j] = (float) ((double) rows[i * d + j] / sqrt(norm));
    }
    return rows;
}

static void
test_planted_partition(void)
{
    const gsize n = 2000, k = 10;
    g_autofree char *text = planted_partition(n, k, 8, 3, 3);
    g_autoptr(UmkItems) nodes = NULL;
    g_autoptr(UmkMatrix) vectors =
        train_text(text, "dims=64 walk-length=40 epochs=2", &nodes);
    g_autofree float *rows = unit_rows(vectors);
    g_autofree guint *found = g_new(guint, n), *planted = g_new(guint, n);
    double nmi;

    g_assert_cmpuint(umk_items_get_n_items(nodes), ==, n);
    for (gsize i = 0; i < n; i++)
        planted[i] = (guint) (g_ascii_strtoull(umk_item_get_id(umk_items_get(nodes, i)),
                                               NULL, 10) %
                              k);
    k_means(rows, n, 64, k, 5, found);
    nmi = mutual_information(planted, found, n, k);
    g_test_message("NMI %.4f", nmi);
    g_assert_cmpfloat(nmi, >=, 0.95);
}

static void
test_threads_same_bytes(void)
{
    /* enough nodes for several shards */
    g_autofree char *text = planted_partition(3000, 6, 4, 2, 4);
    g_autoptr(UmkMatrix) first = NULL;

    for (guint n_threads = 1; n_threads <= 4; n_threads++) {
        g_autoptr(UmkMatrix) vectors = NULL;

        umk_set_n_threads(n_threads);
        vectors = train_text(text, "dims=20 walk-length=20 walks=3 p=0.5 q=2", NULL);
        if (first == NULL)
            first = umk_matrix_ref(vectors);
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(first), umk_matrix_get_bytes(vectors)));
    }
    umk_set_n_threads(0);
}

static void
test_seed(void)
{
    g_autofree char *text = planted_partition(100, 4, 4, 1, 5);
    const char *common = "dims=16 walk-length=10 walks=2 seed=";
    g_autofree char *one = g_strconcat(common, "1", NULL),
                    *two = g_strconcat(common, "2", NULL);
    g_autoptr(UmkMatrix) a = train_text(text, one, NULL);
    g_autoptr(UmkMatrix) b = train_text(text, one, NULL);
    g_autoptr(UmkMatrix) c = train_text(text, two, NULL);

    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(a), umk_matrix_get_bytes(b)));
    g_assert_false(g_bytes_equal(umk_matrix_get_bytes(a), umk_matrix_get_bytes(c)));
}

static void
test_isolated_and_tiny(void)
{
    const char *const graphs[] = {"a a\n", "a b 0\n", "a b\n",
                                  "<graphml><graph edgedefault=\"undirected\"><node "
                                  "id=\"only\"/></graph></graphml>"};

    for (gsize i = 0; i < G_N_ELEMENTS(graphs); i++) {
        g_autoptr(UmkItems) nodes = NULL;
        g_autoptr(UmkMatrix) vectors = train_text(graphs[i], "dims=2 epochs=3", &nodes);

        g_assert_cmpuint(umk_items_get_n_items(nodes), ==,
                         umk_matrix_get_n_rows(vectors));
        g_assert_true(umk_matrix_check_finite(vectors, NULL));
    }
}

static void
test_loss_falls(void)
{
    g_autofree char *text = planted_partition(1000, 10, 8, 1, 6);
    g_autoptr(UmkGraph) graph = NULL;
    g_autoptr(UmkParams) params = node2vec_params("dims=32 walk-length=40");
    g_autoptr(UmkMatrix) vectors = NULL;
    g_auto(UmkRun) run = {0};
    UmkSgnsReport report = {0};
    g_autoptr(GError) error = NULL;
    float first, last;

    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_GRAPH, bytes);

    graph = _umk_graph_load(item, FALSE, &error);
    g_assert_no_error(error);
    _umk_run_init(&run, NULL, NULL, NULL);
    vectors = _umk_node2vec_fit(graph, params, &run, &report, &error);
    g_assert_no_error(error);
    first = g_array_index(report.losses, float, 0);
    last = g_array_index(report.losses, float, report.losses->len - 1);
    g_test_message("loss %.3f -> %.3f over %u episodes, %" G_GUINT64_FORMAT " tokens",
                   (double) first, (double) last, report.losses->len, report.n_tokens);
    g_assert_cmpfloat((double) first, >, 0.8 * 6 * G_LN2);
    g_assert_cmpfloat((double) last, <, 0.75 * (double) first);
    g_assert_cmpuint(report.n_tokens, ==, 1000 * 10 * 40);
    _umk_sgns_report_clear(&report);
}

static void
cancel_now(const char *stage, double fraction, gpointer data)
{
    g_cancellable_cancel(data);
}

static void
test_cancel(void)
{
    g_autofree char *text = planted_partition(2000, 10, 8, 1, 7);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_GRAPH, bytes);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(UmkItems) nodes = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_train_node2vec(item, NULL, &nodes, cancellable, cancel_now,
                                     cancellable, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_null(nodes);
}

static void
test_errors(void)
{
    g_autoptr(UmkItem) missing =
        umk_item_new_for_file(UMK_MODALITY_GRAPH, "/nowhere/x.edges");
    g_autoptr(GBytes) bytes = g_bytes_new_static("a b\nc\n", 6);
    g_autoptr(UmkItem) broken = umk_item_new_for_bytes(UMK_MODALITY_GRAPH, bytes);
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_train_node2vec(missing, NULL, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_null(umk_train_node2vec(broken, NULL, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sgns/kernels", test_kernels);
    g_test_add_func("/node2vec/planted-partition", test_planted_partition);
    g_test_add_func("/node2vec/threads-same-bytes", test_threads_same_bytes);
    g_test_add_func("/node2vec/seed", test_seed);
    g_test_add_func("/node2vec/isolated-and-tiny", test_isolated_and_tiny);
    g_test_add_func("/node2vec/loss-falls", test_loss_falls);
    g_test_add_func("/node2vec/cancel", test_cancel);
    g_test_add_func("/node2vec/errors", test_errors);
    return g_test_run();
}
