/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gains walk in straight steps towards what they should be. A clip that has faded out
 * stands still, so that a pause resumes where it was. */
#include "umk-app-voice.h"

typedef struct {
    GBytes *samples; /* NULL: none */
    gsize at;
    float gain;
} Clip;

struct _UmkAppVoice {
    GMutex lock;
    gsize fade; /* samples */
    Clip now, old;
    gboolean playing, loop, muted;
    float master; /* follows muted */
};

UmkAppVoice *
umk_app_voice_new(guint rate)
{
    UmkAppVoice *self = g_new0(UmkAppVoice, 1);

    g_mutex_init(&self->lock);
    self->fade = MAX(1, (gsize) rate * UMK_APP_FADE_MS / 1000);
    self->master = 1;
    return self;
}

void
umk_app_voice_free(UmkAppVoice *self)
{
    g_clear_pointer(&self->now.samples, g_bytes_unref);
    g_clear_pointer(&self->old.samples, g_bytes_unref);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static gsize
length_of(const Clip *clip)
{
    return clip->samples != NULL ? g_bytes_get_size(clip->samples) / sizeof(float) : 0;
}

/* What is heard now fades out beside what comes. */
static void
leave(UmkAppVoice *self)
{
    g_clear_pointer(&self->old.samples, g_bytes_unref);
    self->old = self->now;
    self->now = (Clip){NULL, 0, 0};
}

void
umk_app_voice_play(UmkAppVoice *self, GBytes *samples, gsize at)
{
    g_mutex_lock(&self->lock);
    leave(self);
    self->now.samples = g_bytes_ref(samples);
    self->now.at = MIN(at, length_of(&self->now));
    self->playing = self->now.at < length_of(&self->now);
    g_mutex_unlock(&self->lock);
}

void
umk_app_voice_pause(UmkAppVoice *self)
{
    g_mutex_lock(&self->lock);
    self->playing = FALSE;
    g_mutex_unlock(&self->lock);
}

void
umk_app_voice_resume(UmkAppVoice *self)
{
    g_mutex_lock(&self->lock);
    if (self->now.at >= length_of(&self->now))
        self->now.at = 0;
    self->playing = length_of(&self->now) > 0;
    g_mutex_unlock(&self->lock);
}

void
umk_app_voice_seek(UmkAppVoice *self, gsize at)
{
    g_mutex_lock(&self->lock);
    if (self->now.samples != NULL) {
        GBytes *samples = g_bytes_ref(self->now.samples);

        leave(self);
        self->now.samples = samples;
        self->now.at = MIN(at, length_of(&self->now));
    }
    g_mutex_unlock(&self->lock);
}

void
umk_app_voice_set_loop(UmkAppVoice *self, gboolean loop)
{
    g_mutex_lock(&self->lock);
    self->loop = loop;
    g_mutex_unlock(&self->lock);
}

void
umk_app_voice_set_muted(UmkAppVoice *self, gboolean muted)
{
    g_mutex_lock(&self->lock);
    self->muted = muted;
    g_mutex_unlock(&self->lock);
}

gboolean
umk_app_voice_is_playing(UmkAppVoice *self)
{
    gboolean playing;

    g_mutex_lock(&self->lock);
    playing = self->playing;
    g_mutex_unlock(&self->lock);
    return playing;
}

gsize
umk_app_voice_get_position(UmkAppVoice *self)
{
    gsize at;

    g_mutex_lock(&self->lock);
    at = self->now.at;
    g_mutex_unlock(&self->lock);
    return at;
}

static float
walk(float gain, gboolean up, float step)
{
    return up ? MIN(gain + step, 1.0f) : MAX(gain - step, 0.0f);
}

/* One sample of a clip that is let go or held; the ends of a clip fade by themselves. */
static float
take(Clip *clip, gboolean up, float step)
{
    gsize n = length_of(clip), left;
    const float *samples = n > 0 ? g_bytes_get_data(clip->samples, NULL) : NULL;
    float value, edge;

    if (clip->at >= n || (!up && clip->gain <= 0))
        return 0;
    clip->gain = walk(clip->gain, up, step);
    left = n - clip->at;
    edge = MIN(1.0f, (float) left * step);
    value = samples[clip->at++] * clip->gain * edge;
    return value;
}

void
umk_app_voice_render(float *samples, gsize n, gpointer voice)
{
    UmkAppVoice *self = voice;
    float step = 1.0f / (float) self->fade;

    g_mutex_lock(&self->lock);
    for (gsize i = 0; i < n; i++) {
        self->master = walk(self->master, !self->muted, step);
        samples[i] =
            (take(&self->now, self->playing, step) + take(&self->old, FALSE, step)) *
            self->master;
        if (self->now.at < length_of(&self->now) || !self->playing)
            continue;
        self->now.gain = 0;
        if (self->loop && length_of(&self->now) > 0)
            self->now.at = 0;
        else
            self->playing = FALSE;
    }
    g_mutex_unlock(&self->lock);
}
