/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the preprocessor_config.json of a published audio model: an error, or
 * numbers within their limits. */
#include "umk-extractor-config-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    UmkExtractorConfig c = {.rate = 16000, .hop_length = 160, .std = 1};
    g_autoptr(GError) error = NULL;

    if (!_umk_extractor_config_parse(&c, data, size, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpint(c.rate, >=, 1000);
    g_assert_cmpint(c.hop_length, >=, 1);
    g_assert_true(c.std > 0 && c.max_seconds >= 0 && c.max_seconds <= 3600);
    g_assert_cmpuint(strlen(c.padding), <, sizeof c.padding);
    g_assert_cmpuint(strlen(c.truncation), <, sizeof c.truncation);
    return 0;
}
