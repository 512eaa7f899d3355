/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written is the difference to what was read or written last, item by item and by
 * their ids, into whatever the column holds by then: what others wrote meanwhile stays,
 * and rows may have moved. */
#include "umk-app-tags-keeper.h"

#include "umk-app-job.h"

#include <glib/gi18n.h>

struct _UmkAppTagsKeeper {
    GObject parent_instance;
    UmkAppScene *scene;
    UmkAppTags *saved; /* as the collection has them; NULL: not read yet */
    UmkAppNotes *saved_notes;
    UmkAppJob *reading, *writing;
    UmkAppSource *source; /* they are of */
    UmkAppTags *wanted;   /* as the scene has them */
    UmkAppNotes *wanted_notes;
    gboolean again;   /* changed while they were written */
    guint retry;      /* timeout after a failure */
    gboolean told;    /* of it */
    guint64 sequence; /* of the collection after the last writing */
};

#define RETRY 5u /* s; another program may be writing */

enum { FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppTagsKeeper, umk_app_tags_keeper, G_TYPE_OBJECT)

/* ---- writing ------------------------------------------------------------------------
 */

typedef struct {
    UmkAppSource *source;
    UmkAppTags *from, *to;
    UmkAppNotes *notes_from, *notes_to;
} Change;

/* What a collection has: as it was read, or after it was written. */
typedef struct {
    UmkAppTags *tags;
    UmkAppNotes *notes;
    guint64 sequence; /* of its state; 0: as it was */
} Kept;

static void
kept_free(gpointer data)
{
    Kept *kept = data;

    umk_app_tags_unref(kept->tags);
    umk_app_notes_unref(kept->notes);
    g_free(kept);
}

static void
change_free(gpointer data)
{
    Change *change = data;

    g_object_unref(change->source);
    umk_app_tags_unref(change->from);
    umk_app_tags_unref(change->to);
    umk_app_notes_unref(change->notes_from);
    umk_app_notes_unref(change->notes_to);
    g_free(change);
}

typedef struct {
    GPtrArray *more, *less; /* names, NULL at the end when they are used */
} Patch;

static void
patch_free(gpointer data)
{
    Patch *patch = data;

    g_ptr_array_unref(patch->more);
    g_ptr_array_unref(patch->less);
    g_free(patch);
}

/* Rows that have a tag in one and not in the other. */
static void
collect(GHashTable *patches, UmkAppTags *in, UmkAppTags *not_in, gboolean more)
{
    for (guint t = 0; t < umk_app_tags_get_n_tags(in); t++) {
        const char *name = umk_app_tags_get_name(in, t);
        UmkAppRows *here = umk_app_tags_get_rows(in, name);
        UmkAppRows *there = umk_app_tags_get_rows(not_in, name);
        g_autoptr(UmkAppRows) rows =
            there != NULL ? umk_app_rows_subtract(here, there) : umk_app_rows_ref(here);
        gsize n;
        g_autofree guint32 *list = umk_app_rows_list(rows, &n);

        for (gsize i = 0; i < n; i++) {
            gpointer key = GUINT_TO_POINTER(list[i]);
            Patch *patch = g_hash_table_lookup(patches, key);

            if (patch == NULL) {
                patch = g_new0(Patch, 1);
                patch->more = g_ptr_array_new();
                patch->less = g_ptr_array_new();
                g_hash_table_insert(patches, key, patch);
            }
            g_ptr_array_add(more ? patch->more : patch->less, (gpointer) name);
        }
    }
}

/* values: as the column is; "" becomes no value. */
static void
apply(GHashTable *patches, UmkCollection *old, UmkCollection *now, char **values, gsize n)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, patches);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        g_autofree char *id = umk_collection_dup_id(old, GPOINTER_TO_UINT(key));
        Patch *patch = value;
        char *patched;
        gsize row;

        if (id == NULL || !umk_collection_find(now, id, &row) || row >= n)
            continue;
        g_ptr_array_add(patch->more, NULL);
        g_ptr_array_add(patch->less, NULL);
        patched = umk_app_tag_patch(values[row], (const char *const *) patch->more->pdata,
                                    (const char *const *) patch->less->pdata);
        g_free(values[row]);
        values[row] = patched != NULL ? patched : g_strdup("");
    }
}

