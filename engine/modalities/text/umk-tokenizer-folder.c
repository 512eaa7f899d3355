/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokenizer of a model folder, whichever files it is written in. The older ones say
 * only the pieces; the stages around them are those of the classes that read them. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-build-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

JsonParser *
_umk_tokenizer_parse_config(const char *config,
                            gsize length,
                            JsonObject **settings,
                            GError **error)
{
    return _umk_json_parse(config ? config : "{}", config ? length : 2, settings, error);
}

static JsonObject *
parse_template(const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);

    return json_node_dup_object(node);
}

const char *
_umk_tokenizer_get_token(JsonObject *config, const char *name, const char *otherwise)
{
    JsonNode *node = json_object_get_member(config, name);
    const char *token = NULL;

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        node = json_object_get_member(json_node_get_object(node), "content");
    if (node != NULL && JSON_NODE_HOLDS_VALUE(node))
        token = json_node_get_string(node);
    return token ? token : otherwise;
}

static gboolean
get_id(JsonObject *pieces, const char *token, gint64 *id)
{
    JsonNode *node = json_object_get_member(pieces, token);

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node))
        return FALSE;
    *id = json_node_get_int(node);
    return TRUE;
}

/* If the vocabulary has it and it is not there yet. */
static void
add_token(JsonArray *tokens, JsonObject *pieces, const char *content, gboolean strip_left)
{
    JsonObject *token;
    gint64 id;

    if (content == NULL || !get_id(pieces, content, &id))
        return;
    for (guint i = 0; i < json_array_get_length(tokens); i++) {
        JsonObject *other = json_array_get_object_element(tokens, i);

        if (strcmp(json_object_get_string_member(other, "content"), content) == 0)
            return;
    }
    token = json_object_new();
    json_object_set_int_member(token, "id", id);
    json_object_set_string_member(token, "content", content);
    json_object_set_boolean_member(token, "lstrip", strip_left);
    json_array_add_object_element(tokens, token);
}

/* "cls" and "sep" around the text, by BertProcessing or RobertaProcessing. */
static gboolean
set_frame(JsonObject *tokenizer,
          JsonObject *pieces,
          const char *type,
          const char *first,
          const char *last,
          GError **error)
{
    const char *const tokens[] = {first, last};
    static const char *const names[] = {"cls", "sep"};
    JsonObject *post = json_object_new();

    json_object_set_string_member(post, "type", type);
    json_object_set_object_member(tokenizer, "post_processor", post);
    for (guint i = 0; i < 2; i++) {
        JsonArray *pair = json_array_new();
        gint64 id;

        json_object_set_array_member(post, names[i], pair);
        if (!get_id(pieces, tokens[i], &id)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The vocabulary lacks the special token “%.60s”"), tokens[i]);
            return FALSE;
        }
        json_array_add_string_element(pair, tokens[i]);
        json_array_add_int_element(pair, id);
    }
    return TRUE;
}

/* The next line without its end; FALSE behind the last. */
static gboolean
next_line(const char **at, const char *end, const char **line, gsize *length)
{
    const char *stop;

    if (*at >= end)
        return FALSE;
    stop = memchr(*at, '\n', (gsize) (end - *at));
    *line = *at;
    *length = (gsize) ((stop ? stop : end) - *at);
    *at = stop ? stop + 1 : end;
    if (*length > 0 && (*line)[*length - 1] == '\r')
        (*length)--;
    return TRUE;
}

static gboolean
check_line(const char *line, gsize length, gsize number, GError **error)
{
    if (number >= UMK_TOKENIZER_MAX_VOCAB) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The vocabulary has more than %u lines"), UMK_TOKENIZER_MAX_VOCAB);
        return FALSE;
    }
    if (!g_utf8_validate_len(line, length, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Line %zu is not valid UTF-8"), number + 1);
        return FALSE;
    }
    return TRUE;
}

static JsonObject *
read_vocab(const char *vocab, gsize length, GError **error)
{
    g_autoptr(JsonObject) pieces = json_object_new();
    const char *at = vocab, *end = vocab + length, *line;
    gint64 id = 0;
    gsize n;

    while (next_line(&at, end, &line, &n)) {
        g_autofree char *piece = NULL;

        if (!check_line(line, n, (gsize) id, error))
            return NULL;
        piece = g_strndup(line, n);
        json_object_set_int_member(pieces, piece, id++);
    }
    return g_steal_pointer(&pieces);
}

