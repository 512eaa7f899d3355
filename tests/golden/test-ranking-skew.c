/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skew, NDKL and their kin against independent values. An absent group is null there and
 * NaN here. */
#include "golden-json.h"

#include "bias/umk-skew-private.h"

#define MAX_GROUPS 8
#define TOLERANCE  1e-12

typedef struct {
    GList *names; /* sorted as they stand in the file */
    gsize n;
    double target[MAX_GROUPS];
} Groups;

static Groups
read_groups(JsonObject *target)
{
    Groups groups = {json_object_get_members(target), 0, {0}};

    for (GList *l = groups.names; l != NULL; l = l->next)
        groups.target[groups.n++] = golden_json_number(target, l->data);
    return groups;
}

static gint32
find_group(const Groups *groups, const char *name)
{
    gint32 at = 0;

    for (GList *l = groups->names; l != NULL; l = l->next, at++)
        if (g_str_equal(l->data, name))
            return at;
    g_assert_not_reached();
}

static void
check_groups(const Groups *groups, JsonObject *expected, const double *counts, gsize k)
{
    JsonObject *shares = json_object_get_object_member(expected, "proportion");
    JsonObject *skews = json_object_get_object_member(expected, "skew");
    gsize g = 0;

    for (GList *l = groups->names; l != NULL; l = l->next, g++) {
        golden_json_compare("share", counts[g] / (double) k,
                            golden_json_number(shares, l->data), TOLERANCE);
        golden_json_compare(
            "skew",
            _umk_skew_of(counts[g], (double) k, groups->target[g], 0.0, groups->n),
            golden_json_number(skews, l->data), TOLERANCE);
    }
}

static void
check_case(JsonObject *one)
{
    JsonObject *expected = json_object_get_object_member(one, "expected");
    JsonArray *ranking = json_object_get_array_member(one, "ranking");
    Groups groups = read_groups(json_object_get_object_member(one, "target"));
    gsize k = (gsize) json_object_get_int_member(one, "k");
    UmkSkewTarget target = {groups.target, groups.n, 1.0};
    gint32 codes[64];
    double counts[MAX_GROUPS];
    UmkSkew skew;

    g_test_message("%s", json_object_get_string_member(one, "name"));
    g_assert_cmpuint(k, <=, G_N_ELEMENTS(codes));
    for (guint i = 0; i < k; i++)
        codes[i] = find_group(&groups, json_array_get_string_element(ranking, i));
    _umk_skew_measure(&target, codes, k, counts, &skew);
    check_groups(&groups, expected, counts, k);
    golden_json_compare("max", skew.max, golden_json_number(expected, "max_skew"),
                        TOLERANCE);
    golden_json_compare("min", skew.min, golden_json_number(expected, "min_skew"),
                        TOLERANCE);
    golden_json_compare("smoothed max", skew.max_smoothed,
                        golden_json_number(expected, "max_skew_laplace1"), TOLERANCE);
    golden_json_compare("smoothed min", skew.min_smoothed,
                        golden_json_number(expected, "min_skew_laplace1"), TOLERANCE);
    golden_json_compare("NDKL", skew.ndkl, golden_json_number(expected, "ndkl"),
                        TOLERANCE);
    golden_json_compare("KL", skew.kl, golden_json_number(expected, "kl_at_k"),
                        TOLERANCE);
    golden_json_compare("total variation", skew.total_variation,
                        golden_json_number(expected, "tv_at_k"), TOLERANCE);
    g_list_free(groups.names);
}

static void
test_skew(void)
{
    g_autoptr(JsonNode) root = golden_json("ranking_skew.json");
    JsonArray *cases;

    if (root == NULL)
        return;
    cases = golden_json_cases(root);
    g_assert_cmpuint(json_array_get_length(cases), ==, 14);
    for (guint i = 0; i < json_array_get_length(cases); i++)
        check_case(json_array_get_object_element(cases, i));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranking-skew/golden", test_skew);
    return g_test_run();
}
