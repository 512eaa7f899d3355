/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collection for tests of the window: the items of the garden with made-up vectors, so
 * that no model is needed. */
#pragma once

#include <umekomi/umekomi.h>

/* n items more of a model of that name, which is joined if it is new: texts, near those
 * of the labels that are there. */
gboolean fixture_add(const char *path, const char *model, guint n, GError **error);
gboolean fixture_make(const char *path, const char *garden, guint copies, GError **error);
