/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins rooms that may not know one another: a head is trained (train) and measured
 * (eval), and becomes an aligner of a space. Files of states are read and written here.
 */
#include "facade/umk-train-align-private.h"

#include "core/umk-alloc-private.h"
#include "io/umk-pairs-private.h"
#include "linalg/umk-kernels-private.h"

#include <umekomi/umekomi.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <string.h>

#define MAX_PAIRS ((gsize) 10000000)

static const char *const head_names[] = {"linear", "procrustes", "ridge", "mlp", NULL};

static const UmkParamSpec align_params[] = {
    {"head", UMK_PARAM_CHOICE, N_("Head"),
     N_("Procrustes only turns and needs few pairs; ridge is the best straight map; "
        "linear "
        "goes on from it by contrast; mlp may bend as well and needs the most"),
     0, 3, 0, head_names},
    {"normalize", UMK_PARAM_BOOL, N_("Normalise"),
     N_("Bring vectors to length 1 before they are mapped"), 0, 1, 1, NULL},
    {"held-out", UMK_PARAM_DOUBLE, N_("Held out"),
     N_("Share of the pairs that only measure the finished head"), 0.01, 0.9, 0.2, NULL},
    {"validation", UMK_PARAM_DOUBLE, N_("Validation"),
     N_("Share of the other pairs that choose the penalty and when to stop"), 0.01, 0.9,
     0.15, NULL},
    {"hidden", UMK_PARAM_INT, N_("Hidden units"), N_("Width of the bend of an mlp"), 1,
     16384, 256, NULL},
    {"temperature", UMK_PARAM_DOUBLE, N_("Temperature"),
     N_("Small ones look at the nearest wrong answers, large ones at all; 0 takes the "
        "one "
        "that validation pairs like best"),
     0, 100, 0, NULL},
    {"learn-temperature", UMK_PARAM_BOOL, N_("Learn the temperature"),
     N_("Let the temperature be learnt with the weights"), 0, 1, 0, NULL},
    {"batch", UMK_PARAM_INT, N_("Batch"),
     N_("Pairs that are told apart from one another in a step"), 2, 8192, 256, NULL},
    {"accumulate", UMK_PARAM_INT, N_("Accumulate"),
     N_("Batches whose gradients make one step; wrong answers still come from one batch"),
     1, 1024, 1, NULL},
    {"epochs", UMK_PARAM_INT, N_("Epochs"), N_("Times each pair is seen, at most"), 1,
     100000, 100, NULL},
    {"patience", UMK_PARAM_INT, N_("Patience"),
     N_("Stop after so many epochs without a better validation loss; 0 never stops "
        "early"),
     0, 100000, 10, NULL},
    {"rate", UMK_PARAM_DOUBLE, N_("Learning rate"),
     N_("Size of a step after the warm-up; it falls to 0 along half a cosine"), 1e-8, 1,
     0.001, NULL},
    {"warmup", UMK_PARAM_DOUBLE, N_("Warm-up"),
     N_("Share of all steps over which the rate rises"), 0, 0.9, 0.1, NULL},
    {"decay", UMK_PARAM_DOUBLE, N_("Weight decay"),
     N_("Pulls the maps towards 0 at each step, times the rate"), 0, 10, 0.01, NULL},
    {"seed", UMK_PARAM_INT, N_("Seed"), N_("The same seed gives the same head"), 0,
     0x1p53, 42, NULL},
};

/**
 * umk_train_get_align_params: (skip)
 * @n_specs: (out): rows of the table
 *
 * Returns: (array length=n_specs) (transfer none): the options of umk_train_align()
 */
const UmkParamSpec *
umk_train_get_align_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(align_params);
    return align_params;
}

/* The pairs as the trainer wants them, and the matrices they came from, normalised. */
typedef struct {
    UmkMatrix *from, *to;
    float *x, *y;
    guint32 *from_groups, *to_groups;
    guint8 *parts;
    UmkAlignSettings settings;
    UmkAlignPairs pairs;
    UmkAlignOutcome outcome;
} Job;

static void
job_clear(Job *self)
{
    g_clear_pointer(&self->from, umk_matrix_unref);
    g_clear_pointer(&self->to, umk_matrix_unref);
    g_free(self->from_groups);
    g_free(self->to_groups);
    g_free(self->parts);
}

