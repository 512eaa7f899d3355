/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts to vectors around a network: prompt, tokens, cutting of what is too
 * long, groups of at most GROUP_TOKENS tokens (one longer text is a group of
 * its own), truncation of the vector, length 1. A text's vector does not depend
 * on its group, because the network never mixes texts. */
#include "modalities/text/umk-text-model-private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"

#define GROUP_TOKENS 512

typedef struct {
    const UmkTextModel *model;
    UmkArena arena;  /* of the network */
    UmkArena vector; /* full vectors of one group */
    GArray *ids;     /* guint32 */
    GArray *offsets; /* guint32, one more than texts */
    GString *text;
    UmkEmbedCounts counts;
} Session;

/* The tokens of one text, cut to max_tokens; n_cut of them went. */
static gboolean
encode_ids(
    const UmkTextModel *self, const char *text, GArray *ids, gsize *n_cut, GError **error)
{
    UmkTruncationSide side =
        self->cut == UMK_TEXT_CUT_LEFT ? UMK_TRUNCATE_LEFT : UMK_TRUNCATE_RIGHT;
    gssize length = -1;
    gboolean truncated = FALSE;

    if (self->max_chars > 0 && strlen(text) > self->max_chars &&
        g_utf8_validate(text, -1, NULL) &&
        g_utf8_strlen(text, -1) > (glong) self->max_chars)
        length = g_utf8_offset_to_pointer(text, (glong) self->max_chars) - text;
    if (!self->bare)
        return _umk_tokenizer_encode_side(self->tokenizer, text, length, self->max_tokens,
                                          side, ids, n_cut, error);
    if (!_umk_tokenizer_encode_bare(self->tokenizer, text, length, self->max_tokens, ids,
                                    &truncated, error))
        return FALSE;
    *n_cut = truncated;
    return TRUE;
}

/* The tokens of the prompt, without the special one that closes every text. */
static gboolean
count_prompt(UmkTextModel *self, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(guint32));

    self->n_prompt = 0;
    if (self->prompt[0] == '\0' || self->bare)
        return TRUE;
    if (!_umk_tokenizer_encode(self->tokenizer, self->prompt, -1, 0, ids, NULL, error) ||
        !_umk_tokenizer_encode(self->tokenizer, "", -1, 0, none, NULL, error))
        return FALSE;
    self->n_prompt = ids->len;
    if (ids->len > 0 && none->len > 0 &&
        g_array_index(ids, guint32, ids->len - 1) ==
            g_array_index(none, guint32, none->len - 1))
        self->n_prompt--;
    return TRUE;
}

static const char *
get_text_option(UmkParams *params, const char *name)
{
    const char *text = params != NULL && umk_params_has(params, name)
                           ? umk_params_get_string(params, name)
                           : NULL;

    return text != NULL ? text : "";
}

static gsize
get_size_option(UmkParams *params, const char *name)
{
    return params != NULL && umk_params_has(params, name)
               ? (gsize) umk_params_get_int(params, name)
               : 0;
}

/* What to put before every text: of prompt, prefix and task at most one is said. */
static gboolean
choose_prompt(UmkTextModel *self, UmkParams *params, const char *prompt, GError **error)
{
    const char *prefix = get_text_option(params, "prefix");
    const char *task = get_text_option(params, "task");
    gboolean has_task = task[0] != '\0' && strcmp(task, "none") != 0;

    if ((prefix[0] != '\0') + (get_text_option(params, "prompt")[0] != '\0') + has_task >
        1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Of the options “prompt”, “prefix” and “task” only one can be "
                      "followed"));
        return FALSE;
    }
    if (prefix[0] != '\0')
        prompt = prefix;
    if (has_task)
        prompt = _umk_text_card_require_task(&self->card, task, error);
    self->prompt = g_strdup(prompt);
    return prompt != NULL;
}

