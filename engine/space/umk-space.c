/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shared space and the frames that have joined it. A frame is one coordinate system:
 * that of a model, of a bundle's towers together, or of one training run. Holds the
 * aligners and applies them; fitting is umk-align.c, bytes are umk-space-file.c. */
#include "space/umk-space-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-kernels-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAP_CHUNK 64

G_DEFINE_BOXED_TYPE(UmkSpace, umk_space, umk_space_ref, umk_space_unref)

void
_umk_aligner_free(UmkAligner *self)
{
    if (self == NULL)
        return;
    g_free(self->frame);
    g_free(self->weight);
    g_free(self->bias);
    g_free(self->hidden);
    g_free(self->hidden_bias);
    g_free(self->bend);
    g_free(self->report);
    g_free(self);
}

/**
 * umk_space_new:
 * @name: its name, never empty
 * @n_dims: length of its vectors
 * @metric: how nearness is scored in it
 *
 * A space is filled by one thread (umk_space_join(), umk_space_align()) and may be used
 * by many afterwards.
 *
 * Returns: (transfer full): a space that no frame has joined
 */
UmkSpace *
umk_space_new(const char *name, gsize n_dims, UmkMetric metric)
{
    UmkSpace *self;

    g_return_val_if_fail(name != NULL && *name != '\0', NULL);
    g_return_val_if_fail(n_dims > 0 && n_dims <= UMK_SPACE_MAX_DIMS, NULL);
    self = g_new0(UmkSpace, 1);
    g_atomic_ref_count_init(&self->ref_count);
    self->name = g_strdup(name);
    self->n_dims = n_dims;
    self->metric = metric;
    self->aligners = g_ptr_array_new_with_free_func((GDestroyNotify) _umk_aligner_free);
    return self;
}

/**
 * umk_space_ref:
 * @self: a space
 *
 * Returns: (transfer full): @self
 */
UmkSpace *
umk_space_ref(UmkSpace *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->ref_count);
    return self;
}

/**
 * umk_space_unref:
 * @self: (transfer full): a space
 */
void
umk_space_unref(UmkSpace *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->ref_count))
        return;
    g_free(self->name);
    g_ptr_array_unref(self->aligners);
    g_free(self);
}

/**
 * umk_space_get_name:
 * @self: a space
 *
 * Returns: (transfer none): its name
 */
const char *
umk_space_get_name(UmkSpace *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->name;
}

/**
 * umk_space_get_n_dims:
 * @self: a space
 *
 * Returns: length of its vectors
 */
gsize
umk_space_get_n_dims(UmkSpace *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_dims;
}

/**
 * umk_space_get_metric:
 * @self: a space
 *
 * Returns: how nearness is scored in it
 */
UmkMetric
umk_space_get_metric(UmkSpace *self)
{
    g_return_val_if_fail(self != NULL, UMK_METRIC_COSINE);
    return self->metric;
}

/**
 * umk_space_list_frames:
 * @self: a space
 *
 * Returns: (transfer full) (array zero-terminated=1): the frames that joined, in that
 * order
 */
char **
umk_space_list_frames(UmkSpace *self)
{
    g_autoptr(GPtrArray) frames = g_ptr_array_new();

    g_return_val_if_fail(self != NULL, NULL);
    for (guint i = 0; i < self->aligners->len; i++) {
        const UmkAligner *aligner = self->aligners->pdata[i];

        g_ptr_array_add(frames, g_strdup(aligner->frame));
    }
    g_ptr_array_add(frames, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&frames), FALSE);
}

UmkAligner *
_umk_space_find(UmkSpace *self, const char *frame)
{
    for (guint i = 0; i < self->aligners->len; i++) {
        UmkAligner *aligner = self->aligners->pdata[i];

        if (g_str_equal(aligner->frame, frame))
            return aligner;
    }
    return NULL;
}

void
_umk_space_take(UmkSpace *self, UmkAligner *aligner)
{
    for (guint i = 0; i < self->aligners->len; i++) {
        UmkAligner *old = self->aligners->pdata[i];

        if (g_str_equal(old->frame, aligner->frame)) {
            _umk_aligner_free(old);
            self->aligners->pdata[i] = aligner;
            return;
        }
    }
    g_ptr_array_add(self->aligners, aligner);
}

/**
 * umk_space_has_frame:
 * @self: a space
 * @frame: name of a frame
 *
 * Returns: whether an aligner joins @frame to the space
 */
