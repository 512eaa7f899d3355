/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model is and whether it is sound, without embedding anything of one's own. */
#ifndef UMK_MODEL_INFO_H
#define UMK_MODEL_INFO_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

char *umk_model_dup_card(UmkModel *self, GCancellable *cancellable, GError **error);
char *umk_model_check(UmkModel *self,
                      const char *reference,
                      GCancellable *cancellable,
                      UmkProgressFunc progress,
                      gpointer progress_data,
                      GError **error);
double umk_model_count_operations(UmkModel *self, UmkModality modality, gsize n_tokens);
UmkItem *umk_item_new_sample(UmkModality modality, guint variant);
double umk_measure_peak(const char *precision);

G_END_DECLS

#endif
