/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts the points when a layout is made, which is work for the thread that makes it. As
 * JSON it is the engine's recipe with the names of the axes around it. */
#include "umk-app-layout.h"

#include "umk-app-means.h"

#include <json-glib/json-glib.h>

#include <math.h>

#define FORMAT "umekomi-layout/1"

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
    GBytes *kinds;
    UmkMatrix *means = umk_projection_get_means(projection, &kinds);

    self->means = umk_app_means_to_text(means, kinds);
    self->recipe = umk_projection_to_json(projection);
    if (explained != NULL && n >= 2)
        self->explained = explained[0] + explained[1];
    return self;
}

/* ---- kept and found again ------------------------------------------------------------
 */

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static void
add_number(JsonBuilder *builder, const char *name, double number)
{
    if (!isfinite(number))
        return;
    json_builder_set_member_name(builder, name);
    json_builder_add_double_value(builder, number);
}

char *
umk_app_layout_to_json(const UmkAppLayout *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    JsonNode *recipe = self->recipe ? json_from_string(self->recipe, NULL) : NULL;

    json_builder_begin_object(builder);
    add_text(builder, "schema", FORMAT);
    add_text(builder, "method", self->method);
    add_text(builder, "title", self->title);
    add_text(builder, "left", self->left);
    add_text(builder, "right", self->right);
    add_text(builder, "bottom", self->bottom);
    add_text(builder, "top", self->top);
    add_text(builder, "means", self->means);
    add_number(builder, "explained", self->explained);
    add_number(builder, "zero", self->zero);
    add_number(builder, "zero_up", self->zero_up);
    if (self->n_placed > 0)
        add_number(builder, "n_placed", (double) self->n_placed);
    if (recipe != NULL) {
        json_builder_set_member_name(builder, "projection");
        json_builder_add_value(builder, recipe);
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

UmkMatrix *
umk_app_layout_dup_places(const UmkAppLayout *self, gsize n_items, GError **error)
{
    gsize d = umk_matrix_get_n_cols(self->coords),
          n = umk_matrix_get_n_rows(self->coords);
    g_autofree float *places = g_try_new(float, n_items *d + 1);
    const guint64 *rows = g_bytes_get_data(self->rows, NULL);

    if (places == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, "Out of memory");
        return NULL;
    }
    for (gsize i = 0; i < n_items * d; i++)
        places[i] = NAN;
    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; rows[i] < n_items && c < d; c++)
            places[rows[i] * d + c] = umk_matrix_get_row(self->coords, i, NULL)[c];
    return umk_matrix_new_from_data(n_items, d, places, error);
}

static char *
take_text(JsonObject *object, const char *name)
{
    return g_strdup(json_object_get_string_member_with_default(object, name, NULL));
}

static UmkAppLayout *
make_from_places(JsonObject *object, UmkMatrix *places)
{
    gsize n = umk_matrix_get_n_rows(places), d = umk_matrix_get_n_cols(places), k = 0;
    g_autofree float *coords = g_new(float, n *d + 1);
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autoptr(GBytes) of = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    const char *method = json_object_get_string_member_with_default(object, "method", "");
    const char *title = umk_projection_get_title(method);

    for (gsize i = 0; i < n; i++) {
        const float *place = umk_matrix_get_row(places, i, NULL);

        if (!isfinite(place[0]) || !isfinite(place[1]))
            continue;
        for (gsize c = 0; c < d; c++)
            coords[k * d + c] = place[c];
        rows[k++] = i;
    }
    matrix = umk_matrix_new_from_data(k, d, coords, NULL);
    if (matrix == NULL || k == 0)
        return NULL;
    of = g_bytes_new(rows, k * sizeof *rows);
    if (title == NULL)
        title = json_object_get_string_member_with_default(object, "title", method);
    return umk_app_layout_new(method, title, matrix, of, n);
}

UmkAppLayout *
umk_app_layout_new_from_json(const char *json, UmkMatrix *places)
{
    g_autoptr(JsonNode) root = json_from_string(json, NULL);
    JsonObject *object =
        root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *recipe;
    UmkAppLayout *self;

    if (object == NULL || umk_matrix_get_n_cols(places) < 2 ||
        umk_matrix_get_n_cols(places) > 3 ||
        g_strcmp0(json_object_get_string_member_with_default(object, "schema", NULL),
                  FORMAT) != 0)
        return NULL;
    self = make_from_places(object, places);
    if (self == NULL)
        return NULL;
    self->left = take_text(object, "left");
    self->right = take_text(object, "right");
    self->bottom = take_text(object, "bottom");
    self->top = take_text(object, "top");
    self->means = take_text(object, "means");
    self->explained = json_object_get_double_member_with_default(object, "explained", -1);
    self->zero = json_object_get_double_member_with_default(object, "zero", (double) NAN);
    self->zero_up =
        json_object_get_double_member_with_default(object, "zero_up", (double) NAN);
    self->n_placed = (gsize) CLAMP(
        json_object_get_double_member_with_default(object, "n_placed", 0), 0, 1e12);
    recipe = json_object_get_member(object, "projection");
    if (recipe != NULL)
        self->recipe = json_to_string(recipe, FALSE);
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
    g_free(self->means);
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
