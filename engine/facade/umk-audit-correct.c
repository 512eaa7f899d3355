/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The p-values of all tests of one audit, corrected for their number: Holm (1979), and
 * Benjamini and Hochberg (1995). */
#include "facade/umk-audit-private.h"

#include <math.h>

static int
compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const double *p = data;
    guint i = *(const guint *) a, j = *(const guint *) b;

    return p[i] != p[j] ? (p[i] < p[j] ? -1 : 1) : (i < j ? -1 : i > j);
}

void
_umk_audit_correct(GPtrArray *outcomes)
{
    g_autofree double *p = g_new(double, outcomes->len + 1);
    g_autofree guint *order = g_new(guint, outcomes->len + 1);
    double least = 1, most = 0;
    guint m = 0;

    for (guint i = 0; i < outcomes->len; i++) {
        p[i] = ((const UmkAuditOutcome *) outcomes->pdata[i])->p;
        if (!isnan(p[i]))
            order[m++] = i;
    }
    if (m == 0)
        return;
    g_qsort_with_data(order, (int) m, sizeof *order, compare, p);
    for (guint i = 0; i < m; i++) {
        UmkAuditOutcome *outcome = outcomes->pdata[order[i]];

        most = MAX(most, MIN(1.0, p[order[i]] * (m - i)));
        outcome->holm = most;
    }
    for (guint i = m; i-- > 0;) {
        UmkAuditOutcome *outcome = outcomes->pdata[order[i]];

        least = MIN(least, p[order[i]] * m / (i + 1));
        outcome->bh = least;
    }
}
