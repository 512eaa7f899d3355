/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval similarity: whether vectors find alike what people find alike. */
#include "umk-cli-eval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_REPLICATES 2000

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_eval_similarity = {
    "eval similarity", "SOURCE PAIRS (two names and a number a line)",
    N_("Whether items are alike that people find alike"),
    "  umekomi eval similarity words.vec wordsim353.tsv\n"
    "  umekomi eval similarity words.vec wordsim353.tsv --against debiased.vec --json\n",
    run};

typedef struct {
    gint64 *first, *second;
    double *judged;
    gsize n;
} Pairs;

static void
pairs_clear(Pairs *self)
{
    g_free(self->first);
    g_free(self->second);
    g_free(self->judged);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pairs, pairs_clear)

/* Fields stand apart by tabs, else by commas, else by blanks. */
static char **
split(const char *line)
{
    const char *mark = strchr(line, '\t') != NULL  ? "\t"
                       : strchr(line, ',') != NULL ? ","
                                                   : " ";
    char **fields = g_strsplit(line, mark, -1);

    for (gsize i = 0; fields[i] != NULL; i++)
        g_strstrip(fields[i]);
    return fields;
}

static gboolean
read_number(const char *text, double *number)
{
    char *end;

    *number = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

/* A first line without a number is a heading; "#" begins a remark. */
static gboolean
read_pairs(const char *path, UmkCliNames *names, Pairs *pairs, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    gsize n_lines;

    if (lines == NULL)
        return FALSE;
    n_lines = g_strv_length(lines);
    pairs->first = g_new(gint64, n_lines + 1);
    pairs->second = g_new(gint64, n_lines + 1);
    pairs->judged = g_new(double, n_lines + 1);
    for (gsize i = 0; i < n_lines; i++) {
        g_auto(GStrv) fields = split(lines[i]);
        double judged;

        if (*lines[i] == '\0' || *lines[i] == '#')
            continue;
        if (g_strv_length(fields) < 3 || !read_number(fields[2], &judged)) {
            if (pairs->n == 0 && i == 0)
                continue;
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s, line %zu: expected two names and a number"), path, i + 1);
            return FALSE;
        }
        pairs->first[pairs->n] = umk_cli_names_find(names, fields[0]);
        pairs->second[pairs->n] = umk_cli_names_find(names, fields[1]);
        pairs->judged[pairs->n++] = judged;
    }
    if (pairs->n > 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("%s has no pairs"), path);
    return FALSE;
}

static void
print_one(const UmkSimilarity *result, const char *title)
{
    if (isnan(result->spearman))
        printf(_("%-10s undefined: fewer than three pairs, or all alike\n"), title);
    else
        printf("%-10s %7.4f  [%.4f, %.4f]\n", title, result->spearman, result->low,
               result->high);
}

static void
add_one(JsonBuilder *builder, const UmkSimilarity *result)
{
    umk_cli_eval_add_figure(builder, "spearman", result->spearman);
    umk_cli_eval_add_figure(builder, "low", result->low);
    umk_cli_eval_add_figure(builder, "high", result->high);
    umk_cli_eval_add_figure(builder, "pearson", result->pearson);
}

static void
print(UmkCli *cli,
      UmkCliNames *names,
      const UmkSimilarity *result,
      const UmkSimilarity *after,
      const UmkSimilarity *change)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    if (!cli->json) {
        printf(_("%zu of %zu pairs have both vectors\n"), result->n_covered,
               result->n_pairs);
        print_one(result, _("spearman"));
        if (change != NULL) {
            print_one(after, _("against"));
            print_one(change, _("change"));
        }
        return;
    }
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "n_pairs");
    json_builder_add_int_value(builder, (gint64) result->n_pairs);
    json_builder_set_member_name(builder, "n_covered");
    json_builder_add_int_value(builder, (gint64) result->n_covered);
    add_one(builder, result);
    if (change != NULL) {
        json_builder_set_member_name(builder, "against");
        json_builder_begin_object(builder);
        add_one(builder, after);
        json_builder_end_object(builder);
        json_builder_set_member_name(builder, "change");
        json_builder_begin_object(builder);
        add_one(builder, change);
        json_builder_end_object(builder);
    }
    umk_cli_names_add_missing(names, builder);
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

static gboolean
measure(UmkCli *cli,
        UmkMatrix *vectors,
        const Pairs *pairs,
        UmkSimilarity *result,
        GError **error)
{
    return umk_eval_similarity(vectors, pairs->first, pairs->second, pairs->judged,
                               pairs->n, N_REPLICATES, (guint64) cli->seed, result,
                               error);
}

static UmkCliExit
compare(UmkCli *cli, const char *ids, const char *against, char **argv)
{
    g_auto(UmkCliSource) source = {0}, other = {0};
    g_auto(UmkCliNames) names = {0};
    g_auto(Pairs) pairs = {0};
    g_autoptr(GError) error = NULL;
    UmkSimilarity result, after, change;

    if (!umk_cli_source_open(cli, argv[1], ids, &source, &error))
        return umk_cli_fail(cli, error);
    umk_cli_names_init(&names, source.names);
    if (!read_pairs(argv[2], &names, &pairs, &error) ||
        !measure(cli, source.vectors, &pairs, &result, &error))
        return umk_cli_fail(cli, error);
    if (against != NULL &&
        (!umk_cli_source_open(cli, against, ids, &other, &error) ||
         !umk_eval_similarity_change(source.vectors, other.vectors, pairs.first,
                                     pairs.second, pairs.judged, pairs.n, N_REPLICATES,
                                     (guint64) cli->seed, &change, &error) ||
         !measure(cli, other.vectors, &pairs, &after, &error)))
        return umk_cli_fail(cli, error);
    umk_cli_names_tell_missing(cli, &names);
    print(cli, &names, &result, &after, against != NULL ? &change : NULL);
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *ids = NULL, *against = NULL;
    const GOptionEntry entries[] = {
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &ids,
         N_("Names of the rows of a .npy, one a line"), "FILE"},
        {"against", 0, 0, G_OPTION_ARG_FILENAME, &against,
         N_("Other vectors of the same items, to tell what changed"), "SOURCE"},
        {NULL}};
    UmkCliExit code =
        umk_cli_eval_parse(cli, &umk_cli_eval_similarity, entries, 2, &argc, &argv);

    return code != UMK_CLI_OK ? code : compare(cli, ids, against, argv);
}
