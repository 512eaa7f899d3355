/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval analogy: how many analogies hold, section by section. */
#include "umk-cli-eval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_eval_analogy = {
    "eval analogy", "SOURCE QUESTIONS (four names a line; “: name” begins a section)",
    N_("How many analogies “a is to b as c is to d” hold"),
    "  umekomi eval analogy words.vec questions-words.txt\n"
    "  umekomi eval analogy words.vec questions-words.txt --method mul --limit 30000\n",
    run};

typedef struct {
    char *name;
    GArray *rows; /* of gint64, four a question */
    UmkAnalogies result;
} Section;

static void
section_free(gpointer data)
{
    Section *section = data;

    g_free(section->name);
    g_array_unref(section->rows);
    g_free(section);
}

static Section *
begin_section(GPtrArray *sections, const char *name)
{
    Section *section = g_new0(Section, 1);

    section->name = g_strdup(name);
    section->rows = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_ptr_array_add(sections, section);
    return section;
}

/* Fields that are not empty. */
static char **
split(const char *line)
{
    g_auto(GStrv) all = g_strsplit_set(line, strchr(line, '\t') ? "\t" : " ", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; all[i] != NULL; i++)
        if (*g_strstrip(all[i]) != '\0')
            g_strv_builder_add(builder, all[i]);
    return g_strv_builder_end(builder);
}

static GPtrArray *
read_questions(const char *path, UmkCliNames *names, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    g_autoptr(GPtrArray) sections = g_ptr_array_new_with_free_func(section_free);
    Section *section = NULL;

    if (lines == NULL)
        return NULL;
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = split(lines[i]);

        if (*lines[i] == ':') {
            section = begin_section(sections, g_strstrip(lines[i] + 1));
            continue;
        }
        if (fields[0] == NULL)
            continue;
        if (g_strv_length(fields) != 4) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s, line %zu: expected four names, there are %u"), path, i + 1,
                        g_strv_length(fields));
            return NULL;
        }
        if (section == NULL)
            section = begin_section(sections, "");
        for (gsize j = 0; j < 4; j++) {
            gint64 row = umk_cli_names_find(names, fields[j]);

            g_array_append_val(section->rows, row);
        }
    }
    if (sections->len > 0)
        return g_steal_pointer(&sections);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("%s has no questions"), path);
    return NULL;
}

static void
print_line(const UmkAnalogies *result, const char *title)
{
    g_autofree char *shown = umk_cli_escape(title);

    if (result->n_covered == 0)
        printf("%8s  %6s  %6zu  %6zu  %s\n", "–", "–", result->n_covered,
               result->n_questions, shown);
    else
        printf("%7.1f%%  %5.1f%%  %6zu  %6zu  %s\n",
               100.0 * (double) result->n_right / (double) result->n_covered,
               100.0 * (double) result->n_right_open / (double) result->n_covered,
               result->n_covered, result->n_questions, shown);
}

static void
add_line(JsonBuilder *builder, const UmkAnalogies *result)
{
    double n = (double) result->n_covered;

    json_builder_set_member_name(builder, "n_questions");
    json_builder_add_int_value(builder, (gint64) result->n_questions);
    json_builder_set_member_name(builder, "n_covered");
    json_builder_add_int_value(builder, (gint64) result->n_covered);
    json_builder_set_member_name(builder, "n_right");
    json_builder_add_int_value(builder, (gint64) result->n_right);
    json_builder_set_member_name(builder, "n_right_open");
    json_builder_add_int_value(builder, (gint64) result->n_right_open);
    umk_cli_eval_add_figure(builder, "accuracy",
                            n > 0 ? (double) result->n_right / n : (double) NAN);
}

static void
print_json(UmkCliNames *names, GPtrArray *sections, const UmkAnalogies *all)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    add_line(builder, all);
    umk_cli_eval_add_figure(builder, "low", all->low);
    umk_cli_eval_add_figure(builder, "high", all->high);
    json_builder_set_member_name(builder, "sections");
    json_builder_begin_array(builder);
    for (guint i = 0; i < sections->len; i++) {
        const Section *section = sections->pdata[i];

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, section->name);
        add_line(builder, &section->result);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    umk_cli_names_add_missing(names, builder);
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

