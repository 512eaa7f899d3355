/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts texts into words that could name a cluster. */
#include "facade/umk-name-words-private.h"

#include "modalities/text/umk-tokenizer-stages-private.h"

#include <string.h>

struct _UmkNameWords {
    GHashTable *stop; /* const char * */
    gboolean asked;   /* for MeCab */
    gboolean has_mecab;
    UmkPreTokenizer mecab;
};

/* Words that stand everywhere; what is left over after them is for the weights. */
static const char stop_words[] =
    "a about above after again all also am an and any are as at be because been before "
    "being below between both but by can could did do does doing down during each few "
    "for from further had has have having he her here hers him his how i if in into is "
    "it its itself just me more most my no nor not now of off on once only or other our "
    "out over own same she should so some such than that the their them then there these "
    "they this those through to too under until up very was we were what when where "
    "which while who whom why will with would you your jpg jpeg png gif webp wav mp3 ogg "
    "flac img "
    "の に は を た が で て と し れ さ ある いる も する から な こと として い や "
    "など "
    "なっ ない この ため その あっ よう また もの という あり まで られ なる へ か だ "
    "これ によって により おり より による ず なり られる において ば なかっ なく しかし "
    "について せ だっ その後 できる それ う ので なお のみ でき き つ における および "
    "いう "
    "さらに でも ら たり その他 に関する たち ます ん なら に対して です ください "
    "そして それら どの ここ そこ あの それぞれ";

typedef enum { OTHER, LETTER, HAN, KATAKANA, HIRAGANA } Script;

static Script
script_of(gunichar c)
{
    if (c == 0x3005 || c == 0x3007 || g_unichar_get_script(c) == G_UNICODE_SCRIPT_HAN)
        return HAN;
    if ((c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc)
        return KATAKANA;
    if (c >= 0x3041 && c <= 0x3096)
        return HIRAGANA;
    return g_unichar_isalnum(c) || g_unichar_ismark(c) ? LETTER : OTHER;
}

static gboolean
is_japanese(Script script)
{
    return script == HAN || script == KATAKANA || script == HIRAGANA;
}

UmkNameWords *
_umk_name_words_new(void)
{
    UmkNameWords *self = g_new0(UmkNameWords, 1);
    g_auto(GStrv) words = g_strsplit(stop_words, " ", -1);

    self->stop = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; words[i] != NULL; i++)
        g_hash_table_add(self->stop, g_strdup(words[i]));
    return self;
}

void
_umk_name_words_free(UmkNameWords *self)
{
    if (self->has_mecab)
        _umk_pre_tokenizer_clear(&self->mecab);
    g_hash_table_unref(self->stop);
    g_free(self);
}

void
_umk_name_words_forget_mecab(UmkNameWords *self)
{
    if (self->has_mecab)
        _umk_pre_tokenizer_clear(&self->mecab);
    self->asked = TRUE;
    self->has_mecab = FALSE;
}

/* Whether anything but digits and hiragana too short to mean something is in it. */
static gboolean
can_name(const UmkNameWords *self, const char *word)
{
    glong n_chars = g_utf8_strlen(word, -1), n_kana = 0, n_letters = 0, n_han = 0;

    for (const char *p = word; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        Script script = script_of(c);

        n_kana += script == HIRAGANA;
        n_han += script == HAN;
        n_letters += script != OTHER && !g_unichar_isdigit(c);
    }
    if (n_letters == 0 || (n_chars < 2 && n_han == 0) ||
        (n_kana == n_chars && n_kana < 2))
        return FALSE;
    return !g_hash_table_contains(self->stop, word);
}

static void
add_word(const UmkNameWords *self, const char *word, gsize length, GPtrArray *words)
{
    g_autofree char *copy = g_strndup(word, length);

    if (can_name(self, copy))
        g_ptr_array_add(words, g_steal_pointer(&copy));
}

static void
cut_by_mecab(const UmkNameWords *self, const char *run, gsize length, GPtrArray *words)
{
    UmkTokenizerWords found;

    _umk_tokenizer_words_init(&found);
    self->mecab.ops->split(self->mecab.self, run, length, &found);
    for (gsize i = 0; i < found.ends->len; i++) {
        gsize n;
        const char *word = _umk_tokenizer_words_get(&found, i, &n);

        add_word(self, word, n, words);
    }
    _umk_tokenizer_words_clear(&found);
}

static void
add_pairs(const UmkNameWords *self, const char *run, const char *end, GPtrArray *words)
{
    for (const char *p = run, *next; p < end; p = next) {
        next = g_utf8_next_char(p);
        if (next < end)
            add_word(self, p, (gsize) (g_utf8_next_char(next) - p), words);
    }
}

/* Hiragana beside kanji is an ending; alone it may be a word. */
static void
cut_by_script(const UmkNameWords *self, const char *run, gsize length, GPtrArray *words)
{
    const char *end = run + length;

    for (const char *p = run, *next; p < end; p = next) {
        Script script = script_of(g_utf8_get_char(p));

        for (next = p; next < end && script_of(g_utf8_get_char(next)) == script;)
            next = g_utf8_next_char(next);
        if (script == HAN && g_utf8_strlen(p, next - p) > 3)
            add_pairs(self, p, next, words);
        else if (script != HIRAGANA || (p == run && next == end))
            add_word(self, p, (gsize) (next - p), words);
    }
}

static gboolean
open_mecab(UmkNameWords *self)
{
    if (!self->asked) {
        g_autoptr(JsonObject) config = json_object_new();

        json_object_set_string_member(config, "type", "Mecab");
        self->has_mecab = _umk_pre_tokenizer_load(&self->mecab, config, NULL);
        self->asked = TRUE;
    }
    return self->has_mecab;
}

void
_umk_name_words_cut(UmkNameWords *self, const char *text, GPtrArray *words)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_NFKC);
    g_autofree char *lower = g_utf8_strdown(normal != NULL ? normal : valid, -1);

    for (const char *p = lower, *next; *p != '\0'; p = next) {
        Script script = script_of(g_utf8_get_char(p));
        gboolean japanese = is_japanese(script);

        next = g_utf8_next_char(p);
        if (script == OTHER)
            continue;
        for (; *next != '\0'; next = g_utf8_next_char(next)) {
            Script other = script_of(g_utf8_get_char(next));

            if (other == OTHER || is_japanese(other) != japanese)
                break;
        }
        if (!japanese)
            add_word(self, p, (gsize) (next - p), words);
        else if (open_mecab(self))
            cut_by_mecab(self, p, (gsize) (next - p), words);
        else
            cut_by_script(self, p, (gsize) (next - p), words);
    }
}
