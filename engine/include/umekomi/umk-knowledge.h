/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a model knows what it is asked about. */
#ifndef UMK_KNOWLEDGE_H
#define UMK_KNOWLEDGE_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

/**
 * UmkKnowledge:
 * @UMK_KNOWLEDGE_UNKNOWN: the model has no meter for this
 * @UMK_KNOWLEDGE_INSIDE: it lies among what the model was taught
 * @UMK_KNOWLEDGE_EDGE: it is farther away than most of what the model can be asked
 * @UMK_KNOWLEDGE_OUTSIDE: the model was taught nothing like it; its answers mean little
 *
 * How far an item is from the concepts that a model was trained on.
 */
typedef enum {
    UMK_KNOWLEDGE_UNKNOWN,
    UMK_KNOWLEDGE_INSIDE,
    UMK_KNOWLEDGE_EDGE,
    UMK_KNOWLEDGE_OUTSIDE
} UmkKnowledge;

const char *umk_knowledge_get_name(UmkKnowledge knowledge);
gboolean umk_model_has_meter(UmkModel *self, UmkModality modality);
gboolean umk_model_judge(UmkModel *self,
                         UmkItem *item,
                         UmkKnowledge *knowledge,
                         double *score,
                         GCancellable *cancellable,
                         GError **error);
const UmkParamSpec *umk_model_get_meter_params(gsize *n_specs);
char *umk_model_make_meter(UmkModel *self,
                           UmkItems *concepts,
                           UmkItems *held_out,
                           UmkItems *strange,
                           const char *file,
                           UmkParams *params,
                           GCancellable *cancellable,
                           UmkProgressFunc progress,
                           gpointer progress_data,
                           GError **error);

G_END_DECLS

#endif