static void
apply_notes(const Change *change,
            const GArray *rows,
            UmkCollection *old,
            UmkCollection *now,
            char **values,
            gsize n)
{
    for (guint i = 0; i < rows->len; i++) {
        guint32 from = g_array_index(rows, guint32, i);
        g_autofree char *id = umk_collection_dup_id(old, from);
        const char *note = umk_app_notes_get(change->notes_to, from);
        gsize row;

        if (id == NULL || !umk_collection_find(now, id, &row) || row >= n)
            continue;
        g_free(values[row]);
        values[row] = g_strdup(note != NULL ? note : "");
    }
}

/* As the column is, one text an item. */
static char **
dup_values(UmkCollection *collection, const char *name, gsize n)
{
    char **values = umk_collection_dup_column(collection, name, NULL);

    if (values != NULL)
        return values;
    values = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++)
        values[i] = g_strdup("");
    return values;
}

/* Without a text: no value. */
static gboolean
set_values(
    UmkCollection *collection, const char *name, char **values, gsize n, GError **error)
{
    g_autofree const char **column = g_new0(const char *, n + 1);

    for (gsize i = 0; i < n; i++)
        column[i] = *values[i] != '\0' ? values[i] : NULL;
    return umk_collection_set_column(collection, name, column, n, error);
}

static gboolean
store_tags(Change *change, UmkCollection *now, GHashTable *patches, GError **error)
{
    gsize n = umk_collection_get_n_items(now);
    g_auto(GStrv) values = NULL;

    if (g_hash_table_size(patches) == 0)
        return TRUE;
    values = dup_values(now, UMK_APP_TAGS_COLUMN, n);
    apply(patches, umk_app_source_get_collection(change->source), now, values, n);
    return set_values(now, UMK_APP_TAGS_COLUMN, values, n, error);
}

static gboolean
store_notes(Change *change, UmkCollection *now, const GArray *rows, GError **error)
{
    gsize n = umk_collection_get_n_items(now);
    g_auto(GStrv) values = NULL;

    if (rows->len == 0)
        return TRUE;
    values = dup_values(now, UMK_APP_NOTES_COLUMN, n);
    apply_notes(change, rows, umk_app_source_get_collection(change->source), now, values,
                n);
    return set_values(now, UMK_APP_NOTES_COLUMN, values, n, error);
}

static gboolean
store(Change *change,
      GHashTable *patches,
      const GArray *rows,
      guint64 *sequence,
      GError **error)
{
    g_autoptr(UmkCollection) now = umk_collection_open(
        umk_app_source_get_path(change->source), UMK_OPEN_WRITE, error);
    guint64 before;

    if (now == NULL)
        return FALSE;
    before = umk_collection_get_sequence(now);
    if (!store_tags(change, now, patches, error) ||
        !store_notes(change, now, rows, error) || !umk_collection_commit(now, error))
        return FALSE;
    *sequence = umk_collection_get_sequence(now);
    umk_app_source_take_state(change->source, before, *sequence);
    return TRUE;
}

static gboolean
write_change(Change *change, guint64 *sequence, GError **error)
{
    g_autoptr(GHashTable) patches = g_hash_table_new_full(NULL, NULL, NULL, patch_free);
    g_autoptr(GArray) rows = umk_app_notes_compare(change->notes_from, change->notes_to);

    *sequence = 0;
    collect(patches, change->to, change->from, TRUE);
    collect(patches, change->from, change->to, FALSE);
    return (g_hash_table_size(patches) == 0 && rows->len == 0) ||
           store(change, patches, rows, sequence, error);
}

static gpointer
write_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Change *change = data;
    guint64 sequence;
    Kept *kept;

    if (!write_change(change, &sequence, error))
        return NULL;
    kept = g_new0(Kept, 1);
    kept->tags = umk_app_tags_ref(change->to);
    kept->notes = umk_app_notes_ref(change->notes_to);
    kept->sequence = sequence;
    return kept;
}

