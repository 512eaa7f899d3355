/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SentencePiece model with the conventions of the class that it was used with: which
 * special tokens stand around a text, and how the ids of the model became those of the
 * class. One row a class; the ids follow fairseq where the row says so. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-sp-model-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

/* How ids follow from places in the model. fairseq: <s> <pad> </s> <unk> come first. */
typedef enum {
    UMK_SP_IDS_AS_THEY_ARE,
    UMK_SP_IDS_XLM_ROBERTA, /* place + 1 from the fourth piece on */
    UMK_SP_IDS_CAMEMBERT    /* place + 4, <pad> 1, <unk> 3 */
} UmkSpIds;

/* Around a text, and around two: f the first, s the second, anything else the token of
 * that letter. */
typedef struct {
    const char *class;       /* without "Tokenizer" or "TokenizerFast" */
    const char *model_types; /* of config.json, each with a blank on both sides */
    UmkSpIds ids;
    const char *single, *pair;
    const char *begin, *end, *mask; /* tokens b, e and the mask, unless said otherwise */
    const char *begin_key, *end_key;
    const char *normalizer; /* before that of the model; JSON, or NULL */
    guint n_extra;          /* <extra_id_N> tokens at the end, the first one last */
} UmkSpClass;

#define CANONICAL                                                                        \
    "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"},"                  \
    "{\"type\":\"Replace\",\"pattern\":{\"String\":\"" UMK_SP_SPACE "\"},"               \
    "\"content\":\" \"},"                                                                \
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"[!-/:-@\\\\[-`{-~]\"},"              \
    "\"content\":\"\"},"                                                                 \
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" \"},"       \
    "{\"type\":\"Strip\"}]}"

static const UmkSpClass classes[] = {
    {"XLMRoberta", " xlm-roberta xlm-roberta-xl ", UMK_SP_IDS_XLM_ROBERTA, "bfe",
     "bfeese", "<s>", "</s>", "<mask>", "bos_token", "eos_token", NULL, 0},
    {"Camembert", " camembert ", UMK_SP_IDS_CAMEMBERT, "bfe", "bfeese", "<s>", "</s>",
     "<mask>", "bos_token", "eos_token", NULL, 0},
    {"T5", " t5 ", UMK_SP_IDS_AS_THEY_ARE, "fe", "fese", NULL, "</s>", NULL, NULL,
     "eos_token", NULL, 100},
    {"MT5", " mt5 ", UMK_SP_IDS_AS_THEY_ARE, "fe", "fese", NULL, "</s>", NULL, NULL,
     "eos_token", NULL, 0},
    {"Siglip", " siglip siglip_text_model ", UMK_SP_IDS_AS_THEY_ARE, "fe", "fese", NULL,
     "</s>", NULL, NULL, "eos_token", CANONICAL, 0},
    {"Llama", " llama mistral ", UMK_SP_IDS_AS_THEY_ARE, "bf", "bfbs", "<s>", "</s>",
     NULL, "bos_token", "eos_token", NULL, 0},
    {"CodeLlama", "", UMK_SP_IDS_AS_THEY_ARE, "bf", "bfbs", "<s>", "</s>", NULL,
     "bos_token", "eos_token", NULL, 0},
    {"Gemma", " gemma gemma2 gemma3 gemma3_text ", UMK_SP_IDS_AS_THEY_ARE, "bf", "bfbs",
     "<bos>", "<eos>", NULL, "bos_token", "eos_token", NULL, 0},
    {"DebertaV2", " deberta-v2 ", UMK_SP_IDS_AS_THEY_ARE, "bfe", "bfese", "[CLS]",
     "[SEP]", "[MASK]", "cls_token", "sep_token", NULL, 0},
};

static const UmkSpClass *
find_class(const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        gsize n = strlen(classes[i].class);

        if (strncmp(name, classes[i].class, n) == 0 &&
            (name[n] == '\0' || strcmp(name + n, "Tokenizer") == 0 ||
             strcmp(name + n, "TokenizerFast") == 0))
            return &classes[i];
        g_string_append_printf(known, "%s%sTokenizer", i > 0 ? ", " : "",
                               classes[i].class);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No SentencePiece tokenizer is called “%.60s”; there are: %s"), name,
                known->str);
    return NULL;
}

const char *
_umk_tokenizer_guess_class(const char *model_type)
{
    g_autofree char *word = g_strdup_printf(" %s ", model_type);

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
        if (strstr(classes[i].model_types, word) != NULL)
            return classes[i].class;
    return NULL;
}

