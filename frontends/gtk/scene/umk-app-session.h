/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a window showed, kept for the next time: the collection, the layout with its
 * recipe, colours, filter, selection, look, view. Taken from the scene in the main
 * thread, at no cost; written and read in jobs. */
#pragma once

#include "umk-app-scene.h"

G_BEGIN_DECLS

typedef struct {
    char *path; /* of the collection */
    char *uuid;
    guint64 n_items;
    gint64 time;    /* Unix seconds */
    double view[3]; /* middle and scale; scale 0: not known */
    char *search;   /* or NULL */
    char *item;     /* id of the one that is looked at, or NULL */
    int metric;     /* of neighbours, a UmkMetric; -1: as the space's own */
    gboolean left, right;

    UmkAppLook look;
    UmkAppLayout *layout;   /* NULL: the source's own */
    char *colour_key;       /* or NULL */
    UmkAppClasses *classes; /* NULL: by the key */
    UmkAppFilter *filter;
    UmkAppFade *fade;      /* or NULL */
    UmkAppRows *selection; /* or NULL */
} UmkAppSession;

/* NULL without a source. */
UmkAppSession *umk_app_session_new(UmkAppScene *scene);
void umk_app_session_free(UmkAppSession *self);

/* file: "….json"; places lie in a file beside it. Atomic. */
gboolean
umk_app_session_save(const UmkAppSession *self, const char *file, GError **error);
/* Places are sorted here, so not for the main thread. */
UmkAppSession *umk_app_session_load(const char *file, GError **error);
/* Whether the rest belongs to that source: the same collection, no shorter than it was.
 */
gboolean umk_app_session_fits(const UmkAppSession *self, UmkAppSource *source);
/* deed: of the one step that it is; NULL for none. */
void
umk_app_session_apply(const UmkAppSession *self, UmkAppScene *scene, const char *deed);
void umk_app_session_remove(const char *file);

/* Where sessions are kept. */
char *umk_app_session_dup_last_file(void);
char *umk_app_session_make_own_file(void);
/* The one to come back to, or NULL; crashed: its window was never closed. */
char *umk_app_session_find(gboolean *crashed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppSession, umk_app_session_free)

G_END_DECLS
