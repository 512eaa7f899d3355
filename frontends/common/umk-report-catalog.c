/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a compiled message catalogue (GNU gettext, "The Format of GNU MO Files"): a
 * header of seven 32-bit words in either byte order, then two tables of (length, offset),
 * one of the originals and one of the translations; each text ends in a zero byte that
 * its length leaves out. The hash table of the file is not used. Every offset is checked;
 * what does not fit is an error, what is not UTF-8 is left out. Looks for files in the
 * folder that the program bound, in $UMEKOMI_LOCALE_PATH and in the folder of the
 * installation. */
#include "umk-report-catalog.h"

#include <glib/gi18n.h>
#include <libintl.h>
#include <string.h>

#define MAGIC        0x950412deu
#define HEADER_SIZE  28
#define MAX_FILE     (64u << 20)
#define MAX_LANGUAGE 32

struct _UmkReportCatalog {
    char *language;
    GHashTable *texts; /* original -> translation */
};

typedef struct {
    const guint8 *data;
    gsize size;
    gboolean swapped;
} Reader;

static UmkReportCatalog *
make_empty(void)
{
    UmkReportCatalog *self = g_new0(UmkReportCatalog, 1);

    self->language = g_strdup("en");
    self->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

void
_umk_report_catalog_free(UmkReportCatalog *self)
{
    if (self == NULL)
        return;
    g_free(self->language);
    g_hash_table_unref(self->texts);
    g_free(self);
}

/* The caller has checked that four bytes are there. */
static guint32
read_u32(const Reader *reader, gsize at)
{
    guint32 value;

    memcpy(&value, reader->data + at, sizeof value);
    value = GUINT32_FROM_LE(value);
    return reader->swapped ? GUINT32_SWAP_LE_BE(value) : value;
}

/* NULL when it does not lie in the file with its zero byte behind it. */
static const char *
read_text(const Reader *reader, gsize table, gsize i)
{
    gsize length = read_u32(reader, table + 8 * i);
    gsize offset = read_u32(reader, table + 8 * i + 4);

    if (offset >= reader->size || length >= reader->size - offset ||
        reader->data[offset + length] != '\0')
        return NULL;
    return (const char *) reader->data + offset;
}

static gboolean
read_tables(const Reader *reader, UmkReportCatalog *self, GError **error)
{
    gsize n = read_u32(reader, 8);
    gsize tables[2] = {read_u32(reader, 12), read_u32(reader, 16)};

    for (guint t = 0; t < 2; t++)
        if (tables[t] > reader->size || n > (reader->size - tables[t]) / 8) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("A table of %zu messages at byte %zu does not fit into %zu "
                          "bytes"),
                        n, tables[t], reader->size);
            return FALSE;
        }
    for (gsize i = 0; i < n; i++) {
        const char *original = read_text(reader, tables[0], i);
        const char *translation = read_text(reader, tables[1], i);

        if (original == NULL || translation == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Message %zu lies outside of the %zu bytes of the catalogue"),
                        i, reader->size);
            return FALSE;
        }
        if (*original != '\0' && *translation != '\0' &&
            g_utf8_validate(original, -1, NULL) && g_utf8_validate(translation, -1, NULL))
            g_hash_table_insert(self->texts, g_strdup(original), g_strdup(translation));
    }
    return TRUE;
}

/* Of a message with plural forms the first is kept. NULL sets @error. */
UmkReportCatalog *
_umk_report_catalog_parse(const guint8 *data, gsize size, GError **error)
{
    g_autoptr(UmkReportCatalog) self = make_empty();
    Reader reader = {data, size, FALSE};
    guint32 magic = size >= HEADER_SIZE ? read_u32(&reader, 0) : 0;

    reader.swapped = magic == GUINT32_SWAP_LE_BE(MAGIC);
    if ((magic != MAGIC && !reader.swapped) || read_u32(&reader, 4) >> 16 > 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%zu bytes are no message catalogue of version 0 or 1"), size);
        return NULL;
    }
    return read_tables(&reader, self, error) ? g_steal_pointer(&self) : NULL;
}

static UmkReportCatalog *
load(const char *folder, const char *language)
{
    g_autofree char *path = NULL, *bytes = NULL;
    UmkReportCatalog *self = NULL;
    gsize size;

    if (folder == NULL || *folder == '\0')
        return NULL;
    path = g_build_filename(folder, language, "LC_MESSAGES", GETTEXT_PACKAGE ".mo", NULL);
    if (g_file_get_contents(path, &bytes, &size, NULL) && size <= MAX_FILE)
        self = _umk_report_catalog_parse((const guint8 *) bytes, size, NULL);
    if (self != NULL) {
        g_free(self->language);
        self->language = g_strdelimit(g_strdup(language), "_", '-');
    }
    return self;
}

static UmkReportCatalog *
load_anywhere(const char *language)
{
    const char *folders[] = {bindtextdomain(GETTEXT_PACKAGE, NULL),
                             g_getenv("UMEKOMI_LOCALE_PATH"), UMK_REPORT_LOCALE_DIR};
    UmkReportCatalog *self = NULL;

    for (gsize i = 0; self == NULL && i < G_N_ELEMENTS(folders); i++)
        self = load(folders[i], language);
    return self;
}

/* "ja_JP.UTF-8" -> "ja_JP"; NULL for what cannot be the name of a folder here. */
static char *
clean_language(const char *language)
{
    gsize n = language != NULL ? strcspn(language, ".@") : 0;
    g_autofree char *name = NULL;

    if (n == 0 || n > MAX_LANGUAGE)
        return NULL;
    name = g_strdelimit(g_strndup(language, n), "-", '_');
    for (const char *p = name; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && *p != '_')
            return NULL;
    return g_steal_pointer(&name);
}

/* Never NULL: where there is no catalogue, every text stays as it is, in English. */
UmkReportCatalog *
_umk_report_catalog_new(const char *language)
{
    g_autofree char *name = clean_language(language);
    UmkReportCatalog *self = NULL;

    if (name != NULL && strcmp(name, "en") != 0 && !g_str_has_prefix(name, "en_")) {
        self = load_anywhere(name);
        if (self == NULL && strchr(name, '_') != NULL) {
            *strchr(name, '_') = '\0';
            self = load_anywhere(name);
        }
    }
    return self != NULL ? self : make_empty();
}

gsize
_umk_report_catalog_get_n_texts(const UmkReportCatalog *self)
{
    return g_hash_table_size(self->texts);
}

/* What the texts are in, as HTML and PDF name it. */
const char *
_umk_report_catalog_get_language(const UmkReportCatalog *self)
{
    return self->language;
}

const char *
_umk_report_catalog_get(const UmkReportCatalog *self, const char *text)
{
    const char *found = g_hash_table_lookup(self->texts, text);

    return found != NULL ? found : text;
}