static void
print_table(GPtrArray *sections, const UmkAnalogies *all)
{
    printf("%8s  %6s  %6s  %6s\n", _("right"), _("open"), _("asked"), _("of"));
    for (guint i = 0; i < sections->len; i++) {
        const Section *section = sections->pdata[i];

        if (sections->len > 1)
            print_line(&section->result, section->name);
    }
    print_line(all, _("all"));
    if (all->n_covered > 0)
        printf(_("95 %% interval: %.1f%% to %.1f%%; “open” allows the given names as "
                 "answers\n"),
               100.0 * all->low, 100.0 * all->high);
}

/* All questions at once; a section's figures are its own part of them. */
static gboolean
measure(UmkCli *cli,
        UmkMatrix *vectors,
        GPtrArray *sections,
        UmkAnalogyMethod method,
        UmkAnalogies *all,
        GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autofree guint8 *outcomes = NULL;
    const guint8 *own;

    for (guint i = 0; i < sections->len; i++) {
        const Section *section = sections->pdata[i];

        g_array_append_vals(rows, section->rows->data, section->rows->len);
    }
    own = outcomes = g_new(guint8, rows->len / 4 + 1);
    if (!umk_eval_analogies(vectors, (const gint64 *) (gconstpointer) rows->data,
                            rows->len / 4, method, all, outcomes, cli->cancellable,
                            umk_cli_progress, cli, error))
        return FALSE;
    for (guint i = 0; i < sections->len; i++) {
        Section *section = sections->pdata[i];

        section->result = (UmkAnalogies){.n_questions = section->rows->len / 4};
        for (gsize q = 0; q < section->result.n_questions; q++, own++) {
            section->result.n_covered += (*own & UMK_ANALOGY_ASKED) != 0;
            section->result.n_right += (*own & UMK_ANALOGY_RIGHT) != 0;
            section->result.n_right_open += (*own & UMK_ANALOGY_RIGHT_OPEN) != 0;
        }
    }
    return TRUE;
}

static UmkMatrix *
cut(UmkMatrix *vectors, int limit, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autofree guint64 *rows = NULL;

    if (limit <= 0 || (gsize) limit >= n)
        return umk_matrix_ref(vectors);
    rows = g_new(guint64, (gsize) limit);
    for (gsize i = 0; i < (gsize) limit; i++)
        rows[i] = i;
    return umk_matrix_select_rows(vectors, rows, (gsize) limit, error);
}

static UmkCliExit
ask(UmkCli *cli, const char *ids, int limit, UmkAnalogyMethod method, char **argv)
{
    g_auto(UmkCliSource) source = {0};
    g_auto(UmkCliNames) names = {0};
    g_autoptr(GPtrArray) sections = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) error = NULL;
    UmkAnalogies all;

    if (!umk_cli_source_open(cli, argv[1], ids, &source, &error))
        return umk_cli_fail(cli, error);
    vectors = cut(source.vectors, limit, &error);
    if (vectors == NULL)
        return umk_cli_fail(cli, error);
    if (limit > 0 && umk_matrix_get_n_rows(vectors) == (gsize) limit)
        g_clear_pointer(&source.names[limit], g_free);
    umk_cli_names_init(&names, source.names);
    sections = read_questions(argv[2], &names, &error);
    if (sections == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    if (!measure(cli, vectors, sections, method, &all, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    umk_cli_names_tell_missing(cli, &names);
    if (cli->json)
        print_json(&names, sections, &all);
    else
        print_table(sections, &all);
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *ids = NULL, *method = NULL;
    int limit = 0;
    const GOptionEntry entries[] = {
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &ids,
         N_("Names of the rows of a .npy, one a line"), "FILE"},
        {"method", 0, 0, G_OPTION_ARG_STRING, &method,
         N_("add (3CosAdd, default) or mul (3CosMul)"), "NAME"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &limit,
         N_("Only the first N rows, which in word vectors are the most frequent words"),
         "N"},
        {NULL}};
    UmkCliExit code =
        umk_cli_eval_parse(cli, &umk_cli_eval_analogy, entries, 2, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (limit < 0)
        return umk_cli_usage(&umk_cli_eval_analogy, _("--limit takes a number from 1"));
    if (method != NULL && !g_str_equal(method, "add") && !g_str_equal(method, "mul"))
        return umk_cli_usage(&umk_cli_eval_analogy, _("--method is add or mul, not “%s”"),
                             method);
    return ask(cli, ids, limit,
               method != NULL && *method == 'm' ? UMK_ANALOGY_MUL : UMK_ANALOGY_ADD,
               argv);
}
