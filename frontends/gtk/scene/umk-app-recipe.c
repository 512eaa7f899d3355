/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the engine's recipe of a layout. Options that are at their default are left out
 * of the command line; row numbers of an axis become the ids that it takes. */
#include "umk-app-recipe.h"

#include "umk-app-option-words.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include <string.h>

static JsonNode *
parse(const char *recipe)
{
    JsonNode *root = recipe != NULL ? json_from_string(recipe, NULL) : NULL;

    if (root != NULL && JSON_NODE_HOLDS_OBJECT(root))
        return root;
    g_clear_pointer(&root, json_node_unref);
    return NULL;
}

static JsonObject *
get_params(JsonNode *root)
{
    JsonNode *params =
        root ? json_object_get_member(json_node_get_object(root), "params") : NULL;

    return params != NULL && JSON_NODE_HOLDS_OBJECT(params) ? json_node_get_object(params)
                                                            : NULL;
}

gboolean
umk_app_recipe_is_centred(const char *recipe)
{
    g_autoptr(JsonNode) root = parse(recipe);

    return root != NULL && json_object_has_member(json_node_get_object(root), "centered");
}

/* A value as the engine's options are written. */
static char *
value_text(JsonNode *node)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : 0;
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (type == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    if (type == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "yes" : "no");
    if (type == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    if (type != G_TYPE_DOUBLE)
        return NULL;
    return g_strdup(
        g_ascii_formatd(buffer, sizeof buffer, "%.10g", json_node_get_double(node)));
}

UmkParams *
umk_app_recipe_make_params(const char *method, const char *recipe, GError **error)
{
    gsize n_specs = 0;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(JsonNode) root = parse(recipe);
    JsonObject *object = get_params(root);

    for (gsize i = 0; object != NULL && i < n_specs; i++) {
        JsonNode *node = json_object_get_member(object, specs[i].name);
        g_autofree char *value = node != NULL ? value_text(node) : NULL;

        if (value != NULL && !umk_params_set(params, specs[i].name, value, error))
            return NULL;
    }
    return g_steal_pointer(&params);
}

/* ---- the command line ----------------------------------------------------------------
 */

static void
append_word(GString *line, const char *word)
{
    gboolean plain =
        *word != '\0' && strspn(word, "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_./=:,@%+") == strlen(word);
    g_autofree char *quoted = plain ? g_strdup(word) : g_shell_quote(word);

    g_string_append_printf(line, " %s", quoted);
}

/* Ids stand apart from + and - by blanks; what has these, a comma or a blank at its ends
 * goes into quotes. */
static gboolean
append_id(GString *formula, const char *id)
{
    gboolean plain = *id != '\0' && strpbrk(id, " ,*\"") == NULL &&
                     !g_str_equal(id, "+") && !g_str_equal(id, "-");

    if (!plain && strchr(id, '"') != NULL)
        return FALSE;
    g_string_append_printf(formula, plain ? "%s" : "\"%s\"", id);
    return TRUE;
}

static char *
name_rows(const char *formula, char *(*id_of)(gsize, gpointer), gpointer data)
{
    g_autoptr(GString) named = g_string_new(NULL);

    for (const char *p = formula; *p != '\0';) {
        g_autofree char *id = NULL;
        char *end;

        if (!g_ascii_isdigit(*p)) {
            g_string_append_c(named, *p++);
            continue;
        }
        g_ascii_strtod(p, &end);
        if (g_str_has_prefix(end, " *")) { /* a weight, not a row */
            g_string_append_len(named, p, end - p);
            p = end;
            continue;
        }
        id = id_of((gsize) g_ascii_strtoull(p, &end, 10), data);
        if (id == NULL || !append_id(named, id))
            return NULL;
        p = end;
    }
    return g_string_free(g_steal_pointer(&named), FALSE);
}

static gboolean
append_param(GString *line,
             const UmkParamSpec *spec,
             const char *value,
             char *(*id_of)(gsize, gpointer),
             gpointer data)
{
    g_autofree char *option = g_strconcat("--", spec->name, NULL);
    g_autofree char *named = NULL;

    if (umk_app_option_is_default(spec, value))
        return TRUE;
    if (spec->type == UMK_PARAM_BOOL) {
        g_string_append_printf(line, " --%s%s", spec->def != 0 ? "no-" : "", spec->name);
        return TRUE;
    }
    if (spec->type == UMK_PARAM_STRING) { /* only axes have such */
        named = name_rows(value, id_of, data);
        if (named == NULL)
            return FALSE;
        value = named;
    }
    append_word(line, option);
    append_word(line, value);
    return TRUE;
}

char *
umk_app_command_new(const char *path,
                    const char *recipe,
                    const char *colour,
                    char *(*id_of)(gsize place, gpointer data),
                    gpointer data)
{
    g_autoptr(GString) line = g_string_new("umekomi map");
    g_autoptr(JsonNode) root = parse(recipe);
    JsonObject *params = get_params(root);
    const char *method = root != NULL ? json_object_get_string_member_with_default(
                                            json_node_get_object(root), "method", NULL)
                                      : NULL;
    gsize n_specs = 0;
    const UmkParamSpec *specs =
        method != NULL ? umk_projection_get_params(method, &n_specs) : NULL;
    g_autofree char *base = g_path_get_basename(path), *output = NULL;

    if (specs == NULL || params == NULL)
        return NULL;
    append_word(line, path);
    g_string_append_printf(line, " --method %s", method);
    for (gsize i = 0; i < n_specs; i++) {
        JsonNode *node = json_object_get_member(params, specs[i].name);
        g_autofree char *value = node != NULL ? value_text(node) : NULL;

        if (value != NULL && !append_param(line, &specs[i], value, id_of, data))
            return NULL;
    }
    if (umk_app_recipe_is_centred(recipe))
        g_string_append(line, " --center-modalities");
    if (colour != NULL) {
        g_string_append(line, " --color");
        append_word(line, colour);
    }
    if (g_str_has_suffix(base, ".ume"))
        base[strlen(base) - 4] = '\0';
    output = g_strconcat(base, "-", method, ".svg", NULL);
    g_string_append(line, " --output");
    append_word(line, output);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

typedef struct {
    const UmkAppLayout *layout;
    UmkCollection *collection;
} Names;

static char *
id_of_place(gsize place, gpointer data)
{
    const Names *names = data;
    gsize size;
    const guint64 *rows = g_bytes_get_data(names->layout->rows, &size);

    return place < size / sizeof *rows
               ? umk_collection_dup_id(names->collection, (gsize) rows[place])
               : NULL;
}

char *
umk_app_recipe_dup_command(const UmkAppLayout *layout,
                           UmkAppSource *source,
                           const char *colour)
{
    Names names = {layout, umk_app_source_get_collection(source)};

    if (layout->n_placed > 0)
        return NULL;
    return umk_app_command_new(umk_app_source_get_path(source), layout->recipe, colour,
                               id_of_place, &names);
}

/* ---- to read -------------------------------------------------------------------------
 */

static void
line_free(gpointer data)
{
    UmkAppRecipeLine *line = data;

    g_free(line->value);
    g_free(line);
}

UmkAppRecipeLine *
umk_app_recipe_add(GPtrArray *lines, const char *name, char *value)
{
    UmkAppRecipeLine *line = g_new0(UmkAppRecipeLine, 1);

    line->name = name;
    line->value = value;
    g_ptr_array_add(lines, line);
    return line;
}

char *
umk_app_recipe_dup_seed(const UmkAppLayout *layout)
{
    g_autoptr(JsonNode) root = parse(layout->recipe);
    JsonObject *params = get_params(root);
    JsonNode *seed = params != NULL ? json_object_get_member(params, "seed") : NULL;
    char *text = seed != NULL ? value_text(seed) : NULL;

    return text != NULL ? text : g_strdup("");
}

/* What was set or shapes a map most stands first, the rest among the details. */
static void
add_options(GPtrArray *lines, const UmkAppLayout *layout, JsonObject *params)
{
    gsize n_specs = 0;
    const UmkParamSpec *specs = umk_projection_get_params(layout->method, &n_specs);

    for (gsize i = 0; params != NULL && i < n_specs; i++) {
        JsonNode *node = json_object_get_member(params, specs[i].name);
        g_autofree char *value = node != NULL ? value_text(node) : NULL;
        UmkAppRecipeLine *line;

        if (value == NULL || *value == '\0')
            continue;
        line = umk_app_recipe_add(lines, g_dgettext("umekomi", specs[i].title),
                                  umk_app_option_dup_value(&specs[i], value));
        line->help = g_dgettext("umekomi", specs[i].help);
        line->is_detail = !specs[i].plain && umk_app_option_is_default(&specs[i], value);
    }
}

GPtrArray *
umk_app_recipe_list(const UmkAppLayout *layout, UmkAppSource *source)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(line_free);
    g_autoptr(JsonNode) root = parse(layout->recipe);
    UmkCollection *collection = umk_app_source_get_collection(source);
    UmkSpace *space = umk_collection_get_space(collection);
    UmkAppRecipeLine *line;

    umk_app_recipe_add(lines, _("Method"), g_strdup(layout->title));
    add_options(lines, layout, get_params(root));
    if (umk_app_recipe_is_centred(layout->recipe))
        umk_app_recipe_add(lines, _("Each kind centred"), g_strdup(_("Yes")))->help =
            _("The mean of its kind was taken off each vector first");
    umk_app_recipe_add(lines, _("Items"),
                       g_strdup_printf("%'zu", layout->points->n_points));
    if (layout->n_placed > 0)
        umk_app_recipe_add(lines, _("Placed later"),
                           g_strdup_printf("%'zu", layout->n_placed))
            ->help = _("Items that came when the others had been laid out");
    umk_app_recipe_add(
        lines, _("Space"),
        /* Translators: the name of a space and how many dimensions it has */
        g_strdup_printf(ngettext("%s, %zu dimension", "%s, %zu dimensions",
                                 umk_space_get_n_dims(space)),
                        umk_space_get_name(space), umk_space_get_n_dims(space)));
    line = umk_app_recipe_add(lines, _("Collection"),
                              g_strdup(umk_collection_get_uuid(collection)));
    line->help = _("A number that no other collection has");
    line->is_detail = line->is_id = TRUE;
    line = umk_app_recipe_add(
        lines, _("Changes so far"),
        g_strdup_printf("%" G_GUINT64_FORMAT, umk_collection_get_sequence(collection)));
    line->help = _("How often the collection had been changed when the map was made");
    line->is_detail = TRUE;
    line = umk_app_recipe_add(lines, _("Program"),
                              g_strdup_printf("Umekomi %s", umk_get_version()));
    line->is_detail = TRUE;
    return lines;
}

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static void
add_int(JsonBuilder *builder, const char *name, gsize number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64) number);
}

/* Thousands of numbers that come of the rest tell a reader nothing. */
static JsonNode *
drop_means(JsonNode *layout)
{
    json_object_remove_member(json_node_get_object(layout), "means");
    return layout;
}

char *
umk_app_recipe_to_json(const UmkAppLayout *layout, UmkAppSource *source)
{
    UmkCollection *collection = umk_app_source_get_collection(source);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *name = g_path_get_basename(umk_app_source_get_path(source));
    g_autofree char *command = umk_app_recipe_dup_command(layout, source, NULL);
    g_autofree char *made = umk_app_layout_to_json(layout);

    json_builder_begin_object(builder);
    add_text(builder, "program", "umekomi");
    add_text(builder, "version", umk_get_version());
    if (command != NULL)
        add_text(builder, "command", command);
    add_text(builder, "source", name);
    add_text(builder, "uuid", umk_collection_get_uuid(collection));
    add_int(builder, "sequence", (gsize) umk_collection_get_sequence(collection));
    add_int(builder, "n_items", layout->points->n_points);
    json_builder_set_member_name(builder, "layout");
    json_builder_add_value(builder, drop_means(json_from_string(made, NULL)));
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}
