/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skip-gram with negative sampling (Mikolov et al., NIPS 2013), with word2vec's shrinking
 * window, unigram^0.75 noise and linear decay; deterministic at any number of threads.
 *
 * How. Words are dealt by falling frequency, to and fro, into P shards; P follows from
 * the number of words alone. The corpus is cut in episodes. An episode's (context,
 * centre) pairs are sorted, stably, into P x P cells by the shard of the context and that
 * of the centre. Then come P rounds; round r trains the cells (i, (i + r) mod P), i =
 * 0..P-1, at once. A cell reads and writes input rows of shard i and output rows of shard
 * j only, and draws its negatives from shard j (as GraphVite does, Zhu et al., WWW 2019),
 * so cells of a round share no row, need no lock, and each is a sequential SGD in a fixed
 * order with its own generator. Nothing is averaged, delayed or torn, whoever runs it.
 * Two shards' rows are also small enough to stay in a core's cache.
 *
 * What it costs: a pair is trained a little out of order inside its episode, and noise is
 * drawn by frequency within a shard of at least MIN_SHARD words rather than over all. */
#include "train/umk-sgns-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "train/umk-sgns-kernel-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_SHARDS     16
#define MIN_SHARD      256
#define CHUNK_TOKENS   2048
#define EPISODE_TOKENS 131072
#define MIN_EPISODES   64
#define CACHE_TOKENS   ((guint64) 16 << 20)
#define LANES          16
#define LEAST_RATE     1e-4
#define INIT_STREAM    G_GUINT64_CONSTANT(0x5bd1e995c0ffee01)
#define CELL_STREAM    G_GUINT64_CONSTANT(0x2545f4914f6cdd1d)

/* The pairs of one chunk of sequences, sorted by cell. */
typedef struct {
    UmkSgnsPair *pairs;
    gsize room;
    gsize starts[MAX_SHARDS * MAX_SHARDS + 1];
} UmkSgnsChunk;

typedef struct {
    const UmkSgnsCorpus *corpus;
    const UmkSgnsParams *params;
    UmkSgnsKernel kernel;
    gsize n_shards, shard_rows, stride;
    guint32 *places;   /* (n_words) word -> shard * shard_rows + row */
    gsize *shard_used; /* (n_shards) */
    float *inputs;     /* (n_shards * shard_rows, stride) */
    float *outputs;
    UmkSgnsNoise *noise; /* (n_shards * shard_rows) */
    guint32 *tokens;     /* of the episode, or of the whole corpus when it fits */
    gboolean all_tokens;
    gsize chunk_sequences, episode_sequences;
    UmkSgnsChunk *chunks;
    gsize n_chunks;
    /* the episode at work */
    guint64 first; /* its first sequence */
    gsize count;
    guint64 number;
    guint epoch;
    gsize round;
    float rate_from, rate_to;
    double cell_loss[MAX_SHARDS * MAX_SHARDS];
    guint64 cell_n_loss[MAX_SHARDS * MAX_SHARDS];
    gboolean no_memory;
} UmkSgnsState;

void
_umk_sgns_report_clear(UmkSgnsReport *report)
{
    g_clear_pointer(&report->losses, g_array_unref);
}

/* ---- vocabulary ------------------------------------------------------------------ */

static gsize
choose_n_shards(guint32 n_words)
{
    gsize n = 1;

    while (n < MAX_SHARDS && n_words / (n * 2) >= MIN_SHARD)
        n *= 2;
    return n;
}

typedef struct {
    guint64 count;
    guint32 word;
} UmkWordCount;

static int
compare_counts(const void *a, const void *b)
{
    const UmkWordCount *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->word < y->word ? -1 : 1;
}

