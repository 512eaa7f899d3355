/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A character map of SentencePiece: whatever loads gives well-formed UTF-8 for any text.
 */
#include "modalities/text/umk-charsmap-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "\xef\xbd\x81\t\xc3\xa9\xe3\x8c\x94\r\n\xf0\x9f\x98\x80x";
    g_autoptr(UmkCharsmap) map = _umk_charsmap_new(data, size, NULL);

    if (map == NULL)
        return 0;
    for (gsize at = 0; at < sizeof text; at++) {
        for (guint longest = 0; longest < 2; longest++) {
            gsize n = 0;
            const char *found =
                _umk_charsmap_match(map, text + at, sizeof text - at, longest != 0, &n);

            if (found == NULL)
                continue;
            g_assert_true(g_utf8_validate(found, -1, NULL));
            g_assert_cmpuint(n, >, 0);
            g_assert_cmpuint(n, <=, sizeof text - at);
        }
    }
    return 0;
}
