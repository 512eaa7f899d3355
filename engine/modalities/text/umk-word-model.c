/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts to vectors by the vectors of their words. */
#include "modalities/text/umk-word-model-private.h"

#include <inttypes.h>

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-kernels-private.h"
#include "modalities/text/umk-text-model-private.h"

#define HEAD_BYTES 65536
#define MAX_SHOWN  40 /* bytes of a word in a message */

/* What the sessions of a model have met since the log was last told. */
typedef struct _UmkWordTally {
    GMutex lock;
    guint n_sessions;
    guint64 n_words, n_unknown;
    char *example;
} UmkWordTally;

typedef struct {
    const UmkWordModel *model;
    GString *text;
    float *scratch; /* (2, n_full) */
} Session;

GBytes *
_umk_word_model_read_head(const char *path)
{
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) all = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    file = g_mapped_file_new(path, FALSE, NULL);
    if (file == NULL || g_mapped_file_get_length(file) == 0)
        return NULL;
    all = g_mapped_file_get_bytes(file);
    return g_bytes_new_from_bytes(all, 0, MIN(g_bytes_get_size(all), HEAD_BYTES));
}

gboolean
_umk_word_model_open(UmkWordModel *self, const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (file == NULL)
        return FALSE;
    self->path = g_strdup(path);
    self->bytes = g_mapped_file_get_bytes(file);
    return TRUE;
}

static const char *
get_string(UmkParams *params, const char *name)
{
    const char *value = params != NULL && umk_params_has(params, name)
                            ? umk_params_get_string(params, name)
                            : NULL;

    return value != NULL ? value : "";
}

static gboolean
check_options(const UmkWordModel *self, UmkParams *params, gint64 n_dims, GError **error)
{
    const char *pooling = get_string(params, "pooling");

    if (get_string(params, "prompt")[0] != '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("A file of word vectors has no prompts"));
        return FALSE;
    }
    if (pooling[0] != '\0' && strcmp(pooling, "auto") != 0 &&
        strcmp(pooling, "mean") != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Word vectors are pooled by their mean, not by “%s”"), pooling);
        return FALSE;
    }
    if (n_dims < 0 || (gsize) n_dims > self->n_full) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model gives vectors of %zu numbers, so it cannot keep "
                      "%" PRId64),
                    self->n_full, n_dims);
        return FALSE;
    }
    return TRUE;
}

gboolean
_umk_word_model_init(UmkWordModel *self, UmkParams *params, GError **error)
{
    gint64 n_dims = 0;

    self->tally = g_new0(UmkWordTally, 1);
    g_mutex_init(&self->tally->lock);
    self->normalize = TRUE;
    if (params != NULL && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (params != NULL && umk_params_has(params, "dims"))
        n_dims = umk_params_get_int(params, "dims");
    if (!check_options(self, params, n_dims, error))
        return FALSE;
    self->n_dims = n_dims > 0 ? (gsize) n_dims : self->n_full;
    self->prefix = g_strdup(get_string(params, "prefix"));
    return TRUE;
}

void
_umk_word_model_clear(UmkWordModel *self)
{
    if (self->tally != NULL) {
        g_mutex_clear(&self->tally->lock);
        g_free(self->tally->example);
        g_free(self->tally);
    }
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->prefix);
    g_free(self->path);
}

gsize
_umk_word_model_n_dims(gconstpointer model)
{
    return ((const UmkWordModel *) model)->n_dims;
}

gpointer
_umk_word_session_new(gconstpointer model, GError **error)
{
    Session *self;
    float *scratch = _umk_alloc(2 * ((const UmkWordModel *) model)->n_full, sizeof(float),
                                _("The session"), error);

    if (scratch == NULL)
        return NULL;
    self = g_new0(Session, 1);
    self->model = model;
    self->text = g_string_new(NULL);
    self->scratch = scratch;
    g_mutex_lock(&self->model->tally->lock);
    self->model->tally->n_sessions++;
    g_mutex_unlock(&self->model->tally->lock);
    return self;
}

/* Says what was passed over, and begins to count anew. */
static void
tell(const UmkWordModel *model)
{
    UmkWordTally *tally = model->tally;

    if (tally->n_unknown > 0)
        g_warning(_("%s: %" PRIu64 " of %" PRIu64
                    " words have no vector and were passed over, for example “%s”"),
                  model->path, tally->n_unknown, tally->n_words, tally->example);
    tally->n_words = tally->n_unknown = 0;
    g_clear_pointer(&tally->example, g_free);
}

void
_umk_word_session_free(gpointer session)
{
    Session *self = session;
    UmkWordTally *tally = self->model->tally;

    g_mutex_lock(&tally->lock);
    if (--tally->n_sessions == 0)
        tell(self->model);
    g_mutex_unlock(&tally->lock);
    g_string_free(self->text, TRUE);
    g_free(self->scratch);
    g_free(self);
}

static char *
dup_unknown(const UmkWordCount *count)
{
    return g_utf8_make_valid(count->unknown,
                             (gssize) MIN(count->n_unknown_bytes, MAX_SHOWN));
}

static gboolean
check_count(const UmkWordModel *model, const UmkWordCount *count, GError **error)
{
    UmkWordTally *tally = model->tally;
    g_autofree char *word = NULL;

    if (count->n_words == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The text has no words"));
        return FALSE;
    }
    if (count->n_unknown == count->n_words) {
        word = dup_unknown(count);
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("None of the %zu words of the text has a vector; the first one is "
                      "“%s”"),
                    count->n_words, word);
        return FALSE;
    }
    g_mutex_lock(&tally->lock);
    tally->n_words += count->n_words;
    tally->n_unknown += count->n_unknown;
    if (count->n_unknown > 0 && tally->example == NULL)
        tally->example = dup_unknown(count);
    g_mutex_unlock(&tally->lock);
    return TRUE;
}

static gboolean
embed_text(Session *self, const char *text, float *out, GError **error)
{
    const UmkWordModel *model = self->model;
    float *full = self->scratch + model->n_full;
    UmkWordCount count = {0};

    g_string_assign(self->text, model->prefix);
    g_string_append(self->text, text);
    if (!model->embed(model, self->text->str, self->text->len, self->scratch, full,
                      &count, error) ||
        !check_count(model, &count, error))
        return FALSE;
    memcpy(out, full, model->n_dims * sizeof *out);
    if (model->normalize)
        _umk_kernel_normalize(out, model->n_dims);
    return TRUE;
}

gboolean
_umk_word_session_embed(gpointer session,
                        UmkItem *const *items,
                        gsize n_items,
                        float *out,
                        gsize out_stride,
                        UmkRun *run,
                        GError **error)
{
    if (!umk_run_check(run, error))
        return FALSE;
    for (gsize i = 0; i < n_items; i++) {
        g_autofree char *owned = NULL;
        const char *text = _umk_text_get(items[i], &owned, error);

        if (text == NULL || !embed_text(session, text, out + i * out_stride, error))
            return FALSE;
    }
    return TRUE;
}
