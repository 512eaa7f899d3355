/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thin lines into a picture: how much of each pixel they cover, which does not depend on
 * the order they are drawn in. */
#pragma once

#include "umk-app-density.h"
#include "umk-app-stamps.h"

G_BEGIN_DECLS

typedef struct {
    guint width, height;
    guint8 *cover; /* 255: all of the pixel */
    UmkAppColour colour;
} UmkAppLines;

UmkAppLines *umk_app_lines_new(const UmkAppContours *contours,
                               guint width,
                               guint height,
                               float thickness,
                               const UmkAppColour *colour,
                               guint n_threads);
void umk_app_lines_free(UmkAppLines *self);
/* A UmkAppRowFunc. */
void umk_app_lines_lay_row(gconstpointer lines, guint y, guint32 *row, guint width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppLines, umk_app_lines_free)

G_END_DECLS
