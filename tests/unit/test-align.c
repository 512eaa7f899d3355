/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heads that join two models: loss and closed forms against NumPy, gradients against
 * finite differences, the split, interrupted trainings, threads, and the file of a bend.
 */
#include "core/umk-rng-private.h"
#include "io/umk-pairs-private.h"
#include "space/umk-space-private.h"
#include "train/umk-adam-private.h"
#include "train/umk-align-state-private.h"
#include "train/umk-align-train-private.h"
#include "train/umk-contrast-private.h"

#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static void
fill(float *out, gsize n, guint64 seed)
{
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++)
        out[i] = (float) _umk_rng_normal(&rng);
}

/* ---- the loss ---------------------------------------------------------------------- */

/* NumPy 1.24 in double: the loss as it is written in umk-contrast.c, its gradient by
 * central differences of 1e-5. Guesses and targets are (5, 3); pairs 0 and 4 share their
 * source, 1 and 3 their target. The temperature is 0.5. */
static const float guesses[] = {0.5f,   -1,    2, 1.5f,  0.25f, -0.75f, -1, 0.5f,
                                0.125f, 0.75f, 1, 1.25f, -0.5f, -0.25f, 2};
static const float targets[] = {1,     -0.5f, 1.5f, 1, 0.5f,   -0.5f, -1, 1,
                                0.25f, 0.5f,  1.5f, 1, -0.25f, -0.5f, 1};
static const guint32 sources[] = {0, 1, 2, 3, 0}, answers[] = {0, 1, 2, 1, 3};
static const struct {
    UmkMetric metric;
    double loss, slope;
    double gradient[15];
} contrasts[] = {
    {UMK_METRIC_COSINE,
     1.0063327759295424,
     -0.18356818283216111,
     {0.009073872, 0.020783793, 0.008123428, -0.005213924, -0.061590862, -0.030958135,
      0.000344424, -0.011891583, 0.050321726, -0.070900507, -0.053425714, 0.085280875,
      -0.035785630, 0.057258075, -0.001789148}},
    {UMK_METRIC_DOT,
     1.3723838059743136,
     0.8955518099429404,
     {0.197184066, -0.042696776, 0.183534263, 0.082519614, -0.203720156, -0.269592279,
      0.092012312, -0.061458897, 0.008709877, -0.100112057, 0.159358518, 0.308954039,
      -0.073415488, 0.116054444, -0.122178623}},
    {UMK_METRIC_EUCLIDEAN,
     1.2801381271131218,
     0.7612583078575595,
     {0.119491812, 0.000431699, 0.048274764, 0.102788945, -0.202879901, -0.294875276,
      0.066759481, -0.062129208, 0.046863637, -0.105350406, 0.061116768, 0.281534842,
      -0.191344820, 0.035161227, -0.005660487}},
};

static void
test_contrast(void)
{
    for (gsize c = 0; c < G_N_ELEMENTS(contrasts); c++) {
        float unit[15], gradient[15];
        UmkContrastBatch batch = {
            guesses, unit, sources, answers, 5, 3, contrasts[c].metric, log(1.0 / 0.5)};
        double slope, loss;

        memcpy(unit, targets, sizeof unit);
        if (batch.metric == UMK_METRIC_COSINE)
            for (gsize i = 0; i < 5; i++)
                _umk_normalize_row(unit + 3 * i, 3);
        loss = _umk_contrast(&batch, gradient, &slope, NULL);
        /* f32 logits of at most 10 have errors of 1e-6 */
        g_assert_cmpfloat_with_epsilon(loss, contrasts[c].loss, 2e-6);
        g_assert_cmpfloat_with_epsilon(slope, contrasts[c].slope, 1e-5);
        for (gsize i = 0; i < 15; i++)
            g_assert_cmpfloat_with_epsilon((double) gradient[i], contrasts[c].gradient[i],
                                           1e-6);
    }
}

/* ---- heads ------------------------------------------------------------------------- */

/* The loss through a head, as a function of its weights. */
typedef struct {
    const UmkHeadOps *head;
    UmkHeadShape shape;
    gsize n;
    float *x, *y, *weights, *cache, *out;
    guint32 *ids;
    UmkMetric metric;
} Probe;

