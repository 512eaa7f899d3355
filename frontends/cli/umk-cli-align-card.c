/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card of a trained head, for people and for programs:
 *
 *   head.json   everything: both sides with digests, settings, split, curve, recall
 *   README.md   the same in words and tables
 *   split.tsv   line, part (train, validation, held-out) and cells of each pair
 *   curve.tsv   loss by epoch */
#include "umk-cli-align.h"

#include <math.h>
#include <string.h>

static JsonObject *
get_object(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static double
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node)
                                                       : (double) NAN;
}

static void
append_figures(GString *out, JsonObject *figures, gboolean markdown)
{
    static const char *const names[] = {"recall_at_1", "recall_at_5", "recall_at_10"};
    const char *bar = markdown ? " | " : "  ";

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (figures == NULL)
            g_string_append_printf(out, "%s%5s", bar, "-");
        else
            g_string_append_printf(out, "%s%5.1f", bar,
                                   100.0 * get_number(figures, names[i]));
    }
    if (figures == NULL)
        g_string_append_printf(out, "%s%7s", bar, "-");
    else
        g_string_append_printf(out, "%s%7.1f", bar, get_number(figures, "median_rank"));
    g_string_append(out, markdown ? " |\n" : "\n");
}

static void
append_rows(GString *out, JsonObject *measure, gboolean markdown)
{
    static const char *const rows[] = {"before", "after", "chance"};
    const char *titles[] = {_("before"), _("after"), _("chance")};
    gboolean backwards =
        g_str_equal(json_object_get_string_member(measure, "direction"), "to-from");
    gboolean among_all =
        g_str_equal(json_object_get_string_member(measure, "among"), "all");
    g_autofree char *what =
        g_strdup_printf("%s, %s", backwards ? _("to → from") : _("from → to"),
                        among_all ? _("among all") : _("among held-out"));

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 n = json_object_get_int_member(measure, "candidates");

        if (markdown)
            g_string_append_printf(out, "| %s | %s | %d", what, titles[i], (int) n);
        else
            g_string_append_printf(out, "%-26s %-8s %7d", i == 0 ? what : "", titles[i],
                                   (int) n);
        append_figures(out, get_object(measure, rows[i]), markdown);
    }
}

char *
umk_cli_align_format_recall(JsonObject *card, gboolean markdown)
{
    GString *out = g_string_new(NULL);
    JsonArray *measures = json_object_get_array_member(card, "recall");

    if (markdown)
        g_string_append(out,
                        "| direction | | candidates | R@1 | R@5 | R@10 | median rank "
                        "|\n| --- | --- | --: | --: | --: | --: | --: |\n");
    else
        g_string_append_printf(out, "%-26s %-8s %7s  %5s  %5s  %5s  %7s\n", "", "",
                               _("among"), "R@1", "R@5", "R@10", _("median"));
    for (guint i = 0; i < json_array_get_length(measures); i++)
        append_rows(out, json_array_get_object_element(measures, i), markdown);
    return g_string_free(out, FALSE);
}

static void
append_side(GString *out, const char *title, JsonObject *side)
{
    g_string_append_printf(out, "- %s: %s `%s`", title,
                           json_object_get_string_member(side, "kind"),
                           json_object_get_string_member(side, "name"));
    if (json_object_has_member(side, "digest"))
        g_string_append_printf(out, ", licence %s, SHA-256 `%s`",
                               *json_object_get_string_member(side, "license") != '\0'
                                   ? json_object_get_string_member(side, "license")
                                   : "not stated",
                               json_object_get_string_member(side, "digest"));
    g_string_append(out, "\n");
}

