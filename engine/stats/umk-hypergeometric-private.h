/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails of the hypergeometric distribution: how surprising it is that a draw without
 * replacement holds so many marked things. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double less;      /* P(X <= seen) */
    double greater;   /* P(X >= seen) */
    double two_sided; /* all outcomes that are no likelier than the one seen */
    double mean;      /* drawn * marked / total */
} UmkHypergeometric;

/* FALSE when it cannot be: more marked or drawn than there are, more or fewer seen than
 * such a draw can hold. */
gboolean _umk_hypergeometric(
    guint64 total, guint64 marked, guint64 drawn, guint64 seen, UmkHypergeometric *out);

G_END_DECLS
