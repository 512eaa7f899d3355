/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture of an item that a window can draw without knowing any format. */
#include <umekomi/umk-preview.h>
#include <umekomi/umk-error.h>

#include "core/umk-run-private.h"
#include "facade/umk-registry-private.h"

#include <glib/gi18n-lib.h>

struct _UmkPreview {
    gatomicrefcount refs;
    guint width, height;
    GBytes *rgba; /* height × width × 4, not premultiplied, or NULL */
    guint n_columns;
    GBytes *min_max; /* n_columns × 2 floats in [-1, 1], or NULL */
    double seconds;
};

G_DEFINE_BOXED_TYPE(UmkPreview, umk_preview, umk_preview_ref, umk_preview_unref)

/**
 * umk_preview_new_for_item:
 * @registry: a registry
 * @item: an item with a file or bytes
 * @size: longest side in pixels, or number of columns of a waveform
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_SUPPORTED for items that have no picture, such as texts.
 *
 * Returns: (transfer full): pixels or a waveform
 */
UmkPreview *
umk_preview_new_for_item(UmkRegistry *registry,
                         UmkItem *item,
                         guint size,
                         GCancellable *cancellable,
                         GError **error)
{
    g_auto(UmkRun) run = {0};
    const UmkPreviewOps *ops;

    g_return_val_if_fail(registry != NULL && item != NULL && size > 0, NULL);
    _umk_run_init(&run, cancellable, NULL, NULL);
    ops = _umk_registry_get_preview(registry, umk_item_get_modality(item));
    if (ops == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Items of modality %s have no preview"),
                    umk_modality_get_name(umk_item_get_modality(item)));
        return NULL;
    }
    return ops->preview(item, size, &run, error);
}

/**
 * umk_preview_new_pixels:
 * @width: pixels in a row
 * @height: rows
 * @rgba: height × width × 4 bytes, not premultiplied
 *
 * Returns: (transfer full): a picture
 */
UmkPreview *
umk_preview_new_pixels(guint width, guint height, GBytes *rgba)
{
    UmkPreview *self;

    g_return_val_if_fail(rgba != NULL, NULL);
    g_return_val_if_fail(g_bytes_get_size(rgba) == (gsize) width * height * 4, NULL);
    self = g_new0(UmkPreview, 1);
    g_atomic_ref_count_init(&self->refs);
    self->width = width;
    self->height = height;
    self->rgba = g_bytes_ref(rgba);
    return self;
}

/**
 * umk_preview_new_waveform:
 * @n_columns: columns
 * @min_max: for each the least and the largest sample, float32 in [-1, 1]
 * @seconds: length of the whole
 *
 * Returns: (transfer full): a waveform
 */
UmkPreview *
umk_preview_new_waveform(guint n_columns, GBytes *min_max, double seconds)
{
    UmkPreview *self;

    g_return_val_if_fail(min_max != NULL, NULL);
    g_return_val_if_fail(
        g_bytes_get_size(min_max) == (gsize) n_columns * 2 * sizeof(float), NULL);
    self = g_new0(UmkPreview, 1);
    g_atomic_ref_count_init(&self->refs);
    self->n_columns = n_columns;
    self->min_max = g_bytes_ref(min_max);
    self->seconds = seconds;
    return self;
}

/**
 * umk_preview_ref:
 * @self: a preview
 *
 * Returns: (transfer full): @self
 */
UmkPreview *
umk_preview_ref(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_preview_unref:
 * @self: (transfer full): a preview
 */
void
umk_preview_unref(UmkPreview *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_clear_pointer(&self->rgba, g_bytes_unref);
    g_clear_pointer(&self->min_max, g_bytes_unref);
    g_free(self);
}

/**
 * umk_preview_get_width:
 * @self: a preview
 *
 * Returns: pixels in a row; 0 for a waveform
 */
guint
umk_preview_get_width(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->width;
}

/**
 * umk_preview_get_height:
 * @self: a preview
 *
 * Returns: rows of pixels; 0 for a waveform
 */
guint
umk_preview_get_height(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->height;
}

/**
 * umk_preview_get_rgba:
 * @self: a preview
 *
 * Returns: (nullable) (transfer none): height × width × 4 bytes, not premultiplied
 */
GBytes *
umk_preview_get_rgba(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->rgba;
}

/**
 * umk_preview_get_n_columns:
 * @self: a preview
 *
 * Returns: columns of a waveform; 0 for a picture
 */
guint
umk_preview_get_n_columns(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_columns;
}

/**
 * umk_preview_get_min_max:
 * @self: a preview
 *
 * Returns: (nullable) (transfer none): two float32 a column
 */
GBytes *
umk_preview_get_min_max(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->min_max;
}

/**
 * umk_preview_get_seconds:
 * @self: a preview
 *
 * Returns: length of a sound
 */
double
umk_preview_get_seconds(UmkPreview *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->seconds;
}
