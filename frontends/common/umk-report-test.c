/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One test of an audit: its headline, its p-values and what they mean in plain words. */
#include "umk-report-parts.h"

#include <math.h>
#include <string.h>

static JsonObject *
find_headline(JsonObject *result)
{
    JsonArray *figures = _umk_report_json_array(result, "figures");

    for (guint i = 0; i < _umk_report_json_n(figures); i++) {
        JsonObject *figure = _umk_report_json_object_at(figures, i);

        if (_umk_report_json_flag(figure, "headline"))
            return figure;
    }
    return _umk_report_json_object_at(figures, 0);
}

static gboolean
get_ends(JsonObject *interval, double *low, double *high)
{
    return _umk_report_json_number(interval, "low", low) &&
           _umk_report_json_number(interval, "high", high) && *low <= *high;
}

static void
find_intervals(UmkReportTest *self)
{
    JsonArray *all = _umk_report_json_array(self->headline, "intervals");
    double least = INFINITY, most = -INFINITY, low, high;

    for (guint i = 0; i < _umk_report_json_n(all); i++) {
        JsonObject *interval = _umk_report_json_object_at(all, i);

        if (!get_ends(interval, &low, &high))
            continue;
        if (high - low < least) {
            least = high - low;
            self->narrow = interval;
        }
        if (high - low > most) {
            most = high - low;
            self->wide = interval;
        }
    }
}

void
_umk_report_test_init(UmkReportTest *self, const UmkReportMaker *maker, JsonObject *test)
{
    JsonObject *verdict = _umk_report_json_object(test, "verdict");

    memset(self, 0, sizeof *self);
    self->test = test;
    self->result = _umk_report_json_object(test, "result");
    self->headline = find_headline(self->result);
    self->id = _umk_report_json_code(test, "id");
    self->measure = _umk_report_json_code(test, "measure");
    self->verdict = _umk_report_json_code(verdict, "code");
    self->title = _umk_report_local_text(maker, test, "title", "titles");
    if (self->title == NULL)
        self->title = _umk_report_safe_text(self->id != NULL ? self->id : "–");
    self->defined = _umk_report_json_number(self->headline, "value", &self->value);
    self->has_neutral =
        _umk_report_json_number(self->headline, "neutral", &self->neutral);
    find_intervals(self);
}

void
_umk_report_test_clear(UmkReportTest *self)
{
    g_clear_pointer(&self->title, g_free);
}

JsonObject *
_umk_report_find_set(const UmkReportMaker *maker, const char *id)
{
    JsonArray *sets = _umk_report_json_array(maker->audit, "sets");

    for (guint i = 0; id != NULL && i < _umk_report_json_n(sets); i++) {
        JsonObject *set = _umk_report_json_object_at(sets, i);

        if (g_strcmp0(_umk_report_json_code(set, "id"), id) == 0)
            return set;
    }
    return NULL;
}

char *
_umk_report_test_role(const UmkReportMaker *maker,
                      const UmkReportTest *test,
                      const char *role)
{
    JsonObject *roles = _umk_report_json_object(test->test, "roles");
    const char *id = _umk_report_json_code(roles, role);
    char *title =
        _umk_report_local_text(maker, _umk_report_find_set(maker, id), "title", "titles");

    return title != NULL || id == NULL ? title : _umk_report_safe_text(id);
}

gboolean
_umk_report_test_p(const UmkReportTest *test, double *p)
{
    return _umk_report_test_adjusted(test, "p", p);
}

char *
_umk_report_test_p_text(const UmkReportMaker *maker, const UmkReportTest *test)
{
    double p;

    if (_umk_report_test_p(test, &p))
        return _umk_report_p(p);
    return g_strdup(test->defined ? _umk_report_tr(maker, N_("no test")) : "–");
}

gboolean
_umk_report_test_adjusted(const UmkReportTest *test, const char *method, double *p)
{
    return _umk_report_json_number(_umk_report_json_object(test->test, "adjusted"),
                                   method, p);
}

/* The widest: what the verdict rests on. "–" where there is none. */
char *
_umk_report_test_interval(const UmkReportTest *test)
{
    double low, high;

    return get_ends(test->wide, &low, &high) ? _umk_report_range(low, high)
                                             : g_strdup("–");
}

/* The same with two digits. */
char *
_umk_report_test_interval_short(const UmkReportTest *test)
{
    g_autofree char *from = NULL, *to = NULL;
    double low, high;

    if (!get_ends(test->wide, &low, &high))
        return g_strdup("–");
    from = _umk_report_number_short(low);
    to = _umk_report_number_short(high);
    return g_strdup_printf("[%s, %s]", from, to);
}

char *
_umk_report_test_direction(const UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autofree char *x = _umk_report_test_role(maker, test, "x");
    g_autofree char *y = _umk_report_test_role(maker, test, "y");
    g_autofree char *a = _umk_report_test_role(maker, test, "a");
    g_autofree char *b = _umk_report_test_role(maker, test, "b");
    gboolean forward = test->value >= (test->has_neutral ? test->neutral : 0);

    if (!test->defined || x == NULL || y == NULL || a == NULL || b == NULL ||
        !g_str_has_prefix(test->measure != NULL ? test->measure : "", "weat"))
        return NULL;
    return _umk_report_fill(maker,
                            N_("“{1}” leans towards “{2}” and “{3}” towards “{4}”, "
                               "more than the other way round."),
                            x, forward ? a : b, y, forward ? b : a, NULL);
}

