/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that complete an analogy best: a is to b as c is to … */
#pragma once

#include <umekomi/umk-eval.h>

G_BEGIN_DECLS

typedef struct {
    UmkMatrix *vectors;
    const double *scales; /* (n) from _umk_cosine_new_scales() */
    UmkAnalogyMethod method;
} UmkAnalogySolver;

/* The k best rows, best first, equal scores by lower row; returns how many. */
gsize _umk_analogy_solve(const UmkAnalogySolver *self,
                         const gsize question[3],
                         gboolean exclude_inputs,
                         gsize k,
                         gsize *rows,
                         double *scores);

G_END_DECLS
