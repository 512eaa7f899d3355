/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map as a picture: points, their names, legend, caption, and its recipe inside the
 * file. `umekomi map` and the window's export draw with it; equal charts are equal files.
 */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

/* Clusters of clusters, clusters, items: placed in this order. */
typedef enum {
    UMK_CHART_LABEL_REGION,
    UMK_CHART_LABEL_CLUSTER,
    UMK_CHART_LABEL_ITEM
} UmkChartLabelLevel;

typedef struct {
    char *text;
    double x, y; /* data */
    double weight;
    UmkChartLabelLevel level;
} UmkChartLabel;

typedef struct {
    double r, g, b;
} UmkChartColor;

/* All borrowed; what is zero is as on the usual page of 1200 × 900. */
typedef struct {
    UmkMatrix *coords;         /* (n, 2 or more) */
    const guint8 *shapes;      /* (n) modality, or NULL */
    const guint32 *categories; /* (n) rank of the category by size, or NULL */
    guint32 missing;           /* rank of what has no value, or G_MAXUINT32 */
    char **category_names;     /* by rank */
    const double *values;      /* (n) numbers to colour by, NaN: none; or NULL */
    const char *color_name;    /* what the colours tell */
    GArray *labels;            /* UmkChartLabel, by level, then weight; or NULL */
    char *axes[2];             /* what the axes are, or NULL */
    const char *title, *subtitle, *caption, *provenance;
    gboolean dark;

    double width, height;          /* of the page */
    double pixels;                 /* of a PNG, a unit of the page */
    const UmkChartColor *colors;   /* (n_colors) by rank, in place of the usual ones */
    guint n_colors;                /* ranks from there on are "rest" */
    const guint8 *category_shapes; /* by rank: colours tell no more than shapes do */
    const char *const *shape_names;
    const guint8 *faint;   /* (n) not 0: context, grey and under the others */
    const double *weights; /* (n) share of a point's opacity that it has, or NULL */
    const double *window;  /* x0 y0 x1 y1: the part of the plane that is shown */
} UmkChart;

#define UMK_CHART_COLORS 24 /* categories with a colour of their own */
#define UMK_CHART_WIDTH  1200.0
#define UMK_CHART_HEIGHT 900.0

/* umk-chart-file.c: format is "png", "svg" or "pdf"; draw() writes to path, whole or not
 * at all, in the format of its suffix. */
GBytes *umk_chart_to_bytes(const UmkChart *chart, const char *format, GError **error);
gboolean umk_chart_draw(const UmkChart *chart, const char *path, GError **error);
/* umk-chart-text.c: 1,234,567; and a text without control characters */
char *umk_chart_count(gsize n);
char *umk_chart_escape(const char *text);

/* umk-chart-names.c: names on the map at two levels, found in the layout. */
typedef struct {
    guint32
        *of_row;  /* (n) rank of the region by size, or NULL: there are too few items */
    char **names; /* by rank */
} UmkChartRegions;

GArray *umk_chart_labels_new(void);
void umk_chart_labels_sort(GArray *labels);
void umk_chart_labels_add(GArray *labels,
                          const char *text,
                          const float *at,
                          double weight,
                          UmkChartLabelLevel level);
/* flat: (n, 2); names: what the rows are called; have_texts: these are words that can
 * name a group. labels and regions may be NULL: they are not asked for. */
gboolean umk_chart_name_groups(GArray *labels,
                               UmkChartRegions *regions,
                               UmkMatrix *flat,
                               char **names,
                               gboolean have_texts,
                               guint64 seed,
                               GCancellable *cancellable,
                               GError **error);
char **umk_chart_name_clusters(UmkClusters *clusters,
                               char **texts,
                               char **names,
                               guint n_words,
                               GCancellable *cancellable,
                               GError **error);

G_END_DECLS
