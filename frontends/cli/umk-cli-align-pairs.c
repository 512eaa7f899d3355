/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train align --pairs: a head that maps what one model makes into the space of another,
 * learnt from a file of pairs; with its card, its split, its loss curve and a space that
 * collections can use. Interrupted, it goes on where it was. */
#include "umk-cli-align.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>

typedef struct {
    char *from, *to, *pairs, *output, *frame, *from_modality, *to_modality, *errors;
    gboolean skip_errors;
} Options;

/* The pairs of the file that both sides have vectors for. */
typedef struct {
    char **from, **to; /* all of the file */
    guint64 *lines;
    gsize n;       /* all of the file */
    gsize n_bad;   /* lines that were no pair */
    guint64 *kept; /* rows */
    gsize n_kept;
    UmkMatrix *x, *y; /* (n_kept, ...) */
} Pairs;

static void
pairs_clear(Pairs *self)
{
    g_strfreev(self->from);
    g_strfreev(self->to);
    g_free(self->lines);
    g_free(self->kept);
    g_clear_pointer(&self->x, umk_matrix_unref);
    g_clear_pointer(&self->y, umk_matrix_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pairs, pairs_clear)

static gboolean
read_file(UmkCli *cli, const char *path, Pairs *pairs, GError **error)
{
    g_autoptr(GPtrArray) problems = NULL;

    if (!umk_train_read_pairs(path, &pairs->from, &pairs->to, &pairs->lines, &pairs->n,
                              &problems, error))
        return FALSE;
    pairs->n_bad = problems->len;
    for (guint i = 0; i < problems->len; i++)
        umk_cli_add_failure(cli, path, problems->pdata[i]);
    return TRUE;
}

static void
report_missing(UmkCli *cli, const char *path, const Pairs *pairs, char **why)
{
    for (gsize i = 0; i < pairs->n; i++) {
        g_autofree char *text = NULL;

        if (why[i] == NULL)
            continue;
        text = g_strdup_printf(_("line %" PRIu64 ": %s"), pairs->lines[i], why[i]);
        umk_cli_add_failure(cli, path, text);
    }
}

static void
free_reasons(char **why, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_free(why[i]);
    g_free(why);
}

static gboolean
embed(UmkCli *cli,
      const Options *o,
      UmkCliSide *from,
      UmkCliSide *to,
      Pairs *pairs,
      GError **error)
{
    char **why = g_new0(char *, pairs->n + 1);
    g_autoptr(UmkMatrix) x =
        umk_cli_side_embed(cli, from, pairs->from, pairs->n, why, error);
    g_autoptr(UmkMatrix) y =
        x ? umk_cli_side_embed(cli, to, pairs->to, pairs->n, why, error) : NULL;

    if (y != NULL) {
        report_missing(cli, o->pairs, pairs, why);
        pairs->kept = g_new(guint64, MAX(pairs->n, 1));
        for (gsize i = 0; i < pairs->n; i++)
            if (why[i] == NULL)
                pairs->kept[pairs->n_kept++] = i;
        pairs->x = umk_matrix_select_rows(x, pairs->kept, pairs->n_kept, error);
        pairs->y = pairs->x ? umk_matrix_select_rows(y, pairs->kept, pairs->n_kept, error)
                            : NULL;
    }
    free_reasons(why, pairs->n);
    return pairs->y != NULL;
}

/* The space to join: a collection's own, else one in which the other side's frame is. */
static UmkSpace *
make_space(const UmkCliSide *to, gsize n_dims, GError **error)
{
    g_autoptr(UmkSpace) space = NULL;

    if (to->collection != NULL) {
        g_autoptr(GBytes) bytes =
            umk_space_to_bytes(umk_collection_get_space(to->collection));

        return umk_space_new_from_bytes(bytes, error);
    }
    space = umk_space_new(to->frame, n_dims, UMK_METRIC_COSINE);
    return umk_space_join(space, to->frame, n_dims, error) ? g_steal_pointer(&space)
                                                           : NULL;
}

/* What the engine reports, and what only the command knows. */
static JsonObject *
make_card(const Options *o,
          const UmkCliSide *from,
          const UmkCliSide *to,
          const char *report,
          const Pairs *pairs)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(JsonNode) engine = json_from_string(report, NULL);
    g_autoptr(GList) members = NULL;
    g_autofree char *text = NULL, *digest = NULL, *name = g_path_get_basename(o->pairs);
    JsonObject *object = json_node_get_object(engine);
    gsize length;

    if (g_file_get_contents(o->pairs, &text, &length, NULL))
        digest =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, length);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_string_value(builder, "umekomi-head/1");
    json_builder_set_member_name(builder, "umekomi");
    json_builder_add_string_value(builder, umk_get_version());
    json_builder_set_member_name(builder, "from");
    umk_cli_side_describe(from, builder);
    json_builder_set_member_name(builder, "to");
    umk_cli_side_describe(to, builder);
    json_builder_set_member_name(builder, "pairs");
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "file");
    json_builder_add_string_value(builder, name);
    json_builder_set_member_name(builder, "sha256");
    json_builder_add_string_value(builder, digest ? digest : "");
    json_builder_set_member_name(builder, "n_left_out");
    json_builder_add_int_value(builder,
                               (gint64) (pairs->n_bad + pairs->n - pairs->n_kept));
    json_builder_end_object(builder);
    members = json_object_get_members(object);
    for (GList *l = members; l != NULL; l = l->next) {
        json_builder_set_member_name(builder, l->data);
        json_builder_add_value(builder, json_object_dup_member(object, l->data));
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_node_dup_object(root);
}