gboolean
umk_space_has_frame(UmkSpace *self, const char *frame)
{
    g_return_val_if_fail(self != NULL && frame != NULL, FALSE);
    return _umk_space_find(self, frame) != NULL;
}

/**
 * umk_space_is_identity:
 * @self: a space
 * @frame: name of a frame
 *
 * Returns: whether vectors of @frame lie in the space as they are
 */
gboolean
umk_space_is_identity(UmkSpace *self, const char *frame)
{
    const UmkAligner *aligner;

    g_return_val_if_fail(self != NULL && frame != NULL, FALSE);
    aligner = _umk_space_find(self, frame);
    return aligner != NULL && aligner->identity;
}

/**
 * umk_space_join:
 * @self: a space
 * @frame: name of a frame
 * @n_dims: length of its vectors
 * @error: return location for an error
 *
 * Declares that vectors of @frame lie in the space as they are. Joining a frame that is
 * already in changes nothing.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION if the lengths differ
 */
gboolean
umk_space_join(UmkSpace *self, const char *frame, gsize n_dims, GError **error)
{
    UmkAligner *aligner;

    g_return_val_if_fail(self != NULL && frame != NULL && *frame != '\0', FALSE);
    aligner = _umk_space_find(self, frame);
    if (n_dims != (aligner != NULL ? aligner->n_dims : self->n_dims)) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("Vectors of “%s” have %zu numbers where the space “%s” expects %zu"), frame,
            n_dims, self->name, aligner != NULL ? aligner->n_dims : self->n_dims);
        return FALSE;
    }
    if (aligner != NULL)
        return TRUE;
    aligner = g_new0(UmkAligner, 1);
    aligner->frame = g_strdup(frame);
    aligner->n_dims = n_dims;
    aligner->identity = TRUE;
    _umk_space_take(self, aligner);
    return TRUE;
}

/**
 * umk_space_get_align_params: (skip)
 * @n_specs: (out): rows of the table
 *
 * Returns: (array length=n_specs) (transfer none): the options of umk_space_align()
 */
const UmkParamSpec *
umk_space_get_align_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = _umk_align_n_params;
    return _umk_align_params;
}

/**
 * umk_space_align:
 * @self: a space
 * @frame: name of the frame to join
 * @from: anchors as @frame has them, one a row
 * @to: the same anchors as the space has them, in the same order
 * @params: (nullable): from umk_space_get_align_params(); %NULL for the defaults
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Fits an aligner to anchor pairs and measures it on pairs held out by cross-validation;
 * see umk_space_dup_report(). Replaces the aligner @frame had.
 *
 * Returns: %FALSE on error; the space is then as it was
 */
gboolean
umk_space_align(UmkSpace *self,
                const char *frame,
                UmkMatrix *from,
                UmkMatrix *to,
                UmkParams *params,
                GCancellable *cancellable,
                GError **error)
{
    g_autoptr(UmkParams) own = NULL;
    UmkAligner *aligner;

    g_return_val_if_fail(self != NULL && frame != NULL && *frame != '\0', FALSE);
    g_return_val_if_fail(from != NULL && to != NULL, FALSE);
    g_return_val_if_fail(params == NULL || umk_params_has(params, "lambda"), FALSE);
    own = params != NULL ? umk_params_ref(params)
                         : umk_params_new(_umk_align_params, _umk_align_n_params);
    aligner = _umk_aligner_fit(self, frame, from, to, own, cancellable, error);
    if (aligner == NULL)
        return FALSE;
    _umk_space_take(self, aligner);
    return TRUE;
}

/**
 * umk_space_dup_report:
 * @self: a space
 * @frame: name of a frame
 *
 * How well the aligner of @frame fits: a JSON object with `method`, `n_anchors` and, all
 * on pairs held out by cross-validation, `r2`, `recall_at_1` and `recall_at_10` beside
 * `chance_at_1` and `chance_at_10` among `n_candidates`.
 *
 * Returns: (transfer full) (nullable): the report; %NULL without an aligner that was
 * fitted
 */
char *
umk_space_dup_report(UmkSpace *self, const char *frame)
{
    const UmkAligner *aligner;

    g_return_val_if_fail(self != NULL && frame != NULL, NULL);
    aligner = _umk_space_find(self, frame);
    return aligner != NULL ? g_strdup(aligner->report) : NULL;
}

void
_umk_normalize_row(float *row, gsize n)
{
    double square = 0.0;

    for (gsize i = 0; i < n; i++)
        square += (double) row[i] * (double) row[i];
    if (!(square > 0.0))
        return;
    square = 1.0 / sqrt(square);
    for (gsize i = 0; i < n; i++)
        row[i] = (float) ((double) row[i] * square);
}

