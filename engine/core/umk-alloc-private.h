/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation of sizes that come from outside: checked for overflow and for failure, and
 * turned into UMK_ERROR_TOO_LARGE. Small allocations use g_malloc as all of GLib does. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_ALIGN 64 /* bytes; a cache line, and the widest vector register */

gboolean _umk_size_mul(gsize a, gsize b, gsize *product);
gpointer _umk_alloc(gsize count, gsize size, const char *what, GError **error);
gpointer _umk_alloc_aligned(gsize count, gsize size, const char *what, GError **error);
/* The same, but filled with whatever was there: for scratch memory. */
gpointer _umk_alloc_unset(gsize count, gsize size, const char *what, GError **error);
void _umk_free_aligned(gpointer memory);
/* The same for what is filled once and kept, as weights are: side by side on large pages
 * where the system has them. */
gpointer _umk_alloc_lasting(gsize count, gsize size, const char *what, GError **error);
void _umk_free_lasting(gpointer memory);
GBytes *_umk_bytes_new_aligned(gpointer memory, gsize size);
