/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of text: CSV as RFC 4180 has it (quoted fields may hold separators, line breaks
 * and doubled quotes), TSV with the same quoting, and JSON lines (one object a line; a
 * value that is no text is kept as its JSON).
 *
 * The first row of a CSV or TSV is a header if one of its cells is a usual name of a
 * column
 * ("id", "text", "label", ...), or if it has two cells or more, all of them short,
 * different and not numbers. Without a header the columns are called "column-1",
 * "column-2", ... */
#pragma once

#include <umekomi/umk-types.h>

typedef struct _UmkTable UmkTable;

typedef enum { UMK_TABLE_CSV, UMK_TABLE_TSV, UMK_TABLE_JSONL } UmkTableKind;

UmkTable *
_umk_table_parse(const char *data, gsize len, UmkTableKind kind, GError **error);
void _umk_table_free(UmkTable *self);
gsize _umk_table_get_n_rows(UmkTable *self);
gsize _umk_table_get_n_columns(UmkTable *self);
const char *_umk_table_get_column(UmkTable *self, gsize column);
gssize _umk_table_find_column(UmkTable *self, const char *name);
/* NULL where the row has no such cell. */
const char *_umk_table_get_cell(UmkTable *self, gsize row, gsize column);
guint64 _umk_table_get_line(UmkTable *self, gsize row);
/* Rows that were left out: "line N: why", NULL-terminated. */
const char *const *_umk_table_get_problems(UmkTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTable, _umk_table_free)
