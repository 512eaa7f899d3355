/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Post-processors: which special tokens stand around a text, or around two. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

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

/* The parts of a template, a special token of several ids as several parts. */
static gboolean
read_template(JsonObject *specials, JsonArray *parts, GArray *out, GError **error)
{
    for (guint i = 0; parts != NULL && i < json_array_get_length(parts); i++) {
        JsonNode *node = json_array_get_element(parts, i);
        JsonObject *special = NULL, *text = NULL;
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        const char *name = NULL;
        gsize type = 0;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return fail(error, _("A part of the template is not an object"));
        if (!_umk_json_get_object(json_node_get_object(node), "Sequence", &text, error) ||
            !_umk_json_get_object(json_node_get_object(node), "SpecialToken", &special,
                                  error))
            return FALSE;
        if (text == NULL)
            text = special;
        if (text == NULL ||
            !_umk_json_get_size(text, "type_id", 0, G_MAXUINT16, &type, error) ||
            !_umk_json_get_string(text, "id", NULL, &name, error) || name == NULL) {
            if (error == NULL || *error == NULL)
                fail(error, _("A part of the template is neither text nor token"));
            return FALSE;
        }
        if (special != NULL && !add_special(specials, name, ids, error))
            return FALSE;
        if (special == NULL)
            g_array_set_size(ids, 1);
        for (guint j = 0; j < ids->len; j++) {
            UmkFramePart part = {UMK_FRAME_TOKEN, g_array_index(ids, guint32, j),
                                 (guint32) type};

            if (special == NULL)
                part.kind = strcmp(name, "B") == 0 ? UMK_FRAME_SECOND : UMK_FRAME_FIRST;
            g_array_append_val(out, part);
        }
        if (out->len > MAX_SPECIAL)
            return fail(error, _("The ids of a special token are invalid or too many"));
    }
    return TRUE;
}

static guint
count_kind(const GArray *parts, UmkFramePartKind kind)
{
    guint n = 0;

    for (guint i = 0; i < parts->len; i++)
        n += g_array_index(parts, UmkFramePart, i).kind == kind;
    return n;
}

static void
set_pair(UmkTokenFrame *frame, const UmkFramePart *parts, guint n)
{
    g_array_set_size(frame->pair, 0);
    g_array_append_vals(frame->pair, parts, n);
}

static gboolean
template_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) one = g_array_new(FALSE, FALSE, sizeof(UmkFramePart));
    g_autoptr(GArray) two = g_array_new(FALSE, FALSE, sizeof(UmkFramePart));
    JsonArray *single = NULL, *pair = NULL;
    JsonObject *specials = NULL;
    gboolean behind = FALSE;

    if (!_umk_json_get_array(config, "single", &single, error) ||
        !_umk_json_get_array(config, "pair", &pair, error) ||
        !_umk_json_get_object(config, "special_tokens", &specials, error) ||
        !read_template(specials, single, one, error) ||
        !read_template(specials, pair, two, error))
        return FALSE;
    if (one->len - count_kind(one, UMK_FRAME_TOKEN) != 1)
        return fail(error, _("The template must hold the text once"));
    for (guint i = 0; i < one->len; i++) {
        const UmkFramePart *part = &g_array_index(one, UmkFramePart, i);

        if (part->kind != UMK_FRAME_TOKEN)
            behind = TRUE;
        else
            g_array_append_val(behind ? after : before, part->id);
    }
    wrap(frame, before, after);
    /* A pair that leaves a text out cannot be made, which is no matter for one text. */
    if (count_kind(two, UMK_FRAME_FIRST) != 1 || count_kind(two, UMK_FRAME_SECOND) != 1)
        g_array_set_size(two, 0);
    set_pair(frame, (const UmkFramePart *) (gconstpointer) two->data, two->len);
    return TRUE;
}

/* "sep": ["</s>", 2], "cls": ["<s>", 0] */
static gboolean
load_cls_sep(JsonObject *config, UmkTokenFrame *frame, guint32 ids[2], GError **error)
{
    static const char *const names[] = {"cls", "sep"};

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

/* cls first sep second sep, the second with type 1 */
static gboolean
bert_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    guint32 ids[2];

    if (!load_cls_sep(config, frame, ids, error))
        return FALSE;
    set_pair(frame,
             (const UmkFramePart[]){{UMK_FRAME_TOKEN, ids[0], 0},
                                    {UMK_FRAME_FIRST, 0, 0},
                                    {UMK_FRAME_TOKEN, ids[1], 0},
                                    {UMK_FRAME_SECOND, 0, 1},
                                    {UMK_FRAME_TOKEN, ids[1], 1}},
             5);
    return TRUE;
}

/* cls first sep sep second sep, all of type 0 */
static gboolean
roberta_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    guint32 ids[2];

    if (!load_cls_sep(config, frame, ids, error))
        return FALSE;
    set_pair(frame,
             (const UmkFramePart[]){{UMK_FRAME_TOKEN, ids[0], 0},
                                    {UMK_FRAME_FIRST, 0, 0},
                                    {UMK_FRAME_TOKEN, ids[1], 0},
                                    {UMK_FRAME_TOKEN, ids[1], 0},
                                    {UMK_FRAME_SECOND, 0, 0},
                                    {UMK_FRAME_TOKEN, ids[1], 0}},
             6);
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
const UmkPostProcessorOps _umk_bert_post_processor = {"BertProcessing", bert_load};
const UmkPostProcessorOps _umk_roberta_post_processor = {"RobertaProcessing",
                                                         roberta_load};
const UmkPostProcessorOps _umk_byte_level_post_processor = {"ByteLevel", byte_level_load};
const UmkPostProcessorOps _umk_sequence_post_processor = {"Sequence", sequence_load};
