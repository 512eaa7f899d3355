/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all projections: the table of methods, and the checks that every
 * method can then rely on. */
#include <umekomi/umk-projection.h>

#include <umekomi/umk-error.h>

#include "core/umk-matrix-private.h"
#include "projection/umk-fitting-private.h"
#include "projection/umk-projection-anchor-private.h"
#include "projection/umk-projection-center-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

struct _UmkProjection {
    gatomicrefcount refs;
    const UmkProjectionOps *ops;
    gsize n_dims;
    UmkParams *params;
    UmkMatrix *coords;
    gpointer fitted;
    UmkMatrix *means; /* of groups, taken off the rows; NULL: none */
    GBytes *means_of; /* a byte a mean: its group */
    gboolean turned;
    UmkProjectionTurn turn; /* onto another map */
};

G_DEFINE_BOXED_TYPE(UmkProjection,
                    umk_projection,
                    umk_projection_ref,
                    umk_projection_unref)

static const UmkProjectionOps *const methods[] = {
    &_umk_projection_pca,    &_umk_projection_umap,    &_umk_projection_tsne,
    &_umk_projection_pacmap, &_umk_projection_mds,     &_umk_projection_axes,
    &_umk_projection_random, &_umk_projection_columns,
};

static const UmkProjectionOps *
find_method(const char *method)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i]->id, method) == 0)
            return methods[i];
    return NULL;
}

static const UmkProjectionOps *
find_method_or_fail(const char *method, GError **error)
{
    const UmkProjectionOps *ops = find_method(method);

    if (ops == NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no projection “%s”"), method);
    return ops;
}

static gboolean
check_vectors(const UmkProjectionOps *ops, UmkMatrix *vectors, GError **error)
{
    return ops->by_distance ? _umk_matrix_check_range(vectors, error)
                            : umk_matrix_check_finite(vectors, error);
}

/* Takes fitted; params and coords are shared. */
static UmkProjection *
new_fitted(const UmkProjectionOps *ops,
           UmkMatrix *vectors,
           UmkParams *params,
           UmkMatrix *coords,
           gpointer fitted)
{
    UmkProjection *self = g_new0(UmkProjection, 1);

    g_atomic_ref_count_init(&self->refs);
    self->ops = ops;
    self->n_dims = umk_matrix_get_n_cols(vectors);
    self->params = umk_params_ref(params);
    self->coords = umk_matrix_ref(coords);
    self->fitted = fitted;
    return self;
}

/**
 * umk_projection_list_methods:
 *
 * Returns: (transfer full) (array zero-terminated=1): names for umk_projection_fit()
 */
char **
umk_projection_list_methods(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        g_strv_builder_add(builder, methods[i]->id);
    return g_strv_builder_end(builder);
}

/**
 * umk_projection_get_title:
 * @method: a name from umk_projection_list_methods()
 *
 * Returns: (nullable) (transfer none): the method's name for people, translated
 */
const char *
umk_projection_get_title(const char *method)
{
    const UmkProjectionOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    ops = find_method(method);
    return ops != NULL ? _(ops->title) : NULL;
}

/**
 * umk_projection_get_params:
 * @method: a name from umk_projection_list_methods()
 * @n_specs: (out): how many options
 *
 * Returns: (nullable) (array length=n_specs) (transfer none): the method's options; %NULL
 *   if it has none or does not exist
 */
const UmkParamSpec *
umk_projection_get_params(const char *method, gsize *n_specs)
{
    const UmkProjectionOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(n_specs != NULL, NULL);
    ops = find_method(method);
    *n_specs = ops != NULL ? ops->n_params : 0;
    return ops != NULL ? ops->params : NULL;
}

/**
 * umk_projection_fit:
 * @method: a name from umk_projection_list_methods()
 * @vectors: one row an item, finite
 * @params: (nullable): options of the method, or %NULL for its defaults
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Lays the rows out in two or three dimensions. The same vectors and options give the
 * same layout on any number of threads. No rows, one row and equal rows have a layout
 * too; one row lies at the origin.
 *
 * Returns: (transfer full): the fitted projection
 */
UmkProjection *
umk_projection_fit(const char *method,
                   UmkMatrix *vectors,
                   UmkParams *params,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error)
{
    return umk_projection_fit_live(method, vectors, params, NULL, cancellable, progress,
                                   progress_data, error);
}

static gpointer
call_fit(const UmkProjectionOps *ops,
         UmkMatrix *vectors,
         UmkParams *params,
         UmkFitting *fitting,
         UmkMatrix **coords,
         UmkRun *run,
         GError **error)
{
    if (ops->fit_live != NULL)
        return ops->fit_live(vectors, params, fitting, coords, run, error);
    if (_umk_fitting_has_input(fitting)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Projection “%s” takes no labels and no start"), ops->id);
        return NULL;
    }
    return ops->fit(vectors, params, coords, run, error);
}

/* Where the fit is to begin so that it ends near the other map. */
static gboolean
start_at_anchor(const UmkProjectionOps *ops,
                UmkMatrix *vectors,
                UmkFitting *fitting,
                UmkRun *run,
                GError **error)
{
    g_autoptr(UmkMatrix) start = NULL;
    guint first_epoch;

    if (ops->align == UMK_PROJECTION_ALIGN_NOT) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The axes of projection “%s” have a meaning of their own, so it "
                      "cannot be aligned to another map"),
                    ops->id);
        return FALSE;
    }
    if (!ops->takes_start || _umk_fitting_has_checkpoint(fitting) ||
        _umk_fitting_get_start(fitting, &first_epoch) != NULL)
        return TRUE;
    start = _umk_anchor_make_start(vectors, _umk_fitting_get_anchor(fitting), run, error);
    if (start == NULL)
        return FALSE;
    umk_fitting_set_start(fitting, start, 0);
    return TRUE;
}

