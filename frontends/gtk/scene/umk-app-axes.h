/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes chosen by hand: each a component of the vectors, a field of numbers, the direction
 * between two sets of items, or a formula. Made in the main thread, laid out in a job. */
#pragma once

#include "umk-app-field.h"
#include "umk-app-layout.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_MAX_AXES 3u
#define UMK_APP_END_MAX  1000u /* items of one end */

typedef enum {
    UMK_APP_AXIS_SETS,
    UMK_APP_AXIS_FORMULA,
    UMK_APP_AXIS_COMPONENT,
    UMK_APP_AXIS_FIELD
} UmkAppAxisKind;

typedef struct {
    UmkAppAxisKind kind;
    UmkAppRows *minus, *plus; /* of sets; minus may be NULL */
    char *formula;
    guint component;
    UmkAppField *field;
} UmkAppAxis;

typedef struct {
    guint n_axes;
    UmkAppAxis axes[UMK_APP_MAX_AXES];
} UmkAppAxes;

UmkAppAxes *umk_app_axes_new(void);
void umk_app_axes_free(UmkAppAxes *self);
/* What an end is called: the first items' titles and how many there are. */
char *umk_app_axis_name_end(UmkAppSource *source, UmkAppRows *rows);
/* Where all axes are of one kind the layout is the engine's own and can be made again by
 * the command line. */
UmkAppLayout *umk_app_axes_lay_out(const UmkAppAxes *self,
                                   UmkAppSource *source,
                                   GCancellable *cancellable,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppAxes, umk_app_axes_free)

G_END_DECLS
