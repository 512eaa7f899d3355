/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the safetensors files of a model folder, maps them and hands tensors out. */
#include "io/umk-weights-private.h"

#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-memory-private.h"
#include "io/umk-json-private.h"
#include "io/umk-open-clip-private.h"

#define MAX_SHARDS 1024

typedef struct {
    char *label;
    GBytes *bytes;
    GPtrArray *tensors; /* UmkTensor */
    gboolean mapped;    /* bytes is a file mapped for reading */
} Shard;

typedef struct {
    Shard *shard;
    UmkTensor *tensor;
    float *converted;    /* owned; NULL while used in place or not asked for */
    gboolean transposed; /* the tensor describes what is given, not what is stored */
} Entry;

struct _UmkWeights {
    char *label;
    GPtrArray *shards;   /* Shard */
    GHashTable *entries; /* name -> Entry */
};

static void
shard_free(gpointer data)
{
    Shard *shard = data;

    g_free(shard->label);
    g_bytes_unref(shard->bytes);
    g_clear_pointer(&shard->tensors, g_ptr_array_unref);
    g_free(shard);
}

static void
entry_free(gpointer data)
{
    Entry *entry = data;

    _umk_free_aligned(entry->converted);
    g_free(entry);
}

static UmkWeights *
weights_new(const char *label)
{
    UmkWeights *self = g_new0(UmkWeights, 1);

    self->label = g_strdup(label);
    self->shards = g_ptr_array_new_with_free_func(shard_free);
    self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    return self;
}

void
_umk_weights_free(UmkWeights *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->entries);
    g_ptr_array_unref(self->shards);
    g_free(self->label);
    g_free(self);
}

static Shard *
add_shard(UmkWeights *self, GBytes *bytes, const char *label, GError **error)
{
    Shard *shard;
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);
    GPtrArray *tensors = _umk_safetensors_parse(data, length, error);

    if (tensors == NULL) {
        g_prefix_error(error, "%s: ", label);
        return NULL;
    }
    shard = g_new0(Shard, 1);
    shard->label = g_strdup(label);
    shard->bytes = g_bytes_ref(bytes);
    shard->tensors = tensors;
    g_ptr_array_add(self->shards, shard);
    return shard;
}

static Entry *
add_entry(UmkWeights *self, Shard *shard, UmkTensor *tensor)
{
    Entry *entry = g_new0(Entry, 1);

    entry->shard = shard;
    entry->tensor = tensor;
    g_hash_table_replace(self->entries, tensor->name, entry);
    return entry;
}

UmkWeights *
_umk_weights_new_from_bytes(GBytes *bytes, const char *label, GError **error)
{
    g_autoptr(UmkWeights) self = weights_new(label);
    Shard *shard = add_shard(self, bytes, label, error);

    if (shard == NULL)
        return NULL;
    for (guint i = 0; i < shard->tensors->len; i++)
        add_entry(self, shard, shard->tensors->pdata[i]);
    return g_steal_pointer(&self);
}

/* On large pages where the system has them for files (Linux 6.16 on ext4, others before):
 * it reads the file in larger pieces then, and a row of a table of words is found in half
 * the time (figures in tests/bench/RESULTS.md). */
static GBytes *
map_file(const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (file == NULL)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (g_mapped_file_get_length(file) > 0)
        madvise(g_mapped_file_get_contents(file), g_mapped_file_get_length(file),
                MADV_HUGEPAGE);
#endif
    return g_mapped_file_get_bytes(file);
}

UmkWeights *
_umk_weights_open_file(const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = map_file(path, error);
    UmkWeights *self =
        bytes != NULL ? _umk_weights_new_from_bytes(bytes, path, error) : NULL;

    for (guint i = 0; self != NULL && i < self->shards->len; i++)
        ((Shard *) self->shards->pdata[i])->mapped = TRUE;
    return self;
}

/* The shard called name, mapped on first use. A name that leaves the folder is refused.
 */
static Shard *
open_shard(UmkWeights *self,
           GHashTable *by_name,
           const char *folder,
           const char *name,
           GError **error)
{
    Shard *shard = g_hash_table_lookup(by_name, name);
    g_autofree char *path = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (shard != NULL)
        return shard;
    if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The shard name “%s” is not a plain file name"), name);
        return NULL;
    }
    if (self->shards->len >= MAX_SHARDS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The index names more than %d shards"), MAX_SHARDS);
        return NULL;
    }
    path = g_build_filename(folder, name, NULL);
    bytes = map_file(path, error);
    if (bytes == NULL)
        return NULL;
    shard = add_shard(self, bytes, path, error);
    if (shard != NULL)
        shard->mapped = TRUE;
    if (shard != NULL)
        g_hash_table_insert(by_name, g_strdup(name), shard);
    return shard;
}

