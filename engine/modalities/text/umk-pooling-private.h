/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token vectors to one vector, by the modes of sentence-transformers. Several modes at
 * once are laid side by side: in the order that library uses, or in the order in which a
 * newer file or an option lists them. */
#pragma once

#include <json-glib/json-glib.h>

#include <umekomi/umk-types.h>

typedef enum {
    UMK_POOLING_CLS = 1 << 0,
    UMK_POOLING_MAX = 1 << 1,
    UMK_POOLING_MEAN = 1 << 2,
    UMK_POOLING_MEAN_SQRT = 1 << 3,
    UMK_POOLING_WEIGHTED_MEAN = 1 << 4,
    UMK_POOLING_LAST = 1 << 5
} UmkPoolingModes;

#define UMK_POOLING_N_MODES 6

typedef struct {
    guint modes; /* UmkPoolingModes */
    gboolean include_prompt;
    guint order[UMK_POOLING_N_MODES]; /* all zero: as the modes stand above */
} UmkPooling;

/* 1_Pooling/config.json */
gboolean _umk_pooling_read(UmkPooling *self, JsonObject *config, GError **error);
/* A mode by name (mean, cls, last, max, mean_sqrt_len, weightedmean), or several joined
 * by "+". Leaves include_prompt alone. */
gboolean _umk_pooling_from_name(UmkPooling *self, const char *name, GError **error);
/* The reverse, with the names of the option. */
char *_umk_pooling_dup_name(const UmkPooling *self);
gsize _umk_pooling_n_out(const UmkPooling *self, gsize n_dims);
/* hidden (n_tokens, n_dims), n_tokens > 0; the first n_prompt tokens are the prompt's. */
void _umk_pooling_apply(const UmkPooling *self,
                        const float *hidden,
                        gsize n_tokens,
                        gsize n_dims,
                        gsize n_prompt,
                        float *out);
