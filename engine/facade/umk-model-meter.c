/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The meter of a model folder, one file a modality beside its towers
 * (umekomi-meter-MODALITY.bin): asked when something is looked for, and made from the
 * names of what the model was taught. */
#include "facade/umk-model-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-rng-private.h"
#include "space/umk-meter-private.h"

#include <umekomi/umekomi.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <string.h>

#define STREAM 11 /* of the seed */

static const char *const measure_choices[] = {"nearest", "norm", NULL};

static const UmkParamSpec meter_params[] = {
    {"measure", UMK_PARAM_CHOICE, N_("Measure"),
     N_("nearest: how far the nearest concepts are; norm: how short an item's vector is "
        "before it is brought to length 1, where the tower was taught to be silent about "
        "what means nothing"),
     0, 1, 0, measure_choices},
    {"nearest", UMK_PARAM_INT, N_("Nearest"), N_("Concepts whose mean distance is taken"),
     1, 100, 4, NULL},
    {"axes", UMK_PARAM_INT, N_("Axes"), N_("Directions of most spread that are kept"), 1,
     UMK_METER_MAX_DIMS, 64, NULL},
    {"edge", UMK_PARAM_DOUBLE, N_("Edge"),
     N_("Share of held-out concepts that may be called at the edge or outside"), 0.001,
     0.999, 0.2, NULL},
    {"outside", UMK_PARAM_DOUBLE, N_("Outside"),
     N_("Share of held-out concepts that may be called outside"), 0.001, 0.999, 0.05,
     NULL},
    {"most", UMK_PARAM_INT, N_("Most concepts"),
     N_("Keep at most so many, chosen by the seed"), 32, UMK_METER_MAX_CONCEPTS, 16384,
     NULL},
    {"seed", UMK_PARAM_INT, N_("Seed"), N_("The same seed gives the same meter"), 0,
     0x1p53, 42, NULL},
};

/**
 * umk_model_get_meter_params: (skip)
 * @n_specs: (out): rows of the table
 *
 * Returns: (array length=n_specs) (transfer none): options of umk_model_make_meter()
 */
const UmkParamSpec *
umk_model_get_meter_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(meter_params);
    return meter_params;
}

/**
 * umk_knowledge_get_name:
 * @knowledge: a judgement
 *
 * Returns: (transfer none): "unknown", "inside", "edge" or "outside"
 */
const char *
umk_knowledge_get_name(UmkKnowledge knowledge)
{
    static const char *const names[] = {"unknown", "inside", "edge", "outside"};

    g_return_val_if_fail((guint) knowledge < G_N_ELEMENTS(names), NULL);
    return names[knowledge];
}

/**
 * umk_model_has_meter:
 * @self: a model
 * @modality: of what it would be asked
 *
 * Returns: whether the model's folder has a meter for items of @modality
 */
gboolean
umk_model_has_meter(UmkModel *self, UmkModality modality)
{
    g_return_val_if_fail(self != NULL, FALSE);
    return _umk_model_get_meter(self, modality, NULL) != NULL;
}

/* (n_items, 1), of one item or more: how long the vectors are before they are brought to
 * length 1. */
static UmkMatrix *
measure_norms(UmkModel *self, UmkItems *items, UmkRun *run, GError **error)
{
    gsize n = umk_items_get_n_items(items);
    UmkModality modality = umk_item_get_modality(umk_items_get(items, 0));
    const UmkTower *tower = _umk_model_get_tower(self, modality, run, error);
    g_autofree float *norms = NULL;
    gboolean done = TRUE;
    gpointer session;

    if (tower == NULL)
        return NULL;
    if (tower->ops->session_measure_norms == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("A meter by norm needs a tower that was taught to be silent; “%s” "
                      "was not"),
                    tower->ops->id);
        return NULL;
    }
    norms = _umk_alloc(n, sizeof *norms, _("Lengths of vectors"), error);
    session = norms != NULL ? tower->ops->session_new(tower->model, error) : NULL;
    if (session == NULL)
        return NULL;
    for (gsize i = 0; done && i < n; i++) {
        UmkItem *item = umk_items_get(items, i);

        umk_run_report(run, _("Measuring"), (double) i / (double) n);
        done =
            umk_run_check(run, error) && umk_item_get_modality(item) == modality &&
            tower->ops->session_measure_norms(session, &item, 1, norms + i, run, error);
    }
    tower->ops->session_free(session);
    return done ? umk_matrix_new_from_data(n, 1, norms, error) : NULL;
}

