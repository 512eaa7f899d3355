/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the blocks of a report; decides nothing about them. */
#include "umk-report-document.h"

static void
clear_cell(gpointer data)
{
    g_free(((UmkReportCell *) data)->text);
}

static void
clear_column(gpointer data)
{
    g_free(((UmkReportColumn *) data)->title);
}

static void
free_block(gpointer data)
{
    UmkReportBlock *block = data;

    g_free(block->text);
    g_free(block->anchor);
    g_ptr_array_unref(block->texts);
    g_array_unref(block->columns);
    g_ptr_array_unref(block->rows);
    _umk_report_picture_free(block->picture);
    g_free(block);
}

UmkReportDocument *
_umk_report_document_new(void)
{
    UmkReportDocument *self = g_new0(UmkReportDocument, 1);

    self->blocks = g_ptr_array_new_with_free_func(free_block);
    return self;
}

void
_umk_report_document_free(UmkReportDocument *self)
{
    if (self == NULL)
        return;
    g_free(self->title);
    g_free(self->author);
    g_free(self->subject);
    g_free(self->language);
    g_free(self->date);
    g_free(self->page_label);
    g_free(self->contents_label);
    g_ptr_array_unref(self->blocks);
    g_free(self);
}

UmkReportBlock *
_umk_report_document_add(UmkReportDocument *self, UmkReportBlockKind kind)
{
    UmkReportBlock *block = g_new0(UmkReportBlock, 1);

    block->kind = kind;
    block->texts = g_ptr_array_new_with_free_func(g_free);
    block->columns = g_array_new(FALSE, TRUE, sizeof(UmkReportColumn));
    g_array_set_clear_func(block->columns, clear_column);
    block->rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_array_unref);
    g_ptr_array_add(self->blocks, block);
    return block;
}

void
_umk_report_document_heading(UmkReportDocument *self, guint level, const char *text)
{
    UmkReportBlock *block = _umk_report_document_add(self, UMK_REPORT_HEADING);

    block->level = level;
    block->text = g_strdup(text);
    block->anchor = g_strdup_printf("s%u", self->blocks->len);
}

void
_umk_report_document_paragraph(UmkReportDocument *self,
                               UmkReportTone tone,
                               const char *text)
{
    UmkReportBlock *block;

    if (text == NULL || *text == '\0')
        return;
    block = _umk_report_document_add(self, UMK_REPORT_PARAGRAPH);
    block->tone = tone;
    block->text = g_strdup(text);
}

void
_umk_report_document_break(UmkReportDocument *self)
{
    _umk_report_document_add(self, UMK_REPORT_PAGE_BREAK);
}

void
_umk_report_document_chart(UmkReportDocument *self,
                           UmkReportPicture *picture,
                           const char *caption)
{
    UmkReportBlock *block = _umk_report_document_add(self, UMK_REPORT_CHART);

    block->picture = picture;
    block->text = g_strdup(caption);
}

void
_umk_report_table_column(UmkReportBlock *table, const char *title, gboolean number)
{
    UmkReportColumn column = {g_strdup(title), number};

    g_array_append_val(table->columns, column);
}

void
_umk_report_table_row(UmkReportBlock *table)
{
    GArray *row = g_array_new(FALSE, TRUE, sizeof(UmkReportCell));

    _umk_report_table_finish(table);
    g_array_set_clear_func(row, clear_cell);
    g_ptr_array_add(table->rows, row);
}

void
_umk_report_table_cell(UmkReportBlock *table, UmkReportTone tone, const char *text)
{
    GArray *row = g_ptr_array_index(table->rows, table->rows->len - 1);
    UmkReportCell cell = {g_strdup(text != NULL ? text : ""), tone};

    g_assert(row->len < table->columns->len);
    g_array_append_val(row, cell);
}

void
_umk_report_table_finish(UmkReportBlock *table)
{
    GArray *row;

    if (table->rows->len == 0)
        return;
    row = g_ptr_array_index(table->rows, table->rows->len - 1);
    while (row->len < table->columns->len)
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, NULL);
}

UmkReportCell *
_umk_report_table_get(const UmkReportBlock *table, guint row, guint column)
{
    GArray *cells = g_ptr_array_index(table->rows, row);

    return &g_array_index(cells, UmkReportCell, column);
}
