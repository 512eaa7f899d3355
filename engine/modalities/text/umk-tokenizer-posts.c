/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Post-processors: which special tokens stand around a text. Templates for pairs of texts
 * are not read. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#define MAX_SPECIAL 1024 /* tokens a template may add */

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, "%s", what);
    return FALSE;
}

/* Around what other post-processors of a sequence have put there. */
static void
wrap(UmkTokenFrame *frame, GArray *before, GArray *after)
{
    g_array_prepend_vals(frame->before, before->data, before->len);
    g_array_append_vals(frame->after, after->data, after->len);
}

static gboolean
get_id(JsonNode *node, guint32 *id)
{
    gint64 value = -1;

    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
        value = json_node_get_int(node);
    *id = (guint32) value;
    return value >= 0 && value < G_MAXUINT32;
}

/* The ids of one special token of a template. */
static gboolean
add_special(JsonObject *specials, const char *name, GArray *ids, GError **error)
{
    JsonNode *node = specials ? json_object_get_member(specials, name) : NULL;
    JsonArray *list = NULL;

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node) &&
        !_umk_json_get_array(json_node_get_object(node), "ids", &list, error))
        return FALSE;
    if (list == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The template uses “%.60s”, which has no ids"), name);
        return FALSE;
    }
    for (guint i = 0; i < json_array_get_length(list); i++) {
        guint32 id;

        if (!get_id(json_array_get_element(list, i), &id) || ids->len >= MAX_SPECIAL)
            return fail(error, _("The ids of a special token are invalid or too many"));
        g_array_append_val(ids, id);
    }
    return TRUE;
}

static gboolean
template_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(guint32));
    JsonArray *single = NULL;
    JsonObject *specials = NULL;
    guint n_texts = 0;

    if (!_umk_json_get_array(config, "single", &single, error) ||
        !_umk_json_get_object(config, "special_tokens", &specials, error))
        return FALSE;
    for (guint i = 0; single != NULL && i < json_array_get_length(single); i++) {
        JsonNode *node = json_array_get_element(single, i);
        JsonObject *special = NULL;
        const char *name = NULL;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return fail(error, _("A part of the template is not an object"));
        if (json_object_has_member(json_node_get_object(node), "Sequence")) {
            n_texts++;
            continue;
        }
        if (!_umk_json_get_object(json_node_get_object(node), "SpecialToken", &special,
                                  error))
            return FALSE;
        if (special != NULL && !_umk_json_get_string(special, "id", name, &name, error))
            return FALSE;
        if (name == NULL)
            return fail(error, _("A part of the template is neither text nor token"));
        if (!add_special(specials, name, n_texts ? after : before, error))
            return FALSE;
    }
    if (n_texts != 1)
        return fail(error, _("The template must hold the text once"));
    wrap(frame, before, after);
    return TRUE;
}

/* "sep": ["</s>", 2], "cls": ["<s>", 0] */
static gboolean
pair_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    static const char *const names[] = {"cls", "sep"};
    guint32 ids[2];

    for (guint i = 0; i < 2; i++) {
        JsonArray *pair = NULL;

        if (!_umk_json_get_array(config, names[i], &pair, error))
            return FALSE;
        if (pair == NULL || json_array_get_length(pair) != 2 ||
            !get_id(json_array_get_element(pair, 1), &ids[i]))
            return fail(error, _("“cls” and “sep” must be pairs of token and id"));
    }
    g_array_prepend_val(frame->before, ids[0]);
    g_array_append_val(frame->after, ids[1]);
    return TRUE;
}

/* Moves offsets, which nobody here asks for. */
static gboolean
byte_level_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    return TRUE;
}

static gboolean
sequence_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    JsonArray *parts = NULL;

    if (!_umk_json_get_array(config, "processors", &parts, error))
        return FALSE;
    for (guint i = 0; parts != NULL && i < json_array_get_length(parts); i++) {
        JsonNode *node = json_array_get_element(parts, i);

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return fail(error, _("A part of the sequence is not an object"));
        if (!_umk_post_processor_load(json_node_get_object(node), frame, error))
            return FALSE;
    }
    return TRUE;
}

const UmkPostProcessorOps _umk_template_post_processor = {"TemplateProcessing",
                                                          template_load};
const UmkPostProcessorOps _umk_bert_post_processor = {"BertProcessing", pair_load};
const UmkPostProcessorOps _umk_roberta_post_processor = {"RobertaProcessing", pair_load};
const UmkPostProcessorOps _umk_byte_level_post_processor = {"ByteLevel", byte_level_load};
const UmkPostProcessorOps _umk_sequence_post_processor = {"Sequence", sequence_load};
