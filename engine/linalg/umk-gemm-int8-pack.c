/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantised weights in the layout of the kernels: panels of 16 outputs, four neighbouring
 * k side by side, as the dot product instructions want them. For AVX2 the quads of a
 * panel are put in another order, those first that may be summed in pairs of 16 bits.
 * Sums of whole numbers are exact in any order, so this changes no result. */
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-int8-kernels-private.h"

#define TINY      1e-30f /* a row of weights below this is zero */
#define QUAD      (UMK_GEMM_COLUMNS * 4)
#define N_LANES   (2 * UMK_GEMM_COLUMNS) /* sums of two neighbouring products in a quad */
#define MAX_QUADS (UMK_GEMM_INT8_MAX_K / 4)
#define N_TRIES   16 /* partners that are looked at for each quad */

UmkPackedInt8 *
_umk_packed_int8_new_empty(gsize n, gsize k)
{
    gsize panels = MAX((n + UMK_GEMM_COLUMNS - 1) / UMK_GEMM_COLUMNS, 1);
    gsize padded = panels * UMK_GEMM_COLUMNS, quads = (k + 3) / 4, size;
    UmkPackedInt8 *self;

    g_assert(k <= UMK_GEMM_INT8_MAX_K);
    if (!_umk_size_mul(padded, MAX(4 * quads, 4), &size))
        return NULL;
    self = g_new0(UmkPackedInt8, 1);
    self->n = n;
    self->k = k;
    self->quads = quads;
    self->kind = _umk_gemm_int8_get_kind();
    self->data = _umk_alloc_aligned(size, 1, "packed weights", NULL);
    self->scales = _umk_alloc_aligned(padded, sizeof(float), "scales", NULL);
    self->sums = _umk_alloc_aligned(padded, sizeof(gint32), "sums of weights", NULL);
    self->n_paired = g_try_new0(guint16, panels);
    self->n_filled = g_try_new0(guint8, panels);
    if (self->kind == UMK_GEMM_INT8_AVX2)
        self->order = g_try_new0(guint16, MAX(panels * quads, 1));
    if (self->data == NULL || self->scales == NULL || self->sums == NULL ||
        self->n_paired == NULL || self->n_filled == NULL ||
        (self->kind == UMK_GEMM_INT8_AVX2 && self->order == NULL)) {
        _umk_packed_int8_free(self);
        return NULL;
    }
    memset(self->data, 0, size);
    memset(self->scales, 0, padded * sizeof(float));
    memset(self->sums, 0, padded * sizeof(gint32));
    return self;
}

void
_umk_packed_int8_free(UmkPackedInt8 *self)
{
    if (self == NULL)
        return;
    _umk_free_aligned(self->data);
    _umk_free_aligned(self->scales);
    _umk_free_aligned(self->sums);
    g_free(self->order);
    g_free(self->n_paired);
    g_free(self->n_filled);
    g_free(self);
}

float
_umk_quantize_weights(const float *w, gsize k, gint8 *q)
{
    float most = 0, check = 0, inverse;

    for (gsize i = 0; i < k; i++) {
        most = MAX(most, fabsf(w[i]));
        check += w[i] * 0.0f;
    }
    most += check;
    if (!(most > TINY)) {
        memset(q, 0, k);
        return most * 0.0f;
    }
    inverse = 127.0f / most;
    for (gsize i = 0; i < k; i++) {
        /* What is added here rounds as rintf() does, and leaves the whole number in the
         * low bits. */
        float moved = w[i] * inverse + 0x1.8p23f;
        guint32 bits;

        memcpy(&bits, &moved, sizeof bits);
        q[i] = (gint8) (bits & 0xff);
    }
    return most / 127.0f;
}

/* What the sums of a quad's neighbouring weights can come to, sign aside. */
typedef struct {
    guint8 lanes[N_LANES];
    guint8 most;
    guint16 quad;
} Reach;