static gboolean
write_space(const char *folder, UmkSpace *space, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "space.safetensors", NULL);
    g_autoptr(GBytes) bytes = umk_space_to_bytes(space);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);

    return umk_cli_write_text(path, data, (gssize) size, error);
}

/* Lines and cells of the pairs that took part, in the order of the split's letters. */
static gboolean
write_all(const Options *o,
          UmkSpace *space,
          const char *frame,
          JsonObject *card,
          const Pairs *pairs,
          GError **error)
{
    g_autofree char **from = g_new0(char *, pairs->n_kept + 1);
    g_autofree char **to = g_new0(char *, pairs->n_kept + 1);
    g_autofree guint64 *lines = g_new0(guint64, pairs->n_kept + 1);

    for (gsize i = 0; i < pairs->n_kept; i++) {
        from[i] = pairs->from[pairs->kept[i]];
        to[i] = pairs->to[pairs->kept[i]];
        lines[i] = pairs->lines[pairs->kept[i]];
    }
    return umk_cli_align_write_card(o->output, card, from, to, lines, error) &&
           write_space(o->output, space, error);
}

static gboolean
install(UmkCliSide *to, UmkSpace *space, GError **error)
{
    return to->collection == NULL ||
           (umk_collection_set_space(to->collection, space, error) &&
            umk_collection_commit(to->collection, error));
}

static void
print_result(UmkCli *cli, JsonObject *card)
{
    if (cli->json) {
        g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
        g_autofree char *text = NULL;

        json_node_set_object(node, card);
        text = json_to_string(node, FALSE);
        printf("%s\n", text);
    } else {
        g_autofree char *table = umk_cli_align_format_recall(card, FALSE);

        fputs(table, stdout);
    }
}

static gboolean
train(UmkCli *cli, const Options *o, UmkParams *params, GError **error)
{
    g_auto(UmkCliSide) from = {0}, to = {0};
    g_auto(Pairs) pairs = {0};
    g_autoptr(UmkSpace) space = NULL;
    g_autoptr(JsonObject) card = NULL;
    g_autofree char *report = NULL;
    g_autofree char *checkpoint = g_build_filename(o->output, "checkpoint", NULL);
    const char *frame;

    umk_cli_progress_start(cli, 0, NULL);
    if (!umk_cli_side_open(cli, o->from, o->from_modality, &from, error) ||
        !umk_cli_side_open(cli, o->to, o->to_modality, &to, error) ||
        !read_file(cli, o->pairs, &pairs, error) ||
        !embed(cli, o, &from, &to, &pairs, error))
        return FALSE;
    frame = o->frame ? o->frame : from.frame;
    space = make_space(&to, umk_matrix_get_n_cols(pairs.y), error);
    if (space == NULL)
        return FALSE;
    if (umk_space_is_identity(space, frame)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is the space itself; give the other side another name with "
                      "--frame"),
                    frame);
        return FALSE;
    }
    if (g_mkdir_with_parents(o->output, 0777) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    o->output, g_strerror(errno));
        return FALSE;
    }
    if (g_file_test(checkpoint, G_FILE_TEST_EXISTS))
        umk_cli_message(cli, _("Going on from %s"), checkpoint);
    if (!umk_train_align(space, frame, pairs.x, pairs.y, params, checkpoint, &report,
                         cli->cancellable, umk_cli_progress, cli, error))
        return FALSE;
    umk_cli_progress_end(cli);
    card = make_card(o, &from, &to, report, &pairs);
    if (!write_all(o, space, frame, card, &pairs, error) || !install(&to, space, error))
        return FALSE;
    print_result(cli, card);
    umk_cli_message(cli, _("“%s” is joined to the space “%s”; see %s"), frame,
                    umk_space_get_name(space), o->output);
    return TRUE;
}

UmkCliExit
umk_cli_align_pairs(UmkCli *cli, int argc, char **argv)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_FILENAME, &o.from,
         N_("Whose vectors are mapped: a model, or a file of vectors"), "MODEL"},
        {"to", 0, 0, G_OPTION_ARG_FILENAME, &o.to,
         N_("Where they go: a model, a collection, or a file of vectors"), "SPACE"},
        {"pairs", 0, 0, G_OPTION_ARG_FILENAME, &o.pairs,
         N_("A pair a line, parted by a tab: texts, paths of files, or names"),
         "FILE.tsv"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("Folder for the space, the card, the split and the loss curve"), "FOLDER"},
        {"frame", 0, 0, G_OPTION_ARG_STRING, &o.frame,
         N_("Name of the mapped side in the space (default: the model's)"), "NAME"},
        {"from-modality", 0, 0, G_OPTION_ARG_STRING, &o.from_modality,
         N_("What the left cells are (default: files by their suffix, else texts)"), "M"},
        {"to-modality", 0, 0, G_OPTION_ARG_STRING, &o.to_modality,
         N_("What the right cells are"), "M"},
        {"errors", 0, 0, G_OPTION_ARG_FILENAME, &o.errors,
         N_("Write what was left out to a file"), "FILE"},
        {"skip-errors", 0, 0, G_OPTION_ARG_NONE, &o.skip_errors,
         N_("Exit with 0 even if pairs were left out"), NULL},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_train_align, NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_train_get_align_params(&n_specs);
    UmkCliExit code;

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2 || o.from == NULL || o.to == NULL || o.pairs == NULL ||
        o.output == NULL)
        return umk_cli_usage(&umk_cli_command_train_align,
                             _("give --from, --to, --pairs and --output"));
    if (!umk_params_is_set(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_train_align, "%s", error->message);
    if (!train(cli, &o, params, &error))
        return umk_cli_fail(cli, error);
    return umk_cli_finish(cli, o.errors, o.skip_errors);
}
