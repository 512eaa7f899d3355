/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes one vector file; the format is told in the header. It knows slots and
 * checksums, nothing of items' ids, commits or metadata. */

#include "store/umk-vector-file-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "store/umk-crc32c-private.h"

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

#define FORMAT_VERSION 1
#define SLOT_MAGIC     0x534b4d55u /* "UMKS" */
#define MAX_SLOTS      ((guint64) 1 << 40)
#define MAX_MAPPINGS   32000 /* half of what Linux allows a process */
#define MIN_STEP       ((guint64) 8 << 20)
#define MAX_STEP       ((guint64) 64 << 20)

static const char file_magic[8] = {'U', 'M', 'K', 'V', 'E', 'C', 'T', '1'};

typedef struct {
    char magic[8];
    guint32 version;
    guint32 n_dims;
    guint8 uuid[16];
    guint32 frame;
    guint32 block;
    guint8 reserved[20];
    guint32 crc;
} FileHeader;

typedef struct {
    guint32 magic;
    guint32 crc;
    guint64 generation;
    guint64 item;
    guint64 slot;
} SlotHead;

G_STATIC_ASSERT(sizeof(FileHeader) == UMK_VECTOR_FILE_HEADER);
G_STATIC_ASSERT(sizeof(SlotHead) == UMK_SLOT_HEAD);

struct _UmkVectorFile {
    const UmkFileOps *ops;
    char *path;
    int fd;
    gboolean writable;
    gsize n_dims;
    gsize row_size;
    guint64 n_slots;
    guint64 file_size; /* with the room reserved */
};

/* ---- where things are ------------------------------------------------------------- */

static guint64
block_start(const UmkVectorFile *self, guint64 block)
{
    guint64 size = UMK_VECTOR_FILE_BLOCK * (guint64) (UMK_SLOT_HEAD + self->row_size);

    return UMK_VECTOR_FILE_START + block * size;
}

static guint64
head_at(const UmkVectorFile *self, guint64 slot)
{
    return block_start(self, slot / UMK_VECTOR_FILE_BLOCK) +
           slot % UMK_VECTOR_FILE_BLOCK * UMK_SLOT_HEAD;
}

static guint64
row_at(const UmkVectorFile *self, guint64 slot)
{
    return block_start(self, slot / UMK_VECTOR_FILE_BLOCK) +
           UMK_VECTOR_FILE_BLOCK * UMK_SLOT_HEAD +
           slot % UMK_VECTOR_FILE_BLOCK * self->row_size;
}

static guint64
size_for(const UmkVectorFile *self, guint64 n_slots)
{
    return n_slots == 0 ? UMK_VECTOR_FILE_START
                        : row_at(self, n_slots - 1) + self->row_size;
}

/* How many of n slots from first on lie in the same block. */
static gsize
run_in_block(guint64 first, gsize n)
{
    return MIN(n, UMK_VECTOR_FILE_BLOCK - (gsize) (first % UMK_VECTOR_FILE_BLOCK));
}

static guint32
slot_crc(const SlotHead *head, const void *row, gsize row_size)
{
    guint32 crc = _umk_crc32c(0, &head->generation,
                              sizeof *head - G_STRUCT_OFFSET(SlotHead, generation));

    return _umk_crc32c(crc, row, row_size);
}

/* ---- header ----------------------------------------------------------------------- */

gboolean
_umk_vector_header_parse(const guint8 *data,
                         gsize length,
                         guint8 uuid[16],
                         guint32 *frame,
                         guint32 *n_dims,
                         GError **error)
{
    FileHeader header;

    if (length < sizeof header) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A vector file starts with %d bytes of header, here are %zu"),
                    UMK_VECTOR_FILE_HEADER, length);
        return FALSE;
    }
    memcpy(&header, data, sizeof header);
    if (memcmp(header.magic, file_magic, sizeof file_magic) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("This is not a vector file: the first 8 bytes are not “UMKVECT1”"));
        return FALSE;
    }
    if (header.version > FORMAT_VERSION) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_VERSION,
            _("The vector file has format version %u, this program reads up to %u"),
            header.version, FORMAT_VERSION);
        return FALSE;
    }
    if (header.crc != _umk_crc32c(0, &header, sizeof header - sizeof header.crc)) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The header of the vector file is damaged: its checksum does not match"));
        return FALSE;
    }
    if (header.version == 0 || header.block != UMK_VECTOR_FILE_BLOCK ||
        header.n_dims == 0 || header.n_dims > UMK_MAX_DIMS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The vector file declares version %u, %u dimensions and %u slots a "
                      "block, which cannot be"),
                    header.version, header.n_dims, header.block);
        return FALSE;
    }
    memcpy(uuid, header.uuid, 16);
    *frame = header.frame;
    *n_dims = header.n_dims;
    return TRUE;
}

