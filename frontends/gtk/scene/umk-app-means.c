/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read as if a stranger had written it: it stands in files. */
#include "umk-app-means.h"

#include <string.h>

#define MOST_DIMS 65536u

char *
umk_app_means_to_text(UmkMatrix *means, GBytes *kinds)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const guint8 *of = means != NULL ? g_bytes_get_data(kinds, NULL) : NULL;

    if (means == NULL)
        return NULL;
    for (gsize i = 0; i < umk_matrix_get_n_rows(means); i++) {
        gsize d;
        const float *row = umk_matrix_get_row(means, i, &d);
        g_autofree char *numbers = g_base64_encode((const guchar *) row, d * sizeof *row);

        if (of[i] < UMK_N_MODALITIES)
            g_string_append_printf(text, "%s%s:%s", text->len > 0 ? " " : "",
                                   umk_modality_get_name((UmkModality) of[i]), numbers);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static int
find_kind(const char *part, const char **numbers)
{
    for (int m = 0; m < UMK_N_MODALITIES; m++) {
        const char *name = umk_modality_get_name((UmkModality) m);
        gsize length = strlen(name);

        if (g_str_has_prefix(part, name) && part[length] == ':') {
            *numbers = part + length + 1;
            return m;
        }
    }
    return -1;
}

UmkMatrix *
umk_app_means_from_text(const char *text, GBytes **kinds)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", UMK_N_MODALITIES + 1);
    g_autoptr(GByteArray) rows = g_byte_array_new();
    g_autoptr(UmkMatrix) means = NULL;
    guint8 of[UMK_N_MODALITIES];
    gsize n = g_strv_length(parts), row = 0;
    guint seen = 0;

    for (gsize i = 0; i < n; i++) {
        const char *numbers = NULL;
        int kind = i < UMK_N_MODALITIES ? find_kind(parts[i], &numbers) : -1;
        g_autofree guchar *data = NULL;
        gsize size = 0;

        if (kind < 0 || (seen & 1u << kind))
            return NULL;
        data = g_base64_decode(numbers, &size);
        if (size == 0 || size % sizeof(float) != 0 || (row > 0 && size != row) ||
            size > MOST_DIMS * sizeof(float))
            return NULL;
        row = size;
        seen |= 1u << kind;
        of[i] = (guint8) kind;
        g_byte_array_append(rows, data, (guint) size);
    }
    if (n == 0)
        return NULL;
    means = umk_matrix_new_from_data(n, row / sizeof(float),
                                     (const float *) (gpointer) rows->data, NULL);
    if (means == NULL || !umk_matrix_check_finite(means, NULL))
        return NULL;
    *kinds = g_bytes_new(of, n);
    return g_steal_pointer(&means);
}
