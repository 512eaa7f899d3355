/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map: from a source and its layout to what the chart shows. */
#pragma once

#include "umk-cli.h"

#include "umk-chart.h"

typedef struct {
    char *method, *output, *ids, *color, *labels, *title, *texts, *theme, *align_to,
        *place_on, *checkpoint;
    int checkpoint_every; /* seconds */
    gboolean supervised, center;
} UmkCliMapOptions;

/* What the chart borrows; cleared after it is drawn. */
typedef struct {
    UmkChart chart;
    UmkMatrix *coords;
    GBytes *shapes;
    guint32 *categories;
    double *values;
    char *title, *subtitle, *caption, *provenance, *color_name;
    double trustworthiness; /* NaN: not measured */
    gboolean
        color_regions; /* by the regions of the map, which are found with its names */
} UmkCliMapLook;

void umk_cli_map_look_clear(UmkCliMapLook *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliMapLook, umk_cli_map_look_clear)

/* umk-cli-map-align.c: the places of the rows on another map, NaN where it has none; a
 * map without names has a row for each item, or where others may follow, for the first
 * ones */
UmkMatrix *umk_cli_map_read_anchor(UmkCli *cli,
                                   const char *path,
                                   const UmkCliSource *source,
                                   gboolean others_follow,
                                   GError **error);
/* umk-cli-map-place.c: the projection of an earlier map, and the places of all rows on
 * it, old and new */
UmkProjection *umk_cli_map_place(UmkCli *cli,
                                 const UmkCliMapOptions *options,
                                 const char *method,
                                 const UmkCliSource *source,
                                 UmkParams *params,
                                 UmkMatrix **coords,
                                 GError **error);
/* umk-cli-map-checkpoint.c: goes on from the file if it is there, and keeps it */
gboolean umk_cli_map_take_checkpoint(UmkCli *cli,
                                     const UmkCliMapOptions *options,
                                     UmkFitting *fitting,
                                     GError **error);
/* umk-cli-map-color.c */
gboolean umk_cli_map_set_colors(UmkCliMapLook *self,
                                const UmkCliMapOptions *options,
                                const UmkCliSource *source,
                                GError **error);
/* umk-cli-map-labels.c */
/* FALSE where rows are known by their numbers alone, which say nothing on a map. */
gboolean umk_cli_map_is_named(const UmkCliMapOptions *options,
                              const UmkCliSource *source);
gboolean umk_cli_map_set_labels(UmkCliMapLook *self,
                                UmkCli *cli,
                                const UmkCliMapOptions *options,
                                const UmkCliSource *source,
                                GError **error);
/* umk-cli-map-words.c: how true the map is, where that is quick; title, subtitle,
 * caption, recipe */
gboolean umk_cli_map_measure(UmkCliMapLook *self,
                             UmkCli *cli,
                             const UmkCliSource *source,
                             UmkParams *params,
                             GError **error);
void umk_cli_map_set_words(UmkCliMapLook *self,
                           UmkCli *cli,
                           const UmkCliMapOptions *options,
                           const char *path,
                           char **arguments,
                           const UmkCliSource *source,
                           UmkProjection *projection);
