/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text networks for which no golden case exists, beside a plain forward pass in double
 * precision that is written here from the papers and shares no code with the engine:
 * JinaBERT v2 in both layouts, GTE with rotary positions, ELECTRA, nomic-bert with
 * experts, a Llama that sees both ways, Mistral's window, scaled rotary positions. And
 * what configs may not say. */
#include <math.h>
#include <string.h>

#include <json-glib/json-glib.h>
#include <umekomi/umekomi.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-text-families-private.h"

#define D       24
#define HEADS   6 /* not a power of two: ALiBi fills up */
#define HEAD    (D / HEADS)
#define FFN     20
#define LAYERS  2
#define WORDS   40
#define LONGEST 40

/* ---- tensors: made up when they are first asked for ---- */

typedef struct {
    GHashTable *floats; /* name -> GArray of float */
    const char *absent; /* one that is not there, or NULL */
    const char *only;   /* words of which a name holds one; after "=" all of a name */
} Tensors;

static guint64
hash(const char *name)
{
    guint64 h = 1469598103934665603u;

    for (; *name != '\0'; name++)
        h = (h ^ (guint8) *name) * 1099511628211u;
    return h;
}

static gboolean
tensors_has(gpointer source, const char *name)
{
    const Tensors *self = source;
    static const char *const prefixes[] = {"model.", "bert.", "new.", "electra.",
                                           "albert."};
    g_auto(GStrv) words = g_strsplit(self->only, " ", -1);

    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return FALSE; /* these are bare */
    if (g_strcmp0(name, self->absent) == 0 || g_str_has_suffix(name, ".gamma"))
        return FALSE; /* the old name of a norm's weight */
    for (gsize i = 0; words[i] != NULL; i++)
        if (words[i][0] == '=' ? strcmp(name, words[i] + 1) == 0
                               : strstr(name, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

static const float *
make(Tensors *self, const char *name, gsize n)
{
    GArray *array = g_hash_table_lookup(self->floats, name);
    guint64 state = hash(name) | 1;

    if (array == NULL) {
        array = g_array_new(FALSE, FALSE, sizeof(float));
        for (gsize i = 0; i < n; i++) {
            float value;

            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            value = ((float) (state >> 40) / (float) (1 << 24) - 0.5f) * 0.6f;
            if (strstr(name, "orm") != NULL && g_str_has_suffix(name, ".weight"))
                value += 1;
            g_array_append_val(array, value);
        }
        g_hash_table_insert(self->floats, g_strdup(name), array);
    }
    g_assert_cmpuint(array->len, ==, n);
    return (const float *) (gconstpointer) array->data;
}

static const float *
tensors_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    gsize n = 1;

    if (!tensors_has(source, name)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, "no tensor %s", name);
        return NULL;
    }
    for (guint i = 0; i < n_axes; i++)
        n *= shape[i];
    return make(source, name, n);
}

/* ---- the reference ---- */

typedef struct {
    const char *query, *key, *value, *fused, *out;
    const char *norm_query, *norm_key; /* over all heads */
    const char *norm_attention, *norm_ffn;
    const char *up, *gate, *down; /* gate: of its own, or NULL */
    const char *words, *types, *embedding_norm, *embedding_map, *final_norm;
    gsize embedding; /* width of the tables */
    gsize kv_heads;
    gboolean gated, gate_last, pre_norm, rms, causal, slopes;
    gsize window;
    gsize n_experts, n_used;   /* in every odd layer */
    const double *frequencies; /* (HEAD / 2) or NULL */
    double (*activate)(double x);
    double eps;
} Reference;

static double
gelu(double x)
{
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double
silu(double x)
{
    return x / (1 + exp(-x));
}

static char *
layer_name(const char *pattern, gsize layer)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "#", 2);

    return parts[1] != NULL
               ? g_strdup_printf("%s%" G_GSIZE_FORMAT "%s", parts[0], layer, parts[1])
               : g_strdup(pattern);
}

