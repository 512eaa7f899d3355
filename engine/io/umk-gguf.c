/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the head of a GGUF file: metadata and the list of tensors. What the numbers of a
 * quantized tensor mean is not its business. */
#include "io/umk-gguf-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <string.h>

#define MAX_ENTRIES   65536
#define MAX_TENSORS   1000000
#define MAX_NAME      65535
#define MAX_ALIGNMENT (1u << 20)

struct _UmkGguf {
    GBytes *bytes;
    GHashTable *values;       /* key to UmkGgufValue, owned */
    GPtrArray *tensors;       /* UmkGgufTensor, owned, in the order of the file */
    GHashTable *tensor_names; /* name to UmkGgufTensor, lent */
};

/* What is left to read. */
typedef struct {
    const guint8 *start, *at, *end;
} UmkGgufCursor;

/* Bytes of one element; 0: not of a fixed size. */
static const guint8 value_sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

static const struct {
    guint32 type;
    const char *name;
    guint16 block_elements, block_bytes;
} tensor_types[] = {
    {0, "F32", 1, 4},       {1, "F16", 1, 2},       {2, "Q4_0", 32, 18},
    {3, "Q4_1", 32, 20},    {6, "Q5_0", 32, 22},    {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},    {9, "Q8_1", 32, 36},    {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110}, {12, "Q4_K", 256, 144}, {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210}, {15, "Q8_K", 256, 292}, {24, "I8", 1, 1},
    {25, "I16", 1, 2},      {26, "I32", 1, 4},      {27, "I64", 1, 8},
    {28, "F64", 1, 8},      {30, "BF16", 1, 2},
};

static void
value_free(gpointer data)
{
    UmkGgufValue *value = data;

    g_free(value->key);
    g_free(value);
}

static void
tensor_free(gpointer data)
{
    UmkGgufTensor *tensor = data;

    g_free(tensor->name);
    g_free(tensor);
}

void
_umk_gguf_free(UmkGguf *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->tensor_names, g_hash_table_unref);
    g_clear_pointer(&self->tensors, g_ptr_array_unref);
    g_clear_pointer(&self->values, g_hash_table_unref);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self);
}

/* Reading */

static gsize
get_left(const UmkGgufCursor *cursor)
{
    return (gsize) (cursor->end - cursor->at);
}

static gsize
get_place(const UmkGgufCursor *cursor)
{
    return (gsize) (cursor->at - cursor->start);
}

static gboolean
cut_short(const UmkGgufCursor *cursor, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The GGUF file ends at byte %zu, inside what begins at byte %zu"),
                (gsize) (cursor->end - cursor->start), get_place(cursor));
    return FALSE;
}

static gboolean
read_u32(UmkGgufCursor *cursor, guint32 *value, GError **error)
{
    if (get_left(cursor) < 4)
        return cut_short(cursor, error);
    memcpy(value, cursor->at, 4);
    *value = GUINT32_FROM_LE(*value);
    cursor->at += 4;
    return TRUE;
}

static gboolean
read_u64(UmkGgufCursor *cursor, guint64 *value, GError **error)
{
    if (get_left(cursor) < 8)
        return cut_short(cursor, error);
    memcpy(value, cursor->at, 8);
    *value = GUINT64_FROM_LE(*value);
    cursor->at += 8;
    return TRUE;
}

static gboolean
skip_string(UmkGgufCursor *cursor, GError **error)
{
    const guint8 *begin = cursor->at;
    guint64 length;

    if (!read_u64(cursor, &length, error))
        return FALSE;
    if (length > get_left(cursor)) {
        cursor->at = begin;
        return cut_short(cursor, error);
    }
    cursor->at += length;
    return TRUE;
}

/* A key or the name of a tensor: short, UTF-8. */
static char *
read_name(UmkGgufCursor *cursor, GError **error)
{
    gsize place = get_place(cursor);
    const char *text;
    guint64 length;

    if (!read_u64(cursor, &length, error))
        return NULL;
    if (length > get_left(cursor)) {
        cut_short(cursor, error);
        return NULL;
    }
    text = (const char *) cursor->at;
    if (length == 0 || length > MAX_NAME || memchr(text, '\0', length) != NULL ||
        !g_utf8_validate_len(text, length, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The name at byte %zu of the GGUF file is not a short UTF-8 text"),
                    place);
        return NULL;
    }
    cursor->at += length;
    return g_strndup(text, length);
}

/* Metadata */

static gboolean
bad_type(const UmkGgufValue *value, guint32 type, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The metadata entry “%s” has type %u, which no value can have"),
                value->key, type);
    return FALSE;
}

