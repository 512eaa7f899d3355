/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart as a list of shapes with roles instead of colours, so that a page that turns
 * dark, a printer and a PDF each paint it their way and show the same. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_REPORT_PICTURE_WIDTH 640.0

typedef enum {
    UMK_REPORT_INK,
    UMK_REPORT_MUTED,
    UMK_REPORT_GRID,
    UMK_REPORT_BAND,
    UMK_REPORT_ACCENT,
    UMK_REPORT_WARM, /* the first target set, growth, what is set against the accent */
    UMK_REPORT_COOL,
    UMK_REPORT_PAPER,
    UMK_REPORT_N_PAINTS
} UmkReportPaint;

typedef enum {
    UMK_REPORT_LINE,
    UMK_REPORT_DASHES,
    UMK_REPORT_BOX,
    UMK_REPORT_DOT,
    UMK_REPORT_RING,
    UMK_REPORT_DIAMOND,
    UMK_REPORT_LABEL,
    UMK_REPORT_NAME, /* a label that covers the lines behind it */
} UmkReportShapeKind;

typedef enum { UMK_REPORT_START, UMK_REPORT_MIDDLE, UMK_REPORT_END } UmkReportAlign;

typedef struct {
    UmkReportShapeKind kind;
    UmkReportPaint paint;
    UmkReportAlign align;
    double x, y;   /* start, corner, centre, or the base line of a label */
    double x2, y2; /* end of a line; width and height of a box; .x2: radius of a dot */
    double size;   /* width of a line, height of letters */
    char *text;    /* of a label; what a mark stands for, or NULL */
} UmkReportShape;

typedef struct {
    double height;
    GArray *shapes; /* of UmkReportShape */
} UmkReportPicture;

UmkReportPicture *_umk_report_picture_new(double height);
void _umk_report_picture_free(UmkReportPicture *self);
void _umk_report_picture_line(UmkReportPicture *self,
                              UmkReportPaint paint,
                              double width,
                              double x,
                              double y,
                              double x2,
                              double y2);
void _umk_report_picture_dashes(UmkReportPicture *self,
                                UmkReportPaint paint,
                                double x,
                                double y,
                                double x2,
                                double y2);
void _umk_report_picture_box(UmkReportPicture *self,
                             UmkReportPaint paint,
                             double x,
                             double y,
                             double width,
                             double height);
void _umk_report_picture_mark(UmkReportPicture *self,
                              UmkReportShapeKind kind,
                              UmkReportPaint paint,
                              double x,
                              double y,
                              double radius,
                              const char *text);
void _umk_report_picture_label(UmkReportPicture *self,
                               UmkReportPaint paint,
                               UmkReportAlign align,
                               double size,
                               double x,
                               double y,
                               const char *text);

/* About how wide a text is; the same on every machine, whatever its fonts are. */
double _umk_report_text_width(const char *text, double size);
char *_umk_report_shorten(const char *text, double size, double width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkReportPicture, _umk_report_picture_free)

G_END_DECLS
