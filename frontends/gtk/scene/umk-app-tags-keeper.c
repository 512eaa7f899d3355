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
    UmkAppJob *reading, *writing;
    UmkAppSource *source; /* they are of */
    UmkAppTags *wanted;   /* as the scene has them */
    gboolean again;       /* changed while they were written */
    guint retry;          /* timeout after a failure */
    gboolean told;        /* of it */
    guint64 sequence;     /* of the collection after the last writing */
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
    guint64 sequence; /* of the collection, once it is written */
} Change;

static void
change_free(gpointer data)
{
    Change *change = data;

    g_object_unref(change->source);
    umk_app_tags_unref(change->from);
    umk_app_tags_unref(change->to);
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

static gboolean
store(Change *change, GHashTable *patches, GError **error)
{
    UmkCollection *old = umk_app_source_get_collection(change->source);
    g_autoptr(UmkCollection) now = umk_collection_open(
        umk_app_source_get_path(change->source), UMK_OPEN_WRITE, error);
    g_auto(GStrv) values = NULL;
    g_autofree const char **column = NULL;
    gsize n;

    if (now == NULL)
        return FALSE;
    n = umk_collection_get_n_items(now);
    values = umk_collection_dup_column(now, UMK_APP_TAGS_COLUMN, NULL);
    if (values == NULL) {
        values = g_new0(char *, n + 1);
        for (gsize i = 0; i < n; i++)
            values[i] = g_strdup("");
    }
    apply(patches, old, now, values, n);
    column = g_new0(const char *, n + 1);
    for (gsize i = 0; i < n; i++)
        column[i] = *values[i] != '\0' ? values[i] : NULL;
    if (!umk_collection_set_column(now, UMK_APP_TAGS_COLUMN, column, n, error) ||
        !umk_collection_commit(now, error))
        return FALSE;
    change->sequence = umk_collection_get_sequence(now);
    return TRUE;
}

static gboolean
write_change(Change *change, GError **error)
{
    g_autoptr(GHashTable) patches = g_hash_table_new_full(NULL, NULL, NULL, patch_free);

    collect(patches, change->to, change->from, TRUE);
    collect(patches, change->from, change->to, FALSE);
    return g_hash_table_size(patches) == 0 || store(change, patches, error);
}

static gpointer
write_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Change *change = data;

    if (!write_change(change, error))
        return NULL;
    g_object_set_data(G_OBJECT(job), "umk-sequence",
                      GSIZE_TO_POINTER((gsize) change->sequence));
    return umk_app_tags_ref(change->to);
}

/* What is not written yet; NULL if there is nothing. */
static Change *
dup_change(UmkAppTagsKeeper *self)
{
    Change *change;

    if (self->source == NULL || self->saved == NULL || self->wanted == NULL ||
        self->wanted == self->saved)
        return NULL;
    change = g_new0(Change, 1);
    change->source = g_object_ref(self->source);
    change->from = umk_app_tags_ref(self->saved);
    change->to = umk_app_tags_ref(self->wanted);
    return change;
}

static gboolean
try_again(gpointer data)
{
    ((UmkAppTagsKeeper *) data)->retry = 0;
    umk_app_tags_keeper_write(data);
    return G_SOURCE_REMOVE;
}

static void
write_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppTagsKeeper *self = owner;
    g_autoptr(UmkAppTags) written = result;
    gsize sequence;

    if (job != self->writing)
        return;
    sequence = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(job), "umk-sequence"));
    g_clear_object(&self->writing);
    if (written == NULL) {
        self->again = FALSE;
        if (!self->told)
            g_signal_emit(self, signals[FAILED], 0, error->message);
        self->told = TRUE;
        self->retry = g_timeout_add_seconds(RETRY, try_again, self);
        return;
    }
    g_clear_pointer(&self->saved, umk_app_tags_unref);
    self->saved = umk_app_tags_ref(written);
    self->told = FALSE;
    if (sequence != 0)
        self->sequence = sequence;
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
                                      (GDestroyNotify) umk_app_tags_unref, write_done,
                                      G_OBJECT(self));
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
    g_auto(GStrv) values = NULL;

    if (reading->late != NULL && !write_change(reading->late, &failure))
        g_message("%s", failure->message);
    reader = umk_app_source_dup_reader(reading->source);
    values = umk_collection_dup_column(reader, UMK_APP_TAGS_COLUMN, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    return umk_app_tags_new_from_column(umk_app_source_get_n_items(reading->source),
                                        (const char *const *) values);
}

static void
read_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppTagsKeeper *self = owner;
    g_autoptr(UmkAppTags) tags = result;

    if (job != self->reading)
        return;
    g_clear_object(&self->reading);
    if (tags == NULL)
        return;
    g_clear_pointer(&self->saved, umk_app_tags_unref);
    self->saved = umk_app_tags_ref(tags);
    umk_app_scene_set_tags(self->scene, tags, NULL);
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
    g_set_object(&self->source, source);
    if (source == NULL) {
        g_clear_pointer(&late, change_free);
        return;
    }
    reading = g_new0(Reading, 1);
    reading->source = g_object_ref(source);
    reading->late = late;
    self->reading =
        umk_app_job_start(_("Reading tags"), read_work, reading, reading_free,
                          (GDestroyNotify) umk_app_tags_unref, read_done, G_OBJECT(self));
}

/* ---- life ---------------------------------------------------------------------------
 */

static void
take_tags(UmkAppTagsKeeper *self)
{
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);

    g_clear_pointer(&self->wanted, umk_app_tags_unref);
    self->wanted = tags != NULL ? umk_app_tags_ref(tags) : NULL;
    umk_app_tags_keeper_write(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppTagsKeeper *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        read_tags(self);
    else if (changes & UMK_APP_CHANGED_TAGS)
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
           self->saved == umk_app_scene_get_tags(self->scene);
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
