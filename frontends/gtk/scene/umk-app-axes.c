/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the engine for all axes at once where it has a method for them, for each by itself
 * else. Sets and formulas become formulas of row numbers, which is what it takes. */
#include "umk-app-axes.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define NAMED 3u /* items that an end is named by */

UmkAppAxes *
umk_app_axes_new(void)
{
    return g_new0(UmkAppAxes, 1);
}

void
umk_app_axes_free(UmkAppAxes *self)
{
    if (self == NULL)
        return;
    for (guint a = 0; a < UMK_APP_MAX_AXES; a++) {
        umk_app_rows_unref(self->axes[a].minus);
        umk_app_rows_unref(self->axes[a].plus);
        umk_app_field_unref(self->axes[a].field);
        g_free(self->axes[a].formula);
    }
    g_free(self);
}

char *
umk_app_axis_name_end(UmkAppSource *source, UmkAppRows *rows)
{
    gsize n;
    g_autofree guint32 *list = umk_app_rows_list(rows, &n);
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; i < MIN(n, NAMED); i++) {
        g_autoptr(UmkItem) item = umk_app_source_dup_item(source, list[i]);
        g_autofree char *title = item ? umk_app_item_dup_title(item) : NULL;
        g_autofree char *tidy = title ? umk_app_text_tidy(title, 24) : NULL;

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", tidy ? tidy : "");
    }
    if (n > NAMED)
        g_string_append_printf(text, " (%zu)", n);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* ---- one layout under way ------------------------------------------------------------
 */

typedef struct {
    UmkAppSource *source;
    UmkCollection *collection;
    UmkMatrix *vectors;
    GBytes *rows;
    guint32 *place; /* of a row of the collection among the vectors, or G_MAXUINT32 */
    char *formulas[UMK_APP_MAX_AXES]; /* of row numbers */
    char *ends[UMK_APP_MAX_AXES][2];
} Work;

static void
work_clear(Work *work)
{
    g_clear_pointer(&work->collection, umk_collection_unref);
    g_clear_pointer(&work->vectors, umk_matrix_unref);
    g_clear_pointer(&work->rows, g_bytes_unref);
    g_free(work->place);
    for (guint a = 0; a < UMK_APP_MAX_AXES; a++) {
        g_free(work->formulas[a]);
        g_free(work->ends[a][0]);
        g_free(work->ends[a][1]);
    }
}

static gboolean
work_init(Work *work, UmkAppSource *source, GCancellable *cancellable, GError **error)
{
    gsize n_items = umk_app_source_get_n_items(source);
    const guint64 *of;

    work->source = source;
    work->collection = umk_app_source_open_again(source, error);
    if (work->collection == NULL)
        return FALSE;
    work->vectors =
        umk_collection_get_vectors(work->collection, &work->rows, cancellable, error);
    if (work->vectors == NULL)
        return FALSE;
    work->place = g_new(guint32, n_items + 1);
    memset(work->place, 0xff, (n_items + 1) * sizeof *work->place);
    of = g_bytes_get_data(work->rows, NULL);
    for (gsize i = 0; i < umk_matrix_get_n_rows(work->vectors); i++)
        if (of[i] < n_items)
            work->place[of[i]] = (guint32) i;
    return TRUE;
}

/* ---- sets and formulas ---------------------------------------------------------------
 */

static gboolean
append_set(const Work *work, GString *formula, UmkAppRows *rows, GError **error)
{
    gsize n, used = 0;
    g_autofree guint32 *list = umk_app_rows_list(rows, &n);

    if (n > UMK_APP_END_MAX) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("An end of an axis takes up to %u items, this one has %zu"),
                    UMK_APP_END_MAX, n);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++)
        if (work->place[list[i]] != G_MAXUINT32)
            g_string_append_printf(formula, "%s%u", used++ > 0 ? ", " : "",
                                   work->place[list[i]]);
    if (used == 0)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            _("An end of an axis has no item of the map"));
    return used > 0;
}

