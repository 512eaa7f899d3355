/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as open_clip_config.json: an error, or a config.json that can be parsed. */
#include "io/umk-json-private.h"
#include "io/umk-open-clip-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *config =
        _umk_open_clip_translate_config((const char *) data, size, &error);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;

    if (config == NULL) {
        g_assert_nonnull(error);
        return 0;
    }
    parser = _umk_json_parse(config, strlen(config), &root, &error);
    g_assert_no_error(error);
    return 0;
}
