/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compact codes beside the vectors of an exact index, for single queries: a scan of the
 * codes leaves few rows, and those are scored in float32.
 *
 * With 8-bit codes the answer is the scan's own, bit for bit. Let x = s c + r and
 * q = t e + u, c and e whole numbers. Then |x.q - s t c.e| <= |r| |q| + |s c| |u|
 * (Cauchy and Schwarz), so a row whose estimate lies below the k-th best estimate by more
 * than the sum of both errors cannot be a hit; rounding is allowed for by a further term.
 * Where more than one row in eight is left, the scan is made after all.
 *
 * With 1-bit codes (signs around the mean) or codes of the first dimensions alone
 * (vectors trained to be cut, Kusupati et al., "Matryoshka Representation Learning",
 * 2022) nothing is proved: a fixed number of rows is scored again, and the recall of that
 * is measured. */
#pragma once

#include "index/umk-index-ops-private.h"
#include "linalg/umk-codes-private.h"

G_BEGIN_DECLS

typedef enum { UMK_FLAT_NONE, UMK_FLAT_INT8, UMK_FLAT_BINARY } UmkFlatKind;

typedef struct {
    float e0, e1, e2; /* error <= e0 + |q| e1 + |u| e2 */
} UmkFlatError;

typedef struct {
    UmkIndexRows *vectors;
    UmkMetric metric;
    UmkFlatKind kind;
    gsize n_coded; /* dimensions that are coded, the first */
    guint n_again; /* rows scored again; 0: as many as the proof asks for */
    const UmkCodeKernels *kernels;
    gsize stride; /* bytes of a code */
    gsize n_rows;
    gsize room;
    float *mean;          /* (n_coded), binary alone */
    guint8 *codes;        /* (n_rows, stride) */
    float *scales;        /* (n_rows) estimate = t scale c.e - bias; not for binary */
    float *biases;        /* (n_rows) */
    UmkFlatError *errors; /* (n_rows) */
    UmkFlatError largest;
} UmkFlatCodes;

UmkFlatCodes *_umk_flat_codes_new(UmkIndexRows *vectors,
                                  UmkMetric metric,
                                  UmkFlatKind kind,
                                  gsize n_coded,
                                  guint n_again,
                                  UmkRun *run,
                                  GError **error);
void _umk_flat_codes_free(UmkFlatCodes *self);
gboolean _umk_flat_codes_take(
    UmkFlatCodes *self, const guint32 *rows, gsize n, UmkRun *run, GError **error);
gsize _umk_flat_codes_memory(const UmkFlatCodes *self);
/* One query. FALSE without an error: too many rows were left, a scan is cheaper. */
gboolean _umk_flat_codes_search(const UmkFlatCodes *self,
                                const UmkIndexQuery *query,
                                UmkIndexAnswer *answer,
                                UmkRun *run,
                                GError **error);

G_END_DECLS
