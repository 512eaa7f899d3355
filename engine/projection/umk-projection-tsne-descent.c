/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradient descent of t-SNE with momentum and a gain for each coordinate (van der Maaten
 * and Hinton 2008, section 3.4; Jacobs 1988). The gradient is a quarter of the paper's,
 * as in all implementations since, and the learning rate is meant for that. */
#include "projection/umk-projection-tsne-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK    256
#define MIN_GAIN 0.01f
#define MAX_DIMS 3

typedef struct {
    UmkTsneDescent *self;
    double *sums; /* one a chunk */
    float exaggeration, momentum, learning_rate;
    float *gradient; /* or NULL: a step is made */
    UmkRun *run;
} Work;

gboolean
_umk_tsne_descent_init(UmkTsneDescent *self,
                       const UmkTsneAffinity *affinity,
                       const float *start,
                       guint n_dims,
                       GError **error)
{
    gsize n = affinity->n, count = n * n_dims;

    *self = (UmkTsneDescent){.n = n, .n_dims = n_dims, .affinity = affinity};
    self->y = _umk_alloc_aligned(4 * count + n * (n_dims + 1) + 1, sizeof(float),
                                 _("The map"), error);
    if (self->y == NULL)
        return FALSE;
    self->next = self->y + count;
    self->velocity = self->next + count;
    self->gains = self->velocity + count;
    self->repulsion = self->gains + count;
    if (n > 0)
        memcpy(self->y, start, count * sizeof(float));
    memset(self->velocity, 0, count * sizeof(float));
    for (gsize i = 0; i < count; i++)
        self->gains[i] = 1.0f;
    return TRUE;
}

void
_umk_tsne_descent_clear(UmkTsneDescent *self)
{
    /* What was exchanged in the steps starts at the lower of the two addresses. */
    if (self->y != NULL)
        _umk_free_aligned(MIN(self->y, self->next));
    self->y = self->next = NULL;
}

/* ---- repulsion -------------------------------------------------------------------- */

static void
repel_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    UmkTsneDescent *self = work->self;
    guint d = self->n_dims;
    double sum = 0.0;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize at = begin; at < end; at++) {
        gsize i = self->tree != NULL ? _umk_tsne_tree_row(self->tree, at) : at;
        float *out = self->repulsion + i * (d + 1);
        double exact[MAX_DIMS + 1];

        if (self->field != NULL) {
            _umk_tsne_field_read(self->field, self->y + i * d, out);
        } else if (self->tree != NULL) {
            _umk_tsne_tree_read(self->tree, self->y + i * d, out);
        } else {
            _umk_tsne_repel_exact(self->y, self->n, d, self->y + i * d, exact);
            for (guint c = 0; c <= d; c++)
                out[c] = (float) exact[c];
        }
        sum += (double) out[0];
    }
    work->sums[begin / CHUNK] = sum;
}

/* Repulsion of all rows, and Z. */
static gboolean
repel(UmkTsneDescent *self, Work *work, GError **error)
{
    gsize n_chunks = (self->n + CHUNK - 1) / CHUNK;

    if (self->field != NULL &&
        !_umk_tsne_field_update(self->field, self->y, self->n, work->run, error))
        return FALSE;
    if (self->tree != NULL &&
        !_umk_tsne_tree_update(self->tree, self->y, self->n, work->run, error))
        return FALSE;
    _umk_parallel_for(self->n, CHUNK, repel_rows, work);
    self->z = 0.0;
    for (gsize i = 0; i < n_chunks; i++)
        self->z += work->sums[i];
    /* A row's own q is 1 and was counted. */
    self->z = MAX(self->z - (double) self->n, 1e-12);
    return umk_run_check(work->run, error);
}

/* ---- a step ----------------------------------------------------------------------- */

static void
move(const Work *work, gsize at, float gradient)
{
    UmkTsneDescent *self = work->self;
    float *gain = self->gains + at, *velocity = self->velocity + at;

    gboolean steady =
        (gradient > 0.0f && *velocity < 0.0f) || (gradient < 0.0f && *velocity > 0.0f);

    *gain = steady ? *gain + 0.2f : *gain * 0.8f;
    *gain = MAX(*gain, MIN_GAIN);
    *velocity = work->momentum * *velocity - work->learning_rate * *gain * gradient;
    self->next[at] = self->y[at] + *velocity;
}

static void
pull_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    UmkTsneDescent *self = work->self;
    guint d = self->n_dims;
    float scale = (float) (1.0 / self->z);

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++) {
        const float *repulsion = self->repulsion + i * (d + 1) + 1;
        float attraction[MAX_DIMS];

        _umk_tsne_attract(self->affinity, self->y, d, i, attraction);
        for (guint c = 0; c < d; c++) {
            float gradient = work->exaggeration * attraction[c] - repulsion[c] * scale;

            if (work->gradient != NULL)
                work->gradient[i * d + c] = gradient;
            else
                move(work, i * d + c, gradient);
        }
    }
}

/* Brings the middle of the map to the origin; an infinite map has no middle. */
static gboolean
centre(UmkTsneDescent *self, GError **error)
{
    for (guint c = 0; c < self->n_dims; c++) {
        double sum = 0.0;
        float mean;

        for (gsize i = 0; i < self->n; i++)
            sum += (double) self->next[i * self->n_dims + c];
        mean = (float) (sum / (double) self->n);
        if (!isfinite(mean)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                        _("The map flew apart; try a lower learning rate"));
            return FALSE;
        }
        for (gsize i = 0; i < self->n; i++)
            self->next[i * self->n_dims + c] -= mean;
    }
    return TRUE;
}

static gboolean
follow(UmkTsneDescent *self, Work *work, GError **error)
{
    g_autofree double *sums = g_new0(double, self->n / CHUNK + 1);

    work->self = self;
    work->sums = sums;
    if (!repel(self, work, error))
        return FALSE;
    _umk_parallel_for(self->n, CHUNK, pull_rows, work);
    return umk_run_check(work->run, error);
}

gboolean
_umk_tsne_descent_step(UmkTsneDescent *self,
                       double exaggeration,
                       double momentum,
                       double learning_rate,
                       UmkRun *run,
                       GError **error)
{
    Work work = {.exaggeration = (float) exaggeration,
                 .momentum = (float) momentum,
                 .learning_rate = (float) learning_rate,
                 .run = run};
    float *old = self->y;

    if (!follow(self, &work, error) || !centre(self, error))
        return FALSE;
    self->y = self->next;
    self->next = old;
    return TRUE;
}

gboolean
_umk_tsne_descent_gradient(UmkTsneDescent *self,
                           double exaggeration,
                           float *gradient,
                           UmkRun *run,
                           GError **error)
{
    Work work = {.exaggeration = (float) exaggeration, .gradient = gradient, .run = run};

    return follow(self, &work, error);
}

double
_umk_tsne_descent_divergence(const UmkTsneDescent *self)
{
    const UmkTsneAffinity *a = self->affinity;
    double sum = 0.0;

    for (gsize i = 0; i < self->n; i++)
        for (gsize j = a->offsets[i]; j < a->offsets[i + 1]; j++) {
            double p = (double) a->p[j], squared = 0.0;

            for (guint c = 0; c < self->n_dims; c++) {
                double d = (double) self->y[i * self->n_dims + c] -
                           (double) self->y[(gsize) a->cols[j] * self->n_dims + c];

                squared += d * d;
            }
            if (p > 0.0)
                sum += p * log(p * (1.0 + squared) * self->z);
        }
    return sum;
}
