/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting models into the user's store and taking them out. */
#pragma once

#include <umekomi/umk-hub.h>
#include <umekomi/umk-plugin.h>

/* Whether a model may be called so in the store. */
gboolean _umk_model_name_check(const char *name, GError **error);
/* An error if the store has a model of that name already. */
gboolean _umk_model_name_is_free(const char *name, GError **error);
/* Everything below path, links not followed; no error where there is nothing. */
gboolean _umk_delete_tree(const char *path, GError **error);
