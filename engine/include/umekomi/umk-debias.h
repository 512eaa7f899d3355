/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking an association out of vectors: a small map that is put over them as a view, kept
 * beside a collection, and never changes what is stored. */
#ifndef UMK_DEBIAS_H
#define UMK_DEBIAS_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-bias.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

typedef struct _UmkDebias UmkDebias; /* a map over vectors, immutable */

#define UMK_TYPE_DEBIAS (umk_debias_get_type())
GType umk_debias_get_type(void) G_GNUC_CONST;

char **umk_debias_list_methods(void);
const char *umk_debias_get_title(const char *method);
const char *umk_debias_get_help(const char *method);
char **umk_debias_list_roles(const char *method, gboolean required_only);
const UmkParamSpec *umk_debias_get_params(const char *method, gsize *n_specs);
UmkDebias *umk_debias_fit(const char *method,
                          UmkBiasInput *input,
                          UmkParams *params,
                          guint64 seed,
                          GCancellable *cancellable,
                          UmkProgressFunc progress,
                          gpointer progress_data,
                          GError **error);

gboolean umk_bias_input_set_debias(UmkBiasInput *self, UmkDebias *debias, GError **error);

UmkDebias *umk_debias_ref(UmkDebias *self);
void umk_debias_unref(UmkDebias *self);
const char *umk_debias_get_method(UmkDebias *self);
gsize umk_debias_get_n_dims(UmkDebias *self);
UmkMatrix *umk_debias_apply(UmkDebias *self,
                            UmkMatrix *vectors,
                            const char *const *names,
                            GCancellable *cancellable,
                            GError **error);
GBytes *umk_debias_to_bytes(UmkDebias *self);
UmkDebias *umk_debias_from_bytes(GBytes *bytes, GError **error);
char *umk_debias_to_json(UmkDebias *self);

gboolean umk_collection_add_debias(UmkCollection *self,
                                   const char *name,
                                   UmkDebias *debias,
                                   GError **error);
char **umk_collection_list_debiases(UmkCollection *self);
UmkDebias *
umk_collection_load_debias(UmkCollection *self, const char *name, GError **error);
gboolean
umk_collection_remove_debias(UmkCollection *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkDebias, umk_debias_unref)

G_END_DECLS

#endif
