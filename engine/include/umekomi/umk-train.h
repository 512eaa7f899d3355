/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trainers that make vectors from data: node2vec. */
#ifndef UMK_TRAIN_H
#define UMK_TRAIN_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

const UmkParamSpec *umk_train_get_node2vec_params(gsize *n_specs);
UmkMatrix *umk_train_node2vec(UmkItem *graph,
                              UmkParams *params,
                              UmkItems **nodes,
                              GCancellable *cancellable,
                              UmkProgressFunc progress,
                              gpointer progress_data,
                              GError **error);

G_END_DECLS

#endif
