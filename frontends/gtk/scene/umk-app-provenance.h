/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the vector of an item comes from, as pairs of name and value for people. */
#pragma once

#include "umk-app-source.h"

G_BEGIN_DECLS

GPtrArray *umk_app_provenance_of(UmkAppSource *source, guint32 row);

G_END_DECLS
