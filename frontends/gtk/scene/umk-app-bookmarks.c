/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "names.ini" says which files count and what they are called. It is read anew before
 * each change, for another window may have changed it. */
#include "umk-app-bookmarks.h"

#include "umk-app-job.h"
#include "umk-app-modality.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEPT    "bookmarks"
#define REMOVED "removed"
#define LONGEST 80u /* characters of a name */

typedef struct {
    char *id, *name;
} Bookmark;

struct _UmkAppBookmarks {
    GObject parent_instance;
    char *folder; /* NULL without a collection */
    GArray *list; /* Bookmark */
};

enum { CHANGED, LOADED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppBookmarks, umk_app_bookmarks, G_TYPE_OBJECT)

static void
bookmark_clear(gpointer data)
{
    Bookmark *bookmark = data;

    g_free(bookmark->id);
    g_free(bookmark->name);
}

/* ---- the list of names
 * ---------------------------------------------------------------------- */

static GKeyFile *
read_names(UmkAppBookmarks *self)
{
    GKeyFile *file = g_key_file_new();
    g_autofree char *path = g_build_filename(self->folder, "names.ini", NULL);

    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    return file;
}

/* Only names that we give ourselves: what a file says is no way out of the folder. */
static gboolean
is_id(const char *id)
{
    return strlen(id) == 9 && id[0] == 'b' &&
           strspn(id + 1, "0123456789abcdef") == strlen(id + 1);
}

static char *
make_path(const char *folder, const char *id)
{
    g_autofree char *name = g_strconcat(id, ".json", NULL);

    return g_build_filename(folder, name, NULL);
}

static void
take_names(UmkAppBookmarks *self, GKeyFile *file)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, KEPT, NULL, NULL);

    g_array_set_size(self->list, 0);
    for (gsize i = 0; keys != NULL && keys[i] != NULL; i++) {
        g_autofree char *name = g_key_file_get_string(file, KEPT, keys[i], NULL);
        Bookmark bookmark;

        if (!is_id(keys[i]) || name == NULL)
            continue;
        bookmark = (Bookmark){g_strdup(keys[i]), umk_app_text_tidy(name, LONGEST)};
        g_array_append_val(self->list, bookmark);
    }
    g_signal_emit(self, signals[CHANGED], 0);
}

static void
write_names(UmkAppBookmarks *self, GKeyFile *file)
{
    g_autofree char *path = g_build_filename(self->folder, "names.ini", NULL);
    g_autofree char *data = g_key_file_to_data(file, NULL, NULL);
    g_autoptr(GError) error = NULL;

    g_mkdir_with_parents(self->folder, 0700);
    if (!g_file_set_contents_full(path, data, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                  &error))
        g_signal_emit(self, signals[FAILED], 0, error->message);
    take_names(self, file);
}

/* What was taken away before this opening is gone for good. */
static void
forget_removed(UmkAppBookmarks *self, GKeyFile *file)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, REMOVED, NULL, NULL);

    for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
        if (is_id(keys[i])) {
            g_autofree char *path = make_path(self->folder, keys[i]);

            umk_app_session_remove(path);
        }
    if (keys != NULL && g_key_file_remove_group(file, REMOVED, NULL))
        write_names(self, file);
}

void
umk_app_bookmarks_set_collection(UmkAppBookmarks *self, const char *uuid)
{
    g_autoptr(GKeyFile) file = NULL;

    g_clear_pointer(&self->folder, g_free);
    if (uuid == NULL || *uuid == '\0' || strchr(uuid, '/') != NULL || uuid[0] == '.') {
        g_array_set_size(self->list, 0);
        g_signal_emit(self, signals[CHANGED], 0);
        return;
    }
    self->folder =
        g_build_filename(g_get_user_data_dir(), "umekomi", "bookmarks", uuid, NULL);
    file = read_names(self);
    take_names(self, file);
    forget_removed(self, file);
}

guint
umk_app_bookmarks_get_n(UmkAppBookmarks *self)
{
    return self->list->len;
}

const char *
umk_app_bookmarks_get_id(UmkAppBookmarks *self, guint position)
{
    return g_array_index(self->list, Bookmark, position).id;
}

const char *
umk_app_bookmarks_get_name(UmkAppBookmarks *self, guint position)
{
    return g_array_index(self->list, Bookmark, position).name;
}

/* The first number that no bookmark is called by. */
static char *
make_name(UmkAppBookmarks *self, const char *typed)
{
    g_autofree char *tidy = umk_app_text_tidy(typed != NULL ? typed : "", LONGEST);
    guint number = 1;

    g_strstrip(tidy);
    if (*tidy != '\0')
        return g_steal_pointer(&tidy);
    while (TRUE) {
        g_autofree char *name = g_strdup_printf(_("View %u"), number++);
        gboolean taken = FALSE;

        for (guint i = 0; i < self->list->len; i++)
            taken |= g_str_equal(g_array_index(self->list, Bookmark, i).name, name);
        if (!taken)
            return g_steal_pointer(&name);
    }
}

/* ---- changes -------------------------------------------------------------------------
 */

