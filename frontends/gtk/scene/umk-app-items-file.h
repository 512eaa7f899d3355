/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items of the scene as a file: what is known of each, where it stands on the map, its
 * vector. The suffix is the format: .csv, .tsv, .jsonl, or .npy with the names in a text
 * file beside it. Written row by row in a job. */
#pragma once

#include "umk-app-scene.h"

G_BEGIN_DECLS

typedef struct _UmkAppItemsFile UmkAppItemsFile;

typedef struct {
    gboolean everything; /* all that is shown, though some is selected */
    gboolean places;     /* x and y on the map; not in .npy */
    gboolean vectors;    /* in .npy always */
    gboolean guarded;    /* no cell of a table is a formula to a spreadsheet */
} UmkAppItemsStyle;

/* NULL without a source. */
UmkAppItemsFile *umk_app_items_file_new(UmkAppScene *scene,
                                        const UmkAppItemsStyle *style);
void umk_app_items_file_free(UmkAppItemsFile *self);
gsize umk_app_items_file_get_n_items(UmkAppItemsFile *self);
/* n_written: items in the file; npy leaves out those without a vector in the space. */
gboolean umk_app_items_file_write(UmkAppItemsFile *self,
                                  const char *path,
                                  gsize *n_written,
                                  GCancellable *cancellable,
                                  UmkProgressFunc progress,
                                  gpointer progress_data,
                                  GError **error);
/* A cell as RFC 4180 quotes it. A guarded one that a spreadsheet would run as a formula
 * (it begins with = + - @, tab or return, and is no number) gets an apostrophe before it.
 */
void umk_app_items_append_cell(GString *line,
                               const char *text,
                               char separator,
                               gboolean guarded);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppItemsFile, umk_app_items_file_free)

G_END_DECLS