static gboolean
skip_elements(UmkGgufValue *value, UmkGgufCursor *cursor, guint64 n, GError **error)
{
    gsize size = value_sizes[value->type];

    /* Each element takes a byte at least, so a count beyond what is left is a lie. */
    if (n > get_left(cursor) || (size > 0 && n > get_left(cursor) / size))
        return cut_short(cursor, error);
    value->data = cursor->at;
    value->n = (gsize) n;
    if (size > 0) {
        cursor->at += n * size;
        return TRUE;
    }
    for (guint64 i = 0; i < n; i++)
        if (!skip_string(cursor, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_value(UmkGgufValue *value, UmkGgufCursor *cursor, GError **error)
{
    guint64 n = 1;
    guint32 type;

    if (!read_u32(cursor, &type, error))
        return FALSE;
    value->is_array = type == UMK_GGUF_ARRAY;
    if (value->is_array &&
        (!read_u32(cursor, &type, error) || !read_u64(cursor, &n, error)))
        return FALSE;
    if (value->is_array && type == UMK_GGUF_ARRAY) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The metadata entry “%s” is an array of arrays, which is not read"),
                    value->key);
        return FALSE;
    }
    if (type >= G_N_ELEMENTS(value_sizes))
        return bad_type(value, type, error);
    value->type = (UmkGgufType) type;
    return skip_elements(value, cursor, n, error);
}

static gboolean
read_metadata(UmkGguf *self, UmkGgufCursor *cursor, guint64 n, GError **error)
{
    for (guint64 i = 0; i < n; i++) {
        UmkGgufValue *value;
        char *key = read_name(cursor, error);

        if (key == NULL)
            return FALSE;
        value = g_new0(UmkGgufValue, 1);
        value->key = key;
        if (!read_value(value, cursor, error)) {
            value_free(value);
            return FALSE;
        }
        if (!g_hash_table_replace(self->values, value->key, value)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The metadata entry “%s” is there twice"), key);
            return FALSE;
        }
    }
    return TRUE;
}

/* Tensors */

static gboolean
read_shape(UmkGgufTensor *tensor, UmkGgufCursor *cursor, GError **error)
{
    guint32 n_axes;

    if (!read_u32(cursor, &n_axes, error))
        return FALSE;
    if (n_axes > UMK_GGUF_MAX_AXES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” has %u axes, at most %d are possible"), tensor->name,
                    n_axes, UMK_GGUF_MAX_AXES);
        return FALSE;
    }
    tensor->n_axes = n_axes;
    tensor->n_elements = 1;
    for (guint32 i = n_axes; i-- > 0;) {
        guint64 size;

        if (!read_u64(cursor, &size, error))
            return FALSE;
        tensor->shape[i] = (gsize) size;
        if (!_umk_size_mul(tensor->n_elements, tensor->shape[i], &tensor->n_elements)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” has an impossible size on axis %u"), tensor->name,
                        i);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
find_size(UmkGgufTensor *tensor, GError **error)
{
    gsize row = tensor->n_axes > 0 ? tensor->shape[tensor->n_axes - 1] : 1;

    for (gsize i = 0; i < G_N_ELEMENTS(tensor_types); i++) {
        gsize n = tensor_types[i].block_elements;

        if (tensor_types[i].type != tensor->type)
            continue;
        tensor->type_name = tensor_types[i].name;
        if (row % n == 0 && _umk_size_mul(tensor->n_elements / n,
                                          tensor_types[i].block_bytes, &tensor->size))
            return TRUE;
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Tensor “%s” of type %s has rows of %zu, expected a multiple of "
                      "%zu"),
                    tensor->name, tensor->type_name, row, n);
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_tensor(UmkGgufTensor *tensor, UmkGgufCursor *cursor, GError **error)
{
    guint64 offset;

    tensor->name = read_name(cursor, error);
    if (tensor->name == NULL || !read_shape(tensor, cursor, error) ||
        !read_u32(cursor, &tensor->type, error) || !read_u64(cursor, &offset, error))
        return FALSE;
    tensor->begin = (gsize) offset;
    return find_size(tensor, error);
}

static gboolean
read_tensors(UmkGguf *self, UmkGgufCursor *cursor, guint64 n, GError **error)
{
    for (guint64 i = 0; i < n; i++) {
        UmkGgufTensor *tensor = g_new0(UmkGgufTensor, 1);

        g_ptr_array_add(self->tensors, tensor);
        if (!read_tensor(tensor, cursor, error))
            return FALSE;
        if (!g_hash_table_insert(self->tensor_names, tensor->name, tensor)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” is there twice"), tensor->name);
            return FALSE;
        }
    }
    return TRUE;
}

/* Offsets count from the data; makes them count from the file. */
static gboolean
place_tensors(UmkGguf *self, UmkGgufCursor *cursor, GError **error)
{
    gsize length = (gsize) (cursor->end - cursor->start), alignment, data;

    if (!_umk_gguf_get_size(self, "general.alignment", 32, MAX_ALIGNMENT, &alignment,
                            error))
        return FALSE;
    if (alignment == 0 || alignment & (alignment - 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The alignment of the GGUF file is %zu, expected a power of two"),
                    alignment);
        return FALSE;
    }
    data = (get_place(cursor) + alignment - 1) & ~(alignment - 1);
    for (guint i = 0; i < self->tensors->len; i++) {
        UmkGgufTensor *tensor = self->tensors->pdata[i];

        if (data > length || tensor->begin > length - data ||
            tensor->size > length - data - tensor->begin) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Tensor “%s” needs %zu bytes from data byte %zu on, but the "
                          "file holds only %zu"),
                        tensor->name, tensor->size, tensor->begin,
                        data > length ? 0 : length - data);
            return FALSE;
        }
        tensor->begin += data;
    }
    return TRUE;
}