/* What is not written yet; NULL if there is nothing. */
static Change *
dup_change(UmkAppTagsKeeper *self)
{
    Change *change;

    if (self->source == NULL || self->saved == NULL || self->wanted == NULL ||
        self->wanted_notes == NULL ||
        (self->wanted == self->saved && self->wanted_notes == self->saved_notes))
        return NULL;
    change = g_new0(Change, 1);
    change->source = g_object_ref(self->source);
    change->from = umk_app_tags_ref(self->saved);
    change->to = umk_app_tags_ref(self->wanted);
    change->notes_from = umk_app_notes_ref(self->saved_notes);
    change->notes_to = umk_app_notes_ref(self->wanted_notes);
    return change;
}

static gboolean
try_again(gpointer data)
{
    ((UmkAppTagsKeeper *) data)->retry = 0;
    umk_app_tags_keeper_write(data);
    return G_SOURCE_REMOVE;
}

/* What the collection has by now. */
static void
take_kept(UmkAppTagsKeeper *self, const Kept *kept)
{
    g_clear_pointer(&self->saved, umk_app_tags_unref);
    g_clear_pointer(&self->saved_notes, umk_app_notes_unref);
    self->saved = umk_app_tags_ref(kept->tags);
    self->saved_notes = umk_app_notes_ref(kept->notes);
    if (kept->sequence != 0)
        self->sequence = kept->sequence;
}

static void
write_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppTagsKeeper *self = owner;
    Kept *written = result;

    if (job != self->writing) {
        g_clear_pointer(&written, kept_free);
        return;
    }
    g_clear_object(&self->writing);
    if (written == NULL) {
        self->again = FALSE;
        if (!self->told)
            g_signal_emit(self, signals[FAILED], 0, error->message);
        self->told = TRUE;
        self->retry = g_timeout_add_seconds(RETRY, try_again, self);
        return;
    }
    take_kept(self, written);
    kept_free(written);
    self->told = FALSE;
    if (self->again)
        umk_app_tags_keeper_write(self);
}

/* What has not been written yet. */
void
umk_app_tags_keeper_write(UmkAppTagsKeeper *self)
{
    Change *change = self->writing == NULL ? dup_change(self) : NULL;

    self->again = self->writing != NULL;
    if (change == NULL)
        return;
    g_clear_handle_id(&self->retry, g_source_remove);
    self->writing = umk_app_job_start(_("Writing tags"), write_work, change, change_free,
                                      kept_free, write_done, G_OBJECT(self));
}

/* ---- reading ------------------------------------------------------------------------
 */

typedef struct {
    UmkAppSource *source;
    Change *late; /* of the collection as it was open before, or NULL */
} Reading;

static void
reading_free(gpointer data)
{
    Reading *reading = data;

    g_object_unref(reading->source);
    g_clear_pointer(&reading->late, change_free);
    g_free(reading);
}

/* What could not be written while others wrote is written before anything is read. */
static gpointer
read_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Reading *reading = data;
    g_autoptr(GError) failure = NULL;
    g_autoptr(UmkCollection) reader = NULL;
    g_auto(GStrv) tags = NULL;
    g_auto(GStrv) notes = NULL;
    gsize n = umk_app_source_get_n_items(reading->source);
    guint64 sequence;
    Kept *kept;

    if (reading->late != NULL && !write_change(reading->late, &sequence, &failure))
        g_message("%s", failure->message);
    reader = umk_app_source_dup_reader(reading->source);
    tags = umk_collection_dup_column(reader, UMK_APP_TAGS_COLUMN, NULL);
    notes = umk_collection_dup_column(reader, UMK_APP_NOTES_COLUMN, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    kept = g_new0(Kept, 1);
    kept->tags = umk_app_tags_new_from_column(n, (const char *const *) tags);
    kept->notes = umk_app_notes_new(n, (const char *const *) notes);
    return kept;
}

