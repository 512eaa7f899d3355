/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bag of named options whose names, ranges and defaults come from a static table. */
#include <umekomi/umk-params.h>
#include <umekomi/umk-error.h>

#include "core/umk-nearest-private.h"

#include <glib/gi18n-lib.h>

#include <errno.h>
#include <math.h>
#include <string.h>

typedef struct {
    double number;
    char *text;
    gboolean set;
} Value;

struct _UmkParams {
    gatomicrefcount refs;
    const UmkParamSpec *specs;
    gsize n_specs;
    Value *values;
};

G_DEFINE_BOXED_TYPE(UmkParams, umk_params, umk_params_ref, umk_params_unref)

/**
 * umk_params_new: (skip)
 * @specs: (array length=n_specs): the table; it must outlive the bag
 * @n_specs: rows in it
 *
 * Returns: (transfer full): a bag with every default
 */
UmkParams *
umk_params_new(const UmkParamSpec *specs, gsize n_specs)
{
    UmkParams *self = g_new0(UmkParams, 1);

    g_atomic_ref_count_init(&self->refs);
    self->specs = specs;
    self->n_specs = n_specs;
    self->values = g_new0(Value, n_specs + 1);
    for (gsize i = 0; i < n_specs; i++) {
        self->values[i].number = specs[i].def;
        if (specs[i].type == UMK_PARAM_CHOICE)
            self->values[i].text = g_strdup(specs[i].choices[(gsize) specs[i].def]);
    }
    return self;
}

/**
 * umk_params_ref:
 * @self: a bag
 *
 * Returns: (transfer full): @self
 */
UmkParams *
umk_params_ref(UmkParams *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_params_unref:
 * @self: (transfer full): a bag
 */
void
umk_params_unref(UmkParams *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    for (gsize i = 0; i < self->n_specs; i++)
        g_free(self->values[i].text);
    g_free(self->values);
    g_free(self);
}

/**
 * umk_params_get_specs: (skip)
 * @self: a bag
 * @n_specs: (out): rows in its table
 *
 * Returns: (array length=n_specs) (transfer none): the table it was made from
 */
const UmkParamSpec *
umk_params_get_specs(UmkParams *self, gsize *n_specs)
{
    g_return_val_if_fail(self != NULL && n_specs != NULL, NULL);
    *n_specs = self->n_specs;
    return self->specs;
}

static Value *
find(UmkParams *self, const char *name, const UmkParamSpec **spec)
{
    for (gsize i = 0; i < self->n_specs; i++) {
        if (g_str_equal(self->specs[i].name, name)) {
            *spec = &self->specs[i];
            return &self->values[i];
        }
    }
    return NULL;
}

static void
unknown(UmkParams *self, const char *name, GError **error)
{
    g_autofree const char **names = g_new0(const char *, self->n_specs + 1);
    const char *nearest;

    for (gsize i = 0; i < self->n_specs; i++)
        names[i] = self->specs[i].name;
    nearest = _umk_nearest_word(name, names, self->n_specs);
    if (nearest != NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There is no option “%s”; did you mean “%s”?"), name, nearest);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("There is no option “%s”"),
                    name);
}

/**
 * umk_params_has:
 * @self: a bag
 * @name: an option
 *
 * Returns: whether the table has that option
 */
gboolean
umk_params_has(UmkParams *self, const char *name)
{
    const UmkParamSpec *spec;

    g_return_val_if_fail(self != NULL && name != NULL, FALSE);
    return find(self, name, &spec) != NULL;
}

/**
 * umk_params_is_set:
 * @self: a bag
 * @name: an option
 *
 * Returns: whether somebody set it, be it to its default
 */
gboolean
umk_params_is_set(UmkParams *self, const char *name)
{
    const UmkParamSpec *spec;
    Value *value;

    g_return_val_if_fail(self != NULL && name != NULL, FALSE);
    value = find(self, name, &spec);
    return value != NULL && value->set;
}

static gboolean
set_number(Value *value, const UmkParamSpec *spec, double number, GError **error)
{
    if (isnan(number) || number < spec->min || number > spec->max ||
        (spec->type == UMK_PARAM_INT && number != floor(number))) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_PARAM,
            spec->type == UMK_PARAM_INT
                ? _("Option “%s” takes a whole number from %.15g to %.15g, not %.15g")
                : _("Option “%s” takes a number from %.15g to %.15g, not %.15g"),
            spec->name, spec->min, spec->max, number);
        return FALSE;
    }
    value->number = number;
    value->set = TRUE;
    return TRUE;
}

static gboolean
set_choice(Value *value, const UmkParamSpec *spec, const char *text, GError **error)
{
    g_autofree char *all = NULL;

    for (gsize i = 0; spec->choices[i] != NULL; i++) {
        if (g_str_equal(spec->choices[i], text)) {
            value->number = (double) i;
            g_free(value->text);
            value->text = g_strdup(text);
            value->set = TRUE;
            return TRUE;
        }
    }
    all = g_strjoinv(", ", (char **) spec->choices);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("Option “%s” is one of %s, not “%s”"), spec->name, all, text);
    return FALSE;
}

static gboolean
parse_bool(const char *text, double *number)
{
    static const char *const yes[] = {"1", "true", "yes", "on", NULL};
    static const char *const no[] = {"0", "false", "no", "off", NULL};

    if (g_strv_contains(yes, text))
        *number = 1;
    else if (g_strv_contains(no, text))
        *number = 0;
    else
        return FALSE;
    return TRUE;
}

/**
 * umk_params_set:
 * @self: a bag
 * @name: an option
 * @value: its value as text
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if there is no such option or it cannot be that
 */
