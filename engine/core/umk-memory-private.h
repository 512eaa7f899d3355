/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much memory this machine can still give, asked before a model is unpacked: Linux
 * would promise more than it has and end the program later. */
#pragma once

#include <umekomi/umk-types.h>

/* Bytes that "MemAvailable" and "SwapFree" of /proc/meminfo add up to, or G_MAXSIZE where
 * the text does not say. */
gsize _umk_memory_parse(const char *text, gsize length);
/* FALSE and UMK_ERROR_TOO_LARGE when what (for the message) needs more than there is. */
gboolean _umk_memory_check(const char *what, gsize needed, GError **error);
