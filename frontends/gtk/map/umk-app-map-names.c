/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of clusters over the points: which there are. They are looked for in a job when a
 * layout has settled, and remembered for the last few; until there are new ones those of
 * before go along with their items. Where they stand is for umk-app-map-spots.c. */
#include "umk-app-map-parts.h"

#define KEPT 4u   /* layouts whose names are remembered */
#define SLOW 1000 /* ms after which the work is shown in the foot of the window */

typedef struct {
    UmkAppLayout *layout;
    UmkAppNaming *naming;
} Known;

struct _UmkAppMapNames {
    UmkAppMap *map;
    GArray *known; /* Known, the newest last */
    UmkAppMapSpots *spots;
    UmkAppLayout *wanted; /* what the job is for */
    UmkAppJob *job;
    guint slow;
    gboolean told; /* the job is shown */
};

static void
known_clear(gpointer data)
{
    Known *known = data;

    umk_app_layout_unref(known->layout);
    umk_app_naming_unref(known->naming);
}

UmkAppMapNames *
_umk_app_map_names_new(UmkAppMap *map)
{
    UmkAppMapNames *self = g_new0(UmkAppMapNames, 1);

    self->map = map;
    self->known = g_array_new(FALSE, FALSE, sizeof(Known));
    g_array_set_clear_func(self->known, known_clear);
    self->spots = _umk_app_map_spots_new(map);
    return self;
}

static void
hide_job(UmkAppMapNames *self)
{
    g_clear_handle_id(&self->slow, g_source_remove);
    if (self->told)
        _umk_app_map_tell_job(self->map, self->job, FALSE);
    self->told = FALSE;
}

static void
drop_job(UmkAppMapNames *self)
{
    if (self->job == NULL)
        return;
    hide_job(self);
    umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
    g_clear_pointer(&self->wanted, umk_app_layout_unref);
}

/* The map is silent when it goes: who showed the job is a child of the same window, and
 * may have gone before it. The line goes when the work has stopped. */
void
_umk_app_map_names_free(UmkAppMapNames *self)
{
    self->told = FALSE;
    drop_job(self);
    _umk_app_map_spots_free(self->spots);
    g_array_unref(self->known);
    g_free(self);
}

/* ---- which names ---------------------------------------------------------------------
 */

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *map = owner;
    UmkAppMapNames *self = map->names;
    g_autoptr(UmkAppNaming) naming = result;
    Known known;

    if (self == NULL || job != self->job)
        return;
    hide_job(self);
    g_clear_object(&self->job);
    if (naming == NULL) {
        g_message("%s", error->message);
        g_clear_pointer(&self->wanted, umk_app_layout_unref);
        return;
    }
    known = (Known){g_steal_pointer(&self->wanted), umk_app_naming_ref(naming)};
    if (self->known->len == KEPT)
        g_array_remove_index(self->known, 0);
    g_array_append_val(self->known, known);
    _umk_app_map_spots_show(self->spots, naming);
}

static gboolean
work_is_slow(gpointer data)
{
    UmkAppMapNames *self = data;

    self->slow = 0;
    self->told = TRUE;
    _umk_app_map_tell_job(self->map, self->job, TRUE);
    return G_SOURCE_REMOVE;
}

/* Names what is shown now, if it has settled and people want to see it. Until then there
 * are none: those of another layout would name crowds that have come apart. */
static void
look_for_names(UmkAppMapNames *self)
{
    UmkAppMap *map = self->map;

    if (self->job != NULL && self->wanted == map->layout)
        return;
    drop_job(self);
    for (guint i = 0; i < self->known->len; i++) {
        const Known *known = &g_array_index(self->known, Known, i);

        if (known->layout == map->layout) {
            _umk_app_map_spots_show(self->spots, known->naming);
            return;
        }
    }
    _umk_app_map_spots_show(self->spots, NULL);
    if (map->layout == NULL || map->points->n_points == 0 ||
        !umk_app_layout_is_settled(map->layout) || !umk_app_scene_is_seen(map->scene) ||
        !umk_app_scene_get_look(map->scene)->labels)
        return;
    self->wanted = umk_app_layout_ref(map->layout);
    self->job = umk_app_naming_find(map->source, map->layout, g_get_language_names()[0],
                                    found, G_OBJECT(map));
    self->slow = g_timeout_add(SLOW, work_is_slow, self);
}

void
_umk_app_map_names_changed(UmkAppMapNames *self, guint changes)
{
    if (changes & UMK_APP_CHANGED_SOURCE) {
        drop_job(self);
        g_array_set_size(self->known, 0);
        _umk_app_map_spots_show(self->spots, NULL);
    }
    /* a turn of the map is a change of its look */
    if (changes &
        (UMK_APP_CHANGED_LAYOUT | UMK_APP_CHANGED_FILTER | UMK_APP_CHANGED_LOOK))
        _umk_app_map_spots_moved(self->spots);
    if (changes & (UMK_APP_CHANGED_LAYOUT | UMK_APP_CHANGED_LOOK))
        look_for_names(self);
}

/* Nothing need wait for the map any more. */
void
_umk_app_map_names_begin(UmkAppMapNames *self)
{
    look_for_names(self);
}

UmkAppMapSpots *
_umk_app_map_names_get_spots(UmkAppMapNames *self)
{
    return self->spots;
}
