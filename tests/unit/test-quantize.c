/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What int8 and bf16 do to vectors: the built-in text model and encoders of realistic
 * width with random weights within the bars (mean cosine 0.999, least 0.995, nearest
 * neighbours 0.95), vectors that do not depend on the batch, maps that fall back to f32,
 * and the quantised folder. */
#include <umekomi/umekomi.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "core/umk-rng-private.h"
#include "facade/umk-quantize-private.h"
#include "nn/umk-encoder-private.h"

#define NEIGHBOURS 10

static double
cosine(const float *x, const float *y, gsize n)
{
    double xy = 0, xx = 0, yy = 0;

    for (gsize i = 0; i < n; i++) {
        xy += (double) x[i] * (double) y[i];
        xx += (double) x[i] * (double) x[i];
        yy += (double) y[i] * (double) y[i];
    }
    return xy / sqrt(xx * yy);
}

/* The nearest of row i, as a set of bits; ties go to the lower number. */
static void
find_nearest(const float *x, gsize n, gsize d, gsize i, gboolean *nearest)
{
    g_autofree double *scores = g_new(double, n);

    for (gsize j = 0; j < n; j++)
        scores[j] = j == i ? (double) -INFINITY : cosine(x + i * d, x + j * d, d);
    memset(nearest, 0, n * sizeof *nearest);
    for (guint k = 0; k < NEIGHBOURS; k++) {
        gsize best = 0;

        for (gsize j = 1; j < n; j++)
            best = scores[j] > scores[best] ? j : best;
        nearest[best] = TRUE;
        scores[best] = -INFINITY;
    }
}

static void
check_bars(const char *what, const float *exact, const float *x, gsize n, gsize d)
{
    g_autofree gboolean *a = g_new(gboolean, n), *b = g_new(gboolean, n);
    double mean = 0, least = 1, overlap = 0;

    for (gsize i = 0; i < n; i++) {
        double c = cosine(exact + i * d, x + i * d, d);

        mean += c / (double) n;
        least = MIN(least, c);
        find_nearest(exact, n, d, i, a);
        find_nearest(x, n, d, i, b);
        for (gsize j = 0; j < n; j++)
            overlap += (a[j] && b[j]) / (double) (n * NEIGHBOURS);
    }
    g_test_message("%s: mean cosine %.6f, least %.6f, overlap@10 %.4f", what, mean, least,
                   overlap);
    g_assert_cmpfloat(mean, >=, 0.999);
    g_assert_cmpfloat(least, >=, 0.995);
    g_assert_cmpfloat(overlap, >=, 0.95);
}

static UmkModel *
load_starter(const char *precision)
{
    g_autofree char *path =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "starter", "image", NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    UmkModel *model;

    umk_params_set(params, "precision", precision, &error);
    g_assert_no_error(error);
    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static UmkMatrix *
embed(UmkModel *model, UmkItems *items)
{
    g_autoptr(GError) error = NULL;
    UmkMatrix *matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    return matrix;
}

static const float *
rows_of(UmkMatrix *matrix)
{
    return umk_matrix_get_row(matrix, 0, NULL);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Pictures of the garden: the built-in model's text tower is a table, the same in all
 * precisions. */
static UmkItems *
make_pictures(gsize n)
{
    g_autofree char *folder =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", "pictures", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    UmkItems *items = umk_items_new();
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".png"))
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(names, by_name);
    g_assert_cmpuint(names->len, >=, n);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item =
            umk_item_new_for_file(UMK_MODALITY_IMAGE, names->pdata[i]);

        umk_items_append(items, item);
    }
    return items;
}

static void
test_starter(gconstpointer precision)
{
    g_autoptr(UmkModel) exact = load_starter("f32");
    g_autoptr(UmkModel) model = load_starter(precision);
    g_autoptr(UmkItems) items = make_pictures(210);
    g_autoptr(UmkMatrix) a = embed(exact, items);
    g_autoptr(UmkMatrix) b = embed(model, items);
    gsize d = umk_matrix_get_n_cols(a);

    g_assert_cmpint(memcmp(rows_of(a), rows_of(b), 210 * d * sizeof(float)), !=, 0);
    check_bars(precision, rows_of(a), rows_of(b), 210, d);
    /* alone, the same bits */
    for (gsize i = 0; i < 210; i += 41) {
        g_autoptr(UmkItems) one = umk_items_new();
        g_autoptr(UmkMatrix) alone = NULL;

        umk_items_append(one, umk_items_get(items, i));
        alone = embed(model, one);
        g_assert_cmpmem(rows_of(alone), d * sizeof(float), rows_of(b) + i * d,
                        d * sizeof(float));
    }
}