UmkTokenizer *
_umk_tokenizer_new_from_vocab(const char *vocab,
                              gsize length,
                              const char *config,
                              gsize config_length,
                              GError **error)
{
    JsonObject *settings;
    g_autoptr(JsonParser) parser =
        _umk_tokenizer_parse_config(config, config_length, &settings, error);
    g_autoptr(JsonObject) tokenizer = NULL, pieces = NULL;
    JsonObject *model, *normalizer;
    JsonArray *tokens = json_array_new();
    gboolean lowercase = TRUE, chinese = TRUE, strip = TRUE;
    const char *first, *last, *unknown;

    tokenizer = parse_template("{\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
                               "\"normalizer\":{\"type\":\"BertNormalizer\"},"
                               "\"model\":{\"type\":\"WordPiece\"}}");
    json_object_set_array_member(tokenizer, "added_tokens", tokens);
    if (parser == NULL)
        return NULL;
    if (!_umk_json_get_boolean(settings, "do_lower_case", lowercase, &lowercase, error) ||
        !_umk_json_get_boolean(settings, "tokenize_chinese_chars", chinese, &chinese,
                               error))
        return NULL;
    strip = lowercase;
    if (!_umk_json_get_boolean(settings, "strip_accents", strip, &strip, error))
        return NULL;
    pieces = read_vocab(vocab, length, error);
    if (pieces == NULL)
        return NULL;
    normalizer = json_object_get_object_member(tokenizer, "normalizer");
    json_object_set_boolean_member(normalizer, "lowercase", lowercase);
    json_object_set_boolean_member(normalizer, "handle_chinese_chars", chinese);
    json_object_set_boolean_member(normalizer, "strip_accents", strip);
    model = json_object_get_object_member(tokenizer, "model");
    json_object_set_object_member(model, "vocab", json_object_ref(pieces));
    unknown = _umk_tokenizer_get_token(settings, "unk_token", "[UNK]");
    json_object_set_string_member(model, "unk_token", unknown);
    first = _umk_tokenizer_get_token(settings, "cls_token", "[CLS]");
    last = _umk_tokenizer_get_token(settings, "sep_token", "[SEP]");
    add_token(tokens, pieces, _umk_tokenizer_get_token(settings, "pad_token", "[PAD]"),
              FALSE);
    add_token(tokens, pieces, unknown, FALSE);
    add_token(tokens, pieces, first, FALSE);
    add_token(tokens, pieces, last, FALSE);
    add_token(tokens, pieces, _umk_tokenizer_get_token(settings, "mask_token", "[MASK]"),
              FALSE);
    if (!set_frame(tokenizer, pieces, "BertProcessing", first, last, error))
        return NULL;
    if (g_str_has_prefix(_umk_tokenizer_get_token(settings, "tokenizer_class", ""),
                         "BertJapanese") &&
        !_umk_tokenizer_set_japanese(tokenizer, settings, error))
        return NULL;
    return _umk_tokenizer_build(tokenizer, error);
}

/* merges.txt: "a b" a line, the first line may name a version. */
static JsonArray *
read_merges(const char *merges, gsize length, GError **error)
{
    g_autoptr(JsonArray) list = json_array_new();
    const char *at = merges, *end = merges + length, *line;
    gsize n, number = 0;

    while (next_line(&at, end, &line, &n)) {
        g_autofree char *merge = NULL;

        if (!check_line(line, n, number++, error))
            return NULL;
        if (n == 0 || (n >= 8 && memcmp(line, "#version", 8) == 0))
            continue;
        merge = g_strndup(line, n);
        json_array_add_string_element(list, merge);
    }
    return g_steal_pointer(&list);
}

static const char clip_template[] =
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" \"},"
    "{\"type\":\"Lowercase\"}]},"
    "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\","
    "\"pattern\":{\"Regex\":\"'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|"
    "[^\\\\s\\\\p{L}\\\\p{N}]+\"},\"behavior\":\"Removed\",\"invert\":true},"
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]},"
    "\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\"}}";

static const char gpt2_template[] =
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
    "\"model\":{\"type\":\"BPE\"}}";

static gboolean
complete_clip(JsonObject *tokenizer,
              JsonObject *settings,
              JsonObject *pieces,
              JsonArray *tokens,
              GError **error)
{
    const char *first =
        _umk_tokenizer_get_token(settings, "bos_token", "<|startoftext|>");
    const char *last = _umk_tokenizer_get_token(settings, "eos_token", "<|endoftext|>");

    add_token(tokens, pieces, first, FALSE);
    add_token(tokens, pieces, last, FALSE);
    json_object_set_string_member(json_object_get_object_member(tokenizer, "model"),
                                  "unk_token",
                                  _umk_tokenizer_get_token(settings, "unk_token", last));
    return set_frame(tokenizer, pieces, "RobertaProcessing", first, last, error);
}

