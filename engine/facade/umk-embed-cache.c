/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items are the same, within a call and between calls. The key of a vector is the
 * SHA-256 of everything that it depends on: library version, kernels of this kind of
 * processor, model files, options, embedder, and the item's own bytes. */
#include "facade/umk-embed-private.h"
#include "facade/umk-folder-stamp-private.h"
#include "linalg/umk-gemm-private.h"
#include "store/umk-vector-cache-private.h"

#include <string.h>

static guint
hash_item(gconstpointer data)
{
    UmkItem *item = (UmkItem *) data;
    const char *text = umk_item_get_text(item);
    const char *path = umk_item_get_path(item);

    return g_str_hash(text   ? text
                      : path ? path
                             : "") *
               4 +
           (guint) umk_item_get_modality(item);
}

static gboolean
equal_items(gconstpointer a, gconstpointer b)
{
    UmkItem *x = (UmkItem *) a, *y = (UmkItem *) b;

    if (umk_item_get_bytes(x) != NULL || umk_item_get_bytes(y) != NULL)
        return x == y;
    return umk_item_get_modality(x) == umk_item_get_modality(y) &&
           g_strcmp0(umk_item_get_text(x), umk_item_get_text(y)) == 0 &&
           g_strcmp0(umk_item_get_path(x), umk_item_get_path(y)) == 0;
}

gsize *
_umk_embed_find_repeats(UmkItems *items)
{
    gsize n = umk_items_get_n_items(items);
    gsize *first = g_new(gsize, n + 1);
    g_autoptr(GHashTable) seen = g_hash_table_new(hash_item, equal_items);

    for (gsize i = 0; i < n; i++) {
        UmkItem *item = umk_items_get(items, i);
        gpointer at;

        if (g_hash_table_lookup_extended(seen, item, NULL, &at)) {
            first[i] = GPOINTER_TO_SIZE(at);
        } else {
            first[i] = i;
            g_hash_table_insert(seen, item, GSIZE_TO_POINTER(i));
        }
    }
    return first;
}

/* The digest of a model's files, which takes seconds for a large model, is itself kept in
 * the cache, for as long as no file has another size, time or inode. */
static char *
dup_digest(UmkModel *self, UmkVectorCache *cache)
{
    float kept[UMK_VECTOR_CACHE_KEY / sizeof(float)];
    guint8 key[UMK_VECTOR_CACHE_KEY], raw[UMK_VECTOR_CACHE_KEY];
    gsize n = sizeof key;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *digest;

    if (umk_model_get_path(self) == NULL)
        return umk_model_dup_digest(self, NULL);
    g_checksum_update(sum, (const guchar *) "digest\n", -1);
    _umk_folder_stamp(sum, umk_model_get_path(self));
    g_checksum_get_digest(sum, key, &n);
    if (_umk_vector_cache_get(cache, key, G_N_ELEMENTS(kept), kept)) {
        GString *hex = g_string_new(NULL);

        memcpy(raw, kept, sizeof raw);
        for (gsize i = 0; i < sizeof raw; i++)
            g_string_append_printf(hex, "%02x", raw[i]);
        return g_string_free(hex, FALSE);
    }
    digest = umk_model_dup_digest(self, NULL);
    if (digest == NULL || strlen(digest) != 2 * sizeof raw)
        return digest;
    for (gsize i = 0; i < sizeof raw; i++)
        raw[i] = (guint8) (g_ascii_xdigit_value(digest[2 * i]) * 16 +
                           g_ascii_xdigit_value(digest[2 * i + 1]));
    memcpy(kept, raw, sizeof raw);
    _umk_vector_cache_put(cache, key, G_N_ELEMENTS(kept), kept);
    return digest;
}

GBytes *
_umk_embed_key_start(UmkModel *self, const UmkTower *tower, UmkVectorCache *cache)
{
    g_autofree char *digest = dup_digest(self, cache);
    g_autofree char *params = _umk_model_dup_params(self);
    g_autofree char *start = NULL;

    if (digest == NULL)
        return NULL;
    start =
        g_strdup_printf("%s\n%s\n%s\n%s\n%s\n", umk_get_version(), digest, tower->ops->id,
                        umk_modality_get_name(tower->ops->modality), params);
    return g_bytes_new(start, strlen(start));
}

gboolean
_umk_embed_key(GBytes *start, UmkItem *item, guint8 *key)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const char *text = umk_item_get_text(item), *path = umk_item_get_path(item);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GMappedFile) file = NULL;
    gsize length, n = UMK_VECTOR_CACHE_KEY;
    const guchar *data = g_bytes_get_data(start, &length);

    g_checksum_update(sum, data, (gssize) length);
    if (umk_item_get_bytes(item) != NULL) {
        bytes = g_bytes_ref(umk_item_get_bytes(item));
    } else if (text != NULL) {
        bytes = g_bytes_new_static(text, strlen(text));
    } else {
        file = path != NULL ? g_mapped_file_new(path, FALSE, NULL) : NULL;
        if (file == NULL)
            return FALSE;
        bytes = g_mapped_file_get_bytes(file);
    }
    data = g_bytes_get_data(bytes, &length);
    if (length > 0)
        g_checksum_update(sum, data, (gssize) length);
    g_checksum_get_digest(sum, key, &n);
    return TRUE;
}