static gboolean
random_has(gpointer source, const char *name)
{
    return TRUE;
}

/* Weights as training leaves them: normal, spread by the width; a name always the same.
 */
static const float *
random_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    gsize n = shape[0] * (n_axes > 1 ? shape[1] : 1);
    double size = n_axes > 1 ? 1 / sqrt((double) shape[1]) : 0.1;
    float *x = g_new(float, n);
    UmkRng rng;

    _umk_rng_init(&rng, g_str_hash(name), 0);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (_umk_rng_normal(&rng) * size);
    if (n_axes == 1 && g_str_has_suffix(name, ".weight"))
        for (gsize i = 0; i < n; i++)
            x[i] += 1;
    return x;
}

static void
random_release(gpointer source, const float *data)
{
    g_free((gpointer) data);
}

/* Mean pooled vectors of n texts of length tokens; texts come in groups that are alike.
 */
static float *
run_random(const UmkEncoderConfig *config, UmkPrecision precision, gsize n, gsize length)
{
    UmkTensors tensors = {.prefix = "",
                          .has = random_has,
                          .get = random_get,
                          .release = random_release,
                          .precision = precision};
    g_autoptr(GError) error = NULL;
    UmkEncoder *encoder =
        _umk_encoder_new(config, &_umk_encoder_names_bert, &tensors, &error);
    gsize d = config->n_dims, n_tokens = n * length;
    g_autofree float *hidden = g_new(float, n_tokens *d);
    g_autofree float *centre = g_new(float, length *d);
    g_autofree guint32 *offsets = g_new(guint32, n + 1);
    float *out = g_new0(float, n *d);
    UmkArena arena = {0};
    UmkRng rng;

    g_assert_no_error(error);
    _umk_rng_init(&rng, 5, 0);
    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; i % (NEIGHBOURS + 1) == 0 && j < length * d; j++)
            centre[j] = (float) _umk_rng_normal(&rng);
        for (gsize j = 0; j < length * d; j++)
            hidden[i * length * d + j] = centre[j] + 0.5f * (float) _umk_rng_normal(&rng);
        offsets[i] = (guint32) (i * length);
    }
    offsets[n] = (guint32) n_tokens;
    _umk_arena_reserve(&arena, _umk_encoder_scratch_size(encoder, n_tokens, length),
                       NULL);
    _umk_encoder_forward(encoder, hidden, offsets, n, arena.data);
    for (gsize i = 0; i < n_tokens; i++)
        _umk_kernel_add(out + i / length * d, hidden + i * d, d);
    _umk_arena_clear(&arena);
    _umk_encoder_free(encoder);
    return out;
}

static void
check_random(const char *name, gsize n_layers, gsize d, gsize n_heads)
{
    const UmkEncoderConfig config = {.n_layers = n_layers,
                                     .n_dims = d,
                                     .n_heads = n_heads,
                                     .n_ffn = 4 * d,
                                     .activation = UMK_ACTIVATION_GELU,
                                     .eps = 1e-12f,
                                     .bias = UMK_BIAS_REQUIRED};
    const gsize n = 4 * (NEIGHBOURS + 1), length = 12;
    g_autofree float *exact = run_random(&config, UMK_PRECISION_F32, n, length);
    g_autofree float *int8 = run_random(&config, UMK_PRECISION_INT8, n, length);
    g_autofree float *bf16 = run_random(&config, UMK_PRECISION_BF16, n, length);

    check_bars(name, exact, int8, n, d);
    check_bars("the same in bf16", exact, bf16, n, d);
}

static void
test_random(void)
{
    check_random("MiniLM-L6 shape, random, int8", 6, 384, 12);
    check_random("BERT-base width, 4 layers, random, int8", 4, 768, 12);
}

/* A tower of three maps, the last of which int8 spoils: each of its outputs has one
 * weight so large that the others round to nothing, over an input that is always 0. */
#define TOY 64

typedef struct {
    UmkLinear maps[3];
} Toy;

