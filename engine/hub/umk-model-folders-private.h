/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where models lie on this machine. Nothing here opens a network connection. */
#pragma once

#include <umekomi/umk-types.h>

char **_umk_model_folders_list(void);
char *_umk_model_folders_find(const char *name, GError **error);
gboolean _umk_model_folder_probe(const char *path);
/* The same with a sentence that says what is wrong. */
gboolean _umk_model_folder_check(const char *path, GError **error);
/* The folder of the user's own models. */
char *_umk_model_store_folder(void);
char *_umk_asset_find(const char *name);