/* out (n_out) += x (n) W (n, n_out), in one order */
static void
add_product(const float *x, gsize n, const float *w, gsize n_out, float *out)
{
    for (gsize i = 0; i < n; i++) {
        const float *row = w + i * n_out;
        float factor = x[i];

        for (gsize j = 0; j < n_out; j++)
            out[j] += factor * row[j];
    }
}

void
_umk_aligner_apply(
    const UmkAligner *self, const float *x, gsize n_out, float *scratch, float *y)
{
    if (self->normalize) {
        memcpy(scratch, x, self->n_dims * sizeof(float));
        _umk_normalize_row(scratch, self->n_dims);
        x = scratch;
    }
    if (self->identity) {
        memcpy(y, x, n_out * sizeof(float));
        return;
    }
    memcpy(y, self->bias, n_out * sizeof(float));
    add_product(x, self->n_dims, self->weight, n_out, y);
    if (self->n_hidden > 0) {
        float *hidden = scratch + self->n_dims;

        memcpy(hidden, self->hidden_bias, self->n_hidden * sizeof(float));
        add_product(x, self->n_dims, self->hidden, self->n_hidden, hidden);
        _umk_kernel_activate(UMK_ACTIVATION_GELU, hidden, self->n_hidden);
        add_product(hidden, self->n_hidden, self->bend, n_out, y);
    }
}

typedef struct {
    UmkSpace *space;
    const UmkAligner *aligner;
    UmkMatrix *vectors;
    float *out;
} MapJob;

static void
map_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const MapJob *job = data;
    gsize n_out = job->space->n_dims;
    g_autofree float *scratch =
        g_new(float, job->aligner->n_dims + job->aligner->n_hidden);

    for (gsize i = begin; i < end; i++) {
        float *y = job->out + i * n_out;

        _umk_aligner_apply(job->aligner, umk_matrix_get_row(job->vectors, i, NULL), n_out,
                           scratch, y);
        if (job->space->metric == UMK_METRIC_COSINE)
            _umk_normalize_row(y, n_out);
    }
}

static void
set_not_joined(UmkSpace *self, const char *frame, GError **error)
{
    g_auto(GStrv) frames = umk_space_list_frames(self);
    g_autofree char *list = g_strjoinv(", ", frames);

    if (*list == '\0')
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("No aligner joins “%s” to the space “%s”, which nothing has joined "
                      "yet; “umekomi train align” makes one from anchor pairs"),
                    frame, self->name);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("No aligner joins “%s” to the space “%s”, which joins only %s; "
                      "“umekomi train align” makes one from anchor pairs"),
                    frame, self->name, list);
}

/**
 * umk_space_map:
 * @self: a space
 * @frame: the frame the vectors are in
 * @vectors: one a row
 * @error: return location for an error
 *
 * Brings vectors into the space. Those of an identity frame are given back as they are;
 * the others are mapped and, under the cosine, brought to length 1.
 *
 * Returns: (transfer full): the vectors in the space; %NULL with %UMK_ERROR_NOT_FOUND if
 * no aligner joins @frame, with %UMK_ERROR_DIMENSION if they are of another length
 */
UmkMatrix *
umk_space_map(UmkSpace *self, const char *frame, UmkMatrix *vectors, GError **error)
{
    MapJob job = {self, NULL, vectors, NULL};
    gsize n_rows, n_cols;
    g_autoptr(GBytes) bytes = NULL;

    g_return_val_if_fail(self != NULL && frame != NULL && vectors != NULL, NULL);
    job.aligner = _umk_space_find(self, frame);
    if (job.aligner == NULL) {
        set_not_joined(self, frame, error);
        return NULL;
    }
    n_rows = umk_matrix_get_n_rows(vectors);
    n_cols = umk_matrix_get_n_cols(vectors);
    if (n_cols != job.aligner->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Vectors of %zu numbers were given for “%s”, which has %zu"),
                    n_cols, frame, job.aligner->n_dims);
        return NULL;
    }
    if (job.aligner->identity)
        return umk_matrix_ref(vectors);
    job.out = _umk_alloc_aligned(n_rows, self->n_dims * sizeof(float),
                                 _("Mapped vectors"), error);
    if (job.out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(job.out, n_rows * self->n_dims * sizeof(float));
    _umk_parallel_for(n_rows, MAP_CHUNK, map_rows, &job);
    return umk_matrix_new_from_bytes(n_rows, self->n_dims, bytes, error);
}
