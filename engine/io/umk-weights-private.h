/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights of a model folder as float arrays looked up by name. F32 tensors are used
 * in place in the mapped file when they lie on a 4-byte border; F16, BF16, F64 and I8
 * with a "NAME.scale" tensor (one number, or one for each row) become float on demand.
 * Looking tensors up belongs to loading: it is for one thread, what it returns is for
 * all. */
#pragma once

#include <umekomi/umk-types.h>

#include "io/umk-safetensors-private.h"

typedef struct _UmkWeights UmkWeights;

/* model.safetensors, or model.safetensors.index.json and the shards it names, or
 * open_clip_model.safetensors. The tensors of an open_clip checkpoint also get the names
 * they have in transformers' CLIPModel (umk-open-clip-private.h). */
UmkWeights *_umk_weights_open_folder(const char *folder, GError **error);
/* Whether the folder's only weights are a pytorch_model.bin, which is a pickle: a program
 * that is run by reading it, so it never is. */
gboolean _umk_weights_are_pickled(const char *folder);
UmkWeights *_umk_weights_open_file(const char *path, GError **error);
/* label stands for the file in messages */
UmkWeights *_umk_weights_new_from_bytes(GBytes *bytes, const char *label, GError **error);
void _umk_weights_free(UmkWeights *self);

/* These take gpointer so that they fit into UmkTensors (nn/umk-layers-private.h). */
gboolean _umk_weights_has(gpointer self, const char *name);
/* Borrowed until the weights are freed or released; shape is checked, and an n_axes of 0
 * with a NULL shape takes any. */
const float *_umk_weights_get(
    gpointer self, const char *name, const gsize *shape, guint n_axes, GError **error);
/* The matrix of F16 or BF16 numbers of this name and shape, for whoever needs few of its
 * rows at a time and not a copy as float. FALSE where get is the way to it. */
gboolean _umk_weights_get_stored(gpointer self,
                                 const char *name,
                                 const gsize shape[2],
                                 UmkStoredRows *rows);
/* Gives back what a conversion allocated, and the pages of a mapped file that nobody
 * needs any more: a tensor that was copied is not in memory twice. */
void _umk_weights_release(gpointer self, const float *data);

/* A tensor as it is stored, for who reads few rows of a large one. */
typedef struct {
    const guint8 *data; /* as long as the weights */
    UmkDType dtype;
    guint n_axes;
    gsize shape[UMK_TENSOR_MAX_AXES];
    gsize n_elements;
} UmkTensorView;

/* Whether the machine has the memory for all the tensors, at so many bytes a number.
 * Asked before a network is bound to them. */
gboolean
_umk_weights_check_memory(UmkWeights *self, gsize bytes_per_number, GError **error);
/* FALSE when there is no such tensor */
gboolean _umk_weights_view(UmkWeights *self, const char *name, UmkTensorView *view);
/* The matrix of F16 or BF16 numbers of this name and shape, for whoever needs few of its
 * rows at a time and not a copy as float. FALSE where get is the way to it. */
gboolean _umk_weights_get_stored(gpointer self,
                                 const char *name,
                                 const gsize shape[2],
                                 UmkStoredRows *rows);
gboolean
_umk_weights_get_shape(UmkWeights *self, const char *name, gsize *shape, guint *n_axes);
/* A tensor as it is stored; NULL when there is no such tensor. */
const UmkTensor *
_umk_weights_find(UmkWeights *self, const char *name, const guint8 **data);
/* The first of the NULL-terminated prefixes under which name exists, or NULL. */
const char *
_umk_weights_find_prefix(UmkWeights *self, const char *name, const char *const *prefixes);

/* For checkpoints that name or lay out their tensors differently. Names are those of all
 * tensors, sorted; release with g_strfreev. */
char **_umk_weights_list(UmkWeights *self);
/* One of n_parts equal parts of the rows of a tensor under a further name; FALSE when its
 * rows cannot be cut so. */
gboolean _umk_weights_add_part(
    UmkWeights *self, const char *name, const char *of, gsize part, gsize n_parts);
/* The same for a matrix with its axes exchanged. */
gboolean _umk_weights_add_transposed(UmkWeights *self, const char *name, const char *of);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkWeights, _umk_weights_free)