/* Ids */

static void
set_ids(UmkSpModel *model, UmkSpIds ids)
{
    static const guint32 fairseq[] = {3, 0, 2}; /* <unk> <s> </s> */

    if (ids == UMK_SP_IDS_AS_THEY_ARE)
        return;
    for (gsize i = 0; i < model->n_pieces; i++) {
        if (ids == UMK_SP_IDS_CAMEMBERT)
            model->pieces[i].id = (guint32) i + 4;
        else
            model->pieces[i].id = i < 3 ? fairseq[i] : (guint32) i + 1;
    }
    model->unknown = 3;
}

static gboolean
find_id(const UmkSpModel *model, const char *content, guint32 *id)
{
    for (gsize i = 0; i < model->n_pieces; i++) {
        if (model->pieces[i].length == strlen(content) &&
            memcmp(model->pieces[i].bytes, content, model->pieces[i].length) == 0) {
            *id = model->pieces[i].id;
            return TRUE;
        }
    }
    return FALSE;
}

/* Tokens */

static void
add_if_there(const UmkSpModel *model, UmkTokenizerParts *parts, const char *content)
{
    guint32 id;

    if (content != NULL && find_id(model, content, &id))
        _umk_tokenizer_parts_add_token(parts, content, id, FALSE, FALSE);
}

/* "added_tokens_decoder": {"3": {"content": …, "lstrip": …}} */
static gboolean
add_decoder(JsonObject *settings, UmkTokenizerParts *parts, GError **error)
{
    JsonObject *tokens = NULL;
    JsonObjectIter iter;
    const char *key;
    JsonNode *node;

    if (!_umk_json_get_object(settings, "added_tokens_decoder", &tokens, error))
        return FALSE;
    if (tokens == NULL)
        return TRUE;
    json_object_iter_init(&iter, tokens);
    while (json_object_iter_next(&iter, &key, &node)) {
        guint64 id = g_ascii_strtoull(key, NULL, 10);
        const char *content = NULL;
        gboolean left, right;
        JsonObject *token;

        if (!JSON_NODE_HOLDS_OBJECT(node) || id >= UMK_TOKENIZER_MAX_VOCAB) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The added token “%.60s” has no valid id or content"), key);
            return FALSE;
        }
        token = json_node_get_object(node);
        if (!_umk_json_get_string(token, "content", NULL, &content, error) ||
            !_umk_json_get_boolean(token, "lstrip", FALSE, &left, error) ||
            !_umk_json_get_boolean(token, "rstrip", FALSE, &right, error))
            return FALSE;
        if (content != NULL)
            _umk_tokenizer_parts_add_token(parts, content, (guint32) id, left, right);
    }
    return TRUE;
}

static gboolean
add_extra(const UmkSpModel *model,
          const UmkSpClass *class,
          JsonObject *settings,
          UmkTokenizerParts *parts,
          GError **error)
{
    gsize n;

    if (!_umk_json_get_size(settings, "extra_ids", class->n_extra, 10000, &n, error))
        return FALSE;
    for (gsize i = 0; class->n_extra > 0 && i < n; i++) {
        g_autofree char *content = g_strdup_printf("<extra_id_%zu>", i);

        _umk_tokenizer_parts_add_token(
            parts, content, (guint32) (model->n_pieces + n - 1 - i), FALSE, FALSE);
    }
    return TRUE;
}

static gboolean
add_tokens(const UmkSpModel *model,
           const UmkSpClass *class,
           JsonObject *settings,
           UmkTokenizerParts *parts,
           GError **error)
{
    static const char *const keys[] = {"bos_token", "eos_token", "unk_token",
                                       "pad_token", "cls_token", "sep_token"};
    guint32 mask = (guint32) model->n_pieces;

    if (!add_decoder(settings, parts, error))
        return FALSE;
    if (class->ids != UMK_SP_IDS_AS_THEY_ARE) {
        _umk_tokenizer_parts_add_token(parts, "<pad>", 1, FALSE, FALSE);
        _umk_tokenizer_parts_add_token(parts, "<unk>", 3, FALSE, FALSE);
        mask += class->ids == UMK_SP_IDS_CAMEMBERT ? 4 : 1;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        add_if_there(model, parts, _umk_tokenizer_get_token(settings, keys[i], NULL));
    add_if_there(model, parts, class->begin);
    add_if_there(model, parts, class->end);
    add_if_there(model, parts, "<pad>");
    add_if_there(model, parts, "<unk>");
    if (class->mask != NULL)
        _umk_tokenizer_parts_add_token(parts, class->mask, mask, TRUE, FALSE);
    return add_extra(model, class, settings, parts, error);
}

/* Frames */

static gboolean
find_special(const UmkSpModel *model, const char *content, guint32 *id, GError **error)
{
    if (content != NULL && find_id(model, content, id))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The vocabulary lacks the special token “%.60s”"),
                content ? content : "");
    return FALSE;
}

