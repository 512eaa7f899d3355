/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts the points when a layout is made, which is work for the thread that makes it. */
#include "umk-app-layout.h"

UmkAppLayout *
umk_app_layout_new(
    const char *method, const char *title, UmkMatrix *coords, GBytes *rows, gsize n_items)
{
    UmkAppLayout *self = g_new0(UmkAppLayout, 1);
    gsize n = umk_matrix_get_n_rows(coords);
    g_autofree guint32 *of_point = g_new(guint32, n + 1);
    const guint64 *of = g_bytes_get_data(rows, NULL);

    g_atomic_ref_count_init(&self->references);
    self->method = g_strdup(method);
    self->title = g_strdup(title);
    self->coords = umk_matrix_ref(coords);
    self->rows = g_bytes_ref(rows);
    self->explained = -1;
    for (gsize i = 0; i < n; i++)
        of_point[i] = (guint32) MIN(of[i], G_MAXUINT32);
    self->points = umk_app_points_new_full(
        n > 0 ? umk_matrix_get_row(coords, 0, NULL) : NULL, n,
        umk_matrix_get_n_cols(coords), umk_matrix_get_n_cols(coords) == 3 ? 3 : 2,
        of_point, n_items);
    return self;
}

UmkAppLayout *
umk_app_layout_new_from_projection(UmkProjection *projection, GBytes *rows, gsize n_items)
{
    const char *method = umk_projection_get_method(projection);
    UmkAppLayout *self =
        umk_app_layout_new(method, umk_projection_get_title(method),
                           umk_projection_get_coords(projection), rows, n_items);
    gsize n;
    const double *explained = umk_projection_get_explained(projection, &n);

    self->recipe = umk_projection_to_json(projection);
    if (explained != NULL && n >= 2)
        self->explained = explained[0] + explained[1];
    return self;
}

UmkAppLayout *
umk_app_layout_ref(UmkAppLayout *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_layout_unref(UmkAppLayout *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_free(self->method);
    g_free(self->title);
    g_free(self->recipe);
    umk_matrix_unref(self->coords);
    g_bytes_unref(self->rows);
    umk_app_points_free(self->points);
    g_free(self->left);
    g_free(self->right);
    g_free(self->bottom);
    g_free(self->top);
    g_free(self);
}

gboolean
umk_app_layout_is_settled(const UmkAppLayout *self)
{
    return self->epoch >= self->n_epochs;
}
