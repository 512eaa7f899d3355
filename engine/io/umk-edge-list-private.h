/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of edge lists. The format, as read here:
 *
 *   - one edge a line: source, target and, if wanted, a weight (finite, >= 0);
 *   - fields parted by tabs, by commas, or by blanks: tabs if half of the first lines
 * have one outside quotes, else commas if half have one, else blanks;
 *   - a field may stand in double quotes, a quote inside is doubled; in quotes anything
 *     goes, line breaks too;
 *   - a line whose first mark is # or % is a comment, an empty one is nothing;
 *   - a first line that names its columns (source/target, from/to, ...) is a header, and
 *     then the weight may stand in any column called weight;
 *   - names are UTF-8, compared byte by byte, never numbers: "1" and "01" are two nodes;
 *   - lines end in LF or CRLF, a byte-order mark is skipped.
 *
 * What cannot be read is an error that names the line. */
#pragma once

#include "io/umk-graph-private.h"

G_BEGIN_DECLS

UmkGraph *
_umk_edge_list_parse(const char *data, gsize length, gboolean directed, GError **error);
/* 0..100: how much the first bytes look like an edge list. */
guint _umk_edge_list_probe(const guint8 *head, gsize length);

G_END_DECLS
