/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debias: fit a view that takes an association out, and keep it with a collection or in a
 * file; vectors are never changed. Sets are given as names of items. */
#include "umk-cli.h"

#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_debias = {
    "debias", "SOURCE --x NAMES --y NAMES (--name NAME | --output FILE)",
    N_("Fit a view that takes an association out of vectors, and keep it"),
    "  umekomi debias words.ume --method leace --x he,man --y she,woman --name gender\n"
    "  umekomi debias model.vec --method hard --x @male.txt --y @female.txt -o "
    "gender.umk\n",
    run};

#define N_ROLES 8

static const char *const roles[N_ROLES] = {"x",       "y",    "z",          "w",
                                           "neutral", "keep", "equalize-x", "equalize-y"};

typedef struct {
    char *method, *name, *output, *remove, *ids;
    char *sets[N_ROLES];
} Options;

/* "a,b,c" or "@FILE", one a line. */
static char **
read_set(const char *text, GError **error)
{
    g_auto(GStrv) parts = NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    parts =
        *text == '@' ? umk_cli_read_lines(text + 1, error) : g_strsplit(text, ",", -1);
    if (parts == NULL)
        return NULL;
    for (gsize i = 0; parts[i] != NULL; i++)
        if (*g_strstrip(parts[i]) != '\0')
            g_strv_builder_add(names, parts[i]);
    return g_strv_builder_end(names);
}

/* Row of the vectors, by name, else as the collection finds it. */
static gboolean
find_row(const UmkCliSource *source, GHashTable *by_name, const char *name, gsize *row)
{
    gpointer found = g_hash_table_lookup(by_name, name);
    const guint64 *rows;
    gsize n, item;

    if (found != NULL) {
        *row = GPOINTER_TO_SIZE(found) - 1;
        return TRUE;
    }
    if (source->collection == NULL ||
        !umk_collection_find_named(source->collection, name, &item))
        return FALSE;
    rows = g_bytes_get_data(source->rows, &n);
    for (gsize i = 0; i < n / sizeof *rows; i++)
        if (rows[i] == item) {
            *row = i;
            return TRUE;
        }
    return FALSE;
}

/* Missing names are told and left out; a set of which nothing is left is an error. */
static gboolean
add_set(UmkCli *cli,
        UmkBiasInput *input,
        const UmkCliSource *source,
        GHashTable *by_name,
        const char *role,
        const char *text,
        GError **error)
{
    g_auto(GStrv) names = read_set(text, error);
    gsize d = umk_matrix_get_n_cols(source->vectors), n = 0;
    g_autofree float *data = NULL;
    g_autofree const char **found = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;

    if (names == NULL)
        return FALSE;
    data = g_new(float, g_strv_length(names) * d + 1);
    found = g_new0(const char *, g_strv_length(names) + 1);
    for (gsize i = 0; names[i] != NULL; i++) {
        gsize row;

        if (!find_row(source, by_name, names[i], &row)) {
            umk_cli_message(cli, _("--%s: there is no item “%s”; left out"), role,
                            names[i]);
            continue;
        }
        memcpy(data + n * d, umk_matrix_get_row(source->vectors, row, NULL),
               d * sizeof *data);
        found[n++] = source->names[row];
    }
    if (n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("--%s: none of the %u items is in the source"), role,
                    g_strv_length(names));
        return FALSE;
    }
    matrix = umk_matrix_new_from_data(n, d, data, error);
    return matrix != NULL &&
           umk_bias_input_add_set(input, role, NULL, matrix, found, error);
}

static UmkBiasInput *
make_input(UmkCli *cli, const Options *o, const UmkCliSource *source, GError **error)
{
    g_autoptr(UmkBiasInput) input =
        umk_bias_input_new(source->vectors, (const char *const *) source->names);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

    for (gsize i = umk_matrix_get_n_rows(source->vectors); i-- > 0;)
        g_hash_table_insert(by_name, source->names[i], GSIZE_TO_POINTER(i + 1));
    for (gsize r = 0; r < N_ROLES; r++)
        if (o->sets[r] != NULL &&
            !add_set(cli, input, source, by_name, roles[r], o->sets[r], error))
            return NULL;
    return g_steal_pointer(&input);
}

static gboolean
keep(const Options *o, const char *path, UmkDebias *debias, GError **error)
{
    if (o->output != NULL) {
        g_autoptr(GBytes) bytes = umk_debias_to_bytes(debias);
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);

        if (!umk_cli_write_text(o->output, data, (gssize) size, error))
            return FALSE;
    }
    if (o->name != NULL) {
        g_autoptr(UmkCollection) collection =
            umk_collection_open(path, UMK_OPEN_WRITE, error);

        return collection != NULL &&
               umk_collection_add_debias(collection, o->name, debias, error);
    }
    return TRUE;
}

