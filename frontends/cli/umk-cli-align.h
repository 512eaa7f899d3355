/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `train align --pairs` share. */
#pragma once

#include "umk-cli.h"

/* One side of the pairs: who makes its vectors. One of the three is set. */
typedef struct {
    const char *name;          /* as the user wrote it */
    UmkModel *model;           /* cells are texts or paths of files */
    UmkCollection *collection; /* cells are ids of its items */
    UmkCliSource source;       /* a file of vectors: cells are its names */
    char *frame;
    gboolean has_modality;
    UmkModality modality; /* of every cell; else each cell's own */
} UmkCliSide;

gboolean umk_cli_side_open(UmkCli *cli,
                           const char *name,
                           const char *modality,
                           UmkCliSide *side,
                           GError **error);
void umk_cli_side_clear(UmkCliSide *side);
/* The vectors of the cells, in order; NULL in why[i] where there is one. Cells for which
 * there is none get a row of zeros and a reason. */
UmkMatrix *umk_cli_side_embed(
    UmkCli *cli, UmkCliSide *side, char **cells, gsize n, char **why, GError **error);
/* "model", "collection" or "vectors", its name, digest and licence, into an object. */
void umk_cli_side_describe(const UmkCliSide *side, JsonBuilder *builder);

/* head.json, README.md, split.tsv and curve.tsv in the folder. */
gboolean umk_cli_align_write_card(const char *folder,
                                  JsonObject *card,
                                  char **from,
                                  char **to,
                                  const guint64 *lines,
                                  GError **error);
/* The table of recall for a person. */
char *umk_cli_align_format_recall(JsonObject *card, gboolean markdown);

UmkCliExit umk_cli_align_pairs(UmkCli *cli, int argc, char **argv);
extern const UmkCliCommand umk_cli_command_train_align;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliSide, umk_cli_side_clear)
