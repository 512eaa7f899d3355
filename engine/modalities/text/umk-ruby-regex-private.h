/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regular expressions of a tokenizer.json are written for Oniguruma in the syntax of
 * Ruby; here they run in PCRE2. */
#pragma once

#include <umekomi/umk-types.h>

/* The same expression for PCRE2. What the two read differently is written in another way
 * or, where it cannot be, refused: an expression that means something else must not go
 * unnoticed. */
char *_umk_ruby_regex_translate(const char *regex, GError **error);
