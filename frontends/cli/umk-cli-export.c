/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export: vectors, and what is known of each item, out of a collection. The suffix of the
 * output chooses the format; npy gets its names in a text file beside it. */
#include "umk-cli.h"

#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_export = {
    "export", "SOURCE --output FILE.{npy,csv,tsv,jsonl,vec,bin}",
    N_("Write vectors and metadata to a file"),
    "  umekomi export words.ume --debias gender --output debiased.npy\n"
    "  umekomi export photos.ume --output photos.jsonl\n",
    run};

static void
append_item(GString *out, UmkCliSource *source, gsize row, UmkItem *item)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *line = NULL;
    g_auto(GStrv) fields = item ? umk_item_list_fields(item) : NULL;
    gsize n_cols;
    const float *vector = umk_matrix_get_row(source->vectors, row, &n_cols);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "id");
    json_builder_add_string_value(builder, source->names[row]);
    if (item != NULL) {
        const char *const values[][2] = {
            {"modality", umk_modality_get_name(umk_item_get_modality(item))},
            {"caption", umk_item_get_caption(item)},
            {"label", umk_item_get_label(item)},
            {"path", umk_item_get_path(item)},
            {"text", umk_item_get_text(item)}};

        for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
            if (values[i][1] == NULL)
                continue;
            json_builder_set_member_name(builder, values[i][0]);
            json_builder_add_string_value(builder, values[i][1]);
        }
    }
    if (item != NULL) {
        gsize at = ((const guint64 *) g_bytes_get_data(source->rows, NULL))[row];
        g_autofree char *model = umk_collection_dup_item_model(source->collection, at);
        g_autofree char *added = umk_collection_dup_item_time(source->collection, at);

        json_builder_set_member_name(builder, "model");
        json_builder_add_string_value(builder, model ? model : "");
        json_builder_set_member_name(builder, "added");
        json_builder_add_string_value(builder, added ? added : "");
    }
    for (gsize i = 0; fields != NULL && fields[i] != NULL; i++) {
        json_builder_set_member_name(builder, fields[i]);
        json_builder_add_string_value(builder, umk_item_get_field(item, fields[i]));
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    line = json_to_string(root, FALSE);
    /* json-glib would print each number with 17 digits; nine carry a float32 whole. */
    g_string_append_len(out, line, (gssize) strlen(line) - 1);
    g_string_append(out, ",\"vector\":[");
    for (gsize i = 0; i < n_cols; i++) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];

        g_ascii_formatd(digits, sizeof digits, "%.9g", (double) vector[i]);
        g_string_append_printf(out, "%s%s", i ? "," : "", digits);
    }
    g_string_append(out, "]}\n");
}

static gboolean
write_jsonl(UmkCli *cli, UmkCliSource *source, const char *path, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (gsize i = 0; i < umk_matrix_get_n_rows(source->vectors); i++) {
        g_autoptr(UmkItem) item = NULL;

        if (g_cancellable_set_error_if_cancelled(cli->cancellable, error))
            return FALSE;
        if (source->collection != NULL) {
            const guint64 *rows = g_bytes_get_data(source->rows, NULL);

            item = umk_collection_dup_item(source->collection, rows[i], error);
            if (item == NULL)
                return FALSE;
        }
        append_item(out, source, i, item);
    }
    return umk_cli_write_text(path, out->str, (gssize) out->len, error);
}

/* Names beside an npy: one a line, so a name must not hold a line break. */
static gboolean
write_names(UmkCliSource *source, const char *path, GError **error)
{
    g_autofree char *base = g_strndup(path, strlen(path) - strlen(".npy"));
    g_autofree char *file = g_strconcat(base, ".ids.txt", NULL);
    g_autoptr(GString) out = g_string_new(NULL);

    for (gsize i = 0; source->names[i] != NULL; i++) {
        g_autofree char *name = g_strdup(source->names[i]);

        g_string_append_printf(out, "%s\n", g_strdelimit(name, "\r\n", ' '));
    }
    return umk_cli_write_text(file, out->str, (gssize) out->len, error);
}

/* The view becomes the vectors, on this one way out, and its recipe is told. For a file
 * of vectors the name is that of a file. */
static gboolean
apply_debias(UmkCli *cli, UmkCliSource *source, const char *name, GError **error)
{
    g_autoptr(UmkDebias) debias = NULL;
    g_autoptr(UmkMatrix) debiased = NULL;
    g_autofree char *recipe = NULL;

    if (source->collection != NULL) {
        debias = umk_collection_load_debias(source->collection, name, error);
    } else {
        g_autoptr(GBytes) bytes = NULL;
        char *data;
        gsize size;

        if (!g_file_get_contents(name, &data, &size, error))
            return FALSE;
        bytes = g_bytes_new_take(data, size);
        debias = umk_debias_from_bytes(bytes, error);
        if (debias == NULL)
            g_prefix_error(error, "%s: ", name);
    }
    if (debias == NULL)
        return FALSE;
    debiased =
        umk_debias_apply(debias, source->vectors, (const char *const *) source->names,
                         cli->cancellable, error);
    if (debiased == NULL)
        return FALSE;
    umk_matrix_unref(source->vectors);
    source->vectors = g_steal_pointer(&debiased);
    recipe = umk_debias_to_json(debias);
    umk_cli_message(cli, _("Debiased by “%s”: %s"), name, recipe);
    return TRUE;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *output = NULL;
    g_autofree char *name = NULL;
    g_autofree char *ids = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("Where to write"), "FILE"},
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &ids,
         N_("Names of the rows of an npy, one a line"), "FILE"},
        {"debias", 0, 0, G_OPTION_ARG_STRING, &name,
         N_("Write the vectors as this debias of the collection shows them (a file for "
            "files of vectors)"),
         "NAME"},
        {NULL}};
    g_auto(UmkCliSource) source = {0};
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_export, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);
    gboolean ok;

    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2 || output == NULL)
        return umk_cli_usage(&umk_cli_command_export, _("give one source and --output"));
    if (!umk_cli_source_open(cli, argv[1], ids, &source, &error) ||
        (name != NULL && !apply_debias(cli, &source, name, &error)))
        return umk_cli_fail(cli, error);
    if (g_str_has_suffix(output, ".jsonl"))
        ok = write_jsonl(cli, &source, output, &error);
    else
        ok = umk_vectors_write(output, source.vectors, (const char *const *) source.names,
                               "f32", &error) &&
             (!g_str_has_suffix(output, ".npy") || write_names(&source, output, &error));
    if (!ok)
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("%s: %zu × %zu"), output,
                    umk_matrix_get_n_rows(source.vectors),
                    umk_matrix_get_n_cols(source.vectors));
    return UMK_CLI_OK;
}
