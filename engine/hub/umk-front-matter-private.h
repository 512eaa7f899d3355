/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card at the top of a model's README.md: the lines between two "---". Of YAML only
 * what such cards use is understood: "key: value", "key: [a, b]" and "key:" followed by
 * "- a" lines, at the outermost level; the rest is passed over. */
#pragma once

#include <umekomi/umk-types.h>

/* (element-type utf8 GStrv): key -> its values; empty where there is no card */
GHashTable *_umk_front_matter_parse(const char *data, gsize length);