/* The letters of a class with its switches followed: add_bos_token, add_eos_token. */
static gboolean
switch_letters(const UmkSpClass *class,
               JsonObject *settings,
               const char *letters,
               char *out,
               GError **error)
{
    gboolean begin = strchr(class->single, 'b') != NULL;
    gboolean end = strchr(class->single, 'e') != NULL;
    gboolean has_end = end;

    if (!_umk_json_get_boolean(settings, "add_bos_token", begin, &begin, error) ||
        !_umk_json_get_boolean(settings, "add_eos_token", end, &end, error))
        return FALSE;
    for (; *letters != '\0'; letters++) {
        if (*letters == 'b' ? begin : *letters != 'e' || end)
            *out++ = *letters;
        if (end && !has_end && (*letters == 'f' || *letters == 's'))
            *out++ = 'e';
    }
    *out = '\0';
    return TRUE;
}

static gboolean
set_frame(const UmkSpModel *model,
          const UmkSpClass *class,
          JsonObject *settings,
          UmkTokenizerParts *parts,
          GError **error)
{
    const char *begin = _umk_tokenizer_get_token(
        settings, class->begin_key ? class->begin_key : "", class->begin);
    const char *end = _umk_tokenizer_get_token(settings, class->end_key, class->end);
    char single[16], pair[16];
    guint32 begin_id = 0, end_id = 0;

    if (!switch_letters(class, settings, class->single, single, error) ||
        !switch_letters(class, settings, class->pair, pair, error))
        return FALSE;
    if (strchr(single, 'b') != NULL && !find_special(model, begin, &begin_id, error))
        return FALSE;
    if (strchr(single, 'e') != NULL && !find_special(model, end, &end_id, error))
        return FALSE;
    _umk_tokenizer_parts_set_frame(parts, single, pair, begin_id, end_id,
                                   strcmp(class->pair, "bfese") == 0);
    return TRUE;
}

/* Normalizers before that of the model. */
static gboolean
add_normalizer(const char *json, UmkNormalizer *normalizer, GError **error)
{
    g_autoptr(JsonNode) node = json_from_string(json, NULL);
    UmkNormalizer parts[2];

    if (!_umk_normalizer_load(&parts[0], json_node_get_object(node), error))
        return FALSE;
    parts[1] = *normalizer;
    _umk_normalizer_join(normalizer, parts, G_N_ELEMENTS(parts));
    return TRUE;
}

UmkTokenizer *
_umk_tokenizer_new_from_sentencepiece(const char *data,
                                      gsize length,
                                      const char *tokenizer_class,
                                      const char *config,
                                      gsize config_length,
                                      GError **error)
{
    g_auto(UmkTokenizerParts) parts;
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(UmkSpModel) model = NULL;
    const UmkSpClass *class = NULL;
    JsonObject *settings;

    _umk_tokenizer_parts_init(&parts);
    parser = _umk_tokenizer_parse_config(config, config_length, &settings, error);
    if (parser == NULL)
        return NULL;
    if (tokenizer_class != NULL && *tokenizer_class != '\0') {
        class = find_class(tokenizer_class, error);
        if (class == NULL)
            return NULL;
    }
    model = _umk_sp_model_parse((const guint8 *) data, length, error);
    if (model == NULL)
        return NULL;
    if (class != NULL)
        set_ids(model, class->ids);
    if (!_umk_sp_model_build(model, &parts, error))
        return NULL;
    if (class != NULL && (!add_tokens(model, class, settings, &parts, error) ||
                          !set_frame(model, class, settings, &parts, error)))
        return NULL;
    if (class != NULL && class->normalizer != NULL &&
        !add_normalizer(class->normalizer, &parts.normalizer, error))
        return NULL;
    return _umk_tokenizer_new_from_parts(&parts, error);
}
