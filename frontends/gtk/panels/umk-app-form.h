/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form made from a method's table of options: numbers to turn, switches, choices and
 * texts; the ones that few people need are folded away. Signal "changed". */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_FORM (umk_app_form_get_type())
G_DECLARE_FINAL_TYPE(UmkAppForm, umk_app_form, UMK_APP, FORM, GtkWidget)

GtkWidget *umk_app_form_new(void);
/* specs live as long as the program; hidden: names without a row, NULL-terminated. */
void umk_app_form_set_specs(UmkAppForm *self,
                            const UmkParamSpec *specs,
                            gsize n_specs,
                            const char *const *hidden);
/* A value as text, also of a hidden option; FALSE: it is none. */
gboolean umk_app_form_set(UmkAppForm *self, const char *name, const char *value);
/* What the form says; new, nobody else's. */
UmkParams *umk_app_form_make_params(UmkAppForm *self);
/* Numbers of rows at once and of those folded away; for tests. */
guint umk_app_form_get_n_rows(UmkAppForm *self, guint *n_folded);

G_END_DECLS