/* What a meter measures of items: their vectors, or how long these are. */
static UmkMatrix *
embed_for(UmkModel *self, UmkItems *items, gboolean norm, UmkRun *run, GError **error)
{
    return norm && umk_items_get_n_items(items) > 0
               ? measure_norms(self, items, run, error)
               : umk_model_embed(self, items, run->cancellable, run->progress,
                                 run->progress_data, error);
}

static UmkMatrix *
embed_one(UmkModel *self, UmkItem *item, gboolean norm, UmkRun *run, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();

    umk_items_append(items, item);
    return embed_for(self, items, norm, run, error);
}

/**
 * umk_model_judge:
 * @self: a model
 * @item: what it is asked about
 * @knowledge: (out): the judgement; %UMK_KNOWLEDGE_UNKNOWN without a meter
 * @score: (out) (optional): the share of concepts held out of training that are nearer to
 *   what the model was taught than @item is, 0 to 1
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Says whether the answers of the model can be believed. A model whose folder has no
 * meter for the modality of @item, or that was loaded with options under which its
 * vectors have another length, does not know, and embeds nothing.
 *
 * Returns: %FALSE on error
 */
gboolean
umk_model_judge(UmkModel *self,
                UmkItem *item,
                UmkKnowledge *knowledge,
                double *score,
                GCancellable *cancellable,
                GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkMatrix) vector = NULL;
    g_autoptr(GError) local = NULL;
    const UmkMeter *meter;
    double distance;

    g_return_val_if_fail(self != NULL && item != NULL && knowledge != NULL, FALSE);
    meter = _umk_model_get_meter(self, umk_item_get_modality(item), &local);
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    *knowledge = UMK_KNOWLEDGE_UNKNOWN;
    if (score != NULL)
        *score = 0.0;
    if (meter == NULL ||
        (meter->n_concepts > 0 && umk_model_get_n_dims(self) != meter->n_dims))
        return TRUE;
    _umk_run_init(&run, cancellable, NULL, NULL);
    vector = embed_one(self, item, meter->n_concepts == 0, &run, error);
    if (vector == NULL || !_umk_meter_measure(meter, vector, &run, &distance, error))
        return FALSE;
    *knowledge = distance > (double) meter->outside ? UMK_KNOWLEDGE_OUTSIDE
                 : distance > (double) meter->edge  ? UMK_KNOWLEDGE_EDGE
                                                    : UMK_KNOWLEDGE_INSIDE;
    if (score != NULL)
        *score = _umk_meter_score(meter, distance);
    return TRUE;
}

/* ---- making ------------------------------------------------------------------------ */

/* The rows of a shuffled order, sorted again: [from, to) of it. */
static int
compare_rows(const void *a, const void *b)
{
    guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

    return (x > y) - (x < y);
}

static UmkMatrix *
take_rows(UmkMatrix *vectors, const guint64 *order, gsize from, gsize to, GError **error)
{
    g_autofree guint64 *rows = g_memdup2(order + from, (to - from) * sizeof *rows);

    if (to > from)
        qsort(rows, to - from, sizeof *rows, compare_rows);
    return umk_matrix_select_rows(vectors, rows, to - from, error);
}

