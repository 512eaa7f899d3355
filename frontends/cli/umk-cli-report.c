/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes to stderr: progress with rate and time left, remarks, errors; and the list of
 * items that a batch command had to leave out. */
#include "umk-cli.h"

#include "umk-chart.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 24

void
umk_cli_progress_start(UmkCli *cli, double total, const char *unit)
{
    cli->started = g_get_monotonic_time();
    cli->total = total;
    cli->unit = unit;
}

static void
append_time(GString *line, double seconds)
{
    if (seconds >= 3600)
        g_string_append_printf(line, "%d:%02d:%02d", (int) (seconds / 3600),
                               (int) (seconds / 60) % 60, (int) seconds % 60);
    else
        g_string_append_printf(line, "%d:%02d", (int) (seconds / 60), (int) seconds % 60);
}

/* An UmkProgressFunc. A terminal gets a bar that is drawn over itself; a file gets
 * nothing. */
void
umk_cli_progress(const char *stage, double fraction, gpointer data)
{
    UmkCli *cli = data;
    double seconds = (double) (g_get_monotonic_time() - cli->started) / 1e6;
    g_autoptr(GString) line = g_string_new("\r\033[K");

    if (cli->quiet || !isatty(STDERR_FILENO))
        return;
    if (fraction >= 0) {
        int full = (int) (fraction * BAR_WIDTH);

        g_string_append_c(line, '[');
        for (int i = 0; i < BAR_WIDTH; i++)
            g_string_append(line, i < full ? "█" : "·");
        g_string_append_printf(line, "] %3d %%  ", (int) (fraction * 100));
    }
    g_string_append(line, stage);
    if (cli->total > 0 && fraction > 0 && seconds > 0.5)
        g_string_append_printf(line, "  %.*f %s/s",
                               cli->total * fraction / seconds < 10 ? 1 : 0,
                               cli->total * fraction / seconds, cli->unit);
    if (fraction > 0.01 && seconds > 1) {
        g_string_append_printf(line, "  %s ", _("left:"));
        append_time(line, seconds / fraction * (1 - fraction));
    }
    fputs(line->str, stderr);
    fflush(stderr);
    cli->shown = TRUE;
}

void
umk_cli_progress_end(UmkCli *cli)
{
    if (cli->shown)
        fputs("\r\033[K", stderr);
    cli->shown = FALSE;
}

void
umk_cli_message(UmkCli *cli, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    if (cli->quiet)
        return;
    umk_cli_progress_end(cli);
    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "%s\n", message);
}

/* One line, and the exit code that goes with it. */
UmkCliExit
umk_cli_fail(UmkCli *cli, GError *error)
{
    umk_cli_progress_end(cli);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        fprintf(stderr, "umekomi: %s\n", _("stopped"));
        return UMK_CLI_CANCELLED;
    }
    fprintf(stderr, "umekomi: %s\n", error ? error->message : _("failed"));
    return UMK_CLI_FAILED;
}

void
umk_cli_add_failure(UmkCli *cli, const char *what, const char *why)
{
    g_ptr_array_add(cli->failures, g_strdup(what));
    g_ptr_array_add(cli->failures, g_strdup(why));
}

/* Lists what a batch left out; the exit code of the command. */
UmkCliExit
umk_cli_finish(UmkCli *cli, const char *errors_file, gboolean skip_errors)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint n = cli->failures->len / 2;

    umk_cli_progress_end(cli);
    for (guint i = 0; i < n; i++) {
        g_autofree char *what = umk_cli_escape(cli->failures->pdata[2 * i]);
        g_autofree char *why = umk_cli_escape(cli->failures->pdata[2 * i + 1]);

        if (g_str_has_prefix(why, what)) /* the reason names the file itself */
            fprintf(stderr, "umekomi: %s\n", why);
        else
            fprintf(stderr, "umekomi: %s: %s\n", what, why);
        g_string_append_printf(list, "%s\t%s\n", what, why);
    }
    if (errors_file != NULL) {
        g_autoptr(GError) error = NULL;

        if (!umk_cli_write_text(errors_file, list->str, (gssize) list->len, &error))
            return umk_cli_fail(cli, error);
    }
    if (n > 0)
        fprintf(stderr,
                g_dngettext(GETTEXT_PACKAGE, "umekomi: %u item could not be used\n",
                            "umekomi: %u items could not be used\n", n),
                n);
    return n > 0 && !skip_errors ? UMK_CLI_FAILED : UMK_CLI_OK;
}

/* A text safe for a terminal. */
char *
umk_cli_escape(const char *text)
{
    return umk_chart_escape(text);
}

void
umk_cli_print_json(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, FALSE);

    puts(text);
}

/* To a temporary file beside the target, synced, then renamed: never a half file. */
gboolean
umk_cli_write_text(const char *path, const char *text, gssize len, GError **error)
{
    return g_file_set_contents_full(
        path, text, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
        0666, error);
}
