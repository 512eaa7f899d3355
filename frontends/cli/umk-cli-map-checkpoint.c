/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map --checkpoint: a long fit survives Ctrl+C, a full disk and a power cut. The file is
 * replaced whole, so there is always one that can be gone on from. */
#include "umk-cli-map.h"

typedef struct {
    char *path;
    gboolean failed; /* told once */
} Keeper;

static void
keeper_free(gpointer data)
{
    Keeper *keeper = data;

    g_free(keeper->path);
    g_free(keeper);
}

static void
keep(GBytes *checkpoint, gpointer data)
{
    Keeper *keeper = data;
    g_autoptr(GError) error = NULL;
    gsize size;
    const char *bytes = g_bytes_get_data(checkpoint, &size);

    if (g_file_set_contents_full(
            keeper->path, bytes, (gssize) size,
            G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, &error) ||
        keeper->failed)
        return;
    keeper->failed = TRUE;
    g_printerr(_("umekomi: no checkpoint is kept: %s\n"), error->message);
}

static gboolean
go_on(UmkCli *cli, const char *path, UmkFitting *fitting, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    g_autoptr(GBytes) bytes = NULL;

    if (file == NULL)
        return FALSE;
    bytes = g_mapped_file_get_bytes(file);
    if (!umk_fitting_set_checkpoint(fitting, bytes, error)) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    umk_cli_message(cli, _("Going on from “%s”"), path);
    return TRUE;
}

gboolean
umk_cli_map_take_checkpoint(UmkCli *cli,
                            const UmkCliMapOptions *options,
                            UmkFitting *fitting,
                            GError **error)
{
    Keeper *keeper;

    if (g_file_test(options->checkpoint, G_FILE_TEST_EXISTS) &&
        !go_on(cli, options->checkpoint, fitting, error))
        return FALSE;
    keeper = g_new0(Keeper, 1);
    keeper->path = g_strdup(options->checkpoint);
    umk_fitting_set_checkpoint_func(fitting, (guint) options->checkpoint_every, keep,
                                    keeper, keeper_free);
    return TRUE;
}
