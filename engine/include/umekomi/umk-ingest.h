/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders, files, tables and graphs into a collection. */
#ifndef UMK_INGEST_H
#define UMK_INGEST_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

typedef struct _UmkIngestReport UmkIngestReport; /* what an ingest did */

#define UMK_TYPE_INGEST_REPORT (umk_ingest_report_get_type())
GType umk_ingest_report_get_type(void) G_GNUC_CONST;

gboolean umk_modality_of_file(const char *path, UmkModality *modality);
const UmkParamSpec *umk_ingest_get_params(gsize *n_specs);
UmkIngestReport *umk_collection_ingest(UmkCollection *collection,
                                       UmkRegistry *registry,
                                       const char *const *paths,
                                       UmkParams *params,
                                       GCancellable *cancellable,
                                       UmkProgressFunc progress,
                                       gpointer progress_data,
                                       GError **error);
GBytes *
umk_collection_dup_edges(UmkCollection *self, GCancellable *cancellable, GError **error);
UmkIngestReport *umk_ingest_report_ref(UmkIngestReport *self);
void umk_ingest_report_unref(UmkIngestReport *self);
gsize umk_ingest_report_get_n_added(UmkIngestReport *self, UmkModality modality);
gsize umk_ingest_report_get_n_skipped(UmkIngestReport *self);
gsize umk_ingest_report_get_n_failures(UmkIngestReport *self);
const char *
umk_ingest_report_get_failure(UmkIngestReport *self, gsize position, const char **path);
char **umk_ingest_report_list_notes(UmkIngestReport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkIngestReport, umk_ingest_report_unref)

G_END_DECLS

#endif
