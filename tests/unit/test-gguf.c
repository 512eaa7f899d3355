/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GGUF reader: what a file says, and what no file may say. */
#include "io/umk-gguf-private.h"

#include <umekomi/umk-error.h>

#include <string.h>

static void
put_u32(GByteArray *file, guint32 value)
{
    value = GUINT32_TO_LE(value);
    g_byte_array_append(file, (const guint8 *) &value, 4);
}

static void
put_u64(GByteArray *file, guint64 value)
{
    value = GUINT64_TO_LE(value);
    g_byte_array_append(file, (const guint8 *) &value, 8);
}

static void
put_string(GByteArray *file, const char *text)
{
    put_u64(file, strlen(text));
    g_byte_array_append(file, (const guint8 *) text, (guint) strlen(text));
}

static GByteArray *
begin(guint32 version, guint64 n_tensors, guint64 n_values)
{
    GByteArray *file = g_byte_array_new();

    g_byte_array_append(file, (const guint8 *) "GGUF", 4);
    put_u32(file, version);
    put_u64(file, n_tensors);
    put_u64(file, n_values);
    return file;
}

static void
put_tensor(GByteArray *file, const char *name, gsize a, gsize b, guint32 type, gsize at)
{
    put_string(file, name);
    put_u32(file, 2);
    put_u64(file, a);
    put_u64(file, b);
    put_u32(file, type);
    put_u64(file, at);
}

static UmkGguf *
finish(GByteArray *file, GError **error)
{
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(file);

    return _umk_gguf_new(bytes, error);
}

static void
refuse(GByteArray *file, int code, const char *needle)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(finish(file, &error));
    g_assert_error(error, UMK_ERROR, code);
    if (strstr(error->message, needle) == NULL)
        g_error("“%s” is not in “%s”", needle, error->message);
}

static void
put_values(GByteArray *file)
{
    put_string(file, "name");
    put_u32(file, UMK_GGUF_STRING);
    put_string(file, "b\xc3\xa9");
    put_string(file, "size");
    put_u32(file, UMK_GGUF_U32);
    put_u32(file, 384);
    put_string(file, "less");
    put_u32(file, UMK_GGUF_I32);
    put_u32(file, (guint32) -2);
    put_string(file, "words");
    put_u32(file, UMK_GGUF_ARRAY);
    put_u32(file, UMK_GGUF_STRING);
    put_u64(file, 2);
    put_string(file, "one");
    put_string(file, "");
}

static void
test_values(void)
{
    GByteArray *file = begin(3, 0, 4);
    g_autoptr(UmkGguf) self = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL, *absent = NULL;
    const UmkGgufValue *words;
    const guint8 *at;
    double number;
    gsize size;

    put_values(file);
    self = finish(file, &error);
    g_assert_no_error(error);
    g_assert_true(_umk_gguf_dup_string(self, "name", NULL, &name, &error));
    g_assert_cmpstr(name, ==, "b\xc3\xa9");
    g_assert_true(_umk_gguf_dup_string(self, "absent", "so", &absent, &error));
    g_assert_cmpstr(absent, ==, "so");
    g_assert_true(_umk_gguf_get_size(self, "size", 1, 1000, &size, &error));
    g_assert_cmpuint(size, ==, 384);
    g_assert_true(_umk_gguf_get_number(self, "less", 1, &number, &error));
    g_assert_cmpfloat(number, ==, -2);
    g_assert_true(_umk_gguf_get_array(self, "words", UMK_GGUF_STRING, &words, &error));
    g_assert_cmpuint(words->n, ==, 2);
    at = words->data;
    g_assert_cmpmem(_umk_gguf_next_string(&at, &size), size, "one", 3);
    g_assert_cmpmem(_umk_gguf_next_string(&at, &size), size, "", 0);
    g_assert_false(_umk_gguf_get_size(self, "size", 1, 383, &size, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
    g_clear_error(&error);
    g_assert_false(_umk_gguf_get_size(self, "less", 1, 383, &size, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_false(_umk_gguf_get_array(self, "size", UMK_GGUF_F32, &words, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

static void
test_tensors(void)
{
    GByteArray *file = begin(2, 3, 0);
    g_autoptr(UmkGguf) self = NULL;
    g_autoptr(GError) error = NULL;
    const UmkGgufTensor *tensor;
    gsize data;

    put_tensor(file, "f", 4, 2, UMK_GGUF_TENSOR_F32, 0);
    put_tensor(file, "q", 32, 3, UMK_GGUF_TENSOR_Q8_0, 32);
    put_tensor(file, "new", 32, 3, 99, 0);
    data = (file->len + 31u) / 32 * 32;
    g_byte_array_set_size(file, (guint) data + 32 + 34 * 3);
    self = finish(file, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(_umk_gguf_get_n_tensors(self), ==, 3);
    tensor = _umk_gguf_find_tensor(self, "q");
    g_assert_cmpstr(tensor->type_name, ==, "Q8_0");
    g_assert_cmpuint(tensor->n_axes, ==, 2);
    g_assert_cmpuint(tensor->shape[0], ==, 3);
    g_assert_cmpuint(tensor->shape[1], ==, 32);
    g_assert_cmpuint(tensor->begin, ==, data + 32);
    g_assert_cmpuint(tensor->size, ==, 34 * 3);
    tensor = _umk_gguf_find_tensor(self, "new");
    g_assert_null(tensor->type_name);
    g_assert_cmpuint(tensor->size, ==, 0);
}

static void
test_refused(void)
{
    GByteArray *file;

    refuse(g_byte_array_new(), UMK_ERROR_INVALID_DATA, "GGUF");
    refuse(begin(1, 0, 0), UMK_ERROR_VERSION, "version 1");
    refuse(begin(3, G_MAXUINT64, 0), UMK_ERROR_TOO_LARGE, "claims");
    refuse(begin(3, 0, 1), UMK_ERROR_INVALID_DATA, "ends at byte 24");
    file = begin(3, 0, 2);
    put_string(file, "twice");
    put_u32(file, UMK_GGUF_BOOL);
    g_byte_array_append(file, (const guint8 *) "\1", 1);
    put_string(file, "twice");
    put_u32(file, UMK_GGUF_BOOL);
    g_byte_array_append(file, (const guint8 *) "\1", 1);
    refuse(file, UMK_ERROR_INVALID_DATA, "twice");
    file = begin(3, 0, 1);
    put_string(file, "lie");
    put_u32(file, UMK_GGUF_ARRAY);
    put_u32(file, UMK_GGUF_U64);
    put_u64(file, G_MAXUINT64 / 8 + 2);
    refuse(file, UMK_ERROR_INVALID_DATA, "ends");
    file = begin(3, 1, 0);
    put_tensor(file, "far", 8, 8, UMK_GGUF_TENSOR_F32, G_MAXUINT64 - 31);
    g_byte_array_set_size(file, 512);
    refuse(file, UMK_ERROR_INVALID_DATA, "“far” needs 256 bytes");
    file = begin(3, 1, 0);
    put_tensor(file, "odd", 33, 8, UMK_GGUF_TENSOR_Q8_0, 0);
    refuse(file, UMK_ERROR_INVALID_DATA, "multiple of 32");
    file = begin(3, 1, 0);
    put_tensor(file, "vast", (gsize) 1 << 33, (gsize) 1 << 33, UMK_GGUF_TENSOR_F32, 0);
    refuse(file, UMK_ERROR_INVALID_DATA, "impossible size");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gguf/values", test_values);
    g_test_add_func("/gguf/tensors", test_tensors);
    g_test_add_func("/gguf/refused", test_refused);
    return g_test_run();
}
