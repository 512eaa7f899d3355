/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows, and the list of all rows of a collection. */
#include "umk-app-row.h"

#include <math.h>

struct _UmkAppRow {
    GObject parent_instance;
    UmkAppSource *source;
    guint32 row;
    float score; /* NaN for none */
    int kept, metric;
    UmkItem *item;
};

G_DEFINE_FINAL_TYPE(UmkAppRow, umk_app_row, G_TYPE_OBJECT)

static void
umk_app_row_finalize(GObject *object)
{
    UmkAppRow *self = UMK_APP_ROW(object);

    g_clear_pointer(&self->item, umk_item_unref);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(umk_app_row_parent_class)->finalize(object);
}

static void
umk_app_row_class_init(UmkAppRowClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_row_finalize;
}

static void
umk_app_row_init(UmkAppRow *self)
{
    self->score = NAN;
    self->kept = self->metric = -1;
}

UmkAppRow *
umk_app_row_new(UmkAppSource *source, guint32 row, float score)
{
    UmkAppRow *self = g_object_new(UMK_APP_TYPE_ROW, NULL);

    self->source = g_object_ref(source);
    self->row = row;
    self->score = score;
    return self;
}

UmkAppSource *
umk_app_row_get_source(UmkAppRow *self)
{
    return self->source;
}

guint32
umk_app_row_get_row(UmkAppRow *self)
{
    return self->row;
}

float
umk_app_row_get_score(UmkAppRow *self)
{
    return self->score;
}

void
umk_app_row_set_kept(UmkAppRow *self, int kept)
{
    self->kept = kept;
}

int
umk_app_row_get_kept(UmkAppRow *self)
{
    return self->kept;
}

void
umk_app_row_set_metric(UmkAppRow *self, int metric)
{
    self->metric = metric;
}

int
umk_app_row_get_metric(UmkAppRow *self)
{
    return self->metric;
}

/* NULL if it cannot be read. */
UmkItem *
umk_app_row_get_item(UmkAppRow *self)
{
    if (self->item == NULL)
        self->item = umk_app_source_dup_item(self->source, self->row);
    return self->item;
}

/* ---- all rows
 * ------------------------------------------------------------------------------ */

struct _UmkAppCollectionModel {
    GObject parent_instance;
    UmkAppSource *source;
};

static GType
get_item_type(GListModel *model)
{
    return UMK_APP_TYPE_ROW;
}

static guint
get_n_items(GListModel *model)
{
    UmkAppCollectionModel *self = UMK_APP_COLLECTION_MODEL(model);

    return (guint) MIN(umk_app_source_get_n_items(self->source), G_MAXINT);
}

static gpointer
get_item(GListModel *model, guint position)
{
    UmkAppCollectionModel *self = UMK_APP_COLLECTION_MODEL(model);

    if (position >= get_n_items(model))
        return NULL;
    return umk_app_row_new(self->source, position, NAN);
}

static void
list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = get_item_type;
    iface->get_n_items = get_n_items;
    iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(UmkAppCollectionModel,
                              umk_app_collection_model,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

static void
umk_app_collection_model_finalize(GObject *object)
{
    g_clear_object(&UMK_APP_COLLECTION_MODEL(object)->source);
    G_OBJECT_CLASS(umk_app_collection_model_parent_class)->finalize(object);
}

static void
umk_app_collection_model_class_init(UmkAppCollectionModelClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_collection_model_finalize;
}

static void
umk_app_collection_model_init(UmkAppCollectionModel *self)
{
}

GListModel *
umk_app_collection_model_new(UmkAppSource *source)
{
    UmkAppCollectionModel *self = g_object_new(UMK_APP_TYPE_COLLECTION_MODEL, NULL);

    self->source = g_object_ref(source);
    return G_LIST_MODEL(self);
}