/* The vectors as the method is to see them. */
static UmkMatrix *
center(const UmkProjectionOps *ops,
       UmkMatrix *vectors,
       UmkFitting *fitting,
       UmkMatrix **means,
       GBytes **of,
       GError **error)
{
    GBytes *groups = _umk_fitting_get_groups(fitting);

    if (groups == NULL)
        return umk_matrix_ref(vectors);
    if (ops->align != UMK_PROJECTION_ALIGN_NOT) {
        *means = _umk_projection_find_means(vectors, groups, of, error);
        return *means != NULL
                   ? _umk_projection_center(vectors, groups, *means, *of, error)
                   : NULL;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The axes of projection “%s” have a meaning of their own, so its "
                  "vectors cannot be centred"),
                ops->id);
    return NULL;
}

/* coords: taken and given anew. */
static gboolean
turn_onto_anchor(UmkProjection *self, UmkFitting *fitting, GError **error)
{
    UmkMatrix *turned;

    if (!_umk_anchor_find_turn(self->coords, _umk_fitting_get_anchor(fitting),
                               self->ops->align, &self->turn, error))
        return FALSE;
    turned = _umk_anchor_turn(&self->turn, self->coords, error);
    if (turned == NULL)
        return FALSE;
    umk_matrix_unref(self->coords);
    self->coords = turned;
    self->turned = TRUE;
    return TRUE;
}

/* A layout made at once, or that was turned when its epochs were over. */
static void
show_last(UmkProjection *self, UmkFitting *fitting)
{
    guint n_epochs = 1;

    if (fitting == NULL || umk_matrix_get_n_rows(self->coords) == 0)
        return;
    if (self->ops->fit_live != NULL) {
        UmkMatrix *before = umk_fitting_dup_layout(fitting, NULL, &n_epochs);

        g_clear_pointer(&before, umk_matrix_unref);
    }
    _umk_fitting_show(fitting, umk_matrix_get_row(self->coords, 0, NULL),
                      umk_matrix_get_n_rows(self->coords),
                      umk_matrix_get_n_cols(self->coords), n_epochs, n_epochs);
}

/**
 * umk_projection_fit_live:
 * @method: a name from umk_projection_list_methods()
 * @vectors: one row an item, finite
 * @params: (nullable): options of the method, or %NULL for its defaults
 * @fitting: (nullable): what the fit starts from, and the way to look at it and to pause
 * it
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * As umk_projection_fit(), with layouts handed out while the method works. A method that
 * makes its layout at once hands out that one, and fails with %UMK_ERROR_NOT_SUPPORTED if
 * @fitting has labels or a start.
 *
 * Returns: (transfer full): the fitted projection
 */
