/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Message catalogues of any bytes: texts that are UTF-8, or an error. */
#include "umk-report-catalog.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkReportCatalog) catalog = _umk_report_catalog_parse(data, size, &error);

    g_assert((catalog == NULL) == (error != NULL));
    if (catalog != NULL)
        g_assert(g_utf8_validate(_umk_report_catalog_get(catalog, "Open"), -1, NULL));
    return 0;
}