static void
find_reach(const gint8 *w, gsize quad, Reach *reach)
{
    reach->quad = (guint16) quad;
    reach->most = 0;
    for (gsize lane = 0; lane < N_LANES; lane++) {
        reach->lanes[lane] = (guint8) (ABS(w[2 * lane]) + ABS(w[2 * lane + 1]));
        reach->most = MAX(reach->most, reach->lanes[lane]);
    }
}

static int
compare_reach(gconstpointer a, gconstpointer b)
{
    const Reach *x = a, *y = b;

    return x->most != y->most ? (int) y->most - (int) x->most
                              : (int) x->quad - (int) y->quad;
}

static gboolean
fit_together(const Reach *a, const Reach *b)
{
    gint most = 0;

    for (gsize lane = 0; lane < N_LANES; lane++)
        most = MAX(most, a->lanes[lane] + b->lanes[lane]);
    return most <= UMK_INT8_MAX_PAIR;
}

/* Each quad, the far-reaching ones first, takes a partner from the other end of the list;
 * order gets the pairs and then those that are left. Returns how many are in pairs: 99 of
 * 100 of normally distributed weights. */
static guint16
find_pairs(Reach *reach, gsize quads, guint16 *order)
{
    g_autofree guint16 *left = g_new(guint16, MAX(quads, 1));
    gsize n = quads, n_paired = 0, n_single = 0;

    qsort(reach, quads, sizeof *reach, compare_reach);
    for (gsize i = 0; i < quads; i++)
        left[i] = (guint16) i;
    for (gsize at = 0; at < n; at++) {
        const Reach *one = &reach[left[at]];
        gsize partner = 0;

        for (gsize back = 1; back <= N_TRIES && n - back > at; back++) {
            if (fit_together(one, &reach[left[n - back]])) {
                partner = n - back;
                break;
            }
        }
        if (partner == 0) {
            order[quads - ++n_single] = one->quad;
            continue;
        }
        order[n_paired++] = one->quad;
        order[n_paired++] = reach[left[partner]].quad;
        memmove(left + partner, left + partner + 1, (n - partner - 1) * sizeof *left);
        n--;
    }
    return (guint16) n_paired;
}

/* Puts a finished panel into the order of its pairs. */
static void
arrange_panel(UmkPackedInt8 *self, gsize panel)
{
    g_autofree Reach *reach = g_new(Reach, MAX(self->quads, 1));
    gint8 *data = self->data + panel * self->quads * QUAD;
    guint16 *order = self->order + panel * self->quads;
    g_autofree gint8 *copy = g_memdup2(data, self->quads * QUAD);

    for (gsize quad = 0; quad < self->quads; quad++)
        find_reach(data + quad * QUAD, quad, &reach[quad]);
    self->n_paired[panel] = find_pairs(reach, self->quads, order);
    for (gsize i = 0; i < self->quads; i++)
        memcpy(data + i * QUAD, copy + order[i] * QUAD, QUAD);
}

void
_umk_packed_int8_fill(UmkPackedInt8 *self, gsize first, const float *w, gsize n_rows)
{
    gint8 q[UMK_GEMM_INT8_MAX_K + 4] = {0};

    g_assert(first + n_rows <= self->n);
    for (gsize row = 0; row < n_rows; row++) {
        gsize at = first + row, panel = at / UMK_GEMM_COLUMNS;
        gsize column = at % UMK_GEMM_COLUMNS;
        gint8 *to = self->data + panel * self->quads * QUAD + column * 4;
        gint32 sum = 0;

        self->scales[at] = _umk_quantize_weights(w + row * self->k, self->k, q);
        for (gsize quad = 0; quad < self->quads; quad++)
            memcpy(to + quad * QUAD, q + 4 * quad, 4);
        for (gsize i = 0; i < self->k; i++)
            sum += q[i];
        self->sums[at] = sum;
        self->n_filled[panel]++;
        if (self->order != NULL &&
            self->n_filled[panel] ==
                MIN(self->n - panel * UMK_GEMM_COLUMNS, UMK_GEMM_COLUMNS))
            arrange_panel(self, panel);
    }
}
