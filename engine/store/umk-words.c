/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derived file of words: found, checked, brought up to date from what changed since,
 * or made from all items; and asked. */
#include "store/umk-words-private.h"

#include "store/umk-collection-private.h"
#include "store/umk-crc32c-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define BATCH_ITEMS 512 /* read under the collection's lock at a time */
#define CHECK_BYTES (1 << 24)

struct _UmkWords {
    gatomicrefcount refs;
    GMutex lock; /* of the connection */
    sqlite3 *db;
    gint64 sequence;
    GArray *row_items; /* gint64; NULL while row = item - 1 */
    gint64 n_items;
};

void
_umk_words_unref(UmkWords *self)
{
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    _umk_meta_close(self->db);
    g_clear_pointer(&self->row_items, g_array_unref);
    g_mutex_clear(&self->lock);
    g_free(self);
}

/* ---- files ------------------------------------------------------------------------ */

typedef struct {
    char *path;
    guint64 sequence;
    guint32 crc;
} Kept;

static void
kept_clear(Kept *kept)
{
    g_clear_pointer(&kept->path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kept, kept_clear)

/* words.SEQUENCE.CRC.sqlite */
static gboolean
read_name(const char *name, guint64 *sequence, guint32 *crc)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    guint64 sum;

    if (g_strv_length(parts) != 4 || strcmp(parts[0], "words") != 0 ||
        strcmp(parts[3], "sqlite") != 0 ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, G_MAXINT64, sequence, NULL) ||
        !g_ascii_string_to_unsigned(parts[2], 16, 0, G_MAXUINT32, &sum, NULL))
        return FALSE;
    *crc = (guint32) sum;
    return TRUE;
}

/* The latest kept one not after the collection's state. */
static gboolean
find_kept(const char *folder, guint64 sequence, Kept *kept)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        guint64 made_from;
        guint32 crc;

        if (!read_name(name, &made_from, &crc) || made_from > sequence ||
            (kept->path != NULL && made_from <= kept->sequence))
            continue;
        kept_clear(kept);
        *kept = (Kept){.path = g_build_filename(folder, name, NULL),
                       .sequence = made_from,
                       .crc = crc};
    }
    return kept->path != NULL;
}

/* A writer and readers on different commits may keep one each: older ones go, and others
 * of the same commit, which were not sound. */
static void
remove_older(const char *folder, guint64 sequence, const char *kept)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        guint64 made_from;
        guint32 crc;

        if (read_name(name, &made_from, &crc) && made_from <= sequence &&
            strcmp(path, kept) != 0)
            g_unlink(path);
    }
}

static gboolean
sum_file(const char *path, guint32 *crc, UmkRun *run, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    const char *data;
    gsize size;

    if (file == NULL)
        return FALSE;
    data = g_mapped_file_get_contents(file);
    size = g_mapped_file_get_length(file);
    *crc = 0;
    for (gsize at = 0; at < size; at += CHECK_BYTES) {
        if (!umk_run_check(run, error))
            return FALSE;
        *crc = _umk_crc32c(*crc, data + at, MIN(CHECK_BYTES, size - at));
    }
    return TRUE;
}

/* ---- the table -------------------------------------------------------------------- */

static const char words_schema[] =
    "CREATE TABLE state (version INTEGER, uuid TEXT, sequence INTEGER, next_item "
    "INTEGER);"
    "CREATE TABLE noted (item INTEGER PRIMARY KEY);"
    "CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'umk');";

static sqlite3 *
open_words(const char *path, gboolean write, GError **error)
{
    g_autoptr(sqlite3) db = NULL;
    int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

    if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        if (db != NULL)
            _umk_meta_set_error(db, error);
        return NULL;
    }
    /* A crash leaves a file without its name; only a finished one is synced and renamed.
     */
    if (!_umk_words_register(db, error) ||
        (write && !_umk_meta_exec(db,
                                  "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                  "PRAGMA cache_size = -65536;",
                                  error)))
        return NULL;
    return g_steal_pointer(&db);
}

