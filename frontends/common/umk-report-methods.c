/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it was computed: the formulas of the measures that this audit used, of intervals,
 * p-values and corrections, each with its source. */
#include "umk-report-parts.h"

#include <string.h>

static const struct {
    const char *measure, *formula, *source;
} methods[] = {
    {"weat",
     N_("s(w) = mean over a in A of cos(w, a) − mean over b in B of cos(w, b). Effect "
        "size d = (mean of s over X − mean of s over Y) / sample standard deviation "
        "(n − 1) of s over X and Y together. p: the share of divisions of X and Y into "
        "sets of the same sizes whose difference of means is at least as large."),
     "Caliskan, Bryson & Narayanan 2017; May et al. 2019 (SEAT); Steed & Caliskan 2021 "
     "(iEAT)"},
    {"sc-weat",
     N_("For one item w: (mean over A of cos(w, a) − mean over B of cos(w, b)) / sample "
        "standard deviation (n − 1) of cos(w, ·) over A and B together; p by dealing A "
        "and B anew."),
     "Caliskan, Bryson & Narayanan 2017"},
    {"wefat",
     N_("The association of each item, as for one item, and its Pearson correlation with "
        "a figure from outside."),
     "Caliskan, Bryson & Narayanan 2017"},
    {"rnd",
     N_("m₁, m₂: means of X and Y. Mean over a in A of |a − m₁| − |a − m₂|; above 0 "
        "means "
        "nearer to Y. It depends on the length of the vectors."),
     "Garg et al. 2018"},
    {"rnsb",
     N_("A logistic regression tells A from B; the probabilities it gives the target "
        "items are brought to a sum of 1 and compared with equal shares by the "
        "Kullback–Leibler divergence, natural logarithm."),
     "Sweeney & Najafian 2019"},
    {"mac",
     N_("Mean over targets and attribute sets of the mean cosine distance; 1 means no "
        "association. p: the share of choices of signs for the targets’ mean cosines "
        "whose mean is at least as far from 0."),
     "Manzini et al. 2019"},
    {"ect",
     N_("Spearman correlation of cos(m₁, a) and cos(m₂, a) over a in A, with the means "
        "m₁ "
        "and m₂ of X and Y; 1 means the two sets are seen alike."),
     "Dev & Phillips 2019"},
    {"ripa",
     N_("Product of the item with the unit vector of the difference of a pair; mean and "
        "spread over pairs and items."),
     "Ethayarajh, Duvenaud & Hirst 2019"},
    {"direction",
     N_("A direction g from pairs (one pair, mean of differences, principal component or "
        "classifier). Direct bias: mean over neutral items of |cos(w, g)|. p: the share "
        "of sets of random items of the same size whose mean is at least as large."),
     "Bolukbasi et al. 2016"},
    {"indirect-bias",
     N_("For unit vectors: (w·v − cos(w⊥, v⊥)) / (w·v), where ⊥ is what remains without "
        "the direction; undefined where w·v is below 0.05. p: the share of sets of "
        "random "
        "items that owe at least as much."),
     "Bolukbasi et al. 2016"},
    {"cluster-bias",
     N_("The items that lean most to either side before the debias are parted into two "
        "clusters after it; how well clusters and sides agree, whichever cluster is "
        "called which, so that it is never below 0.5. Wilson’s interval is folded at 0.5 "
        "in the same way; p by dealing the sides anew to the items."),
     "Gonen & Goldberg 2019"},
    {"neighbour-bias",
     N_("Share of items of one side among the nearest neighbours of an item, and its "
        "correlation with how far that item leans; p by dealing the leanings anew."),
     "Gonen & Goldberg 2019"},
    {"probe-bias",
     N_("Accuracy of a classifier that learns the side of items from some and tells it "
        "of others; p by the binomial distribution."),
     "Gonen & Goldberg 2019"},
    {"groups",
     N_("Mean cosine of the rows of each group, or of each crossing of groups, with a "
        "set "
        "or an axis; the gap is the largest mean less the least. p by dealing the rows "
        "anew to the groups."),
     "Buolamwini & Gebru 2018"},
    {"ranking",
     N_("Skew of a group at k: logarithm of its share among the first k over its target "
        "share. NDKL: divergence of the shares from the target, weighted by "
        "1 / log₂(i + 1). Tails: hypergeometric, exact. p of all figures, those of "
        "parity "
        "too, by dealing the groups anew to the rows, which keep their ranks."),
     "Geyik, Ambler & Kenthapadi 2019; Wang, Liu & Wang 2021"},
    {"verification",
     N_("Equal error rate of each group by linear interpolation at the crossing of false "
        "acceptance and false rejection; both rates of each group at one threshold for "
        "all. p by dealing the identities anew to the groups."),
     "Hutiri & Ding 2022; Howard et al. 2022 (GARBE)"},
};

