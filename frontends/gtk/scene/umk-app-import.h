/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what was dropped to items of a collection. A new collection is made under another
 * name and takes its own only when it is whole. Not for the main thread. */
#pragma once

#include "umk-app-intake.h"

G_BEGIN_DECLS

typedef struct {
    char *path; /* of the collection */
    gsize n_added;
    GPtrArray *failures; /* char *: what, why, what, why, … */
} UmkAppImportReport;

typedef struct {
    UmkAppIntake *intake;
    char *target;      /* the collection; made if it is not there */
    UmkAppRole *roles; /* of the columns of a table */
} UmkAppImport;

/* Takes the intake. */
UmkAppImport *umk_app_import_new(UmkAppIntake *intake, const char *target);
void umk_app_import_free(UmkAppImport *self);
UmkAppImportReport *umk_app_import_run(UmkAppImport *self,
                                       GCancellable *cancellable,
                                       UmkProgressFunc progress,
                                       gpointer progress_data,
                                       GError **error);
void umk_app_import_report_free(UmkAppImportReport *report);
/* A collection in the space of that model; NULL: the built-in one. */
UmkCollection *umk_app_import_create(const char *path,
                                     const char *model,
                                     GCancellable *cancellable,
                                     GError **error);
/* A folder that was half made, with all that is in it. */
void umk_app_import_remove(const char *path);
/* "folder/name.ume", or with a number where that is taken. */
char *umk_app_import_make_path(const char *folder, const char *name);
/* The items of a row of a table; NULL: there is nothing to embed. */
UmkItem *umk_app_import_make_item(const UmkAppTable *table,
                                  const UmkAppRole *roles,
                                  char **cells,
                                  gsize row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppImport, umk_app_import_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppImportReport, umk_app_import_report_free)

G_END_DECLS