static double
probe_loss(Probe *self, float *d_out)
{
    UmkContrastBatch batch = {self->out, self->y,           self->ids,    self->ids,
                              self->n,   self->shape.n_out, self->metric, log(1 / 0.3)};
    double slope;

    self->head->forward(&self->shape, self->weights, self->x, self->n, self->cache,
                        self->out, NULL);
    return _umk_contrast(&batch, d_out, &slope, NULL);
}

/* Along a random direction v, (L(w + h v) - L(w - h v)) / 2h must be gradient . v. With h
 * at 2e-3 and weights of order 0.3 the curvature costs up to 1e-3 of the slope; rounding
 * of L, which is 3 and more in f32, 1e-6 / 2h = 3e-4. */
static void
check_gradient(const UmkHeadOps *head, UmkMetric metric)
{
    Probe self = {head, {11, 7, 5}, 13, NULL, NULL, NULL, NULL, NULL, NULL, metric};
    gsize n_weights = _umk_head_count_weights(head, &self.shape);
    g_autofree float *gradient = g_new0(float, n_weights);
    g_autofree float *kept = g_new0(float, n_weights);
    g_autofree float *v = g_new0(float, n_weights);
    g_autofree float *d_out = g_new0(float, self.n * 7);

    self.x = g_new0(float, self.n * 11);
    self.y = g_new0(float, self.n * 7);
    self.weights = g_new0(float, n_weights);
    self.cache = g_new0(float, self.n * head->cache_size(&self.shape) + 1);
    self.out = g_new0(float, self.n * 7);
    self.ids = g_new0(guint32, self.n);
    fill(self.x, self.n * 11, 1);
    fill(self.y, self.n * 7, 2);
    fill(kept, n_weights, 3);
    for (gsize i = 0; i < n_weights; i++)
        self.weights[i] = kept[i] *= 0.3f;
    for (gsize i = 0; i < self.n; i++) {
        self.ids[i] = (guint32) i;
        if (metric == UMK_METRIC_COSINE)
            _umk_normalize_row(self.y + 7 * i, 7);
    }
    probe_loss(&self, d_out);
    head->backward(&self.shape, self.weights, self.x, self.n, self.cache, d_out, gradient,
                   NULL);
    for (guint64 trial = 0; trial < 20; trial++) {
        double along = 0.0, size = 0.0, plus, minus;
        const double h = 2e-3;

        fill(v, n_weights, 100 + trial);
        if (trial >= 10) { /* one weight alone */
            float one = v[(trial * 37) % n_weights];

            memset(v, 0, n_weights * sizeof *v);
            v[(trial * 37) % n_weights] = one;
        } else {
            for (gsize i = 0; i < n_weights; i++)
                v[i] /= (float) sqrt((double) n_weights);
        }
        for (gsize i = 0; i < n_weights; i++) {
            along += (double) gradient[i] * (double) v[i];
            size += fabs((double) gradient[i] * (double) v[i]);
        }
        for (gsize i = 0; i < n_weights; i++)
            self.weights[i] = kept[i] + (float) h * v[i];
        plus = probe_loss(&self, NULL);
        for (gsize i = 0; i < n_weights; i++)
            self.weights[i] = kept[i] - (float) h * v[i];
        minus = probe_loss(&self, NULL);
        g_assert_cmpfloat_with_epsilon((plus - minus) / (2 * h), along,
                                       1e-3 * size + 5e-4);
    }
    g_free(self.x);
    g_free(self.y);
    g_free(self.weights);
    g_free(self.cache);
    g_free(self.out);
    g_free(self.ids);
}

static void
test_gradients(void)
{
    guint n = 0;

    for (gsize i = 0; _umk_heads[i] != NULL; i++) {
        if (!_umk_heads[i]->learns)
            continue;
        check_gradient(_umk_heads[i], UMK_METRIC_COSINE);
        check_gradient(_umk_heads[i], UMK_METRIC_DOT);
        check_gradient(_umk_heads[i], UMK_METRIC_EUCLIDEAN);
        n++;
    }
    g_assert_cmpuint(n, ==, 2);
}

/* NumPy 1.24: linalg.solve of the normal equations with a penalty of 0.1 of the mean
 * variance; linalg.svd of the cross product. x (7, 3), y (7, 2). */
static const float pairs_x[] = {1.25f, -1.75f, -1.25f, -1,     -1.25f, 1.25f,  1.5f,
                                0.25f, -2,     -1.75f, -0.75f, -0.25f, 0.5f,   0,
                                -1,    -1.5f,  0.75f,  1,      -2,     -1.75f, -0.25f};