static gboolean
read_sets(Work *work, guint a, const UmkAppAxis *axis, GError **error)
{
    g_autoptr(GString) formula = g_string_new(NULL);

    if (axis->plus == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            _("Choose items and make them the plus end of the axis"));
        return FALSE;
    }
    if (!append_set(work, formula, axis->plus, error))
        return FALSE;
    if (axis->minus != NULL) {
        g_string_append(formula, " - ");
        if (!append_set(work, formula, axis->minus, error))
            return FALSE;
        work->ends[a][0] = umk_app_axis_name_end(work->source, axis->minus);
    }
    work->ends[a][1] = umk_app_axis_name_end(work->source, axis->plus);
    work->formulas[a] = g_string_free(g_steal_pointer(&formula), FALSE);
    return TRUE;
}

static gboolean
find_term(Work *work, const char *name, guint32 *place, guint column, GError **error)
{
    UmkCollection *collection = work->collection;
    gsize row;

    if ((umk_collection_find_named(collection, name, &row) ||
         umk_collection_find(collection, name, &row)) &&
        row < umk_app_source_get_n_items(work->source) &&
        work->place[row] != G_MAXUINT32) {
        *place = work->place[row];
        return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("There is no item “%s” on the map (character %u of the formula)"), name,
                column + 1);
    return FALSE;
}

/* What stands before a term: its sign, and its weight where that is not 1. */
static void
append_term(GString *text, const char *sign, double weight, const char *times)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(text, sign);
    if (weight == 1)
        return;
    g_string_append(text, g_ascii_formatd(number, sizeof number, "%.9g", weight));
    g_string_append(text, times);
}

static gboolean
read_formula(Work *work, guint a, const UmkAppAxis *axis, GError **error)
{
    g_autoptr(UmkFormula) formula =
        umk_formula_new(axis->formula != NULL ? axis->formula : "", error);
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) minus = g_string_new(NULL);
    g_autoptr(GString) plus = g_string_new(NULL);

    if (formula == NULL)
        return FALSE;
    for (gsize t = 0; t < umk_formula_get_n_terms(formula); t++) {
        double weight;
        const char *name = umk_formula_get_term(formula, t, &weight);
        GString *end = weight > 0 ? plus : minus;
        guint32 place;

        if (weight == 0)
            continue;
        if (!find_term(work, name, &place, umk_formula_get_column(formula, t), error))
            return FALSE;
        append_term(rows, weight < 0 ? " - " : " + ", fabs(weight), " * ");
        g_string_append_printf(rows, "%u", place);
        append_term(end, end->len > 0 ? " + " : "", fabs(weight), " ");
        g_string_append(end, name);
    }
    if (rows->len == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            _("Every weight of the formula is 0"));
        return FALSE;
    }
    work->formulas[a] = g_string_free(g_steal_pointer(&rows), FALSE);
    work->ends[a][0] = minus->len > 0 ? g_strdup(minus->str) : NULL;
    work->ends[a][1] = g_strdup(plus->str);
    return TRUE;
}

/* ---- columns -------------------------------------------------------------------------
 */

static UmkProjection *
fit(const char *method,
    const Work *work,
    const char *const *values,
    guint n,
    GCancellable *cancellable,
    GError **error)
{
    static const char *const names[] = {"x", "y", "z"};
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    for (guint a = 0; a < n; a++)
        if (!umk_params_set(params, names[a], values[a], error))
            return NULL;
    return umk_projection_fit(method, work->vectors, params, cancellable, NULL, NULL,
                              error);
}

