/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of vectors, read and written by suffix: one row of a table a format. The formats
 * themselves live in io and take bytes; this is the only place here that opens files. */
#include <umekomi/umk-vectors.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "io/umk-npy-private.h"
#include "io/umk-npz-private.h"
#include "io/umk-word-vectors-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    const char *suffix;
    gboolean (*check)(GBytes *bytes, const char *member, GError **error); /* or NULL */
    /* member: of an archive, or NULL */
    UmkMatrix *(*read)(GBytes *bytes, const char *member, char ***names, GError **error);
    GByteArray *(*write)(UmkMatrix *vectors,
                         const char *const *names,
                         const char *dtype,
                         GError **error);
} Format;

static gboolean
check_npy(GBytes *bytes, const char *member, GError **error)
{
    return _umk_npy_check(bytes, error);
}

static UmkMatrix *
read_npy(GBytes *bytes, const char *member, char ***names, GError **error)
{
    return _umk_npy_parse(bytes, error);
}

static UmkMatrix *
read_npz(GBytes *bytes, const char *member, char ***names, GError **error)
{
    return _umk_npz_parse(bytes, member, umk_get_available_memory(), names, error);
}

static UmkMatrix *
read_words(GBytes *bytes, const char *member, char ***names, GError **error)
{
    return _umk_word_vectors_parse(bytes, names, NULL, error);
}

static UmkMatrix *
read_fvecs(GBytes *bytes, const char *member, char ***names, GError **error)
{
    return _umk_fvecs_parse(bytes, error);
}

static GByteArray *
write_npy(UmkMatrix *vectors, const char *const *names, const char *dtype, GError **error)
{
    return _umk_npy_format(vectors, dtype, error);
}

static void
append_number(GByteArray *out, float value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(digits, sizeof digits, "%.9g", (double) value);
    g_byte_array_append(out, (const guint8 *) digits, (guint) strlen(digits));
}

static void
append_text(GByteArray *out, const char *text)
{
    g_byte_array_append(out, (const guint8 *) text, (guint) strlen(text));
}

/* A field quoted as RFC 4180 asks, where it must be. */
static void
append_field(GByteArray *out, const char *text, char separator)
{
    const char special[] = {separator, '"', '\r', '\n', '\0'};

    if (strpbrk(text, special) == NULL) {
        append_text(out, text);
        return;
    }
    append_text(out, "\"");
    for (const char *p = text; *p != '\0'; p++) {
        g_byte_array_append(out, (const guint8 *) p, 1);
        if (*p == '"')
            append_text(out, "\"");
    }
    append_text(out, "\"");
}

static GByteArray *
write_table(UmkMatrix *vectors, const char *const *names, char separator)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    GByteArray *out = g_byte_array_new();
    const char sep[] = {separator, '\0'};

    append_text(out, "id");
    for (gsize j = 0; j < d; j++) {
        g_autofree char *name = g_strdup_printf("%sx%zu", sep, j + 1);

        append_text(out, name);
    }
    append_text(out, "\n");
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        g_autofree char *number = g_strdup_printf("%zu", i);

        append_field(out, names ? names[i] : number, separator);
        for (gsize j = 0; j < d; j++) {
            append_text(out, sep);
            append_number(out, row[j]);
        }
        append_text(out, "\n");
    }
    return out;
}

static GByteArray *
write_csv(UmkMatrix *vectors, const char *const *names, const char *dtype, GError **error)
{
    return write_table(vectors, names, ',');
}

static GByteArray *
write_tsv(UmkMatrix *vectors, const char *const *names, const char *dtype, GError **error)
{
    return write_table(vectors, names, '\t');
}

/* word2vec's two formats name a row by one word: blanks inside become underscores. */
static char *
one_word(const char *const *names, gsize row)
{
    char *word = names ? g_strdup(names[row]) : g_strdup_printf("%zu", row);

    return g_strdelimit(word, " \t\r\n", '_');
}

static GByteArray *
write_word2vec(UmkMatrix *vectors, const char *const *names, gboolean binary)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    GByteArray *out = g_byte_array_new();
    g_autofree char *head = g_strdup_printf("%zu %zu\n", n, d);

    append_text(out, head);
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, NULL);
        g_autofree char *word = one_word(names, i);

        append_text(out, word);
        if (binary) {
            append_text(out, " ");
            g_byte_array_append(out, (const guint8 *) row, (guint) (d * sizeof *row));
        }
        for (gsize j = 0; j < d && !binary; j++) {
            append_text(out, " ");
            append_number(out, row[j]);
        }
        append_text(out, "\n");
    }
    return out;
}

static GByteArray *
write_vec(UmkMatrix *vectors, const char *const *names, const char *dtype, GError **error)
{
    return write_word2vec(vectors, names, FALSE);
}

