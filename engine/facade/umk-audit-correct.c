/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The p-values of all tests of one audit, corrected for their number. */
#include "facade/umk-audit-private.h"

#include "stats/umk-corrections-private.h"

void
_umk_audit_correct(GPtrArray *outcomes)
{
    g_autofree double *p = g_new(double, outcomes->len + 1);
    g_autofree double *holm = g_new(double, outcomes->len + 1);
    g_autofree double *bh = g_new(double, outcomes->len + 1);

    for (guint i = 0; i < outcomes->len; i++)
        p[i] = ((const UmkAuditOutcome *) outcomes->pdata[i])->p;
    _umk_correct(UMK_CORRECTION_HOLM, p, outcomes->len, holm);
    _umk_correct(UMK_CORRECTION_BENJAMINI_HOCHBERG, p, outcomes->len, bh);
    for (guint i = 0; i < outcomes->len; i++) {
        UmkAuditOutcome *outcome = outcomes->pdata[i];

        outcome->holm = holm[i];
        outcome->bh = bh[i];
    }
}
