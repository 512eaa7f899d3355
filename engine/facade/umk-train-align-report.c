/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a trained head as JSON: settings, the plan of the split (one letter a
 * pair), the loss curve, and recall before and after. */
#include "facade/umk-train-align-private.h"

#include <json-glib/json-glib.h>

#include <math.h>

static void
add_number(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isfinite(value))
        json_builder_add_double_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
add_count(JsonBuilder *builder, const char *name, guint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64) value);
}

static void
add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void
add_flag(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

static guint64
count_part(const UmkAlignPairs *pairs, UmkPart part)
{
    guint64 n = 0;

    for (gsize i = 0; i < pairs->n; i++)
        n += pairs->parts[i] == part;
    return n;
}

static void
add_recall(JsonBuilder *builder, const char *name, const UmkRecall *recall)
{
    json_builder_set_member_name(builder, name);
    if (recall == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    json_builder_begin_object(builder);
    add_number(builder, "recall_at_1", recall->at_1);
    add_number(builder, "recall_at_5", recall->at_5);
    add_number(builder, "recall_at_10", recall->at_10);
    add_number(builder, "median_rank", recall->median_rank);
    json_builder_end_object(builder);
}

static void
add_measure(JsonBuilder *builder, const UmkAlignMeasure *measure)
{
    const UmkRecall *after = &measure->after;

    json_builder_begin_object(builder);
    add_string(builder, "direction", measure->backwards ? "to-from" : "from-to");
    add_string(builder, "among", measure->among_all ? "all" : "held-out");
    add_count(builder, "queries", after->n_queries);
    add_count(builder, "candidates", after->n_candidates);
    add_recall(builder, "before", measure->has_before ? &measure->before : NULL);
    add_recall(builder, "after", after);
    json_builder_set_member_name(builder, "chance");
    json_builder_begin_object(builder);
    add_number(builder, "recall_at_1", after->chance_at_1);
    add_number(builder, "recall_at_5", after->chance_at_5);
    add_number(builder, "recall_at_10", after->chance_at_10);
    add_number(builder, "median_rank", after->chance_rank);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
}

static void
add_settings(JsonBuilder *builder, const UmkAlignOutcome *outcome)
{
    const UmkAlignSettings *s = outcome->settings;

    json_builder_set_member_name(builder, "settings");
    json_builder_begin_object(builder);
    add_flag(builder, "normalize", outcome->normalize);
    add_number(builder, "held_out", outcome->held_out);
    add_number(builder, "validation", outcome->validation);
    add_count(builder, "seed", s->seed);
    if (s->head->learns) {
        add_count(builder, "batch", s->batch);
        add_count(builder, "accumulate", s->accumulate);
        add_count(builder, "epochs", s->n_epochs);
        add_count(builder, "patience", s->patience);
        add_number(builder, "rate", s->rate);
        add_number(builder, "warmup", s->warmup);
        add_number(builder, "decay", s->decay);
        add_flag(builder, "learn_temperature", s->learn_temperature);
    }
    if (s->shape.n_hidden > 0)
        add_count(builder, "hidden", s->shape.n_hidden);
    add_number(builder, "temperature", s->temperature);
    json_builder_end_object(builder);
}

static void
add_curve(JsonBuilder *builder, const GArray *curve)
{
    json_builder_set_member_name(builder, "curve");
    json_builder_begin_array(builder);
    for (guint i = 0; i < curve->len; i++) {
        const UmkAlignEpoch *row = &g_array_index(curve, UmkAlignEpoch, i);

        json_builder_begin_object(builder);
        add_count(builder, "epoch", i);
        add_count(builder, "step", row->step);
        add_number(builder, "rate", row->rate);
        add_number(builder, "train", row->train);
        add_number(builder, "validation", row->validation);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_parts(JsonBuilder *builder, const UmkAlignPairs *pairs)
{
    static const char letters[UMK_N_PARTS] = {'t', 'v', 'h'};
    g_autofree char *plan = g_malloc0(pairs->n + 1);

    for (gsize i = 0; i < pairs->n; i++)
        plan[i] = letters[pairs->parts[i]];
    add_count(builder, "n_train", count_part(pairs, UMK_PART_TRAIN));
    add_count(builder, "n_validation", count_part(pairs, UMK_PART_VALIDATION));
    add_count(builder, "n_held_out", count_part(pairs, UMK_PART_TEST));
    add_string(builder, "split", plan);
}

static char *
finish(JsonBuilder *builder, gboolean pretty)
{
    g_autoptr(JsonNode) root = NULL;

    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, pretty);
}

char *
_umk_align_report(const UmkAlignOutcome *outcome)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const UmkAlignResult *result = outcome->result;
    const UmkAlignSettings *s = outcome->settings;

    json_builder_begin_object(builder);
    add_string(builder, "head", s->head->name);
    add_string(builder, "frame", outcome->frame);
    add_string(builder, "space", outcome->space);
    add_string(builder, "metric", umk_metric_get_name(s->metric));
    add_count(builder, "n_in", s->shape.n_in);
    add_count(builder, "n_out", s->shape.n_out);
    add_count(builder, "n_weights", result->n_weights);
    add_count(builder, "n_pairs", outcome->pairs->n);
    add_count(builder, "n_different_from", outcome->n_from);
    add_count(builder, "n_different_to", outcome->n_to);
    add_settings(builder, outcome);
    if (s->head->n_starts > 1)
        add_number(builder, "penalty", _umk_head_get_penalty(result->start));
    add_number(builder, "temperature", result->temperature);
    add_count(builder, "best_epoch", result->best_epoch);
    add_flag(builder, "stopped_early", result->stopped);
    json_builder_set_member_name(builder, "recall");
    json_builder_begin_array(builder);
    for (guint i = 0; i < UMK_ALIGN_MEASURES; i++)
        add_measure(builder, &outcome->measures[i]);
    json_builder_end_array(builder);
    add_parts(builder, outcome->pairs);
    add_curve(builder, result->curve);
    return finish(builder, TRUE);
}

char *
_umk_align_summary(const UmkAlignOutcome *outcome)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const UmkRecall *among_all = &outcome->measures[1].after;

    json_builder_begin_object(builder);
    add_string(builder, "method", outcome->settings->head->name);
    add_count(builder, "n_anchors", outcome->pairs->n);
    add_count(builder, "n_different_targets", outcome->n_to);
    add_count(builder, "seed", outcome->settings->seed);
    add_count(builder, "n_candidates", among_all->n_candidates);
    add_count(builder, "n_queries", among_all->n_queries);
    add_number(builder, "recall_at_1", among_all->at_1);
    add_number(builder, "chance_at_1", among_all->chance_at_1);
    add_number(builder, "recall_at_10", among_all->at_10);
    add_number(builder, "chance_at_10", among_all->chance_at_10);
    return finish(builder, FALSE);
}
