/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of files and of folders. */
#include "hub/umk-digests-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 4
#define BLOCK     (1u << 20)

UmkFileDigest *
_umk_file_digest_new(const char *name,
                     gint64 size,
                     UmkDigestKind kind,
                     const char *digest)
{
    UmkFileDigest *self = g_new0(UmkFileDigest, 1);

    self->name = g_strdup(name);
    self->size = size;
    self->kind = kind;
    self->digest = g_strdup(digest);
    return self;
}

void
_umk_file_digest_free(gpointer file)
{
    UmkFileDigest *self = file;

    g_free(self->name);
    g_free(self->digest);
    g_free(self);
}

gboolean
_umk_file_name_is_safe(const char *name)
{
    g_auto(GStrv) parts = NULL;

    if (name[0] == '\0' || strlen(name) > 1024 || !g_utf8_validate(name, -1, NULL))
        return FALSE;
    for (const char *p = name; *p != '\0'; p++)
        if ((guchar) *p < 0x20 || *p == 0x7f || *p == '\\')
            return FALSE;
    parts = g_strsplit(name, "/", -1);
    if (g_strv_length(parts) > MAX_DEPTH)
        return FALSE;
    /* No empty part, and nothing hidden, "." and ".." least of all. */
    for (gsize i = 0; parts[i] != NULL; i++)
        if (parts[i][0] == '\0' || parts[i][0] == '.')
            return FALSE;
    return TRUE;
}

static gboolean
set_errno(const char *path, GError **error)
{
    int saved = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved),
                _("“%s” cannot be read: %s"), path, g_strerror(saved));
    return FALSE;
}

static gboolean
sum_file(GChecksum *sum, int fd, const char *path, UmkRun *run, GError **error)
{
    g_autofree guint8 *block = g_malloc(BLOCK);
    gssize n;

    while ((n = read(fd, block, BLOCK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return set_errno(path, error);
        if (!umk_run_check(run, error))
            return FALSE;
        g_checksum_update(sum, block, n);
    }
    return TRUE;
}

char *
_umk_digest_of_file(const char *path, UmkDigestKind kind, UmkRun *run, GError **error)
{
    gboolean git = kind == UMK_DIGEST_GIT_SHA1;
    g_autoptr(GChecksum) sum = g_checksum_new(git ? G_CHECKSUM_SHA1 : G_CHECKSUM_SHA256);
    int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    GStatBuf info;
    gboolean good;

    if (fd < 0 || g_stat(path, &info) != 0) {
        set_errno(path, error);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (git) {
        /* git hashes "blob SIZE\0" before the content */
        g_autofree char *head = g_strdup_printf("blob %" PRId64, (gint64) info.st_size);

        g_checksum_update(sum, (const guchar *) head, (gssize) strlen(head) + 1);
    }
    good = sum_file(sum, fd, path, run, error);
    close(fd);
    return good ? g_strdup(g_checksum_get_string(sum)) : NULL;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
add_folder(GPtrArray *files,
           const char *root,
           const char *below, /* "" or "sub/" */
           guint depth,
           UmkRun *run,
           GError **error)
{
    g_autofree char *folder = g_build_filename(root, below, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL)
        return FALSE;
    while ((name = g_dir_read_name(dir)) != NULL)
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *relative = g_strconcat(below, names->pdata[i], NULL);
        g_autofree char *path = g_build_filename(root, relative, NULL);
        g_autofree char *digest = NULL;
        GStatBuf info;

        if (g_stat(path, &info) != 0)
            return set_errno(path, error);
        if (S_ISDIR(info.st_mode)) {
            g_autofree char *deeper = g_strconcat(relative, "/", NULL);

            if (depth + 1 < MAX_DEPTH &&
                !add_folder(files, root, deeper, depth + 1, run, error))
                return FALSE;
            continue;
        }
        if (!S_ISREG(info.st_mode))
            continue;
        if (files->len >= UMK_DIGESTS_MAX_FILES) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("“%s” has more than %u files; is it a model folder?"), root,
                        UMK_DIGESTS_MAX_FILES);
            return FALSE;
        }
        digest = _umk_digest_of_file(path, UMK_DIGEST_SHA256, run, error);
        if (digest == NULL)
            return FALSE;
        umk_run_report(run, relative, -1);
        g_ptr_array_add(files, _umk_file_digest_new(relative, (gint64) info.st_size,
                                                    UMK_DIGEST_SHA256, digest));
    }
    return TRUE;
}

GPtrArray *
_umk_digests_of_folder(const char *folder, UmkRun *run, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(_umk_file_digest_free);
    GStatBuf info;

    if (g_stat(folder, &info) == 0 && S_ISREG(info.st_mode)) {
        g_autofree char *name = g_path_get_basename(folder);
        g_autofree char *digest =
            _umk_digest_of_file(folder, UMK_DIGEST_SHA256, run, error);

        if (digest == NULL)
            return NULL;
        g_ptr_array_add(files, _umk_file_digest_new(name, (gint64) info.st_size,
                                                    UMK_DIGEST_SHA256, digest));
        return g_steal_pointer(&files);
    }
    return add_folder(files, folder, "", 0, run, error) ? g_steal_pointer(&files) : NULL;
}
