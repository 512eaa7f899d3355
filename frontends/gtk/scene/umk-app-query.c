/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns a question into an answer: embed with the collection's model, search, wrap the
 * hits, and ask the model whether it knows what it was asked about. */
#include "umk-app-query.h"

#include "umk-app-answer.h"
#include "umk-app-modality.h"
#include "umk-app-row.h"

#include <glib/gi18n.h>

#define MOST_KNOWN  5u  /* names of what the model does know */
#define MOST_JUDGED 16u /* texts that are looked at for them */

typedef struct {
    UmkAppSource *source;
    UmkItem *item; /* NULL: neighbours of row */
    guint32 row;
    guint k, mask;
} Query;

static void
query_free(gpointer data)
{
    Query *query = data;

    g_clear_pointer(&query->item, umk_item_unref);
    g_object_unref(query->source);
    g_free(query);
}

GListModel *
umk_app_query_make_rows(UmkAppSource *source, UmkHits *hits)
{
    GListStore *rows = g_list_store_new(UMK_APP_TYPE_ROW);

    for (guint rank = 0; rank < umk_hits_get_n_hits(hits, 0); rank++) {
        float score;
        gsize at = umk_hits_get(hits, 0, rank, &score);
        g_autoptr(UmkAppRow) row = NULL;

        if (at >= umk_app_source_get_n_items(source))
            continue;
        row = umk_app_row_new(source, (guint32) at, score);
        g_list_store_append(rows, row);
    }
    return G_LIST_MODEL(rows);
}

static gpointer
find_neighbours(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Query *query = data;
    g_autoptr(UmkHits) hits =
        umk_collection_search_item(umk_app_source_get_collection(query->source),
                                   query->row, query->k, query->mask, cancellable, error);

    return hits != NULL ? umk_app_query_make_rows(query->source, hits) : NULL;
}

/* A broken meter keeps nobody from searching; what is wrong with the item itself the
 * search says. */
static UmkKnowledge
judge(UmkModel *model, UmkItem *item, GCancellable *cancellable)
{
    UmkKnowledge knowledge = UMK_KNOWLEDGE_UNKNOWN;
    g_autoptr(GError) error = NULL;

    if (umk_model_judge(model, item, &knowledge, NULL, cancellable, &error))
        return knowledge;
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_message("%s", error->message);
    return UMK_KNOWLEDGE_UNKNOWN;
}

/* The names of the texts nearest to a question that the model does know: a meter keeps no
 * names, so those of the collection are judged in their order. */
static char **
name_known(const Query *query,
           UmkModel *model,
           UmkMatrix *vector,
           GCancellable *cancellable)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkHits) hits = NULL;
    guint n = 0;

    if (umk_model_has_meter(model, UMK_MODALITY_TEXT))
        hits = umk_collection_search(umk_app_source_get_collection(query->source), vector,
                                     MOST_JUDGED, 1u << UMK_MODALITY_TEXT, cancellable,
                                     NULL);
    n = hits != NULL ? umk_hits_get_n_hits(hits, 0) : 0;
    for (guint rank = 0; rank < n && names->len < MOST_KNOWN; rank++) {
        gsize at = umk_hits_get(hits, 0, rank, NULL);
        g_autoptr(UmkItem) item = at < umk_app_source_get_n_items(query->source)
                                      ? umk_app_source_dup_item(query->source, at)
                                      : NULL;
        g_autofree char *title = item != NULL ? umk_app_item_dup_title(item) : NULL;
        g_autofree char *name = title != NULL ? umk_app_text_tidy(title, 24) : NULL;

        if (name != NULL &&
            !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL) &&
            judge(model, item, cancellable) == UMK_KNOWLEDGE_INSIDE)
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static gpointer
answer(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Query *query = data;
    UmkCollection *collection = umk_app_source_get_collection(query->source);
    UmkModel *model = umk_app_source_get_model(
        query->source, umk_item_get_modality(query->item), cancellable, error);
    g_autoptr(UmkMatrix) vector = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GListModel) rows = NULL;
    g_auto(GStrv) known = NULL;
    UmkKnowledge knowledge;

    if (model == NULL)
        return NULL;
    vector =
        umk_collection_embed_query(collection, model, query->item, cancellable, error);
    if (vector == NULL)
        return NULL;
    hits = umk_collection_search(collection, vector, query->k, query->mask, cancellable,
                                 error);
    if (hits == NULL)
        return NULL;
    rows = umk_app_query_make_rows(query->source, hits);
    knowledge = judge(model, query->item, cancellable);
    if (knowledge == UMK_KNOWLEDGE_OUTSIDE)
        known = name_known(query, model, vector, cancellable);
    return umk_app_answer_new(rows, knowledge, umk_model_get_id(model),
                              (const char *const *) known);
}

static UmkAppJob *
start(UmkAppSource *source,
      UmkItem *item,
      guint32 row,
      guint k,
      guint mask,
      UmkAppJobDone done,
      GObject *owner)
{
    Query *query = g_new0(Query, 1);

    query->source = g_object_ref(source);
    query->item = item;
    query->row = row;
    query->k = k;
    query->mask = mask;
    return umk_app_job_start(_("Searching"), item != NULL ? answer : find_neighbours,
                             query, query_free, g_object_unref, done, owner);
}

UmkAppJob *
umk_app_query_text(UmkAppSource *source,
                   const char *text,
                   guint k,
                   guint mask,
                   UmkAppJobDone done,
                   GObject *owner)
{
    return start(source, umk_item_new_for_text(text), 0, k, mask, done, owner);
}

UmkAppJob *
umk_app_query_file(UmkAppSource *source,
                   const char *path,
                   UmkModality modality,
                   guint k,
                   guint mask,
                   UmkAppJobDone done,
                   GObject *owner)
{
    return start(source, umk_item_new_for_file(modality, path), 0, k, mask, done, owner);
}

UmkAppJob *
umk_app_query_row(UmkAppSource *source,
                  guint32 row,
                  guint k,
                  guint mask,
                  UmkAppJobDone done,
                  GObject *owner)
{
    return start(source, NULL, row, k, mask, done, owner);
}

/* Pictures and sounds only: these can be searched with. */
gboolean
umk_app_query_guess_modality(const char *path, UmkModality *modality)
{
    g_autofree char *content = g_content_type_guess(path, NULL, 0, NULL);
    g_autofree char *mime = g_content_type_get_mime_type(content);

    if (mime != NULL && g_str_has_prefix(mime, "image/"))
        *modality = UMK_MODALITY_IMAGE;
    else if (mime != NULL &&
             (g_str_has_prefix(mime, "audio/") || g_str_equal(mime, "application/ogg")))
        *modality = UMK_MODALITY_AUDIO;
    else
        return FALSE;
    return TRUE;
}
