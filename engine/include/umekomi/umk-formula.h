/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of named vectors: `king - man + woman`. */
#ifndef UMK_FORMULA_H
#define UMK_FORMULA_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

#define UMK_TYPE_FORMULA (umk_formula_get_type())
GType umk_formula_get_type(void) G_GNUC_CONST;

UmkFormula *umk_formula_new(const char *text, GError **error);
gboolean umk_formula_check(const char *text, guint *column, GError **error);
UmkFormula *umk_formula_ref(UmkFormula *self);
void umk_formula_unref(UmkFormula *self);
gsize umk_formula_get_n_terms(UmkFormula *self);
const char *umk_formula_get_term(UmkFormula *self, gsize position, double *weight);
guint umk_formula_get_column(UmkFormula *self, gsize position);
UmkMatrix *umk_formula_combine(UmkFormula *self, UmkMatrix *vectors, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFormula, umk_formula_unref)

G_END_DECLS

#endif
