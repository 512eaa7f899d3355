/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our side of tests/bench/encoders: a process that obeys one command a line and answers
 * each with one line of JSON, so that two engines can take turns on the same work. Texts
 * go through the public functions, tokenizer included. Pictures go to the encoder as
 * pixels, because decoding is measured elsewhere and the peer gets pixels too. */
#include <umekomi/umekomi.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "core/umk-pool-private.h"
#include "linalg/umk-peak-private.h"

#ifdef UMK_BENCH_IMAGE
#include "facade/umk-model-private.h"
#include "umk-image-model-private.h"
#endif

#define SIDE       224
#define N_PIXELS   (SIDE * SIDE * 3)
#define MAX_WORKER 64

typedef struct {
    UmkModel *model;
    UmkItems *items;
    UmkMatrix *vectors;
    /* pictures only */
    gconstpointer vit; /* of the model's tower */
    float *pixels;     /* (n_pictures, SIDE, SIDE, 3) */
    float *rows;       /* (n_pictures, n_dims) */
    gsize n_pictures, n_dims;
    UmkArena arenas[MAX_WORKER];
} Worker;

/* Microseconds of processor time that this process has used. */
static double
cpu_micros(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double) (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
           (double) (use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void
fail(const char *message)
{
    g_autofree char *escaped = g_strescape(message, "“”…–—×·");

    printf("{\"error\":\"%s\"}\n", escaped);
}

static UmkParams *
make_params(const char *precision, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    return umk_params_set(params, "precision", precision, error)
               ? g_steal_pointer(&params)
               : NULL;
}

/* From nothing to the first vector: what a person waits for. */
static gboolean
load_text(Worker *self, const char *folder, UmkParams *params, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("w1 w2 w3");
    g_autoptr(UmkMatrix) vectors = NULL;

    self->model = umk_model_load(umk_registry_get_default(), folder, params, NULL, error);
    if (self->model == NULL)
        return FALSE;
    umk_items_append(items, item);
    vectors = umk_model_embed(self->model, items, NULL, NULL, NULL, error);
    return vectors != NULL;
}

static gboolean
load_image(Worker *self, const char *folder, UmkParams *params, GError **error)
{
#ifdef UMK_BENCH_IMAGE
    const UmkTower *tower;

    /* through the facade, which decides what must not be computed in 8 bits */
    self->model = umk_model_load(umk_registry_get_default(), folder, params, NULL, error);
    tower = self->model
                ? _umk_model_get_tower(self->model, UMK_MODALITY_IMAGE, NULL, error)
                : NULL;
    if (tower == NULL)
        return FALSE;
    self->vit = tower->model;
    self->n_dims = ((const UmkImageModel *) self->vit)->n_dims;
    return TRUE;
#else
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED, "built without pictures");
    return FALSE;
#endif
}

/* load KIND PRECISION THREADS FOLDER */
static void
do_load(Worker *self, char **words)
{
    gint64 from = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkParams) params = make_params(words[2], &error);
    gboolean good;

    umk_set_n_threads((guint) g_ascii_strtoull(words[3], NULL, 10));
    good = params != NULL &&
           (g_str_equal(words[1], "text") ? load_text(self, words[4], params, &error)
                                          : load_image(self, words[4], params, &error));
    if (!good) {
        fail(error->message);
        return;
    }
    printf("{\"load_ms\":%.1f}\n", (double) (g_get_monotonic_time() - from) / 1e3);
}

/* texts FILE: one a line */
static void
do_texts(Worker *self, char **words)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(words[1], &text, NULL, &error)) {
        fail(error->message);
        return;
    }
    g_clear_pointer(&self->items, umk_items_unref);
    self->items = umk_items_new();
    lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(lines[i]);

        umk_items_append(self->items, item);
    }
    printf("{\"items\":%zu}\n", umk_items_get_n_items(self->items));
}

/* pixels FILE: float32, (n, SIDE, SIDE, 3) */
static void
do_pixels(Worker *self, char **words)
{
    g_autoptr(GError) error = NULL;
    char *data;
    gsize length;

    if (!g_file_get_contents(words[1], &data, &length, &error)) {
        fail(error->message);
        return;
    }
    g_free(self->pixels);
    g_free(self->rows);
    self->pixels = (float *) (void *) data;
    self->n_pictures = length / (N_PIXELS * sizeof(float));
    self->rows = g_new0(float, self->n_pictures * self->n_dims);
    printf("{\"items\":%zu}\n", self->n_pictures);
}

#ifdef UMK_BENCH_IMAGE
static void
encode_pictures(gsize begin, gsize end, guint worker, gpointer data)
{
    Worker *self = data;
    const UmkImageModel *vit = self->vit;
    const float *pixels[UMK_IMAGE_BATCH];

    for (gsize i = begin; i < end; i++)
        pixels[i - begin] = self->pixels + i * N_PIXELS;
    if (!vit->encode(vit, pixels, end - begin, SIDE, SIDE, &self->arenas[worker],
                     self->rows + begin * self->n_dims, NULL))
        g_error("pictures could not be encoded");
}
#endif

