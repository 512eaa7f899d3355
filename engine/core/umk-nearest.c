/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edit distance, for "did you mean". Words are short; one row suffices. */
#include "core/umk-nearest-private.h"

#include <string.h>

guint
_umk_edit_distance(const char *a, const char *b)
{
    gsize n = strlen(b);
    g_autofree guint *row = g_new(guint, n + 1);

    for (gsize j = 0; j <= n; j++)
        row[j] = (guint) j;
    for (gsize i = 0; a[i] != '\0'; i++) {
        guint diagonal = row[0];

        row[0] = (guint) i + 1;
        for (gsize j = 0; j < n; j++) {
            guint above = row[j + 1];

            row[j + 1] = MIN(MIN(above, row[j]) + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[n];
}

const char *
_umk_nearest_word(const char *word, const char *const *words, gsize n)
{
    const char *nearest = NULL;
    gsize length = strlen(word);
    guint best = G_MAXUINT;

    if (length > 200) /* no name is that long; do not spend time on it */
        return NULL;
    for (gsize i = 0; i < n; i++) {
        guint d = _umk_edit_distance(word, words[i]);

        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return best <= 3 && best < length ? nearest : NULL;
}
