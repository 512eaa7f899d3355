/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed: where the vectors go. */
#pragma once

#include "umk-cli.h"

typedef struct {
    const char *path, *dtype;
    UmkMatrix *calibration;  /* or NULL */
    UmkVectorWriter *writer; /* of an npy, made for the first rows */
    GByteArray *rows;        /* of a format that is written at once */
    gsize n_rows, n_dims;
    GArray *offsets; /* of token vectors (gint64), or NULL */
} UmkCliOutput;

gboolean umk_cli_output_open(UmkCliOutput *self,
                             const char *path,
                             const char *dtype,
                             const char *calibration,
                             gboolean tokens,
                             GError **error);
gboolean umk_cli_output_add(UmkCliOutput *self, UmkMatrix *rows, GError **error);
/* offsets (n) within the rows that were added last */
void umk_cli_output_add_offsets(UmkCliOutput *self,
                                const guint64 *offsets,
                                gsize n,
                                gsize n_new_rows);
gboolean umk_cli_output_finish(UmkCliOutput *self, UmkCli *cli, GError **error);
void umk_cli_output_clear(UmkCliOutput *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliOutput, umk_cli_output_clear)
