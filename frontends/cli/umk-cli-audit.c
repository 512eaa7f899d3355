/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit: tests of bias over vectors, a collection or a model; as a table, as a report,
 * as a gate that a build must pass. An audit that was written is a source too. */
#include "umk-cli-audit.h"

#include "umk-report.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_audit = {
    "audit", "SOURCE|--model M|AUDIT.json (--test NAME… | --spec FILE) [--report FILE]…",
    N_("Test vectors for bias, with intervals, corrections and a verdict"),
    "  umekomi audit model.vec --test weat-6 --test weat-7 --report audit.html\n"
    "  umekomi audit --model starter --test 'ja-*' --sentences --report audit.pdf\n",
    run};

typedef struct {
    char **tests, **sets, **reports, **gates, **columns;
    char *spec, *model, *ids, *metadata, *debias, *debias_sets, *debias_params,
        *similarity, *analogies, *against, *language;
    char *title, *auditor, *date, *correction;
    char *alpha, *level, *permutations, *replicates;
    gboolean sentences, list;
    char *command; /* what makes it again */
} Options;

static void
options_clear(Options *o)
{
    char **lists[] = {(char **) o->tests, o->sets, o->reports, o->gates, o->columns};
    char *texts[] = {o->spec,    o->model,         o->ids,          o->metadata,
                     o->debias,  o->debias_params, o->against,      o->language,
                     o->title,   o->auditor,       o->date,         o->correction,
                     o->alpha,   o->level,         o->permutations, o->replicates,
                     o->command, o->debias_sets,   o->similarity,   o->analogies};

    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* ---- the spec --------------------------------------------------------------------- */

/* A name, or a pattern that stands for all names it fits. */
static gboolean
add_tests(UmkAuditSpec *spec, const char *name, GError **error)
{
    g_auto(GStrv) all = NULL;
    gboolean any = FALSE;

    if (strpbrk(name, "*?") == NULL)
        return umk_audit_spec_add_known_test(spec, name, error);
    all = umk_audit_list_tests(NULL, error);
    if (all == NULL)
        return FALSE;
    for (gsize i = 0; all[i] != NULL; i++) {
        if (!g_pattern_match_simple(name, all[i]))
            continue;
        any = TRUE;
        if (!umk_audit_spec_add_known_test(spec, all[i], error))
            return FALSE;
    }
    if (!any)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("No test is called “%s”; --list shows them"), name);
    return any;
}

/* Today, or the day of SOURCE_DATE_EPOCH, so that a build can be repeated. */
static char *
make_date(void)
{
    const char *epoch = g_getenv("SOURCE_DATE_EPOCH");
    g_autoptr(GDateTime) time =
        epoch != NULL ? g_date_time_new_from_unix_utc(g_ascii_strtoll(epoch, NULL, 10))
                      : g_date_time_new_now_local();

    return time != NULL ? g_date_time_format(time, "%Y-%m-%d") : NULL;
}

static gboolean
set_options(UmkAuditSpec *spec, const Options *o, GError **error)
{
    const struct {
        const char *name, *value;
    } values[] = {
        {"title", o->title},
        {"auditor", o->auditor},
        {"date", o->date},
        {"alpha", o->alpha},
        {"level", o->level},
        {"permutations", o->permutations},
        {"replicates", o->replicates},
        {"correction", o->correction},
        {"sentences", o->sentences ? "yes" : NULL},
        {"command", o->command},
        {"similarity", o->similarity},
        {"analogies", o->analogies},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        if (values[i].value != NULL &&
            !umk_audit_spec_set(spec, values[i].name, values[i].value, error))
            return FALSE;
    for (gsize i = 0; o->columns != NULL && o->columns[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(o->columns[i], "=", 2);

        if (g_strv_length(parts) != 2) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("--column takes ROLE=FIELD, not “%s”"), o->columns[i]);
            return FALSE;
        }
        if (!umk_audit_spec_set_column(spec, parts[0], parts[1], error))
            return FALSE;
    }
    return o->debias == NULL || umk_audit_spec_set_debias(spec, o->debias, o->debias_sets,
                                                          o->debias_params, error);
}

