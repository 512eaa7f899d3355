/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every command shares: common options, cancelling, progress, errors and output.
 * A command is one file with one UmkCliCommand, and one line in umk-cli-commands.c. */
#pragma once

#include <umekomi/umekomi.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include <stdio.h>

typedef enum {
    UMK_CLI_OK = 0,
    UMK_CLI_FAILED = 1,
    UMK_CLI_USAGE = 2,
    UMK_CLI_CANCELLED = 130
} UmkCliExit;

typedef struct {
    /* options that every command has */
    int threads;
    gint64 seed;
    gboolean quiet;
    gboolean json;
    /* state */
    GCancellable *cancellable;
    GPtrArray *failures;    /* what, why, what, why, ... */
    UmkKnowledge knowledge; /* of the last query that was judged */
    double knowledge_score;
    /* progress */
    gint64 started; /* microseconds */
    double total;   /* units of work, 0 if unknown */
    const char *unit;
    gboolean shown;
} UmkCli;

typedef struct {
    const char *name;
    const char *usage;    /* what follows the name, not translated */
    const char *summary;  /* N_() */
    const char *examples; /* two worked examples */
    UmkCliExit (*run)(UmkCli *cli, int argc, char **argv);
} UmkCliCommand;

extern const UmkCliCommand *const umk_cli_commands[];

/* options */
GOptionContext *umk_cli_options_new(UmkCli *cli,
                                    const UmkCliCommand *command,
                                    const GOptionEntry *entries);
void umk_cli_options_add_params(GOptionContext *context, UmkParams *params);
void umk_cli_options_add_params_except(GOptionContext *context,
                                       UmkParams *params,
                                       const char *const *except);
UmkCliExit
umk_cli_options_parse(UmkCli *cli, GOptionContext *context, int *argc, char ***argv);
UmkCliExit umk_cli_usage(const UmkCliCommand *command, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

/* progress and errors */
void umk_cli_progress_start(UmkCli *cli, double total, const char *unit);
void umk_cli_progress(const char *stage, double fraction, gpointer cli);
void umk_cli_progress_end(UmkCli *cli);
void umk_cli_message(UmkCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
UmkCliExit umk_cli_fail(UmkCli *cli, GError *error);
void umk_cli_add_failure(UmkCli *cli, const char *what, const char *why);
UmkCliExit umk_cli_finish(UmkCli *cli, const char *errors_file, gboolean skip_errors);

/* output */
char *umk_cli_escape(const char *text);
void umk_cli_print_json(JsonBuilder *builder);
gboolean
umk_cli_write_text(const char *path, const char *text, gssize len, GError **error);

/* what a model knows of a query: kept in cli, said on stderr; and in JSON */
void umk_cli_judge(UmkCli *cli, UmkModel *model, UmkItem *query);
void umk_cli_add_knowledge(const UmkCli *cli, JsonBuilder *builder);

/* sources */
typedef struct {
    UmkCollection *collection; /* NULL for a file of vectors */
    UmkMatrix *vectors;
    char **names; /* NULL-terminated, one a row; never NULL */
    GBytes *rows; /* rows of the collection, or NULL */
    char *digest; /* of what was read */
} UmkCliSource;

/* Whether it names a file of vectors, or an array of one as FILE.npz:NAME. */
gboolean umk_cli_source_is_file(const char *path);
gboolean umk_cli_source_open(UmkCli *cli,
                             const char *path,
                             const char *ids_file,
                             UmkCliSource *source,
                             GError **error);
void umk_cli_source_clear(UmkCliSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliSource, umk_cli_source_clear)
/* map --method axes: names in the formulas of params become rows. */
gboolean
umk_cli_axes_resolve(const char *method, UmkParams *params, char **names, GError **error);
char **umk_cli_read_lines(const char *path, GError **error);

/* lines of a file, or words, a part at a time */
typedef struct {
    FILE *file;   /* or NULL */
    char **words; /* borrowed */
    gsize at;     /* next word */
    char *line;
    gsize room;
    double size; /* bytes or words there are, 0 if unknown */
    double done;
} UmkCliLines;

gboolean
umk_cli_lines_open(UmkCliLines *self, const char *path, char **words, GError **error);
char **umk_cli_lines_next(UmkCliLines *self, gsize n, gsize size, GError **error);
void umk_cli_lines_close(UmkCliLines *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliLines, umk_cli_lines_close)

/* "512M", "2G", "1000000"; FALSE for anything else. */
gboolean umk_cli_parse_size(const char *text, guint64 *size);
