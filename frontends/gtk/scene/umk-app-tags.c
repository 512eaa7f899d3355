/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sorted array of names beside one of rows: there are few tags, and a change of one
 * shares the rows of all others. */
#include "umk-app-tags.h"

#include <string.h>

#define LONGEST 60 /* characters of a name */

typedef struct {
    char *name;
    UmkAppRows *rows;
} Tag;

struct _UmkAppTags {
    gatomicrefcount references;
    gsize n_rows;
    GArray *tags; /* Tag */
};

static void
tag_clear(gpointer data)
{
    Tag *tag = data;

    g_free(tag->name);
    umk_app_rows_unref(tag->rows);
}

UmkAppTags *
umk_app_tags_new(gsize n_rows)
{
    UmkAppTags *self = g_new0(UmkAppTags, 1);

    g_atomic_ref_count_init(&self->references);
    self->n_rows = n_rows;
    self->tags = g_array_new(FALSE, FALSE, sizeof(Tag));
    g_array_set_clear_func(self->tags, tag_clear);
    return self;
}

UmkAppTags *
umk_app_tags_ref(UmkAppTags *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_tags_unref(UmkAppTags *self)
{
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    g_array_unref(self->tags);
    g_free(self);
}

/* ---- names --------------------------------------------------------------------------
 */

char *
umk_app_tag_tidy(const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, (gssize) strnlen(name, 4 * LONGEST));
    GString *out = g_string_new(NULL);
    guint n = 0;

    g_strstrip(valid);
    for (const char *p = valid; *p != '\0' && n < LONGEST; p = g_utf8_next_char(p), n++) {
        gunichar c = g_utf8_get_char(p);

        g_string_append_unichar(out, c == ',' || g_unichar_iscntrl(c) ? ' ' : c);
    }
    g_strstrip(out->str);
    return g_string_free(out, *out->str == '\0');
}

char *
umk_app_tag_patch(const char *value, const char *const *more, const char *const *less)
{
    g_auto(GStrv) parts = g_strsplit(value != NULL ? value : "", ",", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();

    for (gsize i = 0; parts[i] != NULL; i++) {
        g_strstrip(parts[i]);
        if (*parts[i] != '\0' && (less == NULL || !g_strv_contains(less, parts[i])) &&
            !g_ptr_array_find_with_equal_func(kept, parts[i], g_str_equal, NULL))
            g_ptr_array_add(kept, parts[i]);
    }
    for (gsize i = 0; more != NULL && more[i] != NULL; i++)
        if (!g_ptr_array_find_with_equal_func(kept, more[i], g_str_equal, NULL))
            g_ptr_array_add(kept, (char *) more[i]);
    if (kept->len == 0)
        return NULL;
    g_ptr_array_add(kept, NULL);
    return g_strjoinv(",", (char **) kept->pdata);
}

/* ---- reading ------------------------------------------------------------------------
 */

static int
compare_tags(gconstpointer a, gconstpointer b)
{
    return strcmp(((const Tag *) a)->name, ((const Tag *) b)->name);
}

UmkAppTags *
umk_app_tags_new_from_column(gsize n_rows, const char *const *values)
{
    UmkAppTags *self = umk_app_tags_new(n_rows);
    g_autoptr(GHashTable) lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                        (GDestroyNotify) g_array_unref);
    GHashTableIter iter;
    gpointer name, list;

    for (gsize row = 0; values != NULL && row < n_rows && values[row] != NULL; row++) {
        g_auto(GStrv) parts = NULL;
        guint32 number = (guint32) row;

        if (*values[row] == '\0')
            continue;
        parts = g_strsplit(values[row], ",", -1);
        for (gsize i = 0; parts[i] != NULL; i++) {
            char *tidy = umk_app_tag_tidy(parts[i]);
            GArray *rows;

            if (tidy == NULL)
                continue;
            rows = g_hash_table_lookup(lists, tidy);
            if (rows == NULL) {
                rows = g_array_new(FALSE, FALSE, sizeof(guint32));
                g_hash_table_insert(lists, tidy, rows);
            } else {
                g_free(tidy);
            }
            g_array_append_val(rows, number);
        }
    }
    g_hash_table_iter_init(&iter, lists);
    while (g_hash_table_iter_next(&iter, &name, &list)) {
        GArray *rows = list;
        Tag tag = {
            g_strdup(name),
            umk_app_rows_new(n_rows, (guint32 *) (gpointer) rows->data, rows->len)};

        g_array_append_val(self->tags, tag);
    }
    g_array_sort(self->tags, compare_tags);
    return self;
}

/* ---- changes ------------------------------------------------------------------------
 */

/* rows: taken; NULL or none: without the tag. */
static UmkAppTags *
with_rows(UmkAppTags *self, const char *name, UmkAppRows *rows)
{
    UmkAppTags *changed = umk_app_tags_new(self->n_rows);

    for (guint i = 0; i < self->tags->len; i++) {
        const Tag *tag = &g_array_index(self->tags, Tag, i);
        Tag copy = {NULL, NULL};

        if (g_str_equal(tag->name, name))
            continue;
        copy = (Tag){g_strdup(tag->name), umk_app_rows_ref(tag->rows)};
        g_array_append_val(changed->tags, copy);
    }
    if (rows != NULL && umk_app_rows_get_n_chosen(rows) > 0) {
        Tag tag = {g_strdup(name), rows};

        g_array_append_val(changed->tags, tag);
        g_array_sort(changed->tags, compare_tags);
    } else if (rows != NULL) {
        umk_app_rows_unref(rows);
    }
    return changed;
}

UmkAppTags *
umk_app_tags_with(UmkAppTags *self, const char *name, UmkAppRows *rows)
{
    UmkAppRows *had = umk_app_tags_get_rows(self, name);

    return with_rows(
        self, name, had != NULL ? umk_app_rows_unite(had, rows) : umk_app_rows_ref(rows));
}

UmkAppTags *
umk_app_tags_without(UmkAppTags *self, const char *name, UmkAppRows *rows)
{
    UmkAppRows *had = umk_app_tags_get_rows(self, name);

    if (had == NULL)
        return umk_app_tags_ref(self);
    return with_rows(self, name, umk_app_rows_subtract(had, rows));
}

guint
umk_app_tags_get_n_tags(UmkAppTags *self)
{
    return self->tags->len;
}

const char *
umk_app_tags_get_name(UmkAppTags *self, guint position)
{
    return g_array_index(self->tags, Tag, position).name;
}

UmkAppRows *
umk_app_tags_get_rows(UmkAppTags *self, const char *name)
{
    for (guint i = 0; i < self->tags->len; i++)
        if (g_str_equal(g_array_index(self->tags, Tag, i).name, name))
            return g_array_index(self->tags, Tag, i).rows;
    return NULL;
}

gsize
umk_app_tags_get_n_rows(UmkAppTags *self)
{
    return self->n_rows;
}
