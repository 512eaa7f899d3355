/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spectral start of UMAP (section 4.3 of the paper; Belkin and Niyogi 2003): the
 * eigenvectors of D^-1/2 W D^-1/2 after the first, found by subspace iteration with a
 * Chebyshev filter (Zhou, Saad, Tiago and Chelikowsky 2006) that suppresses eigenvalues
 * below 0.8. The number of steps is fixed, so it cannot hang; a start needs no more. */
#include "projection/umk-projection-umap-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-distance-private.h"
#include "projection/umk-projection-umap-small-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define N_VECTORS   6 /* the first is known, three are wanted at most */
#define N_ROUNDS    10
#define DEGREE      16
#define CUT         0.8 /* eigenvalues from -1 to here are suppressed */
#define CHUNK       1024
#define CHECK_EVERY 65536 /* edges sorted between looks at the run */

/* ---- rows of the graph ------------------------------------------------------------- */

UmkUmapRows *
_umk_umap_rows_new(const UmkUmapEdges *edges, float least, UmkRun *run, GError **error)
{
    g_autoptr(UmkUmapRows) self = g_new0(UmkUmapRows, 1);
    g_autofree gsize *at = _umk_alloc(edges->n + 1, sizeof(gsize), _("The edges"), error);
    gsize count = edges->n_edges * 2;

    self->n = edges->n;
    if (at == NULL)
        return NULL;
    self->offsets = _umk_alloc(edges->n + 1, sizeof(gsize), _("The edges"), error);
    if (self->offsets == NULL)
        return NULL;
    self->ids = _umk_alloc(count + 1, sizeof(guint32), _("The edges"), error);
    if (self->ids == NULL)
        return NULL;
    self->weights = _umk_alloc(count + 1, sizeof(float), _("The edges"), error);
    if (self->weights == NULL)
        return NULL;
    for (gsize e = 0; e < edges->n_edges; e++) {
        if (e % CHECK_EVERY == 0 && !umk_run_check(run, error))
            return NULL;
        if (edges->weights[e] < least)
            continue;
        self->offsets[edges->heads[e] + 1]++;
        self->offsets[edges->tails[e] + 1]++;
    }
    for (gsize i = 0; i < edges->n; i++) {
        self->offsets[i + 1] += self->offsets[i];
        at[i] = self->offsets[i];
    }
    for (gsize e = 0; e < edges->n_edges; e++) {
        guint32 ends[2] = {edges->heads[e], edges->tails[e]};

        if (e % CHECK_EVERY == 0 && !umk_run_check(run, error))
            return NULL;
        for (int side = 0; side < 2 && edges->weights[e] >= least; side++) {
            gsize to = at[ends[side]]++;

            self->ids[to] = ends[1 - side];
            self->weights[to] = edges->weights[e];
        }
    }
    return g_steal_pointer(&self);
}

void
_umk_umap_rows_free(UmkUmapRows *self)
{
    if (self == NULL)
        return;
    g_free(self->offsets);
    g_free(self->ids);
    g_free(self->weights);
    g_free(self);
}

/* ---- the operator ------------------------------------------------------------------ */

typedef struct {
    const UmkUmapRows *rows;
    float *root;    /* (n) square root of a row's degree */
    float *vectors; /* (N_VECTORS, n) */
    float *before;  /* (n) */
    float *now;     /* (n) */
    float *next;    /* (n) */
    UmkRun *run;
} Spectral;

typedef struct {
    const Spectral *s;
    const float *in, *before;
    float *out;
    double scale, shift, back;
} Apply;

/* out = scale (A in) - shift in - back before, A = D^-1/2 W D^-1/2 */
static void
apply_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Apply *apply = data;
    const UmkUmapRows *rows = apply->s->rows;
    const float *root = apply->s->root;

    for (gsize i = begin; i < end; i++) {
        double sum = 0.0;

        for (gsize e = rows->offsets[i]; e < rows->offsets[i + 1]; e++)
            sum += (double) rows->weights[e] * (double) apply->in[rows->ids[e]] /
                   (double) root[rows->ids[e]];
        sum = root[i] > 0.0f ? sum / (double) root[i] : 0.0;
        apply->out[i] =
            (float) (apply->scale * sum - apply->shift * (double) apply->in[i] -
                     apply->back * (double) apply->before[i]);
    }
}

