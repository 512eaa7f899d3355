/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saving and opening of indexes; the format is told in the header. A file is written
 * under another name, synced and renamed, so the old one stands until the new one is
 * whole. */
#include "facade/umk-index-file-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-alloc-private.h"
#include "index/umk-index-ops-private.h"
#include "store/umk-crc32c-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FORMAT_VERSION 1
#define MAX_SECTIONS   64
#define MAX_STAMP      4096
#define ALIGNMENT      64
#define MAX_HOT        ((gsize) 1 << 20)

static const char index_magic[8] = {'U', 'M', 'K', 'I', 'N', 'D', 'X', '1'};

typedef struct {
    char magic[8];
    guint32 version;
    guint32 n_sections;
    guint64 n_bytes;
    guint64 n_rows;
    guint64 n_dims;
    guint32 metric;
    guint32 n_stamp;
    char method[32];
    guint64 zero;
    guint32 table_crc;
    guint32 crc;
} Header;

typedef struct {
    char name[8];
    guint64 offset;
    guint64 size;
    guint32 crc;
    guint32 hot;
} Entry;

G_STATIC_ASSERT(sizeof(Header) == UMK_INDEX_FILE_HEADER);
G_STATIC_ASSERT(sizeof(Entry) == 32);

static gsize
aligned(gsize size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* ---- writing ---------------------------------------------------------------------- */

static void
fill_table(Entry *table, const GArray *sections, gsize from, guint64 *n_bytes)
{
    for (guint i = 0; i < sections->len; i++) {
        const UmkIndexSection *section = &g_array_index(sections, UmkIndexSection, i);

        memcpy(table[i].name, section->name, sizeof table[i].name);
        table[i].offset = from;
        table[i].size = section->size;
        table[i].crc = _umk_crc32c(0, section->data, section->size);
        table[i].hot = (guint32) MIN(MIN(section->hot, section->size), MAX_HOT);
        from += aligned(section->size);
    }
    *n_bytes = from;
}

static gboolean
write_locked(const UmkFileOps *ops,
             UmkIndex *index,
             const char *path,
             GBytes *stamp,
             GError **error)
{
    static const guint8 zeros[ALIGNMENT] = {0};
    g_autoptr(GArray) sections = g_array_new(FALSE, TRUE, sizeof(UmkIndexSection));
    g_autoptr(GArray) parts = g_array_new(FALSE, TRUE, sizeof(UmkFilePart));
    gsize n_stamp = stamp != NULL ? g_bytes_get_size(stamp) : 0, n_table, n_head;
    g_autofree guint8 *head = NULL;
    Header header = {.version = FORMAT_VERSION,
                     .n_dims = umk_index_get_n_dims(index),
                     .metric = (guint32) umk_index_get_metric(index),
                     .n_stamp = (guint32) n_stamp};

    _umk_index_collect(index, sections);
    n_table = sections->len * sizeof(Entry);
    n_head = aligned(sizeof header + n_table + n_stamp);
    head = g_malloc0(n_head);
    fill_table((Entry *) (gpointer) (head + sizeof header), sections, n_head,
               &header.n_bytes);
    if (n_stamp > 0)
        memcpy(head + sizeof header + n_table, g_bytes_get_data(stamp, NULL), n_stamp);
    memcpy(header.magic, index_magic, sizeof header.magic);
    g_strlcpy(header.method, umk_index_get_method(index), sizeof header.method);
    header.n_sections = sections->len;
    header.n_rows = umk_index_get_n_rows(index);
    header.table_crc = _umk_crc32c(0, head + sizeof header, n_table + n_stamp);
    header.crc = _umk_crc32c(0, &header, sizeof header - sizeof header.crc);
    memcpy(head, &header, sizeof header);
    g_array_append_vals(parts, &(UmkFilePart){head, n_head}, 1);
    for (guint i = 0; i < sections->len; i++) {
        const UmkIndexSection *section = &g_array_index(sections, UmkIndexSection, i);
        UmkFilePart both[2] = {{section->data, section->size},
                               {zeros, aligned(section->size) - section->size}};

        g_array_append_vals(parts, both, 2);
    }
    return _umk_file_replace_parts(
        ops, path, (const UmkFilePart *) (gconstpointer) parts->data, parts->len, error);
}

gboolean
_umk_index_file_write(const UmkFileOps *ops,
                      UmkIndex *index,
                      const char *path,
                      GBytes *stamp,
                      GError **error)
{
    gboolean done;

    if (stamp != NULL && g_bytes_get_size(stamp) > MAX_STAMP) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The stamp of an index has %zu bytes, at most %d are kept"),
                    g_bytes_get_size(stamp), MAX_STAMP);
        return FALSE;
    }
    _umk_index_lock(index);
    done = write_locked(ops, index, path, stamp, error);
    _umk_index_unlock(index);
    return done;
}