/* The numbers of one axis for every vector. */
static gboolean
fill_column(const Work *work,
            const UmkAppAxis *axis,
            const char *formula,
            float *column,
            gsize stride,
            GCancellable *cancellable,
            GError **error)
{
    gsize n = umk_matrix_get_n_rows(work->vectors);
    const guint64 *of = g_bytes_get_data(work->rows, NULL);
    const char *both[2] = {formula, formula};
    g_autoptr(UmkProjection) found = NULL;

    if (axis->kind == UMK_APP_AXIS_FIELD) {
        for (gsize i = 0; i < n; i++)
            column[i * stride] =
                of[i] < axis->field->n_rows ? axis->field->values[of[i]] : (float) NAN;
        return TRUE;
    }
    found = fit(axis->kind == UMK_APP_AXIS_COMPONENT ? "columns" : "axes", work, both, 2,
                cancellable, error);
    for (gsize i = 0; found != NULL && i < n; i++)
        column[i * stride] =
            umk_matrix_get_row(umk_projection_get_coords(found), i, NULL)[0];
    return found != NULL;
}

/* Each axis has a unit of its own: all of them get the same length. */
static void
spread(float *coords, gsize n, guint n_axes)
{
    for (guint a = 0; a < n_axes; a++) {
        double low = INFINITY, high = -INFINITY;

        for (gsize i = 0; i < n; i++) {
            double value = (double) coords[i * n_axes + a];

            low = isfinite(value) ? fmin(low, value) : low;
            high = isfinite(value) ? fmax(high, value) : high;
        }
        for (gsize i = 0; high > low && i < n; i++)
            coords[i * n_axes + a] =
                (float) (((double) coords[i * n_axes + a] - low) / (high - low) * 2 - 1);
    }
}

/* ---- what the ends are called --------------------------------------------------------
 */

static void
name_numbers(
    Work *work, guint a, const UmkAppAxis *axis, const float *column, gsize stride)
{
    gsize n = umk_matrix_get_n_rows(work->vectors);
    double low = INFINITY, high = -INFINITY;
    g_autofree char *title = axis->kind == UMK_APP_AXIS_FIELD
                                 ? g_strdup(axis->field->title)
                                 : g_strdup_printf(_("component %u"), axis->component);

    for (gsize i = 0; i < n; i++) {
        double value = (double) column[i * stride];

        low = isfinite(value) ? fmin(low, value) : low;
        high = isfinite(value) ? fmax(high, value) : high;
    }
    if (!(high >= low))
        low = high = 0;
    /* Translators: what an axis shows and the number at one of its ends */
    work->ends[a][0] = g_strdup_printf(_("%s %.3g"), title, low);
    work->ends[a][1] = g_strdup_printf(_("%s %.3g"), title, high);
}

/* Where 0 of a column lies among the points, which fill [-1, 1]. */
static double
find_zero(UmkMatrix *coords, guint a)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, longer;

    for (gsize i = 0; i < umk_matrix_get_n_rows(coords); i++)
        for (guint c = 0; c < 2; c++) {
            double value = (double) umk_matrix_get_row(coords, i, NULL)[c];

            low[c] = fmin(low[c], value);
            high[c] = fmax(high[c], value);
        }
    longer = fmax(high[0] - low[0], high[1] - low[1]);
    return longer > 0 ? -(low[a] + high[a]) / longer : (double) NAN;
}

static gboolean
is_semantic(const UmkAppAxis *axis)
{
    return axis->kind == UMK_APP_AXIS_SETS || axis->kind == UMK_APP_AXIS_FORMULA;
}

static void
name_axes(const UmkAppAxes *self, Work *work, UmkAppLayout *layout, gboolean spread_out)
{
    char **to[2][2] = {{&layout->left, &layout->right}, {&layout->bottom, &layout->top}};
    double *zero[2] = {&layout->zero, &layout->zero_up};

    for (guint a = 0; a < 2; a++) {
        /* Translators: an end of an axis that no set of items stands for */
        *to[a][0] = work->ends[a][0] != NULL ? g_steal_pointer(&work->ends[a][0])
                                             : g_strdup(_("less so"));
        *to[a][1] = g_steal_pointer(&work->ends[a][1]);
        *zero[a] = is_semantic(&self->axes[a]) && !spread_out
                       ? find_zero(layout->coords, a)
                       : (double) NAN;
    }
}

