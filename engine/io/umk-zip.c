/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of a ZIP archive and its members; APPNOTE.TXT 6.3.10 names the fields.
 *
 *   members, each: local header (30 bytes, name, extra), its bytes
 *   directory, each: 46 bytes, name, extra, comment
 *   [end of ZIP64, locator of 20 bytes]  end record (22 bytes, comment) */
#include "io/umk-zip-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include <string.h>

#define END_SIZE       22u
#define END64_SIZE     56u
#define LOCATOR_SIZE   20u
#define ENTRY_SIZE     46u
#define LOCAL_SIZE     30u
#define MAX_COMMENT    65535u
#define DEFLATE_RATIO  1032u             /* the most that one byte can stand for */
#define STEP           ((gsize) 1 << 30) /* zlib counts in 32 bits */
#define FLAG_ENCRYPTED 0x2041u

static guint
get16(const guint8 *at)
{
    return (guint) at[0] | (guint) at[1] << 8;
}

static guint32
get32(const guint8 *at)
{
    return (guint32) get16(at) | (guint32) get16(at + 2) << 16;
}

static guint64
get64(const guint8 *at)
{
    return (guint64) get32(at) | (guint64) get32(at + 4) << 32;
}

static gboolean
invalid(GError **error, const char *why)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a readable zip archive: %s"), why);
    return FALSE;
}

/* ---- checksum ------------------------------------------------------------------------
 */

/* CRC-32 as ZIP has it (polynomial 0xEDB88320), eight bytes a step. */
static guint32
checksum(const guint8 *data, gsize n)
{
    guint32 table[8][256], crc = 0xffffffffu;

    for (guint32 i = 0; i < 256; i++) {
        guint32 value = i;

        for (guint bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1u ? 0xedb88320u : 0u);
        table[0][i] = value;
    }
    for (guint t = 1; t < 8; t++)
        for (guint i = 0; i < 256; i++)
            table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 255u];
    for (; n >= 8; n -= 8, data += 8) {
        guint32 low = crc ^ get32(data), high = get32(data + 4);

        crc = table[7][low & 255u] ^ table[6][low >> 8 & 255u] ^
              table[5][low >> 16 & 255u] ^ table[4][low >> 24] ^ table[3][high & 255u] ^
              table[2][high >> 8 & 255u] ^ table[1][high >> 16 & 255u] ^
              table[0][high >> 24];
    }
    for (; n > 0; n--, data++)
        crc = crc >> 8 ^ table[0][(crc ^ *data) & 255u];
    return ~crc;
}

/* ---- the directory -------------------------------------------------------------------
 */

typedef struct {
    guint64 n, size, offset;
} Directory;

/* The end record is the last one whose comment reaches to the end of the file. */
static const guint8 *
find_end(const guint8 *data, gsize size)
{
    gsize most = MIN(size, END_SIZE + MAX_COMMENT);

    for (gsize back = END_SIZE; back <= most; back++) {
        const guint8 *at = data + size - back;

        if (get32(at) == 0x06054b50u && get16(at + 20) + END_SIZE == back)
            return at;
    }
    return NULL;
}

static gboolean
find_end64(const guint8 *data, gsize size, gsize end, Directory *found, GError **error)
{
    const guint8 *locator = data + end - LOCATOR_SIZE;
    guint64 at;

    if (end < LOCATOR_SIZE || get32(locator) != 0x07064b50u)
        return invalid(error, _("the end of its directory is missing"));
    at = get64(locator + 8);
    if (size < END64_SIZE || at > size - END64_SIZE || get32(data + at) != 0x06064b50u)
        return invalid(error, _("the end of its directory is missing"));
    found->n = get64(data + at + 32);
    found->size = get64(data + at + 40);
    found->offset = get64(data + at + 48);
    return TRUE;
}

