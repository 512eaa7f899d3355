/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was audited and with which sets: every item by name, what is missing too. */
#include "umk-report-parts.h"

static char *
count_of(JsonObject *object, const char *member)
{
    double n;

    return _umk_report_json_number(object, member, &n) ? _umk_report_count(n) : NULL;
}

static void
add_words(UmkReportMaker *maker,
          UmkReportBlock *terms,
          const char *term,
          const char *code)
{
    g_autofree char *words = code != NULL ? _umk_report_words(maker, code) : NULL;

    _umk_report_term(maker, terms, term, words);
}

static void
add_text(UmkReportMaker *maker,
         UmkReportBlock *terms,
         const char *term,
         JsonObject *object,
         const char *member)
{
    g_autofree char *text = _umk_report_json_dup_text(object, member);

    _umk_report_term(maker, terms, term, text);
}

void
_umk_report_add_data(UmkReportMaker *maker)
{
    JsonObject *source = _umk_report_json_object(maker->audit, "source");
    UmkReportBlock *terms;
    g_autofree char *n = count_of(source, "n"), *dims = count_of(source, "dims");

    _umk_report_section(maker, N_("The data"));
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    add_text(maker, terms, N_("File or folder"), source, "path");
    add_words(maker, terms, N_("What it is"), _umk_report_json_code(source, "kind"));
    add_text(maker, terms, N_("Embedding model"), source, "model");
    _umk_report_term(maker, terms, N_("Vectors"), n);
    _umk_report_term(maker, terms, N_("Dimensions"), dims);
    if (source != NULL && json_object_has_member(source, "normalized"))
        _umk_report_term(
            maker, terms, N_("Length of the vectors"),
            _umk_report_tr(maker, _umk_report_json_flag(source, "normalized")
                                      ? N_("brought to 1")
                                      : N_("as they are; the cosine does not see it")));
    add_text(maker, terms, N_("Digest"), source, "digest");
}

/* ---- sets ----------------------------------------------------------------------------
 */

/* The list may hold what is missing or not. */
static guint
count_asked(JsonArray *items, JsonArray *missing)
{
    g_autoptr(GHashTable) all = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = _umk_report_json_n(items);

    for (guint i = 0; i < _umk_report_json_n(items); i++)
        if (_umk_report_json_code_at(items, i) != NULL)
            g_hash_table_add(all, (gpointer) _umk_report_json_code_at(items, i));
    for (guint i = 0; i < _umk_report_json_n(missing); i++) {
        const char *name = _umk_report_json_code_at(missing, i);

        n += name != NULL && !g_hash_table_contains(all, name);
    }
    return n;
}

static void
say_coverage(UmkReportMaker *maker, UmkReportBlock *terms, JsonObject *set)
{
    JsonArray *missing = _umk_report_json_array(set, "missing");
    JsonArray *duplicates = _umk_report_json_array(set, "duplicates");
    guint n_asked = count_asked(_umk_report_json_array(set, "items"), missing);
    guint n_used = n_asked - MIN(n_asked, _umk_report_json_n(missing));
    g_autofree char *used = _umk_report_count(n_used);
    g_autofree char *all = _umk_report_count(n_asked);
    g_autofree char *share =
        _umk_report_percent(n_asked > 0 ? (double) n_used / n_asked : 0);
    g_autofree char *absent = _umk_report_join(maker, missing);
    g_autofree char *twice = _umk_report_join(maker, duplicates);
    g_autofree char *coverage =
        _umk_report_fill(maker,
                         absent != NULL ? N_("{1} of {2} ({3}); missing: {4}")
                                        : N_("{1} of {2} ({3}); none is missing"),
                         used, all, share, absent != NULL ? absent : "", NULL);

    _umk_report_term(maker, terms, N_("Coverage"), coverage);
    _umk_report_term(maker, terms, N_("More than once in the list"), twice);
}