/* Files that are wrong are failures, options that are wrong are usage. */
static UmkCliExit
make_spec(UmkCli *cli, const Options *o, UmkAuditSpec **spec)
{
    g_autoptr(UmkAuditSpec) self = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *date = make_date();

    self = o->spec != NULL ? umk_audit_spec_new_from_file(o->spec, &error)
                           : umk_audit_spec_new();
    if (self == NULL)
        return umk_cli_fail(cli, error);
    for (gsize i = 0; o->sets != NULL && o->sets[i] != NULL; i++)
        if (!umk_audit_spec_add_sets_from_file(self, o->sets[i], &error))
            return umk_cli_fail(cli, error);
    for (gsize i = 0; o->tests != NULL && o->tests[i] != NULL; i++)
        if (!add_tests(self, o->tests[i], &error))
            return umk_cli_usage(&umk_cli_command_audit, "%s", error->message);
    if (!set_options(self, o, &error))
        return umk_cli_usage(&umk_cli_command_audit, "%s", error->message);
    if (umk_audit_spec_get(self, "date") == NULL &&
        !umk_audit_spec_set(self, "date", date, &error))
        return umk_cli_fail(cli, error);
    *spec = g_steal_pointer(&self);
    return UMK_CLI_OK;
}

/* ---- the source ------------------------------------------------------------------- */

static UmkAuditSource *
open_vectors(UmkCli *cli, const Options *o, const char *path, GError **error)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkAuditSource) self = NULL;
    g_autoptr(UmkItems) metadata = NULL;

    if (!umk_cli_source_open(cli, path, o->ids, &source, error))
        return NULL;
    self = umk_audit_source_new_for_vectors(
        source.vectors, (const char *const *) source.names, path, error);
    if (self == NULL || o->metadata == NULL)
        return g_steal_pointer(&self);
    metadata = umk_vectors_read_metadata(o->metadata,
                                         umk_matrix_get_n_rows(source.vectors), error);
    if (metadata == NULL || !umk_audit_source_set_metadata(self, metadata, error))
        return NULL;
    return g_steal_pointer(&self);
}

static UmkAuditSource *
open_source(UmkCli *cli, const Options *o, const char *path, GError **error)
{
    if (o->model != NULL) {
        g_autoptr(UmkModel) model = umk_model_load(umk_registry_get_default(), o->model,
                                                   NULL, cli->cancellable, error);

        return model != NULL ? umk_audit_source_new_for_model(model) : NULL;
    }
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autoptr(UmkCollection) collection =
            umk_collection_open(path, UMK_OPEN_READ, error);

        return collection != NULL
                   ? umk_audit_source_new_for_collection(
                         collection, umk_registry_get_default(), cli->cancellable, error)
                   : NULL;
    }
    return open_vectors(cli, o, path, error);
}

/* ---- what comes of it ------------------------------------------------------------- */

