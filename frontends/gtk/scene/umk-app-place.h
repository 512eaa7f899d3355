/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places for items that came after a layout was made, on that layout: nobody else moves.
 */
#pragma once

#include "umk-app-job.h"
#include "umk-app-layout.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

/* Whether new items can be placed on a layout of that method; axes chosen by hand are
 * laid out again in no time. */
gboolean umk_app_place_can(const UmkAppLayout *layout);
/* Result: UmkAppLayout, of the old places and the new, which is kept with the
 * collection. */
UmkAppJob *umk_app_place_start(UmkAppSource *source,
                               UmkAppLayout *layout,
                               UmkAppJobDone done,
                               GObject *owner);

G_END_DECLS
