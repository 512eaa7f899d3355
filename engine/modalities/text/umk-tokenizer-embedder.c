/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "tokenizer": a folder whose tokenizer can be used although its network
 * cannot, because it is of an unknown family or is not there at all. It turns texts into
 * ids and refuses to turn them into vectors. Whoever knows the family is surer of the
 * folder. */
#include "modalities/text/umk-tokenizer-embedder-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"
#include "modalities/text/umk-gguf-embedder-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"
#include "modalities/text/umk-tokenizer-private.h"

typedef struct {
    UmkTokenizer *tokenizer;
    char *folder;
} Model;

/* Surer than a family that has no weights to run, less sure than one that has. */
static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    return _umk_tokenizer_probe(path) ? (_umk_text_has_weights(path) ? 1 : 2) : 0;
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkTokenizer *tokenizer = _umk_tokenizer_open(path, error);
    Model *self;

    if (tokenizer == NULL) {
        _umk_text_prefix_error(error, path);
        return NULL;
    }
    self = g_new0(Model, 1);
    self->tokenizer = tokenizer;
    self->folder = g_strdup(path);
    return self;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_tokenizer_unref(self->tokenizer);
    g_free(self->folder);
    g_free(self);
}

static gsize
model_n_dims(gconstpointer model)
{
    return 0;
}

/* Why a folder with weights has no network that can be run. */
static void
set_unknown_type(const char *folder, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *known = _umk_text_family_list_types();
    const char *type = "";
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(folder, "config.json", &config, &problem);

    if (parser == NULL && g_error_matches(problem, UMK_ERROR, UMK_ERROR_INVALID_DATA)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return;
    }
    if (parser != NULL)
        _umk_json_get_string(config, "model_type", "", &type, NULL);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("%s: only the tokenizer can be used: config.json gives the model_type "
                  "“%s”; the known types of text networks are %s"),
                folder, type, known);
}

static gpointer
session_new(gconstpointer model, GError **error)
{
    const char *folder = ((const Model *) model)->folder;

    if (g_file_test(folder, G_FILE_TEST_IS_REGULAR)) {
        if (_umk_gguf_embedder_check(folder, error))
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("%s: only the tokenizer of this file can be used"), folder);
        else
            _umk_text_prefix_error(error, folder);
        return NULL;
    }
    if (_umk_weights_are_pickled(folder)) {
        _umk_weights_free(_umk_weights_open_folder(folder, error)); /* says why not */
        return NULL;
    }
    if (_umk_text_has_weights(folder))
        set_unknown_type(folder, error);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s: only the tokenizer of this folder can be used; there is no "
                      "model.safetensors and no model.safetensors.index.json"),
                    folder);
    return NULL;
}

static gboolean
session_embed(gpointer session,
              UmkItem *const *items,
              gsize n_items,
              float *out,
              gsize out_stride,
              UmkRun *run,
              GError **error)
{
    g_return_val_if_reached(FALSE); /* there is no session */
}

static gboolean
tokenize(
    gconstpointer model, const char *text, GArray *ids, GPtrArray *pieces, GError **error)
{
    const Model *self = model;

    if (!_umk_tokenizer_encode(self->tokenizer, text, -1, 0, ids, NULL, error))
        return FALSE;
    for (guint i = 0; pieces != NULL && i < ids->len; i++) {
        const char *piece =
            _umk_tokenizer_get_piece(self->tokenizer, g_array_index(ids, guint32, i));

        g_ptr_array_add(pieces, g_strdup(piece != NULL ? piece : ""));
    }
    return TRUE;
}

const UmkEmbedderOps _umk_tokenizer_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "tokenizer",
    .title = N_("Tokenizer only"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = model_n_dims,
    .session_new = session_new,
    .session_free = g_free,
    .session_embed = session_embed,
    .tokenize = tokenize,
};