/* out = W x + b, rows first … first + n_out - 1 of a W with n_all rows */
static void
linear(Tensors *t,
       const char *pattern,
       gsize layer,
       const double *x,
       gsize n_in,
       gsize n_all,
       gsize first,
       gsize n_out,
       double *out)
{
    g_autofree char *name = layer_name(pattern, layer);
    g_autofree char *weight_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias_name = g_strconcat(name, ".bias", NULL);
    const float *weight = make(t, weight_name, n_all * n_in);
    const float *bias = tensors_has(t, bias_name) ? make(t, bias_name, n_all) : NULL;

    for (gsize i = 0; i < n_out; i++) {
        out[i] = bias != NULL ? (double) bias[first + i] : 0;
        for (gsize j = 0; j < n_in; j++)
            out[i] += (double) weight[(first + i) * n_in + j] * x[j];
    }
}

static void
norm(Tensors *t, const Reference *r, const char *pattern, gsize layer, gsize n, double *x)
{
    g_autofree char *name = layer_name(pattern, layer);
    g_autofree char *weight_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias_name = g_strconcat(name, ".bias", NULL);
    const float *weight = make(t, weight_name, n);
    const float *bias = r->rms ? NULL : make(t, bias_name, n);
    double mean = 0, square = 0;

    for (gsize i = 0; i < n && !r->rms; i++)
        mean += x[i] / (double) n;
    for (gsize i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean) / (double) n;
    for (gsize i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(square + r->eps) * (double) weight[i] +
               (bias != NULL ? (double) bias[i] : 0);
}

static void
rotate(const Reference *r, gsize position, gsize n_heads, double *x)
{
    for (gsize head = 0; head < n_heads && r->frequencies != NULL; head++, x += HEAD) {
        for (gsize i = 0; i < HEAD / 2; i++) {
            double angle = (double) position * r->frequencies[i];
            double a = x[i], b = x[i + HEAD / 2];

            x[i] = a * cos(angle) - b * sin(angle);
            x[i + HEAD / 2] = b * cos(angle) + a * sin(angle);
        }
    }
}

/* Of six heads: four with the slopes of four, two with every other slope of eight. */
static double
slope(gsize head)
{
    static const double exponents[HEADS] = {2, 4, 6, 8, 1, 3};

    return pow(2, -exponents[head]);
}

static void
attend(const Reference *r,
       double (*q)[D],
       double (*k)[D],
       double (*v)[D],
       gsize n,
       double (*out)[D])
{
    for (gsize i = 0; i < n; i++) {
        for (gsize head = 0; head < HEADS; head++) {
            gsize shared = head / (HEADS / r->kv_heads);
            double scores[LONGEST], total = 0;

            for (gsize j = 0; j < n; j++) {
                gsize far = i > j ? i - j : j - i;
                double score = 0;

                for (gsize c = 0; c < HEAD; c++)
                    score += q[i][head * HEAD + c] * k[j][shared * HEAD + c];
                score = score / sqrt(HEAD) - (r->slopes ? slope(head) * (double) far : 0);
                if ((r->causal && j > i) || (r->window > 0 && far > r->window))
                    score = -INFINITY;
                total += scores[j] = exp(score);
            }
            for (gsize c = 0; c < HEAD; c++) {
                out[i][head * HEAD + c] = 0;
                for (gsize j = 0; j < n; j++)
                    out[i][head * HEAD + c] +=
                        scores[j] / total * v[j][shared * HEAD + c];
            }
        }
    }
}

static void
project(Tensors *t,
        const Reference *r,
        gsize layer,
        const double *x,
        gsize position,
        double *q,
        double *k,
        double *v)
{
    gsize shared = r->kv_heads * HEAD;

    if (r->fused != NULL) {
        linear(t, r->fused, layer, x, D, 3 * D, 0, D, q);
        linear(t, r->fused, layer, x, D, 3 * D, D, D, k);
        linear(t, r->fused, layer, x, D, 3 * D, 2 * D, D, v);
    } else {
        linear(t, r->query, layer, x, D, D, 0, D, q);
        linear(t, r->key, layer, x, D, shared, 0, shared, k);
        linear(t, r->value, layer, x, D, shared, 0, shared, v);
    }
    if (r->norm_query != NULL) {
        norm(t, r, r->norm_query, layer, D, q);
        norm(t, r, r->norm_key, layer, D, k);
    }
    rotate(r, position, HEADS, q);
    rotate(r, position, r->kv_heads, k);
}

static void
feed_forward(Tensors *t, const Reference *r, gsize layer, const double *x, double *out)
{
    double up[2 * FFN], gate[FFN];

    if (!r->gated) {
        linear(t, r->up, layer, x, D, FFN, 0, FFN, up);
        for (gsize i = 0; i < FFN; i++)
            up[i] = r->activate(up[i]);
    } else if (r->gate != NULL) {
        linear(t, r->gate, layer, x, D, FFN, 0, FFN, gate);
        linear(t, r->up, layer, x, D, FFN, 0, FFN, up);
        for (gsize i = 0; i < FFN; i++)
            up[i] *= r->activate(gate[i]);
    } else {
        linear(t, r->up, layer, x, D, 2 * FFN, r->gate_last ? FFN : 0, FFN, gate);
        linear(t, r->up, layer, x, D, 2 * FFN, r->gate_last ? 0 : FFN, FFN, up);
        for (gsize i = 0; i < FFN; i++)
            up[i] *= r->activate(gate[i]);
    }
    linear(t, r->down, layer, up, FFN, D, 0, D, out);
}

static void
experts(Tensors *t, const Reference *r, gsize layer, const double *x, double *out)
{
    g_autofree char *up_name = layer_name("encoder.layers.#.mlp.experts.mlp.w1", layer);
    g_autofree char *down_name = layer_name("encoder.layers.#.mlp.experts.mlp.w2", layer);
    g_autofree char *bias_name = layer_name("encoder.layers.#.mlp.experts.bias", layer);
    const float *up = make(t, up_name, r->n_experts * FFN * D);
    const float *down = make(t, down_name, r->n_experts * FFN * D);
    const float *bias = make(t, bias_name, D);
    double shares[16], total = 0;

    linear(t, "encoder.layers.#.mlp.router.layer", layer, x, D, r->n_experts, 0,
           r->n_experts, shares);
    for (gsize e = 0; e < r->n_experts; e++)
        total += shares[e] = exp(shares[e]);
    for (gsize c = 0; c < D; c++)
        out[c] = (double) bias[c];
    for (gsize e = 0; e < r->n_experts; e++) {
        gsize better = 0;

        for (gsize other = 0; other < r->n_experts; other++)
            better += shares[other] > shares[e];
        if (better >= r->n_used)
            continue;
        for (gsize i = 0; i < FFN; i++) {
            double wide = 0;

            for (gsize c = 0; c < D; c++)
                wide += (double) up[(e * FFN + i) * D + c] * x[c];
            for (gsize c = 0; c < D; c++)
                out[c] += shares[e] / total * r->activate(wide) *
                          (double) down[(e * FFN + i) * D + c];
        }
    }
}

static void
run_layer(Tensors *t, const Reference *r, gsize layer, double (*x)[D], gsize n)
{
    double q[LONGEST][D], k[LONGEST][D], v[LONGEST][D], mixed[LONGEST][D];

    for (gsize i = 0; i < n; i++) {
        double in[D];

        memcpy(in, x[i], sizeof in);
        if (r->pre_norm)
            norm(t, r, r->norm_attention, layer, D, in);
        project(t, r, layer, in, i, q[i], k[i], v[i]);
    }
    attend(r, q, k, v, n, mixed);
    for (gsize i = 0; i < n; i++) {
        double added[D], in[D];

        linear(t, r->out, layer, mixed[i], D, D, 0, D, added);
        for (gsize c = 0; c < D; c++)
            x[i][c] += added[c];
        if (!r->pre_norm)
            norm(t, r, r->norm_attention, layer, D, x[i]);
        memcpy(in, x[i], sizeof in);
        if (r->pre_norm)
            norm(t, r, r->norm_ffn, layer, D, in);
        if (r->n_experts > 0 && layer % 2 == 1)
            experts(t, r, layer, in, added);
        else
            feed_forward(t, r, layer, in, added);
        for (gsize c = 0; c < D; c++)
            x[i][c] += added[c];
        if (!r->pre_norm)
            norm(t, r, r->norm_ffn, layer, D, x[i]);
    }
}

static void
run_text(Tensors *t, const Reference *r, const guint32 *ids, gsize n, double (*x)[D])
{
    g_autofree char *words_name = g_strconcat(r->words, ".weight", NULL);
    const float *words = make(t, words_name, WORDS * r->embedding);

    for (gsize i = 0; i < n; i++) {
        double row[D];

        for (gsize c = 0; c < r->embedding; c++)
            row[c] = (double) words[ids[i] * r->embedding + c];
        if (r->types != NULL) {
            g_autofree char *name = g_strconcat(r->types, ".weight", NULL);
            const float *types = make(t, name, 2 * r->embedding);

            for (gsize c = 0; c < r->embedding; c++)
                row[c] += (double) types[c];
        }
        if (tensors_has(t, "embeddings.position_embeddings.weight")) {
            const float *positions =
                make(t, "embeddings.position_embeddings.weight", LONGEST * r->embedding);

            for (gsize c = 0; c < r->embedding; c++)
                row[c] += (double) positions[i * r->embedding + c];
        }
        if (r->embedding_norm != NULL)
            norm(t, r, r->embedding_norm, 0, r->embedding, row);
        if (r->embedding_map != NULL)
            linear(t, r->embedding_map, 0, row, r->embedding, D, 0, D, x[i]);
        else
            memcpy(x[i], row, sizeof row);
    }
    for (gsize layer = 0; layer < LAYERS; layer++)
        run_layer(t, r, layer, x, n);
    for (gsize i = 0; i < n && r->final_norm != NULL; i++)
        norm(t, r, r->final_norm, 0, D, x[i]);
}

/* ---- the comparison ---- */

#define COMMON                                                                           \
    "\"vocab_size\":40,\"max_position_embeddings\":40,\"hidden_size\":24,"               \
    "\"num_hidden_layers\":2,\"num_attention_heads\":6,\"intermediate_size\":20"

static UmkTextNetwork *
load(const char *json, Tensors *source, GError **error)
{
    JsonObject *object;
    g_autoptr(JsonParser) parser = _umk_json_parse(json, strlen(json), &object, NULL);
    const UmkTensors tensors = {source, "", tensors_has, tensors_get, NULL};
    const UmkTextFamily *family;

    g_assert_nonnull(parser);
    family = _umk_text_family_find(object);
    g_assert_nonnull(family);
    return _umk_text_network_new(family, object, &tensors, error);
}

/* A checkpoint that lacks any one of its weights is refused. */
static void
leave_out_each(const char *json, Tensors *t)
{
    g_autoptr(GList) names = g_hash_table_get_keys(t->floats);

    for (GList *at = names; at != NULL; at = at->next) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkTextNetwork) network = NULL;

        if (g_str_has_suffix(at->data, ".bias"))
            continue; /* many are optional */
        t->absent = at->data;
        network = load(json, t, &error);
        if (network != NULL)
            g_test_message("%s was not missed", t->absent);
        g_assert_null(network);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    }
}

