/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that need no model, sums of vectors and vectors themselves. A reader of its
 * own goes through the texts, so that the window can read items meanwhile. */
#include "umk-app-query.h"

#include "umk-app-answer.h"
#include "umk-app-pattern.h"
#include "umk-app-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MOST_FOUND 10000u /* rows of a pattern */
#define PATIENCE   20.0   /* seconds for a pattern in all */

typedef struct {
    UmkAppSource *source;
    UmkAppAsk ask;
    char *text, *path; /* path: of a vector in a file, or NULL */
    guint k, mask;
} Asking;

static void
asking_free(gpointer data)
{
    Asking *asking = data;

    g_object_unref(asking->source);
    g_free(asking->text);
    g_free(asking->path);
    g_free(asking);
}

static void
add_row(GListStore *rows, UmkAppSource *source, gsize at)
{
    g_autoptr(UmkAppRow) row = umk_app_row_new(source, (guint32) at, NAN);

    g_list_store_append(rows, row);
}

/* ---- words --------------------------------------------------------------------------
 */

static UmkAppAnswer *
find_words(const Asking *asking, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(asking->source);
    g_autoptr(UmkSearch) search = umk_search_new(reader);
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GListModel) rows = NULL;

    umk_search_set_words(search, asking->text);
    umk_search_set_modalities(search, asking->mask);
    hits = umk_search_run(search, asking->k, cancellable, NULL, NULL, error);
    if (hits == NULL)
        return NULL;
    rows = umk_app_query_make_rows(asking->source, hits);
    return umk_app_answer_new_plain(rows,
                                    g_list_model_get_n_items(rows) > 0
                                        ? NULL
                                        : _("No title and no text has these words."));
}

/* ---- a pattern ----------------------------------------------------------------------
 */

/* A column that no item has is none. */
static char **
dup_column(UmkCollection *reader, const char *name)
{
    return umk_collection_dup_column(reader, name, NULL);
}

/* columns: title, text, path; the file's name is the title where there is no other. */
static gboolean
row_matches(
    UmkAppPattern *pattern, char **columns[], gsize n, gsize row, gboolean *gave_up)
{
    gboolean titled = columns[0] != NULL && *columns[0][row] != '\0';

    for (gsize c = 0; c < n - (titled ? 1 : 0); c++) {
        const char *text = columns[c] != NULL ? columns[c][row] : "";
        const char *slash =
            c + 1 == n ? strrchr(text, '/') : NULL; /* of paths, the name */

        if (*text != '\0' &&
            umk_app_pattern_match(pattern, slash != NULL ? slash + 1 : text, gave_up))
            return TRUE;
    }
    return FALSE;
}

static char *
tell_pattern(gsize n, gsize n_given_up, gboolean stopped)
{
    if (stopped)
        return g_strdup(_("This pattern takes too long; only a part was looked at."));
    if (n_given_up > 0)
        return g_strdup_printf(
            ngettext(
                "This pattern takes too many steps on %'zu item, which was left out.",
                "This pattern takes too many steps on %'zu items, which were left out.",
                n_given_up),
            n_given_up);
    if (n == MOST_FOUND)
        return g_strdup_printf(_("The first %u; there may be more."), MOST_FOUND);
    return n == 0 ? g_strdup(_("No title and no text matches this pattern.")) : NULL;
}

static UmkAppAnswer *
find_pattern(const Asking *asking, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkAppPattern) pattern = umk_app_pattern_new(asking->text, NULL, error);
    g_autoptr(UmkCollection) reader = NULL;
    g_autoptr(GListStore) rows = g_list_store_new(UMK_APP_TYPE_ROW);
    g_auto(GStrv) captions = NULL;
    g_auto(GStrv) texts = NULL;
    g_auto(GStrv) paths = NULL;
    g_autoptr(GTimer) timer = g_timer_new();
    g_autofree char *note = NULL;
    gsize n = umk_app_source_get_n_items(asking->source), found = 0, lost = 0;
    gboolean stopped = FALSE;

    if (pattern == NULL)
        return NULL;
    reader = umk_app_source_dup_reader(asking->source);
    captions = dup_column(reader, "caption");
    texts = dup_column(reader, "text");
    paths = dup_column(reader, "path");
    for (gsize row = 0; row < n && found < MOST_FOUND && !stopped; row++) {
        char **columns[] = {captions, texts, paths};
        gboolean gave_up = FALSE;

        if (row % 256 == 0 && g_cancellable_set_error_if_cancelled(cancellable, error))
            return NULL;
        stopped = row % 256 == 0 && g_timer_elapsed(timer, NULL) > PATIENCE;
        if (!(asking->mask & 1u << umk_app_source_get_modality(asking->source, row)))
            continue;
        if (row_matches(pattern, columns, G_N_ELEMENTS(columns), row, &gave_up)) {
            add_row(rows, asking->source, row);
            found++;
        } else {
            lost += gave_up ? 1 : 0;
        }
    }
    note = tell_pattern(found, lost, stopped);
    return umk_app_answer_new_plain(G_LIST_MODEL(rows), note);
}

/* ---- an item ------------------------------------------------------------------------
 */