static const char *const toy_names[] = {"part.0.good", "part.1.good", "part.2.bad"};

static const float *
toy_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    float *x = (float *) random_get(NULL, name, shape, n_axes, error);

    for (gsize i = 0; i < TOY; i++) {
        if (g_str_has_prefix(name, "part.1"))
            x[i] = 0; /* the first output of this map is 0 */
        if (g_str_has_prefix(name, "part.2"))
            x[i * TOY] = 1000;
    }
    return x;
}

static void
toy_free(gpointer model)
{
    Toy *toy = model;

    for (guint i = 0; i < 3; i++)
        _umk_linear_clear(&toy->maps[i]);
    g_free(toy);
}

static gpointer
toy_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkTensors tensors = {
        .prefix = "", .has = random_has, .get = toy_get, .release = random_release};
    Toy *toy = g_new0(Toy, 1);

    _umk_tensors_set_params(&tensors, params);
    for (guint i = 0; i < 3; i++) {
        _umk_linear_bind(&toy->maps[i], &tensors, toy_names[i], TOY, TOY, UMK_BIAS_NONE,
                         error);
        g_assert_no_error(*error);
    }
    return toy;
}

static gsize
toy_n_dims(gconstpointer model)
{
    return TOY;
}

static gpointer
toy_session_new(gconstpointer model, GError **error)
{
    return (gpointer) model;
}

static void
toy_session_free(gpointer session)
{
}

static gboolean
toy_embed(gpointer session,
          UmkItem *const *items,
          gsize n_items,
          float *out,
          gsize out_stride,
          UmkRun *run,
          GError **error)
{
    const Toy *toy = session;

    for (gsize i = 0; i < n_items; i++) {
        float a[TOY], b[TOY];
        UmkRng rng;

        _umk_rng_init(&rng, g_str_hash(umk_item_get_text(items[i])), 0);
        for (gsize j = 0; j < TOY; j++)
            a[j] = (float) _umk_rng_normal(&rng);
        _umk_linear_forward(&toy->maps[0], a, 1, UMK_ACTIVATION_NONE, b);
        _umk_linear_forward(&toy->maps[1], b, 1, UMK_ACTIVATION_NONE, a);
        _umk_linear_forward(&toy->maps[2], a, 1, UMK_ACTIVATION_NONE,
                            out + i * out_stride);
    }
    return TRUE;
}

static const UmkEmbedderOps toy_ops = {.struct_size = sizeof(UmkEmbedderOps),
                                       .id = "toy",
                                       .title = "toy",
                                       .modality = UMK_MODALITY_TEXT,
                                       .model_load = toy_load,
                                       .model_free = toy_free,
                                       .model_n_dims = toy_n_dims,
                                       .session_new = toy_session_new,
                                       .session_free = toy_session_free,
                                       .session_embed = toy_embed};

static void
test_fallback(void)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;

    for (guint thorough = 0; thorough < 2; thorough++) {
        g_auto(UmkQuantization) found = {0};
        g_autofree char *layers = NULL;

        g_assert_true(_umk_quantization_find(&found, &toy_ops, NULL, params,
                                             (gboolean) thorough, NULL, &error));
        g_assert_no_error(error);
        layers = _umk_quantization_join(&found);
        g_assert_cmpstr(layers, ==, "part.2.bad");
        g_assert_cmpuint(g_hash_table_size(found.names), ==, 3);
        g_assert_cmpfloat(found.cosine_mean, >=, 0.999);
        g_assert_cmpfloat(found.cosine_min, >=, 0.995);
    }
}

/* What was found is known the next time, for these files and options only; a damaged file
 * is as good as none. */
