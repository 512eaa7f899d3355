/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was taken off the vectors of each kind before a map was made, as a text that is
 * kept with the map: "text:… image:…", in base64 the numbers as float32, little-endian.
 */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

/* means: as of umk_projection_get_means(), or NULL, which gives NULL. */
char *umk_app_means_to_text(UmkMatrix *means, GBytes *kinds);
/* NULL: it is none of ours. kinds: a byte a mean, to be unreferenced. */
UmkMatrix *umk_app_means_from_text(const char *text, GBytes **kinds);

G_END_DECLS
