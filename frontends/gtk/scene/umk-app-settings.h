/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window remembers from one day to the next. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define UMK_APP_ID "io.github.umekomi.Umekomi"

GSettings *umk_app_settings_new(void);

G_END_DECLS