/* Items that were found in another spelling: "Axe as axe". */
static void
say_matched(UmkReportMaker *maker, UmkReportBlock *terms, JsonObject *set)
{
    JsonArray *matched = _umk_report_json_array(set, "matched");
    const char *comma = _umk_report_tr(maker, N_(", "));
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < _umk_report_json_n(matched); i++) {
        JsonObject *pair = _umk_report_json_object_at(matched, i);
        g_autofree char *item = _umk_report_json_dup_text(pair, "item");
        g_autofree char *as = _umk_report_json_dup_text(pair, "as");
        g_autofree char *words = NULL;

        if (item == NULL || as == NULL)
            continue;
        words = _umk_report_fill(maker, N_("{1} as {2}"), item, as, NULL);
        g_string_append_printf(out, "%s%s", out->len > 0 ? comma : "", words);
    }
    if (out->len > 0)
        _umk_report_term(maker, terms, N_("Found in another spelling"), out->str);
}

/* "en, text"; either may be absent. */
static void
add_kind(UmkReportMaker *maker, UmkReportBlock *terms, JsonObject *set)
{
    const char *modality = _umk_report_json_code(set, "modality");
    g_autofree char *language = _umk_report_json_dup_text(set, "language");
    g_autofree char *kind = modality != NULL ? _umk_report_words(maker, modality) : NULL;
    g_autofree char *both =
        language != NULL && kind != NULL
            ? _umk_report_fill(maker, N_("{1}, {2}"), language, kind, NULL)
            : NULL;

    _umk_report_term(maker, terms, N_("Language, kind"),
                     both != NULL       ? both
                     : language != NULL ? language
                                        : kind);
}

static void
add_source(UmkReportMaker *maker, UmkReportBlock *terms, JsonObject *set)
{
    g_autofree char *source = _umk_report_json_dup_text(set, "source");
    g_autofree char *licence = _umk_report_json_dup_text(set, "licence");
    g_autofree char *both = NULL;

    if (source == NULL && licence == NULL)
        return;
    both = _umk_report_fill(maker, N_("{1}; licence: {2}"), source != NULL ? source : "–",
                            licence != NULL ? licence : "–", NULL);
    _umk_report_term(maker, terms, N_("Source"), both);
}

static void
add_set(UmkReportMaker *maker, JsonObject *set)
{
    g_autofree char *title = _umk_report_local_text(maker, set, "title", "titles");
    g_autofree char *why = _umk_report_local_text(maker, set, "rationale", "rationales");
    g_autofree char *id = _umk_report_json_dup_text(set, "id");
    g_autofree char *items =
        _umk_report_join(maker, _umk_report_json_array(set, "items"));
    UmkReportBlock *terms;

    _umk_report_document_heading(maker->document, 3,
                                 title != NULL ? title
                                 : id != NULL  ? id
                                               : "–");
    _umk_report_document_paragraph(
        maker->document, UMK_REPORT_PLAIN,
        items != NULL ? items : _umk_report_tr(maker, N_("No items.")));
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    say_coverage(maker, terms, set);
    add_kind(maker, terms, set);
    say_matched(maker, terms, set);
    _umk_report_term(maker, terms, N_("Why these"), why);
    add_source(maker, terms, set);
    if (_umk_report_json_flag(set, "embedded"))
        _umk_report_term(
            maker, terms, N_("Vectors"),
            _umk_report_tr(maker, _umk_report_json_flag(set, "sentences")
                                      ? N_("made by the model for this audit, each "
                                           "item within a sentence")
                                      : N_("made by the model for this audit")));
    if (_umk_report_json_flag(set, "control"))
        _umk_report_term(maker, terms, N_("Role"),
                         _umk_report_tr(maker, N_("a control: no difference is "
                                                  "expected")));
    add_text(maker, terms, N_("Digest"), set, "digest");
}

void
_umk_report_add_sets(UmkReportMaker *maker)
{
    JsonArray *sets = _umk_report_json_array(maker->audit, "sets");

    _umk_report_section(maker, N_("The sets"));
    if (_umk_report_json_n(sets) == 0)
        _umk_report_say(maker, UMK_REPORT_PLAIN, N_("The audit names no sets."));
    for (guint i = 0; i < _umk_report_json_n(sets); i++) {
        JsonObject *set = _umk_report_json_object_at(sets, i);

        if (set != NULL)
            add_set(maker, set);
    }
}
