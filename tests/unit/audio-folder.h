/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of audio models: model folders with random weights that can be looked up
 * again by plain loops, clips, and comparisons with double precision. */
#pragma once

#include <umekomi/umk-plugin.h>

#include <glib/gstdio.h>
#include <math.h>
#include <sndfile.h>
#include <string.h>

static char *folder;
static guint32 noise;

static inline double
draw(void)
{
    noise = noise * 1664525u + 1013904223u;
    return (double) (noise >> 8) / 8388608.0 - 1.0;
}

static inline float *
draw_many(gsize n, double size)
{
    float *x = g_new(float, n);

    for (gsize i = 0; i < n; i++)
        x[i] = (float) (size * draw());
    return x;
}

typedef struct {
    gsize n;
    float *data;
} Tensor;

static inline void
tensor_free(gpointer data)
{
    g_free(((Tensor *) data)->data);
    g_free(data);
}

/* The tensors of one folder, by name, for the loops that check. */
typedef struct {
    GHashTable *tensors;
    GString *header;
    GByteArray *body;
} Weights;

static inline Weights *
weights_new(void)
{
    Weights *self = g_new0(Weights, 1);

    noise = 7;
    self->tensors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, tensor_free);
    self->header = g_string_new("{");
    self->body = g_byte_array_new();
    return self;
}

static inline void
weights_free(Weights *self)
{
    g_hash_table_unref(self->tensors);
    g_string_free(self->header, TRUE);
    g_byte_array_unref(self->body);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Weights, weights_free)

static inline const float *
weight(const Weights *self, const char *name)
{
    Tensor *tensor = g_hash_table_lookup(self->tensors, name);

    if (tensor == NULL)
        g_error("no tensor “%s”", name);
    return tensor->data;
}

/* data is taken; shape as JSON writes it, "2,3". */
static inline void
put_tensor(Weights *self, const char *name, const char *shape, float *data)
{
    g_auto(GStrv) axes = g_strsplit(shape, ",", -1);
    Tensor *tensor = g_new(Tensor, 1);
    guint begin = self->body->len;

    tensor->n = 1;
    for (gsize i = 0; axes[i] != NULL; i++)
        tensor->n *= g_ascii_strtoull(axes[i], NULL, 10);
    tensor->data = data;
    g_byte_array_append(self->body, (const guint8 *) data,
                        (guint) (tensor->n * sizeof *data));
    g_string_append_printf(self->header,
                           "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],"
                           "\"data_offsets\":[%u,%u]}",
                           self->header->len > 1 ? "," : "", name, shape, begin,
                           self->body->len);
    g_hash_table_replace(self->tensors, g_strdup(name), tensor);
}

static inline void
put_random(Weights *self, const char *name, const char *shape, double size)
{
    g_auto(GStrv) axes = g_strsplit(shape, ",", -1);
    gsize n = 1;

    for (gsize i = 0; axes[i] != NULL; i++)
        n *= g_ascii_strtoull(axes[i], NULL, 10);
    put_tensor(self, name, shape, draw_many(n, size));
}

static inline void
put_linear(Weights *self, const char *name, gsize n_out, gsize n_in)
{
    g_autofree char *w = g_strconcat(name, ".weight", NULL);
    g_autofree char *b = g_strconcat(name, ".bias", NULL);
    g_autofree char *shape = g_strdup_printf("%zu,%zu", n_out, n_in);
    g_autofree char *flat = g_strdup_printf("%zu", n_out);

    put_random(self, w, shape, 1.5 / sqrt((double) n_in));
    put_random(self, b, flat, 0.2);
}

static inline void
put_file(const char *name, const void *data, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_unlink(path);
    g_assert_true(g_file_set_contents(path, data, (gssize) length, NULL));
}

static inline void
write_folder(Weights *self, const char *config, const char *preprocessor)
{
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autofree char *header = g_strconcat(self->header->str, "}", NULL);
    guint64 length = GUINT64_TO_LE((guint64) strlen(header));
    g_autofree char *path = g_build_filename(folder, "preprocessor_config.json", NULL);

    g_byte_array_append(file, (const guint8 *) &length, sizeof length);
    g_byte_array_append(file, (const guint8 *) header, (guint) strlen(header));
    g_byte_array_append(file, self->body->data, self->body->len);
    put_file("model.safetensors", file->data, file->len);
    put_file("config.json", config, strlen(config));
    g_unlink(path);
    if (preprocessor != NULL)
        put_file("preprocessor_config.json", preprocessor, strlen(preprocessor));
}

static inline gpointer
load(const UmkEmbedderOps *ops)
{
    g_autoptr(GError) error = NULL;
    gpointer model = ops->model_load(folder, NULL, NULL, &error);

    g_assert_no_error(error);
    return model;
}

static inline void
expect_refusal(const UmkEmbedderOps *ops, int code, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ops->model_load(folder, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, code);
    if (strstr(error->message, part) == NULL)
        g_error("“%s” does not say “%s”", error->message, part);
}

static inline UmkItem *
write_clip(const char *name, const float *x, gsize n, int rate)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    SF_INFO info = {
        .samplerate = rate, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);

    g_assert_nonnull(file);
    g_assert_cmpint(sf_writef_float(file, x, (sf_count_t) n), ==, n);
    sf_close(file);
    return umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
}

/* A tone that rises and falls, with noise. */
static inline float *
make_samples(gsize n)
{
    float *x = g_new(float, n);

    noise = 3;
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (0.3 * sin(0.1 * (double) i + 20 * sin(0.0005 * (double) i)) +
                        0.05 * draw());
    return x;
}

static inline UmkItem *
make_clip(const char *name, gsize n, int rate)
{
    g_autofree float *x = make_samples(n);

    return write_clip(name, x, n, rate);
}

static inline float *
embed(const UmkEmbedderOps *ops, gconstpointer model, UmkItem *item, GError **error)
{
    gpointer session = ops->session_new(model, NULL);
    float *out = g_new(float, ops->model_n_dims(model));

    if (!ops->session_embed(session, &item, 1, out, ops->model_n_dims(model), NULL,
                            error))
        g_clear_pointer(&out, g_free);
    ops->session_free(session);
    return out;
}

static inline double
worst_of(const float *got, const double *want, gsize n)
{
    double worst = 0;

    for (gsize i = 0; i < n; i++) {
        double difference = fabs((double) got[i] - want[i]);

        if (!(difference <= worst))
            worst = difference;
    }
    return worst;
}

static inline void
to_unit(double *x, gsize n)
{
    double squares = 0;

    for (gsize i = 0; i < n; i++)
        squares += x[i] * x[i];
    for (gsize i = 0; squares > 0 && i < n; i++)
        x[i] /= sqrt(squares);
}

/* out = w x + b in double precision */
static inline double *
apply_linear(const Weights *self, const char *name, const double *x, gsize n_out, gsize n)
{
    g_autofree char *w_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *b_name = g_strconcat(name, ".bias", NULL);
    const float *w = weight(self, w_name), *b = weight(self, b_name);
    double *out = g_new(double, n_out);

    for (gsize o = 0; o < n_out; o++) {
        out[o] = (double) b[o];
        for (gsize i = 0; i < n; i++)
            out[o] += (double) w[o * n + i] * x[i];
    }
    return out;
}

static inline void
folder_make(void)
{
    folder = g_dir_make_tmp("umk-audio-XXXXXX", NULL);
}

static inline void
folder_remove(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}
