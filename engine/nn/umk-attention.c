/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention through the packed matrix kernels. The keys and values of one head are packed
 * once and serve every strip of queries; a window or a causal mask narrows the keys that
 * a strip is multiplied with. The strips of a sequence depend on its length alone, so do
 * the bits. Beside rounded weights the products are of bfloat16 where the processor has
 * them: queries, keys, values and shares keep eight binary digits, which is more than the
 * 8 bits or the bfloat16 left of them, and scores and sums stay single. */
#include "nn/umk-attention-private.h"

#include <math.h>
#include <string.h>

#include "linalg/umk-gemm-bf16-private.h"

#define STRIP           96 /* queries in work at a time */
#define WORTH_NARROWING 64 /* keys: with fewer of them it costs more than it brings */

/* Keys and values hold floats, or pairs of bfloat16, which take no more room. */
typedef struct {
    float *keys;   /* one head's keys, packed */
    float *values; /* one head's values, packed */
    float *scores; /* (STRIP, row stride of n_keys) */
    guint32 *rows; /* narrowed queries or keys (MAX(STRIP, n_keys), pairs_stride) */
} Scratch;

/* Whether the products are of bfloat16, which hangs on the length alone. */
static gboolean
narrows(const UmkAttention *self, gsize n_keys)
{
    return self->bf16 && n_keys >= WORTH_NARROWING;
}

/* From row to row of a head's narrowed queries or keys. */
static gsize
pairs_stride(const UmkAttention *self)
{
    return _umk_gemm_whole_panels(self->head_dims) / 2;
}

static gsize
layout(const UmkAttention *self, gsize n_keys, float *base, Scratch *scratch)
{
    gsize keys = _umk_arena_round(_umk_gemm_pack_size(n_keys, self->head_dims));
    gsize values = _umk_arena_round(_umk_gemm_pack_size(self->head_dims, n_keys + 1));
    gsize scores = _umk_arena_round(STRIP * _umk_gemm_row_stride(n_keys));

    if (base != NULL) {
        scratch->keys = base;
        scratch->values = base + keys;
        scratch->scores = base + keys + values;
        scratch->rows = (guint32 *) (gpointer) (scratch->scores + scores);
    }
    return keys + values + scores +
           (narrows(self, n_keys) ? MAX(STRIP, n_keys) * pairs_stride(self) : 0);
}

gsize
_umk_attention_scratch_size(const UmkAttention *self, gsize n_keys)
{
    return layout(self, n_keys, NULL, NULL);
}

/* The keys that a query at position i may see: first … end - 1. */
static void
visible(const UmkAttention *self, gsize n_keys, gsize i, gsize *first, gsize *end)
{
    *first = self->window > 0 && i > self->window ? i - self->window : 0;
    *end = self->causal ? i + 1 : n_keys;
    if (self->window > 0)
        *end = MIN(*end, i + self->window + 1);
    *end = MIN(*end, n_keys);
    *first = MIN(*first, *end);
}

/* Adds to the scores of one query, which begin at key number base, what hangs on the
 * distance, on the pair or on a mask; returns the scale that is still to be applied. */
static float
add_biases(const UmkAttention *self,
           const UmkAttentionRows *rows,
           gsize head,
           gsize query,
           gsize base,
           gsize n,
           float *scores)
{
    float scale = self->scale;

    if (self->relative != NULL) {
        float gate =
            rows->gates != NULL ? rows->gates[query * self->n_heads + head] : 1.0f;

        _umk_relative_bias_apply(self->relative, head, rows->first_query + query, base, n,
                                 scale, gate, scores);
        scale = 1.0f;
    }
    if (rows->bias != NULL) {
        _umk_kernel_scale_add(
            scores, n, scale,
            rows->bias + (head * rows->n_queries + query) * rows->n_keys + base, 1.0f);
        scale = 1.0f;
    }
    if (rows->mask != NULL) {
        _umk_kernel_scale_add(scores, n, scale, rows->mask + query * rows->n_keys + base,
                              1.0f);
        scale = 1.0f;
    }
    return scale;
}

