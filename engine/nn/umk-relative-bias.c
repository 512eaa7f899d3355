/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of relative score biases, and the gate that scales them. */
#include "nn/umk-relative-bias-private.h"

#include <math.h>

#include "core/umk-alloc-private.h"

#define GATE_WIDTH 8 /* two gates of four numbers each, summed */

static UmkRelativeBias *
bias_new(gsize n_heads, gsize reach)
{
    UmkRelativeBias *self;
    gsize size;

    if (!_umk_size_mul(n_heads, 2 * reach + 1, &size))
        return NULL;
    self = g_new0(UmkRelativeBias, 1);
    self->n_heads = n_heads;
    self->reach = reach;
    self->table = g_try_new(float, size);
    if (self->table == NULL)
        g_clear_pointer(&self, g_free);
    return self;
}

/* distance = key - query. The logarithm is taken in single precision, as the models were
 * trained: near a border the bucket depends on it. */
static gsize
bucket_of(gssize distance, gsize n_buckets, gsize max_distance)
{
    gsize half = n_buckets / 2, exact = half / 2, first = distance > 0 ? half : 0;
    gsize size = (gsize) ABS(distance), far;

    if (size < exact || exact == 0)
        return first + MIN(size, half - 1);
    far = exact +
          (gsize) (logf((float) size / (float) exact) /
                   logf((float) max_distance / (float) exact) * (float) (half - exact));
    return first + MIN(far, half - 1);
}

UmkRelativeBias *
_umk_relative_bias_new_buckets(const float *weights,
                               gsize n_buckets,
                               gsize n_heads,
                               gsize max_distance)
{
    UmkRelativeBias *self = bias_new(n_heads, max_distance);
    gsize width = 2 * max_distance + 1;

    for (gsize i = 0; self != NULL && i < width; i++) {
        gsize bucket =
            bucket_of((gssize) i - (gssize) max_distance, n_buckets, max_distance);

        for (gsize head = 0; head < n_heads; head++)
            self->table[head * width + i] = weights[bucket * n_heads + head];
    }
    return self;
}

/* Powers of 2^(-8 / n) for a power of two; for other numbers of heads every other power
 * of twice as many fills up, as the authors' code does. */
static double
slope_of(gsize head, gsize n_heads)
{
    gsize power = 1;

    while (2 * power <= n_heads)
        power *= 2;
    if (head < power)
        return pow(2.0, -8.0 * (double) (head + 1) / (double) power);
    return pow(2.0, -4.0 * (double) (2 * (head - power) + 1) / (double) power);
}

UmkRelativeBias *
_umk_relative_bias_new_slopes(gsize n_heads, gsize reach)
{
    UmkRelativeBias *self = bias_new(n_heads, reach);
    gsize width = 2 * reach + 1;

    for (gsize head = 0; self != NULL && head < n_heads; head++)
        for (gsize i = 0; i < width; i++)
            self->table[head * width + i] =
                (float) (-slope_of(head, n_heads) * fabs((double) i - (double) reach));
    return self;
}

void
_umk_relative_bias_free(UmkRelativeBias *self)
{
    if (self == NULL)
        return;
    g_free(self->table);
    g_free(self);
}

void
_umk_relative_bias_apply(const UmkRelativeBias *self,
                         gsize head,
                         gsize query,
                         gsize first,
                         gsize n,
                         float scale,
                         float gate,
                         float *scores)
{
    const float *row = self->table + head * (2 * self->reach + 1);
    gssize from = (gssize) self->reach + (gssize) first - (gssize) query;
    gsize i = 0;

    for (; i < n && from + (gssize) i < 0; i++)
        scores[i] = scores[i] * scale + gate * row[0];
    if (from + (gssize) i >= 0 && from + (gssize) i <= 2 * (gssize) self->reach) {
        gsize inside = MIN(n - i, 2 * self->reach + 1 - (gsize) (from + (gssize) i));

        _umk_kernel_scale_add(scores + i, inside, scale, row + from + (gssize) i, gate);
        i += inside;
    }
    for (; i < n; i++)
        scores[i] = scores[i] * scale + gate * row[2 * self->reach];
}

gboolean
_umk_relative_gate_bind(UmkRelativeGate *self,
                        const UmkTensors *tensors,
                        const char *linear,
                        const char *constant,
                        gsize n_heads,
                        gsize head_dims,
                        GError **error)
{
    const gsize shape[4] = {1, n_heads, 1, 1};
    const float *constants = _umk_tensors_get(tensors, constant, shape, 4, error);

    if (constants == NULL)
        return FALSE;
    self->n_heads = n_heads;
    self->head_dims = head_dims;
    self->constants = g_memdup2(constants, n_heads * sizeof(float));
    _umk_tensors_release(tensors, constants);
    return _umk_linear_bind(&self->linear, tensors, linear, GATE_WIDTH, head_dims,
                            UMK_BIAS_REQUIRED, error);
}

void
_umk_relative_gate_clear(UmkRelativeGate *self)
{
    _umk_linear_clear(&self->linear);
    g_clear_pointer(&self->constants, g_free);
}

static float
sigmoid_of_sum(const float *x)
{
    return 1.0f / (1.0f + expf(-((x[0] + x[1]) + (x[2] + x[3]))));
}

void
_umk_relative_gate_forward(const UmkRelativeGate *self,
                           const float *x,
                           gsize m,
                           float *gates)
{
    for (gsize row = 0; row < m; row++) {
        for (gsize head = 0; head < self->n_heads; head++) {
            float both[GATE_WIDTH];

            _umk_linear_forward(&self->linear,
                                x + (row * self->n_heads + head) * self->head_dims, 1,
                                UMK_ACTIVATION_NONE, both);
            gates[row * self->n_heads + head] =
                sigmoid_of_sum(both) *
                    (sigmoid_of_sum(both + 4) * self->constants[head] - 1.0f) +
                2.0f;
        }
    }
}