/**
 * umk_index_save:
 * @self: an index
 * @path: (type filename): the file
 * @stamp: (nullable): at most 4096 bytes that umk_index_open() can ask for
 * @cancellable: (nullable): to stop it before it starts
 * @error: return location for an error
 *
 * Writes codes, graph, and what was measured, each with a CRC-32C, to a new file that
 * then takes the place of the old one; a crash leaves one of the two. The vectors are not
 * written: whoever opens the file brings the same ones, row by row, those inserted or
 * changed since included. Of an exact index only what was removed is kept: its codes are
 * quicker made again than read.
 *
 * Returns: whether it was written
 */
gboolean
umk_index_save(UmkIndex *self,
               const char *path,
               GBytes *stamp,
               GCancellable *cancellable,
               GError **error)
{
    g_return_val_if_fail(self != NULL && path != NULL, FALSE);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    return _umk_index_file_write(&_umk_file_ops_system, self, path, stamp, error);
}

/* ---- reading ---------------------------------------------------------------------- */

static gboolean
refuse(GError **error, const char *reason)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The index file %s"), reason);
    return FALSE;
}

static gboolean
read_header(GBytes *bytes, Header *header, GError **error)
{
    gsize size, n_rest;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    if (size < sizeof *header)
        return refuse(error, _("is shorter than its header"));
    memcpy(header, data, sizeof *header);
    if (memcmp(header->magic, index_magic, sizeof index_magic) != 0)
        return refuse(error, _("does not begin as one"));
    if (header->crc != _umk_crc32c(0, header, sizeof *header - sizeof header->crc))
        return refuse(error, _("has a damaged header"));
    if (header->version != FORMAT_VERSION)
        return refuse(error, _("is of another version"));
    if (header->n_bytes != size)
        return refuse(error, _("does not have the size it declares"));
    n_rest = header->n_sections * sizeof(Entry) + header->n_stamp;
    if (header->n_sections > MAX_SECTIONS || header->n_stamp > MAX_STAMP ||
        header->metric > UMK_METRIC_EUCLIDEAN || n_rest > size - sizeof *header ||
        header->method[sizeof header->method - 1] != '\0' ||
        header->table_crc != _umk_crc32c(0, data + sizeof *header, n_rest))
        return refuse(error, _("has a damaged table"));
    return TRUE;
}

static gboolean
read_sections(GBytes *bytes,
              const Header *header,
              UmkIndexSection *sections,
              gboolean check,
              GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (guint i = 0; i < header->n_sections; i++) {
        Entry entry;

        memcpy(&entry, data + sizeof *header + i * sizeof entry, sizeof entry);
        if (entry.offset % ALIGNMENT != 0 || entry.offset > size ||
            entry.size > size - entry.offset)
            return refuse(error, _("has a section outside of it"));
        memcpy(sections[i].name, entry.name, sizeof entry.name);
        sections[i].data = data + entry.offset;
        sections[i].size = entry.size;
        sections[i].hot = MIN(MIN(entry.hot, MAX_HOT), entry.size);
        if (check && entry.crc != _umk_crc32c(0, sections[i].data, entry.size))
            return refuse(error, _("does not match its checksums"));
    }
    return TRUE;
}

