/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of vectors as the engine uses it: keys are digests, values are rows of
 * float32. A miss is always right: whatever is wrong with the file, the answer is a miss.
 * Calls may come from any thread. */
#pragma once

#include <umekomi/umk-vector-cache.h>

#define UMK_VECTOR_CACHE_KEY 32 /* bytes of a key */

/* Writes n_dims numbers on a hit. */
gboolean _umk_vector_cache_get(UmkVectorCache *self,
                               const guint8 *key,
                               gsize n_dims,
                               float *vector);
void _umk_vector_cache_put(UmkVectorCache *self,
                           const guint8 *key,
                           gsize n_dims,
                           const float *vector);
/* Many of the above are faster between these two. */
void _umk_vector_cache_begin(UmkVectorCache *self);
void _umk_vector_cache_end(UmkVectorCache *self);
