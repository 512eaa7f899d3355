/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of plugins that are part of the library; written by the build. */
#pragma once

#include <umekomi/umk-plugin.h>

typedef const UmkPlugin *(*UmkBuiltinFunc)(void);

extern const UmkBuiltinFunc _umk_builtin_plugins[]; /* NULL-terminated */