static gboolean
choose_dims(UmkTextModel *self, UmkParams *params, GError **error)
{
    gsize n_dims = get_size_option(params, "dims");
    gboolean any = params != NULL && umk_params_has(params, "untrained-dims") &&
                   umk_params_get_bool(params, "untrained-dims");

    if (n_dims > self->n_full) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model gives vectors of %zu numbers, so it cannot keep %zu"),
                    self->n_full, n_dims);
        return FALSE;
    }
    if (n_dims > 0 && !any &&
        !_umk_text_card_check_dims(&self->card, n_dims, self->n_full, error))
        return FALSE;
    self->n_dims = n_dims > 0 ? n_dims : self->n_full;
    self->norm_before_cut = self->card.known != NULL && self->card.known->norm_before_cut;
    return TRUE;
}

static gboolean
choose_cut(UmkTextModel *self, UmkParams *params, GError **error)
{
    const char *side = get_text_option(params, "truncate");
    gsize most = get_size_option(params, "max-tokens");

    self->cut = strcmp(side, "left") == 0    ? UMK_TEXT_CUT_LEFT
                : strcmp(side, "error") == 0 ? UMK_TEXT_CUT_NEVER
                                             : UMK_TEXT_CUT_RIGHT;
    if (most > 0 && self->max_tokens > 0 && most > self->max_tokens) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model reads at most %zu tokens, so it cannot read %zu"),
                    self->max_tokens, most);
        return FALSE;
    }
    if (most > 0)
        self->max_tokens = most;
    return TRUE;
}

gboolean
_umk_text_model_init(UmkTextModel *self,
                     const char *folder,
                     UmkParams *params,
                     const char *prompt,
                     GError **error)
{
    self->normalize = TRUE;
    if (params != NULL && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (!_umk_text_card_read(&self->card, folder, error) ||
        !choose_prompt(self, params, prompt, error) ||
        !choose_dims(self, params, error) || !choose_cut(self, params, error))
        return FALSE;
    if (self->tokenizer == NULL)
        self->tokenizer = _umk_tokenizer_open_folder(folder, error);
    return self->tokenizer != NULL && count_prompt(self, error);
}

void
_umk_text_model_clear(UmkTextModel *self)
{
    g_clear_pointer(&self->tokenizer, _umk_tokenizer_unref);
    g_clear_pointer(&self->prompt, g_free);
    _umk_text_card_clear(&self->card);
}

gsize
_umk_text_model_n_dims(gconstpointer model)
{
    return ((const UmkTextModel *) model)->n_dims;
}

gpointer
_umk_text_session_new(gconstpointer model, GError **error)
{
    Session *self = g_new0(Session, 1);

    self->model = model;
    self->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->text = g_string_new(NULL);
    return self;
}

void
_umk_text_session_free(gpointer session)
{
    Session *self = session;

    _umk_arena_clear(&self->arena);
    _umk_arena_clear(&self->vector);
    g_array_unref(self->ids);
    g_array_unref(self->offsets);
    g_string_free(self->text, TRUE);
    g_free(self);
}

guint
_umk_text_session_get_n_grown(gpointer session)
{
    Session *self = session;

    return self->arena.n_grown + self->vector.n_grown;
}

/* The tokens of one text, cut as the options say. */
typedef struct {
    const UmkTextModel *model;
    GString *joined;
    GArray *ids; /* appended to */
    UmkEmbedCounts *counts;
} Reader;

static gboolean
append_tokens(Reader *r, const char *text, GError **error)
{
    const UmkTextModel *model = r->model;
    guint first = r->ids->len;
    gsize n_cut = 0, n;
    g_autofree char *lower = NULL;

    if (model->lower_case)
        text = lower = g_utf8_strdown(text, -1);
    if (model->prompt[0] != '\0') {
        g_string_assign(r->joined, model->prompt);
        g_string_append(r->joined, text);
        text = r->joined->str;
    }
    if (!encode_ids(model, text, r->ids, &n_cut, error))
        return FALSE;
    n = r->ids->len - first + n_cut;
    if (n_cut > 0 && model->cut == UMK_TEXT_CUT_NEVER) {
        g_array_set_size(r->ids, first);
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The text has %zu tokens, the model reads %zu, and the option "
                      "“truncate” says not to cut it"),
                    n, model->max_tokens);
        return FALSE;
    }
    r->counts->n_texts++;
    r->counts->n_truncated += n_cut > 0;
    r->counts->n_tokens += n - n_cut;
    r->counts->longest = MAX(r->counts->longest, n);
    return TRUE;
}

