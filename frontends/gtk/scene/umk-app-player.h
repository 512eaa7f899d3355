/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays the sounds of items, one at a time, from whichever panel asks. "changed" tells
 * that what is played, or whether, or how has changed; "position" that time went by. Main
 * thread only. */
#pragma once

#include <umekomi/umekomi.h>

#include "umk-app-output.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_PLAYER (umk_app_player_get_type())
G_DECLARE_FINAL_TYPE(UmkAppPlayer, umk_app_player, UMK_APP, PLAYER, GObject)

#define UMK_APP_PLAYER_SECONDS 600.0 /* of a sound are played */

/* output: NULL for a device, or silence where there is none. */
UmkAppPlayer *umk_app_player_new(const UmkAppOutput *output);

/* From its beginning; what was heard before fades out. */
void umk_app_player_play(UmkAppPlayer *self, UmkItem *item);
/* The same, but from where the sound before it was: to compare two. */
void umk_app_player_swap(UmkAppPlayer *self, UmkItem *item);
/* Plays it, or pauses and goes on if it is the one that is there. */
void umk_app_player_toggle(UmkAppPlayer *self, UmkItem *item);
void umk_app_player_pause(UmkAppPlayer *self);
/* 0 to 1 of the sound that is there. */
void umk_app_player_seek(UmkAppPlayer *self, double fraction);
void umk_app_player_set_loop(UmkAppPlayer *self, gboolean loop);
void umk_app_player_set_muted(UmkAppPlayer *self, gboolean muted);
gboolean umk_app_player_get_loop(UmkAppPlayer *self);
gboolean umk_app_player_get_muted(UmkAppPlayer *self);

/* Whether this is the item that is played or paused. */
gboolean umk_app_player_has(UmkAppPlayer *self, UmkItem *item);
gboolean umk_app_player_is_playing(UmkAppPlayer *self);
/* 0 to 1, of what is there. */
double umk_app_player_get_position(UmkAppPlayer *self);
/* Why nothing is heard, a sentence for people; NULL if nothing is wrong. */
const char *umk_app_player_get_problem(UmkAppPlayer *self);

G_END_DECLS