/* ---- the layout ----------------------------------------------------------------------
 */

static gboolean
prepare(const UmkAppAxes *self, Work *work, GError **error)
{
    for (guint a = 0; a < self->n_axes; a++) {
        const UmkAppAxis *axis = &self->axes[a];

        if (axis->kind == UMK_APP_AXIS_SETS && !read_sets(work, a, axis, error))
            return FALSE;
        if (axis->kind == UMK_APP_AXIS_FORMULA && !read_formula(work, a, axis, error))
            return FALSE;
        if (axis->kind == UMK_APP_AXIS_COMPONENT)
            work->formulas[a] = g_strdup_printf("%u", axis->component);
        if (axis->kind == UMK_APP_AXIS_FIELD &&
            (axis->field == NULL || axis->field->values == NULL)) {
            g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                                _("Choose a field of numbers for the axis"));
            return FALSE;
        }
    }
    return TRUE;
}

static const char *
common_method(const UmkAppAxes *self)
{
    guint semantic = 0, components = 0;

    for (guint a = 0; a < self->n_axes; a++) {
        semantic += is_semantic(&self->axes[a]);
        components += self->axes[a].kind == UMK_APP_AXIS_COMPONENT;
    }
    return semantic == self->n_axes     ? "axes"
           : components == self->n_axes ? "columns"
                                        : NULL;
}

static UmkAppLayout *
lay_out_mixed(const UmkAppAxes *self,
              Work *work,
              GCancellable *cancellable,
              GError **error)
{
    gsize n = umk_matrix_get_n_rows(work->vectors);
    g_autofree float *coords = g_new(float, n * self->n_axes + 1);
    g_autoptr(UmkMatrix) matrix = NULL;
    UmkAppLayout *layout;

    for (guint a = 0; a < self->n_axes; a++) {
        if (!fill_column(work, &self->axes[a], work->formulas[a], coords + a,
                         self->n_axes, cancellable, error))
            return NULL;
        if (!is_semantic(&self->axes[a]))
            name_numbers(work, a, &self->axes[a], coords + a, self->n_axes);
    }
    spread(coords, n, self->n_axes);
    matrix = umk_matrix_new_from_data(n, self->n_axes, coords, error);
    if (matrix == NULL)
        return NULL;
    layout = umk_app_layout_new("mixed", _("Axes of several kinds"), matrix, work->rows,
                                umk_app_source_get_n_items(work->source));
    name_axes(self, work, layout, TRUE);
    return layout;
}

UmkAppLayout *
umk_app_axes_lay_out(const UmkAppAxes *self,
                     UmkAppSource *source,
                     GCancellable *cancellable,
                     GError **error)
{
    Work work = {0};
    const char *method = common_method(self);
    g_autoptr(UmkProjection) found = NULL;
    UmkAppLayout *layout = NULL;

    if (work_init(&work, source, cancellable, error) && prepare(self, &work, error)) {
        if (method == NULL)
            layout = lay_out_mixed(self, &work, cancellable, error);
        else
            found = fit(method, &work, (const char *const *) work.formulas, self->n_axes,
                        cancellable, error);
    }
    if (found != NULL) {
        UmkMatrix *coords = umk_projection_get_coords(found);

        for (guint a = 0; a < self->n_axes && g_str_equal(method, "columns"); a++)
            name_numbers(&work, a, &self->axes[a],
                         umk_matrix_get_row(coords, 0, NULL) + a, self->n_axes);
        layout = umk_app_layout_new_from_projection(found, work.rows,
                                                    umk_app_source_get_n_items(source));
        name_axes(self, &work, layout, FALSE);
    }
    work_clear(&work);
    return layout;
}