static gboolean
read_head(UmkGgufCursor *cursor, guint64 *n_tensors, guint64 *n_values, GError **error)
{
    guint32 version;

    if (get_left(cursor) < 4 || memcmp(cursor->at, "GGUF", 4) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The file does not begin with “GGUF”"));
        return FALSE;
    }
    cursor->at += 4;
    if (!read_u32(cursor, &version, error))
        return FALSE;
    if (version != 2 && version != 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("The GGUF file has version %u; versions 2 and 3, little-endian, "
                      "are read"),
                    version);
        return FALSE;
    }
    if (!read_u64(cursor, n_tensors, error) || !read_u64(cursor, n_values, error))
        return FALSE;
    if (*n_tensors <= MAX_TENSORS && *n_values <= MAX_ENTRIES)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("The GGUF file claims %" PRIu64 " tensors and %" PRIu64
                  " metadata entries, at most %d and %d are read"),
                *n_tensors, *n_values, MAX_TENSORS, MAX_ENTRIES);
    return FALSE;
}

UmkGguf *
_umk_gguf_new(GBytes *bytes, GError **error)
{
    g_autoptr(UmkGguf) self = g_new0(UmkGguf, 1);
    UmkGgufCursor cursor;
    guint64 n_tensors, n_values;
    gsize length;

    self->bytes = g_bytes_ref(bytes);
    self->values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, value_free);
    self->tensors = g_ptr_array_new_with_free_func(tensor_free);
    self->tensor_names = g_hash_table_new(g_str_hash, g_str_equal);
    cursor.start = cursor.at = g_bytes_get_data(bytes, &length);
    cursor.end = length > 0 ? cursor.start + length : cursor.start;
    if (!read_head(&cursor, &n_tensors, &n_values, error) ||
        !read_metadata(self, &cursor, n_values, error) ||
        !read_tensors(self, &cursor, n_tensors, error) ||
        !place_tensors(self, &cursor, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Looking up */

const UmkGgufValue *
_umk_gguf_find(const UmkGguf *self, const char *key)
{
    return g_hash_table_lookup(self->values, key);
}

#define LOAD(type)                                                                       \
    type x;                                                                              \
    memcpy(&x, at, sizeof x)

/* A whole number; FALSE for other types, and for what is negative. */
static gboolean
load_size(UmkGgufType type, const guint8 *at, guint64 *value)
{
    gint64 number = 0;

    if (type == UMK_GGUF_U8) {
        number = *at;
    } else if (type == UMK_GGUF_I8) {
        number = (gint8) *at;
    } else if (type == UMK_GGUF_U16) {
        LOAD(guint16);
        number = GUINT16_FROM_LE(x);
    } else if (type == UMK_GGUF_I16) {
        LOAD(gint16);
        number = GINT16_FROM_LE(x);
    } else if (type == UMK_GGUF_U32) {
        LOAD(guint32);
        number = GUINT32_FROM_LE(x);
    } else if (type == UMK_GGUF_I32) {
        LOAD(gint32);
        number = GINT32_FROM_LE(x);
    } else if (type == UMK_GGUF_U64 || type == UMK_GGUF_I64) {
        LOAD(gint64);
        number = GINT64_FROM_LE(x);
    } else {
        return FALSE;
    }
    *value = (guint64) number;
    return number >= 0;
}

double
_umk_gguf_get_element(const UmkGgufValue *value, gsize i)
{
    gsize size = value_sizes[value->type];
    const guint8 *at = value->data + i * size;
    gint64 number = 0;

    if (value->type == UMK_GGUF_F32) {
        guint32 bits;
        float x;

        memcpy(&bits, at, 4);
        bits = GUINT32_FROM_LE(bits);
        memcpy(&x, &bits, 4);
        return (double) x;
    }
    if (value->type == UMK_GGUF_F64) {
        guint64 bits;
        double x;

        memcpy(&bits, at, 8);
        bits = GUINT64_FROM_LE(bits);
        memcpy(&x, &bits, 8);
        return x;
    }
    if (value->type == UMK_GGUF_BOOL)
        return *at != 0;
    load_size(value->type, at, (guint64 *) &number);
    return (double) number;
}

static gboolean
wrong_type(const char *key, const char *wanted, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The metadata entry “%s” is not %s"), key, wanted);
    return FALSE;
}

gboolean
_umk_gguf_get_size(const UmkGguf *self,
                   const char *key,
                   gsize fallback,
                   gsize most,
                   gsize *value,
                   GError **error)
{
    const UmkGgufValue *found = _umk_gguf_find(self, key);
    guint64 number;

    *value = fallback;
    if (found == NULL)
        return TRUE;
    if (found->is_array || !load_size(found->type, found->data, &number))
        return wrong_type(key, _("a whole number"), error);
    if (number > most) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The metadata entry “%s” is %" PRIu64 ", at most %zu is possible"),
                    key, number, most);
        return FALSE;
    }
    *value = (gsize) number;
    return TRUE;
}

