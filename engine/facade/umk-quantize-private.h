/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How good the vectors of a tower are in int8, and which linear maps must stay f32 for
 * them to be good enough: mean cosine to the f32 vectors at least 0.999, smallest at
 * least 0.995, over the items of umk-calibration-private.h. */
#pragma once

#include "core/umk-run-private.h"

#define UMK_QUANTIZATION_FILE "umekomi-quantization.json"

typedef struct {
    GPtrArray *f32_layers; /* names, sorted; empty where int8 is good as it is */
    GHashTable *names;     /* every map that may be int8 -> whether stored transposed */
    double cosine_mean;
    double cosine_min;
} UmkQuantization;

void _umk_quantization_clear(UmkQuantization *self);
/* Loads the tower again and again with other options than params until the bar holds;
 * thorough: then gives back to int8 what does not need f32, one map at a time. */
gboolean _umk_quantization_find(UmkQuantization *self,
                                const UmkEmbedderOps *ops,
                                const char *folder,
                                UmkParams *params,
                                gboolean thorough,
                                UmkRun *run,
                                GError **error);
/* As "f32-layers" wants it. */
char *_umk_quantization_join(const UmkQuantization *self);
/* params with precision and f32-layers replaced. */
UmkParams *_umk_quantization_params(UmkParams *params,
                                    const char *precision,
                                    const char *f32_layers,
                                    GError **error);
/* f32-layers of a folder that says them in umekomi-quantization.json; NULL and no error
 * where there is no such file. */
char *_umk_quantization_read(const char *folder, GError **error);
/* What was found for these files and options before, likewise; NULL: nothing is known. */
char *_umk_quantization_recall(const UmkEmbedderOps *ops,
                               const char *folder,
                               UmkParams *params);
void _umk_quantization_keep(const UmkQuantization *self,
                            const UmkEmbedderOps *ops,
                            const char *folder,
                            UmkParams *params);
/* For fuzzing. */
char *_umk_quantization_parse(const char *data, gsize length, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkQuantization, _umk_quantization_clear)
