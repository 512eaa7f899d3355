/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What options of a method and their values are called where people read them: the words
 * of the tables are for files and commands. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

/* Whether a value, as the engine writes it, is what the option is without one. */
gboolean umk_app_option_is_default(const UmkParamSpec *spec, const char *value);
/* What a choice is called; lent, the word itself where it has no title. */
const char *umk_app_option_get_choice(const UmkParamSpec *spec, guint choice);
char *umk_app_option_dup_value(const UmkParamSpec *spec, const char *value);

G_END_DECLS
