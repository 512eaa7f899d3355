/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checked allocation for sizes that input decides. */
#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((gsize) 2 * 1024 * 1024)

gboolean
_umk_size_mul(gsize a, gsize b, gsize *product)
{
    return g_size_checked_mul(product, a, b);
}

static gpointer
too_large(gsize count, gsize size, const char *what, GError **error)
{
    gsize bytes;
    g_autofree char *amount =
        _umk_size_mul(count, size, &bytes) ? g_format_size(bytes) : NULL;

    if (amount != NULL)
        /* Translators: what is to be made, then an amount, as "3.2 GB" */
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s needs %s of memory, more than there is"), what, amount);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s needs %zu × %zu bytes, more memory than there is"), what, count,
                    size);
    return NULL;
}

/* Zero-filled; release with g_free. */
gpointer
_umk_alloc(gsize count, gsize size, const char *what, GError **error)
{
    gpointer memory = g_try_malloc0_n(MAX(count, 1), MAX(size, 1));

    return memory ? memory : too_large(count, size, what, error);
}

/* Zero-filled, on a 64-byte border; release with _umk_free_aligned. */
static gpointer
alloc_zeroed(
    gsize count, gsize size, gboolean large_pages, const char *what, GError **error)
{
    gsize bytes, alignment = UMK_ALIGN;
    gpointer memory;

    if (!_umk_size_mul(count, size, &bytes) || bytes > G_MAXSIZE - UMK_ALIGN)
        return too_large(count, size, what, error);
    bytes = (MAX(bytes, 1) + UMK_ALIGN - 1) / UMK_ALIGN * UMK_ALIGN;
    if (large_pages && bytes >= HUGE_PAGE)
        alignment = HUGE_PAGE;
    if (posix_memalign(&memory, alignment, bytes) != 0)
        return too_large(count, size, what, error);
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE) /* before the first touch */
        madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    memset(memory, 0, bytes);
    return memory;
}

gpointer
_umk_alloc_aligned(gsize count, gsize size, const char *what, GError **error)
{
    return alloc_zeroed(count, size, FALSE, what, error);
}

gpointer
_umk_alloc_lasting(gsize count, gsize size, const char *what, GError **error)
{
    return alloc_zeroed(count, size, TRUE, what, error);
}

void
_umk_free_aligned(gpointer memory)
{
    free(memory);
}

/* Takes memory from _umk_alloc_aligned. */
GBytes *
_umk_bytes_new_aligned(gpointer memory, gsize size)
{
    return g_bytes_new_with_free_func(memory, size, _umk_free_aligned, memory);
}
