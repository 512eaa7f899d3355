/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Bolukbasi et al. (2016) and Manzini et al. (2019) do to words after a subspace is
 * known: neutralise, and make the members of a pair or a set equal but for it. Rows are
 * of length 1, in double; a subspace has orthonormal rows. */
#pragma once

#include "bias/umk-debias-private.h"

G_BEGIN_DECLS

/* w minus its part in the subspace (k, d). */
void
_umk_neutralize(const double *w, const double *subspace, gsize k, gsize d, double *out);
/* rows (n, d) of one set, in place: mean outside the subspace + what is left of length 1
 * along each one's own part inside. With k = 1 and n = 2 it is the published equalising
 * of a pair. A row whose part inside is the set's mean has no side and gets only the
 * common part. */
void _umk_equalize(double *rows, gsize n, const double *subspace, gsize k, gsize d);

/* Orthonormal rows (k, d) that span most of what tells the members of sets apart: the
 * first components of the rows minus their set's mean. rows (n_groups, n_sets, d): set i
 * is row i of each group. *k falls where the sets do not differ in so many dimensions. */
gboolean _umk_find_subspace(const double *rows,
                            gsize n_sets,
                            gsize n_groups,
                            gsize d,
                            gsize *k,
                            double **subspace,
                            double *explained, /* share of the variance */
                            GError **error);

/* Item i of each role's set makes one set to equalise. Stores every member's row under
 * its name. before says what is done to a row of length 1 first (NULL: nothing). FALSE
 * and an error when sizes differ. */
gboolean
_umk_equalize_input(UmkDebias *self,
                    const UmkBiasInput *input,
                    const char *const *roles,
                    gsize n_roles,
                    const double *subspace,
                    gsize k,
                    void (*before)(const double *row, double *out, gpointer data),
                    gpointer data,
                    GError **error);

/* Names of a set keep their vectors; NULL is no set. */
void _umk_debias_exempt_set(UmkDebias *self, const UmkBiasSet *set);

/* x and y, or the sets that the options choose to equalise instead of them: those of
 * "equalize-x" and "equalize-y" where given, else x and y where they are pairs, unless
 * the option "equalize" is off. */
gboolean
_umk_equalize_pairs(UmkDebias *self,
                    const UmkBiasInput *input,
                    UmkParams *params,
                    const double *direction,
                    void (*before)(const double *row, double *out, gpointer data),
                    gpointer data,
                    GError **error);

#define UMK_EQUALIZE_ROLES                                                               \
    {"equalize-x", N_("First members of pairs that are to become equal"), FALSE},        \
        {"equalize-y", N_("Second members of those pairs"), FALSE},                      \
    {                                                                                    \
        "keep", N_("Items that keep their vectors"), FALSE                               \
    }
#define UMK_EQUALIZE_PARAM                                                               \
    {                                                                                    \
        .name = "equalize", .type = UMK_PARAM_BOOL, .title = N_("Equalize pairs"),       \
        .help = N_("Give both members of a pair the same distance to everything "        \
                   "neutral"),                                                           \
        .def = 1                                                                         \
    }

G_END_DECLS
