/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some items of each modality are embedded against the clock; the first of all pay for
 * loading the model and are counted once. Vectors that are made already are written to a
 * collection that is thrown away. */
#include "umk-app-estimate.h"

#include "umk-app-import.h"
#include "umk-app-import-vectors.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define SAMPLES  6u /* of a modality */
#define ROWS     1000u
#define OVERHEAD (24u << 20) /* bytes a job needs whatever it does */

typedef struct {
    UmkItems *items[UMK_N_MODALITIES];
    gsize n[UMK_N_MODALITIES];
} Sample;

static void
sample_clear(Sample *sample)
{
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        g_clear_pointer(&sample->items[m], umk_items_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

static guint64
resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size = 0, pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &pages) != 2)
        pages = 0;
    fclose(file);
    return (guint64) pages * (guint64) sysconf(_SC_PAGESIZE);
}

/* The first, then ever more seldom, so that a folder's end is looked at as well. */
static gboolean
sample_file(const char *path, UmkModality modality, gpointer data)
{
    Sample *sample = data;
    gsize n = sample->n[modality]++;
    g_autoptr(UmkItem) item = NULL;

    if (umk_app_intake_is_table(path)) {
        g_autoptr(UmkAppTable) table = umk_app_table_preview(path, NULL, NULL);

        sample->n[modality] += table != NULL ? table->n_rows - 1 : 0;
        for (guint r = 0; table != NULL && r < table->rows->len; r++) {
            g_autoptr(UmkItem) row =
                umk_app_import_make_item(table, table->roles, table->rows->pdata[r], r);

            if (row != NULL &&
                umk_items_get_n_items(sample->items[modality]) < 2 * SAMPLES)
                umk_items_append(sample->items[modality], row);
        }
        return TRUE;
    }
    if (modality == UMK_MODALITY_GRAPH ||
        umk_items_get_n_items(sample->items[modality]) >= SAMPLES || (n & (n - 1)) != 0)
        return TRUE;
    item = umk_item_new_for_file(modality, path);
    if (modality == UMK_MODALITY_TEXT) {
        g_autofree char *text = NULL;
        g_autofree char *valid = NULL;
        gsize size;

        if (!g_file_get_contents(path, &text, &size, NULL) || size == 0)
            return TRUE;
        valid = g_utf8_make_valid(text, (gssize) MIN(size, 8192u));
        g_clear_pointer(&item, umk_item_unref);
        item = umk_item_new_for_text(valid);
    }
    umk_items_append(sample->items[modality], item);
    return TRUE;
}

static void
take_sample(Sample *sample, const UmkAppIntake *intake, GCancellable *cancellable)
{
    gsize n_unknown;

    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        sample->items[m] = umk_items_new();
    if (intake->table == NULL) {
        umk_app_intake_walk((const char *const *) intake->paths, sample_file, sample,
                            &n_unknown, cancellable);
        return;
    }
    for (guint r = 0; r < intake->table->rows->len; r++) {
        g_autoptr(UmkItem) item = umk_app_import_make_item(
            intake->table, intake->table->roles, intake->table->rows->pdata[r], r);
        UmkModality modality = item ? umk_item_get_modality(item) : UMK_MODALITY_TEXT;

        if (item != NULL)
            umk_items_append(sample->items[modality], item);
        sample->n[modality]++;
    }
    /* the rows that were not seen are as those that were */
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        sample->n[m] = sample->n[m] * intake->table->n_rows / intake->table->rows->len;
}

static double
time_embedding(UmkModel *model, UmkItems *items, GCancellable *cancellable)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    gint64 begin = g_get_monotonic_time();
    g_autoptr(UmkMatrix) matrix =
        umk_model_embed_each(model, items, failures, cancellable, NULL, NULL, NULL);

    return (double) (g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
}

static UmkModel *
load_model(const char *target, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkCollection) collection =
        target != NULL ? umk_collection_open(target, UMK_OPEN_READ, error) : NULL;

    if (target == NULL)
        return umk_model_load(umk_registry_get_default(), "starter", NULL, cancellable,
                              error);
    return collection != NULL
               ? umk_collection_load_model(collection, umk_registry_get_default(),
                                           UMK_MODALITY_TEXT, cancellable, error)
               : NULL;
}

