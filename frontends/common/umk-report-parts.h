/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that make the document share. umk-report-build.c sets the order, each
 * of the others adds its sections; umk-report-words.c has the language, umk-report-test.c
 * looks at one test of the audit, umk-report-charts.c and its kin draw. */
#pragma once

#include "umk-report-catalog.h"
#include "umk-report-document.h"
#include "umk-report-json.h"

#include <glib/gi18n.h>

G_BEGIN_DECLS

typedef struct {
    UmkReportDocument *document;
    JsonObject *audit;
    const UmkReportCatalog *catalog;
} UmkReportMaker;

/* ---- words ---------------------------------------------------------------------------
 */

/* Marked with N_() where it stands. */
const char *_umk_report_tr(const UmkReportMaker *maker, const char *text);
/* Puts the arguments, up to a NULL, where {1}, {2} … stand. No printf format: the text
 * comes from a file. */
char *_umk_report_fill(const UmkReportMaker *maker,
                       const char *text,
                       ...) G_GNUC_NULL_TERMINATED;
/* What a code of the engine means; the words of the code itself where nothing is known.
 */
char *_umk_report_words(const UmkReportMaker *maker, const char *code);
/* The same with a capital. */
char *_umk_report_title_words(const UmkReportMaker *maker, const char *code);
const char *_umk_report_measure_title(const UmkReportMaker *maker, const char *measure);
const char *_umk_report_measure_help(const UmkReportMaker *maker, const char *measure);
const char *_umk_report_verdict_word(const UmkReportMaker *maker, const char *verdict);
UmkReportTone _umk_report_verdict_tone(const char *verdict);

char *_umk_report_number(double value);       /* four digits */
char *_umk_report_number_short(double value); /* two, for sentences */
char *_umk_report_number_plain(double value); /* no more digits than it needs */
char *_umk_report_p(double p);
char *_umk_report_count(double n);
char *_umk_report_percent(double share);
char *_umk_report_range(double low, double high);
/* A member as a number, "–" where there is none. */
char *_umk_report_number_of(JsonObject *object, const char *member);
/* [low, high] of an array of two; NULL where it is none. */
char *_umk_report_range_of(JsonArray *pair);
/* Names one after the other, as they stand in a JSON array. */
char *_umk_report_join(const UmkReportMaker *maker, JsonArray *names);

/* @member in the report's language where @members holds it by language, as it stands
 * else; NULL for none. */
char *_umk_report_local_text(const UmkReportMaker *maker,
                             JsonObject *object,
                             const char *member,
                             const char *members);
/* What stands before the explanation in the words of a code. */
char *_umk_report_short_words(const UmkReportMaker *maker, const char *code);

/* ---- one test ------------------------------------------------------------------------
 */

typedef struct {
    JsonObject *test;
    JsonObject *result;   /* NULL when it failed */
    JsonObject *headline; /* the figure that the verdict is about, or NULL */
    const char *id, *measure, *verdict;
    char *title;
    gboolean defined; /* value stands */
    double value;
    gboolean has_neutral;
    double neutral;
    JsonObject *narrow, *wide; /* intervals of the headline; the same or NULL */
} UmkReportTest;

void
_umk_report_test_init(UmkReportTest *self, const UmkReportMaker *maker, JsonObject *test);
void _umk_report_test_clear(UmkReportTest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkReportTest, _umk_report_test_clear)

/* The title of the set in a role, or NULL. */
char *_umk_report_test_role(const UmkReportMaker *maker,
                            const UmkReportTest *test,
                            const char *role);
