/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items are drawn: conditions by name, each the rows that it keeps; an item is
 * drawn if all keep it. Immutable, shared by reference. The layers, the legend and the
 * charts each own the conditions whose names begin with theirs. */
#pragma once

#include "umk-app-rows.h"

G_BEGIN_DECLS

typedef struct _UmkAppFilter UmkAppFilter;

UmkAppFilter *umk_app_filter_new(gsize n_rows);
UmkAppFilter *umk_app_filter_ref(UmkAppFilter *self);
void umk_app_filter_unref(UmkAppFilter *self);
/* The same with one condition set (rows, transfer none) or dropped (rows NULL). name:
 * "layer", "class", "field:year", …; detail: what its owner needs to show it again. */
UmkAppFilter *umk_app_filter_with(UmkAppFilter *self,
                                  const char *name,
                                  const char *detail,
                                  UmkAppRows *rows);
guint umk_app_filter_get_n_conditions(UmkAppFilter *self);
const char *umk_app_filter_get_name(UmkAppFilter *self, guint position);
const char *umk_app_filter_get_detail(UmkAppFilter *self, const char *name);
/* NULL: no such condition. */
UmkAppRows *umk_app_filter_get_condition(UmkAppFilter *self, const char *name);
/* What all conditions keep; NULL: everything. Transfer none. */
UmkAppRows *umk_app_filter_get_rows(UmkAppFilter *self);
/* What all but one keep, for a chart that shows what it would find; NULL: everything. */
UmkAppRows *umk_app_filter_dup_rows_without(UmkAppFilter *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppFilter, umk_app_filter_unref)

G_END_DECLS