static gboolean
write_header(UmkVectorFile *self, const guint8 uuid[16], guint32 frame, GError **error)
{
    guint8 first[UMK_VECTOR_FILE_START] = {0};
    FileHeader header = {
        .version = FORMAT_VERSION,
        .n_dims = (guint32) self->n_dims,
        .frame = frame,
        .block = UMK_VECTOR_FILE_BLOCK,
    };

    memcpy(header.magic, file_magic, sizeof file_magic);
    memcpy(header.uuid, uuid, 16);
    header.crc = _umk_crc32c(0, &header, sizeof header - sizeof header.crc);
    memcpy(first, &header, sizeof header);
    return _umk_file_write_all(self->ops, self->fd, first, sizeof first, 0, self->path,
                               error) &&
           _umk_vector_file_sync(self, error);
}

static gboolean
check_header(UmkVectorFile *self, const guint8 uuid[16], guint32 frame, GError **error)
{
    guint8 bytes[UMK_VECTOR_FILE_HEADER], found_uuid[16];
    guint32 found_frame, n_dims;

    if (!_umk_file_read_all(self->fd, bytes, sizeof bytes, 0, self->path, error))
        return FALSE;
    if (!_umk_vector_header_parse(bytes, sizeof bytes, found_uuid, &found_frame, &n_dims,
                                  error)) {
        g_prefix_error(error, "“%s”: ", self->path);
        return FALSE;
    }
    if (memcmp(found_uuid, uuid, 16) != 0 || found_frame != frame) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” belongs to another collection or frame"), self->path);
        return FALSE;
    }
    if (n_dims != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” holds vectors of %u dimensions, the collection expects "
                      "%zu"),
                    self->path, n_dims, self->n_dims);
        return FALSE;
    }
    return TRUE;
}

/* ---- opening and closing ---------------------------------------------------------- */

static UmkVectorFile *
vector_file_new(const UmkFileOps *ops, const char *path, gsize n_dims)
{
    UmkVectorFile *self = g_new0(UmkVectorFile, 1);

    self->ops = ops != NULL ? ops : &_umk_file_ops_system;
    self->path = g_strdup(path);
    self->n_dims = n_dims;
    self->row_size = n_dims * sizeof(float);
    return self;
}

UmkVectorFile *
_umk_vector_file_create(const UmkFileOps *ops,
                        const char *path,
                        const guint8 uuid[16],
                        guint32 frame,
                        gsize n_dims,
                        GError **error)
{
    g_autoptr(UmkVectorFile) self = vector_file_new(ops, path, n_dims);
    g_autofree char *folder = g_path_get_dirname(path);

    self->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (self->fd < 0) {
        _umk_file_set_error(error, errno, _("Cannot create"), path);
        return NULL;
    }
    self->writable = TRUE;
    self->file_size = UMK_VECTOR_FILE_START;
    if (!write_header(self, uuid, frame, error) ||
        !_umk_file_sync_folder(self->ops, folder, error))
        return NULL;
    return g_steal_pointer(&self);
}

UmkVectorFile *
_umk_vector_file_open(const UmkFileOps *ops,
                      const char *path,
                      const guint8 uuid[16],
                      guint32 frame,
                      gsize n_dims,
                      guint64 n_slots,
                      gboolean writable,
                      GError **error)
{
    g_autoptr(UmkVectorFile) self = vector_file_new(ops, path, n_dims);
    struct stat info;

    self->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (self->fd < 0) {
        _umk_file_set_error(error, errno, _("Cannot open"), path);
        return NULL;
    }
    if (!check_header(self, uuid, frame, error))
        return NULL;
    if (fstat(self->fd, &info) < 0) {
        _umk_file_set_error(error, errno, _("Cannot open"), path);
        return NULL;
    }
    self->file_size = (guint64) info.st_size;
    if (n_slots > MAX_SLOTS || self->file_size < size_for(self, n_slots)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is truncated: %" PRIu64 " vectors need %" PRIu64
                      " bytes, the file has %" PRIu64),
                    path, n_slots, n_slots > MAX_SLOTS ? 0 : size_for(self, n_slots),
                    self->file_size);
        return NULL;
    }
    self->writable = writable;
    self->n_slots = n_slots;
    return g_steal_pointer(&self);
}

void
_umk_vector_file_free(UmkVectorFile *self)
{
    guint64 needed;

    if (self == NULL)
        return;
    needed = size_for(self, self->n_slots);
    /* Failing to give room back costs disk space and nothing else. */
    if (self->fd >= 0 && self->writable && self->file_size > needed &&
        self->ops->ftruncate(self->fd, (off_t) needed) < 0)
        g_debug("cannot trim %s", self->path);
    if (self->fd >= 0)
        close(self->fd);
    g_free(self->path);
    g_free(self);
}

