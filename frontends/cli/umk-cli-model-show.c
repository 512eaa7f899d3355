/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model show: what a person chooses a model by, as a table or as the JSON object that the
 * engine describes it with. */
#include "umk-cli-model.h"

#include <inttypes.h>

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_show = {
    "model show", "MODEL",
    N_("Describe a model: family, size, limits, prompts, languages, licence, digest"),
    "  umekomi model show starter\n"
    "  umekomi model show ~/models/e5-small-v2 --json\n",
    run};

static void row(const char *title, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
row(const char *title, const char *format, ...)
{
    g_autofree char *value = NULL;
    g_autofree char *shown = NULL;
    glong width = g_utf8_strlen(title, -1);
    va_list args;

    va_start(args, format);
    value = g_strdup_vprintf(format, args);
    va_end(args);
    shown = umk_cli_escape(value);
    printf("%s%*s %s\n", title, width < 14 ? (int) (14 - width) : 0, "", shown);
}

static void
string_row(const char *title, JsonObject *object, const char *key)
{
    const char *value = umk_cli_model_get_string(object, key);

    if (value != NULL && value[0] != '\0')
        row(title, "%s", value);
}

/* "a, b, c" of an array of strings or whole numbers */
static char *
join(JsonArray *array)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_VALUE(node))
            continue;
        g_string_append(all, all->len ? ", " : "");
        if (json_node_get_value_type(node) == G_TYPE_STRING)
            g_string_append(all, json_node_get_string(node));
        else
            g_string_append_printf(all, "%" PRId64, json_node_get_int(node));
    }
    return g_string_free(all, FALSE);
}

static void
array_row(const char *title, JsonObject *object, const char *key)
{
    g_autofree char *all = join(umk_cli_model_get_array(object, key));

    if (all[0] != '\0')
        row(title, "%s", all);
}

static void
size_rows(JsonObject *model)
{
    gint64 n = umk_cli_model_get_int(model, "parameters");
    g_autofree char *size = g_format_size_full(
        (guint64) umk_cli_model_get_int(model, "weight_bytes"), G_FORMAT_SIZE_IEC_UNITS);
    JsonObject *types = umk_cli_model_get_object(model, "stored_as");
    g_autoptr(GList) names = types ? json_object_get_members(types) : NULL;
    g_autoptr(GString) kinds = g_string_new(NULL);

    for (GList *l = names; l != NULL; l = l->next)
        g_string_append_printf(kinds, "%s%s", kinds->len ? ", " : "",
                               (const char *) l->data);
    if (n > 0)
        row(_("Size"), _("%.1f million parameters, %s, stored as %s"), (double) n / 1e6,
            size, kinds->str);
}

static void
prompt_rows(JsonObject *tower)
{
    JsonObject *prompts = umk_cli_model_get_object(tower, "prompts");
    g_autoptr(GList) names = prompts ? json_object_get_members(prompts) : NULL;
    const char *usual = umk_cli_model_get_string(tower, "default_prompt");

    for (GList *l = names; l != NULL; l = l->next)
        row(_("Prompt"), "%s: “%s”%s", (const char *) l->data,
            umk_cli_model_get_string(prompts, l->data),
            g_strcmp0(usual, l->data) == 0 ? _(" (used by default)") : "");
}

/* What --task puts before an item. */
static void
task_rows(JsonObject *tower)
{
    JsonObject *tasks = umk_cli_model_get_object(tower, "tasks");
    g_autoptr(GList) names = tasks ? json_object_get_members(tasks) : NULL;

    for (GList *l = names; l != NULL; l = l->next) {
        const char *text = umk_cli_model_get_string(tasks, l->data);

        row(_("Task"), "%s: “%s”", (const char *) l->data, text ? text : "");
    }
}

static void
tower_rows(JsonObject *tower)
{
    const char *problem = umk_cli_model_get_string(tower, "problem");
    const char *type = umk_cli_model_get_string(tower, "model_type");
    gint64 most = umk_cli_model_get_int(tower, "max_tokens");

    if (problem != NULL) {
        row(_("Tower"), "%s: %s", umk_cli_model_get_string(tower, "modality"), problem);
        return;
    }
    row(_("Tower"), "%s: %s (%s)", umk_cli_model_get_string(tower, "modality"),
        umk_cli_model_get_string(tower, "embedder"),
        umk_cli_model_get_string(tower, "title"));
    if (type != NULL && type[0] != '\0')
        row(_("Family"), "%s", type);
    if (most > 0)
        row(_("Longest text"), _("%" PRId64 " tokens"), most);
    string_row(_("Pooling"), tower, "pooling");
    array_row(_("Matryoshka"), tower, "matryoshka_dims");
    prompt_rows(tower);
    task_rows(tower);
}

static void
print_table(JsonObject *model)
{
    const char *version = umk_cli_model_get_string(model, "version");
    JsonArray *towers = umk_cli_model_get_array(model, "towers");

    row(_("Model"), "%s%s%s", umk_cli_model_get_string(model, "name"),
        version && version[0] ? " " : "", version ? version : "");
    string_row(_("Folder"), model, "path");
    string_row(_("Source"), model, "source");
    string_row(_("Added"), model, "added");
    string_row(_("Space"), model, "space");
    row(_("Dimensions"), "%" PRId64, umk_cli_model_get_int(model, "dims"));
    for (guint i = 0; i < json_array_get_length(towers); i++)
        tower_rows(json_array_get_object_element(towers, i));
    size_rows(model);
    array_row(_("Precision"), model, "precisions");
    array_row(_("Languages"), model, "languages");
    string_row(_("Made from"), model, "base_model");
    string_row(_("Licence"), model, "license");
    string_row("SHA-256", model, "digest");
}

/* A model that can do nothing here is a failure, and one sentence says why. */
static gboolean
has_tower(UmkModel *model, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = NULL;
    g_autoptr(UmkMatrix) none = NULL;

    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        if (umk_model_has_modality(model, (UmkModality) m))
            return TRUE;
    item = umk_item_new_sample(UMK_MODALITY_TEXT, 0);
    umk_items_append(items, item);
    none = umk_model_embed(model, items, NULL, NULL, NULL, error);
    return none != NULL;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_show, NULL, 1, 1, &argc, &argv);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *json = NULL;

    if (code != UMK_CLI_OK)
        return code;
    model = umk_model_load(umk_registry_get_default(), argv[1], NULL, cli->cancellable,
                           &error);
    if (model == NULL || !has_tower(model, &error))
        return umk_cli_fail(cli, error);
    json = umk_model_dup_card(model, cli->cancellable, &error);
    if (json == NULL)
        return umk_cli_fail(cli, error);
    if (cli->json) {
        puts(json);
        return UMK_CLI_OK;
    }
    root = json_from_string(json, &error);
    if (root == NULL)
        return umk_cli_fail(cli, error);
    print_table(json_node_get_object(root));
    return UMK_CLI_OK;
}
