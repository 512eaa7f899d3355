/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary file in the target's folder, so that renaming it is one step. */
#include "umk-app-sink.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

struct _UmkAppSink {
    char *path, *part;
    FILE *file;
    int problem; /* errno of the first write that failed */
};

static void
fail(const char *path, int number, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(number),
                _("Cannot write “%s”: %s"), shown, g_strerror(number));
}

static int
open_beside(const char *path, char **part)
{
    int fd = -1;

    for (guint i = 0; i < 100 && fd < 0; i++) {
        g_free(*part);
        *part = g_strdup_printf("%s.%06x.part", path, g_random_int_range(0, 1 << 24));
        fd = g_open(*part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

UmkAppSink *
umk_app_sink_open(const char *path, GError **error)
{
    g_autofree char *part = NULL;
    int fd = open_beside(path, &part);
    UmkAppSink *self;

    if (fd < 0) {
        fail(path, errno, error);
        return NULL;
    }
    self = g_new0(UmkAppSink, 1);
    self->path = g_strdup(path);
    self->part = g_steal_pointer(&part);
    self->file = fdopen(fd, "wb");
    return self;
}

void
umk_app_sink_write(UmkAppSink *self, const char *data, gsize size)
{
    if (self->problem == 0 && size > 0 && fwrite(data, 1, size, self->file) != size)
        self->problem = errno != 0 ? errno : EIO;
}

static void
sink_free(UmkAppSink *self)
{
    g_free(self->path);
    g_free(self->part);
    g_free(self);
}

gboolean
umk_app_sink_commit(UmkAppSink *self, GError **error)
{
    gboolean ok;

    if (self->problem == 0 && (fflush(self->file) != 0 || fsync(fileno(self->file)) != 0))
        self->problem = errno;
    if (fclose(self->file) != 0 && self->problem == 0)
        self->problem = errno;
    if (self->problem == 0 && g_rename(self->part, self->path) != 0)
        self->problem = errno;
    ok = self->problem == 0;
    if (!ok) {
        g_unlink(self->part);
        fail(self->path, self->problem, error);
    }
    sink_free(self);
    return ok;
}

void
umk_app_sink_abandon(UmkAppSink *self)
{
    if (self == NULL)
        return;
    fclose(self->file);
    g_unlink(self->part);
    sink_free(self);
}