static const float pairs_y[] = {-0.5f, 1.75f, 0, -0.25f, -0.25f, 0.75f, 0.25f,
                                -1.5f, 1,     1, 2,      1.25f,  -1,    -0.75f};
static const double ridge_values[] = {
    0.052168991918680116, 0.6950120946257897, 0.6982511477905265, 0.2122741288274339,
    0.3599859558754927,   0.3410131488471515, 0.8140860043574488, 0.8775432479598144};
static const double procrustes_values[] = {
    -0.0823823795875138, 0.45261423970242093,  0.43200403521432973, 0.16257759265565377,
    0.23862180588165435, -0.13807094384800414, 0.5419179334865827,  0.5706092180625277};

static void
test_closed_forms(void)
{
    UmkHeadShape shape = {3, 2, 0};
    UmkHeadPairs pairs = {pairs_x, pairs_y, 7, NULL, 0};
    float weights[8];
    GError *error = NULL;

    g_assert_cmpfloat_with_epsilon(_umk_head_get_penalty(5), 0.1, 1e-12);
    g_assert_true(_umk_head_find("ridge")->start(&shape, &pairs, 5, weights, &error));
    g_assert_no_error(error);
    for (gsize i = 0; i < 8; i++)
        g_assert_cmpfloat_with_epsilon((double) weights[i], ridge_values[i], 1e-6);
    g_assert_true(
        _umk_head_find("procrustes")->start(&shape, &pairs, 0, weights, &error));
    g_assert_no_error(error);
    for (gsize i = 0; i < 8; i++)
        g_assert_cmpfloat_with_epsilon((double) weights[i], procrustes_values[i], 1e-6);
    _umk_ridge_free(pairs.ridge);
    g_assert_null(_umk_head_find("none"));
}

