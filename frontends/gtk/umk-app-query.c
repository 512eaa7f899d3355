/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns a question into rows: embed with the collection's model, search, wrap the hits.
 */
#include "umk-app-query.h"

#include "umk-app-row.h"

#include <glib/gi18n.h>

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

static UmkHits *
search(const Query *query, GCancellable *cancellable, GError **error)
{
    UmkCollection *collection = umk_app_source_get_collection(query->source);
    g_autoptr(UmkMatrix) vector = NULL;
    UmkModel *model;

    if (query->item == NULL)
        return umk_collection_search_item(collection, query->row, query->k, query->mask,
                                          cancellable, error);
    model = umk_app_source_get_model(query->source, umk_item_get_modality(query->item),
                                     cancellable, error);
    if (model == NULL)
        return NULL;
    vector =
        umk_collection_embed_query(collection, model, query->item, cancellable, error);
    if (vector == NULL)
        return NULL;
    return umk_collection_search(collection, vector, query->k, query->mask, cancellable,
                                 error);
}

static gpointer
work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Query *query = data;
    g_autoptr(UmkHits) hits = search(query, cancellable, error);
    GListStore *rows;

    if (hits == NULL)
        return NULL;
    rows = g_list_store_new(UMK_APP_TYPE_ROW);
    for (guint rank = 0; rank < umk_hits_get_n_hits(hits, 0); rank++) {
        float score;
        gsize at = umk_hits_get(hits, 0, rank, &score);
        g_autoptr(UmkAppRow) row = NULL;

        if (at >= umk_app_source_get_n_items(query->source))
            continue;
        row = umk_app_row_new(query->source, (guint32) at, score);
        g_list_store_append(rows, row);
    }
    return rows;
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
    return umk_app_job_start(_("Searching"), work, query, query_free, g_object_unref,
                             done, owner);
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
