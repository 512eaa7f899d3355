/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry point: finds the command, gives it its arguments, turns Ctrl+C into a cancelled
 * call. Knows nothing of what a command does. */
#include "umk-cli.h"

#include "umk-config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE (G_USEC_PER_SEC / 2)

static int signal_pipe[2];

/* All that a handler may do. It runs in whichever thread the kernel picks, also in those
 * that OpenBLAS starts before main(), so that blocking the signal in ours would not do.
 */
static void
note_signal(int number)
{
    int saved = errno;

    if (write(signal_pipe[1], "", 1) < 0)
        _exit(UMK_CLI_CANCELLED);
    errno = saved;
}

/* The first signal cancels the call at hand. A second one ends the program at once,
 * unless it comes so soon that it is the first again, sent to the process and to its
 * group. */
static gpointer
wait_for_signal(gpointer data)
{
    GCancellable *cancellable = data;
    gint64 first = 0;
    char byte;

    while (read(signal_pipe[0], &byte, 1) == 1) {
        if (first == 0) {
            first = g_get_monotonic_time();
            g_cancellable_cancel(cancellable);
        } else if (g_get_monotonic_time() - first > PATIENCE) {
            _exit(UMK_CLI_CANCELLED);
        }
    }
    return NULL;
}

static void
catch_signals(GCancellable *cancellable)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

    if (pipe2(signal_pipe, O_CLOEXEC) != 0)
        return;
    g_thread_unref(g_thread_new("signals", wait_for_signal, cancellable));
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static const UmkCliCommand *
find(const char *name)
{
    for (gsize i = 0; umk_cli_commands[i] != NULL; i++)
        if (g_str_equal(umk_cli_commands[i]->name, name))
            return umk_cli_commands[i];
    return NULL;
}

static void
print_help(FILE *to)
{
    fprintf(to, "%s\n\n%s\n", _("Usage: umekomi COMMAND [OPTION…] [ARGUMENT…]"),
            _("Texts, pictures, sounds and graphs in one space of meaning."));
    fprintf(to, "\n%s\n", _("Commands:"));
    for (gsize i = 0; umk_cli_commands[i] != NULL; i++)
        fprintf(to, "  %-9s  %s\n", umk_cli_commands[i]->name,
                _(umk_cli_commands[i]->summary));
    fprintf(to, "\n%s\n%s\n", _("“umekomi COMMAND --help” tells more, with examples."),
            _("“umekomi --version” prints the version."));
}

/* Warnings of the libraries go to stderr in one plain line; nothing but data on stdout.
 */
static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    const char *message = NULL;

    if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE)) != 0)
        return G_LOG_WRITER_HANDLED;
    for (gsize i = 0; i < n_fields; i++)
        if (g_str_equal(fields[i].key, "MESSAGE"))
            message = fields[i].value;
    fprintf(stderr, "umekomi: %s\n", message ? message : "?");
    return G_LOG_WRITER_HANDLED;
}

int
main(int argc, char **argv)
{
    UmkCli cli = {.seed = 42};
    const char *locale = g_getenv("UMEKOMI_LOCALE_PATH");
    const UmkCliCommand *command;
    UmkCliExit code;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, locale ? locale : UMK_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    g_set_prgname("umekomi");
    g_log_set_writer_func(write_log, NULL, NULL);
    if (argc < 2) {
        print_help(stderr);
        return UMK_CLI_USAGE;
    }
    if (g_str_equal(argv[1], "--version") || g_str_equal(argv[1], "-V")) {
        printf("umekomi %s\n", umk_get_version());
        return UMK_CLI_OK;
    }
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
        g_str_equal(argv[1], "help")) {
        print_help(stdout);
        return UMK_CLI_OK;
    }
    command = find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, _("umekomi: there is no command “%s”; see “umekomi --help”\n"),
                argv[1]);
        return UMK_CLI_USAGE;
    }
    cli.cancellable = g_cancellable_new();
    cli.failures = g_ptr_array_new_with_free_func(g_free);
    catch_signals(cli.cancellable);
    code = command->run(&cli, argc - 1, argv + 1);
    g_ptr_array_unref(cli.failures);
    if (fflush(stdout) != 0 && code == UMK_CLI_OK) {
        perror("umekomi: stdout");
        code = UMK_CLI_FAILED;
    }
    return code;
}