static gboolean
complete_gpt2(JsonObject *tokenizer,
              JsonObject *settings,
              JsonObject *pieces,
              JsonArray *tokens,
              gboolean is_roberta,
              GError **error)
{
    static const char *const roberta[] = {"<s>", "<pad>", "</s>", "<unk>"};
    gboolean add_prefix_space = FALSE;

    if (!_umk_json_get_boolean(settings, "add_prefix_space", add_prefix_space,
                               &add_prefix_space, error))
        return FALSE;
    json_object_set_boolean_member(
        json_object_get_object_member(tokenizer, "pre_tokenizer"), "add_prefix_space",
        add_prefix_space);
    add_token(tokens, pieces,
              _umk_tokenizer_get_token(settings, "eos_token", "<|endoftext|>"), FALSE);
    if (!is_roberta)
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(roberta); i++)
        add_token(tokens, pieces, roberta[i], FALSE);
    add_token(tokens, pieces, _umk_tokenizer_get_token(settings, "mask_token", "<mask>"),
              TRUE);
    return set_frame(tokenizer, pieces, "RobertaProcessing",
                     _umk_tokenizer_get_token(settings, "cls_token", "<s>"),
                     _umk_tokenizer_get_token(settings, "sep_token", "</s>"), error);
}

UmkTokenizer *
_umk_tokenizer_new_from_merges(const char *vocab,
                               gsize length,
                               const char *merges,
                               gsize merges_length,
                               const char *config,
                               gsize config_length,
                               GError **error)
{
    JsonObject *settings;
    g_autoptr(JsonParser) parser =
        _umk_tokenizer_parse_config(config, config_length, &settings, error);
    g_autoptr(JsonParser) vocab_parser = NULL;
    g_autoptr(JsonObject) tokenizer = NULL;
    JsonObject *pieces, *model;
    JsonArray *list, *tokens;
    const char *class;
    gboolean is_clip, is_roberta;

    vocab_parser = parser ? _umk_json_parse(vocab, length, &pieces, error) : NULL;
    list = vocab_parser ? read_merges(merges, merges_length, error) : NULL;
    if (list == NULL)
        return NULL;
    class = _umk_tokenizer_get_token(settings, "tokenizer_class", "");
    is_clip = g_str_has_prefix(class, "CLIP") ||
              json_object_has_member(pieces, "<|startoftext|>");
    is_roberta =
        g_str_has_prefix(class, "Roberta") || json_object_has_member(pieces, "<s>");
    tokenizer = parse_template(is_clip ? clip_template : gpt2_template);
    tokens = json_array_new();
    json_object_set_array_member(tokenizer, "added_tokens", tokens);
    model = json_object_get_object_member(tokenizer, "model");
    json_object_set_object_member(model, "vocab", json_object_ref(pieces));
    json_object_set_array_member(model, "merges", list);
    if (is_clip ? !complete_clip(tokenizer, settings, pieces, tokens, error)
                : !complete_gpt2(tokenizer, settings, pieces, tokens, is_roberta, error))
        return NULL;
    return _umk_tokenizer_build(tokenizer, error);
}

/* The file as a view; NULL without an error if there is none and optional is set. */
static GBytes *
read_file(const char *folder, const char *name, gboolean optional, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GError) trouble = NULL;

    file = g_mapped_file_new(path, FALSE, &trouble);
    if (file != NULL)
        return g_mapped_file_get_bytes(file);
    if (!optional || !g_error_matches(trouble, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_propagate_error(error, g_steal_pointer(&trouble));
    return NULL;
}

static const char *
get_data(GBytes *bytes, gsize *length)
{
    const char *data;

    *length = 0;
    if (bytes == NULL)
        return NULL;
    data = g_bytes_get_data(bytes, length);
    return data ? data : "";
}

static UmkTokenizer *
open_vocab(const char *folder,
           GBytes *vocab,
           const char *config,
           gsize config_length,
           GError **error)
{
    UmkTokenizer *self;
    gsize n;
    const char *data = get_data(vocab, &n);

    self = _umk_tokenizer_new_from_vocab(data, n, config, config_length, error);
    if (self == NULL)
        g_prefix_error(error, "%s/vocab.txt: ", folder);
    return self;
}

static UmkTokenizer *
open_merges(const char *folder, const char *config, gsize config_length, GError **error)
{
    g_autoptr(GBytes) vocab = read_file(folder, "vocab.json", TRUE, error);
    g_autoptr(GBytes) merges = NULL;
    UmkTokenizer *self;
    const char *vocab_data, *merges_data;
    gsize n_vocab, n_merges;

    if (vocab == NULL) {
        if (error == NULL || *error == NULL)
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("“%s” holds no tokenizer.json, vocab.txt, SentencePiece model "
                          "or vocab.json"),
                        folder);
        return NULL;
    }
    merges = read_file(folder, "merges.txt", FALSE, error);
    if (merges == NULL)
        return NULL;
    vocab_data = get_data(vocab, &n_vocab);
    merges_data = get_data(merges, &n_merges);
    self = _umk_tokenizer_new_from_merges(vocab_data, n_vocab, merges_data, n_merges,
                                          config, config_length, error);
    if (self == NULL)
        g_prefix_error(error, "%s/vocab.json: ", folder);
    return self;
}