static UmkTensor *
find_in_shard(Shard *shard, GHashTable *cache, const char *name)
{
    GHashTable *names = g_hash_table_lookup(cache, shard);

    if (names == NULL) {
        names = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < shard->tensors->len; i++) {
            UmkTensor *tensor = shard->tensors->pdata[i];

            g_hash_table_insert(names, tensor->name, tensor);
        }
        g_hash_table_insert(cache, shard, names);
    }
    return g_hash_table_lookup(names, name);
}

static gboolean
add_indexed(UmkWeights *self, const char *folder, JsonObject *map, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(map);
    g_autoptr(GHashTable) by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) cache =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);

    for (GList *at = names; at != NULL; at = at->next) {
        const char *name = at->data, *file;
        Shard *shard;
        UmkTensor *tensor;

        if (!_umk_json_get_string(map, name, "", &file, error))
            return FALSE;
        shard = open_shard(self, by_name, folder, file, error);
        if (shard == NULL)
            return FALSE;
        tensor = find_in_shard(shard, cache, name);
        if (tensor == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” is not in %s, where the index puts it"), name,
                        file);
            return FALSE;
        }
        add_entry(self, shard, tensor);
    }
    return TRUE;
}

static UmkWeights *
open_index(const char *folder, const char *path, GError **error)
{
    g_autoptr(UmkWeights) self = weights_new(path);
    g_autoptr(GBytes) bytes = map_file(path, error);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root, *map;
    gsize length;
    const char *data;

    if (bytes == NULL)
        return NULL;
    data = g_bytes_get_data(bytes, &length);
    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !_umk_json_get_object(root, "weight_map", &map, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    if (map == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s: there is no “weight_map”"), path);
        return NULL;
    }
    if (!add_indexed(self, folder, map, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&self);
}

static UmkWeights *
open_translated(const char *path, GError **error)
{
    UmkWeights *self = _umk_weights_open_file(path, error);

    if (self != NULL)
        _umk_open_clip_translate_weights(self);
    return self;
}

static gboolean
has_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

gboolean
_umk_weights_are_pickled(const char *folder)
{
    return !has_file(folder, "model.safetensors") &&
           !has_file(folder, "model.safetensors.index.json") &&
           (has_file(folder, "pytorch_model.bin") ||
            has_file(folder, "pytorch_model.bin.index.json"));
}

UmkWeights *
_umk_weights_open_folder(const char *folder, GError **error)
{
    g_autofree char *single = g_build_filename(folder, "model.safetensors", NULL);
    g_autofree char *index =
        g_build_filename(folder, "model.safetensors.index.json", NULL);
    g_autofree char *open_clip =
        g_build_filename(folder, "open_clip_model.safetensors", NULL);

    if (g_file_test(single, G_FILE_TEST_EXISTS))
        return open_translated(single, error);
    if (g_file_test(index, G_FILE_TEST_EXISTS))
        return open_index(folder, index, error);
    if (g_file_test(open_clip, G_FILE_TEST_EXISTS))
        return open_translated(open_clip, error);
    if (_umk_weights_are_pickled(folder)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s: there is only pytorch_model.bin, a pickle, which is not read "
                      "because reading it runs what it says; convert it to "
                      "model.safetensors, as save_pretrained() of transformers does"),
                    folder);
        return NULL;
    }
    g_set_error(
        error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
        _("%s: there is no model.safetensors and no model.safetensors.index.json"),
        folder);
    return NULL;
}

gboolean
_umk_weights_has(gpointer self, const char *name)
{
    return g_hash_table_contains(((UmkWeights *) self)->entries, name);
}

gboolean
_umk_weights_check_memory(UmkWeights *self, gsize bytes_per_number, GError **error)
{
    GHashTableIter iter;
    gpointer value;
    gsize n_bytes = 0, size;

    g_hash_table_iter_init(&iter, self->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const UmkTensor *tensor = ((Entry *) value)->tensor;

        if (tensor->dtype == UMK_DTYPE_OTHER)
            continue;
        if (!_umk_size_mul(tensor->n_elements, bytes_per_number, &size) ||
            size > G_MAXSIZE - n_bytes)
            n_bytes = G_MAXSIZE;
        else
            n_bytes += size;
    }
    return _umk_memory_check(self->label, n_bytes, error);
}

gboolean
_umk_weights_get_shape(UmkWeights *self, const char *name, gsize *shape, guint *n_axes)
{
    Entry *entry = g_hash_table_lookup(self->entries, name);

    if (entry == NULL)
        return FALSE;
    memcpy(shape, entry->tensor->shape, entry->tensor->n_axes * sizeof(gsize));
    *n_axes = entry->tensor->n_axes;
    return TRUE;
}

