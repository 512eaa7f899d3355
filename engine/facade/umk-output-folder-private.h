/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder that appears under its name when all in it is written, or not at all. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    char *path;
    char *partial; /* where to write until it is finished */
} UmkOutputFolder;

/* An error if something is there already. */
gboolean
_umk_output_folder_begin(UmkOutputFolder *self, const char *path, GError **error);
gboolean _umk_output_folder_finish(UmkOutputFolder *self, GError **error);
/* Removes what was not finished. */
void _umk_output_folder_clear(UmkOutputFolder *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkOutputFolder, _umk_output_folder_clear)