static gboolean
read_state(sqlite3 *db, UmkCollection *collection, gint64 *sequence, gint64 *next_item)
{
    g_autoptr(sqlite3_stmt) row = _umk_meta_prepare(
        db, "SELECT version, uuid, sequence, next_item FROM state", NULL);

    if (row == NULL || !_umk_meta_next(row, NULL) ||
        sqlite3_column_int(row, 0) != UMK_WORDS_VERSION ||
        strcmp(_umk_meta_text(row, 1), umk_collection_get_uuid(collection)) != 0)
        return FALSE;
    *sequence = sqlite3_column_int64(row, 2);
    *next_item = sqlite3_column_int64(row, 3);
    return TRUE;
}

static gboolean
write_state(sqlite3 *db,
            UmkCollection *collection,
            gint64 sequence,
            gint64 next_item,
            GError **error)
{
    g_autoptr(sqlite3_stmt) insert = NULL;

    if (!_umk_meta_exec(db, "DELETE FROM state", error))
        return FALSE;
    insert = _umk_meta_prepare(db, "INSERT INTO state VALUES (?, ?, ?, ?)", error);
    if (insert == NULL)
        return FALSE;
    sqlite3_bind_int(insert, 1, UMK_WORDS_VERSION);
    sqlite3_bind_text(insert, 2, umk_collection_get_uuid(collection), -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, sequence);
    sqlite3_bind_int64(insert, 4, next_item);
    return _umk_meta_run(insert, error);
}

/* ---- items ------------------------------------------------------------------------ */

/* What was read under the collection's lock, to be indexed without it. */
typedef struct {
    gint64 item;
    char *words;
    gboolean noted; /* with what a person has written about it */
} Entry;

static void
entry_clear(gpointer data)
{
    g_free(((Entry *) data)->words);
}

/* A note is a field that changes without its item: nothing but a look tells. */
#define NOTE_OF(items) "json_extract(" items "fields, '$.note')"

/* A text that begins with its caption, as texts do, is not counted twice. */
static char *
join_words(const char *caption, const char *text, const char *note)
{
    const char *parts[4];
    guint n = 0;

    if (caption != NULL && (text == NULL || !g_str_has_prefix(text, caption)))
        parts[n++] = caption;
    if (text != NULL)
        parts[n++] = text;
    if (note != NULL)
        parts[n++] = note;
    parts[n] = NULL;
    return n > 0 ? g_strjoinv("\n", (char **) parts) : NULL;
}

