/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Antialiased resampling of 8-bit RGB rows, bit for bit as Pillow does it. Rows are
 * pushed from top to bottom; the result is any window of the resized image, so a centre
 * crop costs only the pixels that are kept. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The numbers are Pillow's, as written in preprocessor_config.json. */
typedef enum {
    UMK_RESAMPLE_NEAREST = 0,
    UMK_RESAMPLE_LANCZOS = 1,
    UMK_RESAMPLE_BILINEAR = 2,
    UMK_RESAMPLE_BICUBIC = 3,
    UMK_RESAMPLE_BOX = 4,
    UMK_RESAMPLE_HAMMING = 5,
} UmkResample;

#define UMK_RESAMPLE_N_FILTERS 6

/* A source buffer must be readable for this many bytes behind its last pixel. */
#define UMK_RESAMPLE_PAD 16

/* The longest side taken, before or after resizing. */
#define UMK_RESAMPLE_MAX_SIDE 1000000

typedef struct _UmkResampler UmkResampler;

/* The window (x, y, width, height) must lie inside the resized image. */
typedef struct {
    gsize in_width, in_height;
    gsize out_width, out_height; /* of the whole resized image */
    gsize x, y, width, height;   /* what is kept of it         */
} UmkResampleShape;

UmkResampler *_umk_resampler_new(UmkResample filter,
                                 const UmkResampleShape *shape,
                                 guint8 *out, /* (height, width, 3) */
                                 GError **error);
void _umk_resampler_free(UmkResampler *self);

/* Input rows first_row … end_row - 1 are all that the window needs. */
gsize _umk_resampler_get_first_row(const UmkResampler *self);
gsize _umk_resampler_get_end_row(const UmkResampler *self);

/* Pushes the next rows, starting with the first row needed. */
void _umk_resampler_push(UmkResampler *self,
                         const guint8 *rows, /* (n_rows, in_width, 3) */
                         gsize stride,
                         gsize n_rows);

/* For the test that compares the fast rows with the plain ones. */
void _umk_resampler_force_plain(UmkResampler *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkResampler, _umk_resampler_free)

G_END_DECLS
