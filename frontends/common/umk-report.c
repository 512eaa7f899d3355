/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ends of a report: JSON in, a file out. */
#include "umk-report.h"

#include "umk-report-build.h"
#include "umk-report-json.h"
#include "umk-report-writers.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

/* In a locale whose messages are those of the sources: the engine then hands out its
 * words as the catalogue of any language knows them. Only this thread changes. */
static UmkReportDocument *
build(JsonObject *audit, const char *language)
{
    g_autoptr(UmkReportCatalog) catalog = _umk_report_catalog_new(language);
    locale_t before = uselocale((locale_t) 0);
    locale_t plain =
        newlocale(LC_MESSAGES_MASK | LC_NUMERIC_MASK, "C", duplocale(before));
    UmkReportDocument *document;

    if (plain != (locale_t) 0)
        uselocale(plain);
    document = _umk_report_build(audit, catalog);
    if (plain != (locale_t) 0) {
        uselocale(before);
        freelocale(plain);
    }
    return document;
}

static UmkReportDocument *
parse(const char *json, gsize length, const char *language, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    JsonNode *root;
    JsonObject *audit;

    if (!json_parser_load_from_data(parser, json, (gssize) length, error)) {
        g_prefix_error(error, "%s: ", _("The audit cannot be read"));
        return NULL;
    }
    root = json_parser_get_root(parser);
    audit =
        root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    if (g_strcmp0(_umk_report_json_code(audit, "schema"), "umekomi-audit/1") != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("This is no audit: its member “schema” is not “%s”"),
                    "umekomi-audit/1");
        return NULL;
    }
    return build(audit, language);
}

/**
 * umk_report_has_language:
 * @language: "en", "ja", or the name of a locale
 *
 * Returns: whether a report in that language comes out in it, and not in English
 */
gboolean
umk_report_has_language(const char *language)
{
    g_autoptr(UmkReportCatalog) catalog = NULL;

    g_return_val_if_fail(language != NULL, FALSE);
    catalog = _umk_report_catalog_new(language);
    return g_str_has_prefix(language, "en") ||
           _umk_report_catalog_get_n_texts(catalog) > 0;
}

/**
 * umk_report_to_html:
 * @json: an audit, schema "umekomi-audit/1"
 * @length: its bytes
 * @language: of the report; English where there is no catalogue for it
 * @error: return location for an error
 *
 * Returns: (transfer full): one HTML file that needs no other; the same for the same
 *   audit and language, on every machine
 */
char *
umk_report_to_html(const char *json, gsize length, const char *language, GError **error)
{
    g_autoptr(UmkReportDocument) document = NULL;

    g_return_val_if_fail(json != NULL, NULL);
    g_return_val_if_fail(language != NULL, NULL);
    document = parse(json, length, language, error);
    return document != NULL ? _umk_report_html(document) : NULL;
}

/**
 * umk_report_to_pdf:
 * @json: an audit, schema "umekomi-audit/1"
 * @length: its bytes
 * @language: of the report; English where there is no catalogue for it
 * @error: return location for an error
 *
 * Returns: (transfer full): the report as PDF, A4; the same bytes for the same audit and
 *   language wherever the same fonts are
 */
GBytes *
umk_report_to_pdf(const char *json, gsize length, const char *language, GError **error)
{
    g_autoptr(UmkReportDocument) document = NULL;
    const char *problem = NULL;
    GBytes *pdf;

    g_return_val_if_fail(json != NULL, NULL);
    g_return_val_if_fail(language != NULL, NULL);
    document = parse(json, length, language, error);
    pdf = document != NULL ? _umk_report_pdf(document, &problem) : NULL;
    if (problem != NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("The report cannot be drawn: %s"), problem);
    return pdf;
}

static gboolean
has_ending(const char *path, const char *ending)
{
    gsize n = strlen(path), n_ending = strlen(ending);

    return n > n_ending && g_ascii_strcasecmp(path + n - n_ending, ending) == 0;
}

static GBytes *
make(const char *json,
     gsize length,
     const char *path,
     const char *language,
     GError **error)
{
    if (has_ending(path, ".html") || has_ending(path, ".htm")) {
        char *html = umk_report_to_html(json, length, language, error);

        return html != NULL ? g_bytes_new_take(html, strlen(html)) : NULL;
    }
    if (has_ending(path, ".pdf"))
        return umk_report_to_pdf(json, length, language, error);
    if (has_ending(path, ".json"))
        return g_bytes_new(json, length);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("%s: a report ends in .html, .pdf or .json"), path);
    return NULL;
}

/**
 * umk_report_write:
 * @json: an audit, schema "umekomi-audit/1"
 * @length: its bytes
 * @path: (type filename): ends in .html, .pdf or .json, which says what is written; JSON
 *   is the audit as it is
 * @language: of the report, "en" or "ja"
 * @error: return location for an error
 *
 * Writes beside the target, then renames: never half a file.
 *
 * Returns: whether it was written
 */
gboolean
umk_report_write(const char *json,
                 gsize length,
                 const char *path,
                 const char *language,
                 GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gconstpointer data;
    gsize size;

    g_return_val_if_fail(json != NULL, FALSE);
    g_return_val_if_fail(path != NULL, FALSE);
    g_return_val_if_fail(language != NULL, FALSE);
    bytes = make(json, length, path, language, error);
    if (bytes == NULL)
        return FALSE;
    data = g_bytes_get_data(bytes, &size);
    return g_file_set_contents_full(
        path, data, (gssize) size,
        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, error);
}