/* Scores of one query to shares; those outside the visible keys become 0. */
static float
to_shares(const UmkAttention *self,
          const UmkAttentionRows *rows,
          gsize query,
          gsize base,
          gsize n,
          float scale,
          float *scores)
{
    gsize first, end;
    float inverse;

    visible(self, rows->n_keys, rows->first_query + query, &first, &end);
    inverse = _umk_kernel_exp_parts(scores + (first - base), end - first, scale);
    memset(scores, 0, (first - base) * sizeof(float));
    memset(scores + (end - base), 0, (base + n - end) * sizeof(float));
    return inverse;
}

/* Whether each of these queries sees all of the keys base … base + n - 1. */
static gboolean
see_all(const UmkAttention *self,
        const UmkAttentionRows *rows,
        gsize row,
        gsize n_rows,
        gsize base,
        gsize n)
{
    gsize first, end, unused;

    visible(self, rows->n_keys, rows->first_query + row, &unused, &end);
    visible(self, rows->n_keys, rows->first_query + row + n_rows - 1, &first, &unused);
    return first == base && end == base + n;
}

/* Scores (n_rows, row stride of n) of queries from row on to shares that still have to be
 * multiplied by what is in inverse. Rows have room for whole panels. */
static void
strip_to_shares(const UmkAttention *self,
                const UmkAttentionRows *rows,
                gsize head,
                gsize row,
                gsize n_rows,
                gsize base,
                gsize n,
                float *scores,
                float *inverse)
{
    const gsize stride = _umk_gemm_row_stride(n), whole = _umk_gemm_whole_panels(n);
    float scale = self->scale;

    for (gsize i = 0; i < n_rows; i++)
        scale = add_biases(self, rows, head, row + i, base, n, scores + i * stride);
    if (!see_all(self, rows, row, n_rows, base, n)) {
        for (gsize i = 0; i < n_rows; i++)
            inverse[i] =
                to_shares(self, rows, row + i, base, n, scale, scores + i * stride);
        return;
    }
    for (gsize i = 0; i < n_rows; i++) /* rests of vectors would cost more */
        for (gsize j = n; j < whole; j++)
            scores[i * stride + j] = -INFINITY;
    _umk_kernel_exp_parts_rows(scores, stride, n_rows, whole, scale, inverse);
}

/* shares (n_rows, n) of the keys base … base + n - 1, times their values */
static void
gather(const UmkAttention *self,
       const UmkAttentionRows *rows,
       const Scratch *s,
       gsize n_rows,
       gsize base,
       gsize n,
       float *out)
{
    gsize width = self->head_dims, stride = _umk_gemm_row_stride(n);

    if (narrows(self, rows->n_keys)) { /* each row narrowed where it is */
        const guint32 *values = (const guint32 *) (gconstpointer) s->values;

        _umk_bf16_narrow(s->scores, stride, n_rows, n, (guint32 *) (gpointer) s->scores,
                         stride);
        _umk_gemm_bf16_pairs((const guint32 *) (gconstpointer) s->scores, stride, n_rows,
                             values + base / 2 * UMK_GEMM_COLUMNS,
                             (rows->n_keys + 1) / 2 * UMK_GEMM_COLUMNS, width,
                             (n + 1) / 2, out, rows->out_stride);
        return;
    }
    if (n == rows->n_keys) {
        _umk_gemm_raw(s->scores, stride, n_rows, s->values, width, n, NULL, out,
                      rows->out_stride);
        return;
    }
    /* A stretch of the sum: each panel of packed values begins at its own place. */
    for (gsize column = 0; column < width; column += UMK_GEMM_COLUMNS)
        _umk_gemm_raw(s->scores, stride, n_rows,
                      s->values + column * rows->n_keys + base * UMK_GEMM_COLUMNS,
                      MIN(width - column, UMK_GEMM_COLUMNS), n, NULL, out + column,
                      rows->out_stride);
}

/* Scores of a strip of queries beside the keys first … first + n - 1. Whole panels, as
 * packed keys are filled up with zeros: parts of them cost more. */
