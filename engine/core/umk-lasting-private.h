/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for what is filled once and kept, as weights are. Any thread. */
#pragma once

#include <glib.h>

/* Zero-filled, on a 64-byte border; NULL where there is no such memory. */
gpointer _umk_lasting_take(gsize size);
/* memory: of _umk_lasting_take, or NULL. */
void _umk_lasting_give(gpointer memory);