static void
compare(const char *json, const char *only, const Reference *r)
{
    static const guint32 offsets[] = {0, 1, 8, 8 + LONGEST};
    Tensors t = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_array_unref),
                 NULL, only};
    guint32 ids[8 + LONGEST];
    const UmkTextBatch batch = {ids, NULL, offsets, 3};
    g_autoptr(UmkTextNetwork) network = NULL;
    UmkArena arena = {0};
    GError *error = NULL;
    const float *hidden;
    double most = 0;

    network = load(json, &t, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(_umk_text_network_get_max_tokens(network), ==, LONGEST);
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = (i * 17 + i / 5) % WORDS;
    hidden = _umk_text_network_forward(network, &batch, 0, NULL, &arena, &error);
    g_assert_no_error(error);
    for (gsize text = 0; text < batch.n_texts; text++) {
        gsize first = offsets[text], n = offsets[text + 1] - first;
        double expected[LONGEST][D];

        run_text(&t, r, ids + first, n, expected);
        for (gsize i = 0; i < n; i++) {
            for (gsize c = 0; c < D; c++) {
                double difference =
                    fabs((double) hidden[(first + i) * D + c] - expected[i][c]);

                g_assert_false(isnan(difference));
                most = MAX(most, difference);
            }
        }
    }
    g_test_message("largest difference %.3g", most);
    g_assert_cmpfloat(most, <=, 2e-5);
    g_assert_cmpfloat(most, >, 0); /* double and float are never all equal */
    leave_out_each(json, &t);
    _umk_arena_clear(&arena);
    g_hash_table_unref(t.floats);
}