static gboolean
read_entries(UmkCollection *collection,
             const char *sql,
             gint64 from,
             gint64 since,
             GArray *entries,
             GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    g_mutex_lock(&collection->lock);
    rows = _umk_meta_prepare(collection->db, sql, &failure);
    if (rows != NULL) {
        sqlite3_bind_int64(rows, 1, from);
        if (sqlite3_bind_parameter_count(rows) > 1)
            sqlite3_bind_int64(rows, 2, since);
        while (_umk_meta_next(rows, &failure)) {
            Entry entry = {.item = sqlite3_column_int64(rows, 0),
                           .words = join_words(_umk_meta_text_or_null(rows, 1),
                                               _umk_meta_text_or_null(rows, 2),
                                               _umk_meta_text_or_null(rows, 3)),
                           .noted = _umk_meta_text_or_null(rows, 3) != NULL};

            g_array_append_val(entries, entry);
        }
    }
    g_clear_pointer(&rows, sqlite3_finalize);
    g_mutex_unlock(&collection->lock);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static gboolean
store_entries(sqlite3 *db, GArray *entries, GError **error)
{
    g_autoptr(sqlite3_stmt) insert =
        _umk_meta_prepare(db, "INSERT INTO words (rowid, body) VALUES (?, ?)", error);
    g_autoptr(sqlite3_stmt) note =
        insert != NULL
            ? _umk_meta_prepare(db, "INSERT OR IGNORE INTO noted VALUES (?)", error)
            : NULL;

    if (note == NULL)
        return FALSE;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);

        if (entry->words == NULL)
            continue;
        sqlite3_bind_int64(insert, 1, entry->item);
        sqlite3_bind_text(insert, 2, entry->words, -1, SQLITE_STATIC);
        if (!_umk_meta_run(insert, error))
            return FALSE;
        if (!entry->noted)
            continue;
        sqlite3_bind_int64(note, 1, entry->item);
        if (!_umk_meta_run(note, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_items(UmkCollection *collection,
          sqlite3 *db,
          gint64 first,
          gint64 next_item,
          UmkRun *run,
          GError **error)
{
    static const char select[] = "SELECT item, caption, text, " NOTE_OF(
        "") " FROM items WHERE item > ?"
            " ORDER BY item LIMIT " G_STRINGIFY(BATCH_ITEMS);
    gint64 last = first - 1;

    while (TRUE) {
        g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));

        g_array_set_clear_func(entries, entry_clear);
        umk_run_report(run, _("Reading words"), (double) last / (double) next_item);
        if (!umk_run_check(run, error) ||
            !read_entries(collection, select, last, 0, entries, error) ||
            !store_entries(db, entries, error))
            return FALSE;
        if (entries->len == 0)
            return TRUE;
        last = g_array_index(entries, Entry, entries->len - 1).item;
    }
}

/* Takes out what is known of the entries' items, and puts in what they are now. */
static gboolean
replace_entries(sqlite3 *db, GArray *entries, UmkRun *run, GError **error)
{
    g_autoptr(sqlite3_stmt) remove =
        _umk_meta_prepare(db, "DELETE FROM words WHERE rowid = ?", error);

    if (remove == NULL)
        return FALSE;
    for (guint i = 0; i < entries->len; i++) {
        if (i % BATCH_ITEMS == 0 && !umk_run_check(run, error))
            return FALSE;
        sqlite3_bind_int64(remove, 1, g_array_index(entries, Entry, i).item);
        if (!_umk_meta_run(remove, error))
            return FALSE;
    }
    return store_entries(db, entries, error);
}

static GArray *
make_entries(void)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));

    g_array_set_clear_func(entries, entry_clear);
    return entries;
}

/* Items that were replaced or removed since a commit: a tombstone tells of each. */
static gboolean
renew_items(UmkCollection *collection,
            sqlite3 *db,
            gint64 since,
            gint64 next_item,
            UmkRun *run,
            GError **error)
{
    static const char select[] =
        "SELECT DISTINCT tombstones.item, items.caption, items.text, " NOTE_OF(
            "items.") " FROM tombstones"
                      " LEFT JOIN items ON items.item = tombstones.item"
                      " WHERE tombstones.sequence > ? AND tombstones.item < ?";
    g_autoptr(GArray) entries = make_entries();

    return read_entries(collection, select, since, next_item, entries, error) &&
           replace_entries(db, entries, run, error);
}

