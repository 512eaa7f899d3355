/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread a picture, at most one at a time. What it needs it holds references to, so the
 * map may go on to other layouts, or away, meanwhile. */
#include "umk-app-painter.h"

#include <string.h>
#include <umekomi/umekomi.h>

struct _UmkAppPainter {
    gatomicrefcount references; /* the map, and the picture under way */
    UmkAppPaintedFunc done;     /* NULL once nobody waits */
    gpointer user_data;
    UmkAppOrder *waiting;
    struct _Painting *painting;
};

typedef struct _Painting {
    UmkAppPainter *painter;
    UmkAppOrder *order;
    gint cancelled;
    UmkAppPainted painted;
} Painting;

static const cairo_user_data_key_t bytes_key;

static void
order_free(UmkAppOrder *order)
{
    if (order == NULL)
        return;
    umk_app_layout_unref(order->layout);
    umk_app_looks_free(order->looks);
    g_free(order);
}

static void
painter_unref(UmkAppPainter *self)
{
    if (!g_atomic_ref_count_dec(&self->references))
        return;
    order_free(self->waiting);
    g_free(self);
}

static void
painting_free(Painting *painting)
{
    g_clear_object(&painting->painted.texture);
    g_clear_pointer(&painting->painted.surface, cairo_surface_destroy);
    order_free(painting->order);
    painter_unref(painting->painter);
    g_free(painting);
}

/* The canvas as something GTK shows, without a copy. */
static void
wrap(UmkAppPainted *painted, UmkAppCanvas *canvas, gboolean opaque)
{
    g_autoptr(GBytes) all = NULL, seen = NULL;

    if (opaque) {
        painted->surface = cairo_image_surface_create_for_data(
            canvas->data + canvas->offset, CAIRO_FORMAT_RGB24, (int) canvas->width,
            (int) canvas->height, (int) canvas->stride);
        cairo_surface_set_user_data(painted->surface, &bytes_key, canvas->data, g_free);
        return;
    }
    all = g_bytes_new_take(canvas->data, canvas->size);
    seen = g_bytes_new_from_bytes(all, canvas->offset, canvas->size - canvas->offset);
    painted->texture =
        gdk_memory_texture_new((int) canvas->width, (int) canvas->height,
                               GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, seen, canvas->stride);
}

static void
paint(Painting *painting)
{
    UmkAppOrder *order = painting->order;
    UmkAppPicture *picture = &order->picture;
    UmkAppView view;
    UmkAppCanvas canvas;

    order->view.width += 2 * order->margin;
    order->view.height += 2 * order->margin;
    view = order->view;
    view.scale *= order->ratio;
    view.width *= order->ratio;
    view.height *= order->ratio;
    picture->n_threads = umk_get_n_threads();
    picture->cancelled = &painting->cancelled;
    picture->pixel_ratio = order->ratio;
    picture->margin = order->margin * order->ratio;
    picture->sample =
        order->hasty ? umk_app_picture_choose_sample(order->layout->points, &view,
                                                     order->ratio, picture->n_threads)
                     : 1;
    for (guint layer = 0; layer < UMK_APP_N_LAYERS; layer++)
        picture->palette[layer] = order->layers[layer] ? order->palettes[layer] : NULL;
    picture->n_colours = UMK_APP_N_COLOURS;
    painting->painted.view = order->view;
    painting->painted.whole = picture->sample == 1;
    painting->painted.serial = order->serial;
    if (!umk_app_canvas_init(&canvas, (guint) view.width, (guint) view.height))
        return;
    if (umk_app_picture_draw(picture, order->layout->points, order->looks, &view,
                             &canvas))
        wrap(&painting->painted, &canvas, picture->ground.a >= 1);
    else
        umk_app_canvas_clear(&canvas);
}

static void start(UmkAppPainter *self, UmkAppOrder *order);

static gboolean
hand_over(gpointer data)
{
    Painting *painting = data;
    UmkAppPainter *self = painting->painter;
    UmkAppOrder *next = g_steal_pointer(&self->waiting);

    self->painting = NULL;
    if (self->done != NULL && next != NULL)
        start(self, next);
    else
        order_free(next);
    if (self->done != NULL &&
        (painting->painted.texture != NULL || painting->painted.surface != NULL))
        self->done(&painting->painted, self->user_data);
    painting_free(painting);
    return G_SOURCE_REMOVE;
}

static gpointer
paint_in_thread(gpointer data)
{
    paint(data);
    g_idle_add_full(G_PRIORITY_DEFAULT, hand_over, data, NULL);
    return NULL;
}

static void
start(UmkAppPainter *self, UmkAppOrder *order)
{
    Painting *painting = g_new0(Painting, 1);

    g_atomic_ref_count_inc(&self->references);
    painting->painter = self;
    painting->order = order;
    self->painting = painting;
    g_thread_unref(g_thread_new("umk-painter", paint_in_thread, painting));
}

UmkAppPainter *
umk_app_painter_new(UmkAppPaintedFunc done, gpointer user_data)
{
    UmkAppPainter *self = g_new0(UmkAppPainter, 1);

    g_atomic_ref_count_init(&self->references);
    self->done = done;
    self->user_data = user_data;
    return self;
}

void
umk_app_painter_free(UmkAppPainter *self)
{
    if (self == NULL)
        return;
    self->done = NULL;
    if (self->painting != NULL)
        g_atomic_int_set(&self->painting->cancelled, TRUE);
    painter_unref(self);
}

void
umk_app_painter_ask(UmkAppPainter *self, const UmkAppOrder *order)
{
    UmkAppOrder *own = g_memdup2(order, sizeof *order);

    umk_app_layout_ref(own->layout);
    umk_app_looks_ref(own->looks);
    order_free(g_steal_pointer(&self->waiting));
    if (self->painting == NULL) {
        start(self, own);
        return;
    }
    /* a hasty one is soon ready, and shown is better than begun anew for ever */
    if (!self->painting->order->hasty)
        g_atomic_int_set(&self->painting->cancelled, TRUE);
    self->waiting = own;
}

gboolean
umk_app_painter_is_busy(UmkAppPainter *self)
{
    return self->painting != NULL;
}
