/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks up tensors of a GGUF file by other names and makes floats of them. */
#include "io/umk-gguf-weights-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "io/umk-gguf-blocks-private.h"
#include "io/umk-safetensors-private.h"

struct _UmkGgufWeights {
    const UmkGguf *gguf;
    const guint8 *data; /* the file */
    const UmkGgufName *names;
    GHashTable *converted; /* name as asked for -> float *, owned */
};

UmkGgufWeights *
_umk_gguf_weights_new(const UmkGguf *gguf, GBytes *bytes, const UmkGgufName *names)
{
    UmkGgufWeights *self = g_new0(UmkGgufWeights, 1);

    self->gguf = gguf;
    self->data = g_bytes_get_data(bytes, NULL);
    self->names = names;
    self->converted =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, _umk_free_aligned);
    return self;
}

void
_umk_gguf_weights_free(UmkGgufWeights *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->converted);
    g_free(self);
}

/* The stem of a name with the layer's digits, if it fits the pattern; they are digits[0 …
 * n_digits - 1]. What is left of the name ("", ".weight", ".bias") is at *rest. */
static gboolean
fits(const char *pattern,
     const char *name,
     const char **digits,
     gsize *n_digits,
     const char **rest)
{
    *n_digits = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            *digits = name;
            *n_digits = strspn(name, "0123456789");
            if (*n_digits == 0)
                return FALSE;
            name += *n_digits;
        } else if (*pattern != *name++) {
            return FALSE;
        }
    }
    *rest = name;
    return **rest == '\0' || strcmp(*rest, ".weight") == 0 || strcmp(*rest, ".bias") == 0;
}

static const UmkGgufTensor *
find_one(const UmkGgufWeights *self,
         const char *pattern,
         const char *digits,
         gsize n_digits,
         const char *rest)
{
    g_autoptr(GString) full = g_string_new(NULL);

    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#')
            g_string_append_len(full, digits, (gssize) n_digits);
        else
            g_string_append_c(full, *pattern);
    }
    g_string_append(full, rest);
    return _umk_gguf_find_tensor(self->gguf, full->str);
}

/* The one or two tensors that a name stands for. */
static gboolean
find(const UmkGgufWeights *self, const char *name, const UmkGgufTensor *found[2])
{
    for (const UmkGgufName *entry = self->names; entry->name != NULL; entry++) {
        const char *digits = "", *rest;
        gsize n_digits;

        if (!fits(entry->name, name, &digits, &n_digits, &rest))
            continue;
        found[0] = find_one(self, entry->gguf, digits, n_digits, rest);
        found[1] = entry->second != NULL
                       ? find_one(self, entry->second, digits, n_digits, rest)
                       : NULL;
        if (found[0] != NULL && (entry->second == NULL || found[1] != NULL))
            return TRUE;
    }
    return FALSE;
}

gboolean
_umk_gguf_weights_has(gpointer self, const char *name)
{
    const UmkGgufTensor *found[2];

    return find(self, name, found);
}

static gboolean
check_shape(const char *name,
            const UmkGgufTensor *found[2],
            const gsize *shape,
            guint n_axes,
            GError **error)
{
    gsize sizes[UMK_GGUF_MAX_AXES];
    g_autofree char *is = NULL, *expected = NULL;
    gboolean same_width = TRUE;

    memcpy(sizes, found[0]->shape, sizeof sizes);
    if (found[1] != NULL) {
        same_width = found[0]->n_axes == found[1]->n_axes && found[0]->n_axes > 0 &&
                     memcmp(found[0]->shape + 1, found[1]->shape + 1,
                            (found[0]->n_axes - 1) * sizeof(gsize)) == 0;
        sizes[0] += found[1]->shape[0]; /* of tensors that are in the file */
    }
    if (same_width &&
        (shape == NULL || (found[0]->n_axes == n_axes &&
                           memcmp(sizes, shape, n_axes * sizeof(gsize)) == 0)))
        return TRUE;
    is = _umk_shape_to_string(sizes, found[0]->n_axes);
    expected = _umk_shape_to_string(shape != NULL ? shape : sizes,
                                    shape != NULL ? n_axes : found[0]->n_axes);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Tensor “%s” (“%s” in the file) has shape %s, expected %s"), name,
                found[0]->name, is, expected);
    return FALSE;
}

static gboolean
check_type(const UmkGgufTensor *tensor, GError **error)
{
    if (_umk_gguf_blocks_known(tensor->type) && tensor->type_name != NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("Tensor “%s” is stored as %s (type %u); F32, F16, BF16, Q4_0, Q4_1, "
                  "Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K are read"),
                tensor->name, tensor->type_name ? tensor->type_name : "?", tensor->type);
    return FALSE;
}

static float *
convert(const UmkGgufWeights *self,
        const char *name,
        const UmkGgufTensor *found[2],
        GError **error)
{
    gsize n = found[0]->n_elements + (found[1] != NULL ? found[1]->n_elements : 0);
    float *data = _umk_alloc_aligned(MAX(n, 1), sizeof(float), name, error);

    if (data == NULL)
        return NULL;
    _umk_gguf_blocks_to_float(found[0]->type, self->data + found[0]->begin,
                              found[0]->n_elements, data);
    if (found[1] != NULL)
        _umk_gguf_blocks_to_float(found[1]->type, self->data + found[1]->begin,
                                  found[1]->n_elements, data + found[0]->n_elements);
    return data;
}

const float *
_umk_gguf_weights_get(
    gpointer self, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    UmkGgufWeights *weights = self;
    const UmkGgufTensor *found[2];
    const guint8 *data;
    float *converted = g_hash_table_lookup(weights->converted, name);

    if (!find(weights, name, found)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The file has no tensor for “%s”"), name);
        return NULL;
    }
    if (!check_shape(name, found, shape, n_axes, error) || !check_type(found[0], error) ||
        (found[1] != NULL && !check_type(found[1], error)))
        return NULL;
    data = weights->data + found[0]->begin;
    if (found[1] == NULL && found[0]->type == UMK_GGUF_TENSOR_F32 &&
        G_BYTE_ORDER == G_LITTLE_ENDIAN && GPOINTER_TO_SIZE(data) % sizeof(float) == 0)
        return (const float *) (gconstpointer) data;
    if (converted == NULL) {
        converted = convert(weights, name, found, error);
        if (converted != NULL)
            g_hash_table_insert(weights->converted, g_strdup(name), converted);
    }
    return converted;
}

static gboolean
is_value(gpointer key, gpointer value, gpointer data)
{
    return value == data;
}

void
_umk_gguf_weights_release(gpointer self, const float *data)
{
    if (data != NULL)
        g_hash_table_foreach_remove(((UmkGgufWeights *) self)->converted, is_value,
                                    (gpointer) data);
}
