/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads config_sentence_transformers.json, the few keys of config.json that speak of
 * Matryoshka training, and the model card README.md, whose training report lists the
 * lengths. A README that cannot be understood says nothing; it is never an error. */
#include "modalities/text/umk-text-card-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"

#define MAX_README ((gsize) 1 << 20)
#define MAX_DIMS   65536

static const struct {
    const char *name;
    const char *prompts[8]; /* names that folders give it, the likeliest first */
} tasks[UMK_TEXT_N_TASKS] = {
    {"query",
     {"query", "search_query", "s2p_query", "retrieval.query", "web_search_query",
      "Retrieval-query"}},
    {"document",
     {"document", "passage", "corpus", "search_document", "retrieval.passage",
      "Retrieval-document"}},
    {"classification", {"classification", "Classification", "topic"}},
    {"clustering", {"clustering", "Clustering", "separation", "topic"}},
    {"similarity",
     {"similarity", "sts", "STS", "s2s_query", "text-matching", "semantic",
      "sentence-similarity"}},
};

int
_umk_text_task_from_name(const char *name)
{
    for (int i = 0; i < UMK_TEXT_N_TASKS; i++)
        if (strcmp(tasks[i].name, name) == 0)
            return i;
    return -1;
}

const char *
_umk_text_task_get_name(UmkTextTask task)
{
    return tasks[task].name;
}

/* ---- reading ---- */

static void
add_dims(UmkTextCard *self, gint64 n)
{
    if (n < 1 || n > MAX_DIMS || self->n_dims == UMK_TEXT_CARD_MAX_DIMS)
        return;
    for (gsize i = 0; i < self->n_dims; i++)
        if (self->dims[i] == n)
            return;
    self->dims[self->n_dims++] = (guint32) n;
}

/* A number or a list of numbers; anything else is not for us. */
static void
add_dims_member(UmkTextCard *self, JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    JsonArray *list;

    if (node == NULL)
        return;
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
        add_dims(self, json_node_get_int(node));
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return;
    list = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonNode *one = json_array_get_element(list, i);

        if (JSON_NODE_HOLDS_VALUE(one) && json_node_get_value_type(one) == G_TYPE_INT64)
            add_dims(self, json_node_get_int(one));
    }
}

gboolean
_umk_text_card_parse_prompts(UmkTextCard *self,
                             const char *data,
                             gsize length,
                             GError **error)
{
    JsonObject *root, *prompts;
    const char *name, *text;
    g_autoptr(GList) names = NULL;
    g_autoptr(JsonParser) parser = _umk_json_parse(data, length, &root, error);

    if (parser == NULL || !_umk_json_get_object(root, "prompts", &prompts, error) ||
        !_umk_json_get_string(root, "default_prompt_name", NULL, &name, error))
        return FALSE;
    g_free(self->default_prompt);
    self->default_prompt = g_strdup(name);
    if (self->prompts == NULL)
        self->prompts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    names = prompts != NULL ? json_object_get_members(prompts) : NULL;
    for (GList *at = names; at != NULL; at = at->next) {
        if (!_umk_json_get_string(prompts, at->data, "", &text, error))
            return FALSE;
        g_hash_table_replace(self->prompts, g_strdup(at->data), g_strdup(text));
    }
    add_dims_member(self, root, "truncate_dim");
    return TRUE;
}

/* "matryoshka_dims": [768, 512, 256] as sentence-transformers prints its loss. */
static void
add_readme_dims(UmkTextCard *self, const char *text)
{
    const char *at = strstr(text, "matryoshka_dims\"");
    const char *end;

    if (at == NULL)
        return;
    at += strlen("matryoshka_dims\"");
    at += strspn(at, ": \t\r\n");
    if (*at != '[')
        return;
    end = at + strcspn(at, "]");
    for (at++; at < end;) {
        char *after;

        at += strspn(at, ", \t\r\n");
        if (!g_ascii_isdigit(*at))
            return;
        add_dims(self, (gint64) MIN(g_ascii_strtoull(at, &after, 10), MAX_DIMS + 1));
        at = after;
    }
}

/* The tags of the front matter: "- matryoshka", "- loss:MatryoshkaLoss". */
static gboolean
has_matryoshka_tag(const char *text)
{
    const char *end, *at;

    if (!g_str_has_prefix(text, "---\n") && !g_str_has_prefix(text, "---\r\n"))
        return FALSE;
    end = strstr(text + 4, "\n---");
    at = strstr(text, "\n- loss:MatryoshkaLoss");
    if (at == NULL || end == NULL || at > end)
        at = strstr(text, "\n- matryoshka");
    return at != NULL && end != NULL && at < end;
}