#define JINA                                                                             \
    .query = "encoder.layer.#.attention.self.query",                                     \
    .key = "encoder.layer.#.attention.self.key",                                         \
    .value = "encoder.layer.#.attention.self.value",                                     \
    .out = "encoder.layer.#.attention.output.dense",                                     \
    .words = "embeddings.word_embeddings", .types = "embeddings.token_type_embeddings",  \
    .embedding_norm = "embeddings.LayerNorm", .embedding = D, .kv_heads = HEADS,         \
    .gated = TRUE, .slopes = TRUE, .activate = gelu, .eps = 1e-12

#define JINA_JSON                                                                        \
    "{\"model_type\":\"bert\",\"position_embedding_type\":\"alibi\","                    \
    "\"feed_forward_type\":\"geglu\"," COMMON "}"

static void
test_jina(void)
{
    const Reference r = {
        JINA,
        .norm_attention = "encoder.layer.#.attention.output.LayerNorm",
        .up = "encoder.layer.#.mlp.gated_layers",
        .down = "encoder.layer.#.mlp.wo",
        .norm_ffn = "encoder.layer.#.mlp.layernorm",
    };

    compare(JINA_JSON,
            "word_emb token_type LayerNorm self. output.dense gated_layers.weight wo. "
            "mlp.layernorm",
            &r);
}