guint64
_umk_vector_file_get_n_slots(UmkVectorFile *self)
{
    return self->n_slots;
}

void
_umk_vector_file_rewind(UmkVectorFile *self, guint64 n_slots)
{
    g_assert(n_slots <= self->n_slots);
    self->n_slots = n_slots;
}

gboolean
_umk_vector_file_sync(UmkVectorFile *self, GError **error)
{
    if (self->ops->fdatasync(self->fd) < 0)
        return _umk_file_set_error(error, errno, _("Cannot sync"), self->path);
    return TRUE;
}

/* ---- writing ---------------------------------------------------------------------- */

static gboolean
reserve(UmkVectorFile *self, guint64 n_slots, GError **error)
{
    guint64 needed = size_for(self, n_slots), size;

    if (needed <= self->file_size)
        return TRUE;
    size = needed + CLAMP(needed / 8, MIN_STEP, MAX_STEP);
    if (self->ops->grow(self->fd, (off_t) self->file_size,
                        (off_t) (size - self->file_size)) < 0) {
        /* Not for the generous step, then for what is needed now. */
        size = needed;
        if (self->ops->grow(self->fd, (off_t) self->file_size,
                            (off_t) (size - self->file_size)) < 0)
            return _umk_file_set_error(error, errno, _("Cannot make room in"),
                                       self->path);
    }
    self->file_size = size;
    return TRUE;
}

/* Rows first: they need no item numbers, so the disk can be at work on them while the
 * metadata is being made. */
gboolean
_umk_vector_file_write_rows(UmkVectorFile *self,
                            const float *rows,
                            gsize n,
                            GError **error)
{
    guint64 slot = self->n_slots;

    g_assert(self->writable);
    if (n > MAX_SLOTS || slot + n > MAX_SLOTS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("“%s” cannot hold more vectors"), self->path);
        return FALSE;
    }
    if (!reserve(self, slot + n, error))
        return FALSE;
    while (n > 0) {
        gsize run = run_in_block(slot, n);

        if (!_umk_file_write_all(self->ops, self->fd, rows, run * self->row_size,
                                 row_at(self, slot), self->path, error))
            return FALSE;
        self->ops->start(self->fd, (off_t) row_at(self, slot),
                         (off_t) (run * self->row_size));
        rows += run * self->n_dims;
        slot += run;
        n -= run;
    }
    return TRUE;
}

gboolean
_umk_vector_file_append(UmkVectorFile *self,
                        const float *rows,
                        const guint64 *items,
                        guint64 generation,
                        gsize n,
                        GError **error)
{
    SlotHead heads[UMK_VECTOR_FILE_BLOCK];
    guint64 slot = self->n_slots;

    while (n > 0) {
        gsize run = run_in_block(slot, n);

        for (gsize i = 0; i < run; i++) {
            heads[i] = (SlotHead){.magic = SLOT_MAGIC,
                                  .generation = generation,
                                  .item = items[i],
                                  .slot = slot + i};
            heads[i].crc = slot_crc(heads + i, rows + i * self->n_dims, self->row_size);
        }
        if (!_umk_file_write_all(self->ops, self->fd, heads, run * sizeof *heads,
                                 head_at(self, slot), self->path, error))
            return FALSE;
        rows += run * self->n_dims;
        items += run;
        slot += run;
        n -= run;
    }
    self->n_slots = slot;
    return TRUE;
}

/* ---- reading ---------------------------------------------------------------------- */

gboolean
_umk_vector_file_read_rows(
    UmkVectorFile *self, guint64 first, gsize n, float *rows, GError **error)
{
    g_assert(first + n <= self->n_slots);
    while (n > 0) {
        gsize run = run_in_block(first, n);

        if (!_umk_file_read_all(self->fd, rows, run * self->row_size, row_at(self, first),
                                self->path, error))
            return FALSE;
        rows += run * self->n_dims;
        first += run;
        n -= run;
    }
    return TRUE;
}

