/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a text model beside its network: its prompts, which of them serves
 * which task, and the lengths to which its vectors may be cut. Read from the folder, and
 * where the folder is silent from the table of known models. */
#pragma once

#include <json-glib/json-glib.h>

#include "modalities/text/umk-known-models-private.h"

#define UMK_TEXT_CARD_MAX_DIMS 64

typedef struct {
    GHashTable *prompts; /* name -> text, of the folder */
    char *default_prompt;
    const UmkKnownModel *known;           /* or NULL */
    guint32 dims[UMK_TEXT_CARD_MAX_DIMS]; /* the folder's own, as it lists them */
    gsize n_dims;
    gboolean any_dims; /* the folder says Matryoshka, and no lengths */
} UmkTextCard;

/* Fails on a malformed config_sentence_transformers.json; a folder with nothing to tell
 * is fine. */
gboolean _umk_text_card_read(UmkTextCard *self, const char *folder, GError **error);
/* What a file says, from its bytes; self starts as {0}. */
gboolean _umk_text_card_parse_prompts(UmkTextCard *self,
                                      const char *data,
                                      gsize length,
                                      GError **error);
void _umk_text_card_parse_readme(UmkTextCard *self, const char *data, gsize length);
void _umk_text_card_clear(UmkTextCard *self);

/* One of these, or -1. */
int _umk_text_task_from_name(const char *name);
const char *_umk_text_task_get_name(UmkTextTask task);
/* What to put before a text for that task; "" is nothing. name, which may be NULL, gets
 * the folder's name of it, or NULL where the table of known models says so. Borrowed;
 * NULL where the model was not trained for it. */
const char *
_umk_text_card_get_task(const UmkTextCard *self, UmkTextTask task, const char **name);
/* The same with an error that says which tasks there are. */
const char *
_umk_text_card_require_task(const UmkTextCard *self, const char *task, GError **error);

/* Whether vectors of n_full numbers may be cut to n; the error lists what may be. */
gboolean
_umk_text_card_check_dims(const UmkTextCard *self, gsize n, gsize n_full, GError **error);
/* Adds members "prompts", "default_prompt", "tasks", "dims", "known_as". */
void _umk_text_card_describe(const UmkTextCard *self, gsize n_full, JsonBuilder *builder);
