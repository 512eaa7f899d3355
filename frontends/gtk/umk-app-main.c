/* SPDX-License-Identifier: GPL-3.0-or-later */
/* umekomi-explorer. */
#include "umk-app-application.h"

int
main(int argc, char **argv)
{
    g_autoptr(UmkAppApplication) application = NULL;

    umk_app_application_set_locale();
    g_set_prgname("umekomi-explorer");
    application = umk_app_application_new(0);
    return g_application_run(G_APPLICATION(application), argc, argv);
}
