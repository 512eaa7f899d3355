/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding and opening the device both may take long, so a thread does them; the newest
 * wish wins. A device that fails or goes away gives way to silence with a sentence, and
 * is tried again when the next sound is played. */
#include "umk-app-player.h"

#include "umk-app-voice.h"

#include <glib/gi18n.h>

#define TICK 33u /* ms between two tellings of the position */
#define KEEP 6u  /* decoded sounds, so that going to and fro is at once */

struct _UmkAppPlayer {
    GObject parent_instance;
    UmkAppVoice *voice;
    const UmkAppOutput *wanted, *output; /* output: the open one */
    gpointer handle;
    UmkItem *item;    /* that is there, or on its way */
    GBytes *samples;  /* of it; NULL on its way */
    double from;      /* seconds where it begins */
    gboolean started; /* the output runs */
    gboolean loop, muted;
    char *problem;
    GCancellable *loading;
    GQueue kept; /* Kept, newest first */
    guint tick;
};

typedef struct {
    char *key;
    GBytes *samples;
} Kept;

typedef struct {
    UmkAppPlayer *player; /* lent: it stays until the order is back */
    UmkItem *item;
    const UmkAppOutput *wanted; /* NULL: it is open */
    GBytes *samples;            /* results */
    const UmkAppOutput *output;
    gpointer handle;
    char *warning;
} Order;

enum { CHANGED, POSITION, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppPlayer, umk_app_player, G_TYPE_OBJECT)

static void
kept_free(gpointer data)
{
    Kept *kept = data;

    g_free(kept->key);
    g_bytes_unref(kept->samples);
    g_free(kept);
}

static void
stop_loading(UmkAppPlayer *self)
{
    if (self->loading != NULL)
        g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
}

static void
close_output(UmkAppPlayer *self)
{
    if (self->handle != NULL)
        self->output->close(self->handle);
    self->handle = NULL;
    self->started = FALSE;
}

/* The output closes while the player is whole: its thread may just be saying that the
 * device has gone, and takes a weak reference for that. */
static void
umk_app_player_dispose(GObject *object)
{
    UmkAppPlayer *self = UMK_APP_PLAYER(object);

    stop_loading(self);
    g_clear_handle_id(&self->tick, g_source_remove);
    close_output(self);
    G_OBJECT_CLASS(umk_app_player_parent_class)->dispose(object);
}

static void
umk_app_player_finalize(GObject *object)
{
    UmkAppPlayer *self = UMK_APP_PLAYER(object);

    g_queue_clear_full(&self->kept, kept_free);
    g_clear_pointer(&self->samples, g_bytes_unref);
    g_clear_pointer(&self->item, umk_item_unref);
    umk_app_voice_free(self->voice);
    g_free(self->problem);
    G_OBJECT_CLASS(umk_app_player_parent_class)->finalize(object);
}