static gboolean
measure_items(UmkAppEstimate *self,
              const UmkAppIntake *intake,
              const char *target,
              GCancellable *cancellable,
              GError **error)
{
    g_auto(Sample) sample = {0};
    guint64 before = resident(), after;
    gint64 begin = g_get_monotonic_time();
    g_autoptr(UmkModel) model = NULL;

    take_sample(&sample, intake, cancellable);
    model = load_model(target, cancellable, error);
    if (model == NULL)
        return FALSE;
    self->seconds = (double) (g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        gsize n = umk_items_get_n_items(sample.items[m]);
        double first, second;

        self->n_items += sample.n[m];
        if (n == 0 || !umk_model_has_modality(model, (UmkModality) m))
            continue;
        /* the first time loads what this modality needs */
        first = time_embedding(model, sample.items[m], cancellable);
        second = time_embedding(model, sample.items[m], cancellable);
        self->seconds +=
            MAX(first - second, 0) + second / (double) n * (double) sample.n[m];
        self->n_measured += n;
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
    }
    after = resident();
    self->memory = OVERHEAD + (after > before ? after - before : 0) +
                   self->n_items * (umk_model_get_n_dims(model) * sizeof(float));
    return TRUE;
}

/* The size of a row by the file's beginning: enough for an npy, whose rows are all alike,
 * and near for text. */
static gboolean
measure_vectors(UmkAppEstimate *self, const UmkAppIntake *intake, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-estimate-XXXXXX", error);
    g_autofree char *sample = NULL;
    g_autofree char *path = NULL;
    g_autofree float *numbers = g_new0(float, ROWS * 300);
    g_autoptr(UmkMatrix) matrix = NULL;
    UmkAppIntake some = {.kind = UMK_APP_INTAKE_VECTORS, .name = (char *) "estimate"};
    char *paths[2] = {NULL, NULL};
    gint64 begin;
    gsize n_added = 0;
    double bytes;

    if (folder == NULL)
        return FALSE;
    sample = g_build_filename(folder, "sample.npy", NULL);
    path = g_build_filename(folder, "sample.ume", NULL);
    for (gsize i = 0; i < ROWS * 300; i++)
        numbers[i] = (float) ((i * 2654435761u >> 8) % 1000) / 1000.0f + 0.001f;
    matrix = umk_matrix_new_from_data(ROWS, 300, numbers, error);
    paths[0] = sample;
    some.paths = paths;
    begin = g_get_monotonic_time();
    if (matrix != NULL && umk_vectors_write(sample, matrix, NULL, "f32", error))
        umk_app_import_vectors(&some, path, &n_added, NULL, NULL, NULL, error);
    bytes = (double) ROWS * 300 * sizeof(float);
    self->seconds = (double) (g_get_monotonic_time() - begin) / G_USEC_PER_SEC *
                    (double) intake->n_bytes / bytes;
    self->memory = OVERHEAD + intake->n_bytes;
    self->n_measured = n_added;
    umk_app_import_remove(folder);
    return n_added > 0;
}

UmkAppEstimate *
umk_app_estimate_new(const UmkAppIntake *intake,
                     const char *target,
                     GCancellable *cancellable,
                     GError **error)
{
    g_autofree UmkAppEstimate *self = g_new0(UmkAppEstimate, 1);
    gboolean ok = intake->kind == UMK_APP_INTAKE_VECTORS
                      ? measure_vectors(self, intake, error)
                      : measure_items(self, intake, target, cancellable, error);

    self->room = umk_get_available_memory();
    return ok ? g_steal_pointer(&self) : NULL;
}

char *
umk_app_estimate_format_time(double seconds)
{
    if (seconds < 90)
        return g_strdup_printf(_("%.0f s"), MAX(1, ceil(seconds)));
    if (seconds < 5400)
        return g_strdup_printf(_("%.0f min"), ceil(seconds / 60));
    return g_strdup_printf(_("%.1f h"), seconds / 3600);
}

char *
umk_app_estimate_describe(const UmkAppEstimate *self)
{
    g_autofree char *time = umk_app_estimate_format_time(self->seconds);
    g_autofree char *memory = g_format_size(self->memory);
    g_autofree char *room = g_format_size(self->room);

    if (self->memory > self->room)
        /* Translators: a time, an amount of memory that is needed and one that is free */
        return g_strdup_printf(_("about %s, %s, but only %s is free: close what else is "
                                 "open, or take fewer items"),
                               time, memory, room);

    /* Translators: a time and an amount of memory, as in "about 40 s, 350 MB" */
    return g_strdup_printf(_("about %s, %s"), time, memory);
}
