/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loop of UMAP's layout: which edges are due, and a step along them. Eight
 * events are computed side by side from the places as they stood, then applied one after
 * the other. There is one definition of the arithmetic, eight lanes with every product
 * and sum rounded by itself, compiled for several instruction sets: the same bits come
 * out of all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_UMAP_LANES 8
/* Floats from one place to the next in two and in three dimensions. */
#define UMK_UMAP_STRIDE(n_dims) ((n_dims) == 2 ? (gsize) 2 : (gsize) 4)

/* densMAP (Narayan, Berger and Cho 2021): what the correlation of local radii adds to an
 * attraction. vertices is (n, 4): weight of the vertex, 1 / exp(its radius), 1 / its sum
 * of phi, 0. */
typedef struct {
    const float *vertices;
    const float *weights; /* of the edges that events count in */
    float scale;          /* 2 lambda mu / (n std) */
} UmkUmapDensity;

typedef struct {
    float *places;         /* (n, stride) */
    const guint32 *heads;  /* of the edges that events count in */
    const guint32 *tails;  /* likewise */
    const guint32 *events; /* (n_events, then 8 more that are read), numbers of edges */
    gsize n_events;
    gboolean one_by_one; /* for sets so small that eight events would meet */
    guint32 other_first; /* the block that far points are drawn from */
    guint32 other_count; /* 1 to 65536 */
    guint n_negatives;
    float a, b;
    float repulsion;
    float rate;
    guint32 state[UMK_UMAP_LANES]; /* none is 0 */
    const UmkUmapDensity *density; /* or NULL */
} UmkUmapStep;

typedef struct {
    /* Edge i is due in an epoch when epoch * increment[i] + phase, with the phase taken
     * from its number first + i, has just gone round 32 bits: increment / 2^32 of all
     * epochs. Writes the numbers of those due to events (n) and returns how many. */
    gsize (*collect)(const guint32 *increments,
                     gsize n,
                     guint32 epoch,
                     guint32 first,
                     guint32 *events);
    void (*step_2d)(const UmkUmapStep *step);
    void (*step_3d)(const UmkUmapStep *step);
} UmkUmapKernels;

extern const UmkUmapKernels _umk_umap_kernels_plain;
#if defined(__x86_64__)
extern const UmkUmapKernels _umk_umap_kernels_avx2;
extern const UmkUmapKernels _umk_umap_kernels_avx512;
#endif

/* What this processor runs best; a test may put another in its place. */
const UmkUmapKernels *_umk_umap_get_kernels(void);
void _umk_umap_set_kernels(const UmkUmapKernels *kernels);

G_END_DECLS