static void
umk_app_player_class_init(UmkAppPlayerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = umk_app_player_dispose;
    G_OBJECT_CLASS(klass)->finalize = umk_app_player_finalize;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_PLAYER, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[POSITION] = g_signal_new("position", UMK_APP_TYPE_PLAYER, G_SIGNAL_RUN_LAST,
                                     0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
umk_app_player_init(UmkAppPlayer *self)
{
    self->voice = umk_app_voice_new(UMK_APP_OUTPUT_RATE);
    g_queue_init(&self->kept);
}

UmkAppPlayer *
umk_app_player_new(const UmkAppOutput *output)
{
    UmkAppPlayer *self = g_object_new(UMK_APP_TYPE_PLAYER, NULL);

    self->wanted = output != NULL ? output : umk_app_output_get_device();
    if (self->wanted == NULL)
        self->wanted = umk_app_output_get_silent();
    return self;
}

static void
tell(UmkAppPlayer *self)
{
    g_signal_emit(self, signals[CHANGED], 0);
}

/* problem: taken. */
static void
set_problem(UmkAppPlayer *self, char *problem)
{
    g_free(self->problem);
    self->problem = problem;
}

/* ---- a device that goes away --------------------------------------------------------
 */

static gboolean
lost_in_main(gpointer data)
{
    g_autoptr(UmkAppPlayer) self = g_weak_ref_get(data);

    if (self == NULL || self->handle == NULL)
        return G_SOURCE_REMOVE;
    umk_app_voice_pause(self->voice);
    close_output(self);
    set_problem(self, g_strdup(_("The sound device has gone; play again to look for "
                                 "another")));
    tell(self);
    return G_SOURCE_REMOVE;
}

static void
weak_free(gpointer data)
{
    g_weak_ref_clear(data);
    g_free(data);
}

static GWeakRef *
weak_new(gpointer player)
{
    GWeakRef *weak = g_new0(GWeakRef, 1);

    g_weak_ref_init(weak, player);
    return weak;
}

/* data: the player, which lives as long as its output is open. */
static void
lost(gpointer data)
{
    g_idle_add_full(G_PRIORITY_DEFAULT, lost_in_main, weak_new(data), weak_free);
}

/* ---- loading, in a thread -----------------------------------------------------------
 */

static void
order_free(gpointer data)
{
    Order *order = data;

    if (order->handle != NULL)
        order->output->close(order->handle);
    g_clear_pointer(&order->samples, g_bytes_unref);
    umk_item_unref(order->item);
    g_free(order->warning);
    g_free(order);
}

static GBytes *
decode(UmkItem *item, GCancellable *cancellable, GError **error)
{
    UmkRegistry *registry = umk_registry_get_default();
    gsize n_specs;
    const UmkParamSpec *specs = umk_features_get_params(registry, "samples", &n_specs);
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkMatrix) samples = NULL;

    if (specs != NULL) {
        params = umk_params_new(specs, n_specs);
        umk_params_set_double(params, "rate", UMK_APP_OUTPUT_RATE, NULL);
        umk_params_set_double(params, "seconds", UMK_APP_PLAYER_SECONDS, NULL);
    }
    samples =
        umk_features_compute(registry, "samples", NULL, item, params, cancellable, error);
    return samples != NULL ? g_bytes_ref(umk_matrix_get_bytes(samples)) : NULL;
}

static void
render(float *samples, gsize n, gpointer player)
{
    umk_app_voice_render(samples, n, UMK_APP_PLAYER(player)->voice);
}

static void
open_output(Order *order, UmkAppPlayer *player)
{
    g_autoptr(GError) error = NULL;

    order->output = order->wanted;
    order->handle = order->wanted->open(render, lost, player, &error);
    if (order->handle != NULL)
        return;
    /* Translators: why there is no sound, as a sentence without its stop */
    order->warning =
        g_strdup_printf(_("%s: sounds are played in silence"), error->message);
    order->output = umk_app_output_get_silent();
    order->handle = order->output->open(render, lost, player, NULL);
}

static void
load_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Order *order = data;
    GError *error = NULL;

    if (order->wanted != NULL)
        open_output(order, order->player);
    if (order->samples == NULL)
        order->samples = decode(order->item, cancellable, &error);
    if (order->samples == NULL) {
        g_task_return_error(task, error);
        return;
    }
    g_task_return_boolean(task, TRUE);
}

static void
keep(UmkAppPlayer *self, UmkItem *item, GBytes *samples)
{
    Kept *kept;

    if (umk_item_get_path(item) == NULL)
        return;
    for (GList *link = self->kept.head; link != NULL; link = link->next)
        if (g_str_equal(((Kept *) link->data)->key, umk_item_get_path(item)))
            return;
    kept = g_new0(Kept, 1);
    kept->key = g_strdup(umk_item_get_path(item));
    kept->samples = g_bytes_ref(samples);
    g_queue_push_head(&self->kept, kept);
    if (self->kept.length > KEEP)
        kept_free(g_queue_pop_tail(&self->kept));
}

static GBytes *
find_kept(UmkAppPlayer *self, UmkItem *item)
{
    const char *path = umk_item_get_path(item);

    for (GList *link = self->kept.head; link != NULL && path != NULL; link = link->next)
        if (g_str_equal(((Kept *) link->data)->key, path))
            return ((Kept *) link->data)->samples;
    return NULL;
}

static gboolean
ticked(gpointer data)
{
    UmkAppPlayer *self = data;

    g_signal_emit(self, signals[POSITION], 0);
    if (umk_app_voice_is_playing(self->voice))
        return G_SOURCE_CONTINUE;
    self->tick = 0;
    tell(self);
    return G_SOURCE_REMOVE;
}

static void
run(UmkAppPlayer *self)
{
    if (!self->started && self->handle != NULL)
        self->started = self->output->start(self->handle);
    if (!self->started && self->handle != NULL)
        lost(self);
    if (self->tick == 0)
        self->tick = g_timeout_add(TICK, ticked, self);
    tell(self);
}

static void
begin(UmkAppPlayer *self)
{
    gsize at = (gsize) (self->from * UMK_APP_OUTPUT_RATE);
    gsize n = g_bytes_get_size(self->samples) / sizeof(float);

    umk_app_voice_play(self->voice, self->samples, n > 0 ? at % n : 0);
    run(self);
}

/* Even an order that came too late may have opened the output. */
static void
take_output(UmkAppPlayer *self, Order *order)
{
    if (order->handle == NULL)
        return;
    if (self->handle == NULL) {
        self->output = order->output;
        self->handle = g_steal_pointer(&order->handle);
        set_problem(self, g_steal_pointer(&order->warning));
    } else {
        order->output->close(g_steal_pointer(&order->handle));
    }
}

