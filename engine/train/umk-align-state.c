/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training states to bytes and back; the layout stands in the header. Numbers are written
 * as this machine holds them, which is little-endian wherever Umekomi builds. */
#include "train/umk-align-state-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAGIC       "UMKALGN1"
#define MAGIC_SIZE  8
#define MAX_WEIGHTS ((guint64) 1 << 30)
#define MAX_EPOCHS  1000001

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

void
_umk_align_state_clear(UmkAlignState *self)
{
    g_clear_pointer(&self->curve, g_array_unref);
    g_clear_pointer(&self->weights, g_free);
    g_clear_pointer(&self->mean, g_free);
    g_clear_pointer(&self->square, g_free);
    g_clear_pointer(&self->best, g_free);
}

gboolean
_umk_align_state_alloc(UmkAlignState *self, gsize n_weights, GError **error)
{
    const char *what = _("The weights of a head");

    self->n_weights = n_weights;
    self->curve = g_array_new(FALSE, TRUE, sizeof(UmkAlignEpoch));
    return (self->weights = _umk_alloc(n_weights, sizeof(float), what, error)) &&
           (self->mean = _umk_alloc(n_weights, sizeof(float), what, error)) &&
           (self->square = _umk_alloc(n_weights, sizeof(float), what, error)) &&
           (self->best = _umk_alloc(n_weights, sizeof(float), what, error));
}

static void
append(GByteArray *out, gconstpointer data, gsize size)
{
    g_byte_array_append(out, data, (guint) size);
}

static void
append_u64(GByteArray *out, guint64 value)
{
    append(out, &value, sizeof value);
}

static void
append_f64(GByteArray *out, double value)
{
    append(out, &value, sizeof value);
}

GBytes *
_umk_align_state_to_bytes(const UmkAlignState *self)
{
    const float *const parts[] = {self->weights, self->mean, self->square, self->best};
    GByteArray *out = g_byte_array_new();

    append(out, MAGIC, MAGIC_SIZE);
    append(out, self->digest, sizeof self->digest);
    append_u64(out, self->n_weights);
    append_u64(out, self->curve->len);
    append_u64(out, self->step);
    append_u64(out, self->start);
    append_u64(out, self->best_epoch);
    append_f64(out, self->log_scale);
    append_f64(out, self->scale_mean);
    append_f64(out, self->scale_square);
    append_f64(out, self->best_log_scale);
    for (guint i = 0; i < self->curve->len; i++) {
        const UmkAlignEpoch *row = &g_array_index(self->curve, UmkAlignEpoch, i);

        append_f64(out, (double) row->step);
        append_f64(out, row->rate);
        append_f64(out, row->train);
        append_f64(out, row->validation);
    }
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        append(out, parts[i], self->n_weights * sizeof(float));
    return g_byte_array_free_to_bytes(out);
}

typedef struct {
    const guint8 *data;
    gsize left;
} Reader;

static gboolean
take(Reader *self, gpointer out, gsize size)
{
    if (self->left < size)
        return FALSE;
    memcpy(out, self->data, size);
    self->data += size;
    self->left -= size;
    return TRUE;
}

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not the state of a training: %s"), what);
    return FALSE;
}

static gboolean
read_curve(UmkAlignState *self, Reader *reader, guint64 n, GError **error)
{
    for (guint64 i = 0; i < n; i++) {
        UmkAlignEpoch row = {0};
        double step;

        if (!take(reader, &step, sizeof step) ||
            !take(reader, &row.rate, sizeof row.rate) ||
            !take(reader, &row.train, sizeof row.train) ||
            !take(reader, &row.validation, sizeof row.validation))
            return fail(error, _("it ends within its loss curve"));
        if (!(step >= 0.0 && step <= 0x1p53))
            return fail(error, _("a step of its loss curve is no number"));
        row.step = (guint64) step;
        g_array_append_val(self->curve, row);
    }
    return TRUE;
}

static gboolean
read_weights(UmkAlignState *self, Reader *reader, GError **error)
{
    float *const parts[] = {self->weights, self->mean, self->square, self->best};

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!take(reader, parts[i], self->n_weights * sizeof(float)))
            return fail(error, _("it ends within its weights"));
        for (gsize j = 0; j < self->n_weights; j++)
            if (!isfinite(parts[i][j]))
                return fail(error, _("a number in it is not finite"));
    }
    return TRUE;
}

gboolean
_umk_align_state_parse(UmkAlignState *self,
                       const guint8 *data,
                       gsize length,
                       GError **error)
{
    Reader reader = {data, length};
    guint8 magic[MAGIC_SIZE];
    guint64 head[5];
    double scales[4];

    if (!take(&reader, magic, sizeof magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
        return fail(error, _("it does not call itself one"));
    if (!take(&reader, self->digest, sizeof self->digest) ||
        !take(&reader, head, sizeof head) || !take(&reader, scales, sizeof scales))
        return fail(error, _("it is shorter than its header"));
    if (head[0] == 0 || head[0] > MAX_WEIGHTS || head[1] == 0 || head[1] > MAX_EPOCHS ||
        head[4] >= head[1] || head[3] > G_MAXUINT ||
        reader.left != head[1] * 4 * sizeof(double) + head[0] * 4 * sizeof(float))
        return fail(error, _("its sizes do not fit its length"));
    for (guint i = 0; i < G_N_ELEMENTS(scales); i++)
        if (!isfinite(scales[i]))
            return fail(error, _("a number in it is not finite"));
    if (!_umk_align_state_alloc(self, (gsize) head[0], error))
        return FALSE;
    self->step = head[2];
    self->start = head[3];
    self->best_epoch = head[4];
    self->log_scale = scales[0];
    self->scale_mean = scales[1];
    self->scale_square = scales[2];
    self->best_log_scale = scales[3];
    return read_curve(self, &reader, head[1], error) &&
           read_weights(self, &reader, error);
}

void
_umk_align_state_digest(const UmkAlignSettings *s,
                        const UmkAlignPairs *pairs,
                        guint8 *digest)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const guint64 sizes[] = {pairs->n,
                             s->shape.n_in,
                             s->shape.n_out,
                             s->shape.n_hidden,
                             (guint64) s->metric,
                             s->batch,
                             s->accumulate,
                             s->n_epochs,
                             s->patience,
                             (guint64) s->learn_temperature,
                             s->seed};
    const double numbers[] = {s->rate, s->decay, s->warmup, s->temperature};
    gsize length = UMK_ALIGN_DIGEST_SIZE;

    g_checksum_update(sum, (const guchar *) s->head->name, -1);
    g_checksum_update(sum, (const guchar *) sizes, sizeof sizes);
    g_checksum_update(sum, (const guchar *) numbers, sizeof numbers);
    g_checksum_update(sum, (const guchar *) pairs->x,
                      (gssize) (pairs->n * s->shape.n_in * sizeof(float)));
    g_checksum_update(sum, (const guchar *) pairs->y,
                      (gssize) (pairs->n * s->shape.n_out * sizeof(float)));
    g_checksum_update(sum, pairs->parts, (gssize) pairs->n);
    g_checksum_get_digest(sum, digest, &length);
}
