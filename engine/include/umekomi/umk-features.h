/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signal features with named conventions (MFCC, log-mel, ...). */
#ifndef UMK_FEATURES_H
#define UMK_FEATURES_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

char **umk_features_list(UmkRegistry *registry);
char **umk_features_list_presets(UmkRegistry *registry, const char *feature);
const UmkParamSpec *
umk_features_get_params(UmkRegistry *registry, const char *feature, gsize *n_specs);
UmkMatrix *umk_features_compute(UmkRegistry *registry,
                                const char *feature,
                                const char *preset,
                                UmkItem *item,
                                UmkParams *params,
                                GCancellable *cancellable,
                                GError **error);

G_END_DECLS

#endif
