/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the panel Map is made of, without a window: fields and their counts, colours, the
 * time that is left, the command line, layouts kept and found again. */
#include "umk-app-classes.h"
#include "umk-app-field.h"
#include "umk-app-job.h"
#include "umk-app-layout.h"
#include "umk-app-gap.h"
#include "umk-app-option-words.h"
#include "umk-app-palette.h"
#include "umk-app-recipe.h"
#include "umk-app-titles.h"

#include <math.h>
#include <string.h>

/* ---- fields --------------------------------------------------------------------------
 */

static void
test_numbers(void)
{
    const char *texts[200];
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkAppField) field = NULL;
    g_autoptr(UmkAppRows) rows = NULL;
    g_autofree guint *groups = NULL;
    g_autofree char *detail = NULL, *edge = NULL;
    const guint some[] = {0, 1, 2};
    gsize n, sum = 0, inside = 0;

    for (guint i = 0; i < 200; i++) {
        g_ptr_array_add(owned, g_strdup_printf("%u", 1900 + i % 100));
        texts[i] = i % 50 == 0 ? "" : owned->pdata[i];
    }
    field = umk_app_field_new("year", "Year", texts, 200);
    g_assert_cmpint(field->kind, ==, UMK_APP_FIELD_NUMBER);
    g_assert_cmpuint(field->n_missing, ==, 4);
    g_assert_cmpuint(field->n_groups, <=, UMK_APP_FIELD_BINS);
    for (guint g = 0; g < field->n_groups; g++)
        sum += field->counts[g];
    g_assert_cmpuint(sum, ==, 196);
    edge = umk_app_field_dup_edge(field, 0);
    g_assert_cmpstr(edge, ==, "1900");
    rows = umk_app_field_select(field, some, 3);
    for (guint i = 0; i < 200; i++)
        inside += *texts[i] != '\0' && atoi(texts[i]) < 1900 + 3 * field->step;
    g_assert_cmpuint(umk_app_rows_get_n_chosen(rows), ==, inside);
    detail = umk_app_field_make_detail(field, some, 3);
    groups = umk_app_field_read_detail(field, detail, &n);
    g_assert_cmpmem(groups, n * sizeof *groups, some, sizeof some);
}

/* Widths such as 0.1 are not exact; every value has to be in the bin that holds it. */
static void
test_bins(void)
{
    for (double scale = 1e-6; scale < 1e7; scale *= 10) {
        float values[1000];
        g_autoptr(UmkAppField) field = NULL;

        for (guint i = 0; i < 1000; i++)
            values[i] = (float) ((i - 300.0) * scale);
        field = umk_app_field_new_from_numbers("x", "x", values, 1000);
        for (guint i = 0; i < 1000; i++) {
            double low = field->first + field->step * field->group[i];

            g_assert_cmpfloat((double) values[i], >=, low - 1e-4 * field->step);
            g_assert_cmpfloat((double) values[i], <=, low + 1.0001 * field->step);
        }
    }
}

/* Texts about the origin, pictures among them, sounds and nodes away by so much. */
static void
measure_gap(double sounds, double nodes, guint n_kinds, UmkAppGap *gap)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);
    const gsize n = 400;
    g_autofree float *places = g_new(float, 2 * n);
    g_autofree guint8 *kinds = g_new(guint8, n);
    g_autoptr(UmkMatrix) matrix = NULL;

    for (gsize i = 0; i < n; i++) {
        static const UmkModality order[] = {UMK_MODALITY_TEXT, UMK_MODALITY_IMAGE,
                                            UMK_MODALITY_AUDIO, UMK_MODALITY_GRAPH};

        kinds[i] = (guint8) order[i % n_kinds];
        places[2 * i] = (float) g_rand_double_range(rand, -1, 1);
        places[2 * i + 1] = (float) (g_rand_double_range(rand, -1, 1) +
                                     (kinds[i] == UMK_MODALITY_AUDIO   ? sounds
                                      : kinds[i] == UMK_MODALITY_GRAPH ? nodes
                                                                       : 0));
    }
    matrix = umk_matrix_new_from_data(n, 2, places, NULL);
    umk_app_gap_measure(matrix, kinds, gap);
}