JsonObject *_umk_report_find_set(const UmkReportMaker *maker, const char *id);
gboolean _umk_report_test_p(const UmkReportTest *test, double *p);
/* Says so where the figure has no test against chance. */
char *_umk_report_test_p_text(const UmkReportMaker *maker, const UmkReportTest *test);
gboolean
_umk_report_test_adjusted(const UmkReportTest *test, const char *method, double *p);
char *_umk_report_test_interval(const UmkReportTest *test);
char *_umk_report_test_interval_short(const UmkReportTest *test);
/* Which way it goes, in words; NULL where the measure has no four sets. */
char *_umk_report_test_direction(const UmkReportMaker *maker, const UmkReportTest *test);
/* What the verdict says, in one or two sentences. */
char *_umk_report_test_meaning(const UmkReportMaker *maker, const UmkReportTest *test);
/* The tests of the audit as JSON objects, worst first. */
GPtrArray *_umk_report_sort_tests(const UmkReportMaker *maker, JsonArray *tests);
/* The correction that the audit chose, as a member of “adjusted”; “p” for none. */
const char *_umk_report_correction(const UmkReportMaker *maker);

/* ---- sections ------------------------------------------------------------------------
 */

void _umk_report_add_front(UmkReportMaker *maker);
void _umk_report_add_verdict(UmkReportMaker *maker);
void _umk_report_add_limits(UmkReportMaker *maker);
void _umk_report_add_data(UmkReportMaker *maker);
void _umk_report_add_sets(UmkReportMaker *maker);
void _umk_report_add_tests(UmkReportMaker *maker);
/* A table of rows, whichever they are; whether some of them rest on few items. */
gboolean _umk_report_add_rows(UmkReportMaker *maker, const UmkReportTest *test);
/* Whether its rows count items of groups. */
gboolean _umk_report_test_has_groups(const UmkReportTest *test);
void _umk_report_add_test_figures(UmkReportMaker *maker, const UmkReportTest *test);
void _umk_report_add_correction(UmkReportMaker *maker);
void _umk_report_add_debias(UmkReportMaker *maker);
void _umk_report_add_against(UmkReportMaker *maker);
void _umk_report_add_groups(UmkReportMaker *maker);
void _umk_report_add_methods(UmkReportMaker *maker);
void _umk_report_add_reproduce(UmkReportMaker *maker);
void _umk_report_add_glossary(UmkReportMaker *maker);
void _umk_report_add_signature(UmkReportMaker *maker);

/* A column whose title is translated. */
void _umk_report_column(UmkReportMaker *maker,
                        UmkReportBlock *table,
                        const char *title,
                        gboolean number);
void _umk_report_section(UmkReportMaker *maker, const char *title);
void _umk_report_say(UmkReportMaker *maker, UmkReportTone tone, const char *text);
void _umk_report_term(UmkReportMaker *maker,
                      UmkReportBlock *terms,
                      const char *term,
                      const char *text);

/* ---- charts --------------------------------------------------------------------------
 */

typedef struct {
    double low, high;   /* in the units of the figure */
    double left, right; /* on the picture */
} UmkReportScale;

/* Widens it a little, to round numbers. */
void _umk_report_scale_init(UmkReportScale *self, double low, double high);
double _umk_report_scale_at(const UmkReportScale *self, double value);
/* Ticks with numbers below @y, and a faint line up to @top at each. */
void _umk_report_scale_draw(const UmkReportScale *self,
                            UmkReportPicture *picture,
                            double top,
                            double y);

typedef struct {
    char *label;
    double value, low, high; /* low > high: no interval */
    double before;           /* NaN: none */
    UmkReportPaint paint;
} UmkReportRow;

GArray *_umk_report_rows_new(void);
void _umk_report_rows_add(GArray *rows, const UmkReportRow *row); /* takes the label */
/* One figure a row on a common axis; NULL without rows. */
UmkReportPicture *
_umk_report_draw_rows(GArray *rows, gboolean has_neutral, double neutral);

void _umk_report_chart_interval(UmkReportMaker *maker, const UmkReportTest *test);
void _umk_report_chart_strip(UmkReportMaker *maker, const UmkReportTest *test);
void _umk_report_chart_influence(UmkReportMaker *maker, const UmkReportTest *test);
void _umk_report_chart_series(UmkReportMaker *maker, const UmkReportTest *test);

G_END_DECLS
