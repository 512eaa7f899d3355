/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded binary heap for best-of selections; the order is told in the header. */

#include "linalg/umk-topk-private.h"

#include <math.h>

static gboolean
is_worse(float score_a, guint64 row_a, float score_b, guint64 row_b)
{
    return score_a < score_b || (score_a == score_b && row_a > row_b);
}

void
_umk_topk_init(UmkTopK *self, float *scores, guint64 *rows, guint k)
{
    self->scores = scores;
    self->rows = rows;
    self->k = k;
    self->n = 0;
}

static void
sift_down(UmkTopK *self, guint at, guint n, float score, guint64 row)
{
    for (;;) {
        guint child = 2 * at + 1;

        if (child >= n)
            break;
        if (child + 1 < n && is_worse(self->scores[child + 1], self->rows[child + 1],
                                      self->scores[child], self->rows[child]))
            child++;
        if (!is_worse(self->scores[child], self->rows[child], score, row))
            break;
        self->scores[at] = self->scores[child];
        self->rows[at] = self->rows[child];
        at = child;
    }
    self->scores[at] = score;
    self->rows[at] = row;
}

void
_umk_topk_push(UmkTopK *self, float score, guint64 row)
{
    if (isnan(score))
        score = -INFINITY;
    if (self->n < self->k) {
        guint at = self->n++;

        while (at > 0) {
            guint parent = (at - 1) / 2;

            if (!is_worse(score, row, self->scores[parent], self->rows[parent]))
                break;
            self->scores[at] = self->scores[parent];
            self->rows[at] = self->rows[parent];
            at = parent;
        }
        self->scores[at] = score;
        self->rows[at] = row;
    } else if (self->k > 0 && is_worse(self->scores[0], self->rows[0], score, row)) {
        sift_down(self, 0, self->n, score, row);
    }
}

void
_umk_topk_push_run(UmkTopK *self, const float *scores, gsize n, guint64 first_row)
{
    gsize i = 0;

    for (; i < n && self->n < self->k; i++)
        _umk_topk_push(self, scores[i], first_row + i);
    if (self->k == 0)
        return;
    for (; i < n; i++)
        if (scores[i] >= self->scores[0])
            _umk_topk_push(self, scores[i], first_row + i);
}

void
_umk_topk_sort(UmkTopK *self)
{
    for (guint n = self->n; n > 1; n--) {
        float score = self->scores[n - 1];
        guint64 row = self->rows[n - 1];

        self->scores[n - 1] = self->scores[0];
        self->rows[n - 1] = self->rows[0];
        sift_down(self, 0, n - 1, score, row);
    }
}