static void
test_jina_normed(void)
{
    const Reference r = {
        JINA,
        .norm_query = "encoder.layer.#.attention.self.layer_norm_q",
        .norm_key = "encoder.layer.#.attention.self.layer_norm_k",
        .norm_attention = "encoder.layer.#.layer_norm_1",
        .up = "encoder.layer.#.mlp.up_gated_layer",
        .gate_last = TRUE,
        .down = "encoder.layer.#.mlp.down_layer",
        .norm_ffn = "encoder.layer.#.layer_norm_2",
    };

    compare(JINA_JSON,
            "word_emb token_type embeddings.LayerNorm self. output.dense "
            "up_gated_layer.weight down_layer layer_norm_1 layer_norm_2",
            &r);
}

/* "ntk" as GTE has it: the base and the frequencies both grow. */
static void
test_gte(void)
{
    const double frequencies[HEAD / 2] = {
        1 / pow(4, 2.0 / HEAD),
        1 / (pow(500 * 4, 2.0 / HEAD) * pow(4, 2.0 / HEAD)),
    };
    const Reference r = {
        .fused = "encoder.layer.#.attention.qkv_proj",
        .out = "encoder.layer.#.attention.o_proj",
        .norm_attention = "encoder.layer.#.attn_ln",
        .up = "encoder.layer.#.mlp.up_gate_proj",
        .down = "encoder.layer.#.mlp.down_proj",
        .norm_ffn = "encoder.layer.#.mlp_ln",
        .words = "embeddings.word_embeddings",
        .types = "embeddings.token_type_embeddings",
        .embedding_norm = "embeddings.LayerNorm",
        .embedding = D,
        .kv_heads = HEADS,
        .gated = TRUE,
        .gate_last = TRUE,
        .frequencies = frequencies,
        .activate = gelu,
        .eps = 1e-12,
    };

    compare("{\"model_type\":\"new\",\"type_vocab_size\":2,\"rope_theta\":500,"
            "\"rope_scaling\":{\"type\":\"ntk\",\"factor\":4}," COMMON "}",
            "word_emb token_type LayerNorm qkv_proj o_proj attn_ln "
            "up_gate_proj.weight down_proj mlp_ln",
            &r);
}

static void
test_electra(void)
{
    const Reference r = {
        .query = "encoder.layer.#.attention.self.query",
        .key = "encoder.layer.#.attention.self.key",
        .value = "encoder.layer.#.attention.self.value",
        .out = "encoder.layer.#.attention.output.dense",
        .norm_attention = "encoder.layer.#.attention.output.LayerNorm",
        .up = "encoder.layer.#.intermediate.dense",
        .down = "encoder.layer.#.output.dense",
        .norm_ffn = "encoder.layer.#.output.LayerNorm",
        .words = "embeddings.word_embeddings",
        .types = "embeddings.token_type_embeddings",
        .embedding_norm = "embeddings.LayerNorm",
        .embedding_map = "embeddings_project",
        .embedding = 10,
        .kv_heads = HEADS,
        .activate = gelu,
        .eps = 1e-12,
    };

    compare("{\"model_type\":\"electra\",\"embedding_size\":10," COMMON "}",
            "embeddings encoder.layer", &r);
}

