/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the codes of an audit mean, in words. Codes of measures are the business of
 * umk_bias_describe(). */
#include "facade/umk-audit-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static const struct {
    const char *code, *words;
} words[] = {
    /* verdicts */
    {"clear", N_("A clear association: it is larger than chance and control sets give, "
                 "after correction for the number of tests, and its interval leaves no "
                 "doubt of its direction")},
    {"fragile",
     N_("A fragile association: its p or its interval speaks for one, but it does not "
        "pass every check")},
    {"none-seen", N_("No association seen: these sets do not show one, which does not "
                     "mean that there is none")},
    {"undefined", N_("Undefined: there is nothing to judge")},
    /* reasons */
    {"not-after-correction",
     N_("after correction for the number of tests, p is no longer below alpha")},
    {"untested", N_("there is no test of it against chance, so none that could be "
                    "corrected for the number of tests either")},
    {"no-interval", N_("there is no interval to check it by")},
    {"interval-includes-neutral",
     N_("the interval includes the value that means no association")},
    {"control-undefined", N_("it could not be compared with random control sets")},
    {"not-larger-than-controls", N_("random control sets often give a figure as large")},
    {"hangs-on-one-item",
     N_("it hangs on one item: without it the figure is on the other side")},
    {"half-missing", N_("less than half of the items of a set took part")},
    {"p-not-small", N_("chance alone would often give a figure as large")},
    {"interval-disagrees", N_("the interval excludes the value that means no "
                              "association; larger sets may tell")},
    {"smaller-not-detectable", N_("sets of this size would not show an association "
                                  "smaller than the detectable one")},
    {"set-empty", N_("no item of a set is among the vectors")},
    {"set-without-items", N_("a set holds no items")},
    {"set-used-up", N_("of a set nothing is left: its items are in the opposed set too, "
                       "or their partners are missing")},
    {"set-nearly-used-up", N_("of a set only one item is left: the others are in the "
                              "opposed set too, or their partners are missing")},
    {"set-too-small", N_("only one item of a set is among the vectors")},
    {"measure-failed", N_("the measure could not be taken")},
    {"no-figure", N_("the measure gave no figure")},
    {"no-neutral", N_("the figure has no value that means no association; it describes")},
    {"no-test", N_("the figure has neither a test nor an interval; it describes")},
    /* limits */
    {"control-not-neutral",
     N_("A control test, of sets that should not differ, shows an association too: read "
        "the others with care")},
    {"small-sets",
     N_("A set has fewer than 8 items: intervals are wide, and another item "
        "may change the figure")},
    {"loose-match", N_("Some items were found only in lower case or composed characters; "
                       "they are named with their sets")},
    {"part-embedded", N_("Some items of a set are stored vectors and some were embedded "
                         "for the audit")},
    {"words-alone", N_("Words were embedded alone, without a sentence around them, which "
                       "a model of sentences may not be used to")},
    {"in-sentences",
     N_("Words were embedded within one sentence of their language; other "
        "sentences may give other figures")},
    {"no-sentences", N_("Sentences were asked for, but the source has only words")},
    {"no-text-model",
     N_("No model on this machine could embed the items that are missing")},
    {"model-not-joined",
     N_("The model of texts on this machine is not joined to the collection's space, so "
        "what is missing there could not be embedded; “umekomi train align” joins it")},
    {"controls-from-lists", N_("Random control sets were drawn from lists of neutral "
                               "words, because a model has no vocabulary to draw from")},
    {"overlap",
     N_("Some items are in more than one set of a test; they are named there")},
    {"incomplete-pairs",
     N_("Some pairs are incomplete and were left out; they are named with their tests")},
    {"tests-failed", N_("Some tests could not be run; the reason stands with them")},
    {"not-corrected", N_("p-values were not corrected for the number of tests")},
    {"debias-hides", N_("Taking out a direction does not take out bias: what is left can "
                        "often be found by other means")},
    {"debias-fitted-here", N_("The debias was fitted on sets that are also tested; sets "
                              "that it has not seen tell more")},
    {"remains-few",
     N_("What remains was looked for in fewer items than the measures ask for: with so "
        "few vectors there are no most biased ones to choose from")},
    {"remains-at-chance",
     N_("The clusters followed the groups no better than chance before the debias, so "
        "they cannot tell what it took out")},
    /* costs of a debias */
    {"neighbours-kept", N_("share of the ten nearest neighbours that stay")},
    {"similarity-kept", N_("rank correlation of cosines before and after")},
    {"similarity", N_("rank correlation with human judgements of similarity")},
    {"analogies", N_("share of analogies answered rightly")},
    {"analogies-known", N_("share of the program’s own analogies answered rightly")},
    {"similarity-kinds", N_("chance that two words of a kind are more alike than two of "
                            "different kinds")},
    {"retrieval-kinds", N_("share of words of a kind that are found first when one of "
                           "them is looked for")},
    /* comparison with an earlier audit */
    {"grew", N_("grew")},
    {"shrank", N_("shrank")},
    {"no-change-seen", N_("no change seen")},
    {"not-comparable", N_("not comparable")},
    {"turned", N_("the association turned round")},
    {"test-missing", N_("the earlier audit has no such test")},
    {"measure-differs", N_("the measure is another")},
    {"params-differ", N_("the measure's options are others")},
    {"roles-differ", N_("the roles are played by other sets")},
    {"sets-differ", N_("the sets hold other items")},
    {"coverage-differs", N_("other items were found among the vectors")},
    {"undefined-before", N_("the figure was undefined in the earlier audit")},
    {"undefined-after", N_("the figure is undefined now")},
    {"no-spread-known", N_("neither intervals nor influences tell how sure the figures "
                           "are")},
    {"options-differ", N_("the audits were made with other options")},
    {"seed-differs", N_("the audits were made with other seeds")},
    {"version-differs", N_("the audits were made by other versions of the program")},
    {"paired-items", N_("the difference was judged item by item")},
    {"unpaired-intervals",
     N_("the difference was judged by both intervals, as if they were independent")},
};

/**
 * umk_audit_describe:
 * @code: a verdict, a reason, a limit or a change, as it stands in an audit
 *
 * Returns: (transfer none): what it means, translated; what umk_bias_describe() says
 *   where the code is none of an audit
 */
const char *
umk_audit_describe(const char *code)
{
    g_return_val_if_fail(code != NULL, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].code, code) == 0)
            return _(words[i].words);
    return umk_bias_describe(code);
}
