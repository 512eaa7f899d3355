/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is folded away until it is asked for. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkExpander, folded; label has a mnemonic. */
GtkWidget *umk_app_expander_new(const char *label, GtkWidget *child);

G_END_DECLS
