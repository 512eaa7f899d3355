/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and checks a safetensors header; turns stored numbers into float, exactly. */
#include "io/umk-safetensors-private.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-half-private.h"
#include "io/umk-json-private.h"

#define MAX_HEADER  ((gsize) 100 << 20)
#define MAX_TENSORS 1000000

static const struct {
    const char *name;
    UmkDType dtype;
    gsize size;
} dtypes[] = {
    {"F64", UMK_DTYPE_F64, 8},       {"F32", UMK_DTYPE_F32, 4},
    {"F16", UMK_DTYPE_F16, 2},       {"BF16", UMK_DTYPE_BF16, 2},
    {"I64", UMK_DTYPE_I64, 8},       {"I32", UMK_DTYPE_I32, 4},
    {"I16", UMK_DTYPE_I16, 2},       {"I8", UMK_DTYPE_I8, 1},
    {"U8", UMK_DTYPE_U8, 1},         {"BOOL", UMK_DTYPE_BOOL, 1},
    {"U16", UMK_DTYPE_OTHER, 2},     {"U32", UMK_DTYPE_OTHER, 4},
    {"U64", UMK_DTYPE_OTHER, 8},     {"F8_E4M3", UMK_DTYPE_OTHER, 1},
    {"F8_E5M2", UMK_DTYPE_OTHER, 1},
};

static void
tensor_free(gpointer data)
{
    UmkTensor *tensor = data;

    g_free(tensor->name);
    g_free(tensor->dtype_name);
    g_free(tensor);
}

char *
_umk_shape_to_string(const gsize *shape, guint n_axes)
{
    GString *text = g_string_new("[");

    for (guint i = 0; i < n_axes; i++)
        g_string_append_printf(text, "%s%zu", i > 0 ? ", " : "", shape[i]);
    g_string_append_c(text, ']');
    return g_string_free(text, FALSE);
}

/* A whole number that is not negative; double would lose digits of large offsets. */
static gboolean
read_index(JsonArray *array, guint at, gsize *value)
{
    JsonNode *node = json_array_get_element(array, at);

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
        json_node_get_int(node) < 0)
        return FALSE;
    *value = (gsize) json_node_get_int(node);
    return TRUE;
}

static JsonArray *
get_array(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static gboolean
read_shape(UmkTensor *tensor, JsonObject *entry, GError **error)
{
    JsonArray *shape = get_array(entry, "shape");
    guint n_axes = shape != NULL ? json_array_get_length(shape) : 0;

    if (shape == NULL || n_axes > UMK_TENSOR_MAX_AXES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” has no shape of at most %d sizes"), tensor->name,
                    UMK_TENSOR_MAX_AXES);
        return FALSE;
    }
    tensor->n_axes = n_axes;
    tensor->n_elements = 1;
    for (guint i = 0; i < n_axes; i++) {
        if (!read_index(shape, i, &tensor->shape[i]) ||
            !_umk_size_mul(tensor->n_elements, tensor->shape[i], &tensor->n_elements)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” has an impossible size on axis %u"), tensor->name,
                        i);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
read_offsets(UmkTensor *tensor, JsonObject *entry, gsize data_size, GError **error)
{
    JsonArray *offsets = get_array(entry, "data_offsets");
    gsize end;

    if (offsets == NULL || json_array_get_length(offsets) != 2 ||
        !read_index(offsets, 0, &tensor->begin) || !read_index(offsets, 1, &end) ||
        end < tensor->begin) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” has no valid pair of data offsets"), tensor->name);
        return FALSE;
    }
    if (end > data_size) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” ends at data byte %zu, but the file holds only %zu"),
                    tensor->name, end, data_size);
        return FALSE;
    }
    tensor->size = end - tensor->begin;
    return TRUE;
}

static gboolean
read_dtype(UmkTensor *tensor, JsonObject *entry, GError **error)
{
    JsonNode *node = json_object_get_member(entry, "dtype");
    gsize expected;

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_STRING) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” has no dtype"), tensor->name);
        return FALSE;
    }
    tensor->dtype_name = g_strdup(json_node_get_string(node));
    for (gsize i = 0; i < G_N_ELEMENTS(dtypes); i++) {
        if (strcmp(dtypes[i].name, tensor->dtype_name) != 0)
            continue;
        tensor->dtype = dtypes[i].dtype;
        if (!_umk_size_mul(tensor->n_elements, dtypes[i].size, &expected))
            expected = G_MAXSIZE;
        if (expected != tensor->size) {
            g_autofree char *shape = _umk_shape_to_string(tensor->shape, tensor->n_axes);

            g_set_error(
                error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Tensor “%s” of type %s and shape %s has %zu bytes, expected %zu"),
                tensor->name, tensor->dtype_name, shape, tensor->size, expected);
            return FALSE;
        }
    }
    return TRUE;
}