void
_umk_text_card_parse_readme(UmkTextCard *self, const char *data, gsize length)
{
    g_autofree char *text = g_strndup(data, MIN(length, MAX_README));

    add_readme_dims(self, text);
    if (self->n_dims == 0 && has_matryoshka_tag(text))
        self->any_dims = TRUE;
}

static GBytes *
read_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);

    return file != NULL ? g_mapped_file_get_bytes(file) : NULL;
}

/* What config.json says; a broken one is for the network to complain about. */
static void
read_config(UmkTextCard *self, GBytes *bytes, char **name, char **type)
{
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length), *text = NULL;
    JsonObject *root;
    g_autoptr(JsonParser) parser = _umk_json_parse(data, length, &root, NULL);

    if (parser == NULL)
        return;
    if (_umk_json_get_string(root, "_name_or_path", NULL, &text, NULL))
        *name = text != NULL ? g_path_get_basename(text) : NULL;
    text = NULL;
    if (_umk_json_get_string(root, "model_type", NULL, &text, NULL))
        *type = g_strdup(text);
    add_dims_member(self, root, "matryoshka_dims");
    add_dims_member(self, root, "matryoshka_dimensions");
}

/* The first heading of a README is the model's name on most cards. */
static char *
dup_heading(GBytes *readme)
{
    gsize length;
    const char *data = g_bytes_get_data(readme, &length), *at;
    g_autofree char *text = g_strndup(data != NULL ? data : "", MIN(length, MAX_README));

    at = g_str_has_prefix(text, "# ") ? text : strstr(text, "\n# ");
    return at != NULL ? g_strndup(at, strcspn(at + 1, "\n") + 1) : NULL;
}

/* A folder's own name, and that of the hub's cache: models--OWNER--NAME/snapshots/REV. */
static void
add_folder_names(GPtrArray *names, const char *folder)
{
    g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
    g_auto(GStrv) parts = g_strsplit(absolute, G_DIR_SEPARATOR_S, -1);
    guint n = g_strv_length(parts);

    if (n > 0)
        g_ptr_array_add(names, g_strdup(parts[n - 1]));
    for (guint i = 0; i < n; i++)
        if (g_str_has_prefix(parts[i], "models--"))
            g_ptr_array_add(names, g_strdup(parts[i]));
}

gboolean
_umk_text_card_read(UmkTextCard *self, const char *folder, GError **error)
{
    g_autoptr(GBytes) prompts = read_file(folder, "config_sentence_transformers.json");
    g_autoptr(GBytes) config = read_file(folder, "config.json");
    g_autoptr(GBytes) readme = read_file(folder, "README.md");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *type = NULL;
    char *name = NULL;
    gsize length;
    const char *data;

    memset(self, 0, sizeof *self);
    self->prompts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    add_folder_names(names, folder);
    if (prompts != NULL) {
        data = g_bytes_get_data(prompts, &length);
        if (!_umk_text_card_parse_prompts(self, data, length, error)) {
            g_prefix_error(error, "%s/config_sentence_transformers.json: ", folder);
            return FALSE;
        }
    }
    if (config != NULL)
        read_config(self, config, &name, &type);
    if (name != NULL)
        g_ptr_array_add(names, name);
    if (readme != NULL) {
        data = g_bytes_get_data(readme, &length);
        _umk_text_card_parse_readme(self, data != NULL ? data : "", length);
        name = dup_heading(readme);
        if (name != NULL)
            g_ptr_array_add(names, name);
    }
    g_ptr_array_add(names, NULL);
    self->known = _umk_known_model_find((const char *const *) names->pdata, type);
    return TRUE;
}

void
_umk_text_card_clear(UmkTextCard *self)
{
    g_clear_pointer(&self->prompts, g_hash_table_unref);
    g_clear_pointer(&self->default_prompt, g_free);
}

/* ---- tasks ---- */

const char *
_umk_text_card_get_task(const UmkTextCard *self, UmkTextTask task, const char **name)
{
    const char *const *candidates = tasks[task].prompts;

    if (name != NULL)
        *name = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(tasks[task].prompts) && candidates[i] != NULL;
         i++) {
        const char *text = self->prompts != NULL
                               ? g_hash_table_lookup(self->prompts, candidates[i])
                               : NULL;

        if (text != NULL && name != NULL)
            *name = candidates[i];
        if (text != NULL)
            return text;
    }
    return self->known != NULL ? self->known->prefixes[task] : NULL;
}

