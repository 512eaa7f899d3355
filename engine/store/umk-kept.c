/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps, finds, checks and removes the files of `kept/`; the format is in the header. */
#include "store/umk-kept-private.h"

#include "store/umk-collection-private.h"
#include "store/umk-crc32c-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>

#define FOLDER   "kept"
#define SUFFIX   ".umk"
#define VERSION  1
#define MAX_NAME 200 /* bytes once escaped; names of files have 255 */

static const char kept_magic[8] = {'U', 'M', 'K', 'K', 'E', 'P', 'T', '1'};

typedef struct {
    char magic[8];
    guint32 version;
    guint32 crc;
    guint64 size;
} KeptHeader;

G_STATIC_ASSERT(sizeof(KeptHeader) == 24);

static GBytes *
refuse(GError **error, const char *reason)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The kept file %s"), reason);
    return NULL;
}

GBytes *
_umk_kept_parse(GBytes *bytes, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    KeptHeader header;

    if (size < sizeof header || memcmp(data, kept_magic, sizeof kept_magic) != 0)
        return refuse(error, _("has a damaged header"));
    memcpy(&header, data, sizeof header);
    if (header.version != VERSION)
        return refuse(error, _("is of another version"));
    if (header.size != size - sizeof header)
        return refuse(error, _("does not have the size it declares"));
    if (header.crc != _umk_crc32c(0, data + sizeof header, size - sizeof header))
        return refuse(error, _("does not match its checksum"));
    return g_bytes_new_from_bytes(bytes, sizeof header, size - sizeof header);
}

static char *
kept_path(UmkCollection *self, const char *kind, const char *name, GError **error)
{
    g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
    g_autofree char *file = g_strconcat(kind, "-", escaped, SUFFIX, NULL);

    if (*name == '\0' || strlen(escaped) > MAX_NAME) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” cannot be a name: it is empty or too long"), name);
        return NULL;
    }
    return g_build_filename(self->path, FOLDER, file, NULL);
}

static gboolean
check_writable(UmkCollection *self, GError **error)
{
    if (self->mode == UMK_OPEN_WRITE)
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY, _("“%s” was opened for reading"),
                self->path);
    return FALSE;
}

static gboolean
make_folder(UmkCollection *self, GError **error)
{
    g_autofree char *folder = g_build_filename(self->path, FOLDER, NULL);

    if (g_mkdir(folder, 0777) == 0)
        return _umk_file_sync_folder(self->ops, self->path, error);
    return errno == EEXIST ||
           _umk_file_set_error(error, errno, _("Cannot create"), folder);
}

gboolean
_umk_kept_add(UmkCollection *self,
              const char *kind,
              const char *name,
              GBytes *content,
              GError **error)
{
    gsize size;
    gconstpointer data = g_bytes_get_data(content, &size);
    KeptHeader header = {.version = VERSION, .size = size};
    g_autofree char *path = kept_path(self, kind, name, error);
    gboolean done = FALSE;

    if (path == NULL)
        return FALSE;
    memcpy(header.magic, kept_magic, sizeof kept_magic);
    header.crc = _umk_crc32c(0, data, size);
    g_mutex_lock(&self->lock);
    if (!check_writable(self, error))
        done = FALSE;
    else if (g_file_test(path, G_FILE_TEST_EXISTS))
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” keeps a “%s” already; remove it or choose another name"),
                    self->path, name);
    else
        done =
            make_folder(self, error) &&
            _umk_file_replace(self->ops, path, &header, sizeof header, data, size, error);
    g_mutex_unlock(&self->lock);
    return done;
}

static gboolean
set_absent(UmkCollection *self, const char *name, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("“%s” keeps no “%s”"),
                self->path, name);
    return FALSE;
}

GBytes *
_umk_kept_load(UmkCollection *self, const char *kind, const char *name, GError **error)
{
    g_autofree char *path = kept_path(self, kind, name, error), *data = NULL;
    g_autoptr(GBytes) bytes = NULL;
    GBytes *content;
    gsize size;

    if (path == NULL)
        return NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        set_absent(self, name, error);
        return NULL;
    }
    if (!g_file_get_contents(path, &data, &size, error))
        return NULL;
    bytes = g_bytes_new_take(g_steal_pointer(&data), size);
    content = _umk_kept_parse(bytes, error);
    if (content == NULL)
        g_prefix_error(error, "“%s”: ", path);
    return content;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

char **
_umk_kept_list(UmkCollection *self, const char *kind)
{
    g_autofree char *folder = g_build_filename(self->path, FOLDER, NULL);
    g_autofree char *prefix = g_strconcat(kind, "-", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *file;

    while (dir != NULL && (file = g_dir_read_name(dir)) != NULL) {
        const char *from = file + strlen(prefix);
        char *name;

        if (!g_str_has_prefix(file, prefix) || !g_str_has_suffix(file, SUFFIX) ||
            strlen(from) <= strlen(SUFFIX))
            continue;
        name = g_uri_unescape_segment(from, from + strlen(from) - strlen(SUFFIX), NULL);
        if (name != NULL && g_utf8_validate(name, -1, NULL))
            g_ptr_array_add(names, name);
        else
            g_free(name);
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_steal(names, NULL);
}

gboolean
_umk_kept_remove(UmkCollection *self, const char *kind, const char *name, GError **error)
{
    g_autofree char *path = kept_path(self, kind, name, error);
    g_autofree char *folder = g_build_filename(self->path, FOLDER, NULL);
    gboolean done = FALSE;

    if (path == NULL)
        return FALSE;
    g_mutex_lock(&self->lock);
    if (check_writable(self, error)) {
        if (g_unlink(path) == 0)
            done = _umk_file_sync_folder(self->ops, folder, error);
        else if (errno == ENOENT)
            set_absent(self, name, error);
        else
            _umk_file_set_error(error, errno, _("Cannot remove"), path);
    }
    g_mutex_unlock(&self->lock);
    return done;
}

/* Names of all kept files, sorted. */
static GPtrArray *
list_files(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    const char *file;

    while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(file, SUFFIX))
            g_ptr_array_add(files, g_strdup(file));
    g_ptr_array_sort(files, compare_names);
    return files;
}

GPtrArray *
_umk_kept_check(UmkCollection *self)
{
    g_autofree char *folder = g_build_filename(self->path, FOLDER, NULL);
    g_autoptr(GPtrArray) files = list_files(folder);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < files->len; i++) {
        g_autofree char *path = g_build_filename(folder, files->pdata[i], NULL);
        g_autofree char *data = NULL;
        g_autoptr(GBytes) bytes = NULL, content = NULL;
        g_autoptr(GError) failure = NULL;
        gsize size;

        if (g_file_get_contents(path, &data, &size, &failure)) {
            bytes = g_bytes_new_take(g_steal_pointer(&data), size);
            content = _umk_kept_parse(bytes, &failure);
        }
        if (content == NULL) {
            g_ptr_array_add(found, g_strdup(files->pdata[i]));
            g_ptr_array_add(found, g_strdup(failure->message));
        }
    }
    return found;
}
