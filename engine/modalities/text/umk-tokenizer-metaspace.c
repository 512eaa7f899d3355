/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Metaspace pre-tokenizer: blanks become a character that can be seen, one is put in
 * front, and a word begins at each. Newer files say when one is put in front by
 * "prepend_scheme", older ones by "add_prefix_space". */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef enum {
    UMK_PREPEND_ALWAYS,
    UMK_PREPEND_NEVER,
    UMK_PREPEND_FIRST /* only where the whole text begins */
} UmkPrependScheme;

static const char *const schemes[] = {"always", "never", "first"};

typedef struct {
    char replacement[8]; /* NUL-terminated */
    gsize length;
    UmkPrependScheme scheme;
    gboolean split;
} UmkMetaspace;

static gboolean
load_scheme(JsonObject *config, UmkMetaspace *self, GError **error)
{
    gboolean add_prefix = TRUE;
    const char *name = NULL;

    if (!_umk_json_get_boolean(config, "add_prefix_space", add_prefix, &add_prefix,
                               error) ||
        !_umk_json_get_string(config, "prepend_scheme", name, &name, error))
        return FALSE;
    if (name == NULL)
        name = schemes[add_prefix ? UMK_PREPEND_ALWAYS : UMK_PREPEND_NEVER];
    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (strcmp(name, schemes[i]) == 0) {
            self->scheme = (UmkPrependScheme) i;
            return TRUE;
        }
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No prepend_scheme is called “%.60s”; there are: always, never, first"),
                name);
    return FALSE;
}

static gpointer
metaspace_load(JsonObject *config, GError **error)
{
    g_autofree UmkMetaspace *self = g_new0(UmkMetaspace, 1);
    const char *replacement = "\xe2\x96\x81";

    if (!_umk_json_get_string(config, "replacement", replacement, &replacement, error) ||
        !_umk_json_get_boolean(config, "split", TRUE, &self->split, error) ||
        !load_scheme(config, self, error))
        return NULL;
    if (g_utf8_strlen(replacement, -1) != 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“replacement” is “%.60s”, expected one character"), replacement);
        return NULL;
    }
    self->length = g_strlcpy(self->replacement, replacement, sizeof self->replacement);
    return g_steal_pointer(&self);
}

static gboolean
begins_with(const UmkMetaspace *self, const char *text, gsize length)
{
    return length >= self->length && memcmp(text, self->replacement, self->length) == 0;
}

/* What is not yet a word becomes one. */
static void
end_word(UmkTokenizerWords *out, gsize begin)
{
    if (out->bytes->len > begin)
        g_array_append_val(out->ends, out->bytes->len);
}

static void
metaspace_split(gconstpointer data,
                const char *text,
                gsize length,
                UmkTokenizerWords *out)
{
    const UmkMetaspace *self = data;
    const char *at = text, *end = text + length;
    gsize begin = out->bytes->len;

    if (length == 0)
        return;
    if ((self->scheme == UMK_PREPEND_ALWAYS ||
         (self->scheme == UMK_PREPEND_FIRST && out->at_start)) &&
        *text != ' ' && !begins_with(self, text, length))
        g_string_append_len(out->bytes, self->replacement, (gssize) self->length);
    while (at < end) {
        gboolean is_mark = *at == ' ' || begins_with(self, at, (gsize) (end - at));
        const char *start = at;

        if (is_mark) {
            if (self->split && out->bytes->len > begin) {
                end_word(out, begin);
                begin = out->bytes->len;
            }
            g_string_append_len(out->bytes, self->replacement, (gssize) self->length);
            at += *at == ' ' ? 1 : self->length;
            continue;
        }
        do
            at++;
        while (at < end && *at != ' ' && *at != *self->replacement);
        g_string_append_len(out->bytes, start, at - start);
    }
    end_word(out, begin);
}

const UmkPreTokenizerOps _umk_metaspace_pre_tokenizer = {.type = "Metaspace",
                                                         .load = metaspace_load,
                                                         .free = g_free,
                                                         .split = metaspace_split};
