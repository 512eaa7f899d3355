/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of clusters from the texts of their rows; the weights are in
 * cluster/umk-cluster-terms.c, the words in umk-name-words.c. */
#include <umekomi/umk-cluster.h>

#include "cluster/umk-cluster-terms-private.h"
#include "facade/umk-name-words-private.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_WORD  40 /* characters of a word in a name */
#define MAX_PARTS 3  /* words of a text that is a name as a whole */

typedef struct {
    GHashTable *numbers; /* char * -> number + 1 */
    GPtrArray *terms;    /* char *, owned by the table */
    GArray *tokens;      /* UmkClusterToken */
} Words;

static void
words_clear(Words *self)
{
    g_clear_pointer(&self->numbers, g_hash_table_unref);
    g_clear_pointer(&self->terms, g_ptr_array_unref);
    g_clear_pointer(&self->tokens, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static void
add_token(Words *self, char *word, guint32 cluster)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(self->numbers, word));
    UmkClusterToken token = {.cluster = cluster};

    if (number == 0) {
        g_ptr_array_add(self->terms, word);
        number = self->terms->len;
        g_hash_table_insert(self->numbers, word, GUINT_TO_POINTER(number));
    } else {
        g_free(word);
    }
    token.term = number - 1;
    g_array_append_val(self->tokens, token);
}

/* "ice cream" is a name as a whole; a sentence is not. */
static gboolean
is_short(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t\r\n", MAX_PARTS + 1);

    return g_strv_length(parts) <= MAX_PARTS && g_utf8_strlen(text, -1) <= MAX_WORD;
}

static char *
join_with_blanks(const GPtrArray *words)
{
    g_autoptr(GString) joined = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? " " : "",
                               (const char *) words->pdata[i]);
    return g_string_free(g_steal_pointer(&joined), FALSE);
}

static gboolean
collect(Words *self,
        const gint32 *labels,
        const char *const *texts,
        gsize n_rows,
        GCancellable *cancellable,
        GError **error)
{
    g_autoptr(UmkNameWords) cutter = _umk_name_words_new();

    for (gsize i = 0; i < n_rows; i++) {
        g_autoptr(GPtrArray) words = NULL;

        if (i % 64 == 0 && g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        if (labels[i] < 0 || texts[i] == NULL)
            continue;
        words = g_ptr_array_new();
        _umk_name_words_cut(cutter, texts[i], words);
        if (words->len >= 2 && is_short(texts[i]))
            add_token(self, join_with_blanks(words), (guint32) labels[i]);
        for (guint w = 0; w < words->len; w++)
            add_token(self, words->pdata[w], (guint32) labels[i]);
    }
    return TRUE;
}

/* "cat" and "cats" say the same, and so do "ice" and "ice cream". */
static gboolean
says_the_same(const char *a, const char *b)
{
    gsize n = strlen(a), m = strlen(b);
    g_auto(GStrv) parts = NULL;
    const char *tail;

    if (n > m)
        return says_the_same(b, a);
    tail = b + n;
    if (n >= 3 && memcmp(a, b, n) == 0 &&
        (g_str_equal(tail, "") || g_str_equal(tail, "s") || g_str_equal(tail, "es")))
        return TRUE;
    parts = g_strsplit(b, " ", -1);
    return g_strv_length(parts) > 1 && g_strv_contains((const char *const *) parts, a);
}

static gboolean
is_new(const GPtrArray *chosen, const char *word)
{
    for (guint i = 0; i < chosen->len; i++)
        if (says_the_same(chosen->pdata[i], word))
            return FALSE;
    return TRUE;
}

/* The heaviest terms of the cluster that begins at *at, which moves behind it. */
static char *
join_words(const Words *self, const GArray *terms, guint *at, guint32 cluster, guint n)
{
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    g_autoptr(GString) name = g_string_new(NULL);

    for (; *at < terms->len; (*at)++) {
        const UmkClusterTerm *term = &g_array_index(terms, UmkClusterTerm, *at);
        char *word = self->terms->pdata[term->term];

        if (term->cluster != cluster)
            break;
        if (chosen->len < n && g_utf8_strlen(word, -1) <= MAX_WORD &&
            is_new(chosen, word)) {
            g_ptr_array_add(chosen, word);
            g_string_append_printf(name, "%s%s", name->len > 0 ? ", " : "", word);
        }
    }
    return g_string_free(g_steal_pointer(&name), FALSE);
}

/**
 * umk_cluster_name_labels:
 * @labels: (array length=n_rows): the group of each row, from 0, or less than 0 for none
 * @texts: (array length=n_rows): the text or caption of each row; entries may be %NULL
 * @n_rows: how many
 * @n_groups: how many groups there are
 * @n_words: words of a name, for example 3
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Names groups of any origin by the words that tell each from the others (class-based
 * TF-IDF). Words of Japanese texts are MeCab's where it is on the machine, else runs of
 * one script. A group without a telling word has an empty name.
 *
 * Returns: (transfer full) (array zero-terminated=1): one name a group
 */
char **
umk_cluster_name_labels(const gint32 *labels,
                        const char *const *texts,
                        gsize n_rows,
                        guint n_groups,
                        guint n_words,
                        GCancellable *cancellable,
                        GError **error)
{
    g_auto(Words) words = {0};
    g_autoptr(GArray) terms = NULL;
    guint at = 0;
    char **names;

    g_return_val_if_fail((labels != NULL && texts != NULL) || n_rows == 0, NULL);
    for (gsize i = 0; i < n_rows; i++)
        g_return_val_if_fail(labels[i] < 0 || (guint) labels[i] < n_groups, NULL);
    words.numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    words.terms = g_ptr_array_new();
    words.tokens = g_array_new(FALSE, FALSE, sizeof(UmkClusterToken));
    if (!collect(&words, labels, texts, n_rows, cancellable, error))
        return NULL;
    terms = _umk_cluster_terms_weigh((UmkClusterToken *) (gpointer) words.tokens->data,
                                     words.tokens->len, words.terms->len, n_groups);
    names = g_new0(char *, n_groups + 1);
    for (guint g = 0; g < n_groups; g++)
        names[g] = join_words(&words, terms, &at, g, n_words);
    return names;
}

/**
 * umk_clusters_dup_names:
 * @self: clusters
 * @texts: (array length=n_texts): the text or caption of each row they were made of;
 *   entries may be %NULL
 * @n_texts: how many; rows beyond have no text
 * @n_words: words of a name, for example 3
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * As umk_cluster_name_labels(). The medoid of a cluster with an empty name can stand for
 * it.
 *
 * Returns: (transfer full) (array zero-terminated=1): one name a cluster
 */
char **
umk_clusters_dup_names(UmkClusters *self,
                       const char *const *texts,
                       gsize n_texts,
                       guint n_words,
                       GCancellable *cancellable,
                       GError **error)
{
    const gint32 *labels;
    gsize n_rows;

    g_return_val_if_fail(self != NULL, NULL);
    labels = umk_clusters_get_labels(self, &n_rows);
    return umk_cluster_name_labels(labels, texts, MIN(n_rows, n_texts),
                                   umk_clusters_get_n_clusters(self), n_words,
                                   cancellable, error);
}

/* ---- words of texts -----------------------------------------------------------------
 */

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;

    return (left > right) - (left < right);
}

