/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What vectors associate with what, and how to take it out: measures over named sets, and
 * linear maps that are put over vectors as a view. */
#ifndef UMK_BIAS_H
#define UMK_BIAS_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

typedef struct _UmkBiasInput UmkBiasInput; /* sets whose bias is measured */

#define UMK_TYPE_BIAS_INPUT (umk_bias_input_get_type())
GType umk_bias_input_get_type(void) G_GNUC_CONST;

UmkBiasInput *umk_bias_input_new(UmkMatrix *background, const char *const *names);
UmkBiasInput *umk_bias_input_ref(UmkBiasInput *self);
void umk_bias_input_unref(UmkBiasInput *self);
gboolean umk_bias_input_add_set(UmkBiasInput *self,
                                const char *role,
                                const char *title,
                                UmkMatrix *vectors,
                                const char *const *names,
                                GError **error);
gboolean umk_bias_input_set_modalities(UmkBiasInput *self,
                                       const char *role,
                                       const UmkModality *modalities,
                                       gsize n_modalities,
                                       GError **error);
gboolean umk_bias_input_set_values(UmkBiasInput *self,
                                   const char *role,
                                   const double *values,
                                   gsize n_values,
                                   GError **error);
gboolean umk_bias_input_set_column(UmkBiasInput *self,
                                   const char *column,
                                   const char *const *labels,
                                   gsize n_labels,
                                   GError **error);

char **umk_bias_list_measures(void);
const char *umk_bias_get_title(const char *measure);
const char *umk_bias_get_help(const char *measure);
char **umk_bias_list_roles(const char *measure, gboolean required_only);
const UmkParamSpec *umk_bias_get_params(const char *measure, gsize *n_specs);
const char *umk_bias_describe(const char *code);
char *umk_bias_measure(const char *measure,
                       UmkBiasInput *input,
                       UmkParams *params,
                       guint64 seed,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkBiasInput, umk_bias_input_unref)

G_END_DECLS

#endif