static gboolean
find_directory(const guint8 *data, gsize size, Directory *found, GError **error)
{
    const guint8 *end = size >= END_SIZE ? find_end(data, size) : NULL;

    if (size < 4 || get16(data) != 0x4b50u)
        return invalid(error, _("it does not start with the zip signature"));
    if (end == NULL)
        return invalid(error, _("its end is missing; it was cut off"));
    found->n = get16(end + 10);
    found->size = get32(end + 12);
    found->offset = get32(end + 16);
    if ((found->n == 0xffffu || found->size == 0xffffffffu ||
         found->offset == 0xffffffffu) &&
        !find_end64(data, size, (gsize) (end - data), found, error))
        return FALSE;
    if (found->offset > size || found->size > size - found->offset)
        return invalid(error, _("its directory lies outside the file"));
    if (found->n > UMK_ZIP_MAX_MEMBERS)
        return invalid(error, _("it has too many members"));
    return TRUE;
}

/* Numbers that did not fit stand in the extra field 1, in this order. */
static void
read_extra(UmkZipMember *member, const guint8 *extra, gsize n)
{
    gsize *wide[] = {&member->size, &member->packed, &member->local};

    while (n >= 4) {
        gsize length = MIN((gsize) get16(extra + 2), n - 4), at = 0;

        for (guint i = 0; get16(extra) == 1 && i < G_N_ELEMENTS(wide); i++)
            if (*wide[i] == 0xffffffffu && at + 8 <= length) {
                *wide[i] = get64(extra + 4 + at);
                at += 8;
            }
        extra += 4 + length;
        n -= 4 + length;
    }
}

/* The bytes of an entry, 0 if it is broken. */
static gsize
read_entry(GArray *members, const guint8 *at, gsize left)
{
    UmkZipMember member = {0};
    gsize n_name, n_extra, n_all;

    if (left < ENTRY_SIZE || get32(at) != 0x02014b50u)
        return 0;
    n_name = get16(at + 28);
    n_extra = get16(at + 30);
    n_all = ENTRY_SIZE + n_name + n_extra + get16(at + 32);
    if (n_all > left)
        return 0;
    member.flags = get16(at + 8);
    member.method = get16(at + 10);
    member.crc = get32(at + 16);
    member.packed = get32(at + 20);
    member.size = get32(at + 24);
    member.local = get32(at + 42);
    member.name = g_utf8_make_valid((const char *) at + ENTRY_SIZE, (gssize) n_name);
    read_extra(&member, at + ENTRY_SIZE + n_name, n_extra);
    g_array_append_val(members, member);
    return n_all;
}

static void
member_clear(gpointer member)
{
    g_free(((UmkZipMember *) member)->name);
}

UmkZip *
_umk_zip_open(GBytes *bytes, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(UmkZip) self = NULL;
    Directory directory = {0};

    if (!find_directory(data, size, &directory, error))
        return NULL;
    self = g_new0(UmkZip, 1);
    self->bytes = g_bytes_ref(bytes);
    self->members = g_array_new(FALSE, FALSE, sizeof(UmkZipMember));
    g_array_set_clear_func(self->members, member_clear);
    data += directory.offset;
    for (guint64 i = 0; i < directory.n; i++) {
        gsize n = read_entry(self->members, data, directory.size);

        if (n == 0) {
            invalid(error, _("its directory is broken"));
            return NULL;
        }
        data += n;
        directory.size -= n;
    }
    return g_steal_pointer(&self);
}

void
_umk_zip_free(UmkZip *self)
{
    if (self == NULL)
        return;
    g_bytes_unref(self->bytes);
    g_array_unref(self->members);
    g_free(self);
}

/* ---- members -------------------------------------------------------------------------
 */

static gboolean
broken(const UmkZipMember *member, GError **error, const char *why)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Its member “%s” cannot be unpacked: %s"), member->name, why);
    return FALSE;
}

static gboolean
check_member(const UmkZipMember *member, GError **error)
{
    if (member->flags & FLAG_ENCRYPTED) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Its member “%s” is encrypted"), member->name);
        return FALSE;
    }
    if (member->method != 0 && member->method != 8) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Its member “%s” is packed by method %u; stored (0) and deflated "
                      "(8) are read"),
                    member->name, member->method);
        return FALSE;
    }
    if (member->method == 0 && member->packed != member->size)
        return broken(member, error, _("its two sizes differ"));
    if (member->method == 8 && member->size / DEFLATE_RATIO > member->packed)
        return broken(member, error, _("it says more bytes than it can hold"));
    return TRUE;
}