/* The words of one text, each once, ascending, behind those of the texts before. */
static void
append_once(GArray *numbers, GArray *own)
{
    g_array_sort(own, compare_numbers);
    for (guint i = 0; i < own->len; i++) {
        guint32 number = g_array_index(own, guint32, i);

        if (i == 0 || number != g_array_index(own, guint32, i - 1))
            g_array_append_val(numbers, number);
    }
    g_array_set_size(own, 0);
}

static guint32
number_word(GHashTable *known, GPtrArray *all, char *word)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(known, word));

    if (number == 0) {
        g_ptr_array_add(all, word);
        number = all->len;
        g_hash_table_insert(known, word, GUINT_TO_POINTER(number));
    } else {
        g_free(word);
    }
    return number - 1;
}

/**
 * umk_cluster_cut_words:
 * @texts: (array length=n_texts): texts; entries may be %NULL
 * @n_texts: how many
 * @offsets: (out) (transfer full): native guint64, n_texts + 1: where the words of each
 *   text begin
 * @words: (out) (transfer full) (array zero-terminated=1): what the numbers stand for
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * The words that umk_cluster_name_labels() names groups by, of each text once: without
 * stop words, numbers and single letters; Japanese cut by MeCab where it is on the
 * machine, else into runs of one script.
 *
 * Returns: (transfer full): native guint32, numbers of words, ascending within a text
 */
GBytes *
umk_cluster_cut_words(const char *const *texts,
                      gsize n_texts,
                      GBytes **offsets,
                      char ***words,
                      GCancellable *cancellable,
                      GError **error)
{
    g_autoptr(UmkNameWords) cutter = NULL;
    g_autoptr(GHashTable) known = NULL;
    g_autoptr(GPtrArray) all = NULL, cut = NULL;
    g_autoptr(GArray) numbers = NULL, own = NULL, starts = NULL;

    g_return_val_if_fail(texts != NULL || n_texts == 0, NULL);
    g_return_val_if_fail(offsets != NULL && words != NULL, NULL);
    cutter = _umk_name_words_new();
    known = g_hash_table_new(g_str_hash, g_str_equal);
    all = g_ptr_array_new_with_free_func(g_free);
    cut = g_ptr_array_new();
    numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
    own = g_array_new(FALSE, FALSE, sizeof(guint32));
    starts = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (gsize i = 0; i <= n_texts; i++) {
        guint64 start = numbers->len;

        g_array_append_val(starts, start);
        if (i % 64 == 0 && g_cancellable_set_error_if_cancelled(cancellable, error))
            return NULL;
        if (i == n_texts || texts[i] == NULL || *texts[i] == '\0')
            continue;
        _umk_name_words_cut(cutter, texts[i], cut);
        for (guint w = 0; w < cut->len; w++) {
            guint32 number = number_word(known, all, cut->pdata[w]);

            g_array_append_val(own, number);
        }
        g_ptr_array_set_size(cut, 0);
        append_once(numbers, own);
    }
    g_ptr_array_add(all, NULL);
    *words = (char **) g_ptr_array_free(g_steal_pointer(&all), FALSE);
    *offsets = g_bytes_new(starts->data, starts->len * sizeof(guint64));
    return g_bytes_new(numbers->data, numbers->len * sizeof(guint32));
}
