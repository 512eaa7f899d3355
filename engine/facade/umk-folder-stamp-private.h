/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Adds the name, size, time and inode of every file of a folder, or of one file. */
void _umk_folder_stamp(GChecksum *sum, const char *folder);
