/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States of trainings of any bytes. */
#include "train/umk-align-state-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(UmkAlignState) state = {0};
    g_autoptr(GError) error = NULL;

    if (_umk_align_state_parse(&state, data, size, &error)) {
        g_autoptr(GBytes) again = _umk_align_state_to_bytes(&state);

        g_assert_no_error(error);
        g_assert_cmpuint(g_bytes_get_size(again), ==, size);
    } else {
        g_assert_nonnull(error);
    }
    return 0;
}