static void
test_gap(void)
{
    static const struct {
        double sounds, nodes;
        guint n_kinds;
        const char *start; /* of the sentence; NULL: none */
    } cases[] = {
        {0, 0, 4, NULL},
        {9, 0, 4, "Sounds lie in a region"},
        {9, 9, 4, "Texts and Sounds lie"}, /* two by two */
        {9, -9, 4, "Sounds lie in a region"},
        {9, 0, 3, "Sounds lie in a region"},
        {0, 0, 1, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = NULL;
        UmkAppGap gap;

        measure_gap(cases[i].sounds, cases[i].nodes, cases[i].n_kinds, &gap);
        text = umk_app_gap_dup_text(&gap);
        g_test_message("%s", text != NULL ? text : "none");
        g_assert_cmpint(umk_app_gap_is_any(&gap), ==, cases[i].start != NULL);
        if (cases[i].start == NULL)
            g_assert_null(text);
        else
            g_assert_true(g_str_has_prefix(text, cases[i].start));
    }
}

/* Each kind by itself, and two kinds alone. */
static void
test_gap_words(void)
{
    UmkAppGap all = {.seen = 7, .apart = {6, 5, 3}}, two = {.seen = 3, .apart = {2, 1}};
    g_autofree char *each = umk_app_gap_dup_text(&all);
    g_autofree char *both = umk_app_gap_dup_text(&two);

    g_assert_true(g_str_has_prefix(each, "Each kind of item"));
    g_assert_true(g_str_has_prefix(both, "Texts and Pictures lie in separate"));
}

static void
test_categories(void)
{
    const char *const texts[] = {"b", "a", "b", "", "c", "b", "a", "1"};
    g_autoptr(UmkAppField) field = umk_app_field_new("k", "K", texts, 8);
    g_autofree guint *groups = NULL;
    gsize n, counts[4];
    guint8 keep[8] = {1, 1, 0, 1, 1, 0, 0, 0};
    g_autoptr(UmkAppRows) within = umk_app_rows_new_from_mask(8, keep);

    g_assert_cmpint(field->kind, ==, UMK_APP_FIELD_CATEGORY);
    g_assert_cmpuint(field->n_groups, ==, 4);
    g_assert_cmpstr(field->names[0], ==, "b");
    g_assert_cmpstr(field->names[1], ==, "a");
    g_assert_cmpuint(field->counts[0], ==, 3);
    g_assert_cmpuint(field->n_missing, ==, 1);
    umk_app_field_count(field, within, counts);
    g_assert_cmpuint(counts[0] + counts[1] + counts[2] + counts[3], ==, 3);
    g_assert_cmpuint(counts[0], ==, 1);
    groups = umk_app_field_read_detail(field, "a\nnobody\nc", &n);
    g_assert_cmpuint(n, ==, 2);
    g_assert_null(umk_app_field_new("k", "K", (const char *const[]){"x", "x"}, 2));
}

static void
test_words(void)
{
    const char *texts[60];
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkAppField) field = NULL;
    const guint first[] = {0};
    g_autoptr(UmkAppRows) rows = NULL;
    gsize counts[UMK_APP_FIELD_WORDS];
    static const char *const empty[] = {"the", "with", "a", "これ", "は"};

    for (guint i = 0; i < 60; i++) {
        g_ptr_array_add(
            owned, g_strdup_printf("The Dog%s with number x%uy saw a dog 梅。これは、%s",
                                   i % 2 ? "" : "s", i, i % 3 ? "" : "cat"));
        texts[i] = owned->pdata[i];
    }
    field = umk_app_field_new("text", "Text", texts, 60);
    g_assert_cmpint(field->kind, ==, UMK_APP_FIELD_WORD);
    g_assert_cmpuint(field->counts[0], ==, 60); /* once a text, whatever the case */
    g_assert_true(g_strv_contains((const char *const *) field->names, "cat"));
    g_assert_true(g_strv_contains((const char *const *) field->names, "梅"));
    for (guint i = 0; i < G_N_ELEMENTS(empty); i++)
        g_assert_false(g_strv_contains((const char *const *) field->names, empty[i]));
    rows = umk_app_field_select(field, first, 1);
    g_assert_cmpuint(umk_app_rows_get_n_chosen(rows), ==, 60);
    umk_app_field_count(field, rows, counts);
    g_assert_cmpmem(counts, field->n_groups * sizeof *counts, field->counts,
                    field->n_groups * sizeof *counts);
}

