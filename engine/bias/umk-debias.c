/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all ways to debias: the table of methods, and the checks that every
 * method can then rely on. */
#include <umekomi/umk-debias.h>

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "bias/umk-debias-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_DIMS 16384

static const UmkDebiasOps *const methods[] = {
    &_umk_debias_hard,         &_umk_debias_soft, &_umk_debias_multiclass,
    &_umk_debias_double_hard,  &_umk_debias_inlp, &_umk_debias_leace,
    &_umk_debias_half_sibling,
};

static const UmkDebiasOps *
find_method(const char *method)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i]->id, method) == 0)
            return methods[i];
    return NULL;
}

/**
 * umk_debias_list_methods:
 *
 * Returns: (transfer full) (array zero-terminated=1): names for umk_debias_fit()
 */
char **
umk_debias_list_methods(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        g_strv_builder_add(builder, methods[i]->id);
    return g_strv_builder_end(builder);
}

/**
 * umk_debias_get_title:
 * @method: a name from umk_debias_list_methods()
 *
 * Returns: (nullable) (transfer none): the method's name for people, translated
 */
const char *
umk_debias_get_title(const char *method)
{
    const UmkDebiasOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    ops = find_method(method);
    return ops != NULL ? _(ops->title) : NULL;
}

/**
 * umk_debias_get_help:
 * @method: a name from umk_debias_list_methods()
 *
 * Returns: (nullable) (transfer none): what the method does, in a sentence, translated
 */
const char *
umk_debias_get_help(const char *method)
{
    const UmkDebiasOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    ops = find_method(method);
    return ops != NULL ? _(ops->help) : NULL;
}

/**
 * umk_debias_list_roles:
 * @method: a name from umk_debias_list_methods()
 * @required_only: leave out the sets that the method can do without
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1): the roles of the sets
 * that the method looks at; %NULL if it does not exist
 */
char **
umk_debias_list_roles(const char *method, gboolean required_only)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const UmkDebiasOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    ops = find_method(method);
    if (ops == NULL)
        return NULL;
    for (gsize i = 0; i < ops->n_roles; i++)
        if (ops->roles[i].required || !required_only)
            g_strv_builder_add(builder, ops->roles[i].role);
    return g_strv_builder_end(builder);
}

/**
 * umk_debias_get_params:
 * @method: a name from umk_debias_list_methods()
 * @n_specs: (out): how many options
 *
 * Returns: (nullable) (array length=n_specs) (transfer none): the method's options; %NULL
 *   if it has none or does not exist
 */
const UmkParamSpec *
umk_debias_get_params(const char *method, gsize *n_specs)
{
    const UmkDebiasOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(n_specs != NULL, NULL);
    ops = find_method(method);
    *n_specs = ops != NULL ? ops->n_params : 0;
    return ops != NULL ? ops->params : NULL;
}

/**
 * umk_debias_get_method:
 * @self: a debias
 *
 * Returns: (transfer none): the name of the method that made it
 */
const char *
umk_debias_get_method(UmkDebias *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->method;
}

/**
 * umk_debias_get_n_dims:
 * @self: a debias
 *
 * Returns: the dimension of the vectors that it can be applied to
 */
gsize
umk_debias_get_n_dims(UmkDebias *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_dims;
}

const UmkBiasWord *
_umk_debias_get_words(const char *method, gsize *n_words)
{
    const UmkDebiasOps *ops = find_method(method);

    *n_words = ops != NULL ? ops->n_words : 0;
    return ops != NULL ? ops->words : NULL;
}

const char *
_umk_debias_look_up(const char *code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        for (gsize j = 0; j < methods[i]->n_words; j++)
            if (strcmp(methods[i]->words[j].code, code) == 0)
                return _(methods[i]->words[j].words);
    return NULL;
}

/* ---- fitting ---------------------------------------------------------------------- */

