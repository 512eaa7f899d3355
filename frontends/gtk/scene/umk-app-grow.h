/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest neighbours of many items at once, among the vectors and not on the map. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-rows.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_GROW_BY 5u /* neighbours that an item brings along */

/* Result: UmkAppRows, of the neighbours alone. */
UmkAppJob *
umk_app_grow(UmkAppSource *source, UmkAppRows *from, UmkAppJobDone done, GObject *owner);

G_END_DECLS
