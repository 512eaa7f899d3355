/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval clustering: how well found groups agree with true labels. */
#include "umk-cli-eval.h"

#include <math.h>
#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_eval_clustering = {
    "eval clustering", "FOUND TRUTH (a label a line; an empty line is none)",
    N_("How well groups agree with known labels"),
    "  umekomi eval clustering groups.txt labels.txt\n"
    "  umekomi eval clustering groups.txt labels.txt --json\n",
    run};

/* Codes in the order in which labels first occur, -1 for an empty line. */
static gint32 *
read_codes(const char *path, gsize *n, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    g_autoptr(GHashTable) codes = g_hash_table_new(g_str_hash, g_str_equal);
    gint32 *labels;

    if (lines == NULL)
        return NULL;
    *n = g_strv_length(lines);
    labels = g_new(gint32, *n + 1);
    for (gsize i = 0; i < *n; i++) {
        gpointer code;

        if (*lines[i] == '\0') {
            labels[i] = -1;
        } else if (g_hash_table_lookup_extended(codes, lines[i], NULL, &code)) {
            labels[i] = GPOINTER_TO_INT(code);
        } else {
            labels[i] = (gint32) g_hash_table_size(codes);
            g_hash_table_insert(codes, lines[i], GINT_TO_POINTER(labels[i]));
        }
    }
    return labels;
}

static void
print(UmkCli *cli, const UmkLabelAgreement *a)
{
    const struct {
        const char *key, *title;
        double value;
    } figures[] = {
        {"adjusted_rand", _("adjusted Rand index"), a->adjusted_rand},
        {"rand", _("Rand index"), a->rand},
        {"normalized_information", _("normalized mutual information"),
         a->normalized_information},
        {"adjusted_information", _("adjusted mutual information"),
         a->adjusted_information},
        {"homogeneity", _("homogeneity"), a->homogeneity},
        {"completeness", _("completeness"), a->completeness},
        {"v_measure", _("V-measure"), a->v_measure},
        {"fowlkes_mallows", _("Fowlkes and Mallows"), a->fowlkes_mallows},
        {"purity", _("purity"), a->purity},
    };
    g_autoptr(JsonBuilder) builder = json_builder_new();

    if (!cli->json)
        printf(_("%zu items, %zu labels, %zu groups\n"), a->n_rows, a->n_classes,
               a->n_clusters);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) a->n_rows);
    for (gsize i = 0; i < G_N_ELEMENTS(figures); i++) {
        json_builder_set_member_name(builder, figures[i].key);
        if (isnan(figures[i].value))
            json_builder_add_null_value(builder);
        else
            json_builder_add_double_value(builder, figures[i].value);
        if (!cli->json)
            printf("%7.4f  %s\n", figures[i].value, figures[i].title);
    }
    json_builder_end_object(builder);
    if (cli->json)
        umk_cli_print_json(builder);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree gint32 *found = NULL, *truth = NULL;
    g_autoptr(GError) error = NULL;
    UmkLabelAgreement agreement;
    gsize n_found, n_truth;
    UmkCliExit code =
        umk_cli_eval_parse(cli, &umk_cli_eval_clustering, NULL, 2, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    found = read_codes(argv[1], &n_found, &error);
    if (found == NULL)
        return umk_cli_fail(cli, error);
    truth = read_codes(argv[2], &n_truth, &error);
    if (truth == NULL)
        return umk_cli_fail(cli, error);
    if (n_found != n_truth) {
        g_set_error(&error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s has %zu lines, %s has %zu"), argv[1], n_found, argv[2],
                    n_truth);
        return umk_cli_fail(cli, error);
    }
    if (!umk_eval_labels(truth, found, n_truth, &agreement, &error))
        return umk_cli_fail(cli, error);
    print(cli, &agreement);
    return UMK_CLI_OK;
}
