/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command works through, a part at a time: the lines of a file or of stdin, or the
 * words of the command line. Only the part in hand is in memory. */
#include "umk-cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

gboolean
umk_cli_lines_open(UmkCliLines *self, const char *path, char **words, GError **error)
{
    struct stat info;

    *self = (UmkCliLines){.words = words};
    if (path == NULL) {
        self->size = words != NULL ? (double) g_strv_length(words) : 0;
        return TRUE;
    }
    self->file = g_str_equal(path, "-") ? stdin : fopen(path, "re");
    if (self->file == NULL) {
        int number = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path,
                    g_strerror(number));
        return FALSE;
    }
    if (fstat(fileno(self->file), &info) == 0 && S_ISREG(info.st_mode))
        self->size = (double) info.st_size;
    return TRUE;
}

void
umk_cli_lines_close(UmkCliLines *self)
{
    if (self->file != NULL && self->file != stdin)
        fclose(self->file);
    free(self->line);
    *self = (UmkCliLines){0};
}

static char *
next_line(UmkCliLines *self)
{
    gssize n = getline(&self->line, &self->room, self->file);

    if (n < 0)
        return NULL;
    self->done += (double) n;
    if (n > 0 && self->line[n - 1] == '\n')
        n--;
    if (n > 0 && self->line[n - 1] == '\r')
        n--;
    return g_utf8_make_valid(self->line, n);
}

static char *
next_word(UmkCliLines *self)
{
    if (self->words == NULL || self->words[self->at] == NULL)
        return NULL;
    self->done++;
    return g_strdup(self->words[self->at++]);
}

/* Up to n of them, or fewer when they are longer than size bytes together; NULL-ended,
 * empty at the end. */
char **
umk_cli_lines_next(UmkCliLines *self, gsize n, gsize size, GError **error)
{
    g_autoptr(GPtrArray) part = g_ptr_array_new_with_free_func(g_free);
    gsize length = 0;

    while (part->len < n && length < size) {
        char *one = self->file != NULL ? next_line(self) : next_word(self);

        if (one == NULL)
            break;
        length += strlen(one) + 1;
        g_ptr_array_add(part, one);
    }
    if (self->file != NULL && ferror(self->file)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, _("The input cannot be read"));
        return NULL;
    }
    g_ptr_array_add(part, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&part), FALSE);
}
