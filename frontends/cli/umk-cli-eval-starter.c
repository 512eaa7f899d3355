/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval starter: the recall table of a model made again from its weights, by the plan that
 * lies in its folder (umk-cli-plan.h): recall at 1, 5 and 10, median rank, candidates and
 * chance, with English and Japanese side by side. */
#include "umk-cli-eval.h"
#include "umk-cli-plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PLAN      "evaluation.json"
#define LIKE      0.005 /* half a point */
#define NAME_COLS 75

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_eval_starter = {
    "eval starter", "[MODEL] [--fetch] [--plan FILE]",
    N_("Make the recall table of the built-in model again"),
    "  umekomi eval starter\n"
    "  umekomi eval starter --fetch --json\n",
    run};

typedef struct {
    char *plan, *assets;
    gboolean fetch;
} Options;

/* To half a point, or to one answer where that is more: another renderer of glyphs, or
 * other kernels, may turn one. */
static gboolean
is_like_published(const UmkCliPlanTest *test)
{
    double most = MAX(LIKE, 1.01 / (double) MAX(test->n_queries, 1));

    return !(fabs(test->recall.at_1 - test->published[0]) > most) &&
           !(fabs(test->recall.at_5 - test->published[1]) > most) &&
           !(fabs(test->recall.at_10 - test->published[2]) > most);
}

/* Cells of a terminal that a text takes. */
static int
get_width(const char *text)
{
    int width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        width += g_unichar_iswide(g_utf8_get_char(p)) ? 2 : 1;
    return width;
}

static void
add_figure(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_double_value(builder, round(value * 1e6) / 1e6);
}

static void
print_json(const UmkCliPlanTest *test)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const UmkRecall *r = &test->recall;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "test");
    json_builder_add_string_value(builder, test->test);
    json_builder_set_member_name(builder, "language");
    json_builder_add_string_value(builder, test->language);
    json_builder_set_member_name(builder, "queries");
    json_builder_add_int_value(builder, (gint64) test->n_queries);
    json_builder_set_member_name(builder, "candidates");
    json_builder_add_int_value(builder, (gint64) test->n_candidates);
    json_builder_set_member_name(builder, "measured");
    json_builder_add_boolean_value(builder, test->measured);
    if (test->measured) {
        add_figure(builder, "recall_at_1", r->at_1);
        add_figure(builder, "recall_at_5", r->at_5);
        add_figure(builder, "recall_at_10", r->at_10);
        add_figure(builder, "median_rank", r->median_rank);
        add_figure(builder, "chance_at_1", r->chance_at_1);
        add_figure(builder, "chance_at_5", r->chance_at_5);
        add_figure(builder, "chance_at_10", r->chance_at_10);
        add_figure(builder, "chance_rank", r->chance_rank);
        if (isfinite(test->published[0])) {
            json_builder_set_member_name(builder, "as_published");
            json_builder_add_boolean_value(builder, is_like_published(test));
        }
    } else {
        const UmkCliPlanList *list =
            test->queries->items == NULL ? test->queries : test->candidates;

        json_builder_set_member_name(builder, "missing");
        json_builder_add_string_value(builder, list->missing);
        json_builder_set_member_name(builder, "package");
        json_builder_add_string_value(builder, list->package ? list->package : "");
    }
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

/* The same test in Japanese, which shares the line of the English one. */
static UmkCliPlanTest *
find_japanese(const UmkCliPlan *plan, const UmkCliPlanTest *english)
{
    for (guint i = 0; i < plan->tests->len; i++) {
        UmkCliPlanTest *test = plan->tests->pdata[i];

        if (g_str_equal(test->language, "ja") && g_str_equal(test->test, english->test) &&
            g_str_equal(english->language, "en") &&
            test->n_candidates == english->n_candidates)
            return test;
    }
    return NULL;
}

static gboolean
has_english(const UmkCliPlan *plan, const UmkCliPlanTest *japanese)
{
    for (guint i = 0; i < plan->tests->len; i++) {
        const UmkCliPlanTest *test = plan->tests->pdata[i];

        if (find_japanese(plan, test) == japanese)
            return TRUE;
    }
    return FALSE;
}

static void
print_figures(const UmkCliPlanTest *test)
{
    if (test == NULL || !test->measured)
        printf("  %5s %5s %5s %6s", "-", "-", "-", "-");
    else
        printf("  %5.1f %5.1f %5.1f %6.1f", 100 * test->recall.at_1,
               100 * test->recall.at_5, 100 * test->recall.at_10,
               test->recall.median_rank);
}

static void
print_line(const UmkCliPlan *plan, const UmkCliPlanTest *test)
{
    gboolean japanese = g_str_equal(test->language, "ja");
    g_autofree char *name =
        japanese || g_str_equal(test->language, "en") || g_str_equal(test->language, "-")
            ? g_strdup(test->test)
            : g_strdup_printf("%s (%s)", test->test, test->language);

    printf("%s%*s %5d", name, MAX(0, NAME_COLS - get_width(name)), "",
           (int) test->n_candidates);
    print_figures(japanese ? NULL : test);
    print_figures(japanese ? test : find_japanese(plan, test));
    printf("  %5.1f %5.1f %5.1f\n", 100 * MIN(1.0, 1.0 / (double) test->n_candidates),
           100 * MIN(1.0, 5.0 / (double) test->n_candidates),
           100 * MIN(1.0, 10.0 / (double) test->n_candidates));
}