static void
test_kept(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("umk-kept-XXXXXX", &error);
    g_autofree char *cache =
        g_build_filename(g_get_user_cache_dir(), "umekomi", "int8", NULL);
    g_autofree char *file = g_build_filename(folder, "weights", NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_auto(UmkQuantization) found = {0};
    g_autofree char *nothing = NULL, *known = NULL, *changed = NULL, *damaged = NULL;
    g_autoptr(GDir) dir = NULL;
    const char *name;

    g_assert_true(g_file_set_contents(file, "one", -1, NULL));
    nothing = _umk_quantization_recall(&toy_ops, folder, params);
    g_assert_null(nothing);
    found.f32_layers = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(found.f32_layers, g_strdup("part.1"));
    g_ptr_array_add(found.f32_layers, g_strdup("part.\"2\""));
    _umk_quantization_keep(&found, &toy_ops, folder, params);
    known = _umk_quantization_recall(&toy_ops, folder, params);
    g_assert_cmpstr(known, ==, "part.1,part.\"2\"");
    dir = g_dir_open(cache, 0, NULL);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(cache, name, NULL);

        g_assert_true(g_file_set_contents(path, "{\"f32_layers\": [", -1, NULL));
    }
    damaged = _umk_quantization_recall(&toy_ops, folder, params);
    g_assert_null(damaged);
    _umk_quantization_keep(&found, &toy_ops, folder, params);
    g_assert_true(g_file_set_contents(file, "longer", -1, NULL));
    changed = _umk_quantization_recall(&toy_ops, folder, params);
    g_assert_null(changed);
    g_unlink(file);
    g_rmdir(folder);
}

static void
test_names(void)
{
    UmkTensors tensors = {.prefix = "a.", .precision = UMK_PRECISION_INT8};

    tensors.f32_layers = "a.b,a.c.d";
    g_assert_cmpint(_umk_tensors_get_precision(&tensors, "b"), ==, UMK_PRECISION_F32);
    g_assert_cmpint(_umk_tensors_get_precision(&tensors, "c.d"), ==, UMK_PRECISION_F32);
    g_assert_cmpint(_umk_tensors_get_precision(&tensors, "c"), ==, UMK_PRECISION_INT8);
    g_assert_cmpint(_umk_tensors_get_precision(&tensors, "bb"), ==, UMK_PRECISION_INT8);
    tensors.f32_layers = "*";
    g_assert_cmpint(_umk_tensors_get_precision(&tensors, "c"), ==, UMK_PRECISION_F32);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

static void
test_folder(void)
{
    g_autoptr(UmkModel) model = load_starter("int8");
    g_autoptr(UmkModel) copy = NULL;
    g_autoptr(UmkItems) items = make_pictures(30);
    g_autoptr(UmkMatrix) a = NULL, b = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *parent = g_dir_make_tmp("umekomi-XXXXXX", &error);
    g_autofree char *folder = g_build_filename(parent, "quantised", NULL);
    g_autofree char *report = umk_model_quantize(model, folder, NULL, NULL, NULL, &error);
    g_autofree char *layers = NULL, *again = NULL;
    gsize d, n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    g_assert_no_error(error);
    g_assert_nonnull(strstr(report, "\"cosine_min\""));
    layers = _umk_quantization_read(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(layers, ==, "");
    umk_params_set(params, "precision", "int8", NULL);
    copy = umk_model_load(umk_registry_get_default(), folder, params, NULL, &error);
    g_assert_no_error(error);
    a = embed(model, items);
    b = embed(copy, items);
    d = umk_matrix_get_n_cols(a);
    for (gsize i = 0; i < 30; i++)
        g_assert_cmpfloat(cosine(rows_of(a) + i * d, rows_of(b) + i * d, d), >=, 0.99999);
    again = umk_model_quantize(model, folder, NULL, NULL, NULL, &error);
    g_assert_null(again);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    remove_tree(parent);
}

static void
test_report(void)
{
    static const char *const wrong[] = {"", "{", "[]", "{\"f32_layers\":1}",
                                        "{\"f32_layers\":[1]}"};
    const char *good = "{\"f32_layers\":[\"a\",\"b.c\"]}";
    g_autofree char *layers = _umk_quantization_parse(good, strlen(good), NULL);

    g_assert_cmpstr(layers, ==, "a,b.c");
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_quantization_parse(wrong[i], strlen(wrong[i]), &error));
        g_assert_nonnull(error);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/quantize/starter/int8", "int8", test_starter);
    g_test_add_data_func("/quantize/starter/bf16", "bf16", test_starter);
    g_test_add_func("/quantize/random", test_random);
    g_test_add_func("/quantize/fallback", test_fallback);
    g_test_add_func("/quantize/kept", test_kept);
    g_test_add_func("/quantize/names", test_names);
    g_test_add_func("/quantize/folder", test_folder);
    g_test_add_func("/quantize/report", test_report);
    return g_test_run();
}
