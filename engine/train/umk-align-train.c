/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: choose a start, then epochs of shuffled batches, each by its own stream of
 * the seed, so that an epoch depends on nothing but the state before it. The weights with
 * the least validation loss win, the start among them: learning never makes a head worse
 * on the pairs it is judged by. A head that does not learn is fitted once more to
 * training and validation pairs together. The test part is not looked at here. */
#include "train/umk-align-train-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-rng-private.h"
#include "train/umk-adam-private.h"
#include "train/umk-align-state-private.h"
#include "train/umk-contrast-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define SAVE_EVERY       (10 * G_USEC_PER_SEC)
#define MOST_LOG_SCALE   4.605170185988092 /* log 100, as CLIP clips it */
#define MAX_JUDGED       4096              /* validation pairs in one block */
#define MAX_TEMPERATURES 5

/* Rows of one part, or of one batch, packed. */
typedef struct {
    gsize n;
    float *x, *y;
    guint32 *from, *to;
} Block;

typedef struct {
    const UmkAlignSettings *s;
    const UmkAlignPairs *pairs;
    UmkRun *run;
    guint32 *order; /* (n_train) rows that are learnt from */
    gsize n_train;
    gsize n_batches, n_steps; /* an epoch */
    Block batch, judged;
    float *cache, *out, *d_out; /* for the larger of the two blocks */
    float *gradient, *sum;      /* (n_weights) */
    UmkAlignState state;
} Trainer;

void
_umk_align_result_clear(UmkAlignResult *self)
{
    g_clear_pointer(&self->weights, g_free);
    g_clear_pointer(&self->curve, g_array_unref);
}

static gboolean
block_alloc(Block *self, const UmkHeadShape *shape, gsize most, GError **error)
{
    const char *what = _("A batch of pairs");

    self->from = g_new(guint32, MAX(most, 1));
    self->to = g_new(guint32, MAX(most, 1));
    return (self->x = _umk_alloc(most, shape->n_in * sizeof(float), what, error)) &&
           (self->y = _umk_alloc(most, shape->n_out * sizeof(float), what, error));
}

static void
block_clear(Block *self)
{
    g_free(self->x);
    g_free(self->y);
    g_free(self->from);
    g_free(self->to);
}

static void
block_add(Block *self, const UmkHeadShape *shape, const UmkAlignPairs *pairs, gsize row)
{
    memcpy(self->x + self->n * shape->n_in, pairs->x + row * shape->n_in,
           shape->n_in * sizeof(float));
    memcpy(self->y + self->n * shape->n_out, pairs->y + row * shape->n_out,
           shape->n_out * sizeof(float));
    self->from[self->n] = pairs->from[row];
    self->to[self->n++] = pairs->to[row];
}

static void
trainer_clear(Trainer *self)
{
    g_free(self->order);
    block_clear(&self->batch);
    block_clear(&self->judged);
    g_free(self->cache);
    g_free(self->out);
    g_free(self->d_out);
    g_free(self->gradient);
    g_free(self->sum);
    _umk_align_state_clear(&self->state);
}

static gsize
count_part(const UmkAlignPairs *pairs, UmkPart part)
{
    gsize n = 0;

    for (gsize i = 0; i < pairs->n; i++)
        n += pairs->parts[i] == part;
    return n;
}

static gboolean
trainer_init(Trainer *self, GError **error)
{
    const UmkHeadShape *shape = &self->s->shape;
    const UmkAlignPairs *pairs = self->pairs;
    gsize n_judged = MIN(count_part(pairs, UMK_PART_VALIDATION), MAX_JUDGED);
    gsize n_weights = _umk_head_count_weights(self->s->head, shape), most, at = 0;
    const char *what = _("A head in training");

    self->n_train = count_part(pairs, UMK_PART_TRAIN);
    if (self->n_train == 0 || n_judged == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("There are no pairs to learn from or to stop by"));
        return FALSE;
    }
    self->n_batches = (self->n_train + self->s->batch - 1) / self->s->batch;
    self->n_steps = (self->n_batches + self->s->accumulate - 1) / self->s->accumulate;
    most = MAX((self->n_train + self->n_batches - 1) / self->n_batches, n_judged);
    self->order = g_new(guint32, self->n_train);
    if (!block_alloc(&self->batch, shape, most, error) ||
        !block_alloc(&self->judged, shape, n_judged, error) ||
        !(self->cache = _umk_alloc(most, self->s->head->cache_size(shape) * sizeof(float),
                                   what, error)) ||
        !(self->out = _umk_alloc(most, shape->n_out * sizeof(float), what, error)) ||
        !(self->d_out = _umk_alloc(most, shape->n_out * sizeof(float), what, error)) ||
        !(self->gradient = _umk_alloc(n_weights, sizeof(float), what, error)) ||
        !(self->sum = _umk_alloc(n_weights, sizeof(float), what, error)))
        return FALSE;
    for (gsize i = 0; i < pairs->n; i++) {
        if (pairs->parts[i] == UMK_PART_TRAIN)
            self->order[at++] = (guint32) i;
        else if (pairs->parts[i] == UMK_PART_VALIDATION && self->judged.n < n_judged)
            block_add(&self->judged, shape, pairs, i);
    }
    return TRUE;
}

