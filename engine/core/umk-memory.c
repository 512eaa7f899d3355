/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads /proc/meminfo. */
#include "core/umk-memory-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

static gboolean
read_line(const char *text, const char *key, guint64 *kilobytes)
{
    const char *at = strstr(text, key);

    if (at == NULL)
        return FALSE;
    *kilobytes = g_ascii_strtoull(at + strlen(key), NULL, 10);
    return TRUE;
}

gsize
_umk_memory_parse(const char *text, gsize length)
{
    g_autofree char *copy = g_strndup(text, length);
    guint64 available, swap = 0;

    if (!read_line(copy, "MemAvailable:", &available))
        return G_MAXSIZE;
    read_line(copy, "SwapFree:", &swap);
    if (available > G_MAXSIZE / 4096 || swap > G_MAXSIZE / 4096)
        return G_MAXSIZE;
    return (gsize) (available + swap) * 1024;
}

/**
 * umk_get_available_memory:
 *
 * What this machine can still give, swap counted: by this a model that needs more is
 * refused.
 *
 * Returns: bytes, or %G_MAXSIZE where the system does not say
 */
gsize
umk_get_available_memory(void)
{
    g_autofree char *text = NULL;
    gsize length;

    return g_file_get_contents("/proc/meminfo", &text, &length, NULL)
               ? _umk_memory_parse(text, length)
               : G_MAXSIZE;
}

gboolean
_umk_memory_check(const char *what, gsize needed, GError **error)
{
    g_autofree char *need = NULL, *have = NULL;
    gsize available = umk_get_available_memory();

    if (needed <= available)
        return TRUE;
    need = g_format_size_full(needed, G_FORMAT_SIZE_IEC_UNITS);
    have = g_format_size_full(available, G_FORMAT_SIZE_IEC_UNITS);
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("%s: the model needs %s of memory, this machine has %s left"), what,
                need, have);
    return FALSE;
}
