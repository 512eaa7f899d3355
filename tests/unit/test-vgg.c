/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tiny VGG, in torchvision's and in timm's layout, with batch norms and without, beside
 * plain loops in double precision. */
#include "umk-image-plugin-private.h"
#include "umk-vgg-private.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/umk-rng-private.h"

#define SIDE 36 /* of the picture */
#define FC6  21
#define FC7  24

typedef struct {
    gboolean timm, normed;
} Kind;

static const Kind kinds[] = {{FALSE, FALSE}, {FALSE, TRUE}, {TRUE, FALSE}};

/* conv 3-4, conv 4-6, pool, conv 6-7, pool: maps of 36, 18 and 9 */
static const guint widths[] = {3, 4, 6, 7};
static const gboolean pool_after[] = {FALSE, TRUE, TRUE};
#define N_CONVS 3

typedef struct {
    GString *header;
    GByteArray *body;
    GHashTable *tensors; /* name -> float * */
    UmkRng rng;
} File;

static const float *
add(File *file, const char *name, const char *shape, gsize n, gboolean positive)
{
    float *values = g_new(float, n);
    gsize begin = file->body->len;

    for (gsize i = 0; i < n; i++) {
        double value = _umk_rng_normal(&file->rng) / 2;

        values[i] = (float) (positive ? fabs(value) + 0.1 : value);
    }
    g_byte_array_append(file->body, (const guint8 *) values,
                        (guint) (n * sizeof *values));
    g_string_append_printf(file->header,
                           "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":"
                           "[%zu,%u]}",
                           file->header->len > 1 ? "," : "", name, shape, begin,
                           file->body->len);
    g_hash_table_insert(file->tensors, g_strdup(name), values);
    return values;
}

static void
add_vector(File *file, const char *layer, const char *part, guint n)
{
    g_autofree char *name = g_strdup_printf("%s.%s", layer, part);
    g_autofree char *shape = g_strdup_printf("%u", n);

    add(file, name, shape, n, strcmp(part, "running_var") == 0);
}

static void
add_weight(File *file, const char *layer, guint out, guint in, guint kernel, guint axes)
{
    g_autofree char *name = g_strdup_printf("%s.weight", layer);
    g_autofree char *shape =
        axes == 2 ? g_strdup_printf("%u,%u", out, in * kernel * kernel)
                  : g_strdup_printf("%u,%u,%u,%u", out, in, kernel, kernel);

    add(file, name, shape, (gsize) out * in * kernel * kernel, FALSE);
    add_vector(file, layer, "bias", out);
}

/* Number of convolution i in "features". */
static guint
layer_number(const Kind *kind, guint i)
{
    guint number = 0;

    for (guint j = 0; j < i; j++)
        number += (kind->normed ? 3u : 2u) + (pool_after[j] ? 1u : 0u);
    return number;
}

static void
write_model(File *file, const Kind *kind, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
    g_autofree char *config = g_build_filename(folder, "config.json", NULL);
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint64 length;

    for (guint i = 0; i < N_CONVS; i++) {
        g_autofree char *conv = g_strdup_printf("features.%u", layer_number(kind, i));
        g_autofree char *norm = g_strdup_printf("features.%u", layer_number(kind, i) + 1);

        add_weight(file, conv, widths[i + 1], widths[i], 3, 4);
        for (guint j = 0; kind->normed && j < 4; j++)
            add_vector(
                file, norm,
                (const char *[]){"weight", "bias", "running_mean", "running_var"}[j],
                widths[i + 1]);
    }
    add_weight(file, kind->timm ? "pre_logits.fc1" : "classifier.0", FC6, 7, 7,
               kind->timm ? 4 : 2);
    add_weight(file, kind->timm ? "pre_logits.fc2" : "classifier.3", FC7, FC6, 1,
               kind->timm ? 4 : 2);
    g_string_append_c(file->header, '}');
    length = GUINT64_TO_LE(file->header->len);
    g_byte_array_append(all, (const guint8 *) &length, 8);
    g_byte_array_append(all, (const guint8 *) file->header->str,
                        (guint) file->header->len);
    g_byte_array_append(all, file->body->data, file->body->len);
    g_assert_true(g_file_set_contents(path, (char *) all->data, all->len, NULL));
    if (kind->timm)
        g_assert_true(g_file_set_contents(
            config,
            "{\"architecture\": \"vgg16\", \"pretrained_cfg\": {\"input_size\": [3, 36, "
            "36], \"crop_pct\": 0.9, \"interpolation\": \"bicubic\"}}",
            -1, NULL));
}

/* ---- the slow way: maps (channels, height, width) ---------------------------------- */

static const float *
get(const File *file, const char *layer, const char *part)
{
    g_autofree char *name = g_strdup_printf("%s.%s", layer, part);

    return g_hash_table_lookup(file->tensors, name);
}

static double *
slow_conv(const File *file, const Kind *kind, guint i, const double *x, gsize side)
{
    g_autofree char *conv = g_strdup_printf("features.%u", layer_number(kind, i));
    g_autofree char *norm = g_strdup_printf("features.%u", layer_number(kind, i) + 1);
    const float *weight = get(file, conv, "weight"), *bias = get(file, conv, "bias");
    gsize n_in = widths[i], n_out = widths[i + 1];
    double *out = g_new(double, n_out *side *side);

    for (gsize at = 0; at < n_out * side * side; at++) {
        gsize o = at / (side * side), y = at / side % side, column = at % side;
        double sum = (double) bias[o];

        for (gsize k = 0; k < n_in * 9; k++) {
            gsize sy = y + k / 3 % 3 - 1, sx = column + k % 3 - 1;

            if (sy < side && sx < side)
                sum += (double) weight[o * n_in * 9 + k] *
                       x[(k / 9 * side + sy) * side + sx];
        }
        if (kind->normed)
            sum = (sum - (double) get(file, norm, "running_mean")[o]) /
                      sqrt((double) get(file, norm, "running_var")[o] + 1e-5) *
                      (double) get(file, norm, "weight")[o] +
                  (double) get(file, norm, "bias")[o];
        out[at] = MAX(sum, 0);
    }
    return out;
}