static gboolean
check_roles(const UmkDebiasOps *ops, const UmkBiasInput *input, GError **error)
{
    for (gsize i = 0; i < ops->n_roles; i++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, ops->roles[i].role);

        if (!ops->roles[i].required)
            continue;
        if (set == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("%s needs a set in the role “%s” (%s)"), ops->id,
                        ops->roles[i].role, _(ops->roles[i].title));
            return FALSE;
        }
        if (set->n == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("%s cannot be fitted: the set “%s” is empty"), ops->id,
                        set->title);
            return FALSE;
        }
    }
    if (ops->needs_background && input->background == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("%s needs the surrounding vectors, and there are none"), ops->id);
        return FALSE;
    }
    if (input->background != NULL && !umk_matrix_check_finite(input->background, error))
        return FALSE;
    return TRUE;
}

static void
note_params(UmkDebias *self, UmkParams *params)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_params_get_specs(params, &n_specs);

    for (gsize i = 0; i < n_specs; i++) {
        const char *name = specs[i].name;
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        char *value;

        if (specs[i].type == UMK_PARAM_BOOL)
            value = g_strdup(umk_params_get_bool(params, name) ? "b1" : "b0");
        else if (specs[i].type == UMK_PARAM_STRING || specs[i].type == UMK_PARAM_CHOICE)
            value = g_strconcat("s", umk_params_get_string(params, name), NULL);
        else
            value = g_strconcat("n",
                                g_ascii_dtostr(digits, sizeof digits,
                                               umk_params_get_double(params, name)),
                                NULL);
        g_ptr_array_add(self->params, g_strdup(name));
        g_ptr_array_add(self->params, value);
    }
}

/* The names in their order; which words they were is then told apart, not told. */
static char *
digest_names(char **names)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (gsize i = 0; names[i] != NULL; i++)
        g_checksum_update(sum, (const guchar *) names[i], (gssize) strlen(names[i]) + 1);
    return g_strconcat("sha256:", g_checksum_get_string(sum), NULL);
}

static void
note_sets(UmkDebias *self, const UmkDebiasOps *ops, const UmkBiasInput *input)
{
    for (gsize i = 0; i < ops->n_roles; i++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, ops->roles[i].role);

        if (set == NULL)
            continue;
        g_ptr_array_add(self->sets, g_strdup(set->role));
        g_ptr_array_add(self->sets, g_utf8_make_valid(set->title, -1));
        g_ptr_array_add(self->sets, g_strdup_printf("%zu", set->n));
        g_ptr_array_add(self->sets, digest_names(set->names));
    }
}

/**
 * umk_debias_fit:
 * @method: a name from umk_debias_list_methods()
 * @input: the sets that the method asks for
 * @params: (nullable): options of the method, or %NULL for its defaults
 * @seed: of what is random
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Finds the map; nothing is changed by it. The same input, options and seed give the same
 * bytes on any number of threads. Removing a direction does not remove bias: measure what
 * remains with “cluster-bias”, “neighbour-bias” and “probe-bias”.
 *
 * Returns: (transfer full): the debias
 */
UmkDebias *
umk_debias_fit(const char *method,
               UmkBiasInput *input,
               UmkParams *params,
               guint64 seed,
               GCancellable *cancellable,
               UmkProgressFunc progress,
               gpointer progress_data,
               GError **error)
{
    g_autoptr(UmkDebias) result = NULL;
    g_autoptr(UmkParams) used = NULL;
    g_auto(UmkRun) run = {0};
    const UmkDebiasOps *ops;
    gsize d;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(input != NULL, NULL);
    ops = find_method(method);
    if (ops == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no way to debias “%s”"), method);
        return NULL;
    }
    if (!check_roles(ops, input, error))
        return NULL;
    d = _umk_bias_input_get_set(input, ops->roles[0].role)->d;
    if (d == 0 || d > MAX_DIMS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("Vectors of %zu dimensions cannot be debiased (1 to %d can)"), d,
                    MAX_DIMS);
        return NULL;
    }
    used = params != NULL ? umk_params_ref(params)
                          : umk_params_new(ops->params, ops->n_params);
    result = _umk_debias_new(ops->id, d);
    result->seed = seed;
    note_params(result, used);
    note_sets(result, ops, input);
    if (!ops->fit(input, used, seed, result, &run, error))
        return NULL;
    _umk_debias_finish(result);
    return g_steal_pointer(&result);
}