/* Every gate is looked at, so that one run tells all that is wrong. */
static UmkCliExit
check_gates(UmkAudit *audit, const Options *o)
{
    UmkCliExit code = UMK_CLI_OK;

    for (gsize i = 0; o->gates != NULL && o->gates[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *found = NULL;
        gboolean holds;

        if (!umk_audit_judge(audit, o->gates[i], &holds, &found, &error)) {
            fprintf(stderr, _("umekomi: the gate “%s” cannot be judged: %s\n"),
                    o->gates[i], error->message);
            code = UMK_CLI_FAILED;
        } else if (holds) {
            fprintf(stderr, _("umekomi: the gate “%s” fails: it is %s\n"), o->gates[i],
                    found);
            code = UMK_CLI_FAILED;
        }
    }
    return code;
}

/* What a measure refused; the others were still taken. */
static UmkCliExit
say_failures(UmkAudit *audit)
{
    g_autoptr(JsonNode) root = json_from_string(umk_audit_get_json(audit, NULL), NULL);
    JsonArray *tests =
        root != NULL ? json_object_get_array_member(json_node_get_object(root), "tests")
                     : NULL;
    UmkCliExit code = UMK_CLI_OK;

    for (guint i = 0; tests != NULL && i < json_array_get_length(tests); i++) {
        JsonNode *node = json_array_get_element(tests, i);
        const char *failure, *id;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            continue;
        failure = json_object_get_string_member_with_default(json_node_get_object(node),
                                                             "error", NULL);
        id = json_object_get_string_member_with_default(json_node_get_object(node), "id",
                                                        "");
        if (failure == NULL)
            continue;
        fprintf(stderr, "umekomi: %s: %s\n", id, failure);
        code = UMK_CLI_FAILED;
    }
    return code;
}

static UmkCliExit
deliver(UmkCli *cli, const Options *o, UmkAudit *audit)
{
    g_autoptr(GError) error = NULL;
    UmkCliExit code, gates;

    umk_cli_progress_end(cli);
    for (gsize i = 0; o->reports != NULL && o->reports[i] != NULL; i++)
        if (!umk_cli_audit_write(audit, o->reports[i], o->language, &error))
            return umk_cli_fail(cli, error);
    if (!cli->json)
        umk_cli_audit_print(audit, o->language);
    else if (!umk_cli_audit_print_json(audit, &error))
        return umk_cli_fail(cli, error);
    fflush(stdout);
    code = say_failures(audit);
    gates = check_gates(audit, o);
    return code != UMK_CLI_OK ? code : gates;
}

static UmkCliExit
compare_and_deliver(UmkCli *cli, const Options *o, UmkAudit *audit)
{
    g_autoptr(UmkAudit) earlier = NULL, both = NULL;
    g_autoptr(GError) error = NULL;

    if (o->against == NULL)
        return deliver(cli, o, audit);
    earlier = umk_audit_new_from_file(o->against, &error);
    if (earlier != NULL)
        both = umk_audit_compare(audit, earlier, o->against, &error);
    return both != NULL ? deliver(cli, o, both) : umk_cli_fail(cli, error);
}

static UmkCliExit
audit_source(UmkCli *cli, const Options *o, const char *path)
{
    g_autoptr(UmkAuditSpec) spec = NULL;
    g_autoptr(UmkAuditSource) source = NULL;
    g_autoptr(UmkAudit) audit = NULL, earlier = NULL;
    g_autoptr(GError) error = NULL;
    UmkCliExit code = make_spec(cli, o, &spec);

    if (code != UMK_CLI_OK)
        return code;
    if (o->against != NULL) { /* a file that is not there is told before the work */
        earlier = umk_audit_new_from_file(o->against, &error);
        if (earlier == NULL)
            return umk_cli_fail(cli, error);
    }
    source = open_source(cli, o, path, &error);
    if (source == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    audit = umk_audit_run(spec, source, (guint64) cli->seed, cli->cancellable,
                          umk_cli_progress, cli, &error);
    if (audit == NULL)
        return umk_cli_fail(cli, error);
    return compare_and_deliver(cli, o, audit);
}

static gboolean
is_audit(const char *path)
{
    return path != NULL && g_str_has_suffix(path, ".json") &&
           !g_file_test(path, G_FILE_TEST_IS_DIR);
}

static UmkCliExit
check(const Options *o, int argc, char **argv)
{
    const UmkCliCommand *command = &umk_cli_command_audit;
    const char *path = argc > 1 ? argv[1] : NULL;

    if (argc > 2)
        return umk_cli_usage(command, _("“%s” is one argument too many"), argv[2]);
    if ((path != NULL) == (o->model != NULL))
        return umk_cli_usage(command, _("give one source, or --model"));
    if (is_audit(path) && (o->tests != NULL || o->spec != NULL || o->debias != NULL))
        return umk_cli_usage(
            command, _("%s is an audit that was made; its tests cannot be chosen anew"),
            path);
    if (!is_audit(path) && o->tests == NULL && o->spec == NULL)
        return umk_cli_usage(
            command, _("say what to test: --test NAME or --spec FILE; --list shows the "
                       "tests that come with the program"));
    for (gsize i = 0; o->reports != NULL && o->reports[i] != NULL; i++) {
        if (!umk_cli_audit_can_write(o->reports[i]))
            return umk_cli_usage(command,
                                 _("%s: a report is written to html, pdf or json"),
                                 o->reports[i]);
        if (o->language != NULL && !g_str_has_suffix(o->reports[i], ".json") &&
            !umk_report_has_language(o->language))
            return umk_cli_usage(command, _("there is no report in the language “%s”"),
                                 o->language);
    }
    if (o->debias == NULL && (o->debias_params != NULL || o->debias_sets != NULL))
        return umk_cli_usage(command,
                             _("--debias-sets and --debias-params need --debias"));
    return UMK_CLI_OK;
}

static UmkCliExit
audit(UmkCli *cli, const Options *o, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    UmkCliExit code;

    if (o->list)
        return umk_cli_audit_list(cli, o->language, &error) ? UMK_CLI_OK
                                                            : umk_cli_fail(cli, error);
    code = check(o, argc, argv);
    if (code != UMK_CLI_OK)
        return code;
    if (is_audit(argc > 1 ? argv[1] : NULL)) {
        g_autoptr(UmkAudit) made = umk_audit_new_from_file(argv[1], &error);

        return made != NULL ? compare_and_deliver(cli, o, made)
                            : umk_cli_fail(cli, error);
    }
    return audit_source(cli, o, argc > 1 ? argv[1] : NULL);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_auto(Options) o = {0};
    const GOptionEntry what[] = {
        {"test", 't', 0, G_OPTION_ARG_STRING_ARRAY, &o.tests,
         N_("A test that comes with the program, or a pattern as 'ja-*'"), "NAME"},
        {"spec", 0, 0, G_OPTION_ARG_FILENAME, &o.spec,
         N_("Sets, tests and options of your own, as JSON"), "FILE"},
        {"set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.sets,
         N_("More sets, as CSV with the columns set and item, or as JSON"), "FILE"},
        {"list", 0, 0, G_OPTION_ARG_NONE, &o.list,
         N_("Show the tests and sets that come with the program"), NULL},
        {"model", 0, 0, G_OPTION_ARG_STRING, &o.model,
         N_("Test a model: every item is embedded"), "M"},
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &o.ids,
         N_("Names of the rows of an npy, one a line"), "FILE"},
        {"metadata", 0, 0, G_OPTION_ARG_FILENAME, &o.metadata,
         N_("What is known of the rows: CSV, TSV or JSONL, a row each"), "FILE"},
        {"column", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.columns,
         N_("The field that is a measure's group, identity …"), "ROLE=FIELD"},
        {"sentences", 0, 0, G_OPTION_ARG_NONE, &o.sentences,
         N_("Embed words within a sentence of their language"), NULL},
        {"debias", 0, 0, G_OPTION_ARG_STRING, &o.debias,
         N_("Run the tests again on vectors this method has changed"), "METHOD"},
        {"debias-sets", 0, 0, G_OPTION_ARG_STRING, &o.debias_sets,
         N_("Sets that it is fitted on, as 'x=SET y=SET' (default: the first test's)"),
         "TEXT"},
        {"similarity", 0, 0, G_OPTION_ARG_FILENAME, &o.similarity,
         N_("Judged pairs, two words and a score a line: what a debias costs"), "FILE"},
        {"analogies", 0, 0, G_OPTION_ARG_FILENAME, &o.analogies,
         N_("Analogies, four words a line: what a debias costs"), "FILE"},
        {"debias-params", 0, 0, G_OPTION_ARG_STRING, &o.debias_params,
         N_("Options of the method, as name=value pairs"), "TEXT"},
        {"against", 0, 0, G_OPTION_ARG_FILENAME, &o.against,
         N_("An earlier audit (JSON): did bias change, and is it noise?"), "FILE"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.gates,
         N_("Exit with 1 if this holds, as 'weat-6.effect-size > 0.5'"), "CONDITION"},
        {"report", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.reports,
         N_("Write html, pdf or json"), "FILE"},
        {"language", 0, 0, G_OPTION_ARG_STRING, &o.language,
         N_("Language of the report and of titles (en, ja; default: yours)"), "CODE"},
        {"alpha", 0, 0, G_OPTION_ARG_STRING, &o.alpha,
         N_("What p must be below (default 0.05)"), "N"},
        {"level", 0, 0, G_OPTION_ARG_STRING, &o.level,
         N_("Level of the intervals (default 0.95)"), "N"},
        {"permutations", 0, 0, G_OPTION_ARG_STRING, &o.permutations,
         N_("Samples of a p that cannot be had exactly"), "N"},
        {"replicates", 0, 0, G_OPTION_ARG_STRING, &o.replicates,
         N_("Bootstrap samples of an interval"), "N"},
        {"correction", 0, 0, G_OPTION_ARG_STRING, &o.correction,
         N_("Correction for the number of tests: holm (default), bh or none"), "NAME"},
        {"title", 0, 0, G_OPTION_ARG_STRING, &o.title, N_("Title of the report"), "TEXT"},
        {"auditor", 0, 0, G_OPTION_ARG_STRING, &o.auditor, N_("Who answers for it"),
         "NAME"},
        {"date", 0, 0, G_OPTION_ARG_STRING, &o.date,
         N_("Date of the report (default: today, or SOURCE_DATE_EPOCH)"), "YYYY-MM-DD"},
        {NULL}};
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_audit, what);
    char *command = umk_cli_audit_command(argc, argv);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    o.command = command;
    if (code != UMK_CLI_OK)
        return code;
    return audit(cli, &o, argc, argv);
}
