/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored spaces and trained heads of any bytes. */
#include <umekomi/umekomi.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(UmkSpace) other = umk_space_new("other", 2, UMK_METRIC_DOT);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkSpace) space = umk_space_new_from_bytes(bytes, &error);

    g_assert((space == NULL) == (error != NULL));
    g_clear_error(&error);
    g_assert(umk_space_align_head(other, "head", bytes, &error) == (error == NULL));
    return 0;
}