/* Items that have a note, or had one when the words were last made. */
static gboolean
renew_notes(
    UmkCollection *collection, sqlite3 *db, gint64 next_item, UmkRun *run, GError **error)
{
    /* the cheap look first: of a million items, few have one */
    static const char with_note[] = "SELECT item, caption, text, " NOTE_OF(
        "") " FROM items WHERE item > ?1 AND item < "
            "?2 AND instr(fields, '\"note\"') > 0 AND " NOTE_OF("") " IS NOT NULL";
    static const char one[] =
        "SELECT item, caption, text, " NOTE_OF("") " FROM items WHERE item = ?1";
    g_autoptr(GArray) noted = make_entries(), bare = make_entries();
    g_autoptr(GHashTable) now = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(sqlite3_stmt) before =
        _umk_meta_prepare(db, "SELECT item FROM noted", error);
    GError *failure = NULL;

    if (before == NULL ||
        !read_entries(collection, with_note, 0, next_item, noted, error))
        return FALSE;
    for (guint i = 0; i < noted->len; i++)
        g_hash_table_add(now, &g_array_index(noted, Entry, i).item);
    while (_umk_meta_next(before, &failure)) {
        gint64 item = sqlite3_column_int64(before, 0);

        if (!g_hash_table_contains(now, &item) &&
            !read_entries(collection, one, item, 0, bare, &failure))
            break;
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_clear_pointer(&before, sqlite3_finalize);
    return _umk_meta_exec(db, "DELETE FROM noted", error) &&
           replace_entries(db, bare, run, error) &&
           replace_entries(db, noted, run, error);
}

/* ---- making ----------------------------------------------------------------------- */

/* The commit the words are made for. */
typedef struct {
    gint64 sequence, next_item, compacted;
    gboolean committed;
} Moment;

static Moment
take_moment(UmkCollection *collection)
{
    Moment moment;

    g_mutex_lock(&collection->lock);
    moment = (Moment){.sequence = collection->sequence,
                      .next_item = collection->next_item,
                      .committed = !collection->in_transaction};
    /* Absent in collections that were never compacted. */
    if (!_umk_meta_get_int(collection->db, "compacted", &moment.compacted, NULL))
        moment.compacted = 0;
    g_mutex_unlock(&collection->lock);
    return moment;
}

static gboolean
fill(UmkCollection *collection,
     sqlite3 *db,
     const Moment *now,
     UmkRun *run,
     GError **error)
{
    return _umk_meta_exec(db, "BEGIN", error) &&
           _umk_meta_exec(db, words_schema, error) &&
           add_items(collection, db, 1, now->next_item, run, error) &&
           _umk_meta_exec(db, "INSERT INTO words (words) VALUES ('optimize')", error) &&
           write_state(db, collection, now->sequence, now->next_item, error) &&
           _umk_meta_exec(db, "COMMIT", error);
}

/* From an older state; numbers of items changed meaning when the collection was
 * compacted. */
static gboolean
update(UmkCollection *collection,
       sqlite3 *db,
       const Moment *now,
       UmkRun *run,
       GError **error)
{
    gint64 sequence, next_item;

    return read_state(db, collection, &sequence, &next_item) &&
           sequence >= now->compacted && _umk_meta_exec(db, "BEGIN", error) &&
           renew_items(collection, db, sequence, next_item, run, error) &&
           renew_notes(collection, db, next_item, run, error) &&
           add_items(collection, db, next_item, now->next_item, run, error) &&
           write_state(db, collection, now->sequence, now->next_item, error) &&
           _umk_meta_exec(db, "COMMIT", error);
}

static gboolean
copy_file(const char *from, const char *to)
{
    g_autoptr(GFile) source = g_file_new_for_path(from);
    g_autoptr(GFile) target = g_file_new_for_path(to);

    return g_file_copy(source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL);
}

static gboolean
is_sound(const Kept *kept, UmkRun *run)
{
    guint32 crc;

    return sum_file(kept->path, &crc, run, NULL) && crc == kept->crc;
}

static gboolean
make_file(UmkCollection *collection,
          const char *path,
          const Kept *before,
          const Moment *now,
          UmkRun *run,
          GError **error)
{
    g_autoptr(sqlite3) db = NULL;

    if (before->path != NULL && is_sound(before, run) && copy_file(before->path, path)) {
        db = open_words(path, TRUE, NULL);
        if (db != NULL && update(collection, db, now, run, NULL))
            return TRUE;
        g_clear_pointer(&db, _umk_meta_close);
        if (!umk_run_check(run, error) || truncate(path, 0) < 0)
            return FALSE;
    }
    db = open_words(path, TRUE, error);
    return db != NULL && fill(collection, db, now, run, error);
}

static gboolean
sync_file(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    gboolean done = fd >= 0 && fdatasync(fd) == 0;

    if (!done)
        _umk_file_set_error(error, errno, _("Cannot sync"), path);
    if (fd >= 0)
        close(fd);
    return done;
}

/* Beside the others under a name of its own, then renamed: it counts from then on. */
static gboolean
keep_file(UmkCollection *collection,
          const char *folder,
          const Kept *before,
          const Moment *now,
          char **path,
          UmkRun *run,
          GError **error)
{
    g_autofree char *part = g_build_filename(folder, "words.XXXXXX", NULL);
    g_autofree char *whole = NULL;
    int fd = g_mkstemp_full(part, O_RDWR | O_CLOEXEC, 0666);
    guint32 crc = 0;
    gboolean done;

    if (fd < 0)
        return _umk_file_set_error(error, errno, _("Cannot create"), part);
    close(fd);
    done = make_file(collection, part, before, now, run, error) &&
           sync_file(part, error) && sum_file(part, &crc, run, error);
    if (done) {
        g_autofree char *name =
            g_strdup_printf("words.%" PRId64 ".%08x.sqlite", now->sequence, crc);

        whole = g_build_filename(folder, name, NULL);
        if (g_rename(part, whole) < 0)
            done = _umk_file_set_error(error, errno, _("Cannot rename a file to"), whole);
    }
    if (!done) {
        g_unlink(part);
        return FALSE;
    }
    _umk_file_sync_folder(collection->ops, folder, NULL);
    remove_older(folder, (guint64) now->sequence, whole);
    *path = g_steal_pointer(&whole);
    return TRUE;
}

static gboolean
is_current(sqlite3 *db, UmkCollection *collection, const Moment *now)
{
    gint64 sequence, next_item;

    return read_state(db, collection, &sequence, &next_item) && sequence == now->sequence;
}

static sqlite3 *
open_kept(UmkCollection *collection, const Moment *now, UmkRun *run, GError **error)
{
    g_autofree char *folder = g_build_filename(collection->path, "derived", NULL);
    g_autofree char *path = NULL;
    g_auto(Kept) kept = {0};
    g_autoptr(sqlite3) db = NULL;

    if (find_kept(folder, (guint64) now->sequence, &kept) &&
        kept.sequence == (guint64) now->sequence && is_sound(&kept, run)) {
        db = open_words(kept.path, FALSE, NULL);
        if (db != NULL && is_current(db, collection, now))
            return g_steal_pointer(&db);
        g_clear_pointer(&db, _umk_meta_close);
    }
    if (g_access(folder, W_OK) != 0 ||
        !keep_file(collection, folder, &kept, now, &path, run, error))
        return NULL;
    return open_words(path, FALSE, error);
}

static sqlite3 *
make_in_memory(UmkCollection *collection, const Moment *now, UmkRun *run, GError **error)
{
    g_autoptr(sqlite3) db = open_words(":memory:", TRUE, error);

    return db != NULL && fill(collection, db, now, run, error) ? g_steal_pointer(&db)
                                                               : NULL;
}

static UmkWords *
make_words(UmkCollection *collection, UmkRun *run, GError **error)
{
    Moment now = take_moment(collection), after;
    g_autoptr(GError) failure = NULL;
    sqlite3 *db = NULL;
    UmkWords *self;

    if (now.committed)
        db = open_kept(collection, &now, run, &failure);
    if (failure != NULL)
        g_debug("%s: %s", collection->path, failure->message);
    if (!umk_run_check(run, error)) {
        _umk_meta_close(db);
        return NULL;
    }
    if (db == NULL)
        db = make_in_memory(collection, &now, run, error);
    if (db == NULL)
        return NULL;
    after = take_moment(collection);
    if (after.sequence != now.sequence || after.next_item != now.next_item) {
        _umk_meta_close(db);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
                    _("“%s” was changed while its words were read; ask again"),
                    collection->path);
        return NULL;
    }
    self = g_new0(UmkWords, 1);
    g_atomic_ref_count_init(&self->refs);
    g_mutex_init(&self->lock);
    self->db = db;
    self->sequence = now.sequence;
    return self;
}