/* One block, run twice. */
static void
test_albert(void)
{
#define BLOCK "encoder.albert_layer_groups.0.albert_layers.0."
    const Reference r = {
        .query = BLOCK "attention.query",
        .key = BLOCK "attention.key",
        .value = BLOCK "attention.value",
        .out = BLOCK "attention.dense",
        .norm_attention = BLOCK "attention.LayerNorm",
        .up = BLOCK "ffn",
        .down = BLOCK "ffn_output",
        .norm_ffn = BLOCK "full_layer_layer_norm",
        .words = "embeddings.word_embeddings",
        .types = "embeddings.token_type_embeddings",
        .embedding_norm = "embeddings.LayerNorm",
        .embedding_map = "encoder.embedding_hidden_mapping_in",
        .embedding = 10,
        .kv_heads = HEADS,
        .activate = gelu,
        .eps = 1e-12,
    };
#undef BLOCK

    compare("{\"model_type\":\"albert\",\"embedding_size\":10,"
            "\"hidden_act\":\"gelu\"," COMMON "}",
            "embeddings encoder.", &r);
}

static void
test_experts(void)
{
    const double frequencies[HEAD / 2] = {1, 1 / sqrt(1000)};
    const Reference r = {
        .fused = "encoder.layers.#.attn.Wqkv",
        .out = "encoder.layers.#.attn.out_proj",
        .norm_attention = "encoder.layers.#.norm1",
        .up = "encoder.layers.#.mlp.fc1",
        .down = "encoder.layers.#.mlp.fc2",
        .norm_ffn = "encoder.layers.#.norm2",
        .words = "embeddings.word_embeddings",
        .types = "embeddings.token_type_embeddings",
        .embedding_norm = "emb_ln",
        .embedding = D,
        .kv_heads = HEADS,
        .n_experts = 5,
        .n_used = 2,
        .frequencies = frequencies,
        .activate = gelu,
        .eps = 1e-5,
    };

    compare(
        "{\"model_type\":\"nomic_bert\",\"vocab_size\":40,\"n_positions\":40,"
        "\"type_vocab_size\":2,\"n_embd\":24,\"n_layer\":2,\"n_head\":6,"
        "\"n_inner\":20,\"layer_norm_epsilon\":1e-5,\"rotary_emb_base\":1000,"
        "\"rotary_emb_fraction\":1.0,\"activation_function\":\"gelu\","
        "\"num_experts\":5,\"moe_top_k\":2,\"moe_every_n_layers\":2}",
        "word_emb token_type emb_ln attn norm1 norm2 fc1 fc2 experts router.layer.weight",
        &r);
}

#define LLAMA                                                                            \
    .query = "layers.#.self_attn.q_proj", .key = "layers.#.self_attn.k_proj",            \
    .value = "layers.#.self_attn.v_proj", .out = "layers.#.self_attn.o_proj",            \
    .norm_attention = "layers.#.input_layernorm", .up = "layers.#.mlp.up_proj",          \
    .gate = "layers.#.mlp.gate_proj", .down = "layers.#.mlp.down_proj",                  \
    .norm_ffn = "layers.#.post_attention_layernorm", .words = "embed_tokens",            \
    .final_norm = "norm", .embedding = D, .kv_heads = 2, .gated = TRUE,                  \
    .pre_norm = TRUE, .rms = TRUE, .activate = silu, .eps = 1e-6

#define LLAMA_TENSORS                                                                    \
    "embed_tokens q_proj.weight k_proj.weight v_proj.weight o_proj.weight "              \
    "layernorm =norm.weight up_proj.weight gate_proj.weight down_proj.weight"

/* Biases on query, key and value alone, as Qwen 2 has them. */
static void
test_llama_both_ways(void)
{
    const double frequencies[HEAD / 2] = {0.5, 0.005};
    const Reference r = {LLAMA, .frequencies = frequencies};

    compare("{\"model_type\":\"qwen2\",\"num_key_value_heads\":2,\"is_causal\":false,"
            "\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2}," COMMON "}",
            LLAMA_TENSORS " q_proj.bias k_proj.bias v_proj.bias", &r);
}