static gboolean
embed(Worker *self, UmkItems *items, GError **error)
{
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    if (items != NULL) {
        self->vectors = umk_model_embed(self->model, items, NULL, NULL, NULL, error);
        return self->vectors != NULL;
    }
#ifdef UMK_BENCH_IMAGE
    _umk_parallel_for(self->n_pictures, UMK_IMAGE_BATCH, encode_pictures, self);
#endif
    return TRUE;
}

/* pass: everything once */
static void
do_pass(Worker *self)
{
    g_autoptr(GError) error = NULL;
    double cpu = cpu_micros();
    gint64 from = g_get_monotonic_time();

    if (!embed(self, self->items, &error)) {
        fail(error->message);
        return;
    }
    printf("{\"wall\":%.6f,\"cpu\":%.6f}\n",
           (double) (g_get_monotonic_time() - from) * 1e-6, (cpu_micros() - cpu) * 1e-6);
}

static int
compare_times(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

    return (x > y) - (x < y);
}

/* latency N: the first text alone, N times */
static void
do_latency(Worker *self, char **words)
{
    guint n = (guint) g_ascii_strtoull(words[1], NULL, 10);
    g_autofree gint64 *times = g_new0(gint64, n);
    g_autoptr(UmkItems) one = umk_items_new();

    umk_items_append(one, umk_items_get(self->items, 0));
    for (guint i = 0; i < n; i++) {
        gint64 from = g_get_monotonic_time();

        embed(self, one, NULL);
        times[i] = g_get_monotonic_time() - from;
    }
    qsort(times, n, sizeof *times, compare_times);
    printf("{\"median_ms\":%.4f,\"best_ms\":%.4f}\n", (double) times[n / 2] * 1e-3,
           (double) times[0] * 1e-3);
}

/* vectors FILE: of the last pass, scaled to length 1, float32, no header */
static void
do_vectors(Worker *self, char **words)
{
    g_autoptr(GError) error = NULL;
    gsize n_dims = self->vectors ? umk_matrix_get_n_cols(self->vectors) : self->n_dims;
    gsize n = self->vectors ? umk_matrix_get_n_rows(self->vectors) : self->n_pictures;
    g_autofree float *rows = g_new(float, n *n_dims);

    for (gsize i = 0; i < n; i++) {
        const float *row = self->vectors ? umk_matrix_get_row(self->vectors, i, NULL)
                                         : self->rows + i * n_dims;
        double length = 0;

        for (gsize j = 0; j < n_dims; j++)
            length += (double) row[j] * (double) row[j];
        for (gsize j = 0; j < n_dims; j++)
            rows[i * n_dims + j] = (float) ((double) row[j] / sqrt(length));
    }
    if (!g_file_set_contents(words[1], (char *) rows,
                             (gssize) (n * n_dims * sizeof(float)), &error)) {
        fail(error->message);
        return;
    }
    printf("{\"rows\":%zu,\"dims\":%zu}\n", n, n_dims);
}

/* A line of /proc/self/status, in KiB; 0 elsewhere. */
static guint64
read_status(const char *name)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    line = strstr(text, name);
    return line ? g_ascii_strtoull(line + strlen(name), NULL, 10) : 0;
}

static void
do_memory(void)
{
    printf("{\"peak_kib\":%" G_GUINT64_FORMAT ",\"anonymous_kib\":%" G_GUINT64_FORMAT
           ",\"file_kib\":%" G_GUINT64_FORMAT "}\n",
           read_status("\nVmHWM:\t"), read_status("\nRssAnon:\t"),
           read_status("\nRssFile:\t"));
}

static void
obey(Worker *self, char **words)
{
    guint n = g_strv_length(words);

    if (n == 5 && g_str_equal(words[0], "load"))
        do_load(self, words);
    else if (n == 2 && g_str_equal(words[0], "texts"))
        do_texts(self, words);
    else if (n == 2 && g_str_equal(words[0], "pixels"))
        do_pixels(self, words);
    else if (n == 1 && g_str_equal(words[0], "pass"))
        do_pass(self);
    else if (n == 2 && g_str_equal(words[0], "latency"))
        do_latency(self, words);
    else if (n == 2 && g_str_equal(words[0], "vectors"))
        do_vectors(self, words);
    else if (n == 1 && g_str_equal(words[0], "memory"))
        do_memory();
    else if (n == 1 && g_str_equal(words[0], "peak"))
        printf("{\"f32\":%.4g,\"int8\":%.4g}\n", _umk_peak_measure_f32(),
               _umk_peak_measure_int8());
    else
        fail("no such command");
}

int
main(void)
{
    Worker self = {0};
    char line[4096];

    while (fgets(line, sizeof line, stdin) != NULL) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 5);

        obey(&self, words);
        fflush(stdout);
    }
    g_clear_pointer(&self.vectors, umk_matrix_unref);
    g_clear_pointer(&self.items, umk_items_unref);
    g_clear_pointer(&self.model, umk_model_unref);
    for (guint i = 0; i < MAX_WORKER; i++)
        _umk_arena_clear(&self.arenas[i]);
    g_free(self.pixels);
    g_free(self.rows);
    return 0;
}