/* The loss of a block; with its gradient (d_out, in the trainer) if wanted. */
static double
contrast(Trainer *self,
         const float *weights,
         double log_scale,
         const Block *block,
         double *d_log_scale)
{
    GCancellable *cancellable = self->run ? self->run->cancellable : NULL;
    UmkContrastBatch batch = {self->out,       block->y, block->from,
                              block->to,       block->n, self->s->shape.n_out,
                              self->s->metric, log_scale};

    self->s->head->forward(&self->s->shape, weights, block->x, block->n, self->cache,
                           self->out, cancellable);
    if (g_cancellable_is_cancelled(cancellable))
        return 0.0;
    return _umk_contrast(&batch, d_log_scale != NULL ? self->d_out : NULL, d_log_scale,
                         cancellable);
}

/* ---- the start --------------------------------------------------------------------- */

static void
gather(const Trainer *self, gboolean validation_too, Block *out)
{
    for (gsize i = 0; i < self->pairs->n; i++)
        if (self->pairs->parts[i] == UMK_PART_TRAIN ||
            (validation_too && self->pairs->parts[i] == UMK_PART_VALIDATION))
            block_add(out, &self->s->shape, self->pairs, i);
}

/* The log scales to choose from: the one of the settings, or of several temperatures. */
static guint
list_log_scales(const UmkAlignSettings *s, double *out)
{
    static const double temperatures[MAX_TEMPERATURES] = {0.02, 0.05, 0.1, 0.2, 0.5};

    if (s->temperature > 0.0) {
        out[0] = log(1.0 / s->temperature);
        return 1;
    }
    for (guint i = 0; i < MAX_TEMPERATURES; i++)
        out[i] = log(1.0 / temperatures[i]);
    return MAX_TEMPERATURES;
}

static gboolean
try_starts(Trainer *self, UmkHeadPairs *from, GError **error)
{
    UmkAlignState *state = &self->state;
    double best = INFINITY, scales[MAX_TEMPERATURES];
    guint n_scales = list_log_scales(self->s, scales);

    for (guint i = 0; i < self->s->head->n_starts * n_scales; i++) {
        guint which = i / n_scales;
        double loss;

        if (!umk_run_check(self->run, error) ||
            (i % n_scales == 0 &&
             !self->s->head->start(&self->s->shape, from, which, state->weights, error)))
            return FALSE;
        loss = contrast(self, state->weights, scales[i % n_scales], &self->judged, NULL);
        if (!umk_run_check(self->run, error))
            return FALSE;
        if (loss < best) {
            best = loss;
            state->start = which;
            state->log_scale = state->best_log_scale = scales[i % n_scales];
            memcpy(state->best, state->weights, state->n_weights * sizeof(float));
        }
    }
    if (!isfinite(best)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                            _("No start of the head has a finite loss"));
        return FALSE;
    }
    memcpy(state->weights, state->best, state->n_weights * sizeof(float));
    return TRUE;
}

static gboolean
start_with(Trainer *self,
           gboolean validation_too,
           gboolean (*then)(Trainer *self, UmkHeadPairs *from, GError **error),
           GError **error)
{
    Block block = {0};
    UmkHeadPairs from = {.seed = self->s->seed};
    gboolean good = block_alloc(&block, &self->s->shape, self->pairs->n, error);

    if (good) {
        gather(self, validation_too, &block);
        from.x = block.x;
        from.y = block.y;
        from.n = block.n;
        good = then(self, &from, error);
    }
    g_clear_pointer(&from.ridge, _umk_ridge_free);
    block_clear(&block);
    return good;
}

static gboolean
start_again(Trainer *self, UmkHeadPairs *from, GError **error)
{
    return self->s->head->start(&self->s->shape, from, (guint) self->state.start,
                                self->state.best, error);
}

static gboolean
begin(Trainer *self, GError **error)
{
    UmkAlignState *state = &self->state;
    UmkAlignEpoch row = {0, 0.0, (double) NAN, 0.0};

    if (!_umk_align_state_alloc(
            state, _umk_head_count_weights(self->s->head, &self->s->shape), error))
        return FALSE;
    if (!start_with(self, FALSE, try_starts, error))
        return FALSE;
    row.validation =
        contrast(self, state->weights, state->log_scale, &self->judged, NULL);
    g_array_append_val(state->curve, row);
    return umk_run_check(self->run, error);
}