static void
score(const UmkAttention *self,
      const UmkAttentionRows *rows,
      const Scratch *s,
      const float *queries,
      gsize n_rows,
      gsize first,
      gsize n)
{
    gsize stride = _umk_gemm_row_stride(n), whole = _umk_gemm_whole_panels(n);
    gsize pairs = (self->head_dims + 1) / 2, step = pairs_stride(self);

    if (!narrows(self, rows->n_keys)) {
        _umk_gemm_raw(queries, rows->query_stride, n_rows,
                      s->keys + first * self->head_dims, whole, self->head_dims, NULL,
                      s->scores, stride);
        return;
    }
    _umk_bf16_narrow(queries, rows->query_stride, n_rows, self->head_dims, s->rows, step);
    _umk_gemm_bf16_pairs(s->rows, step, n_rows,
                         (const guint32 *) (gconstpointer) s->keys + first * pairs,
                         UMK_GEMM_COLUMNS * pairs, whole, pairs, s->scores, stride);
}

static void
attend_strip(const UmkAttention *self,
             const UmkAttentionRows *rows,
             gsize head,
             gsize row,
             gsize n_rows,
             const Scratch *s)
{
    gsize offset = head * self->head_dims, first, end, unused, n;
    float inverse[STRIP], *out = rows->out + row * rows->out_stride + offset;

    visible(self, rows->n_keys, rows->first_query + row, &first, &unused);
    visible(self, rows->n_keys, rows->first_query + row + n_rows - 1, &unused, &end);
    first -= first % UMK_GEMM_COLUMNS; /* panels of packed keys begin there */
    n = end - first;
    score(self, rows, s, rows->queries + row * rows->query_stride + offset, n_rows, first,
          n);
    strip_to_shares(self, rows, head, row, n_rows, first, n, s->scores, inverse);
    gather(self, rows, s, n_rows, first, n, out);
    _umk_kernel_scale_rows(out, rows->out_stride, n_rows, self->head_dims, inverse);
}

/* The keys and values at offset of every row. */
static void
pack(const UmkAttention *self,
     const UmkAttentionRows *rows,
     gsize offset,
     const Scratch *s)
{
    const float *keys = rows->keys + offset, *values = rows->values + offset;
    gsize step = pairs_stride(self);

    if (!narrows(self, rows->n_keys)) {
        _umk_gemm_pack_rows(keys, rows->key_stride, rows->n_keys, self->head_dims,
                            s->keys);
        _umk_gemm_pack_columns(values, rows->value_stride, self->head_dims, rows->n_keys,
                               s->values);
        return;
    }
    _umk_bf16_narrow(keys, rows->key_stride, rows->n_keys, self->head_dims, s->rows,
                     step);
    _umk_bf16_pack_rows(s->rows, step, rows->n_keys, (self->head_dims + 1) / 2,
                        (guint32 *) (gpointer) s->keys);
    _umk_bf16_pack_columns(values, rows->value_stride, self->head_dims, rows->n_keys,
                           (guint32 *) (gpointer) s->values);
}

/* The next head's part of every row, on its way while this head is in work: one piece of
 * a long row each, which no processor guesses. */
static void
bring_near(const float *from, gsize stride, gsize n_rows, gsize width)
{
    enum { LINE = 64 / sizeof(float) };

    for (gsize row = 0; row < n_rows; row++, from += stride)
        for (gsize i = 0; i < width; i += LINE)
            __builtin_prefetch(from + i);
}

void
_umk_attention_forward(const UmkAttention *self,
                       const UmkAttentionRows *rows,
                       float *scratch)
{
    gsize group = self->n_heads / self->n_kv_heads;
    Scratch s;

    if (rows->n_queries == 0 || rows->n_keys == 0)
        return;
    layout(self, rows->n_keys, scratch, &s);
    for (gsize head = 0; head < self->n_heads; head++) {
        if (head % group == 0)
            pack(self, rows, head / group * self->head_dims, &s);
        if (head + 1 < self->n_heads) {
            gsize offset = (head + 1) / group * self->head_dims;

            bring_near(rows->queries + (head + 1) * self->head_dims, rows->query_stride,
                       rows->n_queries, self->head_dims);
            if ((head + 1) % group == 0) {
                bring_near(rows->keys + offset, rows->key_stride, rows->n_keys,
                           self->head_dims);
                bring_near(rows->values + offset, rows->value_stride, rows->n_keys,
                           self->head_dims);
            }
        }
        for (gsize row = 0; row < rows->n_queries; row += STRIP)
            attend_strip(self, rows, head, row, MIN(STRIP, rows->n_queries - row), &s);
    }
}