/* The rows of the items, kept with the words they belong to. */
static gboolean
take_rows(UmkCollection *collection, UmkWords *self, GError **error)
{
    gboolean done;

    g_mutex_lock(&collection->lock);
    done = _umk_collection_load_rows(collection, error);
    if (done && collection->row_items != NULL)
        self->row_items = g_array_ref(collection->row_items);
    self->n_items = collection->n_items;
    g_mutex_unlock(&collection->lock);
    return done;
}

UmkWords *
_umk_collection_get_words(UmkCollection *self, UmkRun *run, GError **error)
{
    g_autoptr(UmkWords) words = NULL;

    g_mutex_lock(&self->lock);
    if (self->words != NULL) {
        g_atomic_ref_count_inc(&self->words->refs);
        words = self->words;
    }
    g_mutex_unlock(&self->lock);
    if (words != NULL)
        return g_steal_pointer(&words);
    words = make_words(self, run, error);
    if (words == NULL || !take_rows(self, words, error))
        return NULL;
    g_mutex_lock(&self->lock);
    /* What is not committed may change without the sequence showing it. */
    if (self->words == NULL && !self->in_transaction &&
        words->sequence == self->sequence) {
        g_atomic_ref_count_inc(&words->refs);
        self->words = words;
    }
    g_mutex_unlock(&self->lock);
    return g_steal_pointer(&words);
}

