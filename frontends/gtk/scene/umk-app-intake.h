/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was dropped on the window, recognised: by its name, and by its first bytes where
 * the name says too little. Looks only; work for a job, since folders may be deep. */
#pragma once

#include <umekomi/umekomi.h>

#include "umk-app-table.h"

G_BEGIN_DECLS

typedef enum {
    UMK_APP_INTAKE_UNKNOWN,
    UMK_APP_INTAKE_COLLECTION,
    UMK_APP_INTAKE_VECTORS, /* made already: npy with names, word vectors */
    UMK_APP_INTAKE_TABLE,   /* one: its columns are asked for */
    UMK_APP_INTAKE_FILES    /* folders, media, texts, graphs, several tables */
} UmkAppIntakeKind;

typedef struct {
    UmkAppIntakeKind kind;
    char **paths;       /* what is known; those of vectors: the file alone */
    char **arrays;      /* of vectors: names, if the file has several to choose from */
    char *array;        /* the chosen one, or NULL */
    char *names_path;   /* of vectors: a file with what the rows are called, or NULL */
    char *name;         /* for a new collection */
    UmkAppTable *table; /* of a table */
    gsize n_files[UMK_N_MODALITIES]; /* tables count as one text */
    gsize n_unknown;
    guint64 n_bytes; /* of all files */
} UmkAppIntake;

UmkAppIntake *
umk_app_intake_new(const char *const *paths, GCancellable *cancellable, GError **error);
void umk_app_intake_free(UmkAppIntake *self);
/* Where the vectors are: the file, or an array of it as umk_vectors_read() takes it. */
char *umk_app_intake_dup_vectors_path(const UmkAppIntake *self);
/* "312 pictures, 20 sounds" */
char *umk_app_intake_describe(const UmkAppIntake *self);

/* Calls func for every file under paths that a modality is known for. */
typedef gboolean (*UmkAppIntakeFunc)(const char *path,
                                     UmkModality modality,
                                     gpointer data);
void umk_app_intake_walk(const char *const *paths,
                         UmkAppIntakeFunc func,
                         gpointer data,
                         gsize *n_unknown,
                         GCancellable *cancellable);
gboolean umk_app_intake_is_table(const char *path);
gboolean umk_app_intake_is_vectors(const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppIntake, umk_app_intake_free)

G_END_DECLS