typedef struct {
    UmkAppSession *session;
    char *folder, *id, *name;
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    umk_app_session_free(order->session);
    g_free(order->folder);
    g_free(order->id);
    g_free(order->name);
    g_free(order);
}

static gpointer
save_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Order *order = data, *saved;
    g_autofree char *path = make_path(order->folder, order->id);

    if (!umk_app_session_save(order->session, path, error))
        return NULL;
    saved = g_new0(Order, 1);
    saved->folder = g_steal_pointer(&order->folder);
    saved->id = g_steal_pointer(&order->id);
    saved->name = g_steal_pointer(&order->name);
    return saved;
}

/* Its name is written when the rest is there. */
static void
saved(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppBookmarks *self = owner;
    Order *order = result;

    if (order == NULL) {
        g_signal_emit(self, signals[FAILED], 0, error->message);
        return;
    }
    if (g_strcmp0(order->folder, self->folder) == 0) {
        g_autoptr(GKeyFile) file = read_names(self);

        g_key_file_set_string(file, KEPT, order->id, order->name);
        write_names(self, file);
    }
    order_free(order);
}

void
umk_app_bookmarks_add(UmkAppBookmarks *self, const char *name, UmkAppSession *session)
{
    g_autoptr(UmkAppJob) job = NULL;
    Order *order;

    if (self->folder == NULL || session == NULL) {
        umk_app_session_free(session);
        return;
    }
    order = g_new0(Order, 1);
    order->session = session;
    order->folder = g_strdup(self->folder);
    order->id = g_strdup_printf("b%08x", g_random_int());
    order->name = make_name(self, name);
    job = umk_app_job_start(_("Keeping the bookmark"), save_work, order, order_free,
                            order_free, saved, G_OBJECT(self));
}

gboolean
umk_app_bookmarks_rename(UmkAppBookmarks *self, const char *id, const char *name)
{
    g_autoptr(GKeyFile) file = self->folder != NULL ? read_names(self) : NULL;
    g_autofree char *tidy = umk_app_text_tidy(name, LONGEST);

    g_strstrip(tidy);
    if (file == NULL || *tidy == '\0' || !g_key_file_has_key(file, KEPT, id, NULL))
        return FALSE;
    g_key_file_set_string(file, KEPT, id, tidy);
    write_names(self, file);
    return TRUE;
}

static void
move(UmkAppBookmarks *self, const char *id, const char *from, const char *to)
{
    g_autoptr(GKeyFile) file = self->folder != NULL ? read_names(self) : NULL;
    g_autofree char *name =
        file != NULL ? g_key_file_get_string(file, from, id, NULL) : NULL;

    if (name == NULL)
        return;
    g_key_file_remove_key(file, from, id, NULL);
    g_key_file_set_string(file, to, id, name);
    write_names(self, file);
}

void
umk_app_bookmarks_remove(UmkAppBookmarks *self, const char *id)
{
    move(self, id, KEPT, REMOVED);
}

void
umk_app_bookmarks_restore(UmkAppBookmarks *self, const char *id)
{
    move(self, id, REMOVED, KEPT);
}

/* ---- going ---------------------------------------------------------------------------
 */

static gpointer
load_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_autofree char *path = make_path(order->folder, order->id);

    return umk_app_session_load(path, error);
}

static void
loaded(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppBookmarks *self = owner;
    g_autoptr(UmkAppSession) session = result;

    if (session == NULL)
        g_signal_emit(self, signals[FAILED], 0, error->message);
    else
        g_signal_emit(self, signals[LOADED], 0, session);
}

void
umk_app_bookmarks_load(UmkAppBookmarks *self, const char *id)
{
    g_autoptr(UmkAppJob) job = NULL;
    Order *order;

    if (self->folder == NULL || !is_id(id))
        return;
    order = g_new0(Order, 1);
    order->folder = g_strdup(self->folder);
    order->id = g_strdup(id);
    job =
        umk_app_job_start(_("Opening"), load_work, order, order_free,
                          (GDestroyNotify) umk_app_session_free, loaded, G_OBJECT(self));
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_bookmarks_finalize(GObject *object)
{
    UmkAppBookmarks *self = UMK_APP_BOOKMARKS(object);

    g_free(self->folder);
    g_array_unref(self->list);
    G_OBJECT_CLASS(umk_app_bookmarks_parent_class)->finalize(object);
}

static void
umk_app_bookmarks_class_init(UmkAppBookmarksClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_bookmarks_finalize;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_BOOKMARKS, G_SIGNAL_RUN_LAST,
                                    0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[LOADED] = g_signal_new("loaded", UMK_APP_TYPE_BOOKMARKS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
    signals[FAILED] = g_signal_new("failed", UMK_APP_TYPE_BOOKMARKS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
umk_app_bookmarks_init(UmkAppBookmarks *self)
{
    self->list = g_array_new(FALSE, FALSE, sizeof(Bookmark));
    g_array_set_clear_func(self->list, bookmark_clear);
}

UmkAppBookmarks *
umk_app_bookmarks_new(void)
{
    return g_object_new(UMK_APP_TYPE_BOOKMARKS, NULL);
}
