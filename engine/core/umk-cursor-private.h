/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A place in valid UTF-8 that is read from left to right, and its column for messages. */
#pragma once

#include <glib.h>

typedef struct {
    const char *at, *end;
    guint column; /* of at, in characters from 1 */
} UmkCursor;

static inline UmkCursor
_umk_cursor(const char *text, gsize size)
{
    return (UmkCursor){.at = text, .end = text + size, .column = 1};
}

/* 0 at the end. */
static inline gunichar
_umk_cursor_peek(const UmkCursor *self)
{
    return self->at < self->end ? g_utf8_get_char(self->at) : 0;
}

/* Not at the end. */
static inline void
_umk_cursor_step(UmkCursor *self)
{
    self->at = g_utf8_next_char(self->at);
    self->column++;
}

static inline void
_umk_cursor_skip_blanks(UmkCursor *self)
{
    while (g_unichar_isspace(_umk_cursor_peek(self)))
        _umk_cursor_step(self);
}
