/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a head is: a map from the vectors of one model into the space of another, as a
 * list of weight blocks in one array. A head is one file with one UmkHeadOps, and one
 * line in umk-heads.c; the trainer knows none of them by name. */
#pragma once

#include "linalg/umk-solve-private.h"
#include "space/umk-space-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define UMK_HEAD_MAX_BLOCKS 8

typedef struct {
    gsize n_in, n_out;
    gsize n_hidden; /* of heads that have a hidden layer */
} UmkHeadShape;

/* Part of the weights: rows × cols numbers, row-major. */
typedef struct {
    gsize rows, cols;
    gboolean decays; /* weight decay is for maps, not for what is added */
} UmkHeadBlock;

/* Pairs to start from; the vectors as the trainer compares them. */
typedef struct {
    const float *x; /* (n, n_in) */
    const float *y; /* (n, n_out) */
    gsize n;
    UmkRidge *ridge; /* its decomposition, made by the first head that asks, or NULL */
    guint64 seed;
} UmkHeadPairs;

typedef struct {
    const char *name;
    gboolean learns;     /* by gradient; else start() is all there is */
    gboolean has_hidden; /* reads n_hidden of the shape */
    /* How many starts there are to choose from by held-out pairs, e.g. penalties. */
    guint n_starts;
    guint (*list_blocks)(const UmkHeadShape *shape, UmkHeadBlock *blocks);
    gboolean (*start)(const UmkHeadShape *shape,
                      UmkHeadPairs *pairs,
                      guint which,
                      float *weights,
                      GError **error);
    /* out (n, n_out); cache holds n * cache_size numbers that backward() reads. */
    gsize (*cache_size)(const UmkHeadShape *shape);
    void (*forward)(const UmkHeadShape *shape,
                    const float *weights,
                    const float *x,
                    gsize n,
                    float *cache,
                    float *out,
                    GCancellable *cancellable);
    /* gradient is laid out as the weights are, and overwritten. NULL unless it learns. */
    void (*backward)(const UmkHeadShape *shape,
                     const float *weights,
                     const float *x,
                     gsize n,
                     float *cache,
                     const float *d_out, /* (n, n_out) */
                     float *gradient,
                     GCancellable *cancellable);
    /* Sets the maps of an aligner. */
    void (*export)(const UmkHeadShape *shape, const float *weights, UmkAligner *aligner);
} UmkHeadOps;

extern const UmkHeadOps *const _umk_heads[]; /* NULL-terminated */

const UmkHeadOps *_umk_head_find(const char *name);
gsize _umk_head_count_weights(const UmkHeadOps *ops, const UmkHeadShape *shape);

/* What heads that begin with x W + b share: W (n_in, n_out) and b (n_out) come first. */
guint _umk_head_list_affine(const UmkHeadShape *shape, UmkHeadBlock *blocks);
gsize _umk_head_no_cache(const UmkHeadShape *shape);
void _umk_head_forward_affine(const UmkHeadShape *shape,
                              const float *weights,
                              const float *x,
                              gsize n,
                              float *cache,
                              float *out,
                              GCancellable *cancellable);
void _umk_head_backward_affine(const UmkHeadShape *shape,
                               const float *weights,
                               const float *x,
                               gsize n,
                               float *cache,
                               const float *d_out,
                               float *gradient,
                               GCancellable *cancellable);
void _umk_head_export_affine(const UmkHeadShape *shape,
                             const float *weights,
                             UmkAligner *aligner);
/* The ridge solution with the which-th of UMK_HEAD_PENALTIES penalties, a decade apart.
 */
#define UMK_HEAD_PENALTIES 10
double _umk_head_get_penalty(guint which);
gboolean _umk_head_start_ridge(const UmkHeadShape *shape,
                               UmkHeadPairs *pairs,
                               guint which,
                               float *weights,
                               GError **error);

G_END_DECLS
