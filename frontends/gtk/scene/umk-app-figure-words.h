/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a picture of the map says about itself, for readers and as a recipe. */
#pragma once

#include "umk-app-scene.h"

G_BEGIN_DECLS

/* The parts of the scene that a picture is made of. */
typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout;
    UmkAppClasses *classes;
    UmkAppFilter *filter;
    UmkAppRows *selection; /* or NULL */
    UmkAppFade *fade;      /* or NULL */
    UmkAppLook look;
} UmkAppFigureParts;

char *umk_app_figure_make_title(const UmkAppFigureParts *parts);
char *
umk_app_figure_make_subtitle(const UmkAppFigureParts *parts, gsize n, gsize n_faint);
char *umk_app_figure_make_caption(const UmkAppFigureParts *parts);
/* NULL where the axis has no ends with names. */
char *umk_app_figure_make_axis(const char *low, const char *high);
/* JSON without a date: equal maps have equal recipes. window: NULL for the whole map. */
char *umk_app_figure_make_recipe(const UmkAppFigureParts *parts,
                                 gsize n,
                                 gsize n_faint,
                                 const double *window);

G_END_DECLS