UmkIndex *
_umk_index_file_parse(
    GBytes *bytes, UmkMatrix *vectors, GBytes *stamp, gboolean check, GError **error)
{
    UmkIndexSection sections[MAX_SECTIONS];
    Header header;
    gsize n_rows = umk_matrix_get_n_rows(vectors), n_stamp;
    const guint8 *written;

    if (!read_header(bytes, &header, error))
        return NULL;
    written = (const guint8 *) g_bytes_get_data(bytes, NULL) + sizeof header +
              header.n_sections * sizeof(Entry);
    if (stamp != NULL) {
        gconstpointer wanted = g_bytes_get_data(stamp, &n_stamp);

        if (n_stamp != header.n_stamp ||
            (n_stamp > 0 && memcmp(wanted, written, n_stamp) != 0)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                        _("The index file was made from another state of the vectors"));
            return NULL;
        }
    }
    if (header.n_rows != n_rows ||
        (n_rows > 0 && header.n_dims != umk_matrix_get_n_cols(vectors))) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The index file is about %zu × %zu vectors, there are %zu × %zu"),
                    (gsize) header.n_rows, (gsize) header.n_dims, n_rows,
                    umk_matrix_get_n_cols(vectors));
        return NULL;
    }
    if (!read_sections(bytes, &header, sections, check, error))
        return NULL;
    return _umk_index_restore(header.method, (UmkMetric) header.metric, vectors, sections,
                              header.n_sections, bytes, error);
}

/* Without reading on from where it is touched: a walk jumps. */
static GMappedFile *
map_for_walks(const char *path, GError **error)
{
    GMappedFile *file = g_mapped_file_new(path, FALSE, error);

#ifdef MADV_RANDOM
    if (file != NULL && g_mapped_file_get_length(file) > 0)
        madvise(g_mapped_file_get_contents(file), g_mapped_file_get_length(file),
                MADV_RANDOM);
#endif
    return file;
}

void
_umk_index_file_ask_ahead(const char *path)
{
    g_autoptr(GMappedFile) file = map_for_walks(path, NULL);
    g_autoptr(GBytes) bytes = file != NULL ? g_mapped_file_get_bytes(file) : NULL;
    UmkIndexSection sections[MAX_SECTIONS];
    gsize page = (gsize) sysconf(_SC_PAGESIZE);
    Header header;

    if (bytes == NULL || !read_header(bytes, &header, NULL) ||
        !read_sections(bytes, &header, sections, FALSE, NULL))
        return;
#ifdef MADV_WILLNEED
    for (guint i = 0; i < header.n_sections; i++) {
        const guint8 *data = sections[i].data;
        gsize before = (gsize) data % page;

        if (sections[i].hot > 0)
            madvise((gpointer) (data - before), before + sections[i].hot, MADV_WILLNEED);
    }
#endif
}

/**
 * umk_index_open:
 * @path: (type filename): a file of umk_index_save()
 * @vectors: what it was made from, the same rows
 * @stamp: (nullable): the stamp that has to be in the file; %NULL for any
 * @check: whether to read all of it and compare the checksums
 * @error: return location for an error
 *
 * The file is mapped, not read; with @check false the first answer costs the pages it
 * touches and no more. A file that is damaged, of another version, of other vectors or
 * with another stamp is refused. Without @check, damage inside the large arrays is not
 * noticed: it can cost recall, nothing else, for each number is looked at before it is
 * followed and every hit is scored with @vectors.
 *
 * Returns: (transfer full): the index
 */
UmkIndex *
umk_index_open(
    const char *path, UmkMatrix *vectors, GBytes *stamp, gboolean check, GError **error)
{
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) bytes = NULL;
    UmkIndex *index;

    g_return_val_if_fail(path != NULL && vectors != NULL, NULL);
    file = check ? g_mapped_file_new(path, FALSE, error) : map_for_walks(path, error);
    if (file == NULL)
        return NULL;
    bytes = g_mapped_file_get_bytes(file);
    index = _umk_index_file_parse(bytes, vectors, stamp, check, error);
    if (index == NULL)
        g_prefix_error(error, "“%s”: ", path);
    return index;
}
