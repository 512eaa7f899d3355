/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experts: rows are gathered by expert, so that each runs one matrix product, and summed
 * in the order of the experts, so that a row's sum has one order whatever its neighbours.
 */
#include "nn/umk-experts-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

/* One expert's part of a tensor that holds them all. */
static gboolean
slice_has(gpointer source, const char *name)
{
    return g_str_has_suffix(name, ".weight");
}

static const float *
slice_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    return source;
}

static gboolean
bind_slices(UmkLinear *maps,
            const UmkExperts *self,
            const UmkTensors *tensors,
            const char *name,
            gboolean down,
            GError **error)
{
    gsize size = self->n_ffn * self->n_dims;
    const gsize shape[2] = {self->n_experts * self->n_ffn, self->n_dims};
    const float *all = _umk_tensors_get(tensors, name, shape, 2, error);
    UmkTensors slice = *tensors;
    gboolean good = all != NULL;

    slice.prefix = "";
    slice.has = slice_has;
    slice.get = slice_get;
    slice.release = NULL;
    slice.transposed = down; /* stored (n_ffn, n_dims), as up is */
    for (gsize i = 0; good && i < self->n_experts; i++) {
        slice.source = (gpointer) (all + i * size);
        good = _umk_linear_bind(&maps[i], &slice, name, down ? self->n_dims : self->n_ffn,
                                down ? self->n_ffn : self->n_dims, UMK_BIAS_NONE, error);
    }
    _umk_tensors_release(tensors, all);
    return good;
}

gboolean
_umk_experts_bind(UmkExperts *self,
                  const UmkTensors *tensors,
                  const char *router,
                  const char *up,
                  const char *down,
                  const char *bias,
                  GError **error)
{
    UmkTensors plain = *tensors;

    if (self->n_experts < 1 || self->n_experts > UMK_EXPERTS_MAX || self->n_used < 1 ||
        self->n_used > self->n_experts) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A layer uses %zu of %zu experts, expected 1 to %d"), self->n_used,
                    self->n_experts, UMK_EXPERTS_MAX);
        return FALSE;
    }
    plain.transposed = FALSE;
    self->up = g_new0(UmkLinear, self->n_experts);
    self->down = g_new0(UmkLinear, self->n_experts);
    self->bias = _umk_tensors_dup_vector(tensors, bias, self->n_dims, error);
    return self->bias != NULL &&
           _umk_linear_bind(&self->router, &plain, router, self->n_experts, self->n_dims,
                            UMK_BIAS_NONE, error) &&
           bind_slices(self->up, self, tensors, up, FALSE, error) &&
           bind_slices(self->down, self, tensors, down, TRUE, error);
}

void
_umk_experts_clear(UmkExperts *self)
{
    for (gsize i = 0; self->up != NULL && i < self->n_experts; i++) {
        _umk_linear_clear(&self->up[i]);
        _umk_linear_clear(&self->down[i]);
    }
    _umk_linear_clear(&self->router);
    g_clear_pointer(&self->up, g_free);
    g_clear_pointer(&self->down, g_free);
    g_clear_pointer(&self->bias, g_free);
}

/* The parts of the scratch memory. */
typedef struct {
    float *weights; /* (m, n_experts), 0 where an expert is not used */
    float *rows;    /* (m, n_dims) of one expert */
    float *wide;    /* (m, n_ffn) */
    float *mapped;  /* (m, n_dims) */
} Scratch;

static gsize
scratch_layout(const UmkExperts *self, gsize m, float *base, Scratch *scratch)
{
    const gsize sizes[] = {m * self->n_experts, m * self->n_dims, m * self->n_ffn,
                           m * self->n_dims};
    float **parts[] = {&scratch->weights, &scratch->rows, &scratch->wide,
                       &scratch->mapped};
    gsize at = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (base != NULL)
            *parts[i] = base + at;
        at += _umk_arena_round(sizes[i]);
    }
    return at;
}

gsize
_umk_experts_scratch_size(const UmkExperts *self, gsize m)
{
    Scratch unused;

    return scratch_layout(self, m, NULL, &unused);
}

static void
softmax(float *x, gsize n)
{
    float most = x[0], sum = 0;

    for (gsize i = 1; i < n; i++)
        most = MAX(most, x[i]);
    for (gsize i = 0; i < n; i++)
        sum += x[i] = expf(x[i] - most);
    for (gsize i = 0; i < n; i++)
        x[i] /= sum;
}

/* Leaves the n_used largest weights; of equal ones the first. */
static void
keep_best(float *weights, gsize n, gsize n_used)
{
    gboolean kept[UMK_EXPERTS_MAX] = {FALSE};

    for (gsize round = 0; round < n_used; round++) {
        gsize best = n;

        for (gsize i = 0; i < n; i++)
            if (!kept[i] && (best == n || weights[i] > weights[best]))
                best = i;
        kept[best] = TRUE;
    }
    for (gsize i = 0; i < n; i++)
        if (!kept[i])
            weights[i] = 0;
}

static void
run_expert(const UmkExperts *self,
           gsize expert,
           const float *x,
           gsize m,
           UmkActivation activation,
           const Scratch *s,
           float *out)
{
    gsize d = self->n_dims, n = 0;

    for (gsize i = 0; i < m; i++)
        if (s->weights[i * self->n_experts + expert] > 0)
            memcpy(s->rows + n++ * d, x + i * d, d * sizeof(float));
    if (n == 0)
        return;
    _umk_linear_forward(&self->up[expert], s->rows, n, activation, s->wide);
    _umk_linear_forward(&self->down[expert], s->wide, n, UMK_ACTIVATION_NONE, s->mapped);
    n = 0;
    for (gsize i = 0; i < m; i++) {
        float weight = s->weights[i * self->n_experts + expert];
        const float *mapped = s->mapped + n * d;

        if (!(weight > 0))
            continue;
        for (gsize j = 0; j < d; j++)
            out[i * d + j] += weight * mapped[j];
        n++;
    }
}

void
_umk_experts_forward(const UmkExperts *self,
                     const float *x,
                     gsize m,
                     UmkActivation activation,
                     float *scratch,
                     float *out)
{
    Scratch s;

    scratch_layout(self, m, scratch, &s);
    _umk_linear_forward(&self->router, x, m, UMK_ACTIVATION_NONE, s.weights);
    for (gsize i = 0; i < m; i++) {
        float *weights = s.weights + i * self->n_experts;

        softmax(weights, self->n_experts);
        keep_best(weights, self->n_experts, self->n_used);
    }
    memset(out, 0, m * self->n_dims * sizeof(float));
    for (gsize expert = 0; expert < self->n_experts; expert++)
        run_expert(self, expert, x, m, activation, &s, out);
    for (gsize i = 0; i < m; i++)
        _umk_kernel_add(out + i * self->n_dims, self->bias, self->n_dims);
}