/* Parts the concepts: without others to hold out, a tenth of them is. */
static gboolean
part(UmkMatrix *vectors,
     UmkParams *params,
     gboolean hold_out,
     UmkMatrix **concepts,
     UmkMatrix **held_out,
     GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), n_held = hold_out ? n / 10 : 0;
    gsize most = (gsize) umk_params_get_int(params, "most");
    g_autofree guint64 *order = g_new(guint64, MAX(n, 1));
    UmkRng rng;

    _umk_rng_init(&rng, (guint64) umk_params_get_int(params, "seed"), STREAM);
    for (gsize i = 0; i < n; i++) {
        gsize j = (gsize) _umk_rng_below(&rng, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    if (hold_out) {
        *held_out = take_rows(vectors, order, 0, n_held, error);
        if (*held_out == NULL)
            return FALSE;
    }
    *concepts = take_rows(vectors, order, n_held, MIN(n, n_held + most), error);
    return *concepts != NULL;
}

/* How often a strange item is farther than a held-out one, ties by half; and the shares
 * that are called outside. */
static gboolean
compare_strange(const UmkMeter *meter,
                UmkMatrix *held_out,
                UmkMatrix *strange,
                UmkRun *run,
                JsonBuilder *builder,
                GError **error)
{
    gsize n = umk_matrix_get_n_rows(held_out), m = umk_matrix_get_n_rows(strange);
    g_autofree double *inside = g_new(double, MAX(n, 1));
    g_autofree double *other = g_new(double, MAX(m, 1));
    double wins = 0.0, n_outside = 0.0, n_beyond_edge = 0.0;

    if (!_umk_meter_measure(meter, held_out, run, inside, error) ||
        !_umk_meter_measure(meter, strange, run, other, error))
        return FALSE;
    for (gsize j = 0; j < m; j++) {
        n_outside += other[j] > (double) meter->outside;
        n_beyond_edge += other[j] > (double) meter->edge;
        for (gsize i = 0; i < n; i++)
            wins += other[j] > inside[i] ? 1.0 : other[j] == inside[i] ? 0.5 : 0.0;
    }
    json_builder_set_member_name(builder, "n_strange");
    json_builder_add_int_value(builder, (gint64) m);
    json_builder_set_member_name(builder, "auc");
    json_builder_add_double_value(builder, wins / ((double) n * (double) MAX(m, 1)));
    json_builder_set_member_name(builder, "strange_outside");
    json_builder_add_double_value(builder, n_outside / (double) MAX(m, 1));
    json_builder_set_member_name(builder, "strange_edge_or_outside");
    json_builder_add_double_value(builder, n_beyond_edge / (double) MAX(m, 1));
    return TRUE;
}

static char *
report(const UmkMeter *meter,
       UmkMatrix *known,
       UmkMatrix *held_out,
       UmkMatrix *strange,
       UmkRun *run,
       GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "n_concepts");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(known));
    json_builder_set_member_name(builder, "n_held_out");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(held_out));
    json_builder_set_member_name(builder, "nearest");
    json_builder_add_int_value(builder, meter->n_nearest);
    json_builder_set_member_name(builder, "axes");
    json_builder_add_int_value(builder, meter->n_axes);
    json_builder_set_member_name(builder, "edge");
    json_builder_add_double_value(builder, (double) meter->edge);
    json_builder_set_member_name(builder, "outside");
    json_builder_add_double_value(builder, (double) meter->outside);
    if (strange != NULL && umk_matrix_get_n_rows(strange) > 0 &&
        !compare_strange(meter, held_out, strange, run, builder, error))
        return NULL;
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static UmkMeter *
build(UmkMatrix *known,
      UmkMatrix *held,
      gboolean norm,
      UmkParams *params,
      UmkRun *run,
      GError **error)
{
    double edge = umk_params_get_double(params, "edge");
    double outside = umk_params_get_double(params, "outside");

    return norm ? _umk_meter_build_norm(held, edge, outside, run, error)
                : _umk_meter_build(known, held,
                                   (guint) umk_params_get_int(params, "nearest"),
                                   (guint) umk_params_get_int(params, "axes"), edge,
                                   outside, run, error);
}

