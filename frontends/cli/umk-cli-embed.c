/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed: vectors of items in input order, without a collection. */
#include "umk-cli.h"

#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_embed = {
    "embed", "--model M (TEXT… | --input FILE | --files FILE…) --output OUT.npy",
    N_("Turn texts, pictures or sounds into vectors"),
    "  umekomi embed --model starter \"a red apple\" 犬 --output v.npy\n"
    "  umekomi embed --model ~/models/clip-vit-base-patch32 --files a.jpg b.png --output "
    "v.npy\n",
    run};

typedef struct {
    char *model, *modality, *input, *output, *dtype, *errors, *names;
    gboolean files, skip;
} Options;

/* The items, and what to call each in a message. */
static UmkItems *
make_items(
    UmkCli *cli, const Options *o, char **values, UmkModality modality, gboolean paths)
{
    UmkItems *items = umk_items_new();

    for (gsize i = 0; values[i] != NULL; i++) {
        g_autoptr(UmkItem) item = paths ? umk_item_new_for_file(modality, values[i])
                                        : umk_item_new_for_text(values[i]);

        if (paths && modality == UMK_MODALITY_TEXT) {
            g_autofree char *text = NULL;
            g_autofree char *valid = NULL;

            /* A text file is one text. */
            if (g_file_get_contents(values[i], &text, NULL, NULL)) {
                valid = g_utf8_make_valid(text, -1);
                g_clear_pointer(&item, umk_item_unref);
                item = umk_item_new_for_text(valid);
            }
        }
        umk_items_append(items, item);
    }
    return items;
}

static gboolean
choose_modality(const Options *o, char **values, UmkModality *modality, GError **error)
{
    if (o->modality != NULL) {
        if (umk_modality_from_name(o->modality, modality))
            return TRUE;
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is not a modality; they are text, image, audio and graph"),
                    o->modality);
        return FALSE;
    }
    *modality = UMK_MODALITY_TEXT;
    if (!o->files || values[0] == NULL || umk_modality_of_file(values[0], modality))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The name of “%s” does not tell its modality; add --modality"),
                values[0]);
    return FALSE;
}

static UmkCliExit
embed(UmkCli *cli, const Options *o, UmkModel *model, UmkItems *items, char **values)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    gsize n = umk_items_get_n_items(items);

    umk_cli_progress_start(cli, (double) n, _("items"));
    vectors = umk_model_embed_each(model, items, failures, cli->cancellable,
                                   umk_cli_progress, cli, &error);
    if (vectors == NULL)
        return umk_cli_fail(cli, error);
    for (guint i = 0; i < failures->len; i++)
        if (failures->pdata[i] != NULL)
            umk_cli_add_failure(cli, values[i], failures->pdata[i]);
    if (cli->failures->len == 2 * n && n > 0) /* nothing worth a file */
        return umk_cli_finish(cli, o->errors, o->skip);
    if (!umk_vectors_write(o->output, vectors, NULL, o->dtype ? o->dtype : "f32", &error))
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("%s: %zu × %zu in %.2f s"), o->output,
                    umk_matrix_get_n_rows(vectors), umk_matrix_get_n_cols(vectors),
                    (double) (g_get_monotonic_time() - start) / 1e6);
    return umk_cli_finish(cli, o->errors, o->skip);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"model", 0, 0, G_OPTION_ARG_STRING, &o.model, N_("Model folder or name"), "M"},
        {"modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
         N_("text, image, audio (default: text, or by the files' names)"), "M"},
        {"input", 0, 0, G_OPTION_ARG_FILENAME, &o.input,
         N_("One text a line, or one path a line for pictures and sounds; - is stdin"),
         "FILE"},
        {"files", 0, 0, G_OPTION_ARG_NONE, &o.files,
         N_("The arguments are files, not texts"), NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("Where to write the vectors"), "FILE.npy"},
        {"dtype", 0, 0, G_OPTION_ARG_STRING, &o.dtype,
         N_("f32, f16, i8 (127·x, rounded) or binary (signs, 8 a byte)"), "T"},
        {"errors", 0, 0, G_OPTION_ARG_FILENAME, &o.errors,
         N_("Save the list of failures"), "FILE"},
        {"skip-errors", 0, 0, G_OPTION_ARG_NONE, &o.skip,
         N_("Exit 0 even if some failed; their rows are zero"), NULL},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) values = NULL;
    UmkModality modality;
    UmkCliExit code;
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_embed, NULL);

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (o.model == NULL || o.output == NULL)
        return umk_cli_usage(&umk_cli_command_embed,
                             _("--model and --output are needed"));
    if ((argc > 1) == (o.input != NULL))
        return umk_cli_usage(&umk_cli_command_embed, _("give texts, --files or --input"));
    values = o.input ? umk_cli_read_lines(o.input, &error) : g_strdupv(argv + 1);
    if (values == NULL)
        return umk_cli_fail(cli, error);
    if (!choose_modality(&o, values, &modality, &error))
        return umk_cli_usage(&umk_cli_command_embed, "%s", error->message);
    model = umk_model_load(umk_registry_get_default(), o.model, params, cli->cancellable,
                           &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    items =
        make_items(cli, &o, values, modality, o.files || modality != UMK_MODALITY_TEXT);
    return embed(cli, &o, model, items, values);
}
