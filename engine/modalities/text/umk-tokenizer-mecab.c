/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Japanese words by MeCab: a word is the surface of a morpheme, blanks before it go. The
 * library is opened when a tokenizer first asks for it, so that nothing else pays for it.
 * A text is parsed in parts of at most 64 KiB, cut behind a line or a sentence, since a
 * lattice takes a hundred times the room of its text. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#include "umk-config.h"

#if UMK_HAVE_MECAB

#include <gmodule.h>
#include <mecab.h>

#define LIBRARY  "libmecab.so.2"
#define MAX_PART ((gsize) 64 << 10)
#define FOLDERS                                                                          \
    "/var/lib/mecab/dic", "/usr/local/lib/mecab/dic", "/usr/lib/mecab/dic",              \
        "/usr/share/mecab/dic"

/* What is used of the library. */
typedef struct {
    __typeof__(&mecab_model_new) model_new;
    __typeof__(&mecab_model_destroy) model_destroy;
    __typeof__(&mecab_model_new_tagger) model_new_tagger;
    __typeof__(&mecab_model_new_lattice) model_new_lattice;
    __typeof__(&mecab_model_dictionary_info) model_dictionary_info;
    __typeof__(&mecab_destroy) destroy;
    __typeof__(&mecab_strerror) strerror;
    __typeof__(&mecab_lattice_destroy) lattice_destroy;
    __typeof__(&mecab_lattice_set_sentence2) lattice_set_sentence;
    __typeof__(&mecab_lattice_get_bos_node) lattice_get_bos_node;
    __typeof__(&mecab_parse_lattice) parse_lattice;
} UmkMecabCalls;

typedef struct {
    GModule *library;
    UmkMecabCalls calls;
    mecab_model_t *model;
    mecab_t *tagger; /* many threads may parse with it, each a lattice of its own */
    gboolean lowercase;
} UmkMecab;

static void
mecab_free(gpointer data)
{
    UmkMecab *self = data;

    if (self->tagger != NULL)
        self->calls.destroy(self->tagger);
    if (self->model != NULL)
        self->calls.model_destroy(self->model);
    if (self->library != NULL)
        g_module_close(self->library);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkMecab, mecab_free)

static gboolean
open_library(UmkMecab *self, GError **error)
{
    const struct {
        const char *name;
        gpointer *call;
    } symbols[] = {
        {"mecab_model_new", (gpointer *) &self->calls.model_new},
        {"mecab_model_destroy", (gpointer *) &self->calls.model_destroy},
        {"mecab_model_new_tagger", (gpointer *) &self->calls.model_new_tagger},
        {"mecab_model_new_lattice", (gpointer *) &self->calls.model_new_lattice},
        {"mecab_model_dictionary_info", (gpointer *) &self->calls.model_dictionary_info},
        {"mecab_destroy", (gpointer *) &self->calls.destroy},
        {"mecab_strerror", (gpointer *) &self->calls.strerror},
        {"mecab_lattice_destroy", (gpointer *) &self->calls.lattice_destroy},
        {"mecab_lattice_set_sentence2", (gpointer *) &self->calls.lattice_set_sentence},
        {"mecab_lattice_get_bos_node", (gpointer *) &self->calls.lattice_get_bos_node},
        {"mecab_parse_lattice", (gpointer *) &self->calls.parse_lattice},
    };

    self->library = g_module_open(LIBRARY, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
    for (guint i = 0; i < G_N_ELEMENTS(symbols) && self->library != NULL; i++)
        if (!g_module_symbol(self->library, symbols[i].name, symbols[i].call))
            g_clear_pointer(&self->library, g_module_close);
    if (self->library != NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("Japanese words need MeCab, but “%s” cannot be opened: install "
                  "libmecab2"),
                LIBRARY);
    return FALSE;
}

/* Folders that a dictionary may be in; Debian's UniDic is the release that unidic-lite
 * was cut from. */
static const struct {
    const char *name;
    const char *folders[4];
    const char *package;
} dictionaries[] = {
    {"ipadic", {"ipadic-utf8", "ipadic", NULL}, "mecab-ipadic-utf8"},
    {"unidic_lite", {"unidic-lite", "unidic_lite", "unidic", NULL}, "unidic-mecab"},
    {"unidic", {"unidic", NULL}, "unidic-mecab"},
};

static gboolean
is_utf8(const mecab_dictionary_info_t *info)
{
    return info != NULL && info->charset != NULL &&
           (g_ascii_strcasecmp(info->charset, "UTF-8") == 0 ||
            g_ascii_strcasecmp(info->charset, "UTF8") == 0);
}

/* FALSE without a trace if the folder holds no dictionary in UTF-8. */
static gboolean
open_dictionary(UmkMecab *self, const char *folder)
{
    char program[] = "umekomi", dic[] = "-d", rc[] = "-r", none[] = "/dev/null";
    g_autofree char *path = g_strdup(folder);
    char *arguments[] = {program, dic, path, rc, none, NULL};

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        return FALSE;
    self->model = self->calls.model_new(5, arguments);
    if (self->model == NULL)
        return FALSE;
    if (is_utf8(self->calls.model_dictionary_info(self->model)))
        self->tagger = self->calls.model_new_tagger(self->model);
    if (self->tagger == NULL)
        g_clear_pointer(&self->model, self->calls.model_destroy);
    return self->tagger != NULL;
}

static gboolean
find_dictionary(UmkMecab *self, const char *name, GError **error)
{
    const char *const parents[] = {g_getenv("UMEKOMI_MECAB_DIR"), FOLDERS};
    g_autoptr(GString) known = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(dictionaries); i++) {
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", dictionaries[i].name);
        if (strcmp(name, dictionaries[i].name) != 0)
            continue;
        for (gsize j = 0; dictionaries[i].folders[j] != NULL; j++) {
            for (gsize k = 0; k < G_N_ELEMENTS(parents); k++) {
                g_autofree char *folder =
                    parents[k] != NULL
                        ? g_build_filename(parents[k], dictionaries[i].folders[j], NULL)
                        : NULL;

                if (folder != NULL && open_dictionary(self, folder))
                    return TRUE;
            }
        }
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("MeCab's dictionary “%s” in UTF-8 is not on this machine: install "
                      "%s, or name its parent folder in UMEKOMI_MECAB_DIR"),
                    name, dictionaries[i].package);
        return FALSE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No dictionary of MeCab is called “%.60s”; there are: %s"), name,
                known->str);
    return FALSE;
}

