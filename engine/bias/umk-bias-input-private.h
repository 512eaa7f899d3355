/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a measure or a debias method looks at: sets of vectors by role, and the rows that
 * surround them. Filled by one thread, then only read. */
#pragma once

#include <umekomi/umk-bias.h>
#include <umekomi/umk-debias.h>

G_BEGIN_DECLS

typedef struct {
    char *role;      /* "x", "y", "a", "b", "pairs" …: what the measure calls it */
    char *title;     /* what people call it */
    UmkMatrix *rows; /* (n, d), as given: not normalised, finite */
    char **names;    /* (n), NULL-terminated */
    gsize n;
    gsize d;
    UmkModality *modalities; /* (n) or NULL: all text */
    double *values;          /* (n) a figure from outside for each item, or NULL */
} UmkBiasSet;

struct _UmkBiasInput {
    gatomicrefcount refs;
    UmkMatrix *background; /* (n, d) all rows of the source, or NULL */
    char **names;          /* of the background, or NULL */
    GPtrArray *sets;       /* of UmkBiasSet */
    GHashTable *columns;   /* name -> GStrv, a label for each row of the background */
    UmkDebias *debias;     /* what measures of what remains look through, or NULL */
};

/* NULL when there is none. */
const UmkBiasSet *_umk_bias_input_get_set(const UmkBiasInput *self, const char *role);
const char *const *_umk_bias_input_get_column(const UmkBiasInput *self,
                                              const char *column);
/* (n, d) in double, each row of length 1; a zero row stays zero. Free with g_free(). */
double *_umk_bias_set_dup_unit_rows(const UmkBiasSet *self);

G_END_DECLS