/* Walker's alias table over the n weights of a shard. */
static void
build_noise(UmkSgnsNoise *out, double *weights, gsize n, guint32 *stack)
{
    double sum = 0.0;
    gsize n_small = 0, n_large = 0;

    for (gsize i = 0; i < n; i++)
        sum += weights[i];
    for (gsize i = 0; i < n; i++) {
        weights[i] = sum > 0.0 ? weights[i] * (double) n / sum : 1.0;
        if (weights[i] < 1.0)
            stack[n_small++] = (guint32) i;
        else
            stack[n - ++n_large] = (guint32) i;
    }
    while (n_small > 0 && n_large > 0) {
        guint32 small = stack[--n_small], large = stack[n - n_large];

        out[small].keep = (guint32) MIN(weights[small] * 0x1p32, (double) G_MAXUINT32);
        out[small].alias = large;
        weights[large] -= 1.0 - weights[small];
        if (weights[large] < 1.0) {
            n_large--;
            stack[n_small++] = large;
        }
    }
    while (n_large > 0) {
        guint32 large = stack[n - n_large--];

        out[large] = (UmkSgnsNoise){G_MAXUINT32, large};
    }
    while (n_small > 0) {
        guint32 small = stack[--n_small];

        out[small] = (UmkSgnsNoise){G_MAXUINT32, small};
    }
}

/* Deals the words into shards and makes each shard's noise. */
static void
deal_words(UmkSgnsState *self, const guint64 *counts)
{
    guint32 n_words = self->corpus->n_words;
    g_autofree UmkWordCount *order = g_new(UmkWordCount, (gsize) n_words + 1);
    g_autofree double *weights = g_new0(double, self->n_shards * self->shard_rows);
    g_autofree guint32 *stack = g_new(guint32, self->shard_rows);

    for (guint32 w = 0; w < n_words; w++)
        order[w] = (UmkWordCount){counts[w], w};
    qsort(order, n_words, sizeof *order, compare_counts);
    for (gsize i = 0; i < n_words; i++) {
        gsize lap = i / self->n_shards, step = i % self->n_shards;
        gsize shard = lap % 2 == 0 ? step : self->n_shards - 1 - step;
        gsize place = shard * self->shard_rows + self->shard_used[shard]++;

        self->places[order[i].word] = (guint32) place;
        weights[place] = pow((double) order[i].count, 0.75);
    }
    for (gsize s = 0; s < self->n_shards; s++)
        build_noise(self->noise + s * self->shard_rows, weights + s * self->shard_rows,
                    self->shard_used[s], stack);
}

static void
init_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkSgnsState *self = data;
    gsize n_dims = self->params->n_dims;

    for (gsize w = begin; w < end; w++) {
        float *row = self->inputs + self->places[w] * self->stride;
        UmkRng rng;

        _umk_rng_init(&rng, self->params->seed ^ INIT_STREAM, w);
        for (gsize i = 0; i < n_dims; i++)
            row[i] = (float) ((_umk_rng_uniform(&rng) - 0.5) / (double) n_dims);
    }
}

/* ---- pairs ----------------------------------------------------------------------- */

/* Walks over the pairs of a sequence: counts them when out is NULL, else writes them. */
static void
scan_sequence(const UmkSgnsState *self,
              guint64 sequence,
              const guint32 *tokens,
              gsize *cells,
              UmkSgnsPair *out)
{
    gsize length = 0, window = self->params->window;
    UmkRng rng;

    while (length < self->corpus->sequence_length && tokens[length] != UMK_SGNS_END)
        length++;
    _umk_rng_init(&rng, self->params->seed + self->epoch * CELL_STREAM, sequence);
    for (gsize i = 0; i < length; i++) {
        gsize reach = 1 + (gsize) _umk_rng_below(&rng, window);
        gsize from = i > reach ? i - reach : 0, to = MIN(i + reach, length - 1);
        gsize centre = self->places[tokens[i]];
        gsize column = centre / self->shard_rows;

        for (gsize j = from; j <= to; j++) {
            gsize context, cell;

            if (j == i)
                continue;
            context = self->places[tokens[j]];
            cell = context / self->shard_rows * self->n_shards + column;
            if (out != NULL)
                out[cells[cell]] = (UmkSgnsPair){(guint32) (context % self->shard_rows),
                                                 (guint32) (centre % self->shard_rows)};
            cells[cell]++;
        }
    }
}

