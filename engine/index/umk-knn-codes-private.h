/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows in seven bits a dimension, one step size for all, so that a squared distance of
 * codes is a squared Euclidean distance up to a factor. They find candidates, which the
 * vectors themselves then put in order: a quarter of the memory traffic, and whole
 * numbers, which are the same on every processor. */
#pragma once

#include "index/umk-knn-rows-private.h"

G_BEGIN_DECLS

/* More dimensions could overflow a sum: 127^2 * 131072 < 2^31. */
#define UMK_KNN_MAX_DIMS 131072

typedef struct {
    gsize n;
    gsize n_dims;
    gsize width;    /* bytes of a row: n_dims and zeros up to a multiple of 32 */
    guint8 *codes;  /* (n, width), 0 to 127 */
    float *offsets; /* (n_dims), what code 0 stands for */
    float scale;    /* codes per unit */
} UmkKnnCodes;

gboolean _umk_knn_codes_init(UmkKnnCodes *self,
                             const UmkKnnRows *rows,
                             UmkRun *run,
                             GError **error);
void _umk_knn_codes_clear(UmkKnnCodes *self);
/* One row (n_dims) as a code (width). */
void _umk_knn_codes_encode(const UmkKnnCodes *self, const float *row, guint8 *code);

static inline const guint8 *
_umk_knn_codes_get(const UmkKnnCodes *self, gsize row)
{
    return self->codes + row * self->width;
}

/* Kernels; width is a multiple of 32. They give the same numbers on any processor. */
typedef struct {
    guint32 (*distance)(const guint8 *a, const guint8 *b, gsize width);
    /* a with each of four rows, to out (4) */
    void (*distance_4)(const guint8 *a,
                       const guint8 *const *b,
                       gsize width,
                       guint32 *out);
    gint32 (*project)(const guint8 *code, const gint8 *normal, gsize width);
} UmkKnnKernels;

const UmkKnnKernels *_umk_knn_kernels(gboolean plain);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkKnnCodes, _umk_knn_codes_clear)

G_END_DECLS
