/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts made comparable, and regular expressions over them that cannot hang: width, case,
 * and the two kinds of kana make no difference on either side. Immutable; any thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* NFKC, case folding, katakana as hiragana. */
char *umk_app_fold(const char *text, gssize len);

typedef struct _UmkAppPattern UmkAppPattern;

/* column: where the error is, in characters from 1, 0 if that is not known; or NULL. */
UmkAppPattern *umk_app_pattern_new(const char *text, guint *column, GError **error);
void umk_app_pattern_free(UmkAppPattern *self);
/* FALSE too where the text asks for more steps than a text may; *gave_up says so. */
gboolean umk_app_pattern_match(UmkAppPattern *self, const char *text, gboolean *gave_up);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppPattern, umk_app_pattern_free)

G_END_DECLS