static void
print_table(const UmkCliPlan *plan)
{
    printf("%*s %5s  %-24s  %-24s  %s\n", NAME_COLS, "", "", _("English, or none"),
           _("Japanese"), _("chance"));
    printf("%*s %5s", NAME_COLS, "", _("among"));
    for (guint i = 0; i < 2; i++)
        printf("  %5s %5s %5s %6s", "R@1", "R@5", "R@10", _("median"));
    printf("  %5s %5s %5s\n", "R@1", "R@5", "R@10");
    for (guint i = 0; i < plan->tests->len; i++) {
        const UmkCliPlanTest *test = plan->tests->pdata[i];

        if (!g_str_equal(test->language, "ja") || !has_english(plan, test))
            print_line(plan, test);
    }
}

static void
say_rest(UmkCli *cli, UmkCliPlan *plan)
{
    g_auto(GStrv) packages = umk_cli_plan_list_packages(plan);
    g_autofree char *list = g_strjoinv(", ", packages);
    guint n_missing = 0, n_published = 0, n_like = 0;

    for (guint i = 0; i < plan->tests->len; i++) {
        const UmkCliPlanTest *test = plan->tests->pdata[i];

        n_missing += !test->measured;
        n_published += test->measured && isfinite(test->published[0]);
        n_like +=
            test->measured && isfinite(test->published[0]) && is_like_published(test);
    }
    if (n_published > 0)
        umk_cli_message(cli,
                        _("%u of %u rows are as the model's card has them, to half a "
                          "point"),
                        n_like, n_published);
    if (n_missing > 0)
        umk_cli_message(
            cli,
            _("%u rows were not measured: their material is in Debian packages "
              "that are not here (%s); --fetch downloads them"),
            n_missing, list);
}

static UmkCliPlan *
read_plan(UmkCli *cli, UmkModel *model, const Options *o, GError **error)
{
    g_autofree char *own = umk_model_get_path(model)
                               ? g_build_filename(umk_model_get_path(model), PLAN, NULL)
                               : NULL;
    g_autofree char *parent =
        umk_model_get_path(model) ? g_path_get_dirname(umk_model_get_path(model)) : NULL;
    g_autofree char *cache =
        g_build_filename(g_get_user_cache_dir(), "umekomi", "material", NULL);
    const char *const roots[] = {cache, NULL};
    const char *assets = o->assets ? o->assets : parent ? parent : ".";
    const char *path = o->plan ? o->plan : own;
    g_autoptr(UmkCliPlan) plan = NULL;
    g_auto(GStrv) packages = NULL;

    if (path == NULL || !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The model “%s” has no plan of an evaluation (%s)"),
                    umk_model_get_id(model), PLAN);
        return NULL;
    }
    plan = umk_cli_plan_read(path, assets, roots, error);
    if (plan == NULL || !o->fetch)
        return g_steal_pointer(&plan);
    packages = umk_cli_plan_list_packages(plan);
    if (packages[0] == NULL)
        return g_steal_pointer(&plan);
    if (!umk_cli_fetch_packages(cli, packages, cache, error))
        return NULL;
    return umk_cli_plan_read(path, assets, roots, error);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *plan_file = NULL, *assets = NULL;
    Options o = {0};
    const GOptionEntry entries[] = {
        {"fetch", 0, 0, G_OPTION_ARG_NONE, &o.fetch,
         N_("Download Debian packages whose material is missing, into your cache"), NULL},
        {"plan", 0, 0, G_OPTION_ARG_FILENAME, &plan_file,
         N_("Another plan than the model's own"), "FILE"},
        {"assets", 0, 0, G_OPTION_ARG_FILENAME, &assets,
         N_("Where the plan's own files lie (default: beside the model)"), "FOLDER"},
        {NULL}};
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkCliPlan) plan = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_eval_starter, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc > 2)
        return umk_cli_usage(&umk_cli_eval_starter, _("give one model at most"));
    o.plan = plan_file;
    o.assets = assets;
    model = umk_model_load(umk_registry_get_default(), argc == 2 ? argv[1] : "starter",
                           NULL, cli->cancellable, &error);
    plan = model ? read_plan(cli, model, &o, &error) : NULL;
    umk_cli_progress_start(cli, 0, NULL);
    if (plan == NULL || !umk_cli_plan_measure(cli, plan, model, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    for (guint i = 0; cli->json && i < plan->tests->len; i++)
        print_json(plan->tests->pdata[i]);
    if (!cli->json)
        print_table(plan);
    say_rest(cli, plan);
    return UMK_CLI_OK;
}
