/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of groups x, y, z, w one below the other, with the group of each: what a
 * classifier or a covariance is found from. */
#pragma once

#include "bias/umk-debias-private.h"

G_BEGIN_DECLS

#define UMK_MAX_GROUPS 4

typedef struct {
    gsize n, d, n_groups;
    double *rows;   /* (n, d) */
    guint8 *groups; /* (n) */
} UmkGroups;

/* As given, or each of length 1. Groups that are absent or empty are left out. */
void _umk_groups_take(UmkGroups *self, const UmkBiasInput *input, gboolean unit);
void _umk_groups_clear(UmkGroups *self);
/* All rows of a matrix in double. */
double *_umk_dup_rows(UmkMatrix *matrix, gboolean unit, GError **error);

extern const char *const _umk_group_roles[UMK_MAX_GROUPS];

#define UMK_GROUP_ROLES                                                                  \
    {"x", N_("The first group"), TRUE}, {"y", N_("The second group"), TRUE},             \
        {"z", N_("A third group"), FALSE},                                               \
    {                                                                                    \
        "w", N_("A fourth group"), FALSE                                                 \
    }
#define UMK_GROUP_PARAM_UNIT                                                             \
    {                                                                                    \
        .name = "unit", .type = UMK_PARAM_BOOL, .title = N_("Length 1"),                 \
        .help = N_("Bring vectors to length 1 before anything is found or taken out")    \
    }

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkGroups, _umk_groups_clear)

G_END_DECLS
