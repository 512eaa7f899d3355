/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an audit does not show: what it left out, what it says of itself, and what no
 * audit of this kind can show. */
#include "umk-report-parts.h"

static void
add(UmkReportBlock *list, char *text)
{
    if (text != NULL)
        g_ptr_array_add(list->texts, text);
}

/* Values of a member over all sets, each once, in the order met. */
static char *
list_values(UmkReportMaker *maker, const char *member, gboolean words)
{
    JsonArray *sets = _umk_report_json_array(maker->audit, "sets");
    const char *comma = _umk_report_tr(maker, N_(", "));
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < _umk_report_json_n(sets); i++) {
        JsonObject *set = _umk_report_json_object_at(sets, i);
        const char *value = _umk_report_json_code(set, member);
        g_autofree char *text = NULL;

        if (value == NULL || !g_hash_table_add(seen, (gpointer) value))
            continue;
        text = words ? _umk_report_words(maker, value) : _umk_report_safe_text(value);
        g_string_append_printf(out, "%s%s", out->len > 0 ? comma : "", text);
    }
    return out->len > 0 ? g_string_free(out, FALSE)
                        : (g_string_free(out, TRUE), (char *) NULL);
}

/* Missing words, over all sets. */
static char *
say_missing(UmkReportMaker *maker)
{
    JsonArray *sets = _umk_report_json_array(maker->audit, "sets");
    guint n_missing = 0, n_sets = 0;
    g_autofree char *missing = NULL, *in_sets = NULL;

    for (guint i = 0; i < _umk_report_json_n(sets); i++) {
        JsonObject *set = _umk_report_json_object_at(sets, i);
        guint n = _umk_report_json_n(_umk_report_json_array(set, "missing"));

        n_missing += n;
        n_sets += n > 0;
    }
    if (n_missing == 0)
        return NULL;
    missing = _umk_report_count(n_missing);
    in_sets = _umk_report_count(n_sets);
    return _umk_report_fill(maker,
                            N_("Items that the vectors do not have: {1}, in sets: {2}. "
                               "They took no part; they are named with their sets."),
                            missing, in_sets, NULL);
}

static void
add_scope(UmkReportMaker *maker, UmkReportBlock *list)
{
    g_autofree char *languages = list_values(maker, "language", FALSE);
    g_autofree char *kinds = list_values(maker, "modality", TRUE);

    if (languages != NULL)
        add(list, _umk_report_fill(maker,
                                   N_("Languages of the sets: {1}. No other language was "
                                      "looked at."),
                                   languages, NULL));
    if (kinds != NULL)
        add(list, _umk_report_fill(
                      maker, N_("Kinds of items: {1}. No other kind was looked at."),
                      kinds, NULL));
    add(list, say_missing(maker));
}

void
_umk_report_add_limits(UmkReportMaker *maker)
{
    JsonArray *limits = _umk_report_json_array(maker->audit, "limits");
    UmkReportBlock *list;

    _umk_report_section(maker, N_("Scope and limits"));
    _umk_report_say(
        maker, UMK_REPORT_PLAIN,
        N_("An audit answers for the sets that it looked at. What follows was "
           "not tested, or bounds what the figures say."));
    list = _umk_report_document_add(maker->document, UMK_REPORT_LIST);
    add_scope(maker, list);
    for (guint i = 0; i < _umk_report_json_n(limits); i++) {
        const char *code = _umk_report_json_code_at(limits, i);

        if (code != NULL)
            add(list, _umk_report_title_words(maker, code));
    }
    add(list, g_strdup(_umk_report_tr(
                  maker, N_("Word lists are samples of a concept. Other words for the "
                            "same concept can give other figures."))));
    add(list, g_strdup(_umk_report_tr(
                  maker, N_("Only the vectors were measured, not a product that uses "
                            "them, nor the people it acts on."))));
}