/* One vector through the filter: T_degree of A stretched so that [-1, CUT] is [-1, 1]. */
static gboolean
filter(Spectral *s, float *vector)
{
    double half = (1.0 + CUT) / 2.0, centre = (CUT - 1.0) / 2.0;
    gsize n = s->rows->n;

    memcpy(s->now, vector, n * sizeof(float));
    memset(s->before, 0, n * sizeof(float));
    for (int step = 0; step < DEGREE; step++) {
        double factor = step == 0 ? 1.0 : 2.0;
        Apply apply = {.s = s,
                       .in = s->now,
                       .before = s->before,
                       .out = s->next,
                       .scale = factor / half,
                       .shift = factor * centre / half,
                       .back = step == 0 ? 0.0 : 1.0};
        float *unused = s->before;

        if (!umk_run_check(s->run, NULL))
            return FALSE;
        _umk_parallel_for(n, CHUNK, apply_chunk, &apply);
        s->before = s->now;
        s->now = s->next;
        s->next = unused;
    }
    memcpy(vector, s->now, n * sizeof(float));
    return TRUE;
}

static gboolean
iterate(Spectral *s, guint64 seed)
{
    gsize n = s->rows->n;
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0x73706563);
    memcpy(s->vectors, s->root, n * sizeof(float));
    for (gsize i = n; i < N_VECTORS * n; i++)
        s->vectors[i] = (float) (_umk_rng_uniform(&rng) - 0.5);
    for (int round = 0; round < N_ROUNDS; round++) {
        _umk_umap_orthonormalise(s->vectors, N_VECTORS, n);
        for (gsize v = 1; v < N_VECTORS; v++)
            if (!filter(s, s->vectors + v * n))
                return FALSE;
        umk_run_report(s->run, _("Finding a start"),
                       (double) (round + 1) / (double) N_ROUNDS);
    }
    _umk_umap_orthonormalise(s->vectors, N_VECTORS, n);
    return TRUE;
}

/* Rayleigh-Ritz over the vectors after the first. */
static void
write_places(Spectral *s, gsize n_dims, float *places)
{
    gsize n = s->rows->n, m = N_VECTORS - 1;
    double gram[UMK_UMAP_SMALL * UMK_UMAP_SMALL], found[UMK_UMAP_SMALL * UMK_UMAP_SMALL];

    memset(s->before, 0, n * sizeof(float));
    for (gsize a = 0; a < m; a++) {
        Apply apply = {.s = s,
                       .in = s->vectors + (a + 1) * n,
                       .before = s->before,
                       .out = s->next,
                       .scale = 1.0};

        _umk_parallel_for(n, CHUNK, apply_chunk, &apply);
        for (gsize b = 0; b < m; b++)
            gram[a * m + b] =
                (double) _umk_distance_dot(s->next, s->vectors + (b + 1) * n, n);
    }
    for (gsize a = 0; a < m; a++)
        for (gsize b = 0; b < a; b++)
            gram[a * m + b] = gram[b * m + a];
    _umk_umap_eigen(gram, m, found);
    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < n_dims; c++) {
            double sum = 0.0;

            for (gsize v = 0; v < m; v++)
                sum += found[c * m + v] * (double) s->vectors[(v + 1) * n + i];
            places[i * n_dims + c] = (float) sum;
        }
}

static void
spectral_clear(Spectral *s)
{
    g_free(s->root);
    g_free(s->vectors);
    g_free(s->before);
    g_free(s->now);
    g_free(s->next);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spectral, spectral_clear)

static gboolean
allocate(Spectral *s, GError **error)
{
    float **arrays[] = {&s->root, &s->before, &s->now, &s->next};
    const char *what = _("The start of the layout");
    gsize n = s->rows->n;

    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++) {
        *arrays[i] = _umk_alloc(n, sizeof(float), what, error);
        if (*arrays[i] == NULL)
            return FALSE;
    }
    s->vectors = _umk_alloc(n * N_VECTORS, sizeof(float), what, error);
    return s->vectors != NULL;
}

gboolean
_umk_umap_start_spectral(const UmkUmapEdges *edges,
                         gsize n_dims,
                         guint64 seed,
                         float *places,
                         UmkRun *run,
                         GError **error)
{
    g_autoptr(UmkUmapRows) rows = _umk_umap_rows_new(edges, 0.0f, run, error);
    g_auto(Spectral) s = {.rows = rows, .run = run};

    if (rows == NULL || !allocate(&s, error))
        return FALSE;
    for (gsize i = 0; i < rows->n; i++) {
        double degree = 0.0;

        for (gsize e = rows->offsets[i]; e < rows->offsets[i + 1]; e++)
            degree += (double) rows->weights[e];
        s.root[i] = (float) sqrt(degree);
    }
    if (iterate(&s, seed)) {
        write_places(&s, n_dims, places);
        _umk_umap_scale_start(places, rows->n, n_dims, 10.0, seed);
    }
    return umk_run_check(run, error);
}