static UmkTensor *
read_tensor(const char *name, JsonNode *node, gsize data_size, GError **error)
{
    UmkTensor *tensor;
    JsonObject *entry;

    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The entry of tensor “%s” is not an object"), name);
        return NULL;
    }
    entry = json_node_get_object(node);
    tensor = g_new0(UmkTensor, 1);
    tensor->name = g_strdup(name);
    if (!read_shape(tensor, entry, error) ||
        !read_offsets(tensor, entry, data_size, error) ||
        !read_dtype(tensor, entry, error)) {
        tensor_free(tensor);
        return NULL;
    }
    return tensor;
}

static gint
compare_begin(gconstpointer a, gconstpointer b)
{
    const UmkTensor *x = *(UmkTensor *const *) a, *y = *(UmkTensor *const *) b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

static gboolean
check_overlap(GPtrArray *tensors, GError **error)
{
    for (guint i = 1; i < tensors->len; i++) {
        UmkTensor *before = tensors->pdata[i - 1], *tensor = tensors->pdata[i];

        if (tensor->begin < before->begin + before->size) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” begins at data byte %zu, inside tensor “%s”, "
                          "which ends at %zu"),
                        tensor->name, tensor->begin, before->name,
                        before->begin + before->size);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
read_header_length(const guint8 *data, gsize length, gsize *header, GError **error)
{
    guint64 n;

    if (length < 8) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The file has %zu bytes, too few for a safetensors header"),
                    length);
        return FALSE;
    }
    memcpy(&n, data, 8);
    n = GUINT64_FROM_LE(n);
    if (n > length - 8) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The safetensors header claims %" PRIu64 " bytes, but only %zu follow"), n,
            length - 8);
        return FALSE;
    }
    if (n > MAX_HEADER) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
            _("The safetensors header has %" PRIu64 " bytes, at most %zu are read"), n,
            MAX_HEADER);
        return FALSE;
    }
    *header = (gsize) n;
    return TRUE;
}

GPtrArray *
_umk_safetensors_parse(const guint8 *data, gsize length, GError **error)
{
    g_autoptr(GPtrArray) tensors = g_ptr_array_new_with_free_func(tensor_free);
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(GList) names = NULL;
    JsonObject *root;
    gsize header;

    if (!read_header_length(data, length, &header, error))
        return NULL;
    parser = _umk_json_parse((const char *) data + 8, header, &root, error);
    if (parser == NULL) {
        g_prefix_error(error, "%s: ", _("safetensors header"));
        return NULL;
    }
    if (json_object_get_size(root) > MAX_TENSORS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The file lists %u tensors, at most %d are read"),
                    json_object_get_size(root), MAX_TENSORS);
        return NULL;
    }
    names = json_object_get_members(root);
    for (GList *at = names; at != NULL; at = at->next) {
        UmkTensor *tensor;

        if (strcmp(at->data, "__metadata__") == 0)
            continue;
        tensor = read_tensor(at->data, json_object_get_member(root, at->data),
                             length - 8 - header, error);
        if (tensor == NULL)
            return NULL;
        g_ptr_array_add(tensors, tensor);
    }
    g_ptr_array_sort(tensors, compare_begin);
    if (!check_overlap(tensors, error))
        return NULL;
    return g_steal_pointer(&tensors);
}

#define EACH(type, expression)                                                           \
    for (gsize i = 0; i < n_elements; i++) {                                             \
        type x;                                                                          \
                                                                                         \
        memcpy(&x, src + i * sizeof x, sizeof x);                                        \
        dst[i] = (expression);                                                           \
    }                                                                                    \
    return TRUE

gboolean
_umk_dtype_to_float(UmkDType dtype, const guint8 *src, gsize n_elements, float *dst)
{
    switch (dtype) {
    case UMK_DTYPE_F64:
        EACH(double, (float) x);
    case UMK_DTYPE_F32:
        memcpy(dst, src, n_elements * sizeof(float));
        return TRUE;
    case UMK_DTYPE_F16:
        _umk_half_to_floats(_umk_half_best_level(), src, n_elements, dst);
        return TRUE;
    case UMK_DTYPE_BF16:
        for (gsize i = 0; i < n_elements; i++) {
            guint32 bits = (guint32) src[2 * i] << 16 | (guint32) src[2 * i + 1] << 24;

            memcpy(&dst[i], &bits, sizeof bits);
        }
        return TRUE;
    case UMK_DTYPE_I64:
        EACH(gint64, (float) x);
    case UMK_DTYPE_I32:
        EACH(gint32, (float) x);
    case UMK_DTYPE_I16:
        EACH(gint16, (float) x);
    case UMK_DTYPE_I8:
        EACH(gint8, (float) x);
    case UMK_DTYPE_U8:
    case UMK_DTYPE_BOOL:
        EACH(guint8, (float) x);
    case UMK_DTYPE_OTHER:
        break;
    }
    return FALSE;
}
