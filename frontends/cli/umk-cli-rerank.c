/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rerank: texts in the order in which a cross-encoder finds them to answer a query. */
#include "umk-cli.h"

#include <stdio.h>
#include <stdlib.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_rerank = {
    "rerank", "--model M QUERY (TEXT… | --input FILE)",
    N_("Order texts by how well they answer a query"),
    "  umekomi rerank --model ~/models/bge-reranker-base \"what do pandas eat\" "
    "\"bamboo\" \"a car\"\n"
    "  umekomi rerank --model ~/models/ms-marco-MiniLM-L6-v2 -k 10 \"tax law\" --input "
    "hits.txt --json\n",
    run};

typedef struct {
    gsize position; /* in the input, from 0 */
    float score;
} Ranked;

/* Score descending, of equal ones the earlier first. */
static int
compare(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

static void
print_one(UmkCli *cli, guint rank, const Ranked *ranked, const char *text)
{
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "rank");
        json_builder_add_int_value(builder, rank);
        json_builder_set_member_name(builder, "score");
        json_builder_add_double_value(builder, (double) ranked->score);
        json_builder_set_member_name(builder, "position");
        json_builder_add_int_value(builder, (gint64) ranked->position + 1);
        json_builder_set_member_name(builder, "text");
        json_builder_add_string_value(builder, text);
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
    } else {
        g_autofree char *shown = umk_cli_escape(text);

        printf("%4u  %8.4f  %4zu  %s\n", rank, (double) ranked->score,
               ranked->position + 1, shown);
    }
}

static UmkCliExit
rerank(UmkCli *cli, UmkModel *model, const char *query, char **texts, int k)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) scores = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree Ranked *ranked = NULL;
    gsize n = g_strv_length(texts);

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
    umk_cli_progress_start(cli, (double) n, _("items"));
    scores = umk_model_rerank(model, query, items, cli->cancellable, umk_cli_progress,
                              cli, &error);
    umk_cli_progress_end(cli);
    if (scores == NULL)
        return umk_cli_fail(cli, error);
    ranked = g_new(Ranked, MAX(n, 1));
    for (gsize i = 0; i < n; i++)
        ranked[i] = (Ranked){i, umk_matrix_get_row(scores, i, NULL)[0]};
    qsort(ranked, n, sizeof *ranked, compare);
    for (gsize i = 0; i < n && (k == 0 || i < (gsize) k); i++)
        print_one(cli, (guint) i + 1, &ranked[i], texts[ranked[i].position]);
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *model_name = NULL;
    g_autofree char *input = NULL;
    int k = 0;
    const GOptionEntry entries[] = {{"model", 0, 0, G_OPTION_ARG_STRING, &model_name,
                                     N_("Model folder or name"), "M"},
                                    {"input", 0, 0, G_OPTION_ARG_FILENAME, &input,
                                     N_("One text a line; - is stdin"), "FILE"},
                                    {"k", 'k', 0, G_OPTION_ARG_INT, &k,
                                     N_("Print only the best N (default: all)"), "N"},
                                    {NULL}};
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) texts = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_rerank, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (model_name == NULL || argc < 2 || (argc > 2) == (input != NULL) || k < 0)
        return umk_cli_usage(&umk_cli_command_rerank,
                             _("give --model, a query, and texts or --input"));
    texts = input ? umk_cli_read_lines(input, &error) : g_strdupv(argv + 2);
    if (texts == NULL)
        return umk_cli_fail(cli, error);
    model = umk_model_load(umk_registry_get_default(), model_name, NULL, cli->cancellable,
                           &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    return rerank(cli, model, argv[1], texts, k);
}