/* The measures of the audit, in the order of the table; others by what they say of
 * themselves. */
static gboolean
is_used(UmkReportMaker *maker, const char *measure)
{
    JsonArray *tests = _umk_report_json_array(maker->audit, "tests");

    for (guint i = 0; i < _umk_report_json_n(tests); i++)
        if (g_strcmp0(
                _umk_report_json_code(_umk_report_json_object_at(tests, i), "measure"),
                measure) == 0)
            return TRUE;
    return FALSE;
}

static void
add_formulas(UmkReportMaker *maker, UmkReportBlock *terms)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        const char *title = _umk_report_measure_title(maker, methods[i].measure);
        g_autofree char *text = NULL;

        if (!is_used(maker, methods[i].measure))
            continue;
        text = _umk_report_fill(maker, N_("{1} Source: {2}."),
                                _umk_report_tr(maker, methods[i].formula),
                                methods[i].source, NULL);
        g_ptr_array_add(terms->texts,
                        g_strdup(title != NULL ? title : methods[i].measure));
        g_ptr_array_add(terms->texts, g_steal_pointer(&text));
    }
}

static void
add_statistics(UmkReportMaker *maker, UmkReportBlock *terms)
{
    _umk_report_term(
        maker, terms, N_("Arithmetic"),
        _umk_report_tr(maker, N_("Double precision throughout. Cosines are of unit "
                                 "vectors. What cannot be computed is undefined and says "
                                 "why; it is never put as 0.")));
    _umk_report_term(
        maker, terms, N_("p-values"),
        _umk_report_tr(maker, N_("By all divisions where there are few enough, else by "
                                 "divisions drawn without replacement, with "
                                 "(1 + exceedances) / (1 + draws) and an interval of p "
                                 "itself. Ties count as exceedances.")));
    _umk_report_term(
        maker, terms, N_("Intervals"),
        _umk_report_tr(maker, N_("Bootstrap: items are drawn anew with replacement, "
                                 "target items alone or attribute items too, and the "
                                 "figure is computed each time. Source: Efron & "
                                 "Tibshirani 1993.")));
    _umk_report_term(
        maker, terms, N_("Correction"),
        _umk_report_tr(maker, N_("Over all tests of the audit. Sources: Holm 1979; "
                                 "Benjamini & Hochberg 1995.")));
    _umk_report_term(
        maker, terms, N_("Control sets"),
        _umk_report_tr(maker, N_("The same measure with sets of the same sizes, drawn at "
                                 "random from the vectors: what a set without meaning "
                                 "gives. Where a measure has no sets to replace, groups, "
                                 "sides or identities are dealt anew.")));
    _umk_report_term(
        maker, terms, N_("Least effect"),
        _umk_report_tr(maker, N_("The figure that would just be significant, by dealing "
                                 "anew, by random sets or by a formula as the test says, "
                                 "and as many standard deviations of the bootstrap more "
                                 "as the power asks for.")));
    _umk_report_term(
        maker, terms, N_("Influence"),
        _umk_report_tr(maker, N_("The figure anew without each single item.")));
    _umk_report_term(
        maker, terms, N_("Why several"),
        _umk_report_tr(maker, N_("Results hang on the choice of words. Sources: Antoniak "
                                 "& Mimno 2021; Ethayarajh, Duvenaud & Hirst 2019.")));
}

void
_umk_report_add_methods(UmkReportMaker *maker)
{
    UmkReportBlock *terms;

    _umk_report_section(maker, N_("Methods and formulas"));
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    add_formulas(maker, terms);
    add_statistics(maker, terms);
}