static void
test_mistral_window(void)
{
    const double frequencies[HEAD / 2] = {1, 0.01};
    const Reference r = {LLAMA, .frequencies = frequencies, .causal = TRUE, .window = 6};

    compare("{\"model_type\":\"mistral\",\"num_key_value_heads\":2,"
            "\"sliding_window\":7," COMMON "}",
            LLAMA_TENSORS, &r);
}

/* A wave of 2 pi positions turns 16 times in 100: unscaled. One of 628 turns 0.16 times:
 * scaled in full. */
static void
test_llama3_scaling(void)
{
    const double frequencies[HEAD / 2] = {1, 0.01 / 8};
    const Reference r = {LLAMA, .frequencies = frequencies, .causal = TRUE};

    compare("{\"model_type\":\"llama\",\"num_key_value_heads\":2,"
            "\"rope_parameters\":{\"rope_type\":\"llama3\",\"rope_theta\":10000,"
            "\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,"
            "\"original_max_position_embeddings\":100}," COMMON "}",
            LLAMA_TENSORS, &r);
}

/* ---- what is refused ---- */

static void
test_refused(void)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"{\"model_type\":\"llama\",\"rope_scaling\":{\"rope_type\":\"yarn\"}," COMMON
         "}",
         "yarn"},
        {"{\"model_type\":\"llama\",\"rope_theta\":0," COMMON "}", "base"},
        {"{\"model_type\":\"llama\",\"rope_scaling\":{\"rope_type\":\"linear\","
         "\"factor\":0}," COMMON "}",
         "no number"},
        {"{\"model_type\":\"llama\",\"num_key_value_heads\":4," COMMON "}", "multiple"},
        {"{\"model_type\":\"mistral\",\"sliding_window\":4,"
         "\"layer_types\":[\"sliding_attention\"]," COMMON "}",
         "layer_types"},
        {"{\"model_type\":\"qwen3\",\"use_sliding_window\":true,\"sliding_window\":4,"
         "\"layer_types\":[\"linear_attention\",\"full_attention\"]," COMMON "}",
         "linear_attention"},
        {"{\"model_type\":\"mistral\",\"sliding_window\":1," COMMON "}",
         "sliding_window"},
        {"{\"model_type\":\"llama\",\"partial_rotary_factor\":0.5," COMMON "}",
         "partial_rotary_factor"},
        {"{\"model_type\":\"gpt2\",\"scale_attn_weights\":false}", "scale_attn_weights"},
        {"{\"model_type\":\"roberta\",\"pad_token_id\":39," COMMON "}", "positions"},
        {"{\"model_type\":\"bert\",\"position_embedding_type\":\"relative_key\"," COMMON
         "}",
         "relative_key"},
        {"{\"model_type\":\"new\",\"pack_qkv\":false," COMMON "}", "pack_qkv"},
        {"{\"model_type\":\"nomic_bert\",\"vocab_size\":40,\"n_embd\":24,\"n_layer\":2,"
         "\"n_head\":6,\"n_inner\":20,\"rotary_scaling_factor\":2}",
         "rotary_scaling_factor"},
        {"{\"model_type\":\"modernbert\",\"rope_parameters\":{\"full_attention\":"
         "{\"rope_type\":\"dynamic\"}}}",
         "dynamic"},
    };
    Tensors t = {NULL, NULL, "no-such-tensor"};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(load(cases[i].json, &t, &error));
        g_assert_nonnull(error);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].part));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-families/jina-bert", test_jina);
    g_test_add_func("/text-families/jina-bert-normed", test_jina_normed);
    g_test_add_func("/text-families/gte", test_gte);
    g_test_add_func("/text-families/electra", test_electra);
    g_test_add_func("/text-families/albert", test_albert);
    g_test_add_func("/text-families/experts", test_experts);
    g_test_add_func("/text-families/llama-both-ways", test_llama_both_ways);
    g_test_add_func("/text-families/mistral-window", test_mistral_window);
    g_test_add_func("/text-families/llama3-scaling", test_llama3_scaling);
    g_test_add_func("/text-families/refused", test_refused);
    return g_test_run();
}
