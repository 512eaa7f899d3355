/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON of a model folder from anyone, through the readers of config.json and of
 * 1_Pooling/config.json: an error or values within their limits. There are no weights, so
 * nothing past the config can be reached. */
#include <stdint.h>
#include <string.h>

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"
#include "modalities/text/umk-clip-text-private.h"
#include "modalities/text/umk-pooling-private.h"
#include "modalities/text/umk-text-families-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static UmkWeights *
make_empty(void)
{
    static const char file[] = "\2\0\0\0\0\0\0\0{}";
    g_autoptr(GBytes) bytes = g_bytes_new_static(file, 10);

    return _umk_weights_new_from_bytes(bytes, "fuzz", NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JsonObject *root;
    JsonArray *array;
    g_autoptr(JsonParser) object_parser = NULL;
    g_autoptr(JsonParser) array_parser = NULL;
    g_autoptr(UmkWeights) weights = make_empty();
    UmkTensors tensors = {weights, "", _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    UmkPooling pooling;

    array_parser = _umk_json_parse_array((const char *) data, size, &array, NULL);
    object_parser = _umk_json_parse((const char *) data, size, &root, NULL);
    if (object_parser == NULL)
        return 0;
    if (_umk_pooling_read(&pooling, root, NULL))
        g_assert_cmpuint(_umk_pooling_n_out(&pooling, 1), >=, 1);
#define TRY(name)                                                                        \
    g_assert_null(_umk_text_network_new(&_umk_##name##_family, root, &tensors, NULL));
    UMK_TEXT_FAMILIES(TRY)
    g_assert_null(_umk_clip_text_new(root, weights, NULL));
    return 0;
}
