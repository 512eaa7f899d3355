/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of vectors becomes a collection: nothing is embedded, the rows are the items. */
#pragma once

#include "umk-app-import.h"

G_BEGIN_DECLS

/* At path there is nothing yet. n_added: rows. */
gboolean umk_app_import_vectors(const UmkAppIntake *intake,
                                const char *path,
                                gsize *n_added,
                                GCancellable *cancellable,
                                UmkProgressFunc progress,
                                gpointer progress_data,
                                GError **error);

G_END_DECLS
