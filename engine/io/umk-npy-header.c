/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dictionary at the beginning of an npy, taken apart without a parser of Python:
 * NumPy writes its three keys in one way only. And arrays of strings, which are read for
 * the names of rows. */
#include "io/umk-npy-header-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static gboolean
invalid(GError **error, const char *why)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a readable npy file: %s"), why);
    return FALSE;
}

gboolean
_umk_npy_refuse_type(const UmkNpyHeader *header, GError **error)
{
    if (header->kind == 'O')
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("It holds Python objects (a pickle), which are never "
                              "read: save it as numbers or as strings"));
    else
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
            _("The npy type %.8s is not supported; f2, f4, f8, i1, u1, i4 and i8 are"),
            header->descr);
    return FALSE;
}

/* The value after 'key': in the dictionary, or NULL. */
static const char *
find_value(const char *text, const char *key)
{
    const char *found = strstr(text, key);

    if (found == NULL)
        return NULL;
    found += strlen(key);
    found += strspn(found, " ");
    if (*found != ':')
        return NULL;
    found++;
    return found + strspn(found, " ");
}

static gboolean
parse_descr(const char *value, UmkNpyHeader *h, GError **error)
{
    char *end;
    guint64 size;

    if (value == NULL || *value == '\0')
        return invalid(error, _("its header has no “descr”"));
    g_strlcpy(h->descr, value, sizeof h->descr);
    h->kind = '?';
    if ((*value != '\'' && *value != '"') || strlen(value) < 4 ||
        strchr("<>|=", value[1]) == NULL)
        return TRUE;
    size = g_ascii_strtoull(value + 3, &end, 10);
    if (*end != *value || size > G_MAXUINT32)
        return TRUE;
    h->kind = value[2];
    h->size = (gsize) size;
    h->swap = (value[1] == '>') == (G_BYTE_ORDER == G_LITTLE_ENDIAN) && value[1] != '|' &&
              value[1] != '=';
    return TRUE;
}

static gboolean
parse_shape(const char *value, UmkNpyHeader *h, GError **error)
{
    if (value == NULL || *value != '(')
        return invalid(error, _("its header has no “shape”"));
    for (value++; *value != ')';) {
        char *end;
        guint64 dim;

        value += strspn(value, " ,");
        if (*value == ')')
            break;
        if (!g_ascii_isdigit(*value))
            return invalid(error, _("its shape should have one or two dimensions"));
        dim = g_ascii_strtoull(value, &end, 10);
        if (h->n_dims < G_N_ELEMENTS(h->dims))
            h->dims[h->n_dims] = dim;
        h->n_dims++;
        value = end;
    }
    return TRUE;
}

gboolean
_umk_npy_header_parse(const guint8 *data, gsize size, UmkNpyHeader *h, GError **error)
{
    g_autofree char *text = NULL;
    const char *fortran;
    gsize start, len;

    *h = (UmkNpyHeader){.kind = '?', .dims = {1, 1}};
    if (size < 12 || memcmp(data, "\x93NUMPY", 6) != 0)
        return invalid(error, _("it does not start with the npy signature"));
    if (data[6] < 1 || data[6] > 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("The npy version %u is unknown; 1 to 3 are read"), data[6]);
        return FALSE;
    }
    start = data[6] == 1 ? 10 : 12;
    len = data[8] | (gsize) data[9] << 8;
    if (data[6] > 1)
        len |= (gsize) data[10] << 16 | (gsize) data[11] << 24;
    if (len > UMK_NPY_MAX_HEADER || len > size - start)
        return invalid(error, _("its header is longer than the file"));
    text = g_strndup((const char *) data + start, len);
    fortran = find_value(text, "'fortran_order'");
    h->fortran = fortran != NULL && g_str_has_prefix(fortran, "True");
    h->data = start + len;
    return parse_descr(find_value(text, "'descr'"), h, error) &&
           parse_shape(find_value(text, "'shape'"), h, error);
}

/* ---- strings -------------------------------------------------------------------------
 */

/* UCS-4 of a fixed width, padded with zeros. */
static char *
take_ucs4(const guint8 *at, gsize width, gboolean swap)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = width; i > 0; i--) {
        if (at[4 * i - 4] | at[4 * i - 3] | at[4 * i - 2] | at[4 * i - 1])
            break;
        width = i - 1;
    }
    for (gsize i = 0; i < width; i++) {
        guint32 c;

        memcpy(&c, at + 4 * i, 4);
        c = swap ? GUINT32_SWAP_LE_BE(c) : c;
        g_string_append_unichar(text, c != 0 && g_unichar_validate(c) ? c : 0xfffd);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char **
_umk_npy_parse_strings(GBytes *bytes, GError **error)
{
    gsize size, n, width, all;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_auto(GStrv) strings = NULL;
    UmkNpyHeader h;

    if (!_umk_npy_header_parse(data, size, &h, error))
        return NULL;
    if ((h.kind != 'U' && h.kind != 'S') || h.n_dims != 1) {
        invalid(error, _("it is not a list of strings"));
        return NULL;
    }
    n = h.dims[0];
    width = h.kind == 'U' ? 4 * h.size : h.size;
    if (!_umk_size_mul(n, MAX(width, 1), &all) || all > size - h.data) {
        invalid(error, _("it has fewer strings than it says"));
        return NULL;
    }
    strings = _umk_alloc(n + 1, sizeof *strings, _("The array"), error);
    for (gsize i = 0; strings != NULL && i < n; i++) {
        const guint8 *at = data + h.data + i * width;
        g_autofree char *narrow =
            h.kind == 'S' ? g_strndup((const char *) at, width) : NULL;

        strings[i] = narrow != NULL ? g_utf8_make_valid(narrow, -1)
                                    : take_ucs4(at, h.size, h.swap);
    }
    return g_steal_pointer(&strings);
}
