/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks before something is added: what was found in it, where it goes, what the columns
 * of a table are, and how long it will take. The signal "start" says that it may. */
#pragma once

#include <adwaita.h>

#include "umk-app-import.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_INTAKE_DIALOG (umk_app_intake_dialog_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppIntakeDialog, umk_app_intake_dialog, UMK_APP, INTAKE_DIALOG, AdwWindow)

/* Takes the intake. target: the collection that is added to; NULL: a new one. */
UmkAppIntakeDialog *
umk_app_intake_dialog_new(GtkWindow *parent, UmkAppIntake *intake, const char *target);
/* What was agreed upon, once; the caller's. */
UmkAppImport *umk_app_intake_dialog_steal_import(UmkAppIntakeDialog *self);
/* Whether the time has been measured, or could not be. */
gboolean umk_app_intake_dialog_is_measured(UmkAppIntakeDialog *self);
/* Of a file with several: which of them, from 0. */
void umk_app_intake_dialog_choose_array(UmkAppIntakeDialog *self, guint at);
UmkAppIntake *umk_app_intake_dialog_get_intake(UmkAppIntakeDialog *self);

G_END_DECLS