static UmkMatrix *
copy_matrix(UmkMatrix *matrix, gboolean normalize, float **data, GError **error)
{
    gsize n = umk_matrix_get_n_rows(matrix), d = umk_matrix_get_n_cols(matrix);
    float *copy = _umk_alloc_aligned(n, d * sizeof(float), _("A set of pairs"), error);
    g_autoptr(GBytes) bytes = NULL;

    if (copy == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(copy, n * d * sizeof(float));
    for (gsize i = 0; i < n; i++) {
        memcpy(copy + i * d, umk_matrix_get_row(matrix, i, NULL), d * sizeof(float));
        if (normalize)
            _umk_kernel_normalize(copy + i * d, d);
    }
    *data = copy;
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}

static gboolean
check(UmkSpace *space, UmkMatrix *from, UmkMatrix *to, GError **error)
{
    gsize n = umk_matrix_get_n_rows(from), n_in = umk_matrix_get_n_cols(from);

    if (umk_matrix_get_n_rows(to) != n || n > MAX_PAIRS || n_in == 0 ||
        umk_matrix_get_n_cols(to) != umk_space_get_n_dims(space) ||
        n_in > UMK_SPACE_MAX_DIMS) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("Pairs of %zu × %zu and %zu × %zu numbers do not fit a space of %zu "
              "dimensions"),
            n, n_in, umk_matrix_get_n_rows(to), umk_matrix_get_n_cols(to),
            umk_space_get_n_dims(space));
        return FALSE;
    }
    return umk_matrix_check_finite(from, error) && umk_matrix_check_finite(to, error);
}

static void
read_settings(Job *self, UmkSpace *space, UmkParams *params, gsize n_in)
{
    UmkAlignSettings *s = &self->settings;

    s->head = _umk_head_find(umk_params_get_string(params, "head"));
    s->shape.n_in = n_in;
    s->shape.n_out = umk_space_get_n_dims(space);
    s->metric = umk_space_get_metric(space);
    s->batch = (gsize) umk_params_get_int(params, "batch");
    s->accumulate = (guint) umk_params_get_int(params, "accumulate");
    s->n_epochs = (guint) umk_params_get_int(params, "epochs");
    s->patience = (guint) umk_params_get_int(params, "patience");
    s->rate = umk_params_get_double(params, "rate");
    s->warmup = umk_params_get_double(params, "warmup");
    s->decay = umk_params_get_double(params, "decay");
    s->temperature = umk_params_get_double(params, "temperature");
    s->learn_temperature = umk_params_get_bool(params, "learn-temperature");
    s->seed = (guint64) umk_params_get_int(params, "seed");
    self->outcome.normalize = umk_params_get_bool(params, "normalize");
    self->outcome.held_out = umk_params_get_double(params, "held-out");
    self->outcome.validation = umk_params_get_double(params, "validation");
}

static gboolean
job_init(Job *self,
         UmkSpace *space,
         UmkMatrix *from,
         UmkMatrix *to,
         UmkParams *params,
         GError **error)
{
    gsize n = umk_matrix_get_n_rows(from);

    read_settings(self, space, params, umk_matrix_get_n_cols(from));
    if (self->settings.head->has_hidden)
        self->settings.shape.n_hidden = (gsize) umk_params_get_int(params, "hidden");
    self->from = copy_matrix(from, self->outcome.normalize, &self->x, error);
    self->to = self->from ? copy_matrix(to, self->settings.metric == UMK_METRIC_COSINE,
                                        &self->y, error)
                          : NULL;
    if (self->to == NULL)
        return FALSE;
    self->from_groups = g_new(guint32, MAX(n, 1));
    self->to_groups = g_new(guint32, MAX(n, 1));
    self->parts = g_new0(guint8, MAX(n, 1));
    self->outcome.n_from =
        _umk_group_rows(self->x, n, self->settings.shape.n_in, self->from_groups);
    self->outcome.n_to =
        _umk_group_rows(self->y, n, self->settings.shape.n_out, self->to_groups);
    self->pairs = (UmkAlignPairs){
        n, self->x, self->y, self->from_groups, self->to_groups, self->parts};
    return _umk_align_split(self->from_groups, self->to_groups, n, self->outcome.held_out,
                            self->outcome.validation, self->settings.seed, self->parts,
                            error);
}

/* ---- measuring --------------------------------------------------------------------- */

/* One candidate a group, of the test part or of all; the right one of each test pair. */
static UmkMatrix *
list_candidates(const Job *self,
                UmkMatrix *vectors,
                const guint32 *groups,
                gboolean among_all,
                guint32 *right,
                GError **error)
{
    g_autofree guint64 *rows = g_new(guint64, self->pairs.n);
    g_autofree guint32 *places = g_new(guint32, self->pairs.n);
    gsize n = 0, at = 0;

    for (gsize i = 0; i < self->pairs.n; i++)
        places[i] = G_MAXUINT32;
    for (gsize i = 0; i < self->pairs.n; i++) {
        if ((!among_all && self->parts[i] != UMK_PART_TEST) ||
            places[groups[i]] != G_MAXUINT32)
            continue;
        places[groups[i]] = (guint32) n;
        rows[n++] = i;
    }
    for (gsize i = 0; i < self->pairs.n; i++)
        if (self->parts[i] == UMK_PART_TEST)
            right[at++] = places[groups[i]];
    return umk_matrix_select_rows(vectors, rows, n, error);
}

