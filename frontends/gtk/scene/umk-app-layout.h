/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places for the items of a collection and how they were found: the method, its recipe,
 * what its axes mean. Immutable, shared by reference; made in any thread. */
#pragma once

#include <umekomi/umekomi.h>

#include "umk-app-points.h"

G_BEGIN_DECLS

typedef struct {
    gatomicrefcount references;
    char *method;      /* as in umk_projection_list_methods(), or "audit" */
    char *title;       /* of the method, for people */
    char *recipe;      /* JSON of umk_projection_to_json(), or NULL */
    char *means;       /* of each kind, taken off first: umk-app-means.h; or NULL */
    UmkMatrix *coords; /* n × 2 or 3, of the rows below */
    GBytes *rows;      /* guint64: row of the collection */
    UmkAppPoints *points;
    double explained;      /* share of variance two axes keep; negative: not known */
    gsize n_placed;        /* of the points: placed when the rest had been laid out */
    gsize n_missing;       /* items of the space that came later and have no place */
    guint epoch, n_epochs; /* of a fit under way; epoch == n_epochs: it has settled */
    char *left, *right;    /* what lies at the ends of an axis across, or NULL */
    char *bottom, *top;    /* and of an axis upward, or NULL */
    double zero;           /* where on the axis across neither side has more */
    double zero_up;        /* and on the axis upward; NaN in either: nowhere */
} UmkAppLayout;

/* coords: transfer none; n_items: of the collection. */
UmkAppLayout *umk_app_layout_new(const char *method,
                                 const char *title,
                                 UmkMatrix *coords,
                                 GBytes *rows,
                                 gsize n_items);
UmkAppLayout *umk_app_layout_new_from_projection(UmkProjection *projection,
                                                 GBytes *rows,
                                                 gsize n_items);
/* JSON of how it was made and what its axes mean, to be kept beside its places, and back;
 * places: n_items × 2 or 3, NaN where an item has none. NULL: not one of ours. */
char *umk_app_layout_to_json(const UmkAppLayout *self);
UmkMatrix *
umk_app_layout_dup_places(const UmkAppLayout *self, gsize n_items, GError **error);
UmkAppLayout *umk_app_layout_new_from_json(const char *json, UmkMatrix *places);
UmkAppLayout *umk_app_layout_ref(UmkAppLayout *self);
void umk_app_layout_unref(UmkAppLayout *self);
gboolean umk_app_layout_is_settled(const UmkAppLayout *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppLayout, umk_app_layout_unref)

G_END_DECLS
