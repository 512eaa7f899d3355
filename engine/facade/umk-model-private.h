/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loaded model as the facade sees it: a tower a modality, each loaded when first used.
 */
#pragma once

#include "core/umk-run-private.h"

/* The folder a tower is read from, or NULL; the model's options. */
const char *_umk_model_get_tower_folder(UmkModel *self, UmkModality modality);
UmkParams *_umk_model_get_params(UmkModel *self);

typedef struct {
    const UmkEmbedderOps *ops;
    gpointer model; /* what ops->model_load returned */
    gsize n_dims;
} UmkTower;

const UmkTower *
_umk_model_get_tower(UmkModel *self, UmkModality modality, UmkRun *run, GError **error);
