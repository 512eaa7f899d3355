/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: make-fixture COLLECTION GARDEN [COPIES] */
#include "fixture.h"

#include <stdlib.h>

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (argc < 3)
        return 2;
    if (!fixture_make(argv[1], argv[2], argc > 3 ? (guint) atoi(argv[3]) : 1, &error)) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    return 0;
}
