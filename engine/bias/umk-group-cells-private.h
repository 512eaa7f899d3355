/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows in the cells of crossed groupings, and what their means say. */
#pragma once

#include "bias/umk-bias-labels-private.h"

G_BEGIN_DECLS

#define UMK_GROUP_MAX_GROUPINGS 4

typedef struct {
    UmkBiasLabels groupings[UMK_GROUP_MAX_GROUPINGS];
    gsize n_groupings;
    gsize n_cells;  /* all combinations; the last grouping runs fastest */
    gsize least;    /* rows that a cell needs to be compared */
    guint32 *rows;  /* (n_rows) of the background, cell by cell */
    gsize *begins;  /* (n_cells + 1) */
    gsize *sizes;   /* (n_cells) */
    double *values; /* (n_rows) the figure of each, in the order of rows */
    gsize n_rows, n_left_out;
} UmkGroupCells;

/* Columns "group", "group-2" …; a row without one of the labels or without a direction
 * is left out. */
gboolean _umk_group_cells_init(UmkGroupCells *self,
                               const UmkBiasInput *input,
                               gsize least,
                               GError **error);
void _umk_group_cells_clear(UmkGroupCells *self);
/* "F × old" */
char *_umk_group_cells_dup_label(const UmkGroupCells *self, gsize cell);

typedef enum {
    UMK_GROUP_MAX_GAP,
    UMK_GROUP_WORST,
    UMK_GROUP_INTERACTION,
    UMK_GROUP_MEAN,
    UMK_GROUP_N_FIGURES,
} UmkGroupFigure;

typedef struct {
    double values[UMK_GROUP_N_FIGURES];
    double *means, *deviations, *beyond; /* (n_cells) NaN: empty */
    gsize worst;                         /* n_cells: none */
} UmkGroupFigures;

void _umk_group_figures_init(UmkGroupFigures *self, const UmkGroupCells *cells);
void _umk_group_figures_clear(UmkGroupFigures *self);

/* (n_replicates, UMK_GROUP_N_FIGURES + n_cells): rows of each cell drawn anew. */
double *
_umk_group_bootstrap(const UmkGroupCells *cells, gsize n_replicates, guint64 seed);
/* (n_replicates): the largest gap when rows are dealt anew to the cells. */
double *_umk_group_permute(const UmkGroupCells *cells, gsize n_replicates, guint64 seed);

G_END_DECLS