const char *
_umk_text_get(UmkItem *item, char **owned, GError **error)
{
    const char *text = umk_item_get_text(item), *path = umk_item_get_path(item);
    GBytes *bytes = umk_item_get_bytes(item);
    gsize length;

    *owned = NULL;
    if (text != NULL)
        return text;
    if (bytes != NULL) {
        const char *data = g_bytes_get_data(bytes, &length);

        *owned = g_strndup(data != NULL ? data : "", length);
    } else if (path == NULL || !g_file_get_contents(path, owned, NULL, error)) {
        if (path == NULL)
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The item has no text"));
        return NULL;
    }
    return *owned;
}

/* As torch's layer_norm without weights: mean 0, variance 1, epsilon 1e-5. */
static void
standardize(float *x, gsize n)
{
    double mean = 0, variance = 0;

    for (gsize i = 0; i < n; i++)
        mean += (double) x[i];
    mean /= (double) n;
    for (gsize i = 0; i < n; i++)
        variance += ((double) x[i] - mean) * ((double) x[i] - mean);
    variance = sqrt(variance / (double) n + 1e-5);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (((double) x[i] - mean) / variance);
}

/* One group's vectors, ended as the options say. */
static gboolean
finish_group(Session *self, float *out, gsize out_stride, GError **error)
{
    const UmkTextModel *model = self->model;
    gsize n_texts = self->offsets->len - 1;
    const guint32 *offsets = (const guint32 *) (gconstpointer) self->offsets->data;
    float *full = _umk_arena_reserve(&self->vector, n_texts * model->n_full, error);

    if (full == NULL ||
        !model->encode(model, (const guint32 *) (gconstpointer) self->ids->data, offsets,
                       n_texts, full, &self->arena, error))
        return FALSE;
    for (gsize i = 0; i < n_texts; i++) {
        float *row = out + i * out_stride;

        if (model->norm_before_cut && model->n_dims < model->n_full)
            standardize(full + i * model->n_full, model->n_full);
        memcpy(row, full + i * model->n_full, model->n_dims * sizeof(float));
        if (model->normalize)
            _umk_kernel_normalize(row, model->n_dims);
    }
    return TRUE;
}

static void
start_group(Session *self)
{
    const guint32 zero = 0;

    g_array_set_size(self->ids, 0);
    g_array_set_size(self->offsets, 0);
    g_array_append_val(self->offsets, zero);
}

