/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of the rows that have a note. Texts are shared between a table and the next, so
 * that a step back costs a table and no text. */
#include "umk-app-notes.h"

#include <string.h>

#define LONGEST 20000 /* characters */

struct _UmkAppNotes {
    gatomicrefcount references;
    GHashTable *texts; /* row to GRefString */
};

static UmkAppNotes *
make(void)
{
    UmkAppNotes *self = g_new0(UmkAppNotes, 1);

    g_atomic_ref_count_init(&self->references);
    self->texts =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify) g_ref_string_release);
    return self;
}

UmkAppNotes *
umk_app_notes_ref(UmkAppNotes *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_notes_unref(UmkAppNotes *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_hash_table_unref(self->texts);
    g_free(self);
}

char *
umk_app_note_tidy(const char *text)
{
    g_autofree char *valid =
        g_utf8_make_valid(text != NULL ? text : "",
                          (gssize) strnlen(text != NULL ? text : "", 4 * LONGEST));
    GString *out = g_string_new(NULL);
    guint n = 0;

    for (const char *p = valid; *p != '\0' && n < LONGEST; p = g_utf8_next_char(p), n++) {
        gunichar c = g_utf8_get_char(p);

        if (c == '\n' || c == '\t' || !g_unichar_iscntrl(c))
            g_string_append_unichar(out, c);
    }
    g_strstrip(out->str);
    return g_string_free(out, *out->str == '\0');
}

static void
put(UmkAppNotes *self, guint32 row, const char *text)
{
    g_autofree char *tidy = umk_app_note_tidy(text);

    if (tidy != NULL)
        g_hash_table_insert(self->texts, GUINT_TO_POINTER(row), g_ref_string_new(tidy));
    else
        g_hash_table_remove(self->texts, GUINT_TO_POINTER(row));
}

UmkAppNotes *
umk_app_notes_new(gsize n_rows, const char *const *values)
{
    UmkAppNotes *self = make();

    for (gsize row = 0; values != NULL && row < n_rows && values[row] != NULL; row++)
        if (*values[row] != '\0')
            put(self, (guint32) row, values[row]);
    return self;
}

UmkAppNotes *
umk_app_notes_with(UmkAppNotes *self, guint32 row, const char *text)
{
    UmkAppNotes *changed = make();
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, self->texts);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(changed->texts, key, g_ref_string_acquire(value));
    put(changed, row, text);
    return changed;
}

const char *
umk_app_notes_get(UmkAppNotes *self, guint32 row)
{
    return g_hash_table_lookup(self->texts, GUINT_TO_POINTER(row));
}

guint
umk_app_notes_get_n_notes(UmkAppNotes *self)
{
    return g_hash_table_size(self->texts);
}

/* Rows of one whose notes the other has not, or, where twice says so, has otherwise. */
static void
collect(GArray *rows, UmkAppNotes *of, UmkAppNotes *other, gboolean twice)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, of->texts);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const char *there = g_hash_table_lookup(other->texts, key);
        guint32 row = GPOINTER_TO_UINT(key);

        if (there == NULL || (twice && strcmp(value, there) != 0))
            g_array_append_val(rows, row);
    }
}

GArray *
umk_app_notes_compare(UmkAppNotes *a, UmkAppNotes *b)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (a == b)
        return rows;
    collect(rows, a, b, TRUE);
    collect(rows, b, a, FALSE);
    return rows;
}
