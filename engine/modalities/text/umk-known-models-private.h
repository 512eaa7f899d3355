/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the makers of well-known text models say on their model cards and in no file that
 * a program could read: the words to put before a text for each task, and to which
 * lengths a vector may be cut. Nothing here is applied by itself; it is looked up when a
 * task or a shorter vector is asked for and the folder is silent. */
#pragma once

#include <umekomi/umk-types.h>

typedef enum {
    UMK_TEXT_TASK_QUERY,
    UMK_TEXT_TASK_DOCUMENT,
    UMK_TEXT_TASK_CLASSIFICATION,
    UMK_TEXT_TASK_CLUSTERING,
    UMK_TEXT_TASK_SIMILARITY
} UmkTextTask;

#define UMK_TEXT_N_TASKS 5
#define UMK_KNOWN_N_DIMS 8

typedef struct {
    const char *title;
    /* Parts of lower-case names, NULL-terminated; NULL: known by model_type alone. */
    const char *const *names;
    const char *model_type; /* of config.json; NULL: any */
    /* one a task; "": nothing is put before, NULL: not trained for it */
    const char *prefixes[UMK_TEXT_N_TASKS];
    guint32 dims[UMK_KNOWN_N_DIMS]; /* 0-terminated */
    guint32 least;                  /* any length from here on; 0: only those listed */
    gboolean norm_before_cut;       /* layer norm over the whole vector first */
} UmkKnownModel;

/* By the names a folder goes by (a NULL-terminated list, any case) and its model_type. */
const UmkKnownModel *_umk_known_model_find(const char *const *names,
                                           const char *model_type);
