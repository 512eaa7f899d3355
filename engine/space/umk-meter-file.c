/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meters to bytes and back; the layout stands in the header. */
#include "space/umk-meter-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAGIC         "UMKMETR2"
#define MAGIC_1       "UMKMETR1"
#define MAGIC_SIZE    8
#define MAX_NEAREST   1024
#define MAX_QUANTILES 10001

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

void
_umk_meter_free(UmkMeter *self)
{
    if (self == NULL)
        return;
    g_free(self->quantiles);
    g_free(self->mean);
    g_free(self->whitening);
    g_free(self->scales);
    g_free(self->concepts);
    g_free(self);
}

GBytes *
_umk_meter_to_bytes(const UmkMeter *self)
{
    const guint32 sizes[] = {self->n_dims, self->n_concepts, self->n_nearest,
                             self->n_quantiles, self->n_axes};
    const float thresholds[] = {self->edge, self->outside};
    gsize d = self->n_dims, n = self->n_concepts, n_axes = self->n_axes;
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, (const guint8 *) MAGIC, MAGIC_SIZE);
    g_byte_array_append(out, (const guint8 *) sizes, sizeof sizes);
    g_byte_array_append(out, (const guint8 *) thresholds, sizeof thresholds);
    g_byte_array_append(out, (const guint8 *) self->quantiles,
                        (guint) (self->n_quantiles * sizeof(float)));
    if (n == 0)
        return g_byte_array_free_to_bytes(out);
    g_byte_array_append(out, (const guint8 *) self->mean, (guint) (d * sizeof(float)));
    g_byte_array_append(out, (const guint8 *) self->whitening,
                        (guint) (n_axes * d * sizeof(float)));
    g_byte_array_append(out, (const guint8 *) self->scales, (guint) (n * sizeof(float)));
    g_byte_array_append(out, (const guint8 *) self->concepts, (guint) (n * n_axes));
    return g_byte_array_free_to_bytes(out);
}

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a meter of what a model knows: %s"), what);
    return FALSE;
}

static float *
take_floats(const guint8 **at, gsize n, GError **error)
{
    g_autofree float *out = _umk_alloc(n, sizeof(float), _("A meter"), error);

    if (out == NULL)
        return NULL;
    memcpy(out, *at, n * sizeof(float));
    *at += n * sizeof(float);
    for (gsize i = 0; i < n; i++) {
        if (!isfinite(out[i])) {
            fail(error, _("a number in it is not finite"));
            return NULL;
        }
    }
    return g_steal_pointer(&out);
}

static gboolean
read_numbers(UmkMeter *self, const guint8 *at, GError **error)
{
    gsize d = self->n_dims, n = self->n_concepts, n_axes = self->n_axes;

    if (!(self->quantiles = take_floats(&at, self->n_quantiles, error)))
        return FALSE;
    if (n > 0) {
        if (!(self->mean = take_floats(&at, d, error)) ||
            !(self->whitening = take_floats(&at, n_axes * d, error)) ||
            !(self->scales = take_floats(&at, n, error)) ||
            !(self->concepts = _umk_alloc(n, n_axes, _("A meter"), error)))
            return FALSE;
        memcpy(self->concepts, at, n * n_axes);
    }
    for (guint32 i = 1; i < self->n_quantiles; i++)
        if (self->quantiles[i] < self->quantiles[i - 1])
            return fail(error, _("its quantiles do not rise"));
    return TRUE;
}

static gboolean
read_head(UmkMeter *self, const guint8 *data, gsize length, gsize *head, GError **error)
{
    guint32 sizes[5];
    float thresholds[2];
    gboolean first = length >= MAGIC_SIZE && memcmp(data, MAGIC_1, MAGIC_SIZE) == 0;
    gsize n = sizeof sizes - (first ? sizeof *sizes : 0);

    *head = MAGIC_SIZE + n + sizeof thresholds;
    if (length < *head || (!first && memcmp(data, MAGIC, MAGIC_SIZE) != 0))
        return fail(error, _("it does not call itself one"));
    memcpy(sizes, data + MAGIC_SIZE, n);
    memcpy(thresholds, data + MAGIC_SIZE + n, sizeof thresholds);
    if (first)
        sizes[4] = sizes[0];
    if (sizes[0] == 0 || sizes[0] > UMK_METER_MAX_DIMS ||
        sizes[1] > UMK_METER_MAX_CONCEPTS || sizes[2] == 0 || sizes[2] > MAX_NEAREST ||
        sizes[3] < 2 || sizes[3] > MAX_QUANTILES || sizes[4] > sizes[0] ||
        (sizes[1] == 0 ? first || sizes[0] != 1 || sizes[4] != 0 : sizes[4] == 0))
        return fail(error, _("its sizes are out of range"));
    if (!isfinite(thresholds[0]) || !isfinite(thresholds[1]) ||
        thresholds[0] > thresholds[1])
        return fail(error, _("its thresholds are wrong"));
    self->n_dims = sizes[0];
    self->n_concepts = sizes[1];
    self->n_nearest = sizes[2];
    self->n_quantiles = sizes[3];
    self->n_axes = sizes[4];
    self->edge = thresholds[0];
    self->outside = thresholds[1];
    return TRUE;
}

UmkMeter *
_umk_meter_parse(const guint8 *data, gsize length, GError **error)
{
    g_autoptr(UmkMeter) self = g_new0(UmkMeter, 1);
    gsize head, n_floats, n_codes;

    if (!read_head(self, data, length, &head, error))
        return NULL;
    n_floats = (gsize) self->n_quantiles;
    if (self->n_concepts > 0)
        n_floats +=
            (gsize) self->n_dims + (gsize) self->n_axes * self->n_dims + self->n_concepts;
    n_codes = (gsize) self->n_concepts * self->n_axes;
    if (length - head != n_floats * sizeof(float) + n_codes) {
        fail(error, _("its sizes do not fit its length"));
        return NULL;
    }
    return read_numbers(self, data + head, error) ? g_steal_pointer(&self) : NULL;
}
