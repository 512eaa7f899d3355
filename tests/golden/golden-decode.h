/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts behind the token ids of a case whose texts.jsonl holds other ones
 * (ModernBERT): byte-level pieces are turned back to the bytes they stand for. */
#pragma once

#include <json-glib/json-glib.h>

#include "golden-npy.h"

/* GPT-2's alphabet: printable bytes stand for themselves, the others are U+0100 and up in
 * their order. */
static inline guint8
golden_byte(gunichar c)
{
    guint other = 0;

    for (guint byte = 0; byte < 256; byte++) {
        gboolean plain =
            (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;

        if (plain ? c == byte : c == 256 + other)
            return (guint8) byte;
        other += !plain;
    }
    g_assert_not_reached();
}

static inline char *
golden_decode_piece(const char *piece)
{
    GString *bytes = g_string_new(NULL);

    for (; *piece != '\0'; piece = g_utf8_next_char(piece))
        g_string_append_c(bytes, (char) golden_byte(g_utf8_get_char(piece)));
    return g_string_free(bytes, FALSE);
}

/* id -> bytes; special tokens are left out */
static inline GHashTable *
golden_read_pieces(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "model", "tokenizer.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    GHashTable *pieces = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    JsonObject *root, *vocab;
    JsonArray *added;
    g_autoptr(GList) names = NULL;

    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    root = json_node_get_object(json_parser_get_root(parser));
    vocab = json_object_get_object_member(json_object_get_object_member(root, "model"),
                                          "vocab");
    added = json_object_get_array_member(root, "added_tokens");
    names = json_object_get_members(vocab);
    for (GList *at = names; at != NULL; at = at->next)
        g_hash_table_replace(pieces,
                             GINT_TO_POINTER(json_object_get_int_member(vocab, at->data)),
                             golden_decode_piece(at->data));
    for (guint i = 0; i < json_array_get_length(added); i++) {
        JsonObject *token = json_array_get_object_element(added, i);
        gpointer id = GINT_TO_POINTER(json_object_get_int_member(token, "id"));

        if (json_object_get_boolean_member(token, "special"))
            g_hash_table_remove(pieces, id);
        else
            g_hash_table_replace(
                pieces, id, g_strdup(json_object_get_string_member(token, "content")));
    }
    return pieces;
}

static inline GStrv
golden_decode_texts(const char *folder)
{
    g_autoptr(GHashTable) pieces = golden_read_pieces(folder);
    GoldenArray ids = golden_read(folder, "input_ids.npy");
    GoldenArray mask = golden_read(folder, "attention_mask.npy");
    GPtrArray *texts = g_ptr_array_new();

    for (gsize i = 0; i < ids.n_rows; i++) {
        GString *text = g_string_new(NULL);

        for (gsize j = i * ids.n_cols; j < (i + 1) * ids.n_cols; j++) {
            const char *piece = g_hash_table_lookup(pieces, GINT_TO_POINTER(ids.i[j]));

            if (mask.i[j] != 0 && piece != NULL)
                g_string_append(text, piece);
        }
        g_ptr_array_add(texts, g_string_free(text, FALSE));
    }
    g_ptr_array_add(texts, NULL);
    golden_clear(&ids);
    golden_clear(&mask);
    return (GStrv) g_ptr_array_free(texts, FALSE);
}
