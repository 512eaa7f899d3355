/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which maps of a model stay f32 in int8, kept from one start to the next: to find it
 * takes as long as embedding some dozen items a few times over, and it is the same as
 * long as library, kernels, options and files are. A small file each in the cache folder;
 * where it cannot be written it is found again. */
#include "facade/umk-quantize-private.h"

#include <glib/gstdio.h>

#include <umekomi/umk-version.h>

#include "facade/umk-folder-stamp-private.h"
#include "linalg/umk-gemm-int8-private.h"

static char *
find_path(const UmkEmbedderOps *ops, const char *folder, UmkParams *params)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *options = umk_params_to_json(params);
    g_autofree char *file = NULL;
    g_autofree char *start = g_strdup_printf("%s\n%s\n%d\n%s\n", umk_get_version(),
                                             ops->id, _umk_gemm_int8_get_top(), options);

    g_checksum_update(sum, (const guchar *) start, -1);
    _umk_folder_stamp(sum, folder);
    file = g_strconcat(g_checksum_get_string(sum), ".json", NULL);
    return g_build_filename(g_get_user_cache_dir(), "umekomi", "int8", file, NULL);
}

char *
_umk_quantization_recall(const UmkEmbedderOps *ops, const char *folder, UmkParams *params)
{
    g_autofree char *path = find_path(ops, folder, params);
    g_autofree char *data = NULL;
    gsize length;

    if (!g_file_get_contents(path, &data, &length, NULL))
        return NULL;
    return _umk_quantization_parse(data, length, NULL);
}

void
_umk_quantization_keep(const UmkQuantization *self,
                       const UmkEmbedderOps *ops,
                       const char *folder,
                       UmkParams *params)
{
    g_autofree char *path = find_path(ops, folder, params);
    g_autofree char *cache = g_path_get_dirname(path);
    g_autoptr(GString) json = g_string_new("{\"f32_layers\": [");

    for (guint i = 0; i < self->f32_layers->len; i++) {
        g_autofree char *name = g_strescape(self->f32_layers->pdata[i], NULL);

        g_string_append_printf(json, "%s\"%s\"", i > 0 ? ", " : "", name);
    }
    g_string_append(json, "]}\n");
    if (g_mkdir_with_parents(cache, 0700) != 0 ||
        !g_file_set_contents(path, json->str, (gssize) json->len, NULL))
        g_debug("%s cannot be written", path);
}