gboolean
umk_params_set(UmkParams *self, const char *name, const char *value, GError **error)
{
    const UmkParamSpec *spec;
    Value *slot;
    double number = 0;
    char *end;

    g_return_val_if_fail(self != NULL && name != NULL && value != NULL, FALSE);
    slot = find(self, name, &spec);
    if (slot == NULL) {
        unknown(self, name, error);
        return FALSE;
    }
    if (spec->type == UMK_PARAM_STRING) {
        g_free(slot->text);
        slot->text = g_strdup(value);
        slot->set = TRUE;
        return TRUE;
    }
    if (spec->type == UMK_PARAM_CHOICE)
        return set_choice(slot, spec, value, error);
    if (spec->type == UMK_PARAM_BOOL) {
        if (!parse_bool(value, &number)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Option “%s” is yes or no, not “%s”"), name, value);
            return FALSE;
        }
        slot->number = number;
        slot->set = TRUE;
        return TRUE;
    }
    number = g_ascii_strtod(value, &end);
    if (end == value || *end != '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Option “%s” takes a number, not “%s”"), name, value);
        return FALSE;
    }
    return set_number(slot, spec, number, error);
}

/**
 * umk_params_set_double:
 * @self: a bag
 * @name: an option that is a number
 * @value: its value
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if there is no such option or it cannot be that
 */
gboolean
umk_params_set_double(UmkParams *self, const char *name, double value, GError **error)
{
    const UmkParamSpec *spec;
    Value *slot;

    g_return_val_if_fail(self != NULL && name != NULL, FALSE);
    slot = find(self, name, &spec);
    if (slot == NULL) {
        unknown(self, name, error);
        return FALSE;
    }
    if (spec->type == UMK_PARAM_STRING || spec->type == UMK_PARAM_CHOICE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("Option “%s” is not a number"),
                    name);
        return FALSE;
    }
    return set_number(slot, spec, value, error);
}

/**
 * umk_params_parse:
 * @self: a bag
 * @assignments: "name=value" pairs separated by commas or blanks
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM at the first pair that does not fit
 */
gboolean
umk_params_parse(UmkParams *self, const char *assignments, GError **error)
{
    g_auto(GStrv) parts = NULL;

    g_return_val_if_fail(self != NULL && assignments != NULL, FALSE);
    parts = g_strsplit_set(assignments, ", \t\n", -1);
    for (gsize i = 0; parts[i] != NULL; i++) {
        char *equals = strchr(parts[i], '=');

        if (parts[i][0] == '\0')
            continue;
        if (equals == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("“%s” should be an option, “=” and its value"), parts[i]);
            return FALSE;
        }
        *equals = '\0';
        if (!umk_params_set(self, parts[i], equals + 1, error))
            return FALSE;
    }
    return TRUE;
}

/**
 * umk_params_get_double:
 * @self: a bag
 * @name: an option
 *
 * Returns: its number; the index of a choice
 */
double
umk_params_get_double(UmkParams *self, const char *name)
{
    const UmkParamSpec *spec;
    Value *value;

    g_return_val_if_fail(self != NULL && name != NULL, 0);
    value = find(self, name, &spec);
    g_return_val_if_fail(value != NULL, 0);
    return value->number;
}

/**
 * umk_params_get_int:
 * @self: a bag
 * @name: an option
 *
 * Returns: its whole number; the index of a choice
 */
gint64
umk_params_get_int(UmkParams *self, const char *name)
{
    return (gint64) umk_params_get_double(self, name);
}

/**
 * umk_params_get_bool:
 * @self: a bag
 * @name: an option
 *
 * Returns: whether it is on
 */
gboolean
umk_params_get_bool(UmkParams *self, const char *name)
{
    return umk_params_get_double(self, name) != 0;
}

/**
 * umk_params_get_string:
 * @self: a bag
 * @name: an option
 *
 * Returns: (transfer none): its text, empty if it has none; the word of a choice
 */
const char *
umk_params_get_string(UmkParams *self, const char *name)
{
    const UmkParamSpec *spec;
    Value *value;

    g_return_val_if_fail(self != NULL && name != NULL, "");
    value = find(self, name, &spec);
    g_return_val_if_fail(value != NULL, "");
    return value->text != NULL ? value->text : "";
}

static void
append_quoted(GString *json, const char *text)
{
    g_string_append_c(json, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(json, "\\%c", *p);
        else if ((guchar) *p < 0x20)
            g_string_append_printf(json, "\\u%04x", (guint) (guchar) *p);
        else
            g_string_append_c(json, *p);
    }
    g_string_append_c(json, '"');
}

/**
 * umk_params_to_json:
 * @self: a bag
 *
 * Every option in the order of its table: the same options always give the same text, so
 * that it can serve as a provenance record and as a cache key.
 *
 * Returns: (transfer full): a JSON object
 */
char *
umk_params_to_json(UmkParams *self)
{
    GString *json = g_string_new("{");
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_return_val_if_fail(self != NULL, NULL);
    for (gsize i = 0; i < self->n_specs; i++) {
        const UmkParamSpec *spec = &self->specs[i];

        g_string_append(json, i > 0 ? "," : "");
        append_quoted(json, spec->name);
        g_string_append_c(json, ':');
        if (spec->type == UMK_PARAM_BOOL)
            g_string_append(json, self->values[i].number != 0 ? "true" : "false");
        else if (spec->type == UMK_PARAM_STRING || spec->type == UMK_PARAM_CHOICE)
            append_quoted(json, self->values[i].text ? self->values[i].text : "");
        else
            g_string_append(
                json, g_ascii_dtostr(number, sizeof number, self->values[i].number));
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}
