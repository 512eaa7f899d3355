/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantised weights in the layout of the kernels: panels of 16 outputs, four neighbouring
 * k side by side, as the dot product instructions want them. For AVX2 the quads of a
 * panel are put in another order, those first that may be summed four by four in 16 bits,
 * then those that may in pairs. Sums of whole numbers are exact in any order, so this
 * changes no result. */
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-int8-kernels-private.h"

#define TINY      1e-30f /* a row of weights below this is zero */
#define QUAD      (UMK_GEMM_COLUMNS * 4)
#define N_LANES   (2 * UMK_GEMM_COLUMNS) /* sums of two neighbouring products in a quad */
#define N_SIGNS   (2 * N_LANES) /* of the positive weights, of the negative ones */
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
    self->data = _umk_alloc_lasting(size, 1, "packed weights", NULL);
    self->scales = _umk_alloc_aligned(padded, sizeof(float), "scales", NULL);
    self->sums = _umk_alloc_aligned(padded, sizeof(gint32), "sums of weights", NULL);
    self->n_fours = g_try_new0(guint16, panels);
    self->n_paired = g_try_new0(guint16, panels);
    self->n_filled = g_try_new0(guint8, panels);
    if (self->kind == UMK_GEMM_INT8_AVX2)
        self->order = g_try_new0(guint16, MAX(panels * quads, 1));
    if (self->data == NULL || self->scales == NULL || self->sums == NULL ||
        self->n_fours == NULL || self->n_paired == NULL || self->n_filled == NULL ||
        (self->kind == UMK_GEMM_INT8_AVX2 && self->order == NULL)) {
        _umk_packed_int8_free(self);
        return NULL;
    }
    return self;
}

void
_umk_packed_int8_free(UmkPackedInt8 *self)
{
    if (self == NULL)
        return;
    _umk_free_lasting(self->data);
    _umk_free_aligned(self->scales);
    _umk_free_aligned(self->sums);
    g_free(self->order);
    g_free(self->n_fours);
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

/* How far the sums of a quad's neighbouring weights go, those above zero and those below
 * apart: input is never negative, so they do not add up. */
typedef struct {
    gint16 lanes[N_SIGNS];
    gint16 most;
    guint16 quad;
} Reach;

static void
find_reach(const gint8 *w, gsize quad, Reach *reach)
{
    reach->quad = (guint16) quad;
    reach->most = 0;
    for (gsize lane = 0; lane < N_LANES; lane++) {
        int a = w[2 * lane], b = w[2 * lane + 1];

        reach->lanes[lane] = (gint16) (MAX(a, 0) + MAX(b, 0));
        reach->lanes[N_LANES + lane] = (gint16) (MAX(-a, 0) + MAX(-b, 0));
        reach->most =
            MAX(reach->most, MAX(reach->lanes[lane], reach->lanes[N_LANES + lane]));
    }
}

static int
compare_reach(gconstpointer a, gconstpointer b)
{
    const Reach *x = a, *y = b;

    return x->most != y->most ? (int) y->most - (int) x->most
                              : (int) x->quad - (int) y->quad;
}

static gint16
reach_of_sum(const Reach *a, const Reach *b)
{
    gint16 most = 0;

    for (gsize lane = 0; lane < N_SIGNS; lane++) {
        gint16 sum = (gint16) (a->lanes[lane] + b->lanes[lane]);

        most = MAX(most, sum);
    }
    return most;
}

/* Quads that have no place yet, the far-reaching ones first. */
typedef struct {
    const Reach *reach;
    guint16 *left; /* indices into reach */
    gsize n;
} Waiting;

static guint16
take(Waiting *self, gsize at)
{
    guint16 index = self->left[at];

    self->n--;
    memmove(self->left + at, self->left + at + 1, (self->n - at) * sizeof *self->left);
    return index;
}

/* Takes the one of at most N_TRIES from first on that reaches least together with sum,
 * and adds it there; FALSE when none fits. */
static gboolean
take_best(Waiting *self, gsize first, Reach *sum, guint16 *index)
{
    gint16 least = UMK_INT8_MAX_REACH + 1;
    gsize best = 0;

    for (gsize at = first; at < MIN(first + N_TRIES, self->n); at++) {
        gint16 most = reach_of_sum(sum, &self->reach[self->left[at]]);

        if (most < least) {
            least = most;
            best = at;
        }
    }
    if (least > UMK_INT8_MAX_REACH)
        return FALSE;
    *index = take(self, best);
    for (gsize lane = 0; lane < N_SIGNS; lane++)
        sum->lanes[lane] += self->reach[*index].lanes[lane];
    return TRUE;
}

/* The first that waits and size - 1 partners, the last of them from the end of the list;
 * the quads' numbers go to order. Otherwise the first alone goes to *single, and those
 * already chosen wait at the end. */
static gboolean
find_group(Waiting *self, gsize size, guint16 *order, guint16 *single)
{
    guint16 members[4];
    Reach sum;
    gsize n = 1;

    members[0] = take(self, 0);
    sum = self->reach[members[0]];
    for (; n < size; n++) {
        gsize first = n + 1 < size        ? (self->n * (n - 1)) / 2
                      : self->n > N_TRIES ? self->n - N_TRIES
                                          : 0;

        if (!take_best(self, first, &sum, &members[n]))
            break;
    }
    if (n < size) {
        *single = members[0];
        for (gsize i = 1; i < n; i++)
            self->left[self->n++] = members[i];
        return FALSE;
    }
    for (gsize i = 0; i < size; i++)
        order[i] = self->reach[members[i]].quad;
    return TRUE;
}

/* As many groups of size as are found; those that are in none wait again, in the old
 * order. Returns how many quads are in groups. */
static gsize
find_groups(Waiting *self, gsize size, guint16 *order)
{
    g_autofree guint16 *singles = g_new(guint16, MAX(self->n, 1));
    gsize n = 0, n_singles = 0;

    while (self->n >= size) {
        if (find_group(self, size, order + n, &singles[n_singles]))
            n += size;
        else
            n_singles++;
    }
    memmove(self->left + n_singles, self->left, self->n * sizeof *self->left);
    memcpy(self->left, singles, n_singles * sizeof *singles);
    self->n += n_singles;
    return n;
}

/* Puts a finished panel into the order of its groups: of normally distributed weights
 * eight of ten quads or more are in fours. */
static void
arrange_panel(UmkPackedInt8 *self, gsize panel)
{
    g_autofree Reach *reach = g_new(Reach, MAX(self->quads, 1));
    gint8 *data = self->data + panel * self->quads * QUAD;
    guint16 *order = self->order + panel * self->quads;
    g_autofree gint8 *copy = g_memdup2(data, self->quads * QUAD);

    g_autofree guint16 *left = g_new(guint16, MAX(self->quads, 1));
    Waiting waiting = {reach, left, self->quads};
    gsize n;

    for (gsize quad = 0; quad < self->quads; quad++) {
        find_reach(data + quad * QUAD, quad, &reach[quad]);
        left[quad] = (guint16) quad;
    }
    qsort(reach, self->quads, sizeof *reach, compare_reach);
    n = find_groups(&waiting, 4, order);
    self->n_fours[panel] = (guint16) n;
    self->n_paired[panel] = (guint16) find_groups(&waiting, 2, order + n);
    n += self->n_paired[panel];
    for (gsize i = 0; i < waiting.n; i++)
        order[n + i] = reach[left[i]].quad;
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
