/* SPDX-License-Identifier: GPL-3.0-or-later */
/* umekomi-model.json: a description or an error, never a path out of the folder. */
#include "facade/umk-bundle-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkBundle) bundle =
        _umk_bundle_parse("/bundle", (const char *) data, size, &error);

    g_assert((bundle == NULL) == (error != NULL));
    for (guint i = 0; bundle != NULL && i < UMK_N_MODALITIES; i++)
        g_assert(bundle->folders[i] == NULL ||
                 strstr(bundle->folders[i], "..") !=
                     bundle->folders[i] + strlen("/bundle/"));
    return 0;
}