UmkProjection *
umk_projection_fit_live(const char *method,
                        UmkMatrix *vectors,
                        UmkParams *params,
                        UmkFitting *fitting,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error)
{
    g_autoptr(UmkParams) used = NULL;
    g_autoptr(UmkMatrix) coords = NULL, seen = NULL, means = NULL;
    g_autoptr(GBytes) of = NULL;
    g_auto(UmkRun) run = {0};
    const UmkProjectionOps *ops;
    UmkProjection *self;
    gpointer fitted;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    ops = find_method_or_fail(method, error);
    if (ops == NULL)
        return NULL;
    if (!check_vectors(ops, vectors, error))
        return NULL;
    used = params != NULL ? umk_params_ref(params)
                          : umk_params_new(ops->params, ops->n_params);
    _umk_fitting_attach(fitting, &run);
    seen = center(ops, vectors, fitting, &means, &of, error);
    if (seen == NULL || !_umk_fitting_begin(fitting, method, seen, used, error))
        return NULL;
    if (_umk_fitting_get_anchor(fitting) != NULL &&
        !start_at_anchor(ops, seen, fitting, &run, error))
        return NULL;
    fitted = call_fit(ops, seen, used, fitting, &coords, &run, error);
    if (fitted == NULL)
        return NULL;
    self = new_fitted(ops, seen, used, coords, fitted);
    self->means = g_steal_pointer(&means);
    self->means_of = g_steal_pointer(&of);
    if (_umk_fitting_get_anchor(fitting) != NULL &&
        !turn_onto_anchor(self, fitting, error)) {
        umk_projection_unref(self);
        return NULL;
    }
    if (ops->fit_live == NULL || self->turned)
        show_last(self, fitting);
    return self;
}

/* Of the extent of a map: what a fit made anew may be away from the layout that was kept.
 * A hundredth is a few pixels; other vectors or options are a good deal more. */
#define SAME_MAP 0.01

static gboolean
is_same_map(UmkMatrix *a, UmkMatrix *b)
{
    gsize n = umk_matrix_get_n_rows(a), d = umk_matrix_get_n_cols(a);
    double extent = 0, apart = 0;

    if (umk_matrix_get_n_cols(b) != d)
        return FALSE;
    for (gsize c = 0; c < d; c++) {
        double low = INFINITY, high = -INFINITY;

        for (gsize i = 0; i < n; i++) {
            double here = (double) umk_matrix_get_row(a, i, NULL)[c];
            double there = (double) umk_matrix_get_row(b, i, NULL)[c];

            low = MIN(low, here);
            high = MAX(high, here);
            apart = MAX(apart, fabs(here - there));
        }
        extent = MAX(extent, high - low);
    }
    return apart <= SAME_MAP * extent;
}

/* A method that is soon done is done again; it must come to the same. */
static gpointer
fit_again(const UmkProjectionOps *ops,
          UmkMatrix *vectors,
          UmkParams *params,
          UmkMatrix *layout,
          UmkRun *run,
          GError **error)
{
    g_autoptr(UmkMatrix) coords = NULL;
    gpointer fitted = call_fit(ops, vectors, params, NULL, &coords, run, error);

    if (fitted == NULL || is_same_map(layout, coords))
        return fitted;
    ops->free(fitted);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Projection “%s” does not come to the layout that was kept, so new "
                  "items have no place on it"),
                ops->id);
    return NULL;
}

/**
 * umk_projection_restore:
 * @method: a name from umk_projection_list_methods()
 * @vectors: the rows that were laid out, finite
 * @layout: their places, as umk_projection_get_coords() gave them
 * @params: (nullable): the options that the layout was made with, or %NULL for the
 * defaults
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * The projection of a layout that was kept, so that umk_projection_transform() can place
 * new rows on it. Nothing is laid out anew, but neighbours may have to be found again. A
 * method that has no more than axes is fitted again, and it is an error if that comes to
 * another layout.
 *
 * Returns: (transfer full): a projection whose places are @layout
 */
