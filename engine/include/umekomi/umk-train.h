/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trainers: vectors of a graph's nodes, and heads that join two models. */
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

gboolean umk_train_read_pairs(const char *path,
                              char ***from,
                              char ***to,
                              guint64 **lines,
                              gsize *n_pairs,
                              GPtrArray **problems,
                              GError **error);
const UmkParamSpec *umk_train_get_align_params(gsize *n_specs);
gboolean umk_train_align(UmkSpace *space,
                         const char *frame,
                         UmkMatrix *from,
                         UmkMatrix *to,
                         UmkParams *params,
                         const char *checkpoint,
                         char **report,
                         GCancellable *cancellable,
                         UmkProgressFunc progress,
                         gpointer progress_data,
                         GError **error);

char *umk_train_merge(UmkRegistry *registry,
                      const char *const *models,
                      const double *weights,
                      const char *base,
                      const char *folder,
                      GCancellable *cancellable,
                      UmkProgressFunc progress,
                      gpointer progress_data,
                      GError **error);
const UmkParamSpec *umk_train_get_distill_params(gsize *n_specs);
char *umk_train_distill(UmkModel *teacher,
                        UmkItems *texts,
                        const char *folder,
                        UmkParams *params,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error);

G_END_DECLS

#endif
