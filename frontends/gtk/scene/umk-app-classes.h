/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a colour stands for: the modalities, what most items have in a field, or an
 * amount. Shared by reference, immutable once made. */
#pragma once

#include "umk-app-field.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    gsize n_items;
    guint8 colour;
    guint8 shape; /* UmkAppShape, or a disc where shapes tell something else */
} UmkAppClass;

typedef struct {
    gatomicrefcount references;
    char *key;             /* "modality", "label", …: what made them */
    char *title;           /* what the classes are of, or NULL */
    GArray *classes;       /* UmkAppClass, as the legend lists them */
    guint8 *colour_of_row; /* number of a palette entry */
    gboolean is_scale;     /* colours are an amount: from low to high */
    double low, high;
    gboolean below, above; /* there are values beyond these ends */
} UmkAppClasses;

UmkAppClasses *umk_app_classes_new(const char *key, gsize n_rows);
/* Takes the name. */
void umk_app_classes_add(
    UmkAppClasses *self, char *name, gsize n_items, guint colour, guint shape);
UmkAppClasses *umk_app_classes_new_by_modality(UmkAppSource *source);
UmkAppClasses *umk_app_classes_new_by_label(UmkAppSource *source);
/* Words cannot be coloured by: an item has many. */
UmkAppClasses *umk_app_classes_new_by_field(UmkAppField *field);
UmkAppClasses *umk_app_classes_ref(UmkAppClasses *self);
void umk_app_classes_unref(UmkAppClasses *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppClasses, umk_app_classes_unref)

G_END_DECLS
