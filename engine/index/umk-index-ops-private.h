/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of index implements. To add one: a file with a constant UmkIndexOps, a line
 * in meson.build, a line in the table of umk-index.c. */
#pragma once

#include <umekomi/umk-index.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"
#include "index/umk-index-rows-private.h"
#include "linalg/umk-distance-private.h"

G_BEGIN_DECLS

/* Checked before a method sees it: finite, of the right dimension, 1 <= k <= rows. */
typedef struct {
    const float *queries; /* (n_queries, n_dims) */
    gsize n_queries;
    guint k;
    const guint8 *allowed; /* (n_rows), removed rows are 0 in it; NULL: all may be hit */
    gsize n_allowed;       /* how many may be */
    double recall;         /* wanted; 0: the method's own choice */
    guint ef;              /* likewise */
} UmkIndexQuery;

/* Score descending, equal scores by row. */
typedef struct {
    guint32 *counts; /* (n_queries) */
    guint64 *rows;   /* (n_queries, k) */
    float *scores;   /* (n_queries, k) */
    char *plan;      /* told by the method, freed by the caller */
    double recall;   /* likewise; negative: not known */
} UmkIndexAnswer;

/* One array of a saved index. */
typedef struct {
    char name[8]; /* padded with zeros */
    gconstpointer data;
    gsize size;
    gsize hot; /* bytes at its beginning that every search begins with */
} UmkIndexSection;

/* What every method is given to be made or opened. The rows are the caller's and outlive
 * the index; they change between calls alone, and the method is told. */
typedef struct {
    UmkIndexRows *rows;
    UmkMetric metric;
    UmkParams *params; /* fit the method's table; NULL when opened */
} UmkIndexSource;

typedef struct {
    const char *id;    /* lower case, words joined by '-' */
    const char *title; /* for people, translatable */
    const UmkParamSpec *params;
    gsize n_params;
    gpointer (*build)(const UmkIndexSource *source, UmkRun *run, GError **error);
    void (*free)(gpointer index);
    /* Callable from several threads at once. */
    gboolean (*search)(gconstpointer index,
                       const UmkIndexQuery *query,
                       UmkIndexAnswer *answer,
                       UmkRun *run,
                       GError **error);

    /* The rest may be NULL: the method then holds nothing that would have to change. The
     * three below are alone with the index. */
    /* Rows that appeared or got new floats are taken in; after FALSE none of them is. */
    gboolean (*insert)(
        gpointer index, const guint32 *rows, gsize n, UmkRun *run, GError **error);
    /* Rows that are dead already, or about to get new floats, are forgotten. */
    void (*remove)(gpointer index, const guint32 *rows, gsize n);
    /* Measures the recall it reaches at its settings. */
    gboolean (*measure)(gpointer index, guint k, UmkRun *run, GError **error);
    double (*get_recall)(gconstpointer index, guint ef);
    guint (*get_ef)(gconstpointer index, double recall);
    gsize (*get_memory)(gconstpointer index);

    /* Adds its arrays; they are borrowed. */
    void (*save)(gconstpointer index, GArray *sections);
    /* Every size and number in the sections is a stranger's. keep holds their bytes. */
    gpointer (*open)(const UmkIndexSource *source,
                     const UmkIndexSection *sections,
                     gsize n_sections,
                     GBytes *keep,
                     GError **error);
} UmkIndexOps;

extern const UmkIndexOps _umk_index_bits;
extern const UmkIndexOps _umk_index_exact;
extern const UmkIndexOps _umk_index_hnsw;

/* Every allowed row compared: what "exact" does, and what others fall back upon. */
gboolean _umk_index_scan(UmkIndexRows *rows,
                         UmkMetric metric,
                         const UmkIndexQuery *query,
                         UmkIndexAnswer *answer,
                         UmkRun *run,
                         GError **error);

/* The same for many queries over rows that all lie in the matrix. left_over (n_queries):
 * 1 for each that has to be scanned after all. */
gboolean _umk_index_scan_batch(UmkIndexRows *rows,
                               UmkMetric metric,
                               const UmkIndexQuery *query,
                               UmkIndexAnswer *answer,
                               guint8 *left_over,
                               UmkRun *run,
                               GError **error);

/* Of a length whether errors of sums are relative ones: where no square of a length
 * overflows and none comes near what underflow takes away (n 2^-149). What is proved by
 * such errors asks first, of every row and of the query; beyond, there is the scan. */
static inline gboolean
_umk_index_can_prove(double length)
{
    return length == 0 || (length >= 0x1p-50 && length <= 0x1p50);
}

/* The score of one row, the same bits as the scan gives it. */
float _umk_index_score_row(UmkMetric metric,
                           UmkDistanceLevel level,
                           const float *query,
                           double query_scale,
                           const float *row,
                           gsize n_dims);
double _umk_index_query_scale(UmkDistanceLevel level, const float *query, gsize n_dims);

/* For whoever keeps an index in a file; see umk-index.c. */
void _umk_index_collect(UmkIndex *index, GArray *sections);
void _umk_index_lock(UmkIndex *index);
void _umk_index_unlock(UmkIndex *index);
UmkIndex *_umk_index_restore(const char *method,
                             UmkMetric metric,
                             UmkMatrix *vectors,
                             const UmkIndexSection *sections,
                             gsize n_sections,
                             GBytes *keep,
                             GError **error);
const UmkIndexSection *_umk_index_find_section(const UmkIndexSection *sections,
                                               gsize n_sections,
                                               const char *name);

G_END_DECLS
