/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a SentencePiece model. Fields that are not needed are skipped, as a protocol
 * buffer asks for. */
#include "modalities/text/umk-sp-model-private.h"

#include "modalities/text/umk-tokenizer-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

/* One field: a number, or a run of bytes. */
typedef struct {
    guint32 number;
    guint wire; /* 0: value; 5: 32 bits in value; 2: bytes */
    guint64 value;
    const guint8 *bytes;
    gsize length;
} UmkProtoField;

typedef struct {
    const guint8 *at, *end;
} UmkProto;

static gboolean
broken(const char *what, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a SentencePiece model: %s"), what);
    return FALSE;
}

static gboolean
read_varint(UmkProto *self, guint64 *value)
{
    *value = 0;
    for (guint shift = 0; shift < 64 && self->at < self->end; shift += 7) {
        guint8 byte = *self->at++;

        *value |= (guint64) (byte & 0x7f) << shift;
        if (byte < 0x80)
            return TRUE;
    }
    return FALSE;
}

static gboolean
read_bytes(UmkProto *self, UmkProtoField *field, guint64 length)
{
    if (length > (guint64) (self->end - self->at))
        return FALSE;
    field->bytes = self->at;
    field->length = (gsize) length;
    self->at += length;
    return TRUE;
}

/* The next field; FALSE at the end without an error. */
static gboolean
next_field(UmkProto *self, UmkProtoField *field, gboolean *ok)
{
    guint64 tag, length;
    guint32 word;

    *ok = TRUE;
    if (self->at == self->end)
        return FALSE;
    *ok = FALSE;
    if (!read_varint(self, &tag) || tag >> 3 == 0 || tag >> 3 > G_MAXUINT32)
        return FALSE;
    field->number = (guint32) (tag >> 3);
    field->wire = tag & 7;
    if (field->wire == 0)
        *ok = read_varint(self, &field->value);
    else if (field->wire == 1)
        *ok = read_bytes(self, field, 8);
    else if (field->wire == 2)
        *ok = read_varint(self, &length) && read_bytes(self, field, length);
    else if (field->wire == 5)
        *ok = read_bytes(self, field, 4);
    if (*ok && field->wire == 5) {
        memcpy(&word, field->bytes, 4);
        field->value = GUINT32_FROM_LE(word);
    }
    return *ok;
}

static UmkProto
inside(const UmkProtoField *field)
{
    return (UmkProto){field->bytes, field->bytes + field->length};
}

static gboolean
read_piece(const UmkProtoField *whole, GArray *pieces, GError **error)
{
    UmkProto proto = inside(whole);
    UmkProtoField field;
    UmkPieceSpec piece = {"", 0, 0, UMK_PIECE_NORMAL, pieces->len};
    gboolean ok;

    while (next_field(&proto, &field, &ok)) {
        if (field.number == 1 && field.wire == 2) {
            piece.bytes = (const char *) field.bytes;
            piece.length = field.length;
        } else if (field.number == 2 && field.wire == 5) {
            guint32 bits = (guint32) field.value;
            float score;

            memcpy(&score, &bits, 4);
            piece.score = (double) score;
        } else if (field.number == 3 && field.wire == 0) {
            piece.kind = (UmkPieceKind) MIN(field.value, 255);
        }
    }
    if (!ok || piece.kind < UMK_PIECE_NORMAL || piece.kind > UMK_PIECE_BYTE)
        return broken(_("a piece cannot be read"), error);
    if (piece.length == 0 || memchr(piece.bytes, '\0', piece.length) != NULL ||
        !g_utf8_validate_len(piece.bytes, piece.length, NULL))
        return broken(_("a piece is empty or not valid UTF-8"), error);
    if (pieces->len >= UMK_TOKENIZER_MAX_VOCAB) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The model has more than %u pieces"), UMK_TOKENIZER_MAX_VOCAB);
        return FALSE;
    }
    g_array_append_val(pieces, piece);
    return TRUE;
}

static gboolean
read_trainer(const UmkProtoField *whole, UmkSpModel *self, GError **error)
{
    UmkProto proto = inside(whole);
    UmkProtoField field;
    gboolean ok;

    while (next_field(&proto, &field, &ok)) {
        if (field.wire != 0)
            continue;
        if (field.number == 3)
            self->type = (UmkSpType) MIN(field.value, 255);
        else if (field.number == 24)
            self->whitespace_as_suffix = field.value != 0;
        else if (field.number == 35)
            self->byte_fallback = field.value != 0;
    }
    return ok || broken(_("its trainer settings cannot be read"), error);
}

