/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measure "ranking" found, and how it is written. */
#pragma once

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-ranking-figures-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkRankingFigures figures;
    const UmkBiasLabels *labels;
    double *summary;  /* over all queries */
    double *boot;     /* (n_boot, size) or NULL */
    double *permuted; /* (UMK_RANKING_N_FIGURES, n_permuted) or NULL */
    gsize n_boot, n_permuted, size;
    double level;
    double smoothing;
} UmkRankingResult;

/* With an obstacle, a CODE, every figure is undefined for that reason. */
void _umk_ranking_write(JsonBuilder *result,
                        const UmkRankingResult *work,
                        const UmkRankingLists *lists,
                        UmkParams *params,
                        gboolean equal,
                        const char *obstacle);

G_END_DECLS