/* Three steps of AdamW in NumPy: rate 0.01, decay 0.1. */
static void
test_adam(void)
{
    static const float gradients[3][2] = {{0.1f, -0.2f}, {0.3f, 0.05f}, {-0.2f, 0.1f}};
    static const double expected[3][2] = {{0.4895000009999999, -0.9890000004999999},
                                          {0.479832690219559, -0.9833163191095446},
                                          {0.4767738195977597, -0.9818586682790728}};
    float weights[] = {0.5f, -1}, mean[2] = {0}, square[2] = {0};

    for (guint i = 0; i < 3; i++) {
        UmkAdamStep step = {0.01, 0.1, i + 1};

        _umk_adam_step(&step, gradients[i], mean, square, weights, 2);
        for (gsize j = 0; j < 2; j++)
            g_assert_cmpfloat_with_epsilon((double) weights[j], expected[i][j], 3e-7);
    }
    g_assert_cmpfloat_with_epsilon(_umk_rate_at(1, 100, 10), 0.1, 1e-12);
    g_assert_cmpfloat_with_epsilon(_umk_rate_at(10, 100, 10), 1.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(_umk_rate_at(55, 100, 10), 0.5, 1e-12);
    g_assert_cmpfloat_with_epsilon(_umk_rate_at(100, 100, 10), 0.0, 1e-12);
}

/* ---- the split --------------------------------------------------------------------- */

static void
test_split(void)
{
    enum { N = 300 };
    guint32 from[N], to[N];
    guint8 parts[N], again[N];
    gsize counts[UMK_N_PARTS] = {0};
    GError *error = NULL;

    /* sources shared by two pairs, targets by two others: chains of up to four */
    for (guint32 i = 0; i < N; i++) {
        from[i] = i / 2;
        to[i] = i % 12 == 0 || i == 0 ? i : (i + (i % 4 == 1)) - (i % 4 == 2);
    }
    for (guint32 i = 0; i < N; i++)
        to[i] = MIN(to[i], N - 1);
    g_assert_true(_umk_align_split(from, to, N, 0.2, 0.15, 7, parts, &error));
    g_assert_no_error(error);
    g_assert_true(_umk_align_split(from, to, N, 0.2, 0.15, 7, again, &error));
    g_assert_cmpmem(parts, N, again, N);
    for (guint32 i = 0; i < N; i++) {
        counts[parts[i]]++;
        for (guint32 j = 0; j < i; j++)
            if (from[i] == from[j] || to[i] == to[j])
                g_assert_cmpuint(parts[i], ==, parts[j]);
    }
    g_assert_cmpuint(counts[UMK_PART_TEST], >=, 60);
    g_assert_cmpuint(counts[UMK_PART_TEST], <=, 64);
    g_assert_cmpuint(counts[UMK_PART_VALIDATION], >=, 35);
    g_assert_cmpuint(counts[UMK_PART_VALIDATION], <=, 40);
    g_assert_true(_umk_align_split(from, to, N, 0.2, 0.15, 8, again, &error));
    g_assert_cmpint(memcmp(parts, again, N), !=, 0);
    memset(from, 0, sizeof from); /* one source: nothing can be held out */
    g_assert_false(_umk_align_split(from, to, N, 0.2, 0.15, 7, parts, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
}

/* ---- training ---------------------------------------------------------------------- */

/* A curved map that a straight one follows only in part: y = (t + 0.6 (t^2 - 1)) B with t
 * = x A. */
static void
make_pairs(gsize n, UmkMatrix **x, UmkMatrix **y)
{
    enum { D = 8, H = 12, K = 10 };
    g_autofree float *a = g_new(float, n *D);
    g_autofree float *b = g_new0(float, n *K);
    float first[D * H], second[H * K];

    fill(a, n * D, 5);
    fill(first, D * H, 6);
    fill(second, H * K, 7);
    for (gsize i = 0; i < n; i++) {
        for (gsize h = 0; h < H; h++) {
            double sum = 0.0;

            for (gsize j = 0; j < D; j++)
                sum += (double) a[i * D + j] * (double) first[j * H + h];
            sum /= sqrt(D);
            for (gsize k = 0; k < K; k++)
                b[i * K + k] += (float) ((sum + 0.6 * (sum * sum - 1.0)) *
                                         (double) second[h * K + k]);
        }
    }
    *x = umk_matrix_new_from_data(n, D, a, NULL);
    *y = umk_matrix_new_from_data(n, K, b, NULL);
}

static UmkParams *
make_params(const char *assignments)
{
    gsize n;
    const UmkParamSpec *specs = umk_train_get_align_params(&n);
    UmkParams *params = umk_params_new(specs, n);
    GError *error = NULL;

    umk_params_parse(params, assignments, &error);
    g_assert_no_error(error);
    return params;
}

static UmkSpace *
train(const char *assignments,
      const char *checkpoint,
      GCancellable *cancellable,
      UmkProgressFunc progress,
      char **report,
      GError **error)
{
    g_autoptr(UmkMatrix) x = NULL, y = NULL;
    g_autoptr(UmkParams) params = make_params(assignments);
    g_autoptr(UmkSpace) space = umk_space_new("space", 10, UMK_METRIC_COSINE);

    make_pairs(500, &x, &y);
    if (!umk_train_align(space, "frame", x, y, params, checkpoint, report, cancellable,
                         progress, cancellable, error)) {
        g_assert_false(umk_space_has_frame(space, "frame"));
        return NULL;
    }
    return g_steal_pointer(&space);
}

static double
get_recall(const char *report, guint measure, const char *which, const char *name)
{
    g_autoptr(JsonNode) root = json_from_string(report, NULL);
    JsonArray *measures =
        json_object_get_array_member(json_node_get_object(root), "recall");

    return json_object_get_double_member(
        json_object_get_object_member(json_array_get_object_element(measures, measure),
                                      which),
        name);
}

#define MLP "head=mlp hidden=64 epochs=60 rate=0.01 batch=64 patience=0"

static void
test_learning(void)
{
    g_autofree char *straight = NULL, *bent = NULL, *turned = NULL;
    g_autoptr(UmkSpace) ridge = train("head=ridge", NULL, NULL, NULL, &straight, NULL);
    g_autoptr(UmkSpace) mlp = train(MLP, NULL, NULL, NULL, &bent, NULL);
    g_autoptr(UmkSpace) procrustes =
        train("head=procrustes", NULL, NULL, NULL, &turned, NULL);

    g_assert_nonnull(ridge);
    g_assert_nonnull(mlp);
    g_assert_nonnull(procrustes);
    g_assert_cmpfloat(get_recall(straight, 0, "after", "recall_at_10"), >,
                      2 * get_recall(straight, 0, "chance", "recall_at_10"));
    g_assert_cmpfloat(get_recall(bent, 0, "after", "recall_at_10"), >,
                      get_recall(straight, 0, "after", "recall_at_10") + 0.1);
    g_assert_cmpfloat(get_recall(bent, 1, "after", "median_rank"), <,
                      get_recall(bent, 1, "chance", "median_rank") / 3);
}

/* The validation loss of what is kept is the least of the curve, and never worse than at
 * the start; with patience it stops. */
static void
test_curve(void)
{
    g_autofree char *report = NULL;
    g_autoptr(UmkSpace) space =
        train("head=linear epochs=300 rate=0.05 patience=3 learn-temperature=yes "
              "accumulate=2 batch=64",
              NULL, NULL, NULL, &report, NULL);
    g_autoptr(JsonNode) root = json_from_string(report, NULL);
    JsonObject *object = json_node_get_object(root);
    JsonArray *curve = json_object_get_array_member(object, "curve");
    guint best = (guint) json_object_get_int_member(object, "best_epoch");
    double least = json_object_get_double_member(
        json_array_get_object_element(curve, best), "validation");

    g_assert_nonnull(space);
    for (guint i = 0; i < json_array_get_length(curve); i++)
        g_assert_cmpfloat(json_object_get_double_member(
                              json_array_get_object_element(curve, i), "validation"),
                          >=, least);
    g_assert_true(json_object_get_boolean_member(object, "stopped_early"));
    g_assert_cmpuint(json_array_get_length(curve), ==, best + 1 + 3);
    /* 340 pairs to learn from: six batches, three steps an epoch */
    g_assert_cmpint(
        json_object_get_int_member(json_array_get_object_element(curve, 1), "step"), ==,
        3);
    g_assert_cmpfloat(json_object_get_double_member(object, "temperature"), !=, 0.05);
}

static void
assert_same(UmkSpace *a, UmkSpace *b)
{
    g_autoptr(GBytes) x = umk_space_to_bytes(a), y = umk_space_to_bytes(b);

    g_assert_true(g_bytes_equal(x, y));
}

static void
test_threads(void)
{
    static const guint counts[] = {2, 4, 8};
    g_autofree char *report = NULL;
    g_autoptr(UmkSpace) one = NULL;

    umk_set_n_threads(1);
    one = train(MLP, NULL, NULL, NULL, &report, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree char *other = NULL;
        g_autoptr(UmkSpace) more = NULL;

        umk_set_n_threads(counts[i]);
        more = train(MLP, NULL, NULL, NULL, &other, NULL);
        assert_same(one, more);
        g_assert_cmpstr(report, ==, other);
    }
    umk_set_n_threads(0);
}

static void
cancel_midway(const char *stage, double fraction, gpointer cancellable)
{
    if (fraction > 0.4)
        g_cancellable_cancel(cancellable);
}

/* Cancelled in the middle and gone on with: the same bytes as in one go; with other
 * options, or a damaged state, an error. */
static void
test_resume(void)
{
    static const char other[] =
        "head=mlp hidden=64 epochs=60 rate=0.02 batch=64 patience=0";
    g_autofree char *folder = g_dir_make_tmp("umekomi-align-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "checkpoint", NULL);
    g_autofree char *report = NULL, *resumed_report = NULL;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(UmkSpace) whole = train(MLP, NULL, NULL, NULL, &report, NULL);
    g_autoptr(UmkSpace) resumed = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(train(MLP, file, cancellable, cancel_midway, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    g_assert_null(train(other, file, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    resumed = train(MLP, file, NULL, NULL, &resumed_report, &error);
    g_assert_no_error(error);
    assert_same(whole, resumed);
    g_assert_cmpstr(report, ==, resumed_report);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_set_contents(file, "UMKALGN1 and nothing", -1, NULL));
    g_assert_null(train(MLP, file, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_unlink(file);
    g_rmdir(folder);
}

/* What the space file holds maps as the trainer did, and an older reader would refuse. */
static void
test_bent_file(void)
{
    g_autoptr(UmkSpace) space = train(MLP, NULL, NULL, NULL, NULL, NULL);
    g_autoptr(GBytes) bytes = umk_space_to_bytes(space);
    g_autoptr(UmkSpace) again = umk_space_new_from_bytes(bytes, NULL);
    g_autoptr(UmkSpace) other = umk_space_new("other", 10, UMK_METRIC_COSINE);
    g_autoptr(UmkMatrix) x = NULL, y = NULL, a = NULL, b = NULL;
    g_autoptr(GError) error = NULL;

    make_pairs(40, &x, &y);
    g_assert_nonnull(again);
    assert_same(space, again);
    g_assert_true(umk_space_align_head(other, "mine", bytes, &error));
    a = umk_space_map(again, "frame", x, NULL);
    b = umk_space_map(other, "mine", x, NULL);
    for (gsize i = 0; i < 40; i++)
        g_assert_cmpmem(umk_matrix_get_row(a, i, NULL), 10 * sizeof(float),
                        umk_matrix_get_row(b, i, NULL), 10 * sizeof(float));
    g_assert_nonnull(g_strstr_len((const char *) g_bytes_get_data(bytes, NULL) + 8, 400,
                                  "umekomi-space/2"));
    /* the bend is there: the same map without it gives other vectors */
    _umk_space_find(other, "mine")->n_hidden = 0;
    umk_matrix_unref(b);
    b = umk_space_map(other, "mine", x, NULL);
    g_assert_cmpint(memcmp(umk_matrix_get_row(a, 0, NULL), umk_matrix_get_row(b, 0, NULL),
                           10 * sizeof(float)),
                    !=, 0);
}

static void
test_bad_input(void)
{
    g_autoptr(UmkSpace) space = umk_space_new("space", 10, UMK_METRIC_COSINE);
    g_autoptr(UmkMatrix) x = NULL, y = NULL, few_x = NULL, few_y = NULL, flat = NULL;
    g_autofree float *zeros = g_new0(float, 500 * 8);
    g_autoptr(GError) error = NULL;

    make_pairs(500, &x, &y);
    make_pairs(7, &few_x, &few_y);
    g_assert_false(umk_train_align(space, "f", x, few_y, NULL, NULL, NULL, NULL, NULL,
                                   NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_train_align(space, "f", few_x, few_y, NULL, NULL, NULL, NULL, NULL,
                                   NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    flat = umk_matrix_new_from_data(500, 8, zeros, NULL); /* every source the same */
    g_assert_false(
        umk_train_align(space, "f", flat, y, NULL, NULL, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    zeros[3] = (float) NAN;
    umk_matrix_unref(flat);
    flat = umk_matrix_new_from_data(500, 8, zeros, NULL);
    g_assert_false(
        umk_train_align(space, "f", flat, y, NULL, NULL, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

static void
test_pairs(void)
{
    static const char text[] = "\xef\xbb\xbfto\tnote\tFROM\n"
                               "犬\tx\tdog\r\n\n猫\tx\tcat\n犬\ty\tdog\nbird\n"
                               "鳥\tx\t\n\xff\tx\ty\na\tb\tc\td\n";
    g_autoptr(UmkPairs) pairs = _umk_pairs_parse(text, sizeof text - 1, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(pairs->from->len, ==, 2);
    g_assert_cmpstr(pairs->from->pdata[1], ==, "cat");
    g_assert_cmpstr(pairs->to->pdata[1], ==, "猫");
    g_assert_cmpuint(g_array_index(pairs->lines, guint64, 1), ==, 4);
    g_assert_cmpuint(pairs->problems->len, ==, 5);
    g_assert_cmpstr(pairs->problems->pdata[0], ==,
                    "line 5: the same pair stands in line 2");
    g_assert_cmpstr(pairs->problems->pdata[2], ==, "line 7: the left side is empty");
    g_assert_null(_umk_pairs_parse("one\ntwo\n", 8, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/align/contrast", test_contrast);
    g_test_add_func("/align/gradients", test_gradients);
    g_test_add_func("/align/closed-forms", test_closed_forms);
    g_test_add_func("/align/adam", test_adam);
    g_test_add_func("/align/split", test_split);
    g_test_add_func("/align/learning", test_learning);
    g_test_add_func("/align/curve", test_curve);
    g_test_add_func("/align/threads", test_threads);
    g_test_add_func("/align/resume", test_resume);
    g_test_add_func("/align/bent-file", test_bent_file);
    g_test_add_func("/align/bad-input", test_bad_input);
    g_test_add_func("/align/pairs", test_pairs);
    return g_test_run();
}
