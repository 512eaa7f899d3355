/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts made comparable: compatibility forms (full width, ligatures, half-width kana)
 * composed, letters without case (Unicode NFKC and case folding). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* text (len bytes, or -1) need not be valid UTF-8; what is not becomes U+FFFD. */
char *_umk_fold(const char *text, gssize len);

G_END_DECLS
