/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: one process, a window for each collection. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_APPLICATION (umk_app_application_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppApplication, umk_app_application, UMK_APP, APPLICATION, AdwApplication)

UmkAppApplication *umk_app_application_new(GApplicationFlags flags);
void umk_app_application_set_locale(void);

G_END_DECLS