static UmkMatrix *
select_test(const Job *self, UmkMatrix *vectors, GError **error)
{
    g_autofree guint64 *rows = g_new(guint64, self->pairs.n);
    gsize n = 0;

    for (gsize i = 0; i < self->pairs.n; i++)
        if (self->parts[i] == UMK_PART_TEST)
            rows[n++] = i;
    return umk_matrix_select_rows(vectors, rows, n, error);
}

static gboolean
measure_one(const Job *self,
            UmkMatrix *from,
            const UmkAlignMeasure *measure,
            UmkRecall *recall,
            GCancellable *cancellable,
            GError **error)
{
    g_autofree guint32 *right = g_new(guint32, self->pairs.n);
    g_autoptr(UmkMatrix) queries =
        select_test(self, measure->backwards ? self->to : from, error);
    g_autoptr(UmkMatrix) candidates =
        queries
            ? list_candidates(self, measure->backwards ? from : self->to,
                              measure->backwards ? self->from_groups : self->to_groups,
                              measure->among_all, right, error)
            : NULL;

    return candidates != NULL &&
           umk_recall_measure(queries, candidates, right, self->settings.metric, recall,
                              cancellable, error);
}

static gboolean
measure(Job *self,
        const UmkAlignResult *result,
        GCancellable *cancellable,
        GError **error)
{
    gsize n = self->pairs.n, n_out = self->settings.shape.n_out;
    float *mapped =
        _umk_alloc_aligned(n, n_out * sizeof(float), _("Mapped vectors"), error);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(UmkMatrix) after = NULL;

    if (mapped == NULL)
        return FALSE;
    bytes = _umk_bytes_new_aligned(mapped, n * n_out * sizeof(float));
    _umk_align_map(&self->settings, result->weights, self->x, n, mapped);
    after = umk_matrix_new_from_bytes(n, n_out, bytes, error);
    if (after == NULL)
        return FALSE;
    for (guint i = 0; i < UMK_ALIGN_MEASURES; i++) {
        UmkAlignMeasure *m = &self->outcome.measures[i];

        m->backwards = i >= 2;
        m->among_all = i % 2 == 1;
        m->has_before = self->settings.shape.n_in == n_out;
        if ((m->has_before &&
             !measure_one(self, self->from, m, &m->before, cancellable, error)) ||
            !measure_one(self, after, m, &m->after, cancellable, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- states ------------------------------------------------------------------------ */

static gboolean
save_state(gpointer data, GBytes *state, GError **error)
{
    gsize size;
    const char *bytes = g_bytes_get_data(state, &size);

    return g_file_set_contents(data, bytes, (gssize) size, error);
}

static gboolean
read_state(const char *path, GBytes **state, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!g_file_get_contents(path, &bytes, &size, error))
        return FALSE;
    *state = g_bytes_new_take(g_steal_pointer(&bytes), size);
    return TRUE;
}

static gboolean
train(Job *self,
      const char *checkpoint,
      UmkRun *run,
      UmkAlignResult *result,
      GError **error)
{
    g_autofree char *path = g_strdup(checkpoint);
    g_autoptr(GBytes) state = NULL;
    UmkAlignCheckpoint keep = {save_state, path, NULL};

    if (checkpoint == NULL || !self->settings.head->learns)
        return _umk_align_train(&self->settings, &self->pairs, NULL, run, result, error);
    if (!read_state(checkpoint, &state, error))
        return FALSE;
    keep.state = state;
    if (_umk_align_train(&self->settings, &self->pairs, &keep, run, result, error)) {
        g_unlink(checkpoint);
        return TRUE;
    }
    if (state != NULL && error != NULL && *error != NULL &&
        !g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_prefix_error(error, "%s: ", checkpoint);
    return FALSE;
}

static gboolean
run_job(Job *self,
        UmkSpace *space,
        const char *frame,
        const char *checkpoint,
        char **report,
        UmkRun *run,
        GError **error)
{
    g_auto(UmkAlignResult) result = {0};
    UmkAligner *aligner;

    if (!train(self, checkpoint, run, &result, error) ||
        !measure(self, &result, run->cancellable, error))
        return FALSE;
    self->outcome.frame = frame;
    self->outcome.space = umk_space_get_name(space);
    self->outcome.settings = &self->settings;
    self->outcome.pairs = &self->pairs;
    self->outcome.result = &result;
    aligner = g_new0(UmkAligner, 1);
    aligner->frame = g_strdup(frame);
    aligner->n_dims = self->settings.shape.n_in;
    aligner->normalize = self->outcome.normalize;
    aligner->report = _umk_align_summary(&self->outcome);
    self->settings.head->export(&self->settings.shape, result.weights, aligner);
    _umk_space_take(space, aligner);
    if (report != NULL)
        *report = _umk_align_report(&self->outcome);
    return TRUE;
}

/**
 * umk_train_read_pairs:
 * @path: (type filename): a table of two columns, parted by tabs, a pair a line
 * @from: (out) (array zero-terminated=1) (transfer full): the left cells
 * @to: (out) (array zero-terminated=1) (transfer full): the right cells
 * @lines: (out) (array length=n_pairs) (transfer full): the line each pair stands in
 * @n_pairs: (out): how many pairs
 * @problems: (out) (element-type utf8) (transfer full): "line N: why" for each line that
 *   was left out
 * @error: return location for an error
 *
 * Reads a file of pairs. A first line with the cells "from" and "to" names the columns,
 * of which there may then be others; without it each line has two cells. Lines that are
 * one-sided, of another number of cells, no UTF-8, or the repetition of an earlier pair
 * are left out.
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA if no line is a pair
 */
gboolean
umk_train_read_pairs(const char *path,
                     char ***from,
                     char ***to,
                     guint64 **lines,
                     gsize *n_pairs,
                     GPtrArray **problems,
                     GError **error)
{
    g_autoptr(GMappedFile) file = NULL;
    UmkPairs *pairs;
    const char *data;

    g_return_val_if_fail(path != NULL && from != NULL && to != NULL && lines != NULL &&
                             n_pairs != NULL && problems != NULL,
                         FALSE);
    file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL)
        return FALSE;
    data = g_mapped_file_get_contents(file);
    pairs =
        _umk_pairs_parse(data != NULL ? data : "", g_mapped_file_get_length(file), error);
    if (pairs == NULL) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    *n_pairs = pairs->lines->len;
    g_ptr_array_add(pairs->from, NULL);
    g_ptr_array_add(pairs->to, NULL);
    *from = (char **) g_ptr_array_steal(pairs->from, NULL);
    *to = (char **) g_ptr_array_steal(pairs->to, NULL);
    *lines = (guint64 *) (gpointer) g_array_steal(pairs->lines, NULL);
    *problems = g_ptr_array_ref(pairs->problems);
    _umk_pairs_free(pairs);
    return TRUE;
}

/**
 * umk_train_align:
 * @space: a space
 * @frame: name of the frame to join to it
 * @from: shape (n × d) vectors of @frame, one a pair
 * @to: shape (n × dimensions of @space) what each of them should become
 * @params: (nullable): from umk_train_get_align_params(); %NULL for the defaults
 * @checkpoint: (nullable) (type filename): where a head that learns leaves its state, at
 *   times and when it is cancelled, and takes it up again; removed at the end
 * @report: (out) (optional) (transfer full): a JSON object, see below
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Learns a head that maps @frame into @space from pairs, and measures it on pairs it has
 * not seen. Pairs that share a vector stay on one side of the split. Heads that learn
 * minimise symmetric InfoNCE with AdamW, from the ridge solution on, and keep the weights
 * with the least loss on validation pairs. Replaces the aligner @frame had.
 *
 * The report has `head`, `settings`, `split` (a letter a pair: t to learn from, v to
 * validate, h held out), `curve` (loss by epoch) and `recall`: for both directions, among
 * held-out and among all vectors, recall at 1, 5 and 10 and the median rank `before`
 * (where both sides are as long), `after` and by `chance`, beside `candidates`.
 *
 * The same vectors, params and seed give the same bytes, whatever the number of threads
 * and however often it was interrupted.
 *
 * Returns: %FALSE on error; @space is then as it was
 */
gboolean
umk_train_align(UmkSpace *space,
                const char *frame,
                UmkMatrix *from,
                UmkMatrix *to,
                UmkParams *params,
                const char *checkpoint,
                char **report,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkParams) own = NULL;
    Job job = {0};
    gboolean done;

    g_return_val_if_fail(space != NULL && frame != NULL && *frame != '\0', FALSE);
    g_return_val_if_fail(from != NULL && to != NULL, FALSE);
    g_return_val_if_fail(params == NULL || umk_params_has(params, "head"), FALSE);
    own = params != NULL ? umk_params_ref(params)
                         : umk_params_new(align_params, G_N_ELEMENTS(align_params));
    _umk_run_init(&run, cancellable, progress, progress_data);
    done = check(space, from, to, error) && job_init(&job, space, from, to, own, error) &&
           run_job(&job, space, frame, checkpoint, report, &run, error);
    job_clear(&job);
    return done;
}