static UmkCliExit
debias(UmkCli *cli, const Options *o, const char *path, UmkParams *params)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkBiasInput) input = NULL;
    g_autoptr(UmkDebias) fitted = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *told = NULL;

    if (!umk_cli_source_open(cli, path, o->ids, &source, &error))
        return umk_cli_fail(cli, error);
    input = make_input(cli, o, &source, &error);
    if (input == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    fitted = umk_debias_fit(o->method, input, params, (guint64) cli->seed,
                            cli->cancellable, umk_cli_progress, cli, &error);
    umk_cli_source_clear(&source);
    if (fitted == NULL || !keep(o, path, fitted, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    told = umk_debias_to_json(fitted);
    puts(told);
    umk_cli_message(cli, _("Removing a direction does not remove bias; an audit with "
                           "--debias tells what remains"));
    return UMK_CLI_OK;
}

static UmkCliExit
remove_kept(UmkCli *cli, const Options *o, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkCollection) collection =
        umk_collection_open(path, UMK_OPEN_WRITE, &error);

    if (collection == NULL ||
        !umk_collection_remove_debias(collection, o->remove, &error))
        return umk_cli_fail(cli, error);
    return UMK_CLI_OK;
}

static UmkCliExit
check(const Options *o, int argc, char **argv)
{
    const UmkCliCommand *command = &umk_cli_command_debias;

    if (argc != 2)
        return umk_cli_usage(command, _("give one source"));
    if (o->remove == NULL && (o->sets[0] == NULL || o->sets[1] == NULL))
        return umk_cli_usage(command, _("give the groups with --x and --y"));
    if (o->remove == NULL && o->name == NULL && o->output == NULL)
        return umk_cli_usage(command, _("give --name or --output"));
    if ((o->remove != NULL || o->name != NULL) &&
        !g_file_test(argv[1], G_FILE_TEST_IS_DIR))
        return umk_cli_usage(command, _("--name and --remove need a collection"));
    return UMK_CLI_OK;
}

/* The method's options join the command's, so its name is looked for first. */
static const char *
find_method(int argc, char **argv)
{
    const char *method = "leace";

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--method") && i + 1 < argc)
            method = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--method="))
            method = argv[i] + strlen("--method=");
    }
    return method;
}

static UmkParams *
make_params(const char *method)
{
    g_auto(GStrv) methods = umk_debias_list_methods();
    const UmkParamSpec *specs;
    gsize n_specs;

    if (!g_strv_contains((const char *const *) methods, method)) {
        g_autofree char *all = g_strjoinv(", ", methods);

        umk_cli_usage(&umk_cli_command_debias,
                      _("there is no way to debias “%s”; there are: %s"), method, all);
        return NULL;
    }
    specs = umk_debias_get_params(method, &n_specs);
    return umk_params_new(specs, n_specs);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {0};
    g_autofree char *named = NULL;
    const GOptionEntry entries[] = {
        {"method", 0, 0, G_OPTION_ARG_STRING, &named,
         N_("leace (default), hard, soft, multiclass, double-hard, inlp or half-sibling"),
         "NAME"},
        {"x", 0, 0, G_OPTION_ARG_STRING, &o.sets[0],
         N_("Items of the first group, a,b,c or @FILE"), "NAMES"},
        {"y", 0, 0, G_OPTION_ARG_STRING, &o.sets[1], N_("Items of the second group"),
         "NAMES"},
        {"z", 0, 0, G_OPTION_ARG_STRING, &o.sets[2], N_("Items of a third group"),
         "NAMES"},
        {"w", 0, 0, G_OPTION_ARG_STRING, &o.sets[3], N_("Items of a fourth group"),
         "NAMES"},
        {"neutral", 0, 0, G_OPTION_ARG_STRING, &o.sets[4],
         N_("Items that are to lie beside the direction (soft)"), "NAMES"},
        {"keep", 0, 0, G_OPTION_ARG_STRING, &o.sets[5],
         N_("Items that keep their vectors"), "NAMES"},
        {"equalize-x", 0, 0, G_OPTION_ARG_STRING, &o.sets[6],
         N_("First members of pairs that are to become equal"), "NAMES"},
        {"equalize-y", 0, 0, G_OPTION_ARG_STRING, &o.sets[7],
         N_("Second members of those pairs"), "NAMES"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &o.name,
         N_("Keep it in the collection under this name"), "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output, N_("Keep it in a file"),
         "FILE"},
        {"remove", 0, 0, G_OPTION_ARG_STRING, &o.remove,
         N_("Remove the one of this name from the collection instead"), "NAME"},
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &o.ids,
         N_("Names of the rows of an npy, one a line"), "FILE"},
        {NULL}};
    const char *method = find_method(argc, argv);
    g_autoptr(UmkParams) params = make_params(method);
    GOptionContext *options;
    UmkCliExit code;

    if (params == NULL)
        return UMK_CLI_USAGE;
    options = umk_cli_options_new(cli, &umk_cli_command_debias, NULL);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    o.method = g_strdup(method);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code == UMK_CLI_OK)
        code = check(&o, argc, argv);
    if (code == UMK_CLI_OK)
        code = o.remove != NULL ? remove_kept(cli, &o, argv[1])
                                : debias(cli, &o, argv[1], params);
    for (gsize r = 0; r < N_ROLES; r++)
        g_free(o.sets[r]);
    g_free(o.method);
    g_free(o.name);
    g_free(o.output);
    g_free(o.remove);
    g_free(o.ids);
    return code;
}