static void
scan_chunk(
    const UmkSgnsState *self, gsize begin, gsize end, gsize *cells, UmkSgnsPair *out)
{
    gsize length = self->corpus->sequence_length;
    const guint32 *tokens = self->tokens;

    if (self->all_tokens)
        tokens += self->first * length;
    for (gsize s = begin; s < end; s++)
        scan_sequence(self, self->first + s, tokens + s * length, cells, out);
}

static void
make_pairs(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkSgnsState *self = data;
    UmkSgnsChunk *chunk = &self->chunks[begin / self->chunk_sequences];
    gsize n_cells = self->n_shards * self->n_shards, sum = 0;
    gsize cells[MAX_SHARDS * MAX_SHARDS] = {0};

    scan_chunk(self, begin, end, cells, NULL);
    for (gsize c = 0; c < n_cells; c++) {
        chunk->starts[c] = sum;
        sum += cells[c];
        cells[c] = chunk->starts[c];
    }
    chunk->starts[n_cells] = sum;
    if (sum > chunk->room) {
        g_free(chunk->pairs);
        chunk->room = sum + sum / 8;
        chunk->pairs = g_try_new(UmkSgnsPair, chunk->room);
        if (chunk->pairs == NULL) {
            memset(chunk->starts, 0, sizeof chunk->starts);
            chunk->room = 0;
            __atomic_store_n(&self->no_memory, TRUE, __ATOMIC_RELAXED);
            return;
        }
    }
    scan_chunk(self, begin, end, cells, chunk->pairs);
}

/* ---- training -------------------------------------------------------------------- */

static void
train_cell(UmkSgnsState *self, gsize row, gsize column)
{
    gsize cell = row * self->n_shards + column, n_chunks, done = 0, total = 0;
    UmkSgnsBlock block = {
        .inputs = self->inputs + row * self->shard_rows * self->stride,
        .outputs = self->outputs + column * self->shard_rows * self->stride,
        .stride = self->stride,
        .noise = self->noise + column * self->shard_rows,
        .n_noise = self->shard_used[column],
        .n_negatives = self->params->n_negatives,
    };

    n_chunks = (self->count + self->chunk_sequences - 1) / self->chunk_sequences;
    for (gsize c = 0; c < n_chunks; c++)
        total += self->chunks[c].starts[cell + 1] - self->chunks[c].starts[cell];
    _umk_rng_init(&block.rng, self->params->seed ^ CELL_STREAM,
                  self->number * (MAX_SHARDS * MAX_SHARDS) + cell);
    for (gsize c = 0; c < n_chunks; c++) {
        const UmkSgnsChunk *chunk = &self->chunks[c];
        gsize n = chunk->starts[cell + 1] - chunk->starts[cell];
        float span = self->rate_to - self->rate_from;

        self->kernel(&block, chunk->pairs + chunk->starts[cell], n,
                     self->rate_from + span * (float) done / (float) MAX(total, 1),
                     self->rate_from + span * (float) (done + n) / (float) MAX(total, 1));
        done += n;
    }
    self->cell_loss[cell] = block.loss;
    self->cell_n_loss[cell] = block.n_loss;
}

static void
train_cells(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkSgnsState *self = data;

    for (gsize i = begin; i < end; i++)
        train_cell(self, i, (i + self->round) % self->n_shards);
}

