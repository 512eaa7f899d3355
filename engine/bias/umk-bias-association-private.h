/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measures of association share: their sets as rows of length 1, their options,
 * notes, the words of their codes. */
#pragma once

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-bias-options-private.h"
#include "bias/umk-cosine-table-private.h"
#include "bias/umk-partition-private.h"
#include "bias/umk-resample-private.h"

G_BEGIN_DECLS

#define UMK_FEW_ITEMS 8 /* below, one item decides too much; the classic sets have 8 */

/* Streams of the one seed; below them are those of the bootstrap. */
#define UMK_STREAM_PARTITIONS ((guint64) 1 << 50)
#define UMK_STREAM_CONTROLS   ((guint64) 1 << 51)

typedef struct {
    const UmkBiasSet *sets[UMK_N_SETS]; /* NULL: the measure has no such set */
    double *rows[UMK_N_SETS];           /* (sizes[i], d), of length 1 or zero */
    gsize sizes[UMK_N_SETS];
    gsize d;
    gboolean raw;     /* the rows are as given, of any length */
    gboolean mixed;   /* more than one modality */
    gboolean centred; /* the mean of each modality was taken out */
    double *means;    /* (UMK_N_MODALITIES, d) what was taken out, or NULL */
} UmkBiasSets;

/* roles[i] may be NULL; a role without a set is an empty set. */
void _umk_bias_sets_init(UmkBiasSets *self,
                         const UmkBiasInput *input,
                         const char *const roles[UMK_N_SETS],
                         gboolean centred);
/* The rows as they were given, of any length. */
void _umk_bias_sets_init_raw(UmkBiasSets *self,
                             const UmkBiasInput *input,
                             const char *const roles[UMK_N_SETS]);
void _umk_bias_sets_clear(UmkBiasSets *self);
/* (n of both, d) the rows of two sets, one after the other. Free with g_free(). */
double *_umk_bias_sets_dup_pooled(const UmkBiasSets *self, gsize first, gsize second);
/* x, y, a, b */
extern const char *const _umk_bias_four_roles[UMK_N_SETS];
const char *_umk_bias_sets_find_empty(const UmkBiasSets *self);

/* With the options "replicates" and "level". */
gboolean _umk_bias_resample(const UmkResample *what,
                            const UmkResampleWay *ways,
                            gsize n_ways,
                            UmkParams *params,
                            guint64 seed,
                            UmkResampled *resampled,
                            UmkRun *run,
                            GError **error);
/* Where a set is empty no figure is defined. */
void _umk_bias_forget_if_empty(UmkResampled *resampled, const UmkBiasSets *sets);

/* ---- notes ------------------------------------------------------------------------- */

/* Each code once. */
void _umk_bias_note(GPtrArray *notes, const char *code);
/* Few items, unequal sizes, overlaps, duplicates, zero vectors, modalities. */
void _umk_bias_note_sets(GPtrArray *notes, const UmkBiasSets *sets);
void _umk_bias_note_resampled(GPtrArray *notes, const UmkResampled *resampled);
void _umk_bias_add_notes(JsonBuilder *result, GPtrArray *notes);

/* ---- writing ----------------------------------------------------------------------- */

void _umk_bias_begin(JsonBuilder *result, const char *member); /* an array */
void _umk_bias_end(JsonBuilder *result);
void _umk_bias_add_string(JsonBuilder *result, const char *member, const char *value);
/* Figure number i of what was resampled, with its intervals. */
void _umk_bias_add_resampled(JsonBuilder *result,
                             const UmkResampled *resampled,
                             gsize i,
                             UmkBiasFigure figure);
/* The member "items": a value for each item of each set there is, in the order x, y, a,
 * b, and the figure of this number without it. */
void _umk_bias_add_influence(JsonBuilder *result,
                             const UmkBiasSets *sets,
                             const double *values,
                             const UmkResampled *resampled,
                             gsize figure);
/* Both alternatives of a permutation test. */
void _umk_bias_add_partition_tests(JsonBuilder *result,
                                   const char *of,
                                   const UmkPartitionTest *test,
                                   const char *undefined);
void _umk_bias_add_columns(JsonBuilder *result, const char *const *columns);

/* ---- options and words ------------------------------------------------------------- */

#define UMK_BIAS_PARAM_EXACT                                                             \
    {                                                                                    \
        .name = "exact-items", .type = UMK_PARAM_INT, .title = N_("Exact up to"),        \
        .help = N_("Count all splits while there are no more than of so many items "     \
                   "into halves; 0 for never"),                                          \
        .min = 0, .max = UMK_PARTITION_ITEMS, .def = 36                                  \
    }
#define UMK_BIAS_PARAM_CENTER                                                            \
    {                                                                                    \
        .name = "center-modalities", .type = UMK_PARAM_BOOL,                             \
        .title = N_("Center modalities"),                                                \
        .help = N_("Take the mean of each modality out before cosines are taken")        \
    }

#define UMK_BIAS_ROLE_X                                                                  \
    {                                                                                    \
        "x", N_("first set of targets"), TRUE                                            \
    }
#define UMK_BIAS_ROLE_Y                                                                  \
    {                                                                                    \
        "y", N_("second set of targets"), TRUE                                           \
    }
#define UMK_BIAS_ROLE_A                                                                  \
    {                                                                                    \
        "a", N_("first set of attributes"), TRUE                                         \
    }
#define UMK_BIAS_ROLE_B                                                                  \
    {                                                                                    \
        "b", N_("second set of attributes"), TRUE                                        \
    }

#define UMK_BIAS_N_ASSOCIATION_WORDS 37 /* the compiler checks it */
extern const UmkBiasWord _umk_bias_association_words[UMK_BIAS_N_ASSOCIATION_WORDS];

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkBiasSets, _umk_bias_sets_clear)

G_END_DECLS