/* ---- epochs ------------------------------------------------------------------------ */

static void
shuffle(Trainer *self, guint64 epoch)
{
    gsize at = 0;
    UmkRng rng;

    for (gsize i = 0; i < self->pairs->n; i++)
        if (self->pairs->parts[i] == UMK_PART_TRAIN)
            self->order[at++] = (guint32) i;
    _umk_rng_init(&rng, self->s->seed, 1000 + epoch);
    for (gsize i = self->n_train; i > 1; i--) {
        gsize j = (gsize) _umk_rng_below(&rng, i);
        guint32 row = self->order[i - 1];

        self->order[i - 1] = self->order[j];
        self->order[j] = row;
    }
}

static void
take_batch(Trainer *self, gsize number)
{
    gsize from = number * self->n_train / self->n_batches;
    gsize to = (number + 1) * self->n_train / self->n_batches;

    self->batch.n = 0;
    for (gsize i = from; i < to; i++)
        block_add(&self->batch, &self->s->shape, self->pairs, self->order[i]);
}

/* The mean gradient of some batches -> one step of every weight. */
static void
take_step(Trainer *self, gsize n_batches, double d_log_scale)
{
    UmkHeadBlock blocks[UMK_HEAD_MAX_BLOCKS];
    UmkAlignState *state = &self->state;
    guint n_blocks = self->s->head->list_blocks(&self->s->shape, blocks);
    guint64 n_all = (guint64) self->n_steps * self->s->n_epochs;
    guint64 n_warm = (guint64) ceil(self->s->warmup * (double) n_all);
    UmkAdamStep step = {.step = ++state->step};
    gsize at = 0;

    step.rate = self->s->rate * _umk_rate_at(state->step, n_all, MAX(n_warm, 1));
    for (gsize i = 0; i < state->n_weights; i++)
        self->sum[i] = (float) ((double) self->sum[i] / (double) n_batches);
    for (guint i = 0; i < n_blocks; i++) {
        gsize n = blocks[i].rows * blocks[i].cols;

        step.decay = blocks[i].decays ? self->s->decay : 0.0;
        _umk_adam_step(&step, self->sum + at, state->mean + at, state->square + at,
                       state->weights + at, n);
        at += n;
    }
    if (self->s->learn_temperature) {
        float numbers[] = {(float) (d_log_scale / (double) n_batches),
                           (float) state->scale_mean, (float) state->scale_square,
                           (float) state->log_scale};

        step.decay = 0.0;
        _umk_adam_step(&step, numbers, numbers + 1, numbers + 2, numbers + 3, 1);
        state->scale_mean = (double) numbers[1];
        state->scale_square = (double) numbers[2];
        state->log_scale = MIN((double) numbers[3], MOST_LOG_SCALE);
    }
}

static gboolean
run_epoch(Trainer *self, UmkAlignEpoch *row, GError **error)
{
    UmkAlignState *state = &self->state;
    GCancellable *cancellable = self->run ? self->run->cancellable : NULL;
    gsize n_summed = 0;
    double d_sum = 0.0;

    for (gsize b = 0; b < self->n_batches; b++) {
        double d_log_scale = 0.0;

        if (n_summed == 0)
            memset(self->sum, 0, state->n_weights * sizeof(float));
        take_batch(self, b);
        row->train +=
            contrast(self, state->weights, state->log_scale, &self->batch, &d_log_scale) /
            (double) self->n_batches;
        if (!umk_run_check(self->run, error))
            return FALSE;
        self->s->head->backward(&self->s->shape, state->weights, self->batch.x,
                                self->batch.n, self->cache, self->d_out, self->gradient,
                                cancellable);
        if (!umk_run_check(self->run, error))
            return FALSE;
        for (gsize i = 0; i < state->n_weights; i++)
            self->sum[i] += self->gradient[i];
        d_sum += d_log_scale;
        if (++n_summed == self->s->accumulate || b + 1 == self->n_batches) {
            take_step(self, n_summed, d_sum);
            n_summed = 0;
            d_sum = 0.0;
        }
    }
    return TRUE;
}