UmkProjection *
umk_projection_restore(const char *method,
                       UmkMatrix *vectors,
                       UmkMatrix *layout,
                       UmkParams *params,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error)
{
    g_autoptr(UmkParams) used = NULL;
    g_auto(UmkRun) run = {0};
    const UmkProjectionOps *ops;
    gpointer fitted;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(vectors != NULL && layout != NULL, NULL);
    ops = find_method_or_fail(method, error);
    if (ops == NULL)
        return NULL;
    if (umk_matrix_get_n_rows(layout) != umk_matrix_get_n_rows(vectors)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The layout has %zu places for %zu items"),
                    umk_matrix_get_n_rows(layout), umk_matrix_get_n_rows(vectors));
        return NULL;
    }
    if (!check_vectors(ops, vectors, error) || !umk_matrix_check_finite(layout, error))
        return NULL;
    used = params != NULL ? umk_params_ref(params)
                          : umk_params_new(ops->params, ops->n_params);
    fitted = ops->restore != NULL && umk_matrix_get_n_rows(vectors) > 1
                 ? ops->restore(vectors, used, layout, &run, error)
                 : fit_again(ops, vectors, used, layout, &run, error);
    return fitted != NULL ? new_fitted(ops, vectors, used, layout, fitted) : NULL;
}

/**
 * umk_projection_ref:
 * @self: a projection
 *
 * Returns: (transfer full): @self
 */
UmkProjection *
umk_projection_ref(UmkProjection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_projection_unref:
 * @self: (transfer full): a projection
 */
void
umk_projection_unref(UmkProjection *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    self->ops->free(self->fitted);
    umk_params_unref(self->params);
    umk_matrix_unref(self->coords);
    g_clear_pointer(&self->means, umk_matrix_unref);
    g_clear_pointer(&self->means_of, g_bytes_unref);
    g_free(self);
}

/**
 * umk_projection_get_method:
 * @self: a projection
 *
 * Returns: (transfer none): name of the method that made it
 */
const char *
umk_projection_get_method(UmkProjection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->ops->id;
}

/**
 * umk_projection_get_coords:
 * @self: a projection
 *
 * Returns: (transfer none): the place of each row it was fitted to, (n_rows, 2 or 3)
 */
UmkMatrix *
umk_projection_get_coords(UmkProjection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->coords;
}

/**
 * umk_projection_get_explained:
 * @self: a projection
 * @n_components: (out): how many
 *
 * Returns: (nullable) (array length=n_components) (transfer none): the share of the
 *   variance each axis explains, or %NULL for a method that does not know
 */
const double *
umk_projection_get_explained(UmkProjection *self, gsize *n_components)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(n_components != NULL, NULL);
    *n_components = 0;
    return self->ops->get_explained != NULL
               ? self->ops->get_explained(self->fitted, n_components)
               : NULL;
}

static UmkMatrix *
transform(UmkProjection *self, UmkMatrix *vectors, GError **error)
{
    g_autoptr(UmkMatrix) placed = NULL;

    if (self->ops->transform == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Projection “%s” cannot place new items"), self->ops->id);
        return NULL;
    }
    if (umk_matrix_get_n_cols(vectors) != self->n_dims) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("The vectors have %zu dimensions, the projection was fitted to %zu"),
            umk_matrix_get_n_cols(vectors), self->n_dims);
        return NULL;
    }
    if (!check_vectors(self->ops, vectors, error))
        return NULL;
    placed = self->ops->transform(self->fitted, vectors, error);
    if (placed == NULL || !self->turned)
        return g_steal_pointer(&placed);
    return _umk_anchor_turn(&self->turn, placed, error);
}

/**
 * umk_projection_transform:
 * @self: a projection
 * @vectors: new rows, finite, of the dimension it was fitted to
 * @error: return location for an error
 *
 * A row's place does not depend on the rows beside it. Fails with
 * %UMK_ERROR_NOT_SUPPORTED if the method cannot place new rows, or the rows of the fit
 * were centred by group: umk_projection_transform_grouped() takes those.
 *
 * Returns: (transfer full): their places on the same map
 */