static void
note_episode(UmkSgnsState *self, UmkSgnsReport *report)
{
    gsize n_cells = self->n_shards * self->n_shards;
    gsize n_chunks = (self->count + self->chunk_sequences - 1) / self->chunk_sequences;
    double loss = 0.0;
    guint64 n_loss = 0;
    float mean;

    for (gsize c = 0; c < n_cells; c++) {
        loss += self->cell_loss[c];
        n_loss += self->cell_n_loss[c];
    }
    mean = n_loss > 0 ? (float) (loss / (double) n_loss) : 0.0f;
    g_array_append_val(report->losses, mean);
    for (gsize c = 0; c < n_chunks; c++)
        report->n_pairs += self->chunks[c].starts[n_cells];
    report->n_tokens += (guint64) self->count * self->corpus->sequence_length;
}

static gboolean
train_episode(UmkSgnsState *self, UmkRun *run, GError **error)
{
    const UmkSgnsCorpus *corpus = self->corpus;
    double total = (double) corpus->n_sequences * self->params->n_epochs;
    double before = (double) corpus->n_sequences * self->epoch + (double) self->first;

    self->rate_from =
        (float) (self->params->rate * MAX(1.0 - before / total, LEAST_RATE));
    self->rate_to =
        (float) (self->params->rate *
                 MAX(1.0 - (before + (double) self->count) / total, LEAST_RATE));
    if (!self->all_tokens)
        corpus->fill(corpus->data, self->first, self->count, self->tokens);
    _umk_parallel_for(self->count, self->chunk_sequences, make_pairs, self);
    if (self->no_memory) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("No memory for the pairs of a training episode"));
        return FALSE;
    }
    for (self->round = 0; self->round < self->n_shards; self->round++) {
        if (!umk_run_check(run, error))
            return FALSE;
        _umk_parallel_for(self->n_shards, 1, train_cells, self);
    }
    self->number++;
    umk_run_report(run, _("Training"), MIN((before + (double) self->count) / total, 1.0));
    return TRUE;
}

/* ---- set-up ---------------------------------------------------------------------- */

static void
count_tokens(guint64 *counts, const guint32 *tokens, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (tokens[i] != UMK_SGNS_END)
            counts[tokens[i]]++;
}

/* First pass over the corpus; keeps the tokens if they were given room for all. */
static gboolean
count_corpus(UmkSgnsState *self, guint64 *counts, UmkRun *run, GError **error)
{
    const UmkSgnsCorpus *corpus = self->corpus;

    for (guint64 first = 0; first < corpus->n_sequences;
         first += self->episode_sequences) {
        gsize count = (gsize) MIN(self->episode_sequences, corpus->n_sequences - first);
        guint32 *tokens = self->tokens;

        if (!umk_run_check(run, error))
            return FALSE;
        if (self->all_tokens)
            tokens += first * corpus->sequence_length;
        corpus->fill(corpus->data, first, count, tokens);
        count_tokens(counts, tokens, count * corpus->sequence_length);
    }
    return TRUE;
}

static gboolean
allocate(UmkSgnsState *self, GError **error)
{
    const UmkSgnsCorpus *corpus = self->corpus;
    gsize rows = self->n_shards * self->shard_rows;
    gsize n_tokens = self->episode_sequences * corpus->sequence_length;

    self->all_tokens = corpus->n_sequences * corpus->sequence_length <= CACHE_TOKENS;
    if (self->all_tokens)
        n_tokens = (gsize) (corpus->n_sequences * corpus->sequence_length);
    self->places = g_new0(guint32, (gsize) corpus->n_words + 1);
    self->shard_used = g_new0(gsize, self->n_shards);
    self->chunks = g_new0(UmkSgnsChunk, self->n_chunks);
    self->tokens =
        _umk_alloc(n_tokens, sizeof(guint32), _("the walks of an episode"), error);
    if (self->tokens == NULL)
        return FALSE;
    self->noise = _umk_alloc(rows, sizeof(UmkSgnsNoise), _("the noise tables"), error);
    if (self->noise == NULL)
        return FALSE;
    self->inputs =
        _umk_alloc_aligned(rows, self->stride * sizeof(float), _("the vectors"), error);
    if (self->inputs == NULL)
        return FALSE;
    self->outputs =
        _umk_alloc_aligned(rows, self->stride * sizeof(float), _("the vectors"), error);
    if (self->outputs == NULL)
        return FALSE;
    memset(self->inputs, 0, rows * self->stride * sizeof(float));
    memset(self->outputs, 0, rows * self->stride * sizeof(float));
    return TRUE;
}