static gpointer
mecab_load(JsonObject *config, GError **error)
{
    g_autoptr(UmkMecab) self = g_new0(UmkMecab, 1);
    const char *name = "ipadic";

    if (!_umk_json_get_string(config, "dictionary", name, &name, error) ||
        !_umk_json_get_boolean(config, "lowercase", FALSE, &self->lowercase, error) ||
        !open_library(self, error) || !find_dictionary(self, name, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Where the part that begins at the place ends. */
static const char *
end_part(const char *at, const char *end)
{
    const char *stop = at + MAX_PART, *best = NULL;

    if ((gsize) (end - at) <= MAX_PART)
        return end;
    while ((*stop & 0xc0) == 0x80)
        stop--;
    for (const char *p = stop; p > at && best == NULL; p--)
        if (p[-1] == '\n' || (p - at >= 3 && memcmp(p - 3, "\xe3\x80\x82", 3) == 0))
            best = p;
    return best != NULL ? best : stop;
}

static void
put_word(const UmkMecab *self, const char *word, gsize length, UmkTokenizerWords *out)
{
    const char *at = word, *end = word + length;

    if (!self->lowercase) {
        _umk_tokenizer_words_add(out, word, length);
        return;
    }
    while (at < end)
        _umk_char_append_lower(_umk_char_next(&at), out->bytes);
    if (length > 0)
        g_array_append_val(out->ends, out->bytes->len);
}

static void
mecab_split(gconstpointer data, const char *text, gsize length, UmkTokenizerWords *out)
{
    const UmkMecab *self = data;
    mecab_lattice_t *lattice = self->calls.model_new_lattice(self->model);
    const char *end = text + length;

    while (text < end) {
        const char *stop = end_part(text, end);
        const mecab_node_t *node = NULL;

        self->calls.lattice_set_sentence(lattice, text, (gsize) (stop - text));
        if (self->calls.parse_lattice(self->tagger, lattice))
            node = self->calls.lattice_get_bos_node(lattice);
        else /* what cannot be parsed is one word */
            put_word(self, text, (gsize) (stop - text), out);
        for (; node != NULL; node = node->next)
            if (node->stat != MECAB_BOS_NODE && node->stat != MECAB_EOS_NODE)
                put_word(self, node->surface, node->length, out);
        text = stop;
    }
    self->calls.lattice_destroy(lattice);
}

#else

static gpointer
mecab_load(JsonObject *config, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("Japanese words need MeCab, which this build was made without"));
    return NULL;
}

static void
mecab_free(gpointer self)
{
}

static void
mecab_split(gconstpointer self, const char *text, gsize length, UmkTokenizerWords *out)
{
}

#endif

const UmkPreTokenizerOps _umk_mecab_pre_tokenizer = {
    .type = "Mecab", .load = mecab_load, .free = mecab_free, .split = mecab_split};