static UmkAppAnswer *
find_item(const Asking *asking, GError **error)
{
    UmkCollection *collection = umk_app_source_get_collection(asking->source);
    g_autoptr(GListStore) rows = g_list_store_new(UMK_APP_TYPE_ROW);
    g_autofree char *note = NULL;
    gsize n = umk_app_source_get_n_items(asking->source), row;
    guint64 number;

    if (umk_collection_find(collection, asking->text, &row) ||
        umk_collection_find_named(collection, asking->text, &row)) {
        add_row(rows, asking->source, row);
    } else if (g_ascii_string_to_unsigned(asking->text, 10, 0, G_MAXUINT32, &number,
                                          NULL) &&
               number < n) {
        add_row(rows, asking->source, (gsize) number);
    } else {
        /* Translators: what was typed behind #, the largest row */
        note = g_strdup_printf(_("No item is called “%s”; rows go from 0 to %'zu."),
                               asking->text, n > 0 ? n - 1 : 0);
    }
    return umk_app_answer_new_plain(G_LIST_MODEL(rows), note);
}

/* ---- a formula ----------------------------------------------------------------------
 */

static UmkAppAnswer *
find_formula(const Asking *asking, GCancellable *cancellable, GError **error)
{
    UmkCollection *collection = umk_app_source_get_collection(asking->source);
    g_autoptr(UmkFormula) formula = umk_formula_new(asking->text, error);
    g_autoptr(GBytes) named = NULL;
    g_autoptr(UmkMatrix) sum = NULL;
    g_autoptr(UmkSearch) search = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GListModel) rows = NULL;
    const guint64 *own;
    gsize size;

    if (formula == NULL)
        return NULL;
    sum = umk_collection_embed_formula(collection, umk_registry_get_default(), formula,
                                       &named, cancellable, error);
    if (sum == NULL)
        return NULL;
    search = umk_search_new(collection);
    umk_search_set_vectors(search, sum);
    umk_search_set_modalities(search, asking->mask);
    own = g_bytes_get_data(named, &size);
    for (gsize i = 0; i < size / sizeof *own; i++)
        umk_search_exclude(search, (gsize) own[i]);
    hits = umk_search_run(search, asking->k, cancellable, NULL, NULL, error);
    if (hits == NULL)
        return NULL;
    rows = umk_app_query_make_rows(asking->source, hits);
    return umk_app_answer_new_plain(rows, NULL);
}

/* ---- a vector -----------------------------------------------------------------------
 */

static UmkMatrix *
read_vector(const Asking *asking, GError **error)
{
    g_autoptr(UmkMatrix) rows = asking->path != NULL
                                    ? umk_vectors_read(asking->path, NULL, error)
                                    : umk_vectors_parse(asking->text, NULL, error);

    if (rows == NULL || umk_matrix_get_n_rows(rows) == 1)
        return g_steal_pointer(&rows);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” holds %zu vectors; one at a time can be asked for"), asking->text,
                umk_matrix_get_n_rows(rows));
    return NULL;
}

static UmkAppAnswer *
find_vector(const Asking *asking, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkMatrix) vector = read_vector(asking, error);
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GListModel) rows = NULL;
    g_autofree char *note = NULL;
    gsize n;

    if (vector == NULL)
        return NULL;
    hits = umk_collection_search(umk_app_source_get_collection(asking->source), vector,
                                 asking->k, asking->mask, cancellable, error);
    if (hits == NULL)
        return NULL;
    rows = umk_app_query_make_rows(asking->source, hits);
    n = umk_matrix_get_n_cols(vector);
    /* what was typed has this in its heading */
    if (asking->path != NULL && g_list_model_get_n_items(rows) > 0)
        note = g_strdup_printf(
            ngettext("A vector of %'zu number", "A vector of %'zu numbers", n), n);
    return umk_app_answer_new_plain(rows, note);
}

static gpointer
work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Asking *asking = data;

    switch (asking->ask) {
    case UMK_APP_ASK_WORDS:
        return find_words(asking, cancellable, error);
    case UMK_APP_ASK_PATTERN:
        return find_pattern(asking, cancellable, error);
    case UMK_APP_ASK_ITEM:
        return find_item(asking, error);
    case UMK_APP_ASK_FORMULA:
        return find_formula(asking, cancellable, error);
    case UMK_APP_ASK_VECTOR:
        return find_vector(asking, cancellable, error);
    case UMK_APP_ASK_ANY:
    case UMK_APP_ASK_MEANING:
    case UMK_APP_N_ASKS:
    default:
        g_return_val_if_reached(NULL);
    }
}

UmkAppJob *
umk_app_query_ask(UmkAppSource *source,
                  const UmkAppQuestion *question,
                  guint k,
                  guint mask,
                  UmkAppJobDone done,
                  GObject *owner)
{
    Asking *asking = g_new0(Asking, 1);

    asking->source = g_object_ref(source);
    asking->ask = question->ask;
    asking->text = g_strdup(question->text);
    asking->path = g_strdup(question->path);
    asking->k = k;
    asking->mask = mask;
    return umk_app_job_start(_("Searching"), work, asking, asking_free, g_object_unref,
                             done, owner);
}