static gboolean
finish_epoch(Trainer *self, UmkAlignEpoch *row, GError **error)
{
    UmkAlignState *state = &self->state;
    guint64 n_all = (guint64) self->n_steps * self->s->n_epochs;
    double best =
        g_array_index(state->curve, UmkAlignEpoch, state->best_epoch).validation;

    row->step = state->step;
    row->rate = self->s->rate *
                _umk_rate_at(state->step, n_all,
                             MAX((guint64) ceil(self->s->warmup * (double) n_all), 1));
    row->validation =
        contrast(self, state->weights, state->log_scale, &self->judged, NULL);
    if (!umk_run_check(self->run, error))
        return FALSE;
    if (!isfinite(row->train) || !isfinite(row->validation)) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
            _("The loss is no longer a number after %u epochs; a smaller rate may "
              "help"),
            state->curve->len);
        return FALSE;
    }
    if (row->validation < best) {
        state->best_epoch = state->curve->len;
        state->best_log_scale = state->log_scale;
        memcpy(state->best, state->weights, state->n_weights * sizeof(float));
    }
    g_array_append_val(state->curve, *row);
    return TRUE;
}

static gboolean
is_stopped(const Trainer *self)
{
    return self->s->patience > 0 &&
           self->state.curve->len - 1 - self->state.best_epoch >= self->s->patience;
}

/* Epochs until the last or until nothing gets better. On cancelling, saved is the state
 * to go on from. */
static gboolean
run_epochs(Trainer *self, const UmkAlignCheckpoint *checkpoint, GError **error)
{
    UmkAlignState *state = &self->state;
    gint64 saved_at = g_get_monotonic_time();

    while (state->curve->len <= self->s->n_epochs && !is_stopped(self)) {
        UmkAlignEpoch row = {0};
        g_autoptr(GBytes) before =
            checkpoint != NULL ? _umk_align_state_to_bytes(state) : NULL;
        gboolean done;

        if (before != NULL && g_get_monotonic_time() - saved_at > SAVE_EVERY) {
            if (!checkpoint->save(checkpoint->data, before, error))
                return FALSE;
            saved_at = g_get_monotonic_time();
        }
        umk_run_report(self->run, _("Learning"),
                       (double) (state->curve->len - 1) / (double) self->s->n_epochs);
        shuffle(self, state->curve->len);
        done = run_epoch(self, &row, error) && finish_epoch(self, &row, error);
        if (!done && before != NULL)
            checkpoint->save(checkpoint->data, before, NULL);
        if (!done)
            return FALSE;
    }
    return TRUE;
}

/* ---- the whole --------------------------------------------------------------------- */

static gboolean
go_on(Trainer *self, GBytes *bytes, GError **error)
{
    guint8 digest[UMK_ALIGN_DIGEST_SIZE];
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);

    if (!_umk_align_state_parse(&self->state, data, length, error))
        return FALSE;
    _umk_align_state_digest(self->s, self->pairs, digest);
    if (memcmp(digest, self->state.digest, sizeof digest) == 0 &&
        self->state.n_weights == _umk_head_count_weights(self->s->head, &self->s->shape))
        return TRUE;
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("The state that was left is of a training with other pairs or "
                          "options"));
    return FALSE;
}

static void
set_result(const Trainer *self, UmkAlignResult *result)
{
    const UmkAlignState *state = &self->state;

    result->n_weights = state->n_weights;
    result->weights = g_memdup2(state->best, state->n_weights * sizeof(float));
    result->start = (guint) state->start;
    result->best_epoch = (guint) state->best_epoch;
    result->stopped = is_stopped(self);
    result->temperature = exp(-state->best_log_scale);
    result->curve = g_array_ref(state->curve);
}

static gboolean
train(Trainer *self, const UmkAlignCheckpoint *checkpoint, GError **error)
{
    if (!trainer_init(self, error))
        return FALSE;
    if (checkpoint != NULL && checkpoint->state != NULL) {
        if (!go_on(self, checkpoint->state, error))
            return FALSE;
    } else if (!begin(self, error)) {
        return FALSE;
    }
    _umk_align_state_digest(self->s, self->pairs, self->state.digest);
    if (!self->s->head->learns)
        return start_with(self, TRUE, start_again, error);
    return run_epochs(self, checkpoint, error);
}

gboolean
_umk_align_train(const UmkAlignSettings *settings,
                 const UmkAlignPairs *pairs,
                 const UmkAlignCheckpoint *checkpoint,
                 UmkRun *run,
                 UmkAlignResult *result,
                 GError **error)
{
    Trainer self = {.s = settings, .pairs = pairs, .run = run};
    gboolean done = train(&self, checkpoint, error);

    if (done)
        set_result(&self, result);
    trainer_clear(&self);
    return done;
}

void
_umk_align_map(const UmkAlignSettings *settings,
               const float *weights,
               const float *x,
               gsize n,
               float *out)
{
    g_autofree float *cache =
        g_new(float, MAX(n * settings->head->cache_size(&settings->shape), 1));

    settings->head->forward(&settings->shape, weights, x, n, cache, out, NULL);
}