/* The class that a SentencePiece model is used with: as tokenizer_config.json has it, or
 * as the type of the model in config.json lets guess; NULL: neither file is there. */
static gboolean
find_class(const char *folder,
           const char *config,
           gsize config_length,
           char **class,
           GError **error)
{
    g_autoptr(JsonParser) parser = NULL, model_parser = NULL;
    g_autoptr(GBytes) model = NULL;
    g_autoptr(GError) trouble = NULL;
    JsonObject *settings, *model_settings;
    const char *data, *name, *type = NULL;
    gsize n;

    parser = _umk_tokenizer_parse_config(config, config_length, &settings, error);
    if (parser == NULL)
        return FALSE;
    name = _umk_tokenizer_get_token(settings, "tokenizer_class", NULL);
    if (name == NULL)
        model = read_file(folder, "config.json", TRUE, &trouble);
    if (trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&trouble));
        return FALSE;
    }
    if (model != NULL) {
        data = get_data(model, &n);
        model_parser = _umk_json_parse(data, n, &model_settings, error);
        if (model_parser == NULL ||
            !_umk_json_get_string(model_settings, "model_type", NULL, &type, error))
            return FALSE;
        name = type != NULL ? _umk_tokenizer_guess_class(type) : NULL;
        if (name == NULL)
            name = type;
    }
    *class = g_strdup(name);
    return TRUE;
}

/* NULL without an error if there is none. */
static UmkTokenizer *
open_sentencepiece(const char *folder,
                   const char *config,
                   gsize config_length,
                   GError **error)
{
    static const char *const names[] = {"sentencepiece.bpe.model", "spiece.model",
                                        "tokenizer.model", "spm.model",
                                        "sentencepiece.model"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) trouble = NULL;
        g_autoptr(GBytes) file = read_file(folder, names[i], TRUE, &trouble);
        g_autofree char *class = NULL;
        UmkTokenizer *self = NULL;
        gsize n;
        const char *data = get_data(file, &n);

        if (file == NULL && trouble == NULL)
            continue;
        if (file != NULL && find_class(folder, config, config_length, &class, &trouble))
            self = _umk_tokenizer_new_from_sentencepiece(data, n, class, config,
                                                         config_length, &trouble);
        if (trouble != NULL) {
            g_prefix_error(&trouble, "%s/%s: ", folder, names[i]);
            g_propagate_error(error, g_steal_pointer(&trouble));
        }
        return self;
    }
    return NULL;
}

UmkTokenizer *
_umk_tokenizer_open_folder(const char *folder, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    g_autoptr(GBytes) file = read_file(folder, "tokenizer.json", TRUE, &trouble);
    g_autoptr(GBytes) config = NULL, vocab = NULL;
    UmkTokenizer *self = NULL;
    const char *data;
    gsize n;

    if (file != NULL) {
        data = get_data(file, &n);
        self = _umk_tokenizer_new_from_json(data, n, &trouble);
        if (self == NULL)
            g_prefix_error(&trouble, "%s/tokenizer.json: ", folder);
    }
    if (file == NULL && trouble == NULL)
        config = read_file(folder, "tokenizer_config.json", TRUE, &trouble);
    data = get_data(config, &n);
    if (file == NULL && trouble == NULL)
        vocab = read_file(folder, "vocab.txt", TRUE, &trouble);
    if (vocab != NULL && trouble == NULL)
        self = open_vocab(folder, vocab, data, n, &trouble);
    else if (file == NULL && trouble == NULL)
        self = open_sentencepiece(folder, data, n, &trouble);
    if (file == NULL && self == NULL && trouble == NULL)
        self = open_merges(folder, data, n, &trouble);
    if (trouble != NULL)
        g_propagate_error(error, g_steal_pointer(&trouble));
    return self;
}
