/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collections that come with the program, made in the user's folder when they are
 * first asked for. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

typedef struct {
    const char *name; /* for the action */
    const char *icon;
    const char *title, *description; /* to be translated */
} UmkAppSample;

/* Those whose material is on this machine; NULL-terminated, freed by the caller. */
const UmkAppSample **umk_app_samples_list(void);
/* The path of the collection, ready to be opened. Not for the main thread. */
char *umk_app_sample_prepare(const char *name,
                             GCancellable *cancellable,
                             UmkProgressFunc progress,
                             gpointer progress_data,
                             GError **error);

G_END_DECLS
