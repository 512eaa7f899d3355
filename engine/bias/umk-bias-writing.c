/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How measures of association write what they share: resampled figures, permutation
 * tests, tables; and what their codes mean. */
#include "bias/umk-bias-association-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

void
_umk_bias_begin(JsonBuilder *result, const char *member)
{
    json_builder_set_member_name(result, member);
    json_builder_begin_array(result);
}

void
_umk_bias_end(JsonBuilder *result)
{
    json_builder_end_array(result);
}

void
_umk_bias_add_string(JsonBuilder *result, const char *member, const char *value)
{
    json_builder_set_member_name(result, member);
    json_builder_add_string_value(result, value);
}

void
_umk_bias_add_resampled(JsonBuilder *result,
                        const UmkResampled *resampled,
                        gsize i,
                        UmkBiasFigure figure)
{
    figure.value = resampled->values[i];
    figure.intervals = resampled->intervals + i * resampled->n_per_figure;
    figure.n_intervals = resampled->n_intervals[i];
    _umk_bias_add_figure(result, &figure);
}

void
_umk_bias_add_influence(JsonBuilder *result,
                        const UmkBiasSets *sets,
                        const double *values,
                        const UmkResampled *resampled,
                        gsize figure)
{
    const double *without = resampled->without + figure * resampled->n_items;
    gsize at = 0;

    _umk_bias_begin(result, "items");
    for (gsize s = 0; s < UMK_N_SETS; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++, at++)
            _umk_bias_add_item(result, _umk_bias_four_roles[s], sets->sets[s]->names[i],
                               values[at], without[at]);
    _umk_bias_end(result);
}

void
_umk_bias_add_partition_tests(JsonBuilder *result,
                              const char *of,
                              const UmkPartitionTest *test,
                              const char *undefined)
{
    const char *method = test->exact ? "exact" : "sampled";
    UmkBiasTest greater = {
        of,     "greater", test->greater,           undefined,
        method, test->n,   test->greater_range.low, test->greater_range.high};
    UmkBiasTest two_sided = {
        of,     "two-sided", test->two_sided,           undefined,
        method, test->n,     test->two_sided_range.low, test->two_sided_range.high};

    _umk_bias_add_test(result, &greater);
    _umk_bias_add_test(result, &two_sided);
}

void
_umk_bias_add_columns(JsonBuilder *result, const char *const *columns)
{
    _umk_bias_begin(result, "columns");
    for (gsize i = 0; columns[i] != NULL; i++)
        json_builder_add_string_value(result, columns[i]);
    _umk_bias_end(result);
}

const UmkBiasWord _umk_bias_association_words[] = {
    {"effect-size", N_("effect size: difference of mean associations in standard "
                       "deviations (n − 1)")},
    {"effect-size-population", N_("effect size with the deviation over n, as some tools "
                                  "give it")},
    {"effect-size-centred", N_("effect size after the mean of each modality was taken "
                               "out")},
    {"effect-size-uncentred", N_("effect size of the vectors as they are")},
    {"mean-difference", N_("difference of the mean associations")},
    {"statistic", N_("difference of the summed associations")},
    {"association", N_("mean cosine with the first attributes minus that with the "
                       "second")},
    {"mean-association", N_("mean over the items of their association")},
    {"mean-effect-size", N_("mean over the items of their effect size")},
    {"value", N_("figure from outside")},
    {"p-greater", N_("one-sided p")},
    {"p-two-sided", N_("two-sided p")},
    {"p-holm", N_("two-sided p, Holm’s correction over the items")},
    {"p-bh", N_("two-sided p, Benjamini and Hochberg’s correction over the items")},
    {"low", N_("lower end of the interval")},
    {"high", N_("upper end of the interval")},
    {"targets", N_("targets drawn anew")},
    {"attributes", N_("attributes drawn anew")},
    {"targets-and-attributes", N_("targets and attributes drawn anew")},
    {"pairs", N_("pairs drawn anew")},
    {"pairs-and-attributes", N_("pairs and attributes drawn anew")},
    {"percentile", N_("percentile bootstrap")},
    {"bca", N_("bias-corrected and accelerated bootstrap")},
    {"null", N_("what random splits of the same items give")},
    {"few-items", N_("a set has fewer than eight items, so single items decide much")},
    {"too-few-items", N_("there are too few items")},
    {"too-few-for-interval", N_("a set of one item cannot be drawn anew, so an interval "
                                "is missing")},
    {"background-of-one-modality", N_("the sets mix modalities and the source does not "
                                      "say which row is which, so random sets would not "
                                      "compare")},
    {"unequal-sizes", N_("the target sets differ in size; the means are compared")},
    {"overlapping-targets", N_("an item is in both target sets; it pulls them together")},
    {"overlapping-attributes", N_("an item is in both attribute sets; it cancels out")},
    {"target-is-attribute", N_("a target is also an attribute; its cosine with itself "
                               "is 1")},
    {"duplicates", N_("a set holds the same item twice; it counts twice")},
    {"replicates-left-out", N_("some replicates had no spread and were left out of the "
                               "intervals")},
    {"no-bca", N_("a BCa interval could not be had: all replicates lie on one side of "
                  "the figure, or leaving an item out leaves nothing")},
    {"modality-gap", N_("the sets mix modalities, whose vectors lie apart as a whole; "
                        "look at the centred figure too")},
    {"modalities-centred", N_("the mean of each modality was taken out")},
};
