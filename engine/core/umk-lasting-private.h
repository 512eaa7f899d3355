/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where _umk_alloc_lasting takes its memory from. Any thread. */
#pragma once

#include <glib.h>

/* Zero-filled, on a 64-byte border; NULL where there is no such memory. Release with
 * _umk_free_lasting. */
gpointer _umk_lasting_take(gsize size);