static void
read_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppTagsKeeper *self = owner;
    Kept *kept = result;

    if (job != self->reading) {
        g_clear_pointer(&kept, kept_free);
        return;
    }
    g_clear_object(&self->reading);
    if (kept == NULL)
        return;
    take_kept(self, kept);
    umk_app_scene_set_tags(self->scene, kept->tags, NULL);
    umk_app_scene_set_notes(self->scene, kept->notes, NULL);
    kept_free(kept);
}

static void
read_tags(UmkAppTagsKeeper *self)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    Change *late = dup_change(self);
    Reading *reading;

    g_clear_handle_id(&self->retry, g_source_remove);
    g_clear_object(&self->reading);
    g_clear_object(&self->writing);
    self->again = FALSE;
    g_clear_pointer(&self->saved, umk_app_tags_unref);
    g_clear_pointer(&self->wanted, umk_app_tags_unref);
    g_clear_pointer(&self->saved_notes, umk_app_notes_unref);
    g_clear_pointer(&self->wanted_notes, umk_app_notes_unref);
    g_set_object(&self->source, source);
    if (source == NULL) {
        g_clear_pointer(&late, change_free);
        return;
    }
    reading = g_new0(Reading, 1);
    reading->source = g_object_ref(source);
    reading->late = late;
    self->reading = umk_app_job_start(_("Reading tags"), read_work, reading, reading_free,
                                      kept_free, read_done, G_OBJECT(self));
}

/* ---- life ---------------------------------------------------------------------------
 */

static void
take_tags(UmkAppTagsKeeper *self)
{
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);
    UmkAppNotes *notes = umk_app_scene_get_notes(self->scene);

    g_clear_pointer(&self->wanted, umk_app_tags_unref);
    g_clear_pointer(&self->wanted_notes, umk_app_notes_unref);
    self->wanted = tags != NULL ? umk_app_tags_ref(tags) : NULL;
    self->wanted_notes = notes != NULL ? umk_app_notes_ref(notes) : NULL;
    umk_app_tags_keeper_write(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppTagsKeeper *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        read_tags(self);
    else if (changes & (UMK_APP_CHANGED_TAGS | UMK_APP_CHANGED_NOTES))
        take_tags(self);
}

guint64
umk_app_tags_keeper_get_sequence(UmkAppTagsKeeper *self)
{
    return self->sequence;
}

gboolean
umk_app_tags_keeper_is_settled(UmkAppTagsKeeper *self)
{
    return self->reading == NULL && self->writing == NULL && self->saved != NULL &&
           self->saved == umk_app_scene_get_tags(self->scene) &&
           self->saved_notes == umk_app_scene_get_notes(self->scene);
}

/* A job that writes goes on: its result is wanted even without a window. */
static void
umk_app_tags_keeper_finalize(GObject *object)
{
    UmkAppTagsKeeper *self = UMK_APP_TAGS_KEEPER(object);

    g_clear_handle_id(&self->retry, g_source_remove);
    g_clear_object(&self->reading);
    g_clear_object(&self->writing);
    g_clear_pointer(&self->saved, umk_app_tags_unref);
    g_clear_pointer(&self->wanted, umk_app_tags_unref);
    g_clear_pointer(&self->saved_notes, umk_app_notes_unref);
    g_clear_pointer(&self->wanted_notes, umk_app_notes_unref);
    g_clear_object(&self->source);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_tags_keeper_parent_class)->finalize(object);
}

static void
umk_app_tags_keeper_class_init(UmkAppTagsKeeperClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_tags_keeper_finalize;
    signals[FAILED] = g_signal_new("failed", UMK_APP_TYPE_TAGS_KEEPER, G_SIGNAL_RUN_LAST,
                                   0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
umk_app_tags_keeper_init(UmkAppTagsKeeper *self)
{
}

UmkAppTagsKeeper *
umk_app_tags_keeper_new(UmkAppScene *scene)
{
    UmkAppTagsKeeper *self = g_object_new(UMK_APP_TYPE_TAGS_KEEPER, NULL);

    self->scene = g_object_ref(scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    return self;
}