gboolean
_umk_vector_file_check_rows(UmkVectorFile *self,
                            guint64 first,
                            gsize n,
                            float *rows,
                            guint64 *items,
                            const char **wrong,
                            GError **error)
{
    SlotHead heads[UMK_VECTOR_FILE_BLOCK];

    g_assert(run_in_block(first, n) == n && first + n <= self->n_slots);
    if (!_umk_file_read_all(self->fd, heads, n * sizeof *heads, head_at(self, first),
                            self->path, error) ||
        !_umk_file_read_all(self->fd, rows, n * self->row_size, row_at(self, first),
                            self->path, error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        items[i] = heads[i].item;
        wrong[i] = NULL;
        if (heads[i].magic != SLOT_MAGIC)
            wrong[i] = _("has no slot mark");
        else if (heads[i].crc !=
                 slot_crc(heads + i, rows + i * self->n_dims, self->row_size))
            wrong[i] = _("does not match its checksum");
        else if (heads[i].slot != first + i)
            wrong[i] = _("stands in the wrong place");
    }
    return TRUE;
}

typedef struct {
    gpointer address;
    gsize length;
} Mapping;

static void
mapping_free(gpointer data)
{
    Mapping *mapping = data;

    munmap(mapping->address, mapping->length);
    g_free(mapping);
}

/* One block to its place, which nobody else has. flags: how sure of that one is. */
static gboolean
map_block(const UmkVectorFile *self, guint8 *base, gsize size, guint64 block, int flags)
{
    gsize block_size = UMK_VECTOR_FILE_BLOCK * self->row_size, at = block * block_size;
    gpointer place =
        mmap(base + at, MIN(block_size, size - at), PROT_READ, MAP_SHARED | flags,
             self->fd, (off_t) row_at(self, block * UMK_VECTOR_FILE_BLOCK));

    if (place != MAP_FAILED && place != base + at)
        munmap(place, MIN(block_size, size - at));
    return place == base + at;
}

/* Into room that was seen to be free and is not held: half the work for the system, as
 * nothing has to be cut out of what holds it. Where somebody else was quicker, FALSE. */
static gboolean
map_into_free_room(const UmkVectorFile *self, guint8 *base, gsize size, guint64 n_blocks)
{
#ifdef MAP_FIXED_NOREPLACE
    guint64 n = 0;

    while (n < n_blocks && map_block(self, base, size, n, MAP_FIXED_NOREPLACE))
        n++;
    if (n == n_blocks)
        return TRUE;
    if (n > 0)
        munmap(base, n * UMK_VECTOR_FILE_BLOCK * self->row_size);
#endif
    return FALSE;
}

static guint8 *
hold_room(gsize length)
{
    gpointer base =
        mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return base == MAP_FAILED ? NULL : base;
}

static guint8 *
map_all(const UmkVectorFile *self, gsize size, gsize length, guint64 n_blocks)
{
    guint8 *base = hold_room(length);

    if (base == NULL)
        return NULL;
    munmap(base, length);
    if (map_into_free_room(self, base, size, n_blocks))
        return base;
    base = hold_room(length);
    for (guint64 block = 0; base != NULL && block < n_blocks; block++)
        if (!map_block(self, base, size, block, MAP_FIXED)) {
            munmap(base, length);
            base = NULL;
        }
    return base;
}

/* The rows of every block one behind the other in the address space; NULL without an
 * error when this machine's pages do not fit the blocks. */
static GBytes *
map_blocks(UmkVectorFile *self)
{
    gsize page = (gsize) sysconf(_SC_PAGESIZE), block_size, size, length;
    guint64 n_blocks = (self->n_slots - 1) / UMK_VECTOR_FILE_BLOCK + 1;
    Mapping *mapping;
    guint8 *base;

    block_size = UMK_VECTOR_FILE_BLOCK * self->row_size;
    if (block_size % page != 0 || row_at(self, 0) % page != 0 ||
        row_at(self, UMK_VECTOR_FILE_BLOCK) % page != 0 || n_blocks > MAX_MAPPINGS ||
        !_umk_size_mul(self->n_slots, self->row_size, &size) || size > G_MAXSSIZE - page)
        return NULL;
    length = (size + page - 1) / page * page;
    base = map_all(self, size, length, n_blocks);
    if (base == NULL)
        return NULL;
    mapping = g_new(Mapping, 1);
    *mapping = (Mapping){.address = base, .length = length};
    return g_bytes_new_with_free_func(base, size, mapping_free, mapping);
}

GBytes *
_umk_vector_file_map(UmkVectorFile *self, GError **error)
{
    struct stat info;
    gsize count;
    GBytes *bytes;
    float *rows;

    if (self->n_slots == 0)
        return g_bytes_new_static("", 0);
    /* Touching a mapping beyond the end of its file is a signal, so look once more. */
    if (fstat(self->fd, &info) < 0 ||
        (guint64) info.st_size < size_for(self, self->n_slots)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” was truncated while it was open"), self->path);
        return NULL;
    }
    bytes = map_blocks(self);
    if (bytes != NULL)
        return bytes;
    if (!_umk_size_mul(self->n_slots, self->n_dims, &count))
        count = G_MAXSIZE;
    rows = _umk_alloc_aligned(count, sizeof(float), self->path, error);
    if (rows == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(rows, count * sizeof(float));
    if (!_umk_vector_file_read_rows(self, 0, self->n_slots, rows, error)) {
        g_bytes_unref(bytes);
        return NULL;
    }
    return bytes;
}
