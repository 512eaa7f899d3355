/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of one language, whatever the locale of the program is: the compiled
 * catalogue umekomi.mo, read by ourselves. gettext() would need that locale to exist on
 * the machine and the whole process to switch to it. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

typedef struct _UmkReportCatalog UmkReportCatalog;

UmkReportCatalog *_umk_report_catalog_new(const char *language);
UmkReportCatalog *
_umk_report_catalog_parse(const guint8 *data, gsize size, GError **error);
void _umk_report_catalog_free(UmkReportCatalog *self);
gsize _umk_report_catalog_get_n_texts(const UmkReportCatalog *self);
const char *_umk_report_catalog_get_language(const UmkReportCatalog *self);
const char *_umk_report_catalog_get(const UmkReportCatalog *self, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkReportCatalog, _umk_report_catalog_free)

G_END_DECLS
