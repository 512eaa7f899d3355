/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of a bias after its direction was taken out (Gonen and Goldberg, "Lipstick
 * on a pig", 2019). The direction and the projections on it are those of the vectors as
 * they are in the input; what is tested are the vectors behind the input's debias, or the
 * same ones where there is none. */
#pragma once

#include "bias/umk-direction-private.h"
#include "bias/umk-draws-private.h"
#include "bias/umk-debias-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkMatrix *matrix;        /* the candidates: the set “neutral”, else all rows */
    const char *const *names; /* or NULL */
    gsize n, d;
    double *projection; /* (n) cosine with the direction; NaN: not a candidate */
    guint32 *order;     /* (n_usable) rows by falling projection */
    gsize n_usable;
    gboolean weak;
    const char *undefined; /* CODE */
} UmkProjected;

/* Zero rows and the items of x and y, known by their names, are no candidates. */
gboolean _umk_projected_find(UmkProjected *self,
                             const UmkBiasInput *input,
                             gboolean use_neutral,
                             UmkParams *params,
                             UmkRun *run,
                             GError **error);
void _umk_projected_clear(UmkProjected *self);
/* The n most positive rows, then the n most negative ones; *n falls where there are
 * fewer. NULL where there are none. */
guint32 *_umk_projected_take(const UmkProjected *self, gsize *n);
/* (n, d) of length 1 in double, through the debias if there is one. */
double *_umk_projected_dup_rows(const UmkProjected *self,
                                const UmkDebias *debias,
                                const guint32 *rows,
                                gsize n);

/* Two clusters by Lloyd's k-means from n_starts k-means++ starts, the tightest; FALSE
 * where the rows (n, d) are all the same. */
gboolean _umk_two_clusters(
    const double *rows, gsize n, gsize d, guint n_starts, guint64 seed, guint8 *labels);
/* Of 2n rows, the first n of one kind: how many agree with their kind, whichever way the
 * clusters are called. */
gsize _umk_count_agreeing(const guint8 *labels, gsize n);

#define UMK_RESIDUAL_ROLES                                                               \
    {"x", N_("First members of the pairs, or the first group"), TRUE},                   \
        {"y", N_("Second members, or the second group"), TRUE},                          \
    {                                                                                    \
        "neutral", N_("Items to look at; all others if absent"), FALSE                   \
    }
#define UMK_RESIDUAL_PARAM_WORDS(number)                                                 \
    {                                                                                    \
        .name = "words", .type = UMK_PARAM_INT, .title = N_("Items"),                    \
        .help = N_("Look at so many items from either end of the direction"), .min = 2,  \
        .max = 100000, .def = number                                                     \
    }

void _umk_residual_add_items(JsonBuilder *result,
                             const UmkProjected *projected,
                             const guint32 *rows,
                             gsize n);
void _umk_residual_add_notes(JsonBuilder *result,
                             const UmkProjected *projected,
                             gsize n_wanted,
                             gsize n);

G_END_DECLS
