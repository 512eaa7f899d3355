/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's store of models: what is put there is found by name everywhere. */
#ifndef UMK_HUB_H
#define UMK_HUB_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkHubFlags:
 * @UMK_HUB_DEFAULT: link a folder that is added; refuse what is not encrypted
 * @UMK_HUB_COPY: copy a folder that is added
 * @UMK_HUB_ALLOW_HTTP: download over plain HTTP from other machines too
 *
 * How umk_hub_add() and umk_hub_pull() go about it.
 */
typedef enum {
    UMK_HUB_DEFAULT = 0,
    UMK_HUB_COPY = 1 << 0,
    UMK_HUB_ALLOW_HTTP = 1 << 1
} UmkHubFlags;

char *umk_hub_get_folder(void);
char *umk_hub_add(const char *path,
                  const char *name,
                  UmkHubFlags flags,
                  GCancellable *cancellable,
                  UmkProgressFunc progress,
                  gpointer progress_data,
                  GError **error);
gboolean umk_hub_remove(const char *name, GError **error);
char *umk_hub_pull(const char *source,
                   const char *name,
                   UmkHubFlags flags,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error);
char *umk_hub_dup_source(const char *name);

G_END_DECLS

#endif