/* The bytes of a member as they lie in the archive. */
static const guint8 *
find_data(const UmkZip *self, const UmkZipMember *member, gsize *offset, GError **error)
{
    gsize size, start;
    const guint8 *data = g_bytes_get_data(self->bytes, &size);

    if (!check_member(member, error))
        return NULL;
    if (member->local > size || size - member->local < LOCAL_SIZE ||
        get32(data + member->local) != 0x04034b50u) {
        broken(member, error, _("its header is missing"));
        return NULL;
    }
    start = member->local + LOCAL_SIZE + get16(data + member->local + 26) +
            get16(data + member->local + 28);
    if (start > size || member->packed > size - start) {
        broken(member, error, _("the archive ends before it does"));
        return NULL;
    }
    *offset = start;
    return data + start;
}

/* At most @size bytes; how many came, or -1 where the stream is broken. Whether the
 * stream ended there is told when @ended is asked for. */
static gssize
inflate(const UmkZipMember *member,
        const guint8 *packed,
        guint8 *out,
        gsize size,
        gboolean *ended,
        GError **error)
{
    g_autoptr(GConverter) converter =
        G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW));
    gsize n_in = 0, n_out = 0;
    guint8 beyond; /* room for the end of a stream that has filled all of it */

    *ended = FALSE;
    while (!*ended) {
        gboolean full = n_out == size;
        gsize left = member->packed - n_in, read, written;
        g_autoptr(GError) reason = NULL;
        GConverterResult result = g_converter_convert(
            converter, packed + n_in, MIN(left, STEP), full ? &beyond : out + n_out,
            full ? 1 : MIN(size - n_out, STEP),
            left > STEP ? G_CONVERTER_NO_FLAGS : G_CONVERTER_INPUT_AT_END, &read,
            &written, &reason);

        if (result == G_CONVERTER_ERROR) {
            broken(member, error, reason->message);
            return -1;
        }
        if (full && written > 0)
            return (gssize) size;
        n_in += read;
        n_out += written;
        *ended = result == G_CONVERTER_FINISHED;
    }
    return (gssize) n_out;
}

static GBytes *
inflate_whole(const UmkZipMember *member,
              const guint8 *packed,
              gsize limit,
              GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *need = g_format_size(member->size);
    g_autofree char *have = g_format_size(limit);
    guint8 *out;
    gboolean ended;
    gssize n;

    if (member->size > limit) {
        /* Translators: a part of an archive and two amounts, as "3.2 GB" */
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("Its member “%s” unpacks to %s, but only %s of memory is free"),
                    member->name, need, have);
        return NULL;
    }
    out = _umk_alloc_aligned(member->size, 1, _("The array"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, member->size);
    n = inflate(member, packed, out, member->size, &ended, error);
    if (n < 0)
        return NULL;
    if (!ended || (gsize) n != member->size) {
        broken(member, error, _("it is not as long as it says"));
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

GBytes *
_umk_zip_read(const UmkZip *self, const UmkZipMember *member, gsize limit, GError **error)
{
    gsize offset;
    const guint8 *packed = find_data(self, member, &offset, error);
    g_autoptr(GBytes) bytes = NULL;

    if (packed == NULL)
        return NULL;
    bytes = member->method == 0
                ? g_bytes_new_from_bytes(self->bytes, offset, member->size)
                : inflate_whole(member, packed, limit, error);
    if (bytes == NULL)
        return NULL;
    if (checksum(g_bytes_get_data(bytes, NULL), member->size) != member->crc) {
        broken(member, error, _("its checksum is wrong"));
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

GBytes *
_umk_zip_read_head(const UmkZip *self,
                   const UmkZipMember *member,
                   gsize most,
                   GError **error)
{
    gsize offset, want = MIN(member->size, most);
    const guint8 *packed = find_data(self, member, &offset, error);
    g_autofree guint8 *out = NULL;
    gboolean ended;
    gssize n;

    if (packed == NULL)
        return NULL;
    if (member->method == 0)
        return g_bytes_new_from_bytes(self->bytes, offset, want);
    out = g_malloc(want + 1);
    n = inflate(member, packed, out, want, &ended, error);
    return n < 0 ? NULL : g_bytes_new_take(g_steal_pointer(&out), (gsize) n);
}
