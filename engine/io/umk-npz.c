/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the arrays of an archive by their headers, then unpacks only those. */
#include "io/umk-npz-private.h"

#include "io/umk-npy-header-private.h"
#include "io/umk-npy-private.h"
#include "io/umk-zip-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_ARRAYS 4096u
#define HEAD       4096u /* bytes that hold the header of any array that can be read */

typedef struct {
    const UmkZipMember *member;
    char *name; /* without ".npy" */
    UmkNpyHeader header;
} Array;

typedef struct {
    UmkZip *zip;
    GArray *arrays;
} Archive;

static void
array_clear(gpointer array)
{
    g_free(((Array *) array)->name);
}

static void
archive_clear(Archive *self)
{
    g_clear_pointer(&self->zip, _umk_zip_free);
    g_clear_pointer(&self->arrays, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

static const Array *
get(const Archive *self, guint i)
{
    return &g_array_index(self->arrays, Array, i);
}

static gboolean
add(Archive *self, const UmkZipMember *member, GError **error)
{
    g_autoptr(GBytes) head = NULL;
    Array array = {.member = member};

    if (!g_str_has_suffix(member->name, ".npy"))
        return TRUE;
    if (self->arrays->len == MAX_ARRAYS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("It holds more than %u arrays"), MAX_ARRAYS);
        return FALSE;
    }
    head = _umk_zip_read_head(self->zip, member, HEAD, error);
    if (head == NULL ||
        !_umk_npy_header_parse(g_bytes_get_data(head, NULL), g_bytes_get_size(head),
                               &array.header, error)) {
        g_prefix_error(error, "%s: ", member->name);
        return FALSE;
    }
    array.name = g_strndup(member->name, strlen(member->name) - strlen(".npy"));
    g_array_append_val(self->arrays, array);
    return TRUE;
}

static gboolean
archive_open(Archive *self, GBytes *bytes, GError **error)
{
    self->zip = _umk_zip_open(bytes, error);
    if (self->zip == NULL)
        return FALSE;
    self->arrays = g_array_new(FALSE, FALSE, sizeof(Array));
    g_array_set_clear_func(self->arrays, array_clear);
    for (guint i = 0; i < self->zip->members->len; i++)
        if (!add(self, &g_array_index(self->zip->members, UmkZipMember, i), error))
            return FALSE;
    return TRUE;
}

/* ---- which array ---------------------------------------------------------------------
 */

static gboolean
is_float_matrix(const Array *array)
{
    return array->header.n_dims == 2 && array->header.kind == 'f';
}

static gboolean
is_matrix(const Array *array)
{
    return array->header.n_dims == 2 && strchr("fiu", array->header.kind) != NULL;
}

static gboolean
is_row(const Array *array)
{
    return array->header.n_dims == 1 && array->header.kind == 'f';
}

static gboolean
is_object(const Array *array)
{
    return array->header.kind == 'O';
}

static gboolean
is_object_matrix(const Array *array)
{
    return is_object(array) && array->header.n_dims == 2;
}

static gboolean
is_any(const Array *array)
{
    return TRUE;
}

typedef gboolean (*Test)(const Array *array);

/* "a", "b (3 × 4)": no more than a few. */
static char *
list(const Archive *self, Test test)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint n = 0;

    for (guint i = 0; i < self->arrays->len; i++) {
        const Array *array = get(self, i);

        if (!test(array))
            continue;
        g_string_append(text, n > 0 ? ", " : "");
        if (n++ == 8) {
            g_string_append(text, "…");
            break;
        }
        g_string_append(text, array->name);
        if (array->header.n_dims == 2)
            g_string_append_printf(text,
                                   " (%" G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT ")",
                                   array->header.dims[0], array->header.dims[1]);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const Array *
choose_named(const Archive *self, const char *name, GError **error)
{
    g_autofree char *all = NULL;

    for (guint i = self->arrays->len; i > 0; i--) /* Python too takes the last */
        if (g_str_equal(get(self, i - 1)->name, name) ||
            g_str_equal(get(self, i - 1)->member->name, name))
            return get(self, i - 1);
    all = list(self, is_any);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("It has no array “%s”; it has these: %s"), name, all);
    return NULL;
}

static void
refuse_all(const Archive *self, GError **error)
{
    g_autofree char *all = list(self, is_any);

    if (self->arrays->len == 0)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("It holds no arrays"));
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("None of its arrays is a matrix of numbers; it has these: %s"),
                    all);
}

static guint
count(const Archive *self, Test test, const Array **first)
{
    guint n = 0;

    for (guint i = 0; i < self->arrays->len; i++)
        if (test(get(self, i)) && n++ == 0)
            *first = get(self, i);
    return n;
}

/* The likeliest that an archive has. */
static Test
find_test(const Archive *self)
{
    static const Test tests[] = {is_float_matrix, is_matrix, is_object_matrix, is_row,
                                 is_object};
    const Array *first;

    for (guint t = 0; t < G_N_ELEMENTS(tests); t++)
        if (count(self, tests[t], &first) > 0)
            return tests[t];
    return NULL;
}