static gboolean
write_meter(const UmkMeter *meter, const char *file, GError **error)
{
    g_autoptr(GBytes) bytes = _umk_meter_to_bytes(meter);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);

    return g_file_set_contents(file, data, (gssize) size, error);
}

static char *
name_file(UmkModel *self, UmkItems *concepts, const char *file)
{
    UmkModality modality = umk_items_get_n_items(concepts) > 0
                               ? umk_item_get_modality(umk_items_get(concepts, 0))
                               : UMK_MODALITY_TEXT;
    g_autofree char *name = _umk_model_name_meter(modality);

    if (file != NULL)
        return g_strdup(file);
    return umk_model_get_path(self) != NULL
               ? g_build_filename(umk_model_get_path(self), name, NULL)
               : NULL;
}

/**
 * umk_model_make_meter:
 * @self: a model
 * @concepts: what it was taught, of one modality
 * @held_out: (nullable): of the same kind, but never taught; %NULL holds out a tenth of
 *   @concepts
 * @strange: (nullable): what it was not taught, only to measure the meter
 * @file: (nullable) (type filename): where to write; %NULL: its place in the model's
 *   folder
 * @params: (nullable): from umk_model_get_meter_params(); %NULL for the defaults
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Makes the meter that umk_model_judge() reads. It belongs to the weights it was made
 * with and must be made again when they change.
 *
 * Returns: (transfer full): a JSON object with `n_concepts`, `n_held_out`, the thresholds
 *   `edge` and `outside`, and, where @strange was given, `auc` (how often something
 *   strange is farther away than a held-out concept), `strange_outside` and
 *   `strange_edge_or_outside` (shares that are called so)
 */
char *
umk_model_make_meter(UmkModel *self,
                     UmkItems *concepts,
                     UmkItems *held_out,
                     UmkItems *strange,
                     const char *file,
                     UmkParams *params,
                     GCancellable *cancellable,
                     UmkProgressFunc progress,
                     gpointer progress_data,
                     GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkParams) own = NULL;
    g_autoptr(UmkMatrix) all = NULL, known = NULL, held = NULL, other = NULL;
    g_autoptr(UmkMeter) meter = NULL;
    g_autofree char *path = NULL, *result = NULL;
    gboolean norm;

    g_return_val_if_fail(self != NULL && concepts != NULL, NULL);
    g_return_val_if_fail(params == NULL || umk_params_has(params, "nearest"), NULL);
    own = params != NULL ? umk_params_ref(params)
                         : umk_params_new(meter_params, G_N_ELEMENTS(meter_params));
    path = name_file(self, concepts, file);
    if (path == NULL ||
        umk_params_get_double(own, "edge") < umk_params_get_double(own, "outside")) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            path == NULL
                                ? _("The model has no folder to write a meter to")
                                : _("The share at the edge has to be larger than "
                                    "the share outside"));
        return NULL;
    }
    _umk_run_init(&run, cancellable, progress, progress_data);
    norm = g_str_equal(umk_params_get_string(own, "measure"), "norm");
    all = embed_for(self, concepts, norm, &run, error);
    if (all == NULL || !part(all, own, held_out == NULL, &known, &held, error))
        return NULL;
    if (held_out != NULL)
        held = embed_for(self, held_out, norm, &run, error);
    if (held == NULL)
        return NULL;
    if (strange != NULL) {
        other = embed_for(self, strange, norm, &run, error);
        if (other == NULL)
            return NULL;
    }
    meter = build(known, held, norm, own, &run, error);
    result = meter != NULL ? report(meter, known, held, other, &run, error) : NULL;
    return result != NULL && write_meter(meter, path, error) ? g_steal_pointer(&result)
                                                             : NULL;
}
