/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report between its JSON and its two forms: blocks of finished text. Made once by
 * umk-report-build.c, drawn by umk-report-html.c and umk-report-pdf.c, so that both say
 * the same. Texts are safe to show but not escaped for any format. */
#pragma once

#include "umk-report-picture.h"

G_BEGIN_DECLS

typedef enum {
    UMK_REPORT_HEADING, /* level 1 to 3; 1 is the title */
    UMK_REPORT_PARAGRAPH,
    UMK_REPORT_LIST,  /* of texts */
    UMK_REPORT_TERMS, /* pairs of texts */
    UMK_REPORT_TABLE,
    UMK_REPORT_CHART,
    UMK_REPORT_SIGNATURE, /* of texts: what is to be filled in */
    UMK_REPORT_PAGE_BREAK,
} UmkReportBlockKind;

/* How a paragraph or a cell speaks. The words of a verdict have tones of their own, but
 * nothing is said by colour alone. */
typedef enum {
    UMK_REPORT_PLAIN,
    UMK_REPORT_LEAD,
    UMK_REPORT_SMALL,
    UMK_REPORT_CODE,
    UMK_REPORT_CAUTION,
    UMK_REPORT_FAINT,
    UMK_REPORT_STRONG,
    UMK_REPORT_CLEAR,
    UMK_REPORT_FRAGILE,
    UMK_REPORT_NONE_SEEN,
    UMK_REPORT_UNDEFINED,
    UMK_REPORT_N_TONES
} UmkReportTone;

typedef struct {
    char *text;
    UmkReportTone tone;
} UmkReportCell;

typedef struct {
    char *title;
    gboolean number; /* to the right, never broken */
} UmkReportColumn;

typedef struct {
    UmkReportBlockKind kind;
    guint level;
    UmkReportTone tone;
    char *text;       /* of a heading or paragraph; caption of a table or chart */
    char *anchor;     /* of a heading */
    GPtrArray *texts; /* of a list, terms, signature */
    GArray *columns;  /* of UmkReportColumn */
    GPtrArray *rows;  /* of arrays of UmkReportCell, one a column */
    UmkReportPicture *picture;
} UmkReportBlock;

typedef struct {
    char *title;
    char *author; /* or NULL */
    char *subject;
    char *language;   /* "en", "ja" */
    char *date;       /* "2026-11-26" or NULL */
    char *page_label; /* "Page {1} of {2}" */
    char *contents_label;
    GPtrArray *blocks;
} UmkReportDocument;

UmkReportDocument *_umk_report_document_new(void);
void _umk_report_document_free(UmkReportDocument *self);
void _umk_report_document_heading(UmkReportDocument *self, guint level, const char *text);
void _umk_report_document_paragraph(UmkReportDocument *self,
                                    UmkReportTone tone,
                                    const char *text);
void _umk_report_document_break(UmkReportDocument *self);
/* The block is then filled by the caller. */
UmkReportBlock *_umk_report_document_add(UmkReportDocument *self,
                                         UmkReportBlockKind kind);
/* Takes @picture. @caption is its text alternative. */
void _umk_report_document_chart(UmkReportDocument *self,
                                UmkReportPicture *picture,
                                const char *caption);

void _umk_report_table_column(UmkReportBlock *table, const char *title, gboolean number);
void _umk_report_table_row(UmkReportBlock *table);
/* Into the last row. NULL is an empty cell. */
void _umk_report_table_cell(UmkReportBlock *table, UmkReportTone tone, const char *text);
/* Fills up the last row. */
void _umk_report_table_finish(UmkReportBlock *table);
UmkReportCell *
_umk_report_table_get(const UmkReportBlock *table, guint row, guint column);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkReportDocument, _umk_report_document_free)

G_END_DECLS