static const Array *
choose(const Archive *self, const char *name, GError **error)
{
    Test test = find_test(self);
    const Array *found = NULL;
    g_autofree char *all = NULL;
    guint n;

    if (name != NULL)
        return choose_named(self, name, error);
    if (test == NULL) {
        refuse_all(self, error);
        return NULL;
    }
    n = count(self, test, &found);
    if (found != NULL && (n == 1 || is_object(found)))
        return found;
    all = list(self, test);
    /* Translators: leave FILE.npz:NAME as it is, or translate its two words */
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("It holds several arrays that could be meant, %s: name one as "
                  "FILE.npz:NAME"),
                all);
    return NULL;
}

static gboolean
check_type(const Array *array, GError **error)
{
    if (strchr("fiu", array->header.kind) != NULL ||
        _umk_npy_refuse_type(&array->header, error))
        return TRUE;
    g_prefix_error(error, "%s: ", array->name);
    return FALSE;
}

/* ---- names ---------------------------------------------------------------------------
 */

static const Array *
find_names(const Archive *self, guint64 n_rows)
{
    static const char *const known[] = {"names", "words", "labels"};

    for (guint k = 0; k < G_N_ELEMENTS(known); k++)
        for (guint i = 0; i < self->arrays->len; i++) {
            const Array *array = get(self, i);

            if (g_str_equal(array->name, known[k]) && array->header.n_dims == 1 &&
                array->header.dims[0] == n_rows &&
                strchr("USO", array->header.kind) != NULL)
                return array;
        }
    return NULL;
}

/* Objects among names are refused, as those among numbers are, unless the array was asked
 * for by name: then its rows are numbered. */
static gboolean
read_names(const Archive *self,
           const Array *array,
           gboolean is_asked_for,
           gsize limit,
           char ***names,
           GError **error)
{
    g_autoptr(GBytes) bytes = NULL;

    if (array == NULL || names == NULL || (is_object(array) && is_asked_for))
        return TRUE;
    if (is_object(array))
        return check_type(array, error);
    bytes = _umk_zip_read(self->zip, array->member, limit, error);
    *names = bytes != NULL ? _umk_npy_parse_strings(bytes, error) : NULL;
    if (bytes != NULL && *names == NULL)
        g_prefix_error(error, "%s: ", array->name);
    return *names != NULL;
}

/* What reading takes: the member where it has to be unpacked, and the numbers as float32
 * where they lie otherwise. */
static gboolean
check_room(const Array *array, gsize limit, GError **error)
{
    const UmkNpyHeader *h = &array->header;
    guint64 rows = h->dims[0], cols = h->n_dims > 1 ? h->dims[1] : 1;
    gboolean is_f4 = h->kind == 'f' && h->size == 4 && !h->swap && !h->fortran;
    gsize need = 0, unpacked = array->member->method == 0 ? 0 : array->member->size;
    g_autofree char *needs = NULL, *free = NULL;

    if (g_size_checked_mul(&need, rows, cols) &&
        g_size_checked_mul(&need, need, is_f4 ? 0 : sizeof(float)) &&
        g_size_checked_add(&need, need, unpacked) && need <= limit)
        return TRUE;
    needs = g_format_size(need);
    free = g_format_size(limit);
    /* Translators: an array of an archive and two amounts, as "3.2 GB" */
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("“%s” takes %s to read, but only %s of memory is free"), array->name,
                needs, free);
    return FALSE;
}

UmkMatrix *
_umk_npz_parse(
    GBytes *bytes, const char *member, gsize limit, char ***names, GError **error)
{
    g_auto(Archive) archive = {0};
    g_autoptr(GBytes) content = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    const Array *array;

    if (!archive_open(&archive, bytes, error))
        return NULL;
    array = choose(&archive, member, error);
    if (array == NULL || !check_type(array, error) || !check_room(array, limit, error))
        return NULL;
    content = _umk_zip_read(archive.zip, array->member, limit, error);
    matrix = content != NULL ? _umk_npy_parse(content, error) : NULL;
    if (content != NULL && matrix == NULL)
        g_prefix_error(error, "%s: ", array->name);
    if (matrix == NULL ||
        !read_names(&archive, find_names(&archive, umk_matrix_get_n_rows(matrix)),
                    member != NULL, limit, names, error))
        return NULL;
    return g_steal_pointer(&matrix);
}

gboolean
_umk_npz_check(GBytes *bytes, const char *member, GError **error)
{
    g_auto(Archive) archive = {0};
    const Array *array;

    if (!archive_open(&archive, bytes, error))
        return FALSE;
    array = choose(&archive, member, error);
    return array != NULL && check_type(array, error);
}

char **
_umk_npz_list(GBytes *bytes, GError **error)
{
    g_auto(Archive) archive = {0};
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    Test test;

    if (!archive_open(&archive, bytes, error))
        return NULL;
    test = find_test(&archive);
    for (guint i = 0; test != NULL && i < archive.arrays->len; i++)
        if (test(get(&archive, i)))
            g_strv_builder_add(names, get(&archive, i)->name);
    return g_strv_builder_end(names);
}