/* A million rows are counted within a frame or two, and rightly. */
/* A chart is shown where it tells something, and paths by what tells them apart. */
static void
test_telling(void)
{
    static const char *const alike[] = {"a", "a", "a", "a"};
    static const char *const apart[] = {"a", "b", "c", "d"};
    static const char *const paths[] = {"/home/a/b/words.tsv", "/home/a/b/c/graph.csv",
                                        "/home/a/b/words.tsv", ""};
    static const char *const one[] = {"/home/a/words.tsv", "/home/a/words.tsv", "", ""};
    g_autoptr(UmkAppField) none = umk_app_field_new("x", "X", alike, 4);
    g_autoptr(UmkAppField) all = umk_app_field_new("x", "X", apart, 4);
    g_autoptr(UmkAppField) two = umk_app_field_new("source", "Source", paths, 4);
    g_autoptr(UmkAppField) single = umk_app_field_new("source", "Source", one, 4);
    g_autofree char *first = umk_app_field_dup_shown(two, 0);
    g_autofree char *second = umk_app_field_dup_shown(two, 1);
    g_autofree char *only = umk_app_field_dup_shown(single, 0);

    g_assert_null(none);
    g_assert_false(umk_app_field_tells(all));
    g_assert_true(umk_app_field_tells(two));
    g_assert_true(umk_app_field_tells(single));
    g_assert_cmpstr(first, ==, "words.tsv");
    g_assert_cmpstr(second, ==, "c/graph.csv");
    g_assert_cmpstr(only, ==, "words.tsv");
    g_assert_cmpuint(umk_app_titles_count_shared(apart, 4), ==, 0);
}

static void
test_titles(void)
{
    g_autofree char *end = umk_app_title_of_value("/home/a/words.tsv");
    g_autofree char *word = umk_app_title_of_value("either/or");
    g_autofree char *minus = umk_app_text_set_minus(g_strdup("effect -0.25 to -3"));
    g_autofree char *zero = umk_app_text_set_minus(g_strdup("-0.00 to -0.01"));
    g_autofree char *english = umk_app_text_set_commas(g_strdup("plant, frog"));
    g_autofree char *japanese = umk_app_text_set_commas(g_strdup("車, 木, 葉"));
    g_autofree char *names = umk_app_text_set_minus(g_strdup("covid-19, x - y, (-1)"));

    g_assert_cmpstr(english, ==, "plant, frog");
    g_assert_cmpstr(japanese, ==, "車、木、葉");
    g_assert_cmpstr(umk_app_title_of_field("source"), ==, "Source");
    g_assert_cmpstr(umk_app_title_of_field("pH"), ==, "pH");
    g_assert_cmpstr(end, ==, "words.tsv");
    g_assert_cmpstr(word, ==, "either/or");
    g_assert_cmpstr(minus, ==, "effect −0.25 to −3");
    g_assert_cmpstr(zero, ==, "0.00 to −0.01");
    g_assert_cmpstr(names, ==, "covid-19, x - y, (−1)");
}

static const UmkParamSpec *
find_option(const char *method, const char *name)
{
    gsize n;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n);

    for (gsize i = 0; i < n; i++)
        if (g_str_equal(specs[i].name, name))
            return &specs[i];
    g_assert_not_reached();
}

/* What the engine writes is told in words; nought that is no number is not shown as one.
 */
/* Every choice of the methods has a title, and a plugin's own are shown as it calls them,
 * or by the word where it calls them nothing. */