static double *
slow_halve(const double *x, gsize channels, gsize side)
{
    gsize half = side / 2;
    double *out = g_new(double, channels *half *half);

    for (gsize at = 0; at < channels * half * half; at++) {
        const double *from = x + at / (half * half) * side * side +
                             at / half % half * 2 * side + at % half * 2;

        out[at] = MAX(MAX(from[0], from[1]), MAX(from[side], from[side + 1]));
    }
    return out;
}

/* 9 to 7 a side, as AdaptiveAvgPool2d cuts it. */
static double *
slow_grid(const double *x, gsize channels)
{
    double *out = g_new0(double, channels * 49);

    for (gsize at = 0; at < channels * 49; at++) {
        gsize y = at / 7 % 7, column = at % 7, n = 0;

        for (gsize sy = y * 9 / 7; sy < ((y + 1) * 9 + 6) / 7; sy++)
            for (gsize sx = column * 9 / 7; sx < ((column + 1) * 9 + 6) / 7; sx++, n++)
                out[at] += x[at / 49 * 81 + sy * 9 + sx];
        out[at] /= (double) n;
    }
    return out;
}

static double *
slow_full(const File *file, const char *layer, const double *x, gsize n_in, gsize n_out)
{
    double *out = g_new(double, n_out);

    for (gsize o = 0; o < n_out; o++) {
        out[o] = (double) get(file, layer, "bias")[o];
        for (gsize i = 0; i < n_in; i++)
            out[o] += (double) get(file, layer, "weight")[o * n_in + i] * x[i];
        out[o] = MAX(out[o], 0);
    }
    return out;
}

static double *
slow_vgg(const File *file, const Kind *kind, const float *pixels)
{
    double *x = g_new(double, 3 * SIDE * SIDE), *next;
    gsize side = SIDE;

    for (gsize i = 0; i < 3 * SIDE * SIDE; i++)
        x[i % 3 * SIDE * SIDE + i / 3] = (double) pixels[i];
    for (guint i = 0; i < N_CONVS; i++) {
        next = slow_conv(file, kind, i, x, side);
        g_free(x);
        x = next;
        if (pool_after[i]) {
            next = slow_halve(x, widths[i + 1], side);
            side /= 2;
            g_free(x);
            x = next;
        }
    }
    next = slow_grid(x, 7);
    g_free(x);
    x = slow_full(file, kind->timm ? "pre_logits.fc1" : "classifier.0", next, 7 * 49,
                  FC6);
    g_free(next);
    next = slow_full(file, kind->timm ? "pre_logits.fc2" : "classifier.3", x, FC6, FC7);
    g_free(x);
    return next;
}

static void
remove_folder(const char *folder)
{
    static const char *const names[] = {"model.safetensors", "config.json"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
}

static void
test_vgg(gconstpointer data)
{
    const Kind *kind = data;
    g_autofree char *folder = g_dir_make_tmp("umk-vgg-XXXXXX", NULL);
    g_autofree float *pixels = g_new(float, 3 * SIDE * SIDE);
    g_autofree double *want = NULL;
    g_autoptr(GError) error = NULL;
    File file = {g_string_new("{"), g_byte_array_new(),
                 g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    UmkArena arena = {0};
    UmkVgg *model;
    float got[FC7];
    guint n_alive = 0;

    _umk_rng_init(&file.rng, 11, kind->normed);
    write_model(&file, kind, folder);
    for (gsize i = 0; i < 3 * SIDE * SIDE; i++)
        pixels[i] = (float) _umk_rng_normal(&file.rng);
    model = _umk_vgg_embedder.model_load(folder, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(model->base.n_dims, ==, FC7);
    g_assert_true(model->base.encode(&model->base, (const float *const *) &pixels, 1,
                                     SIDE, SIDE, &arena, got, NULL));
    want = slow_vgg(&file, kind, pixels);
    for (gsize i = 0; i < FC7; i++) {
        g_assert_cmpfloat(fabs((double) got[i] - want[i]), <=, 1e-5 * (1 + want[i]));
        n_alive += got[i] > 0;
    }
    g_assert_cmpuint(n_alive, >, 0);
    g_assert_cmpuint(model->base.preprocess.edge, ==, kind->timm ? 40 : 256);
    g_assert_cmpuint(model->base.preprocess.crop_width, ==, kind->timm ? 36 : 224);
    g_assert_cmpuint(_umk_vgg_embedder.probe(folder, NULL, 0), ==, kind->timm ? 0 : 70);
    _umk_vgg_embedder.model_free(model);
    _umk_arena_clear(&arena);
    g_string_free(file.header, TRUE);
    g_byte_array_unref(file.body);
    g_hash_table_unref(file.tensors);
    remove_folder(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vgg/plain", &kinds[0], test_vgg);
    g_test_add_data_func("/vgg/batch-norm", &kinds[1], test_vgg);
    g_test_add_data_func("/vgg/timm", &kinds[2], test_vgg);
    return g_test_run();
}
