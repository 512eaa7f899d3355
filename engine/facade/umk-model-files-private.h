/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small readers of a model folder's files that describing, checking and counting share.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "facade/umk-model-private.h"
#include "io/umk-safetensors-private.h"

/* The folders of a model's towers, each once. */
char **_umk_model_list_folders(UmkModel *self);

/* A JSON file of a folder; NULL without an error where it is missing or unreadable:
 * whoever needs it for more than a description has said so when the model was loaded. */
JsonParser *_umk_model_read_json(const char *folder, const char *name, JsonObject **root);

/* Paths of the weights of a folder and of its subfolders one level down. */
char **_umk_model_list_weights(const char *folder);

typedef struct {
    char *path;
    GMappedFile *map;
    GPtrArray *tensors; /* UmkTensor */
} UmkWeightsFile;

/* The header of a safetensors file, checked, and its bytes. */
gboolean _umk_weights_file_open(UmkWeightsFile *self, const char *path, GError **error);
void _umk_weights_file_close(UmkWeightsFile *self);
/* The bytes of one tensor. */
const guint8 *_umk_weights_file_data(const UmkWeightsFile *self, const UmkTensor *tensor);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkWeightsFile, _umk_weights_file_close)