const char *
_umk_text_card_require_task(const UmkTextCard *self, const char *task, GError **error)
{
    int wanted = _umk_text_task_from_name(task);
    const char *text;
    g_autoptr(GString) list = g_string_new(NULL);

    text = wanted >= 0 ? _umk_text_card_get_task(self, (UmkTextTask) wanted, NULL) : NULL;
    if (text != NULL)
        return text;
    for (int i = 0; i < UMK_TEXT_N_TASKS; i++)
        if (_umk_text_card_get_task(self, (UmkTextTask) i, NULL) != NULL)
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "",
                                   tasks[i].name);
    if (list->len > 0)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model has no prompt for the task “%s”; it has some for: %s"),
                    task, list->str);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model has no prompts for tasks, so “%s” cannot be followed; "
                      "give a prefix, or no task"),
                    task);
    return NULL;
}

/* ---- lengths ---- */

/* The folder's own word goes before the table's. */
static gsize
list_dims(const UmkTextCard *self, gsize n_full, guint32 *dims, gsize *least)
{
    const guint32 *from = self->n_dims > 0 ? self->dims : NULL;
    gsize n = self->n_dims, kept = 0;

    *least = self->any_dims && from == NULL ? 1 : 0;
    if (from == NULL && self->known != NULL) {
        from = self->known->dims;
        for (n = 0; n < UMK_KNOWN_N_DIMS && from[n] != 0; n++)
            ;
        *least = self->known->least > 0 ? self->known->least : *least;
    }
    for (gsize i = 0; i < n; i++)
        if (from[i] < n_full)
            dims[kept++] = from[i];
    return kept;
}

gboolean
_umk_text_card_check_dims(const UmkTextCard *self, gsize n, gsize n_full, GError **error)
{
    guint32 dims[UMK_TEXT_CARD_MAX_DIMS];
    gsize least, n_dims = list_dims(self, n_full, dims, &least);
    g_autoptr(GString) list = g_string_new(NULL);

    if (n == n_full || (least > 0 && n >= least && n < n_full))
        return TRUE;
    for (gsize i = 0; i < n_dims; i++) {
        if (dims[i] == n)
            return TRUE;
        g_string_append_printf(list, ", %u", dims[i]);
    }
    if (least > 0)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model’s vectors may be cut to %zu … %zu numbers, not to %zu; "
                      "the option “untrained-dims” cuts them all the same"),
                    least, n_full, n);
    else if (n_dims > 0)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model’s vectors have %zu%s numbers, not %zu; the option "
                      "“untrained-dims” cuts them all the same"),
                    n_full, list->str, n);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model was not trained to have its vectors cut: they have %zu "
                      "numbers, not %zu; the option “untrained-dims” cuts them all the "
                      "same"),
                    n_full, n);
    return FALSE;
}

/* ---- description ---- */

static void
describe_prompts(const UmkTextCard *self, JsonBuilder *builder)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(self->prompts),
                                         (GCompareFunc) (void (*)(void)) strcmp);

    json_builder_set_member_name(builder, "prompts");
    json_builder_begin_object(builder);
    for (GList *at = names; at != NULL; at = at->next) {
        json_builder_set_member_name(builder, at->data);
        json_builder_add_string_value(builder,
                                      g_hash_table_lookup(self->prompts, at->data));
    }
    json_builder_end_object(builder);
    if (self->default_prompt != NULL) {
        json_builder_set_member_name(builder, "default_prompt");
        json_builder_add_string_value(builder, self->default_prompt);
    }
}

void
_umk_text_card_describe(const UmkTextCard *self, gsize n_full, JsonBuilder *builder)
{
    guint32 dims[UMK_TEXT_CARD_MAX_DIMS];
    gsize least, n_dims = list_dims(self, n_full, dims, &least);

    describe_prompts(self, builder);
    json_builder_set_member_name(builder, "tasks");
    json_builder_begin_object(builder);
    for (int i = 0; i < UMK_TEXT_N_TASKS; i++) {
        const char *text = _umk_text_card_get_task(self, (UmkTextTask) i, NULL);

        if (text == NULL)
            continue;
        json_builder_set_member_name(builder, tasks[i].name);
        json_builder_add_string_value(builder, text);
    }
    json_builder_end_object(builder);
    json_builder_set_member_name(builder, "dims");
    json_builder_begin_array(builder);
    json_builder_add_int_value(builder, (gint64) n_full);
    for (gsize i = 0; i < n_dims; i++)
        json_builder_add_int_value(builder, dims[i]);
    json_builder_end_array(builder);
    if (least > 0) {
        json_builder_set_member_name(builder, "least_dims");
        json_builder_add_int_value(builder, (gint64) least);
    }
    if (self->known != NULL) {
        json_builder_set_member_name(builder, "known_as");
        json_builder_add_string_value(builder, self->known->title);
    }
}