/* ---- asking ----------------------------------------------------------------------- */

static gint
compare_hits(gconstpointer a, gconstpointer b)
{
    const UmkWordHit *left = a, *right = b;

    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

static gboolean
find_row(const UmkWords *self, gint64 item, guint64 *row)
{
    guint at;

    if (self->row_items == NULL) {
        *row = (guint64) item - 1;
        return item >= 1 && item <= self->n_items;
    }
    {
        guint low = 0, high = self->row_items->len;

        while (low < high) {
            at = low + (high - low) / 2;
            if (g_array_index(self->row_items, gint64, at) < item)
                low = at + 1;
            else
                high = at;
        }
        *row = low;
        return low < self->row_items->len &&
               g_array_index(self->row_items, gint64, low) == item;
    }
}

/* Twice k are gathered before the worse half goes: sorting costs little that way. */
static void
trim(GArray *hits, gsize k)
{
    g_array_sort(hits, compare_hits);
    if (hits->len > k)
        g_array_set_size(hits, (guint) k);
}

static gboolean
gather(UmkWords *self,
       sqlite3_stmt *rows,
       gsize k,
       const guint8 *allowed,
       GArray *hits,
       UmkRun *run,
       GError **error)
{
    GError *failure = NULL;
    guint n = 0;

    while (_umk_meta_next(rows, &failure)) {
        UmkWordHit hit = {.score = sqlite3_column_double(rows, 1)};

        if (++n % 1024 == 0 && !umk_run_check(run, error))
            return FALSE;
        if (!find_row(self, sqlite3_column_int64(rows, 0), &hit.row) ||
            (allowed != NULL && !allowed[hit.row]))
            continue;
        g_array_append_val(hits, hit);
        if (hits->len >= 2 * k + 64)
            trim(hits, k);
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    trim(hits, k);
    return TRUE;
}

GArray *
_umk_words_search(UmkWords *self,
                  const char *query,
                  gsize k,
                  const guint8 *allowed,
                  UmkRun *run,
                  GError **error)
{
    g_autofree char *match = _umk_words_query(query);
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(UmkWordHit));
    g_autoptr(sqlite3_stmt) rows = NULL;
    gboolean done;

    if (match == NULL)
        return g_steal_pointer(&hits);
    k = MIN(k, G_MAXINT32);
    g_mutex_lock(&self->lock);
    rows = _umk_meta_prepare(
        self->db, "SELECT rowid, umk_bm25(words) FROM words WHERE words MATCH ?", error);
    done = rows != NULL &&
           sqlite3_bind_text(rows, 1, match, -1, SQLITE_STATIC) == SQLITE_OK &&
           gather(self, rows, k, allowed, hits, run, error);
    g_clear_pointer(&rows, sqlite3_finalize);
    g_mutex_unlock(&self->lock);
    return done ? g_steal_pointer(&hits) : NULL;
}