/* The tokens of one item, as the next text of the group. */
static gboolean
read_item(Session *self, UmkItem *item, UmkEmbedCounts *counts, GError **error)
{
    Reader reader = {self->model, self->text, self->ids, counts};
    g_autofree char *owned = NULL;
    const char *text = _umk_text_get(item, &owned, error);
    guint32 end;

    if (text == NULL || !append_tokens(&reader, text, error))
        return FALSE;
    end = self->ids->len;
    if (end == g_array_index(self->offsets, guint32, self->offsets->len - 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The text has no tokens"));
        return FALSE;
    }
    g_array_append_val(self->offsets, end);
    return TRUE;
}

gboolean
_umk_text_session_embed(gpointer session,
                        UmkItem *const *items,
                        gsize n_items,
                        float *out,
                        gsize out_stride,
                        UmkRun *run,
                        GError **error)
{
    Session *self = session;
    UmkEmbedCounts counts = {0};
    gsize first = 0;

    start_group(self);
    for (gsize i = 0; i < n_items; i++) {
        guint32 end;

        if (!read_item(self, items[i], &counts, error))
            return FALSE;
        end = self->ids->len;
        if (end < GROUP_TOKENS && i + 1 < n_items)
            continue;
        if (!umk_run_check(run, error) ||
            !finish_group(self, out + first * out_stride, out_stride, error))
            return FALSE;
        first = i + 1;
        start_group(self);
    }
    self->counts.n_texts += counts.n_texts;
    self->counts.n_truncated += counts.n_truncated;
    self->counts.n_tokens += counts.n_tokens;
    self->counts.longest = MAX(self->counts.longest, counts.longest);
    return TRUE;
}

void
_umk_text_session_get_counts(gconstpointer session, UmkEmbedCounts *counts)
{
    *counts = ((const Session *) session)->counts;
}

gsize
_umk_text_model_n_token_dims(gconstpointer model)
{
    const UmkTextModel *self = model;

    return self->hidden != NULL ? self->n_hidden : 0;
}

gboolean
_umk_text_session_embed_tokens(
    gpointer session, UmkItem *item, GArray *values, UmkRun *run, GError **error)
{
    Session *self = session;
    const UmkTextModel *model = self->model;
    const float *hidden;

    if (model->hidden == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The model gives no vectors of single tokens"));
        return FALSE;
    }
    start_group(self);
    if (!umk_run_check(run, error) || !read_item(self, item, &self->counts, error))
        return FALSE;
    hidden = model->hidden(model, (const guint32 *) (gconstpointer) self->ids->data,
                           (const guint32 *) (gconstpointer) self->offsets->data, 1,
                           &self->arena, error);
    if (hidden == NULL)
        return FALSE;
    g_array_append_vals(values, hidden, (guint) (self->ids->len * model->n_hidden));
    return TRUE;
}

gboolean
_umk_text_model_tokenize(
    gconstpointer model, const char *text, GArray *ids, GPtrArray *pieces, GError **error)
{
    const UmkTextModel *self = model;
    g_autoptr(GString) joined = g_string_new(NULL);
    UmkEmbedCounts counts = {0};
    Reader reader = {self, joined, ids, &counts};

    if (!append_tokens(&reader, text, error))
        return FALSE;
    for (guint i = 0; pieces != NULL && i < ids->len; i++) {
        const char *piece =
            _umk_tokenizer_get_piece(self->tokenizer, g_array_index(ids, guint32, i));

        g_ptr_array_add(pieces, g_strdup(piece != NULL ? piece : ""));
    }
    return TRUE;
}

/* A JSON object; what modules.json adds to the network is there where it is known. */
char *
_umk_text_model_describe(gconstpointer model)
{
    const UmkTextModel *self = model;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "max_tokens");
    json_builder_add_int_value(builder, (gint64) self->max_tokens);
    if (self->modules != NULL) {
        g_autofree char *pooling = _umk_pooling_dup_name(&self->modules->pooling);

        json_builder_set_member_name(builder, "pooling");
        json_builder_add_string_value(builder, pooling);
        json_builder_set_member_name(builder, "include_prompt");
        json_builder_add_boolean_value(builder, self->modules->pooling.include_prompt);
    }
    json_builder_set_member_name(builder, "token_dims");
    json_builder_add_int_value(builder, (gint64) _umk_text_model_n_token_dims(model));
    _umk_text_card_describe(&self->card, self->n_full, builder);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

gboolean
_umk_text_config_has_type(const guint8 *config, gsize length, const char *const *types)
{
    JsonObject *root;
    const char *type = NULL;
    g_autoptr(JsonParser) parser =
        _umk_json_parse((const char *) config, length, &root, NULL);

    return parser != NULL &&
           _umk_json_get_string(root, "model_type", NULL, &type, NULL) && type != NULL &&
           g_strv_contains(types, type);
}

static gboolean
has_file(const char *folder, const char *name)
{
    g_autofree char *file = g_build_filename(folder, name, NULL);

    return g_file_test(file, G_FILE_TEST_IS_REGULAR);
}

gboolean
_umk_text_has_weights(const char *folder)
{
    return has_file(folder, "model.safetensors") ||
           has_file(folder, "model.safetensors.index.json");
}

guint
_umk_text_probe(const char *folder,
                const guint8 *config,
                gsize length,
                const char *const *types)
{
    if (!_umk_text_config_has_type(config, length, types))
        return 0;
    return _umk_text_has_weights(folder) ? 90 : 1;
}

void
_umk_text_prefix_error(GError **error, const char *folder)
{
    if (error != NULL && *error != NULL && strstr((*error)->message, folder) == NULL)
        g_prefix_error(error, "%s: ", folder);
}
