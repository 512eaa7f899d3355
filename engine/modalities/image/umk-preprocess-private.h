/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to a decoded picture before the encoder: size rule, filter, centre crop,
 * scale and normalisation, as preprocessor_config.json says it in its old and new forms.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "umk-resample-private.h"

G_BEGIN_DECLS

#define UMK_PREPROCESS_MAX_SIDE 8192

typedef enum {
    UMK_RESIZE_NONE,
    UMK_RESIZE_EXACT,    /* to (height, width), whatever the shape            */
    UMK_RESIZE_SHORTEST, /* shortest edge to `edge`, longest at most `max_edge` */
    UMK_RESIZE_INSIDE,   /* as large as (height, width) has room for          */
} UmkResizeRule;

typedef struct {
    UmkResizeRule rule;
    gsize width, height;  /* UMK_RESIZE_EXACT, _INSIDE  */
    gsize edge, max_edge; /* UMK_RESIZE_SHORTEST; 0: no limit */
    UmkResample filter;
    gboolean crop;
    gsize crop_width, crop_height;
    gboolean half_even; /* an odd margin of the crop is halved to the even number, as
                         * torchvision and timm do, not to the smaller one */
    double rescale;     /* 1 if not wanted */
    float offset;       /* added after rescaling */
    float mean[3], std[3];
    gboolean twice;          /* divide by std once more (EfficientNet's include_top) */
    gboolean has_background; /* composite alpha over it; else alpha is dropped */
    guint8 background[3];
    gboolean fast; /* the decoder may shrink the picture; changes the pixels a little */
} UmkPreprocess;

/* Size of the array made from a picture of the given size. */
typedef struct {
    UmkResampleShape shape; /* what is resampled, and which window of it */
    gsize width, height;    /* of the result                             */
    gsize pad_x, pad_y;     /* where the window lies in the result       */
} UmkPreprocessPlan;

/* family: config.json's model_type, for defaults when the file names no processor. */
gboolean _umk_preprocess_parse(UmkPreprocess *self,
                               const char *family,
                               gsize image_size,
                               const guint8 *data,
                               gsize length,
                               GError **error);
void _umk_preprocess_init(UmkPreprocess *self, const char *family, gsize image_size);
/* "pretrained_cfg" of a timm config.json, or an old one with the same keys at its top. */
gboolean
_umk_preprocess_read_timm(UmkPreprocess *self, JsonObject *config, GError **error);

/* Whether every picture becomes one of the same size, and which. */
gboolean
_umk_preprocess_fixed_size(const UmkPreprocess *self, gsize *width, gsize *height);

gboolean _umk_preprocess_plan(const UmkPreprocess *self,
                              gsize width,
                              gsize height,
                              UmkPreprocessPlan *plan,
                              GError **error);

/* window: (plan->shape.height, plan->shape.width, 3); out: (plan->height, plan->width, 3)
 */
void _umk_preprocess_normalize(const UmkPreprocess *self,
                               const UmkPreprocessPlan *plan,
                               const guint8 *window,
                               float *out);

G_END_DECLS