gboolean
_umk_gguf_get_number(
    const UmkGguf *self, const char *key, double fallback, double *value, GError **error)
{
    const UmkGgufValue *found = _umk_gguf_find(self, key);

    *value = fallback;
    if (found == NULL)
        return TRUE;
    if (found->is_array || found->type == UMK_GGUF_STRING || found->type == UMK_GGUF_BOOL)
        return wrong_type(key, _("a number"), error);
    *value = _umk_gguf_get_element(found, 0);
    return TRUE;
}

gboolean
_umk_gguf_get_boolean(const UmkGguf *self,
                      const char *key,
                      gboolean fallback,
                      gboolean *value,
                      GError **error)
{
    const UmkGgufValue *found = _umk_gguf_find(self, key);

    *value = fallback;
    if (found == NULL)
        return TRUE;
    if (found->is_array || found->type != UMK_GGUF_BOOL)
        return wrong_type(key, _("true or false"), error);
    *value = *found->data != 0;
    return TRUE;
}

gboolean
_umk_gguf_dup_string(const UmkGguf *self,
                     const char *key,
                     const char *fallback,
                     char **value,
                     GError **error)
{
    const UmkGgufValue *found = _umk_gguf_find(self, key);
    const guint8 *at = found ? found->data : NULL;
    const char *text;
    gsize length;

    *value = NULL;
    if (found == NULL) {
        *value = g_strdup(fallback);
        return TRUE;
    }
    if (found->is_array || found->type != UMK_GGUF_STRING)
        return wrong_type(key, _("a string"), error);
    text = _umk_gguf_next_string(&at, &length);
    if (memchr(text, '\0', length) != NULL || !g_utf8_validate_len(text, length, NULL))
        return wrong_type(key, _("valid UTF-8"), error);
    *value = g_strndup(text, length);
    return TRUE;
}

gboolean
_umk_gguf_get_array(const UmkGguf *self,
                    const char *key,
                    UmkGgufType type,
                    const UmkGgufValue **value,
                    GError **error)
{
    const UmkGgufValue *found = _umk_gguf_find(self, key);

    *value = NULL;
    if (found == NULL)
        return TRUE;
    if (!found->is_array || found->type != type)
        return wrong_type(key, _("an array of the expected type"), error);
    *value = found;
    return TRUE;
}

const char *
_umk_gguf_next_string(const guint8 **at, gsize *length)
{
    guint64 n;
    const char *text = (const char *) *at + 8;

    memcpy(&n, *at, 8);
    *length = (gsize) GUINT64_FROM_LE(n);
    *at += 8 + *length;
    return text;
}

gsize
_umk_gguf_get_n_tensors(const UmkGguf *self)
{
    return self->tensors->len;
}

const UmkGgufTensor *
_umk_gguf_get_tensor(const UmkGguf *self, gsize i)
{
    return self->tensors->pdata[i];
}

const UmkGgufTensor *
_umk_gguf_find_tensor(const UmkGguf *self, const char *name)
{
    return g_hash_table_lookup(self->tensor_names, name);
}
