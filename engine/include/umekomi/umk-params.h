/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named options, checked against one static table that also feeds flags and forms. */
#ifndef UMK_PARAMS_H
#define UMK_PARAMS_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkParamType:
 * @UMK_PARAM_INT: a whole number between min and max
 * @UMK_PARAM_DOUBLE: a number between min and max
 * @UMK_PARAM_BOOL: yes or no
 * @UMK_PARAM_STRING: any text; the default is empty
 * @UMK_PARAM_CHOICE: one of a list of words; the default is an index into it
 */
typedef enum {
    UMK_PARAM_INT,
    UMK_PARAM_DOUBLE,
    UMK_PARAM_BOOL,
    UMK_PARAM_STRING,
    UMK_PARAM_CHOICE
} UmkParamType;

/**
 * UmkParamSpec:
 * @name: name as it stands in a flag or a file, words joined by '-'
 * @type: what values it takes
 * @title: short name for a form, translatable
 * @help: one sentence, translatable
 * @min: least value of a number
 * @max: largest value of a number
 * @def: default; an index for a choice
 * @choices: (array zero-terminated=1) (nullable): the words of a choice
 * @plain: whether it shapes a result most: a form that shows few options shows it
 * @automatic: whether 0 leaves the number to the method
 * @choice_titles: (array zero-terminated=1) (nullable): short names of the choices for a
 *   form, translatable, in the same order; %NULL where the words will do
 *
 * One row of a method's table of options.
 */
typedef struct _UmkParamSpec UmkParamSpec;
struct _UmkParamSpec {
    const char *name;
    UmkParamType type;
    const char *title;
    const char *help;
    double min;
    double max;
    double def;
    const char *const *choices;
    gboolean plain;
    gboolean automatic;
    const char *const *choice_titles;
};

#define UMK_TYPE_PARAMS (umk_params_get_type())
GType umk_params_get_type(void) G_GNUC_CONST;

UmkParams *umk_params_new(const UmkParamSpec *specs, gsize n_specs);
UmkParams *umk_params_ref(UmkParams *self);
void umk_params_unref(UmkParams *self);
const UmkParamSpec *umk_params_get_specs(UmkParams *self, gsize *n_specs);
gboolean umk_params_has(UmkParams *self, const char *name);
gboolean umk_params_is_set(UmkParams *self, const char *name);
gboolean umk_params_parse(UmkParams *self, const char *assignments, GError **error);
gboolean
umk_params_set(UmkParams *self, const char *name, const char *value, GError **error);
gboolean
umk_params_set_double(UmkParams *self, const char *name, double value, GError **error);
double umk_params_get_double(UmkParams *self, const char *name);
gint64 umk_params_get_int(UmkParams *self, const char *name);
gboolean umk_params_get_bool(UmkParams *self, const char *name);
const char *umk_params_get_string(UmkParams *self, const char *name);
char *umk_params_to_json(UmkParams *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkParams, umk_params_unref)

G_END_DECLS

#endif
