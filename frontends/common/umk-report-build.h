/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the JSON of an audit to the document that the writers draw. */
#pragma once

#include "umk-report-catalog.h"
#include "umk-report-document.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

UmkReportDocument *_umk_report_build(JsonObject *audit, const UmkReportCatalog *catalog);

G_END_DECLS