static char *
write_markdown(JsonObject *card)
{
    GString *out = g_string_new(NULL);
    JsonObject *pairs = json_object_get_object_member(card, "pairs");
    g_autofree char *table = umk_cli_align_format_recall(card, TRUE);

    g_string_append_printf(out,
                           "# Head `%s` → `%s`\n\nA %s head of %d weights that maps "
                           "vectors of %d numbers into a space of %d (%s).\n\n",
                           json_object_get_string_member(card, "frame"),
                           json_object_get_string_member(card, "space"),
                           json_object_get_string_member(card, "head"),
                           (int) json_object_get_int_member(card, "n_weights"),
                           (int) json_object_get_int_member(card, "n_in"),
                           (int) json_object_get_int_member(card, "n_out"),
                           json_object_get_string_member(card, "metric"));
    append_side(out, "from", json_object_get_object_member(card, "from"));
    append_side(out, "to", json_object_get_object_member(card, "to"));
    g_string_append_printf(
        out,
        "- pairs: `%s`, SHA-256 `%s`: %d pairs (%d left out), of which %d to learn from, "
        "%d to validate by, %d held out; pairs that share a vector are in one part\n\n",
        json_object_get_string_member(pairs, "file"),
        json_object_get_string_member(pairs, "sha256"),
        (int) json_object_get_int_member(card, "n_pairs"),
        (int) json_object_get_int_member(pairs, "n_left_out"),
        (int) json_object_get_int_member(card, "n_train"),
        (int) json_object_get_int_member(card, "n_validation"),
        (int) json_object_get_int_member(card, "n_held_out"));
    g_string_append(out, "## Recall on the held-out pairs\n\nIn per cent; the head has "
                         "not seen these pairs, nor was it chosen by them. *Before* "
                         "compares the two sides unmapped, where they are as long.\n\n");
    g_string_append(out, table);
    g_string_append(out,
                    "\n`head.json` has the settings, the loss curve and the digests, "
                    "`split.tsv` the plan of the split, `curve.tsv` the curve.\n");
    return g_string_free(out, FALSE);
}

static const char *
name_part(char letter)
{
    return letter == 't' ? "train" : letter == 'v' ? "validation" : "held-out";
}

static char *
write_split(JsonObject *card, char **from, char **to, const guint64 *lines)
{
    GString *out = g_string_new("line\tpart\tfrom\tto\n");
    const char *plan = json_object_get_string_member(card, "split");

    for (gsize i = 0; plan[i] != '\0'; i++)
        g_string_append_printf(out, "%" G_GUINT64_FORMAT "\t%s\t%s\t%s\n", lines[i],
                               name_part(plan[i]), from[i], to[i]);
    return g_string_free(out, FALSE);
}

static void
append_number(GString *out, double value, const char *after)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(out, isfinite(value)
                             ? g_ascii_formatd(digits, sizeof digits, "%.9g", value)
                             : "");
    g_string_append(out, after);
}

static char *
write_curve(JsonObject *card)
{
    GString *out = g_string_new("epoch\tstep\trate\ttrain\tvalidation\n");
    JsonArray *curve = json_object_get_array_member(card, "curve");

    for (guint i = 0; i < json_array_get_length(curve); i++) {
        JsonObject *row = json_array_get_object_element(curve, i);

        append_number(out, get_number(row, "epoch"), "\t");
        append_number(out, get_number(row, "step"), "\t");
        append_number(out, get_number(row, "rate"), "\t");
        append_number(out, get_number(row, "train"), "\t");
        append_number(out, get_number(row, "validation"), "\n");
    }
    return g_string_free(out, FALSE);
}

static gboolean
write_file(const char *folder, const char *name, char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gboolean done = umk_cli_write_text(path, text, -1, error);

    g_free(text);
    return done;
}

gboolean
umk_cli_align_write_card(const char *folder,
                         JsonObject *card,
                         char **from,
                         char **to,
                         const guint64 *lines,
                         GError **error)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_node_set_object(node, card);
    return write_file(folder, "head.json", json_to_string(node, TRUE), error) &&
           write_file(folder, "README.md", write_markdown(card), error) &&
           write_file(folder, "split.tsv", write_split(card, from, to, lines), error) &&
           write_file(folder, "curve.tsv", write_curve(card), error);
}