const char *
_umk_weights_find_prefix(UmkWeights *self, const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++) {
        g_autofree char *full = g_strconcat(*prefixes, name, NULL);

        if (_umk_weights_has(self, full))
            return *prefixes;
    }
    return NULL;
}

static const guint8 *
tensor_data(const Entry *entry)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(entry->shard->bytes, &length);
    guint64 header;

    memcpy(&header, data, 8);
    return data + 8 + GUINT64_FROM_LE(header) + entry->tensor->begin;
}

gboolean
_umk_weights_view(UmkWeights *self, const char *name, UmkTensorView *view)
{
    Entry *entry = g_hash_table_lookup(self->entries, name);

    if (entry == NULL || entry->transposed)
        return FALSE;
    *view =
        (UmkTensorView){tensor_data(entry), entry->tensor->dtype, entry->tensor->n_axes,
                        .n_elements = entry->tensor->n_elements};
    memcpy(view->shape, entry->tensor->shape, sizeof view->shape);
    return TRUE;
}

gboolean
_umk_weights_get_stored(gpointer self,
                        const char *name,
                        const gsize shape[2],
                        UmkStoredRows *rows)
{
    UmkTensorView view;

    if (!_umk_weights_view(self, name, &view) || view.n_axes != 2 ||
        view.shape[0] != shape[0] || view.shape[1] != shape[1] ||
        (view.dtype != UMK_DTYPE_F16 && view.dtype != UMK_DTYPE_BF16))
        return FALSE;
    *rows = (UmkStoredRows){view.dtype, view.data, 2 * shape[1]};
    return TRUE;
}

static gboolean
check_shape(const Entry *entry, const gsize *shape, guint n_axes, GError **error)
{
    const UmkTensor *tensor = entry->tensor;
    g_autofree char *found = NULL, *expected = NULL;

    if (shape == NULL || (tensor->n_axes == n_axes &&
                          memcmp(tensor->shape, shape, n_axes * sizeof(gsize)) == 0))
        return TRUE;
    found = _umk_shape_to_string(tensor->shape, tensor->n_axes);
    expected = _umk_shape_to_string(shape, n_axes);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("%s: tensor “%s” has shape %s, expected %s"), entry->shard->label,
                tensor->name, found, expected);
    return FALSE;
}

/* Eight-bit weights: multiplied by one number, or by one for each row. */
static gboolean
apply_scale(UmkWeights *self, const Entry *entry, float *data, GError **error)
{
    const UmkTensor *tensor = entry->tensor;
    g_autofree char *name = g_strconcat(tensor->name, ".scale", NULL);
    Entry *scale = g_hash_table_lookup(self->entries, name);
    gsize n_rows = tensor->n_axes > 0 ? tensor->shape[0] : 1, width;
    const float *factors;

    if (scale == NULL || scale->tensor->dtype == UMK_DTYPE_I8 ||
        (scale->tensor->n_elements != n_rows && scale->tensor->n_elements != 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s: tensor “%s” is stored as I8 and needs a tensor “%s” of 1 or "
                      "%zu numbers"),
                    entry->shard->label, tensor->name, name, n_rows);
        return FALSE;
    }
    factors = _umk_weights_get(self, name, NULL, 0, error);
    if (factors == NULL)
        return FALSE;
    width = n_rows > 0 ? tensor->n_elements / n_rows : 0;
    for (gsize row = 0; row < n_rows; row++)
        for (gsize i = 0; i < width; i++)
            data[row * width + i] *= factors[scale->tensor->n_elements == 1 ? 0 : row];
    return TRUE;
}

/* Takes data, stored as (shape[1], shape[0]). */
static float *
transpose(const UmkTensor *tensor, float *data, GError **error)
{
    gsize n_rows = tensor->shape[0], n_columns = tensor->shape[1];
    float *turned = _umk_alloc_aligned(MAX(tensor->n_elements, 1), sizeof(float),
                                       tensor->name, error);

    for (gsize i = 0; turned != NULL && i < n_rows; i++)
        for (gsize j = 0; j < n_columns; j++)
            turned[i * n_columns + j] = data[j * n_rows + i];
    _umk_free_aligned(data);
    return turned;
}