static void
loaded(GObject *object, GAsyncResult *result, gpointer player)
{
    g_autoptr(UmkAppPlayer) self = player;
    Order *order = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    gboolean done = g_task_propagate_boolean(G_TASK(result), &error);

    take_output(self, order);
    if (g_task_get_cancellable(G_TASK(result)) != self->loading)
        return;
    g_clear_object(&self->loading);
    if (!done) {
        g_clear_pointer(&self->item, umk_item_unref);
        umk_app_voice_pause(self->voice);
        set_problem(self, g_strdup(error->message));
        tell(self);
        return;
    }
    self->samples = g_bytes_ref(order->samples);
    keep(self, order->item, order->samples);
    begin(self);
}

static void
load(UmkAppPlayer *self)
{
    g_autoptr(GTask) task = NULL;
    Order *order = g_new0(Order, 1);
    GBytes *kept = find_kept(self, self->item);

    /* Silence for want of a device is no reason not to look for one again. */
    if (self->handle != NULL && self->output != self->wanted)
        close_output(self);
    stop_loading(self);
    self->loading = g_cancellable_new();
    order->item = umk_item_ref(self->item);
    order->wanted = self->handle == NULL ? self->wanted : NULL;
    order->samples = kept != NULL ? g_bytes_ref(kept) : NULL;
    if (order->wanted == NULL && kept != NULL) {
        g_clear_object(&self->loading);
        self->samples = g_bytes_ref(kept);
        order_free(order);
        begin(self);
        return;
    }
    /* the task, which may go in its worker, does not hold the player */
    order->player = self;
    task = g_task_new(NULL, self->loading, loaded, g_object_ref(self));
    g_task_set_task_data(task, order, order_free);
    g_task_run_in_thread(task, load_in_thread);
}

static void
set_item(UmkAppPlayer *self, UmkItem *item, double from)
{
    UmkItem *old = self->item;

    self->item = umk_item_ref(item);
    g_clear_pointer(&old, umk_item_unref);
    g_clear_pointer(&self->samples, g_bytes_unref);
    self->from = from;
    if (self->handle != NULL && self->output == self->wanted)
        set_problem(self, NULL);
    load(self);
    tell(self);
}

/* ---- what people do ------------------------------------------------------------------
 */

void
umk_app_player_play(UmkAppPlayer *self, UmkItem *item)
{
    set_item(self, item, 0);
}

void
umk_app_player_swap(UmkAppPlayer *self, UmkItem *item)
{
    gsize at = umk_app_voice_get_position(self->voice);
    gsize n = self->samples != NULL ? g_bytes_get_size(self->samples) / sizeof(float) : 0;

    set_item(self, item, at < n ? (double) at / UMK_APP_OUTPUT_RATE : 0);
}

void
umk_app_player_toggle(UmkAppPlayer *self, UmkItem *item)
{
    if (!umk_app_player_has(self, item) || self->handle == NULL) {
        set_item(self, item, 0);
    } else if (umk_app_voice_is_playing(self->voice)) {
        umk_app_player_pause(self);
    } else if (self->samples != NULL) {
        umk_app_voice_resume(self->voice);
        run(self);
    }
}

/* What is on its way does not begin. */
void
umk_app_player_pause(UmkAppPlayer *self)
{
    if (self->loading != NULL) {
        stop_loading(self);
        g_clear_pointer(&self->item, umk_item_unref);
    }
    umk_app_voice_pause(self->voice);
    tell(self);
}

void
umk_app_player_seek(UmkAppPlayer *self, double fraction)
{
    gsize n = self->samples != NULL ? g_bytes_get_size(self->samples) / sizeof(float) : 0;

    umk_app_voice_seek(self->voice, (gsize) (CLAMP(fraction, 0, 1) * (double) n));
    g_signal_emit(self, signals[POSITION], 0);
}

void
umk_app_player_set_loop(UmkAppPlayer *self, gboolean loop)
{
    self->loop = loop;
    umk_app_voice_set_loop(self->voice, loop);
    tell(self);
}

void
umk_app_player_set_muted(UmkAppPlayer *self, gboolean muted)
{
    self->muted = muted;
    umk_app_voice_set_muted(self->voice, muted);
    tell(self);
}

gboolean
umk_app_player_get_loop(UmkAppPlayer *self)
{
    return self->loop;
}

gboolean
umk_app_player_get_muted(UmkAppPlayer *self)
{
    return self->muted;
}

gboolean
umk_app_player_has(UmkAppPlayer *self, UmkItem *item)
{
    if (self->item == NULL || item == NULL)
        return FALSE;
    return self->item == item ||
           (umk_item_get_path(item) != NULL &&
            g_strcmp0(umk_item_get_path(item), umk_item_get_path(self->item)) == 0);
}

gboolean
umk_app_player_is_playing(UmkAppPlayer *self)
{
    return self->loading != NULL || umk_app_voice_is_playing(self->voice);
}

double
umk_app_player_get_position(UmkAppPlayer *self)
{
    gsize n = self->samples != NULL ? g_bytes_get_size(self->samples) / sizeof(float) : 0;

    return n > 0 ? (double) umk_app_voice_get_position(self->voice) / (double) n : 0;
}

const char *
umk_app_player_get_problem(UmkAppPlayer *self)
{
    return self->problem;
}
