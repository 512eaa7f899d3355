/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audits of any bytes: a report that is UTF-8 and holds no tag of theirs, or an error. */
#include "umk-report.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *html = umk_report_to_html((const char *) data, size, "en", &error);

    g_assert((html == NULL) == (error != NULL));
    if (html != NULL)
        g_assert(g_utf8_validate(html, -1, NULL) && strstr(html, "<script") == NULL);
    return 0;
}
