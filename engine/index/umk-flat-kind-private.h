/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of codes implements, and what is proved of it. To add one: a file with a
 * constant UmkFlatKind, a line in meson.build, a line in the table of umk-flat-codes.c.
 *
 * A kind that estimates gives the scan's own answer, bit for bit. Let x = s c + r be a
 * row and its code, q = t e + u the query and its. Then
 *
 *   |x.q - s t c.e| <= |r| |q| + |s c| |u|                  (Cauchy and Schwarz)
 *
 * so a row whose estimate lies below the k-th best estimate by more than the sum of both
 * errors cannot be a hit. |r| and |s c| are measured row by row, so no kind has to bound
 * them. Rounding is allowed for by |x| |q| times rounding(): a sum of n products in 16
 * lanes and a tree is off by (n / 16 + 4) 2^-24 of the product of the lengths, the scan's
 * and the estimate's alike, and the steps before and after by some 2^-24 each. That holds
 * for lengths of _umk_index_can_prove(); with a row or a query beyond, the scan is made,
 * as it is where more than one row in eight is left.
 *
 * A kind that counts (signs around the mean), or codes of the first dimensions alone
 * (vectors trained to be cut, Kusupati et al., "Matryoshka Representation Learning",
 * 2022) with a fixed number of rows scored again, prove nothing, and the recall of that
 * is measured. */
#pragma once

#include "index/umk-flat-codes-private.h"

G_BEGIN_DECLS

#define UMK_FLAT_BLOCK                                                                   \
    256 /* rows estimated at once, at most; loops of it are vectors                      \
         */

typedef struct {
    float e0, e1, e2; /* error <= e0 + |q| e1 + |u| e2 */
} UmkFlatError;

typedef struct {
    const UmkFlatCodes *self;
    const UmkIndexQuery *query;
    gpointer code;   /* of the query, aligned */
    float scale;     /* t */
    float length;    /* |q| */
    float off;       /* |u| */
    float *keys;     /* (n_rows) estimates; -inf where a row may not be hit */
    guint16 *differ; /* (n_rows) bits that differ; 0xffff where not */
    float *best;     /* (n_chunks, k) largest estimates of each chunk */
    guint64 *best_rows;
    guint32 *n_best;
    UmkRun *run;
    gint cancelled;
} UmkFlatQuery;

typedef struct {
    gboolean counts; /* differing bits, and proves nothing; else it estimates */
    gsize (*stride)(gsize n_coded); /* bytes of a row's code */
    gsize query_bytes;              /* of the query's code for each of a row's */
    /* Before the first row is coded; may be NULL. */
    void (*begin)(UmkFlatCodes *self);
    /* Estimating: writes c, takes s c from rest, which is x, and returns s and |s c|.
     * Counting: writes the code; rest is scratch with x in it, the rest is not asked. */
    float (*encode)(const UmkFlatCodes *self, float *rest, gpointer code, float *coded);
    /* Fills code, and estimating scale and, of rest, which is q, what the code leaves. */
    void (*prepare)(UmkFlatQuery *query, float *rest);
    /* Estimating: dots[i] = c.e of row + i. Counting: differ[row + i]. */
    void (*compare)(UmkFlatQuery *query, gsize row, gsize n, float *dots);
} UmkFlatKind;

struct _UmkFlatCodes {
    UmkIndexRows *vectors;
    UmkMetric metric;
    const UmkFlatKind *kind;
    const char *name;
    gsize n_coded; /* dimensions that are coded, the first */
    guint n_again; /* rows scored again; 0: as many as the proof asks for */
    gsize stride;  /* bytes of a code */
    gsize n_rows;
    gsize room;
    float *mean;          /* (n_coded), of signs alone */
    guint8 *codes;        /* (n_rows, stride) */
    float *scales;        /* (n_rows) estimate = t scale c.e - bias; where the kind */
    float *biases;        /* (n_rows) estimates */
    UmkFlatError largest; /* e1 infinite: nothing is proved, the scan is made */
};

extern const UmkFlatKind _umk_flat_bits;
extern const UmkFlatKind _umk_flat_half;
extern const UmkFlatKind _umk_flat_int8;

/* The estimates: of a row that is (to be) coded, of a query, of rows for a query. */
void _umk_flat_estimate_row(
    UmkFlatCodes *self, gsize row, const float *x, float *scratch, UmkFlatError *error);
/* FALSE: nothing could be proved of this query. */
gboolean _umk_flat_estimate_query(UmkFlatQuery *query, float *scratch);
void _umk_flat_estimate_block(UmkFlatQuery *query, gsize row, gsize n);
/* The least estimate a hit can have; and one that n rows or more reach. */
float _umk_flat_proven_limit(const UmkFlatQuery *query, gsize n_chunks);
float _umk_flat_counted_limit(const float *keys, gsize n_rows, gsize n);

G_END_DECLS
