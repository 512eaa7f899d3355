/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audit as a document for people: HTML or PDF, drawn from the JSON of the audit and
 * from nothing else. Shared by the command line and the window. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

gboolean umk_report_write(const char *json,
                          gsize length,
                          const char *path,
                          const char *language,
                          GError **error);
char *
umk_report_to_html(const char *json, gsize length, const char *language, GError **error);
GBytes *
umk_report_to_pdf(const char *json, gsize length, const char *language, GError **error);
gboolean umk_report_has_language(const char *language);

G_END_DECLS
