/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers again from the codes of "u8" and "i8", by the ranges that were written beside
 * them. Truncation towards zero makes the step around the code 0 of "i8" twice as wide as
 * the others, which lie above it for positive codes and below it for negative ones. */
#include "io/umk-npy-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static float
decode(float code, gboolean is_signed, float least, float greatest)
{
    float step = (greatest - least) / 255.0f;

    if (is_signed)
        code += 128.0f + (code > 0.0f ? 0.5f : code < 0.0f ? -0.5f : 0.0f);
    else
        code += 0.5f;
    return least + CLAMP(code, 0.0f, 255.0f) * step;
}

char *
_umk_npy_ranges_path(const char *path)
{
    gsize length = strlen(path);

    if (g_str_has_suffix(path, ".npy"))
        length -= strlen(".npy");
    return g_strdup_printf("%.*s.ranges.npy", (int) length, path);
}

UmkMatrix *
_umk_npy_decode(UmkMatrix *codes, UmkMatrix *ranges, gboolean is_signed, GError **error)
{
    gsize n = umk_matrix_get_n_rows(codes), d = umk_matrix_get_n_cols(codes);
    const float *least, *greatest;
    float *out;
    g_autoptr(GBytes) bytes = NULL;

    if (umk_matrix_get_n_rows(ranges) != 2 || umk_matrix_get_n_cols(ranges) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The ranges are %zu × %zu numbers; 2 × %zu are needed"),
                    umk_matrix_get_n_rows(ranges), umk_matrix_get_n_cols(ranges), d);
        return NULL;
    }
    out = _umk_alloc_aligned(MAX(n * d, 1), sizeof *out, _("The array"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, n * d * sizeof *out);
    least = umk_matrix_get_row(ranges, 0, NULL);
    greatest = umk_matrix_get_row(ranges, 1, NULL);
    for (gsize row = 0; row < n; row++) {
        const float *from = umk_matrix_get_row(codes, row, NULL);

        for (gsize i = 0; i < d; i++)
            out[row * d + i] = decode(from[i], is_signed, least[i], greatest[i]);
    }
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}
