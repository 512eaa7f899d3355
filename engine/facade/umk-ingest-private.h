/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One ingest under way, as the readers of single kinds of file see it. */
#pragma once

#include "facade/umk-kinds-private.h"

#include <umekomi/umk-ingest.h>

/* Begins the id of the model that holds the nodes of a graph; the graph's id follows. */
#define UMK_INGEST_NODE2VEC "node2vec:"

typedef struct _UmkSidecar UmkSidecar;
struct _UmkTable;

struct _UmkIngest {
    UmkCollection *collection;
    UmkRegistry *registry;
    UmkParams *params;
    UmkModel *model; /* loaded when the first item needs it */
    UmkIngestReport *report;
    UmkRun *run;
    UmkItems *pending;   /* scanned, not yet embedded */
    GPtrArray *graphs;   /* path, id, path, id, ... : trained after all other items */
    UmkSidecar *sidecar; /* of the folder visited last */
    gsize n_nodes;       /* of the last graph trained */
    gboolean fatal;      /* the collection or model failed, not the file at hand */
};

void
_umk_ingest_add(UmkIngest *ingest, UmkItem *item, const char *id, const char *source);
void _umk_ingest_describe(UmkIngest *ingest, UmkItem *item, const char *path);
void _umk_sidecar_free(UmkSidecar *sidecar);
gboolean _umk_table_is_sidecar(const char *path, struct _UmkTable *table);
void _umk_ingest_fail(UmkIngest *ingest, const char *path, const char *message);
void _umk_ingest_note(UmkIngest *ingest, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Embeds and commits what is pending once there is a batch of it. An error ends the
 * whole. */
gboolean _umk_ingest_flush_full(UmkIngest *ingest, GError **error);
UmkModel *_umk_ingest_get_model(UmkIngest *ingest, GError **error);

gboolean
_umk_ingest_text(UmkIngest *ingest, const char *path, const char *id, GError **error);
gboolean
_umk_ingest_image(UmkIngest *ingest, const char *path, const char *id, GError **error);
gboolean
_umk_ingest_audio(UmkIngest *ingest, const char *path, const char *id, GError **error);
gboolean
_umk_ingest_table(UmkIngest *ingest, const char *path, const char *id, GError **error);
gboolean
_umk_ingest_graph(UmkIngest *ingest, const char *path, const char *id, GError **error);
gboolean _umk_ingest_train_graph(UmkIngest *ingest,
                                 const char *path,
                                 const char *id,
                                 GError **error);
