/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preprocessor_config.json from anyone: a plan and a result, or an error. */
#include "umk-preprocess-private.h"

#include <stdint.h>

#include "io/umk-json-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as a timm config.json. */
static gboolean
parse_timm(UmkPreprocess *preprocess, const uint8_t *data, size_t size)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser =
        _umk_json_parse((const char *) data, size, &root, NULL);

    return parser && _umk_preprocess_read_timm(preprocess, root, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const families[] = {"clip",   "vit",          "umekomi_vit", "?",
                                           "resnet", "efficientnet", "siglip",      NULL};
    static const gsize sides[] = {1, 2, 333, 70000};

    for (gsize f = 0; f < G_N_ELEMENTS(families); f++) {
        UmkPreprocess preprocess;

        if (families[f]
                ? !_umk_preprocess_parse(&preprocess, families[f], 64, data, size, NULL)
                : !parse_timm(&preprocess, data, size))
            continue;
        for (gsize i = 0; i < 16; i++) {
            UmkPreprocessPlan plan;

            if (!_umk_preprocess_plan(&preprocess, sides[i / 4], sides[i % 4], &plan,
                                      NULL))
                continue;
            g_assert_cmpuint(plan.pad_x + plan.shape.width, <=, plan.width);
            g_assert_cmpuint(plan.pad_y + plan.shape.height, <=, plan.height);
            g_assert_cmpuint(plan.shape.x + plan.shape.width, <=, plan.shape.out_width);
            g_assert_cmpuint(plan.shape.y + plan.shape.height, <=, plan.shape.out_height);
        }
    }
    return 0;
}
