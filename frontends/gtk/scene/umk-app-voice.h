/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is heard at a moment: one clip, and the end of the one before it as it fades.
 * Every beginning, end, pause, jump and change fades over 15 ms, so nothing clicks. Any
 * thread may ask; the samples of a clip are immutable. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_FADE_MS 15u

typedef struct _UmkAppVoice UmkAppVoice;

UmkAppVoice *umk_app_voice_new(guint rate);
void umk_app_voice_free(UmkAppVoice *self);
/* samples: floats; at: the first that is heard. */
void umk_app_voice_play(UmkAppVoice *self, GBytes *samples, gsize at);
void umk_app_voice_pause(UmkAppVoice *self);
void umk_app_voice_resume(UmkAppVoice *self);
void umk_app_voice_seek(UmkAppVoice *self, gsize at);
void umk_app_voice_set_loop(UmkAppVoice *self, gboolean loop);
void umk_app_voice_set_muted(UmkAppVoice *self, gboolean muted);
/* Whether the clip still goes on: not paused, not at its end. */
gboolean umk_app_voice_is_playing(UmkAppVoice *self);
gsize umk_app_voice_get_position(UmkAppVoice *self);
/* A UmkAppRender. */
void umk_app_voice_render(float *samples, gsize n, gpointer voice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppVoice, umk_app_voice_free)

G_END_DECLS
