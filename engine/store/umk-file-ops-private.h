/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few system calls the vector file makes, behind a table so that a test can make
 * the n-th of them fail or fall short. Each returns what the call of that name does. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct {
    ssize_t (*pwrite)(int fd, const void *data, size_t length, off_t at);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
    int (*grow)(int fd, off_t from, off_t length);  /* reserve room, fallocate */
    int (*start)(int fd, off_t from, off_t length); /* begin writing out, do not wait */
    int (*ftruncate)(int fd, off_t length);
} UmkFileOps;

extern const UmkFileOps _umk_file_ops_system;

/* All of it or an error; short writes and EINTR are continued. */
gboolean _umk_file_write_all(const UmkFileOps *ops,
                             int fd,
                             gconstpointer data,
                             gsize length,
                             guint64 at,
                             const char *path,
                             GError **error);
gboolean _umk_file_read_all(
    int fd, gpointer data, gsize length, guint64 at, const char *path, GError **error);
/* So that a name made or renamed in a folder survives a power cut. */
gboolean _umk_file_sync_folder(const UmkFileOps *ops, const char *path, GError **error);
/* Whole file, temporary name, sync, rename, sync of the folder. */
gboolean _umk_file_replace(const UmkFileOps *ops,
                           const char *path,
                           gconstpointer head,
                           gsize head_length,
                           gconstpointer body,
                           gsize body_length,
                           GError **error);
/* The same of any number of parts, one after the other. */
typedef struct {
    gconstpointer data;
    gsize length;
} UmkFilePart;

gboolean _umk_file_replace_parts(const UmkFileOps *ops,
                                 const char *path,
                                 const UmkFilePart *parts,
                                 gsize n_parts,
                                 GError **error);
/* "verb 'path': reason" with the code that GIO gives the errno; returns FALSE. */
gboolean
_umk_file_set_error(GError **error, int code, const char *what, const char *path);

G_END_DECLS
