/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collection for tests of the window: the items of the garden with made-up vectors, so
 * that no model is needed. */
#pragma once

#include <umekomi/umekomi.h>

gboolean fixture_make(const char *path, const char *garden, guint copies, GError **error);