static GByteArray *
write_bin(UmkMatrix *vectors, const char *const *names, const char *dtype, GError **error)
{
    return write_word2vec(vectors, names, TRUE);
}

static const Format formats[] = {
    {".npy", check_npy, read_npy, write_npy}, {".npz", _umk_npz_check, read_npz, NULL},
    {".csv", NULL, NULL, write_csv},          {".tsv", NULL, NULL, write_tsv},
    {".vec", NULL, read_words, write_vec},    {".bin", NULL, read_words, write_bin},
    {".txt", NULL, read_words, NULL},         {".fvecs", NULL, read_fvecs, NULL},
};

static const Format *
find_suffix(const char *path)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (g_str_has_suffix(lower, formats[i].suffix))
            return &formats[i];
    return NULL;
}

/* Where "FILE.npz:NAME" is cut: at the first ".npz:" before which a file stands, so that
 * names of folders, files and arrays may all hold a colon; where none does at the first,
 * for the sake of the sentence. NULL: not at all. */
static const char *
find_cut(const char *path)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    const char *first = NULL;

    for (const char *at = lower; (at = strstr(at, ".npz:")) != NULL; at++) {
        gsize length = (gsize) (at - lower) + strlen(".npz");
        g_autofree char *file = g_strndup(path, length);

        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            return path + length;
        if (first == NULL)
            first = path + length;
    }
    return first;
}

/* The format of a path that may name a part of an archive, the file itself and the part.
 * What exists as it stands is never cut. */
static const Format *
find(const char *path, char **file, char **member)
{
    const char *cut = g_file_test(path, G_FILE_TEST_EXISTS) ? NULL : find_cut(path);

    *member = cut != NULL && cut[1] != '\0' ? g_strdup(cut + 1) : NULL;
    *file = cut != NULL ? g_strndup(path, (gsize) (cut - path)) : g_strdup(path);
    return find_suffix(*file);
}

/**
 * umk_vectors_list_formats:
 * @writable: whether formats that can be written are asked for, or those that can be read
 *
 * Returns: (transfer full) (array zero-terminated=1): their suffixes, for example ".npy"
 */
char **
umk_vectors_list_formats(gboolean writable)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (writable ? formats[i].write != NULL : formats[i].read != NULL)
            g_strv_builder_add(names, formats[i].suffix);
    return g_strv_builder_end(names);
}

/**
 * umk_vectors_probe:
 * @path: (type filename): a file, or `FILE.npz:NAME`; it is not opened
 *
 * Returns: whether its name says that it holds vectors
 */
gboolean
umk_vectors_probe(const char *path)
{
    const Format *format;
    g_autofree char *file = NULL, *member = NULL;

    g_return_val_if_fail(path != NULL, FALSE);
    format = find(path, &file, &member);
    return format != NULL && format->read != NULL;
}

static gboolean
no_format(const char *path, gboolean writable, GError **error)
{
    g_auto(GStrv) names = umk_vectors_list_formats(writable);
    g_autofree char *all = g_strjoinv(", ", names);

    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                writable ? _("%s: vectors can be written to %s")
                         : _("%s: vectors can be read from %s"),
                path, all);
    return FALSE;
}

/**
 * umk_vectors_check:
 * @path: (type filename): a file, or `FILE.npz:NAME`
 * @error: return location for an error
 *
 * Looks at a file's beginning and its size, or at an archive's directory, which costs
 * nothing however large it is. What passes may still turn out to be broken further on; of
 * formats other than npy and npz only the name and that it can be opened are checked.
 *
 * Returns: whether there is a point in reading it
 */
gboolean
umk_vectors_check(const char *path, GError **error)
{
    const Format *format;
    g_autofree char *name = NULL, *member = NULL;
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) bytes = NULL;

    g_return_val_if_fail(path != NULL, FALSE);
    format = find(path, &name, &member);
    if (format == NULL || format->read == NULL)
        return no_format(path, FALSE, error);
    file = g_mapped_file_new(name, FALSE, error);
    if (file == NULL)
        return FALSE;
    bytes = g_mapped_file_get_bytes(file);
    if (format->check == NULL || format->check(bytes, member, error))
        return TRUE;
    g_prefix_error(error, "%s: ", path);
    return FALSE;
}

/**
 * umk_vectors_list_arrays:
 * @path: (type filename): a file
 * @error: return location for an error
 *
 * Which arrays of an archive could be its vectors: where there are several, one has to be
 * named, as `FILE.npz:NAME`. Files that hold one matrix have none with a name.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names, or %NULL
 */
char **
umk_vectors_list_arrays(const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) bytes = NULL;
    const Format *format;
    char **names;

    g_return_val_if_fail(path != NULL, NULL);
    format = find_suffix(path);
    if (format == NULL || format->read != read_npz)
        return g_new0(char *, 1);
    file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL)
        return NULL;
    bytes = g_mapped_file_get_bytes(file);
    names = _umk_npz_list(bytes, error);
    if (names == NULL)
        g_prefix_error(error, "%s: ", path);
    return names;
}