static char *
describe_reason(const UmkReportMaker *maker, const UmkReportTest *test)
{
    const char *code = _umk_report_json_code(test->headline, "undefined");
    JsonArray *reasons =
        _umk_report_json_array(_umk_report_json_object(test->test, "verdict"), "reasons");
    g_autofree char *error = _umk_report_json_dup_text(test->test, "error");
    g_autofree char *words = NULL;

    if (code == NULL && error == NULL)
        code = _umk_report_json_code_at(reasons, 0);
    words = code != NULL ? _umk_report_words(maker, code) : NULL;
    if (words == NULL && error == NULL)
        return g_strdup(_umk_report_tr(maker, N_("It could not be measured.")));
    return _umk_report_fill(maker,
                            test->defined ? N_("It gets no verdict: {1}.")
                                          : N_("It could not be measured: {1}."),
                            words != NULL ? words : error, NULL);
}

static char *
describe_none(const UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonObject *detectable = _umk_report_json_object(test->result, "detectable");
    double effect;
    g_autofree char *size = NULL;

    if (!_umk_report_json_number(detectable, "effect", &effect))
        return g_strdup(_umk_report_tr(
            maker,
            N_("These items showed nothing. That does not show that nothing is there.")));
    size = _umk_report_number_short(effect);
    return _umk_report_fill(maker,
                            N_("These items showed nothing. With sets of this size a "
                               "figure less than {1} away from neutral would mostly stay "
                               "unseen."),
                            size, NULL);
}

char *
_umk_report_test_meaning(const UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autofree char *direction = NULL, *value = NULL, *neutral = NULL;

    if (g_strcmp0(test->verdict, "none-seen") == 0)
        return describe_none(maker, test);
    if (!test->defined || g_strcmp0(test->verdict, "undefined") == 0)
        return describe_reason(maker, test);
    direction = _umk_report_test_direction(maker, test);
    if (direction == NULL && test->has_neutral) {
        value = _umk_report_number_short(test->value);
        neutral = _umk_report_number_short(test->neutral);
        direction = _umk_report_fill(maker, N_("Found {1} where {2} would be neutral."),
                                     value, neutral, NULL);
    }
    if (g_strcmp0(test->verdict, "fragile") == 0)
        return _umk_report_fill(maker,
                                N_("{1} Not under every check: a hint, not a finding."),
                                direction != NULL ? direction : "", NULL);
    return g_steal_pointer(&direction);
}

const char *
_umk_report_correction(const UmkReportMaker *maker)
{
    JsonObject *options = _umk_report_json_object(maker->audit, "options");
    const char *chosen = _umk_report_json_code(options, "correction");

    if (g_strcmp0(chosen, "none") == 0)
        return "p";
    return chosen != NULL ? chosen : "holm";
}

/* ---- order ---------------------------------------------------------------------------
 */

static guint
rank_verdict(const char *verdict)
{
    static const char *const order[] = {"clear", "fragile", "undefined", "none-seen"};

    for (guint i = 0; i < G_N_ELEMENTS(order); i++)
        if (g_strcmp0(order[i], verdict) == 0)
            return i;
    return G_N_ELEMENTS(order);
}

/* By verdict, then by p, then by how far from neutral it is. */
static int
compare_tests(const UmkReportMaker *maker, JsonObject *a, JsonObject *b)
{
    g_auto(UmkReportTest) one = {0}, other = {0};
    guint rank_one, rank_other;
    double p_one = 2, p_other = 2, far_one, far_other;

    _umk_report_test_init(&one, maker, a);
    _umk_report_test_init(&other, maker, b);
    rank_one = rank_verdict(one.verdict);
    rank_other = rank_verdict(other.verdict);
    if (rank_one != rank_other)
        return rank_one < rank_other ? -1 : 1;
    _umk_report_test_p(&one, &p_one);
    _umk_report_test_p(&other, &p_other);
    if (p_one != p_other)
        return p_one < p_other ? -1 : 1;
    far_one = one.defined ? fabs(one.value - one.neutral) : 0;
    far_other = other.defined ? fabs(other.value - other.neutral) : 0;
    return far_one > far_other ? -1 : far_one < far_other;
}

/* By insertion, so that equals keep their places; audits have tens of tests. */
GPtrArray *
_umk_report_sort_tests(const UmkReportMaker *maker, JsonArray *tests)
{
    GPtrArray *sorted = g_ptr_array_new();

    for (guint i = 0; i < _umk_report_json_n(tests); i++) {
        JsonObject *test = _umk_report_json_object_at(tests, i);
        guint at = sorted->len;

        if (test == NULL)
            continue;
        while (at > 0 && compare_tests(maker, test, sorted->pdata[at - 1]) < 0)
            at--;
        g_ptr_array_insert(sorted, (int) at, test);
    }
    return sorted;
}