static float *
convert(UmkWeights *self, const Entry *entry, GError **error)
{
    const UmkTensor *tensor = entry->tensor;
    float *data;

    data = _umk_alloc_aligned(MAX(tensor->n_elements, 1), sizeof(float), tensor->name,
                              error);
    if (data == NULL)
        return NULL;
    if (!_umk_dtype_to_float(tensor->dtype, tensor_data(entry), tensor->n_elements,
                             data)) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
            _("%s: tensor “%s” is stored as %s, expected F32, F16, BF16, F64 or I8"),
            entry->shard->label, tensor->name, tensor->dtype_name);
        _umk_free_aligned(data);
        return NULL;
    }
    if (tensor->dtype == UMK_DTYPE_I8 && !apply_scale(self, entry, data, error)) {
        _umk_free_aligned(data);
        return NULL;
    }
    return entry->transposed ? transpose(tensor, data, error) : data;
}

const float *
_umk_weights_get(
    gpointer self, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    UmkWeights *weights = self;
    Entry *entry = g_hash_table_lookup(weights->entries, name);
    const guint8 *data;

    if (entry == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("%s: there is no tensor “%s”"), weights->label, name);
        return NULL;
    }
    if (!check_shape(entry, shape, n_axes, error))
        return NULL;
    data = tensor_data(entry);
    if (entry->tensor->dtype == UMK_DTYPE_F32 && !entry->transposed &&
        G_BYTE_ORDER == G_LITTLE_ENDIAN && GPOINTER_TO_SIZE(data) % sizeof(float) == 0)
        return (const float *) (gconstpointer) data;
    if (entry->converted == NULL)
        entry->converted = convert(weights, entry, error);
    return entry->converted;
}

/* Whole pages of a mapped file leave the memory of this process; should somebody look at
 * them once more they come back from the file. */
static void
forget_pages(const guint8 *data, gsize size)
{
    const gsize page = (gsize) sysconf(_SC_PAGESIZE);
    gsize begin = (GPOINTER_TO_SIZE(data) + page - 1) / page * page;
    gsize end = (GPOINTER_TO_SIZE(data) + size) / page * page;

    if (begin < end)
        madvise(GSIZE_TO_POINTER(begin), end - begin, MADV_DONTNEED);
}

void
_umk_weights_release(gpointer self, const float *data)
{
    GHashTableIter iter;
    gpointer value;

    if (data == NULL)
        return;
    g_hash_table_iter_init(&iter, ((UmkWeights *) self)->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Entry *entry = value;
        const guint8 *stored = tensor_data(entry);

        if (entry->converted != data && (gconstpointer) stored != data)
            continue;
        g_clear_pointer(&entry->converted, _umk_free_aligned);
        if (entry->shard->mapped)
            forget_pages(stored, entry->tensor->size);
        return;
    }
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

char **
_umk_weights_list(UmkWeights *self)
{
    GPtrArray *names = g_ptr_array_new();
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, self->entries);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

/* A copy of a tensor's description under another name; it belongs to the shard. */
static UmkTensor *
add_description(const Entry *entry, const char *name)
{
    UmkTensor *tensor = g_memdup2(entry->tensor, sizeof *tensor);

    tensor->name = g_strdup(name);
    tensor->dtype_name = g_strdup(entry->tensor->dtype_name);
    g_ptr_array_add(entry->shard->tensors, tensor);
    return tensor;
}

gboolean
_umk_weights_add_part(
    UmkWeights *self, const char *name, const char *of, gsize part, gsize n_parts)
{
    Entry *entry = g_hash_table_lookup(self->entries, of);
    UmkTensor *tensor;

    if (entry == NULL || entry->transposed || part >= n_parts ||
        entry->tensor->n_axes == 0 || entry->tensor->shape[0] % n_parts != 0)
        return FALSE;
    tensor = add_description(entry, name);
    tensor->shape[0] /= n_parts;
    tensor->n_elements /= n_parts;
    tensor->size /= n_parts;
    tensor->begin += part * tensor->size;
    add_entry(self, entry->shard, tensor);
    return TRUE;
}

gboolean
_umk_weights_add_transposed(UmkWeights *self, const char *name, const char *of)
{
    Entry *entry = g_hash_table_lookup(self->entries, of);
    UmkTensor *tensor;

    if (entry == NULL || entry->transposed || entry->tensor->n_axes != 2)
        return FALSE;
    tensor = add_description(entry, name);
    tensor->shape[0] = entry->tensor->shape[1];
    tensor->shape[1] = entry->tensor->shape[0];
    add_entry(self, entry->shard, tensor)->transposed = TRUE;
    return TRUE;
}

const UmkTensor *
_umk_weights_find(UmkWeights *self, const char *name, const guint8 **data)
{
    Entry *entry = g_hash_table_lookup(self->entries, name);

    if (entry == NULL)
        return NULL;
    *data = tensor_data(entry);
    return entry->tensor;
}
