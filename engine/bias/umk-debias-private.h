/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fitted debias and what a method implements. To add a method: a file with a constant
 * UmkDebiasOps, a line in meson.build, a line in the table of umk-debias.c.
 *
 * A row x of the source becomes
 *
 *   1  x / |x|                       when UMK_DEBIAS_UNIT_FIRST is set
 *   2  the stored row of its name    when there is one (equalised items), done
 *   3  x                             when its name is exempt, done
 *   4  x - shift, then either that minus left' (right ·), or full ·, then + back
 *   5  divided by its length         when UMK_DEBIAS_UNIT_AFTER is set; zero stays zero
 *
 * As bytes, little-endian; nothing is believed before it is checked, the length must be
 * exact, and the last 32 bytes are the SHA-256 of all before them:
 *
 *   8 bytes  "UMKDEBI1"
 *   u32      version (1), flags, n_dims, rank (at most n_dims, or 0xffffffff: full)
 *   u32      n_params, n_sets, n_facts, n_notes, n_rows, n_exempt
 *   u64      seed, bytes of text
 *   text     UTF-8, each ended by a zero byte: the method; name and value of each option
 *            (the first byte of a value is its kind: n, b or s); role, title, number of
 *            items and digest of names of each set; names of the facts; the notes; names
 *            of the stored rows; names of the exempt items
 *   f64      facts (n_facts), NaN for one that is undefined
 *   f64      shift (n_dims), back (n_dims)
 *   f64      left (rank, n_dims), right (rank, n_dims), or full (n_dims, n_dims) by
 *            columns
 *   f32      stored rows (n_rows, n_dims)
 *   32 bytes SHA-256 */
#pragma once

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-direction-private.h"

#include <umekomi/umk-debias.h>

G_BEGIN_DECLS

#define UMK_DEBIAS_UNIT_FIRST 1u
#define UMK_DEBIAS_UNIT_AFTER 2u
#define UMK_DEBIAS_FULL       G_MAXUINT32

struct _UmkDebias {
    gatomicrefcount refs;
    guint32 flags;
    guint32 n_dims;
    guint32 rank; /* UMK_DEBIAS_FULL: full instead of left and right */
    guint64 seed;
    char *method;
    GPtrArray *params; /* name, value, name, value … */
    GPtrArray *sets;   /* role, title, number, digest … */
    GPtrArray *facts;  /* names */
    GArray *fact_values;
    GPtrArray *notes;
    GPtrArray *row_names;
    GPtrArray *exempt;
    double *shift, *back; /* (n_dims) */
    double *left;         /* (rank, n_dims): its columns one after the other */
    double *right;        /* (rank, n_dims) */
    double *full;         /* (n_dims, n_dims), by columns */
    GArray *rows;         /* float (n_rows, n_dims) */
    double *offsets;      /* (rank) right · shift, made last */
    GHashTable *special;  /* name -> row + 1, or -1: exempt */
};

UmkDebias *_umk_debias_new(const char *method, gsize n_dims);
/* These take what they are given. */
void _umk_debias_take_low_rank(UmkDebias *self, gsize rank, double *left, double *right);
void _umk_debias_take_full(UmkDebias *self, double *full);
void _umk_debias_add_row(UmkDebias *self, const char *name, const double *row);
void _umk_debias_add_exempt(UmkDebias *self, const char *name);
void _umk_debias_add_fact(UmkDebias *self, const char *name, double value);
void _umk_debias_add_note(UmkDebias *self, const char *code);
/* After the last row and exempt name: looks names up from here on. */
void _umk_debias_finish(UmkDebias *self);

/* One row in double; name may be NULL. */
void _umk_debias_map_row(const UmkDebias *self,
                         const char *name,
                         const double *row,
                         double *out);
/* Words of a code in any method's table, or NULL. */
const char *_umk_debias_look_up(const char *code);
const UmkBiasWord *_umk_debias_get_words(const char *method, gsize *n_words);

typedef struct {
    const char *id;
    const char *title; /* translatable */
    const char *help;  /* one sentence, translatable */
    const UmkBiasRole *roles;
    gsize n_roles;
    gboolean needs_background;
    const UmkParamSpec *params;
    gsize n_params;
    const UmkBiasWord *words; /* of its facts and notes */
    gsize n_words;
    /* The sets fit each other, all required ones are there and none of those is empty. */
    gboolean (*fit)(const UmkBiasInput *input,
                    UmkParams *params,
                    guint64 seed,
                    UmkDebias *result,
                    UmkRun *run,
                    GError **error);
} UmkDebiasOps;

extern const UmkDebiasOps _umk_debias_hard, _umk_debias_soft, _umk_debias_multiclass,
    _umk_debias_double_hard, _umk_debias_inlp, _umk_debias_leace,
    _umk_debias_half_sibling;

G_END_DECLS
