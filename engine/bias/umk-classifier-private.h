/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logistic regression of two classes: least ½|w|² + C Σ log(1 + exp(-s (w·x + b))), the
 * intercept free, by Newton's method to the end. It is convex and has one solution, so
 * there is neither a start nor a seed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* rows (n, d); positive[i] is nonzero for one class. Both classes must occur. weights (d)
 * are zero where the rows do not tell the classes apart. */
gboolean _umk_classifier_fit(const double *rows,
                             const guint8 *positive,
                             gsize n,
                             gsize d,
                             double strength, /* C */
                             double *weights,
                             double *intercept,
                             GError **error);

G_END_DECLS
