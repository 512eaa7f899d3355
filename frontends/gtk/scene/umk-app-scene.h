/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window shows, as one value of immutable parts: layout, colours, filter,
 * selection, look. Every panel reads it, says what it wants, and hears "changed" with the
 * parts that did. A step back is the value of before, so undo needs no code of its own in
 * any panel. Main thread only. */
#pragma once

#include "umk-app-classes.h"
#include "umk-app-fade.h"
#include "umk-app-filter.h"
#include "umk-app-layout.h"
#include "umk-app-notes.h"
#include "umk-app-source.h"
#include "umk-app-tags.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_SCENE (umk_app_scene_get_type())
G_DECLARE_FINAL_TYPE(UmkAppScene, umk_app_scene, UMK_APP, SCENE, GObject)

typedef enum /*< flags >*/ {
    UMK_APP_CHANGED_SOURCE = 1 << 0,
    UMK_APP_CHANGED_LAYOUT = 1 << 1,
    UMK_APP_CHANGED_COLOUR = 1 << 2,
    UMK_APP_CHANGED_FILTER = 1 << 3,
    UMK_APP_CHANGED_SELECTION = 1 << 4,
    UMK_APP_CHANGED_LOOK = 1 << 5,
    UMK_APP_CHANGED_HISTORY = 1 << 6, /* what can be undone */
    UMK_APP_CHANGED_TAGS = 1 << 7,
    UMK_APP_CHANGED_FADE = 1 << 8, /* how faint the layers are */
    UMK_APP_CHANGED_NOTES = 1 << 9,
    UMK_APP_CHANGED_ALL = (1 << 10) - 1
} UmkAppChange;

/* How the map is drawn, whatever it shows. */
typedef struct {
    gboolean points, density, contours; /* any of them together */
    gboolean labels;                    /* names of clusters */
    gboolean thumbnails;                /* pictures in place of points, when near */
    gboolean minimap;
    gboolean edges;    /* of a graph, at what is chosen */
    gboolean truth;    /* lines to the true neighbours of what is chosen */
    gboolean context;  /* what is not chosen or filtered out stays, faint */
    double opacity;    /* of points, 0 to 1: a share of what their number asks for */
    double yaw, pitch; /* radians, of a layout of three dimensions */
} UmkAppLook;

UmkAppScene *umk_app_scene_new(void);

/* source: NULL for none. The layout and colours of before go, as does the history. */
void umk_app_scene_set_source(UmkAppScene *self, UmkAppSource *source);
UmkAppSource *umk_app_scene_get_source(UmkAppScene *self);
/* Whether the first picture of the source is there, or nobody need wait for it: what is
 * read beside the map begins then, at the signal "seen". Of few items it need not wait.
 */
gboolean umk_app_scene_is_seen(UmkAppScene *self);
void umk_app_scene_set_seen(UmkAppScene *self);

/* Of all setters: the value is not taken; deed is what the step is called in the menu, as
 * "Select"; NULL makes no step. The same deed within a second of the last one joins it.
 */
void umk_app_scene_set_layout(UmkAppScene *self, UmkAppLayout *layout, const char *deed);
/* What comes next is a step of its own, whatever its deed. */
void umk_app_scene_end_step(UmkAppScene *self);
/* A layout that is still moving, shown in place of the scene's own; NULL ends that. No
 * step ever leads to one; setting a layout ends it, as does a step to another one. */
void umk_app_scene_show_live(UmkAppScene *self, UmkAppLayout *layout);
gboolean umk_app_scene_is_live(UmkAppScene *self);
void
umk_app_scene_set_classes(UmkAppScene *self, UmkAppClasses *classes, const char *deed);
void umk_app_scene_set_filter(UmkAppScene *self, UmkAppFilter *filter, const char *deed);
void
umk_app_scene_set_selection(UmkAppScene *self, UmkAppRows *selection, const char *deed);
void umk_app_scene_set_look(UmkAppScene *self, const UmkAppLook *look, const char *deed);
void umk_app_scene_set_fade(UmkAppScene *self, UmkAppFade *fade, const char *deed);

/* Without a deed these are the tags, or notes, that were read: of every state that had
 * none yet. */
void umk_app_scene_set_tags(UmkAppScene *self, UmkAppTags *tags, const char *deed);
void umk_app_scene_set_notes(UmkAppScene *self, UmkAppNotes *notes, const char *deed);

/* All transfer none; layout and classes are NULL only without a source. */
UmkAppLayout *umk_app_scene_get_layout(UmkAppScene *self);
UmkAppClasses *umk_app_scene_get_classes(UmkAppScene *self);
UmkAppFilter *umk_app_scene_get_filter(UmkAppScene *self);
UmkAppRows *umk_app_scene_get_selection(UmkAppScene *self); /* NULL: nothing chosen */
UmkAppTags *umk_app_scene_get_tags(UmkAppScene *self);      /* NULL: not read yet */
UmkAppNotes *umk_app_scene_get_notes(UmkAppScene *self);    /* NULL: not read yet */
UmkAppFade *umk_app_scene_get_fade(UmkAppScene *self);      /* NULL: nothing faint */
const UmkAppLook *umk_app_scene_get_look(UmkAppScene *self);

/* What the step back or forward is called, or NULL: there is none. */
const char *umk_app_scene_get_undo_deed(UmkAppScene *self);
const char *umk_app_scene_get_redo_deed(UmkAppScene *self);
void umk_app_scene_undo(UmkAppScene *self);
void umk_app_scene_redo(UmkAppScene *self);

G_END_DECLS
