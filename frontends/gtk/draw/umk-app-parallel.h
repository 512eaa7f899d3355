/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of one drawing, taken in turn by a few threads that live no longer than it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* worker: 0 to n_threads - 1. */
typedef void (*UmkAppPieceFunc)(gpointer data, guint piece, guint worker);

#define UMK_APP_MAX_THREADS 16u

void
umk_app_parallel(guint n_pieces, guint n_threads, UmkAppPieceFunc func, gpointer data);

G_END_DECLS
