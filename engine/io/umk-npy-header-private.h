/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the header of an npy says, whether or not its numbers can be read: arrays of a
 * .npz are chosen by it. */
#pragma once

#include <glib.h>

#define UMK_NPY_MAX_HEADER (1u << 20)

typedef struct {
    char kind;     /* NumPy's: 'f', 'i', 'u', 'U', 'S', 'O', …; '?' where it is no plain
                      type */
    gsize size;    /* bytes of one; of 'U' characters */
    gboolean swap; /* other byte order than this machine's */
    gboolean fortran;
    guint n_dims;
    guint64 dims[2]; /* the first two */
    gsize data;      /* offset of the numbers */
    char descr[9];   /* the start of the type, to be shown */
} UmkNpyHeader;

/* Whether all numbers follow is not looked at: @data may be the beginning of a file. */
gboolean _umk_npy_header_parse(const guint8 *data,
                               gsize size,
                               UmkNpyHeader *header,
                               GError **error);
/* The sentence for a type that is not read; returns FALSE. */
gboolean _umk_npy_refuse_type(const UmkNpyHeader *header, GError **error);
/* The strings of a one-dimensional array of type 'U' or 'S', in UTF-8: what is no
 * character becomes U+FFFD. */
char **_umk_npy_parse_strings(GBytes *bytes, GError **error);
