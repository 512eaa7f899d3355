/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a colour stands for: the modalities, or the labels that most items have. */
#pragma once

#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    gsize n_items;
    guint8 colour;
    guint8 shape; /* UmkAppShape, or a disc where shapes tell something else */
} UmkAppClass;

typedef struct {
    char *title;           /* what the classes are of, or NULL */
    GArray *classes;       /* UmkAppClass, as the legend lists them */
    guint8 *colour_of_row; /* for umk_app_map_set_colours() */
} UmkAppClasses;

UmkAppClasses *umk_app_classes_new(gsize n_rows);
/* Takes the name. */
void umk_app_classes_add(
    UmkAppClasses *self, char *name, gsize n_items, guint colour, guint shape);
UmkAppClasses *umk_app_classes_new_by_modality(UmkAppSource *source);
UmkAppClasses *umk_app_classes_new_by_label(UmkAppSource *source);
void umk_app_classes_free(UmkAppClasses *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppClasses, umk_app_classes_free)

G_END_DECLS
