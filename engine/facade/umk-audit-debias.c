/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same tests once more on vectors that a debias has changed. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

gboolean
_umk_audit_debias(UmkAuditWork *work, UmkRun *run, GError **error)
{
    if (work->spec->debias == NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("There is no way of taking bias out called “%s”"), work->spec->debias);
    return FALSE;
}
