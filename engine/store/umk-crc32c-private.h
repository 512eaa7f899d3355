/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C (Castagnoli), the checksum of slots and derived files: SSE4.2 where the
 * processor has it, a table elsewhere, the same value from both. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Continue with the value of the bytes before; start with 0. */
guint32 _umk_crc32c(guint32 crc, gconstpointer data, gsize length);
guint32 _umk_crc32c_plain(guint32 crc, gconstpointer data, gsize length);

G_END_DECLS