static void
test_choice_titles(void)
{
    static const char *const words[] = {"one", "two", NULL};
    static const char *const titles[] = {"The first", "The second", NULL};
    const UmkParamSpec told = {.name = "which",
                               .type = UMK_PARAM_CHOICE,
                               .max = 1,
                               .choices = words,
                               .choice_titles = titles};
    const UmkParamSpec bare = {
        .name = "which", .type = UMK_PARAM_CHOICE, .max = 1, .choices = words};
    g_auto(GStrv) methods = umk_projection_list_methods();
    g_autofree char *second = umk_app_option_dup_value(&told, "two");
    g_autofree char *word = umk_app_option_dup_value(&bare, "two");
    guint n_choices = 0;

    g_assert_cmpstr(second, ==, "The second");
    g_assert_cmpstr(umk_app_option_get_choice(&told, 0), ==, "The first");
    g_assert_cmpstr(word, ==, "two");
    for (gsize m = 0; methods[m] != NULL; m++) {
        gsize n = 0;
        const UmkParamSpec *specs = umk_projection_get_params(methods[m], &n);

        for (gsize i = 0; i < n; i++) {
            if (specs[i].type != UMK_PARAM_CHOICE)
                continue;
            n_choices++;
            g_assert_nonnull(specs[i].choice_titles);
            g_assert_cmpuint(g_strv_length((char **) specs[i].choices), ==,
                             g_strv_length((char **) specs[i].choice_titles));
        }
    }
    g_assert_cmpuint(n_choices, >=, 8);
}

