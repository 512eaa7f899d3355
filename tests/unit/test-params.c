/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <umekomi/umekomi.h>

static const char *const words[] = {"red", "green", NULL};
static const UmkParamSpec specs[] = {
    {"neighbors", UMK_PARAM_INT, "Neighbours", "How many", 1, 100, 15, NULL},
    {"spread", UMK_PARAM_DOUBLE, "Spread", "How far", 0, 1, 0.5, NULL},
    {"fast", UMK_PARAM_BOOL, "Fast", "Whether", 0, 1, 0, NULL},
    {"name", UMK_PARAM_STRING, "Name", "What", 0, 0, 0, NULL},
    {"colour", UMK_PARAM_CHOICE, "Colour", "Which", 0, 1, 1, words},
};

static void
test_defaults(void)
{
    g_autoptr(UmkParams) p = umk_params_new(specs, G_N_ELEMENTS(specs));

    g_assert_cmpint(umk_params_get_int(p, "neighbors"), ==, 15);
    g_assert_cmpstr(umk_params_get_string(p, "colour"), ==, "green");
    g_assert_cmpstr(umk_params_get_string(p, "name"), ==, "");
    g_assert_false(umk_params_is_set(p, "spread"));
}

static void
test_parse(void)
{
    g_autoptr(UmkParams) p = umk_params_new(specs, G_N_ELEMENTS(specs));
    g_autoptr(GError) error = NULL;
    g_autofree char *json = NULL;

    g_assert_true(
        umk_params_parse(p, "neighbors=7, spread=0.25 fast=yes colour=red", &error));
    g_assert_no_error(error);
    g_assert_true(umk_params_set(p, "name", "a \"b\"\n", &error));
    json = umk_params_to_json(p);
    g_assert_cmpstr(json, ==,
                    "{\"neighbors\":7,\"spread\":0.25,\"fast\":true,"
                    "\"name\":\"a \\\"b\\\"\\u000a\",\"colour\":\"red\"}");
}

static void
refused(const char *text, const char *part)
{
    g_autoptr(UmkParams) p = umk_params_new(specs, G_N_ELEMENTS(specs));
    g_autoptr(GError) error = NULL;

    g_assert_false(umk_params_parse(p, text, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_assert_nonnull(strstr(error->message, part));
}

static void
test_refusals(void)
{
    refused("neigbors=7", "did you mean “neighbors”");
    refused("neighbors=0", "from 1 to 100");
    refused("neighbors=1.5", "whole number");
    refused("neighbors=x", "takes a number");
    refused("spread=nan", "from 0 to 1");
    refused("fast=maybe", "yes or no");
    refused("colour=blue", "red, green");
    refused("fast", "its value");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/params/defaults", test_defaults);
    g_test_add_func("/params/parse", test_parse);
    g_test_add_func("/params/refusals", test_refusals);
    return g_test_run();
}
