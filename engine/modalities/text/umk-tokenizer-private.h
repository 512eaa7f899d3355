/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to token ids, as published tokenizers do it. A tokenizer is a pipeline of four
 * stages (normalizer, pre-tokenizer, model, post-processor) put together from a
 * tokenizer.json or from older files. Immutable after it is
 * made, so one may be used by many threads at once. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct _UmkTokenizer UmkTokenizer;

/* Limits, checked before anything is allocated. */
#define UMK_TOKENIZER_MAX_FILE  ((gsize) 256 << 20) /* bytes of one tokenizer file */
#define UMK_TOKENIZER_MAX_VOCAB (1u << 22)          /* ids */
#define UMK_TOKENIZER_MAX_TEXT  ((gsize) 64 << 20)  /* bytes of one text */

/* tokenizer.json if there is one; else vocab.txt with tokenizer_config.json (WordPiece);
 * else a SentencePiece model; else vocab.json with merges.txt (CLIP, GPT-2, RoBERTa).
 * Truncation and padding entries are never followed: the caller knows the limit of its
 * model. */
UmkTokenizer *_umk_tokenizer_open_folder(const char *folder, GError **error);
/* The content of a tokenizer.json. */
UmkTokenizer *
_umk_tokenizer_new_from_json(const char *data, gsize length, GError **error);
UmkTokenizer *_umk_tokenizer_ref(UmkTokenizer *self);
void _umk_tokenizer_unref(UmkTokenizer *self);

/* Which end of a text that is too long goes. */
typedef enum { UMK_TRUNCATE_RIGHT, UMK_TRUNCATE_LEFT } UmkTruncationSide;

/* Appends to ids_out (guint32) the ids of the text with the special tokens of the
 * post-processor around it. length -1: up to the NUL. Malformed UTF-8 is read as U+FFFD,
 * one for each byte that fits nowhere. max_tokens counts the special tokens too, 0 is no
 * limit; what is cut off is cut at the end of the text, and *truncated (may be NULL) says
 * so. Nothing is worked out behind the limit. */
gboolean _umk_tokenizer_encode(UmkTokenizer *self,
                               const char *text,
                               gssize length,
                               gsize max_tokens,
                               GArray *ids_out,
                               gboolean *truncated,
                               GError **error);
/* The same with a choice of the end that is cut. *n_cut (may be NULL) is how many tokens
 * went, which makes the whole text be worked out. */
gboolean _umk_tokenizer_encode_side(UmkTokenizer *self,
                                    const char *text,
                                    gssize length,
                                    gsize max_tokens,
                                    UmkTruncationSide side,
                                    GArray *ids_out,
                                    gsize *n_cut,
                                    GError **error);
/* Two texts as one sequence, as a cross-encoder takes them. Appends the ids, and to
 * types_out (guint32, may be NULL) the type of each. The longer text is cut first, both
 * alike when each has more than half of the room. */
gboolean _umk_tokenizer_encode_pair(UmkTokenizer *self,
                                    const char *first,
                                    const char *second,
                                    gsize max_tokens,
                                    UmkTruncationSide side,
                                    GArray *ids_out,
                                    GArray *types_out,
                                    gsize *n_cut,
                                    GError **error);

/* A text as in _umk_tokenizer_encode, without the special tokens of the post-processor.
 */
gboolean _umk_tokenizer_encode_bare(UmkTokenizer *self,
                                    const char *text,
                                    gssize length,
                                    gsize max_tokens,
                                    GArray *ids_out,
                                    gboolean *truncated,
                                    GError **error);
/* The id that stands for what the vocabulary cannot spell. FALSE: there is none. */
gboolean _umk_tokenizer_get_unknown(UmkTokenizer *self, guint32 *id);

/* NULL for an id that nothing has. */
const char *_umk_tokenizer_get_piece(UmkTokenizer *self, guint32 id);
/* The id of a piece or added token. */
gboolean _umk_tokenizer_find_piece(UmkTokenizer *self, const char *piece, guint32 *id);
/* Highest id + 1, added tokens included. */
guint32 _umk_tokenizer_get_vocab_size(UmkTokenizer *self);
/* How many special tokens are put around every text. */
gsize _umk_tokenizer_get_n_special(UmkTokenizer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTokenizer, _umk_tokenizer_unref)
