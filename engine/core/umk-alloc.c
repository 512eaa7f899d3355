/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checked allocation for sizes that input decides. */
#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <stdlib.h>
#include <string.h>

#include "core/umk-lasting-private.h"

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

/* On a 64-byte border, filled with whatever was there; release with _umk_free_aligned. */
gpointer
_umk_alloc_unset(gsize count, gsize size, const char *what, GError **error)
{
    gsize bytes;
    gpointer memory;

    if (!_umk_size_mul(count, size, &bytes) ||
        posix_memalign(&memory, UMK_ALIGN, MAX(bytes, 1)) != 0)
        return too_large(count, size, what, error);
    return memory;
}

/* The same, zero-filled. */
gpointer
_umk_alloc_aligned(gsize count, gsize size, const char *what, GError **error)
{
    gpointer memory = _umk_alloc_unset(count, size, what, error);

    return memory != NULL ? memset(memory, 0, count * size) : NULL;
}

gpointer
_umk_alloc_lasting(gsize count, gsize size, const char *what, GError **error)
{
    gsize bytes;
    gpointer memory =
        _umk_size_mul(count, size, &bytes) ? _umk_lasting_take(bytes) : NULL;

    return memory != NULL ? memory : too_large(count, size, what, error);
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
