/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collection again in another place, whose files lie elsewhere than where it was made,
 * or the part of it that is of one modality: how a shipped sample is opened without
 * embedding it anew. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

/* Paths that begin with old_root begin with new_root afterwards. only: the modality whose
 * items are taken, or -1 for all. At to there is nothing yet. Not for the main thread. */
gboolean umk_app_transplant(const char *from,
                            const char *to,
                            const char *old_root,
                            const char *new_root,
                            int only,
                            GCancellable *cancellable,
                            GError **error);

G_END_DECLS
