/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts to vectors around a network: prompt, tokens, groups of at most
 * GROUP_TOKENS tokens (one longer text is a group of its own), truncation of
 * the vector, length 1. A text's vector does not depend on its group, because
 * the network never mixes texts. */
#include "modalities/text/umk-text-model-private.h"

#include <inttypes.h>
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
} Session;

static gboolean
encode_ids(const UmkTextModel *self, const char *text, GArray *ids, GError **error)
{
    gssize length = -1;

    if (self->max_chars > 0 && strlen(text) > self->max_chars &&
        g_utf8_validate(text, -1, NULL) &&
        g_utf8_strlen(text, -1) > (glong) self->max_chars)
        length = g_utf8_offset_to_pointer(text, (glong) self->max_chars) - text;
    return self->bare ? _umk_tokenizer_encode_bare(self->tokenizer, text, length,
                                                   self->max_tokens, ids, NULL, error)
                      : _umk_tokenizer_encode(self->tokenizer, text, length,
                                              self->max_tokens, ids, NULL, error);
}

static gboolean
count_prompt(UmkTextModel *self, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    self->n_prompt = 0;
    if (self->prompt[0] == '\0' || self->bare)
        return TRUE;
    if (!_umk_tokenizer_encode(self->tokenizer, self->prompt, -1, 0, ids, NULL, error))
        return FALSE;
    self->n_prompt = ids->len > 0 ? ids->len - 1 : 0; /* without the closing one */
    return TRUE;
}

gboolean
_umk_text_model_init(UmkTextModel *self,
                     const char *folder,
                     UmkParams *params,
                     const char *prompt,
                     GError **error)
{
    gint64 n_dims = 0;
    const char *prefix = "";

    self->normalize = TRUE;
    if (params != NULL && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (params != NULL && umk_params_has(params, "dims"))
        n_dims = umk_params_get_int(params, "dims");
    if (params != NULL && umk_params_has(params, "prefix"))
        prefix = umk_params_get_string(params, "prefix");
    if (n_dims < 0 || (gsize) n_dims > self->n_full) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_PARAM,
            _("The model gives vectors of %zu numbers, so it cannot keep %" PRId64),
            self->n_full, n_dims);
        return FALSE;
    }
    self->n_dims = n_dims > 0 ? (gsize) n_dims : self->n_full;
    self->prompt = g_strdup(prefix != NULL && prefix[0] != '\0' ? prefix : prompt);
    if (self->tokenizer == NULL)
        self->tokenizer = _umk_tokenizer_open_folder(folder, error);
    return self->tokenizer != NULL && count_prompt(self, error);
}

void
_umk_text_model_clear(UmkTextModel *self)
{
    g_clear_pointer(&self->tokenizer, _umk_tokenizer_unref);
    g_clear_pointer(&self->prompt, g_free);
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

/* The tokens of prompt and text, appended to ids. */
static gboolean
append_tokens(const UmkTextModel *model,
              const char *text,
              GString *joined,
              GArray *ids,
              GError **error)
{
    g_autofree char *lower = NULL;

    if (model->lower_case)
        text = lower = g_utf8_strdown(text, -1);
    if (model->prompt[0] != '\0') {
        g_string_assign(joined, model->prompt);
        g_string_append(joined, text);
        text = joined->str;
    }
    return encode_ids(model, text, ids, error);
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
    gsize first = 0;

    start_group(self);
    for (gsize i = 0; i < n_items; i++) {
        g_autofree char *owned = NULL;
        const char *text = _umk_text_get(items[i], &owned, error);
        guint32 end;

        if (text == NULL ||
            !append_tokens(self->model, text, self->text, self->ids, error))
            return FALSE;
        end = self->ids->len;
        if (end == g_array_index(self->offsets, guint32, self->offsets->len - 1)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The text has no tokens"));
            return FALSE;
        }
        g_array_append_val(self->offsets, end);
        if (end < GROUP_TOKENS && i + 1 < n_items)
            continue;
        if (!umk_run_check(run, error) ||
            !finish_group(self, out + first * out_stride, out_stride, error))
            return FALSE;
        first = i + 1;
        start_group(self);
    }
    return TRUE;
}

gboolean
_umk_text_model_tokenize(
    gconstpointer model, const char *text, GArray *ids, GPtrArray *pieces, GError **error)
{
    const UmkTextModel *self = model;
    g_autoptr(GString) joined = g_string_new(NULL);

    if (!append_tokens(self, text, joined, ids, error))
        return FALSE;
    for (guint i = 0; pieces != NULL && i < ids->len; i++) {
        const char *piece =
            _umk_tokenizer_get_piece(self->tokenizer, g_array_index(ids, guint32, i));

        g_ptr_array_add(pieces, g_strdup(piece != NULL ? piece : ""));
    }
    return TRUE;
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
