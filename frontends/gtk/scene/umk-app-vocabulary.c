/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words are cut by the engine, in Japanese too. Fields that tell every item apart (names,
 * paths) say nothing of a set and are left out, as are numbers with many values. */
#include "umk-app-vocabulary.h"

#include "umk-app-tags.h"

#include <string.h>

#define MOST_FIELDS 16u
#define MOST_VALUES 2000u /* different ones of a field */
#define LONGEST     120u  /* bytes of a value */

static void
term_clear(gpointer data)
{
    UmkAppTerm *term = data;

    g_free(term->field);
    g_free(term->text);
}

UmkAppVocabulary *
umk_app_vocabulary_ref(UmkAppVocabulary *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_vocabulary_unref(UmkAppVocabulary *self)
{
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    g_array_unref(self->terms);
    g_free(self->rows);
    g_free(self->offsets);
    g_free(self->numbers);
    g_free(self);
}

/* Whether the item at a position is one of so many spread evenly among n. */
static gboolean
is_share(gsize at, gsize many, gsize n)
{
    return (gsize) ((guint64) at * many / n) != (gsize) ((guint64) (at + 1) * many / n);
}

static void
choose_rows(UmkAppVocabulary *self, UmkAppRows *wanted)
{
    const gsize most = UMK_APP_VOCABULARY_MOST, n = self->n_rows;
    gsize n_wanted = wanted != NULL ? umk_app_rows_get_n_chosen(wanted) : 0;
    gsize own = MIN(n_wanted, most / 2), others = MIN(n - n_wanted, most - own);
    gsize in = 0, out = 0;

    self->rows = g_new(guint32, MIN(n, most) + 1);
    for (gsize row = 0; row < n; row++) {
        gboolean is_in = wanted != NULL && umk_app_rows_contains(wanted, row);

        if (n <= most ||
            (is_in ? is_share(in, own, n_wanted) : is_share(out, others, n - n_wanted)))
            self->rows[self->n_looked_at++] = (guint32) row;
        in += is_in ? 1 : 0;
        out += is_in ? 0 : 1;
    }
}

/* ---- words --------------------------------------------------------------------------
 */

static gboolean
add_words(UmkAppVocabulary *self,
          UmkCollection *reader,
          GArray *pairs,
          GCancellable *cancellable,
          GError **error)
{
    g_auto(GStrv) captions = umk_collection_dup_column(reader, "caption", NULL);
    g_auto(GStrv) texts = umk_collection_dup_column(reader, "text", NULL);
    g_autofree const char **said = g_new0(const char *, self->n_looked_at + 1);
    g_autoptr(GBytes) offsets = NULL, numbers = NULL;
    g_auto(GStrv) words = NULL;
    const guint64 *from;
    const guint32 *of;

    for (gsize i = 0; i < self->n_looked_at; i++) {
        const char *caption = captions != NULL ? captions[self->rows[i]] : "";

        said[i] = *caption != '\0' || texts == NULL ? caption : texts[self->rows[i]];
    }
    numbers = umk_cluster_cut_words(said, self->n_looked_at, &offsets, &words,
                                    cancellable, error);
    if (numbers == NULL)
        return FALSE;
    from = g_bytes_get_data(offsets, NULL);
    of = g_bytes_get_data(numbers, NULL);
    for (gsize i = 0; i < self->n_looked_at; i++)
        for (guint64 w = from[i]; w < from[i + 1]; w++) {
            guint32 pair[] = {(guint32) i, of[w]};

            g_array_append_vals(pairs, pair, 2);
        }
    for (gsize w = 0; words[w] != NULL; w++) {
        UmkAppTerm term = {NULL, g_strdup(words[w])};

        g_array_append_val(self->terms, term);
    }
    return TRUE;
}

/* ---- fields -------------------------------------------------------------------------
 */

static void
add_field(UmkAppVocabulary *self, const char *name, char **column, GArray *pairs)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    guint first_pair = pairs->len, first_term = self->terms->len;

    for (gsize i = 0; i < self->n_looked_at; i++) {
        const char *value = column[self->rows[i]];
        guint32 pair[] = {(guint32) i, 0};

        if (*value == '\0' || strlen(value) > LONGEST)
            continue;
        pair[1] = GPOINTER_TO_UINT(g_hash_table_lookup(known, value));
        if (pair[1] == 0) {
            UmkAppTerm term = {g_strdup(name), g_strdup(value)};

            if (g_hash_table_size(known) == MOST_VALUES)
                break;
            g_array_append_val(self->terms, term);
            pair[1] = self->terms->len;
            g_hash_table_insert(known, (gpointer) value, GUINT_TO_POINTER(pair[1]));
        }
        pair[1]--;
        g_array_append_vals(pairs, pair, 2);
    }
    /* too many different values, or as many as items */
    if (g_hash_table_size(known) == MOST_VALUES ||
        (pairs->len - first_pair) / 2 == g_hash_table_size(known)) {
        g_array_set_size(pairs, first_pair);
        g_array_set_size(self->terms, first_term);
    }
}

static gboolean
add_fields(UmkAppVocabulary *self,
           UmkCollection *reader,
           GArray *pairs,
           GCancellable *cancellable,
           GError **error)
{
    static const char *const passed_over[] = {"id",    "caption",  "path",
                                              "text",  "added",    UMK_APP_TAGS_COLUMN,
                                              "model", "modality", NULL};
    g_auto(GStrv) fields = umk_collection_list_fields(reader, NULL);
    guint n = 0;

    for (gsize f = 0; fields != NULL && fields[f] != NULL && n < MOST_FIELDS; f++) {
        g_auto(GStrv) column = NULL;

        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        if (g_strv_contains(passed_over, fields[f]))
            continue;
        column = umk_collection_dup_column(reader, fields[f], NULL);
        if (column == NULL || g_strv_length(column) < self->n_rows)
            continue;
        add_field(self, fields[f], column, pairs);
        n++;
    }
    return TRUE;
}

/* Pairs by row: a counting sort. */
static void
arrange(UmkAppVocabulary *self, const GArray *pairs)
{
    const guint32 *pair = (const guint32 *) (gpointer) pairs->data;
    gsize n = pairs->len / 2;
    g_autofree guint64 *next = NULL;

    self->offsets = g_new0(guint64, self->n_looked_at + 1);
    self->numbers = g_new(guint32, n + 1);
    for (gsize i = 0; i < n; i++)
        self->offsets[pair[2 * i] + 1]++;
    for (gsize i = 0; i < self->n_looked_at; i++)
        self->offsets[i + 1] += self->offsets[i];
    next = g_memdup2(self->offsets, (self->n_looked_at + 1) * sizeof *next);
    for (gsize i = 0; i < n; i++)
        self->numbers[next[pair[2 * i]]++] = pair[2 * i + 1];
}

UmkAppVocabulary *
umk_app_vocabulary_new(UmkAppSource *source,
                       UmkAppRows *wanted,
                       GCancellable *cancellable,
                       GError **error)
{
    g_autoptr(UmkAppVocabulary) self = g_new0(UmkAppVocabulary, 1);
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(source);
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(guint32));

    g_atomic_ref_count_init(&self->references);
    self->n_rows = umk_app_source_get_n_items(source);
    self->terms = g_array_new(FALSE, FALSE, sizeof(UmkAppTerm));
    g_array_set_clear_func(self->terms, term_clear);
    choose_rows(self, wanted);
    if (!add_words(self, reader, pairs, cancellable, error) ||
        !add_fields(self, reader, pairs, cancellable, error))
        return NULL;
    arrange(self, pairs);
    return g_steal_pointer(&self);
}
