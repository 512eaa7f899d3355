/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes from a server or lies in a model folder without being weights: a list of
 * digests, the hub's listing, our own record, the card of a README. Names that come out
 * never lead out of a folder. The first byte chooses. */
#include <stdint.h>
#include <string.h>

#include "hub/umk-digests-private.h"
#include "hub/umk-front-matter-private.h"
#include "hub/umk-model-record-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_files(GPtrArray *files)
{
    g_assert_cmpuint(files->len, <=, UMK_DIGESTS_MAX_FILES);
    for (guint i = 0; i < files->len; i++) {
        const UmkFileDigest *file = files->pdata[i];

        g_assert_true(_umk_file_name_is_safe(file->name));
        g_assert_true(file->name[0] != '/' && strstr(file->name, "..") != file->name);
        g_assert_nonnull(file->digest);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(UmkModelRecord) record = NULL;
    g_autoptr(GHashTable) card = NULL;
    g_autofree char *commit = NULL;
    const char *text = (const char *) data + 1;

    if (size < 1)
        return 0;
    switch (data[0]) {
    case 's':
        files = _umk_sums_parse(text, size - 1, &error);
        break;
    case 'h':
        files = _umk_hub_listing_parse(text, size - 1, &commit, &error);
        break;
    case 'r':
        record = _umk_model_record_parse(text, size - 1, &error);
        files = record ? g_ptr_array_ref(record->files) : NULL;
        break;
    default:
        card = _umk_front_matter_parse(text, size - 1);
        g_assert_nonnull(card);
        return 0;
    }
    g_assert_true((files == NULL) == (error != NULL));
    if (files != NULL)
        check_files(files);
    return 0;
}
