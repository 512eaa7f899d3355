/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What SQLite's full-text module is taught: our terms, and BM25 (Robertson and Zaragoza
 * 2009, The Probabilistic Relevance Framework, eq. 3.15) with the inverse document
 * frequency that is never negative, ln(1 + (N - n + 0.5) / (n + 0.5)), which SQLite's own
 * bm25() has not. */
#include "store/umk-words-private.h"

#include "store/umk-meta-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_QUERY_TERMS 256

/* ---- tokenizer -------------------------------------------------------------------- */

typedef struct {
    gpointer context;
    int (*token)(void *, int, const char *, int, int, int);
    int code;
} Sink;

static gboolean
pass_term(const char *term, gsize len, gboolean prefix, gpointer data)
{
    Sink *sink = data;

    sink->code = sink->token(sink->context, 0, term, (int) len, 0, 0);
    return sink->code == SQLITE_OK;
}

static int
tokenizer_create(void *context, const char **args, int n_args, Fts5Tokenizer **tokenizer)
{
    static int one;

    *tokenizer = (Fts5Tokenizer *) &one;
    return SQLITE_OK;
}

static void
tokenizer_delete(Fts5Tokenizer *tokenizer)
{
}

static int
tokenize(Fts5Tokenizer *tokenizer,
         void *context,
         int flags,
         const char *text,
         int len,
         int (*token)(void *, int, const char *, int, int, int))
{
    Sink sink = {.context = context, .token = token, .code = SQLITE_OK};

    if (text == NULL || len <= 0)
        return SQLITE_OK;
    /* Queries are written by _umk_words_query() out of terms that are ready. */
    if (flags & FTS5_TOKENIZE_QUERY)
        return token(context, 0, text, len, 0, len);
    _umk_terms(text, len, FALSE, pass_term, &sink);
    return sink.code;
}

/* ---- BM25 ------------------------------------------------------------------------- */

typedef struct {
    int n_phrases;
    double mean_length;
    double *weights;     /* (n_phrases) */
    double *frequencies; /* (n_phrases), of the row at hand */
} Bm25;

static void
bm25_free(void *data)
{
    Bm25 *bm25 = data;

    g_free(bm25->weights);
    g_free(bm25->frequencies);
    g_free(bm25);
}

static int
count_row(const Fts5ExtensionApi *api, Fts5Context *context, void *data)
{
    (*(gint64 *) data)++;
    return SQLITE_OK;
}

/* Once a query, kept by SQLite. */
static int
bm25_prepare(const Fts5ExtensionApi *api, Fts5Context *context, Bm25 **out)
{
    Bm25 *bm25 = g_new0(Bm25, 1);
    gint64 n_rows = 0, n_terms = 0;
    int code = api->xRowCount(context, (sqlite3_int64 *) &n_rows);

    bm25->n_phrases = api->xPhraseCount(context);
    bm25->weights = g_new0(double, (gsize) bm25->n_phrases + 1);
    bm25->frequencies = g_new0(double, (gsize) bm25->n_phrases + 1);
    if (code == SQLITE_OK)
        code = api->xColumnTotalSize(context, -1, (sqlite3_int64 *) &n_terms);
    bm25->mean_length =
        n_rows > 0 && n_terms > 0 ? (double) n_terms / (double) n_rows : 1;
    for (int i = 0; i < bm25->n_phrases && code == SQLITE_OK; i++) {
        gint64 n = 0;

        code = api->xQueryPhrase(context, i, &n, count_row);
        bm25->weights[i] = log(1 + ((double) (n_rows - n) + 0.5) / ((double) n + 0.5));
    }
    if (code == SQLITE_OK)
        code = api->xSetAuxdata(context, bm25, bm25_free);
    else
        bm25_free(bm25);
    *out = bm25;
    return code;
}

static int
bm25_score(const Fts5ExtensionApi *api,
           Fts5Context *context,
           Bm25 *bm25,
           double k1,
           double b,
           double *score)
{
    int n_instances = 0, length = 0, code = api->xInstCount(context, &n_instances);
    double norm;

    memset(bm25->frequencies, 0, (gsize) bm25->n_phrases * sizeof(double));
    for (int i = 0; i < n_instances && code == SQLITE_OK; i++) {
        int phrase = 0, column, offset;

        code = api->xInst(context, i, &phrase, &column, &offset);
        bm25->frequencies[phrase] += 1;
    }
    if (code == SQLITE_OK)
        code = api->xColumnSize(context, -1, &length);
    norm = k1 * (1 - b + b * (double) length / bm25->mean_length);
    *score = 0;
    for (int i = 0; i < bm25->n_phrases; i++)
        if (bm25->frequencies[i] > 0)
            *score += bm25->weights[i] * bm25->frequencies[i] * (k1 + 1) /
                      (bm25->frequencies[i] + norm);
    return code;
}

static void
bm25_function(const Fts5ExtensionApi *api,
              Fts5Context *context,
              sqlite3_context *result,
              int n_args,
              sqlite3_value **args)
{
    Bm25 *bm25 = api->xGetAuxdata(context, 0);
    double k1 = n_args > 0 ? sqlite3_value_double(args[0]) : UMK_WORDS_K1;
    double b = n_args > 1 ? sqlite3_value_double(args[1]) : UMK_WORDS_B;
    double score = 0;
    int code = SQLITE_OK;

    if (bm25 == NULL)
        code = bm25_prepare(api, context, &bm25);
    if (code == SQLITE_OK)
        code = bm25_score(api, context, bm25, k1, b, &score);
    if (code == SQLITE_OK)
        sqlite3_result_double(result, score);
    else
        sqlite3_result_error_code(result, code);
}

/* ---- registering ------------------------------------------------------------------ */

static fts5_api *
find_module(sqlite3 *db)
{
    g_autoptr(sqlite3_stmt) select = _umk_meta_prepare(db, "SELECT fts5(?1)", NULL);
    fts5_api *api = NULL;

    if (select == NULL)
        return NULL;
    sqlite3_bind_pointer(select, 1, &api, "fts5_api_ptr", NULL);
    sqlite3_step(select);
    return api;
}

gboolean
_umk_words_register(sqlite3 *db, GError **error)
{
    static fts5_tokenizer tokenizer = {tokenizer_create, tokenizer_delete, tokenize};
    fts5_api *api = find_module(db);

    if (api == NULL || api->iVersion < 2) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("Searching by words needs an SQLite with its full-text "
                              "module FTS5"));
        return FALSE;
    }
    if (api->xCreateTokenizer(api, "umk", NULL, &tokenizer, NULL) != SQLITE_OK ||
        api->xCreateFunction(api, "umk_bm25", NULL, bm25_function, NULL) != SQLITE_OK)
        return _umk_meta_set_error(db, error);
    return TRUE;
}

/* ---- queries ---------------------------------------------------------------------- */

typedef struct {
    GString *out;
    guint n;
} Query;

static gboolean
add_term(const char *term, gsize len, gboolean prefix, gpointer data)
{
    Query *query = data;

    g_string_append(query->out, query->n > 0 ? " OR \"" : "\"");
    g_string_append_len(query->out, term, (gssize) len);
    g_string_append(query->out, prefix ? "\" *" : "\"");
    return ++query->n < MAX_QUERY_TERMS;
}

char *
_umk_words_query(const char *text)
{
    Query query = {.out = g_string_new(NULL)};

    _umk_terms(text, -1, TRUE, add_term, &query);
    return g_string_free(query.out, query.n == 0);
}