static gboolean
read_normalizer(const UmkProtoField *whole, UmkSpModel *self, GError **error)
{
    UmkProto proto = inside(whole);
    UmkProtoField field;
    gboolean ok;

    while (next_field(&proto, &field, &ok)) {
        if (field.number == 2 && field.wire == 2) {
            self->charsmap = field.length > 0 ? field.bytes : NULL;
            self->n_charsmap = field.length;
        } else if (field.number == 3 && field.wire == 0) {
            self->add_dummy_prefix = field.value != 0;
        } else if (field.number == 4 && field.wire == 0) {
            self->remove_extra_whitespaces = field.value != 0;
        } else if (field.number == 5 && field.wire == 0) {
            self->escape_whitespaces = field.value != 0;
        }
    }
    return ok || broken(_("its normalizer settings cannot be read"), error);
}

static gboolean
read_all(UmkSpModel *self, UmkProto proto, GArray *pieces, GError **error)
{
    UmkProtoField field;
    gboolean ok;

    while (next_field(&proto, &field, &ok)) {
        if (field.wire != 2)
            continue;
        if (field.number == 1 && !read_piece(&field, pieces, error))
            return FALSE;
        if (field.number == 2 && !read_trainer(&field, self, error))
            return FALSE;
        if (field.number == 3 && !read_normalizer(&field, self, error))
            return FALSE;
    }
    if (!ok)
        return broken(_("it ends within a field"), error);
    if (pieces->len == 0)
        return broken(_("it has no pieces"), error);
    return TRUE;
}

UmkSpModel *
_umk_sp_model_parse(const guint8 *data, gsize length, GError **error)
{
    g_autoptr(UmkSpModel) self = g_new0(UmkSpModel, 1);
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(UmkPieceSpec));

    self->type = UMK_SP_UNIGRAM;
    self->add_dummy_prefix = self->remove_extra_whitespaces = TRUE;
    self->escape_whitespaces = TRUE;
    self->unknown = UMK_VOCAB_NONE;
    if (length > UMK_TOKENIZER_MAX_FILE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The tokenizer has %zu bytes, the limit is %zu"), length,
                    UMK_TOKENIZER_MAX_FILE);
        return NULL;
    }
    if (!read_all(self, (UmkProto){data, data + length}, pieces, error))
        return NULL;
    self->n_pieces = pieces->len;
    self->pieces =
        (UmkPieceSpec *) (gpointer) g_array_free(g_steal_pointer(&pieces), FALSE);
    for (gsize i = 0; i < self->n_pieces; i++)
        if (self->pieces[i].kind == UMK_PIECE_UNKNOWN)
            self->unknown = (guint32) i;
    if (self->unknown == UMK_VOCAB_NONE) {
        broken(_("it has no unknown piece"), error);
        return NULL;
    }
    return g_steal_pointer(&self);
}

void
_umk_sp_model_free(UmkSpModel *self)
{
    if (self == NULL)
        return;
    g_free(self->pieces);
    g_free(self);
}

gboolean
_umk_sp_model_build(const UmkSpModel *self, UmkTokenizerParts *parts, GError **error)
{
    UmkUnigramOptions options = {self->unknown, self->byte_fallback, TRUE};

    if (self->type != UMK_SP_UNIGRAM && self->type != UMK_SP_BPE &&
        self->type != UMK_SP_CHAR) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The SentencePiece model has type %d; unigram (1), BPE (2) and "
                      "characters (4) are read"),
                    (int) self->type);
        return FALSE;
    }
    if (!_umk_sp_normalizer_new(self, &parts->normalizer, error))
        return FALSE;
    /* A model of characters is byte-pair encoding with nothing to merge. */
    if (self->type == UMK_SP_UNIGRAM) {
        parts->model_ops = &_umk_unigram_token_model;
        parts->model = _umk_unigram_new(self->pieces, self->n_pieces, &options, error);
    } else {
        parts->model_ops = &_umk_sp_bpe_token_model;
        parts->model = _umk_sp_bpe_new(self, error);
    }
    return parts->model != NULL;
}
