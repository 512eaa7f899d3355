/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loaded model as the facade sees it: a tower a modality, each loaded when first used.
 */
#pragma once

#include "core/umk-run-private.h"
#include "space/umk-meter-private.h"

typedef struct {
    const UmkEmbedderOps *ops;
    gpointer model; /* what ops->model_load returned */
    gsize n_dims;
} UmkTower;

const UmkTower *
_umk_model_get_tower(UmkModel *self, UmkModality modality, UmkRun *run, GError **error);
/* The folder a tower is read from, or NULL; the model's options. */
const char *_umk_model_get_folder(UmkModel *self, UmkModality modality);
UmkParams *_umk_model_get_params(UmkModel *self);
/* The options it was loaded with, as umk_params_to_json() writes them. */
char *_umk_model_dup_params(UmkModel *self);
/* Whether a tower of any modality can be used; loads them until one can. */
gboolean _umk_model_any_tower(UmkModel *self);
/* The meter of a modality, read when it is first asked for; NULL without an error where
 * the folder has none. */
const UmkMeter *
_umk_model_get_meter(UmkModel *self, UmkModality modality, GError **error);
char *_umk_model_name_meter(UmkModality modality);