static void
test_option_words(void)
{
    static const struct {
        const char *method, *option, *value, *shown;
    } cases[] = {
        {"umap", "epochs", "0", "Automatic"},
        {"umap", "epochs", "200", "200"},
        {"umap", "start", "pca", "PCA"},
        {"umap", "metric", "euclidean", "Euclidean"},
        {"umap", "densmap", "no", "No"},
        {"umap", "repulsion", "0", "0"},
        {"umap", "seed", "0", "0"},
        {"tsne", "learning-rate", "0", "Automatic"},
        {"pacmap", "neighbors", "0", "Automatic"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const UmkParamSpec *spec = find_option(cases[i].method, cases[i].option);
        g_autofree char *shown = umk_app_option_dup_value(spec, cases[i].value);

        g_assert_cmpstr(shown, ==, cases[i].shown);
    }
    g_assert_true(find_option("umap", "neighbors")->plain);
    g_assert_true(find_option("umap", "seed")->plain);
    g_assert_false(find_option("umap", "epochs")->plain);
    g_assert_true(umk_app_option_is_default(find_option("umap", "start"), "pca"));
    g_assert_false(umk_app_option_is_default(find_option("umap", "start"), "random"));
}

static void
test_million(void)
{
    const gsize n = 1000000;
    g_autofree float *values = g_new(float, n);
    g_autofree guint8 *keep = g_new0(guint8, n);
    g_autoptr(UmkAppField) field = NULL;
    g_autoptr(UmkAppRows) within = NULL;
    gsize counts[UMK_APP_FIELD_BINS], sum = 0;
    gint64 start;

    for (gsize i = 0; i < n; i++) {
        values[i] = (float) (i * 7919 % 1000);
        keep[i] = i % 3 == 0;
    }
    field = umk_app_field_new_from_numbers("x", "x", values, n);
    within = umk_app_rows_new_from_mask(n, keep);
    start = g_get_monotonic_time();
    umk_app_field_count(field, within, counts);
    g_test_message("1 M rows counted in %.2f ms",
                   (double) (g_get_monotonic_time() - start) / 1000);
    for (guint g = 0; g < field->n_groups; g++)
        sum += counts[g];
    g_assert_cmpuint(sum, ==, umk_app_rows_get_n_chosen(within));
}

/* ---- colours -------------------------------------------------------------------------
 */

static double
distance(UmkAppColour a, UmkAppColour b)
{
    return hypot(hypot((double) (a.r - b.r), (double) (a.g - b.g)), (double) (a.b - b.b));
}

static double
lightness(UmkAppColour c)
{
    return 0.2126 * (double) c.r + 0.7152 * (double) c.g + 0.0722 * (double) c.b;
}

static void
test_palette(void)
{
    for (guint dark = 0; dark < 2; dark++) {
        for (guint a = 0; a <= UMK_APP_OTHERS; a++)
            for (guint b = 0; b < a; b++)
                g_assert_cmpfloat(distance(umk_app_palette_get(a, (gboolean) dark),
                                           umk_app_palette_get(b, (gboolean) dark)),
                                  >, 0.06);
        for (guint s = 1; s < UMK_APP_N_SCALE; s++)
            g_assert_cmpfloat(
                lightness(umk_app_palette_get(UMK_APP_SCALE + s, (gboolean) dark)), >,
                lightness(umk_app_palette_get(UMK_APP_SCALE + s - 1, (gboolean) dark)));
    }
    g_assert_cmpuint(UMK_APP_SCALE + UMK_APP_N_SCALE, ==, UMK_APP_N_COLOURS);
}

static void
test_scale(void)
{
    float values[1000];
    g_autoptr(UmkAppField) field = NULL;
    g_autoptr(UmkAppClasses) classes = NULL;

    for (guint i = 0; i < 1000; i++)
        values[i] = i == 0 ? NAN : i == 1 ? 1e6f : (float) i;
    field = umk_app_field_new_from_numbers("x", "X", values, 1000);
    classes = umk_app_classes_new_by_field(field);
    g_assert_true(classes->is_scale);
    g_assert_cmpfloat(classes->high, <, 1000); /* one far off does not pale the rest */
    g_assert_true(classes->above);
    g_assert_cmpuint(classes->colour_of_row[0], ==, UMK_APP_NO_LABEL);
    g_assert_cmpuint(classes->colour_of_row[1], ==, UMK_APP_SCALE + UMK_APP_N_SCALE - 1);
    g_assert_cmpuint(classes->colour_of_row[2], ==, UMK_APP_SCALE);
    g_assert_cmpuint(classes->colour_of_row[500], >, UMK_APP_SCALE + 12);
    g_assert_cmpuint(classes->colour_of_row[500], <, UMK_APP_SCALE + 18);
}

/* ---- time, command line --------------------------------------------------------------
 */

static void
test_estimate(void)
{
    g_autofree char *minutes = umk_app_job_time_text(180);
    g_autofree char *seconds = umk_app_job_time_text(42);

    g_assert_cmpfloat(umk_app_job_estimate(10, 0.25), ==, 30);
    g_assert_cmpfloat(umk_app_job_estimate(10, 1), ==, 0);
    g_assert_cmpfloat(umk_app_job_estimate(0.1, 0.5), <, 0);
    g_assert_cmpfloat(umk_app_job_estimate(10, 0), <, 0);
    g_assert_cmpfloat(umk_app_job_estimate(10, -1), <, 0);
    g_assert_cmpstr(minutes, ==, "3 min left");
    g_assert_cmpstr(seconds, ==, "42 s left");
    g_assert_null(umk_app_job_time_text(-1));
}

static char *
name_row(gsize place, gpointer data)
{
    const char *const *names = data;

    return g_strdup(names[place]);
}

static void
test_command(void)
{
    static const char *names[] = {"dog", "a cat", "+", "say \"hi\"", "x,y"};
    g_autofree char *plain = umk_app_command_new(
        "/my photos.ume",
        "{\"method\":\"umap\",\"params\":{\"dims\":3,\"neighbors\":15,\"min-dist\":0.25,"
        "\"metric\":\"cosine\",\"densmap\":true,\"seed\":7}}",
        "year of birth", name_row, names);
    g_autofree char *axes = umk_app_command_new(
        "a.ume", "{\"method\":\"axes\",\"params\":{\"x\":\"0, 1 - 2\",\"y\":\"4\"}}",
        NULL, name_row, names);
    g_autofree char *centred =
        umk_app_command_new("a.ume", "{\"method\":\"pca\",\"params\":{},\"centered\":2}",
                            NULL, name_row, names);

    g_assert_cmpstr(centred, ==,
                    "umekomi map a.ume --method pca --center-modalities --output "
                    "a-pca.svg");
    g_assert_cmpstr(plain, ==,
                    "umekomi map '/my photos.ume' --method umap --dims 3 --min-dist 0.25 "
                    "--metric cosine --densmap --seed 7 --color 'year of birth' --output "
                    "'my photos-umap.svg'");
    g_assert_cmpstr(axes, ==,
                    "umekomi map a.ume --method axes --x 'dog, \"a cat\" - \"+\"' --y "
                    "'\"x,y\"' --output a-axes.svg");
    g_assert_null(umk_app_command_new("a.ume",
                                      "{\"method\":\"axes\",\"params\":{\"x\":\"3\"}}",
                                      NULL, name_row, names));
    g_assert_null(umk_app_command_new("a.ume", "{\"method\":\"mixed\",\"params\":{}}",
                                      NULL, name_row, names));
    g_assert_null(umk_app_command_new("a.ume", "nonsense", NULL, name_row, names));
    g_assert_null(umk_app_command_new("a.ume", NULL, NULL, name_row, names));
}

/* ---- layouts -------------------------------------------------------------------------
 */

static void
test_layout(void)
{
    const float places[] = {1, 2, 3, 4, 5, 6};
    const guint64 of[] = {0, 2, 5};
    g_autoptr(UmkMatrix) coords = umk_matrix_new_from_data(3, 2, places, NULL);
    g_autoptr(GBytes) rows = g_bytes_new(of, sizeof of);
    g_autoptr(UmkAppLayout) layout = umk_app_layout_new("pca", "PCA", coords, rows, 7);
    g_autoptr(UmkAppLayout) again = NULL;
    g_autoptr(UmkMatrix) all = umk_app_layout_dup_places(layout, 7, NULL);
    g_autofree char *json = NULL;

    layout->recipe = g_strdup("{\"method\":\"pca\",\"params\":{\"dims\":2}}");
    layout->left = g_strdup("“low”");
    layout->right = g_strdup("high");
    layout->explained = 0.5;
    json = umk_app_layout_to_json(layout);
    again = umk_app_layout_new_from_json(json, all);
    g_assert_nonnull(again);
    g_assert_cmpuint(umk_matrix_get_n_rows(again->coords), ==, 3);
    g_assert_true(g_bytes_equal(again->rows, rows));
    g_assert_cmpstr(again->left, ==, "“low”");
    g_assert_null(again->top);
    g_assert_cmpstr(again->recipe, ==, layout->recipe);
    g_assert_cmpfloat(again->explained, ==, 0.5);
    for (guint32 row = 0; row < 7; row++) {
        float at[2][2] = {{0, 0}, {0, 0}};
        gboolean was = umk_app_points_find(layout->points, row, &at[0][0], &at[0][1]);

        g_assert_true(was ==
                      umk_app_points_find(again->points, row, &at[1][0], &at[1][1]));
        g_assert_cmpmem(at[0], sizeof at[0], at[1], sizeof at[1]);
    }
    g_assert_null(umk_app_layout_new_from_json("{}", all));
    g_assert_null(umk_app_layout_new_from_json("[1]", all));
    g_assert_null(umk_app_layout_new_from_json("{\"schema\":7}", all));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/panel-values/choice-titles", test_choice_titles);
    g_test_add_func("/panel-values/gap", test_gap);
    g_test_add_func("/panel-values/gap-words", test_gap_words);
    g_test_add_func("/panel-values/numbers", test_numbers);
    g_test_add_func("/panel-values/bins", test_bins);
    g_test_add_func("/panel-values/categories", test_categories);
    g_test_add_func("/panel-values/words", test_words);
    g_test_add_func("/panel-values/telling", test_telling);
    g_test_add_func("/panel-values/titles", test_titles);
    g_test_add_func("/panel-values/option-words", test_option_words);
    g_test_add_func("/panel-values/million", test_million);
    g_test_add_func("/panel-values/palette", test_palette);
    g_test_add_func("/panel-values/scale", test_scale);
    g_test_add_func("/panel-values/estimate", test_estimate);
    g_test_add_func("/panel-values/command", test_command);
    g_test_add_func("/panel-values/layout", test_layout);
    return g_test_run();
}
