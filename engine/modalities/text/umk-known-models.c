/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of known models, as their cards describe them. The first row that fits wins,
 * so special names stand before general ones. */
#include "modalities/text/umk-known-models-private.h"

#include <string.h>

#define NAMES(...)                                                                       \
    (const char *const[])                                                                \
    {                                                                                    \
        __VA_ARGS__, NULL                                                                \
    }

#define BGE_QUERY "Represent this sentence for searching relevant passages: "
#define WEB_SEARCH                                                                       \
    "Instruct: Given a web search query, retrieve relevant passages that answer the "    \
    "query\nQuery:"

/* prefixes: query, document, classification, clustering, similarity */
static const UmkKnownModel models[] = {
    {.title = "nomic-embed-text v1.5",
     .names = NAMES("nomic-embed-text-v1.5"),
     .prefixes = {"search_query: ", "search_document: ", "classification: ",
                  "clustering: ", NULL},
     .dims = {768, 512, 256, 128, 64},
     .norm_before_cut = TRUE},
    {.title = "nomic-embed-text v2",
     .names = NAMES("nomic-embed-text-v2"),
     .prefixes = {"search_query: ", "search_document: ", NULL, NULL, NULL},
     .dims = {768, 256}},
    {.title = "nomic-embed-text v1",
     .names = NAMES("nomic-embed-text-v1"),
     .prefixes = {"search_query: ", "search_document: ", "classification: ",
                  "clustering: ", NULL}},
    {.title = "ModernBERT Embed",
     .names = NAMES("modernbert-embed-base", "modernbert-embed-large"),
     .prefixes = {"search_query: ", "search_document: ", "classification: ",
                  "clustering: ", NULL},
     .dims = {1024, 768, 256}},
    {.title = "E5 instruct",
     .names = NAMES("e5-large-instruct", "e5-mistral-7b-instruct"),
     .prefixes = {WEB_SEARCH " ", "", NULL, NULL, NULL}},
    {.title = "E5",
     .names = NAMES("e5-small", "e5-base", "e5-large"),
     .prefixes = {"query: ", "passage: ", "query: ", "query: ", "query: "}},
    {.title = "Ruri v3",
     .names = NAMES("ruri-v3"),
     .prefixes = {"検索クエリ: ", "検索文書: ", "トピック: ", "トピック: ", ""}},
    {.title = "Ruri v1, v2",
     .names = NAMES("ruri-small", "ruri-base", "ruri-large"),
     .prefixes = {"クエリ: ", "文章: ", NULL, NULL, NULL}},
    {.title = "BGE, English",
     .names = NAMES("bge-small-en", "bge-base-en", "bge-large-en"),
     .prefixes = {BGE_QUERY, "", "", "", ""}},
    {.title = "BGE, Chinese",
     .names = NAMES("bge-small-zh", "bge-base-zh", "bge-large-zh"),
     .prefixes = {"为这个句子生成表示以用于检索相关文章：", "", "", "", ""}},
    {.title = "BGE-M3", .names = NAMES("bge-m3"), .prefixes = {"", "", "", "", ""}},
    {.title = "mxbai-embed",
     .names = NAMES("mxbai-embed-large", "mxbai-embed-2d-large"),
     .prefixes = {BGE_QUERY, "", "", "", ""},
     .dims = {1024, 768, 512, 256, 128, 64}},
    {.title = "Snowflake Arctic Embed v2",
     .names = NAMES("arctic-embed-l-v2", "arctic-embed-m-v2"),
     .prefixes = {"query: ", "", NULL, NULL, NULL},
     .dims = {1024, 768, 256}},
    {.title = "Snowflake Arctic Embed v1.5",
     .names = NAMES("arctic-embed-m-v1.5"),
     .prefixes = {BGE_QUERY, "", NULL, NULL, NULL},
     .dims = {768, 256}},
    {.title = "Snowflake Arctic Embed",
     .names = NAMES("arctic-embed-"),
     .prefixes = {BGE_QUERY, "", NULL, NULL, NULL}},
    {.title = "Qwen3 Embedding",
     .names = NAMES("qwen3-embedding"),
     .prefixes = {WEB_SEARCH, "", NULL, NULL, NULL},
     .least = 32},
    {.title = "EmbeddingGemma",
     .names = NAMES("embeddinggemma"),
     .prefixes = {"task: search result | query: ", "title: none | text: ",
                  "task: classification | query: ", "task: clustering | query: ",
                  "task: sentence similarity | query: "},
     .dims = {768, 512, 256, 128}},
    {.title = "GTE multilingual",
     .names = NAMES("gte-multilingual-base"),
     .prefixes = {"", "", "", "", ""},
     .least = 128},
    {.title = "static MRL",
     .names = NAMES("static-retrieval-mrl", "static-similarity-mrl"),
     .prefixes = {"", "", "", "", ""},
     .dims = {1024, 512, 256, 128, 64, 32}},
    /* Whatever else has that network is a relative of nomic-embed-text. */
    {.title = "nomic-bert",
     .model_type = "nomic_bert",
     .prefixes = {"search_query: ", "search_document: ", "classification: ",
                  "clustering: ", NULL},
     .norm_before_cut = TRUE},
};

static gboolean
has_name(const UmkKnownModel *model, const char *const *names)
{
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *lower = g_utf8_strdown(names[i], -1);

        for (gsize j = 0; model->names[j] != NULL; j++)
            if (strstr(lower, model->names[j]) != NULL)
                return TRUE;
    }
    return FALSE;
}

const UmkKnownModel *
_umk_known_model_find(const char *const *names, const char *model_type)
{
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++) {
        if (models[i].model_type != NULL &&
            g_strcmp0(models[i].model_type, model_type) != 0)
            continue;
        if (models[i].names == NULL || has_name(&models[i], names))
            return &models[i];
    }
    return NULL;
}