static void
clear(UmkSgnsState *self)
{
    for (gsize c = 0; self->chunks != NULL && c < self->n_chunks; c++)
        g_free(self->chunks[c].pairs);
    g_free(self->chunks);
    g_free(self->places);
    g_free(self->shard_used);
    g_free(self->tokens);
    g_free(self->noise);
    _umk_free_aligned(self->inputs);
    _umk_free_aligned(self->outputs);
}

static void
plan(UmkSgnsState *self)
{
    const UmkSgnsCorpus *corpus = self->corpus;
    guint64 wanted = MIN(EPISODE_TOKENS / corpus->sequence_length + 1,
                         corpus->n_sequences / MIN_EPISODES + 1);

    self->n_shards = choose_n_shards(corpus->n_words);
    self->shard_rows = (corpus->n_words + self->n_shards - 1) / self->n_shards;
    self->stride = (self->params->n_dims + LANES - 1) / LANES * LANES;
    self->kernel = _umk_sgns_kernel_get(NULL);
    self->chunk_sequences = CHUNK_TOKENS / corpus->sequence_length + 1;
    self->n_chunks = (gsize) (wanted + self->chunk_sequences - 1) / self->chunk_sequences;
    self->episode_sequences = self->n_chunks * self->chunk_sequences;
}

static gboolean
train(UmkSgnsState *self, UmkRun *run, UmkSgnsReport *report, GError **error)
{
    const UmkSgnsCorpus *corpus = self->corpus;
    g_autofree guint64 *counts = g_try_new0(guint64, corpus->n_words);

    if (counts == NULL || !allocate(self, error)) {
        if (error != NULL && *error == NULL)
            g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                                _("No memory for the vocabulary"));
        return FALSE;
    }
    if (!count_corpus(self, counts, run, error))
        return FALSE;
    deal_words(self, counts);
    _umk_parallel_for(corpus->n_words, 1024, init_rows, self);
    for (self->epoch = 0; self->epoch < self->params->n_epochs; self->epoch++) {
        for (self->first = 0; self->first < corpus->n_sequences;
             self->first += self->episode_sequences) {
            self->count =
                (gsize) MIN(self->episode_sequences, corpus->n_sequences - self->first);
            if (!train_episode(self, run, error))
                return FALSE;
            if (report != NULL)
                note_episode(self, report);
        }
    }
    return TRUE;
}

gboolean
_umk_sgns_train(const UmkSgnsCorpus *corpus,
                const UmkSgnsParams *params,
                UmkRun *run,
                float *out,
                UmkSgnsReport *report,
                GError **error)
{
    UmkSgnsState *self;
    gboolean done;

    g_assert(params->n_dims > 0 && params->n_dims <= UMK_SGNS_MAX_DIMS);
    g_assert(params->n_negatives > 0 && params->n_negatives <= UMK_SGNS_MAX_NEGATIVES);
    g_assert(params->window > 0 && corpus->sequence_length > 0 && corpus->n_words > 0);
    self = g_new0(UmkSgnsState, 1);
    self->corpus = corpus;
    self->params = params;
    plan(self);
    if (report != NULL) {
        report->losses = g_array_new(FALSE, FALSE, sizeof(float));
        report->n_shards = (guint) self->n_shards;
    }
    done = train(self, run, report, error);
    for (gsize w = 0; done && w < corpus->n_words; w++)
        memcpy(out + w * params->n_dims, self->inputs + self->places[w] * self->stride,
               params->n_dims * sizeof(float));
    clear(self);
    g_free(self);
    return done;
}
