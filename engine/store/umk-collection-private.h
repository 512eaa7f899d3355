/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the store share: the open collection, its frames and models, and the
 * order of rows. Lock held is the rule for every function here that does not say else.
 *
 *   NAME.ume/
 *     meta.sqlite          items, metadata, models, frames, space; the one truth
 *     vectors/FRAME.umv    append-only slots (umk-vector-file-private.h)
 *     derived/             can be deleted at any time (umk-derived-private.h)
 *     kept/                what people made and nothing else could (umk-kept-private.h)
 *     writer.lock          held by the one writer
 *
 * A batch is first inserted into the open SQLite transaction and written to slots behind
 * the last committed one; commit syncs the vector files, then SQLite. A crash before the
 * end of that leaves slots no row refers to, and the next writer writes over them. */
#pragma once

#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-space.h>

#include "store/umk-meta-private.h"
#include "store/umk-vector-file-private.h"

G_BEGIN_DECLS

typedef struct {
    gint64 key;
    char *name;
    gsize n_dims;
    char *file; /* name inside vectors/ */
    guint64 n_committed;
    UmkVectorFile *vectors;
    gboolean dirty;
} UmkFrame;

typedef struct {
    gint64 key;
    char *id;
    char *provenance;
    UmkFrame *frame;
} UmkStoredModel;

struct _UmkCollection {
    gatomicrefcount refs;
    GMutex lock;
    char *path;
    UmkOpenMode mode;
    const UmkFileOps *ops;
    int lock_fd;
    sqlite3 *db;
    char *uuid;
    guint8 uuid_bytes[16];
    gint64 sequence; /* of the last commit */
    UmkSpace *space;
    GPtrArray *old_spaces; /* UmkSpace; somebody may still hold them borrowed */
    GPtrArray *frames;     /* UmkFrame */
    GPtrArray *models;     /* UmkStoredModel */
    gint64 n_items;
    gint64 next_item;
    gboolean in_transaction;
    /* Statements of the write path, made when first used. */
    sqlite3_stmt *insert_item, *update_item, *find_item, *bury_slot;
    /* Made when first asked for, dropped by every change. */
    GArray *row_items;       /* gint64, ascending; NULL while row = item - 1 */
    UmkMatrix *space_matrix; /* with its rows, see umk_collection_get_vectors() */
    GBytes *space_rows;
    GBytes *modalities;  /* guint8 for each row */
    GHashTable *matches; /* a filter's spelling -> GBytes, one byte a row; a few */
    struct _UmkWords *words;
    gpointer kept; /* see umk-slots-private.h */
    GDestroyNotify kept_unref;
};

/* A handle whose files are all read; ops NULL means the system's own. */
UmkCollection *_umk_collection_open_with(const char *path,
                                         UmkOpenMode mode,
                                         const UmkFileOps *ops,
                                         GError **error);

UmkFrame *_umk_collection_find_frame(UmkCollection *self, const char *name);
UmkFrame *_umk_collection_find_frame_key(UmkCollection *self, gint64 key);
UmkStoredModel *_umk_collection_find_model(UmkCollection *self, const char *id);
char *_umk_collection_vector_path(UmkCollection *self, const char *file);
void _umk_collection_drop_caches(UmkCollection *self);
/* Meta data and vector files as the last commit left them. */
gboolean _umk_collection_reload(UmkCollection *self, GError **error);
void _umk_collection_finalize_statements(UmkCollection *self);

gboolean _umk_store_write_space(sqlite3 *db, UmkSpace *space, GError **error);
/* Takes the space; the one before is kept until the collection goes. */
void _umk_collection_replace_space(UmkCollection *self, UmkSpace *space);
/* Starts the transaction that the next commit ends. */
gboolean _umk_collection_begin(UmkCollection *self, GError **error);

/* TRUE while item i is row i - 1 and in slot i - 1 of the one frame. */
gboolean _umk_collection_is_dense(UmkCollection *self);
gboolean _umk_collection_load_rows(UmkCollection *self, GError **error);
gint64 _umk_collection_item_at(UmkCollection *self, gsize row);
gboolean _umk_collection_row_of(UmkCollection *self, gint64 item, gsize *row);

/* Keeps modalities and labels of many items where they are read at a glance; nothing in
 * the open transaction. It is no failure if that cannot be. */
void _umk_collection_keep_traits(UmkCollection *self);

G_END_DECLS