/* Codes of "u8" or "i8" with their ranges beside them stand for other numbers. */
static UmkMatrix *
decode(const char *path, GBytes *bytes, UmkMatrix *matrix, GError **error)
{
    g_autofree char *beside = _umk_npy_ranges_path(path);
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) found = NULL;
    g_autoptr(UmkMatrix) ranges = NULL, decoded = NULL;
    gboolean is_signed;

    if (!g_str_has_suffix(path, ".npy") || !_umk_npy_is_bytes(bytes, &is_signed))
        return umk_matrix_ref(matrix);
    file = g_mapped_file_new(beside, FALSE, NULL);
    if (file == NULL)
        return umk_matrix_ref(matrix);
    found = g_mapped_file_get_bytes(file);
    ranges = _umk_npy_parse(found, error);
    if (ranges != NULL)
        decoded = _umk_npy_decode(matrix, ranges, is_signed, error);
    if (decoded == NULL)
        g_prefix_error(error, "%s: ", beside);
    return g_steal_pointer(&decoded);
}

/**
 * umk_vectors_read:
 * @path: (type filename): a file, or `FILE.npz:NAME` for one array of an archive
 * @names: (out) (optional) (nullable) (array zero-terminated=1) (transfer full): names of
 * the rows, or %NULL where the format has none
 * @error: return location for an error
 *
 * A float32 npy is mapped, not copied. Of an npz the vectors are the array that is named
 * after the colon, else the only one that can be meant; strings called "names", "words"
 * or "labels", one a row, are its names. Codes of the types "u8" and "i8" are turned back
 * into what they stood for when their `NAME.ranges.npy` lies beside them.
 *
 * Returns: (transfer full): (n, d), all of it finite
 */
UmkMatrix *
umk_vectors_read(const char *path, char ***names, GError **error)
{
    const Format *format;
    g_autofree char *name = NULL, *member = NULL;
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(UmkMatrix) raw = NULL, matrix = NULL;
    g_auto(GStrv) found = NULL;

    g_return_val_if_fail(path != NULL, NULL);
    format = find(path, &name, &member);
    if (format == NULL || format->read == NULL) {
        no_format(path, FALSE, error);
        return NULL;
    }
    file = g_mapped_file_new(name, FALSE, error);
    if (file == NULL)
        return NULL;
    bytes = g_mapped_file_get_bytes(file);
    raw = format->read(bytes, member, &found, error);
    if (raw != NULL && (matrix = decode(path, bytes, raw, error)) == NULL)
        return NULL;
    if (matrix == NULL || !umk_matrix_check_finite(matrix, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    if (names != NULL)
        *names = g_steal_pointer(&found);
    return g_steal_pointer(&matrix);
}

static gboolean
save(const char *path, GByteArray *bytes, GError **error)
{
    return g_file_set_contents_full(
        path, (const char *) bytes->data, bytes->len,
        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, error);
}

/**
 * umk_vectors_write:
 * @path: (type filename): where to; its suffix chooses the format
 * @vectors: a matrix, one row a name
 * @names: (nullable) (array zero-terminated=1): names of the rows, for formats that have
 * them
 * @dtype: number type of an npy, see umk_vector_writer_new(); "i8" and "u8" are
 * calibrated on @vectors themselves
 * @error: return location for an error
 *
 * Written beside the target and renamed: the file is whole or it is the old one.
 *
 * Returns: %FALSE if it could not be written
 */
gboolean
umk_vectors_write(const char *path,
                  UmkMatrix *vectors,
                  const char *const *names,
                  const char *dtype,
                  GError **error)
{
    const Format *format;
    g_autoptr(GByteArray) bytes = NULL;

    g_return_val_if_fail(path != NULL && vectors != NULL && dtype != NULL, FALSE);
    format = find_suffix(path);
    if (format == NULL || format->write == NULL)
        return no_format(path, TRUE, error);
    bytes = format->write(vectors, names, dtype, error);
    if (bytes == NULL) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    return save(path, bytes, error);
}

/**
 * umk_vectors_write_ids:
 * @path: (type filename): an npy file
 * @n_rows: rows
 * @n_cols: columns; 0 writes a list of one dimension
 * @ids: (array): n_rows × n_cols numbers, or n_rows of them
 * @error: return location for an error
 *
 * Returns: %FALSE if it could not be written
 */
gboolean
umk_vectors_write_ids(
    const char *path, gsize n_rows, gsize n_cols, const gint64 *ids, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;

    g_return_val_if_fail(path != NULL && (ids != NULL || n_rows == 0 || n_cols == 0),
                         FALSE);
    bytes = _umk_npy_format_ids(n_rows, n_cols, ids);
    return save(path, bytes, error);
}
