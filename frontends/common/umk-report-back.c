/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last pages: how to make the audit again, what the words mean, where to sign. */
#include "umk-report-parts.h"

/* A whole number, or a text; NULL for neither. */
static char *
plain_of(JsonObject *object, const char *member)
{
    double value;

    if (_umk_report_json_number(object, member, &value))
        return value == (double) (gint64) CLAMP(value, -1e15, 1e15)
                   ? g_strdup_printf("%" G_GINT64_FORMAT, (gint64) value)
                   : _umk_report_number_plain(value);
    return _umk_report_json_dup_text(object, member);
}

static void
add(UmkReportMaker *maker,
    UmkReportBlock *terms,
    const char *term,
    JsonObject *object,
    const char *member)
{
    g_autofree char *text = plain_of(object, member);

    _umk_report_term(maker, terms, term, text);
}

void
_umk_report_add_reproduce(UmkReportMaker *maker)
{
    JsonObject *umekomi = _umk_report_json_object(maker->audit, "umekomi");
    JsonObject *source = _umk_report_json_object(maker->audit, "source");
    JsonObject *options = _umk_report_json_object(maker->audit, "options");
    g_autofree char *command = _umk_report_json_dup_text(maker->audit, "command");
    UmkReportBlock *terms;

    _umk_report_section(maker, N_("How to make it again"));
    _umk_report_say(
        maker, UMK_REPORT_PLAIN,
        N_("The same command on the same data with the same version gives the "
           "same figures on any number of processors. This report was drawn "
           "from the audit’s JSON, which holds every figure at full "
           "precision; drawn again from it, it is the same."));
    _umk_report_document_paragraph(maker->document, UMK_REPORT_CODE, command);
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    add(maker, terms, N_("Seed"), maker->audit, "seed");
    add(maker, terms, N_("Umekomi"), umekomi, "version");
    add(maker, terms, N_("Kernels"), umekomi, "kernels");
    add(maker, terms, N_("Digest of the data"), source, "digest");
    add(maker, terms, N_("Level of tests"), options, "alpha");
    add(maker, terms, N_("Level of intervals"), options, "level");
    add(maker, terms, N_("Divisions at most"), options, "permutations");
    add(maker, terms, N_("Replicates"), options, "replicates");
    add(maker, terms, N_("Schema"), maker->audit, "schema");
}

static const struct {
    const char *term, *text;
} glossary[] = {
    {N_("Vector, embedding"), N_("A list of numbers that stands for a word, picture or "
                                 "sound; what is alike stands "
                                 "near.")},
    {N_("Cosine"),
     N_("How far two vectors point the same way: 1 the same, 0 unrelated, −1 opposite.")},
    {N_("Target set"), N_("The items that are asked about, for example names.")},
    {N_("Attribute set"),
     N_("The items that they are held against, for example words of career and family.")},
    {N_("Association"),
     N_("How much nearer an item stands to one attribute set than to the other.")},
    {N_("Effect size"),
     N_("A difference in units of the spread. In tests of four sets 0 is none; about 0.2 "
        "is often called small, 0.5 medium, 0.8 large, and 2 is the most.")},
    {N_("Interval"),
     N_("The range in which the figure would mostly fall had the items been sampled "
        "anew.")},
    {N_("p-value"),
     N_("How often chance alone would give a result at least as large. It is not the "
        "probability that there is no bias.")},
    {N_("Corrected p-value"),
     N_("The p-value made stricter because several tests were run.")},
    {N_("Control set"), N_("Random items in place of the chosen ones, for comparison.")},
    {N_("Influence"), N_("How much the result changes when one item is left out.")},
    {N_("Coverage"), N_("How many of the listed items the vectors have.")},
    {N_("Least effect that shows"),
     N_("The effect that sets of this size would find four times in five, unless stated "
        "otherwise.")},
    {N_("Debias"),
     N_("A linear map that takes a direction out of the vectors. It lowers figures more "
        "surely than it removes bias.")},
    {N_("Digest"),
     N_("A fingerprint of a file: the same digest means the same content.")},
    {N_("Seed"), N_("The number from which everything random in the audit follows.")},
};

void
_umk_report_add_glossary(UmkReportMaker *maker)
{
    UmkReportBlock *terms;

    _umk_report_section(maker, N_("Glossary"));
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    for (gsize i = 0; i < G_N_ELEMENTS(glossary); i++)
        _umk_report_term(maker, terms, glossary[i].term,
                         _umk_report_tr(maker, glossary[i].text));
}

void
_umk_report_add_signature(UmkReportMaker *maker)
{
    static const char *const lines[] = {
        N_("Audited by (name, signature)"), N_("Place and date"),
        N_("Reviewed by (name, signature)"), N_("Place and date")};
    UmkReportBlock *block;

    _umk_report_section(maker, N_("Signature"));
    block = _umk_report_document_add(maker->document, UMK_REPORT_SIGNATURE);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        g_ptr_array_add(block->texts, g_strdup(_umk_report_tr(maker, lines[i])));
}
