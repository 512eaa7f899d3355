/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explore: hands over to the window. */
#include "umk-cli.h"

#include <errno.h>
#include <unistd.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_explore = {"explore", "[COLLECTION]",
                                               N_("Open the window"),
                                               "  umekomi explore\n"
                                               "  umekomi explore photos.ume\n",
                                               run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *beside = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_explore, NULL);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc > 2)
        return umk_cli_usage(&umk_cli_command_explore, _("give one collection at most"));
    if (g_getenv("DISPLAY") == NULL && g_getenv("WAYLAND_DISPLAY") == NULL) {
        g_set_error(
            &error, UMK_ERROR, UMK_ERROR_FAILED,
            _("There is no display to open a window on; “umekomi map” draws to a file"));
        return umk_cli_fail(cli, error);
    }
    if (self != NULL) {
        g_autofree char *folder = g_path_get_dirname(self);

        beside = g_build_filename(folder, "umekomi-explorer", NULL);
        if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
            execl(beside, beside, argc == 2 ? argv[1] : NULL, NULL);
    }
    execlp("umekomi-explorer", "umekomi-explorer", argc == 2 ? argv[1] : NULL, NULL);
    g_set_error(&error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("The program “umekomi-explorer” is not installed: %s"),
                g_strerror(errno));
    return umk_cli_fail(cli, error);
}