UmkMatrix *
umk_projection_transform(UmkProjection *self, UmkMatrix *vectors, GError **error)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    if (self->means != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Projection “%s” was made of vectors centred by group: new items "
                      "need their groups as well"),
                    self->ops->id);
        return NULL;
    }
    return transform(self, vectors, error);
}

/**
 * umk_projection_transform_grouped:
 * @self: a projection
 * @vectors: new rows, finite, of the dimension it was fitted to
 * @groups: a byte a row: its group, as in umk_fitting_set_groups()
 * @error: return location for an error
 *
 * As umk_projection_transform(), for a fit whose rows were centred by group: the mean
 * that was taken off the fit's rows is taken off the new ones of that group. Fails with
 * %UMK_ERROR_NOT_FOUND if the fit had no row of a group.
 *
 * Returns: (transfer full): their places on the same map
 */
UmkMatrix *
umk_projection_transform_grouped(UmkProjection *self,
                                 UmkMatrix *vectors,
                                 GBytes *groups,
                                 GError **error)
{
    g_autoptr(UmkMatrix) centered = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(vectors != NULL && groups != NULL, NULL);
    if (self->means == NULL)
        return transform(self, vectors, error);
    centered =
        _umk_projection_center(vectors, groups, self->means, self->means_of, error);
    return centered != NULL ? transform(self, centered, error) : NULL;
}

/**
 * umk_projection_get_means:
 * @self: a projection
 * @groups: (out) (nullable) (transfer none): a byte a mean: its group, ascending
 *
 * What was taken off the rows of each group, see umk_fitting_set_groups(). Whoever keeps
 * a layout keeps these as well, to place new rows on it: see umk_projection_center().
 *
 * Returns: (nullable) (transfer none): (n_groups, n_dims), or %NULL if nothing was
 */
UmkMatrix *
umk_projection_get_means(UmkProjection *self, GBytes **groups)
{
    g_return_val_if_fail(self != NULL && groups != NULL, NULL);
    *groups = self->means_of;
    return self->means;
}

/**
 * umk_projection_center:
 * @vectors: rows
 * @groups: a byte a row: its group
 * @means: what is taken off, see umk_projection_get_means()
 * @mean_groups: a byte a mean: its group
 * @error: return location for an error
 *
 * The vectors as a fit with these means has seen them, for umk_projection_restore() and
 * the umk_projection_transform() of what comes of it. Fails with %UMK_ERROR_NOT_FOUND if
 * a row is of a group that has no mean.
 *
 * Returns: (transfer full): the rows without the mean of their group
 */
UmkMatrix *
umk_projection_center(UmkMatrix *vectors,
                      GBytes *groups,
                      UmkMatrix *means,
                      GBytes *mean_groups,
                      GError **error)
{
    g_return_val_if_fail(vectors != NULL && groups != NULL, NULL);
    g_return_val_if_fail(means != NULL && mean_groups != NULL, NULL);
    return _umk_projection_center(vectors, groups, means, mean_groups, error);
}

/**
 * umk_projection_to_json:
 * @self: a projection
 *
 * Returns: (transfer full): a JSON object that tells how the layout was made: "method",
 *   "params" and what the method knows of the result
 */
char *
umk_projection_to_json(UmkProjection *self)
{
    g_autoptr(JsonBuilder) builder = NULL;
    g_autoptr(JsonNode) root = NULL, params = NULL;
    g_autofree char *params_json = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    params_json = umk_params_to_json(self->params);
    params = json_from_string(params_json, NULL);
    builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "method");
    json_builder_add_string_value(builder, self->ops->id);
    json_builder_set_member_name(builder, "params");
    if (params != NULL)
        json_builder_add_value(builder, g_steal_pointer(&params));
    else
        json_builder_add_null_value(builder);
    if (self->ops->describe != NULL)
        self->ops->describe(self->fitted, builder);
    if (self->means != NULL) {
        json_builder_set_member_name(builder, "centered");
        json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(self->means));
    }
    if (self->turned) {
        json_builder_set_member_name(builder, "aligned");
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "n_items");
        json_builder_add_int_value(builder, (gint64) self->turn.n_known);
        json_builder_set_member_name(builder, "difference");
        json_builder_add_double_value(builder, self->turn.difference);
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
