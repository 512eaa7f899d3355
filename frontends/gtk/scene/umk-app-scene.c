/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A state, the states before it and those undone. States hold references only, so a
 * thousand of them cost little; what is large (a layout, a set of rows) is shared. */
#include "umk-app-scene.h"

#define MOST_STEPS 200u
#define MANY       100000u        /* items of which the first picture is waited for */
#define LONGEST    1500           /* ms; then the map may well be out of sight */
#define JOIN       G_USEC_PER_SEC /* steps of one deed nearer than this are one */

typedef struct {
    char *deed; /* that led away from this state */
    UmkAppLayout *layout;
    UmkAppClasses *classes;
    UmkAppFilter *filter;
    UmkAppRows *selection;
    UmkAppTags *tags;
    UmkAppNotes *notes;
    UmkAppFade *fade;
    UmkAppLook look;
} State;

struct _UmkAppScene {
    GObject parent_instance;
    UmkAppSource *source;
    State now;
    UmkAppLayout *live;  /* shown in place of now.layout, or NULL */
    GArray *undo, *redo; /* State */
    gint64 last_step;
    gboolean seen;
    guint unseen; /* timeout that waits no longer */
};

enum { CHANGED, SEEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppScene, umk_app_scene, G_TYPE_OBJECT)

static const UmkAppLook first_look = {.points = TRUE,
                                      .labels = TRUE,
                                      .thumbnails = TRUE,
                                      .edges = TRUE,
                                      .context = TRUE,
                                      .opacity = 1};

/* ---- states --------------------------------------------------------------------------
 */

static void
state_clear(gpointer data)
{
    State *state = data;

    g_clear_pointer(&state->deed, g_free);
    g_clear_pointer(&state->layout, umk_app_layout_unref);
    g_clear_pointer(&state->classes, umk_app_classes_unref);
    g_clear_pointer(&state->filter, umk_app_filter_unref);
    g_clear_pointer(&state->selection, umk_app_rows_unref);
    g_clear_pointer(&state->tags, umk_app_tags_unref);
    g_clear_pointer(&state->notes, umk_app_notes_unref);
    g_clear_pointer(&state->fade, umk_app_fade_unref);
}

static State
state_copy(const State *state, const char *deed)
{
    State copy = *state;

    copy.deed = g_strdup(deed);
    if (copy.layout != NULL)
        umk_app_layout_ref(copy.layout);
    if (copy.classes != NULL)
        umk_app_classes_ref(copy.classes);
    if (copy.filter != NULL)
        umk_app_filter_ref(copy.filter);
    if (copy.selection != NULL)
        umk_app_rows_ref(copy.selection);
    if (copy.tags != NULL)
        umk_app_tags_ref(copy.tags);
    if (copy.notes != NULL)
        umk_app_notes_ref(copy.notes);
    if (copy.fade != NULL)
        umk_app_fade_ref(copy.fade);
    return copy;
}

static gboolean
look_equal(const UmkAppLook *a, const UmkAppLook *b)
{
    return a->points == b->points && a->density == b->density &&
           a->contours == b->contours && a->labels == b->labels &&
           a->thumbnails == b->thumbnails && a->minimap == b->minimap &&
           a->edges == b->edges && a->truth == b->truth && a->context == b->context &&
           a->opacity == b->opacity && a->yaw == b->yaw && a->pitch == b->pitch;
}

static guint
state_compare(const State *a, const State *b)
{
    guint changes = 0;

    if (a->layout != b->layout)
        changes |= UMK_APP_CHANGED_LAYOUT;
    if (a->classes != b->classes)
        changes |= UMK_APP_CHANGED_COLOUR;
    if (a->filter != b->filter)
        changes |= UMK_APP_CHANGED_FILTER;
    if (!umk_app_rows_equal(a->selection, b->selection))
        changes |= UMK_APP_CHANGED_SELECTION;
    if (!look_equal(&a->look, &b->look))
        changes |= UMK_APP_CHANGED_LOOK;
    if (a->tags != b->tags)
        changes |= UMK_APP_CHANGED_TAGS;
    if (a->notes != b->notes)
        changes |= UMK_APP_CHANGED_NOTES;
    if (a->fade != b->fade)
        changes |= UMK_APP_CHANGED_FADE;
    return changes;
}

static GArray *
make_stack(void)
{
    GArray *stack = g_array_new(FALSE, FALSE, sizeof(State));

    g_array_set_clear_func(stack, state_clear);
    return stack;
}

static const State *
top(GArray *stack)
{
    return stack->len > 0 ? &g_array_index(stack, State, stack->len - 1) : NULL;
}

/* ---- object --------------------------------------------------------------------------
 */

static void
umk_app_scene_finalize(GObject *object)
{
    UmkAppScene *self = UMK_APP_SCENE(object);

    g_clear_handle_id(&self->unseen, g_source_remove);
    g_array_unref(self->undo);
    g_array_unref(self->redo);
    state_clear(&self->now);
    g_clear_pointer(&self->live, umk_app_layout_unref);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(umk_app_scene_parent_class)->finalize(object);
}

static void
umk_app_scene_class_init(UmkAppSceneClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_scene_finalize;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_SCENE, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[SEEN] = g_signal_new("seen", UMK_APP_TYPE_SCENE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
umk_app_scene_init(UmkAppScene *self)
{
    self->undo = make_stack();
    self->redo = make_stack();
    self->now.look = first_look;
    self->now.filter = umk_app_filter_new(0);
}

UmkAppScene *
umk_app_scene_new(void)
{
    return g_object_new(UMK_APP_TYPE_SCENE, NULL);
}

static void
tell(UmkAppScene *self, guint changes)
{
    if (changes != 0)
        g_signal_emit(self, signals[CHANGED], 0, changes);
}

/* ---- source --------------------------------------------------------------------------
 */

gboolean
umk_app_scene_is_seen(UmkAppScene *self)
{
    return self->seen;
}

void
umk_app_scene_set_seen(UmkAppScene *self)
{
    g_clear_handle_id(&self->unseen, g_source_remove);
    if (self->seen)
        return;
    self->seen = TRUE;
    g_signal_emit(self, signals[SEEN], 0);
}

static gboolean
wait_no_longer(gpointer data)
{
    UmkAppScene *self = data;

    self->unseen = 0;
    umk_app_scene_set_seen(self);
    return G_SOURCE_REMOVE;
}

static void
wait_to_be_seen(UmkAppScene *self)
{
    g_clear_handle_id(&self->unseen, g_source_remove);
    self->seen = self->source == NULL ||
                 umk_app_source_get_n_items(self->source) < MANY ||
                 umk_app_source_get_layout(self->source)->points->n_points == 0;
    if (!self->seen)
        self->unseen = g_timeout_add(LONGEST, wait_no_longer, self);
}

void
umk_app_scene_set_source(UmkAppScene *self, UmkAppSource *source)
{
    UmkAppLook look = self->now.look;

    g_set_object(&self->source, source);
    wait_to_be_seen(self);
    g_array_set_size(self->undo, 0);
    g_array_set_size(self->redo, 0);
    state_clear(&self->now);
    g_clear_pointer(&self->live, umk_app_layout_unref);
    look.yaw = look.pitch = 0;
    self->now = (State){.look = look};
    self->now.filter =
        umk_app_filter_new(source != NULL ? umk_app_source_get_n_items(source) : 0);
    if (source != NULL) {
        self->now.layout = umk_app_layout_ref(umk_app_source_get_layout(source));
        self->now.classes = umk_app_classes_new_by_modality(source);
    }
    tell(self, UMK_APP_CHANGED_ALL);
}

UmkAppSource *
umk_app_scene_get_source(UmkAppScene *self)
{
    return self->source;
}

/* ---- steps ---------------------------------------------------------------------------
 */

/* Keeps the present state as one to come back to. */
static guint
begin(UmkAppScene *self, const char *deed)
{
    gint64 time = g_get_monotonic_time();
    const State *last = top(self->undo);
    State copy;

    if (deed == NULL)
        return 0;
    if (last != NULL && g_str_equal(last->deed, deed) && self->redo->len == 0 &&
        time - self->last_step < JOIN) {
        self->last_step = time;
        return 0;
    }
    self->last_step = time;
    copy = state_copy(&self->now, deed);
    if (self->undo->len == MOST_STEPS)
        g_array_remove_index(self->undo, 0);
    g_array_append_val(self->undo, copy);
    g_array_set_size(self->redo, 0);
    return UMK_APP_CHANGED_HISTORY;
}

void
umk_app_scene_end_step(UmkAppScene *self)
{
    self->last_step = 0; /* long ago: a step joins only a near one */
}

void
umk_app_scene_set_layout(UmkAppScene *self, UmkAppLayout *layout, const char *deed)
{
    guint changes = UMK_APP_CHANGED_LAYOUT;

    if (layout == NULL || (layout == self->now.layout && self->live == NULL))
        return;
    g_clear_pointer(&self->live, umk_app_layout_unref);
    if (layout != self->now.layout)
        changes |= begin(self, deed);
    umk_app_layout_ref(layout);
    g_clear_pointer(&self->now.layout, umk_app_layout_unref);
    self->now.layout = layout;
    tell(self, changes);
}

void
umk_app_scene_show_live(UmkAppScene *self, UmkAppLayout *layout)
{
    UmkAppLayout *before = self->live;

    if (layout == before || self->source == NULL)
        return;
    self->live = layout != NULL ? umk_app_layout_ref(layout) : NULL;
    umk_app_layout_unref(before);
    tell(self, UMK_APP_CHANGED_LAYOUT);
}

gboolean
umk_app_scene_is_live(UmkAppScene *self)
{
    return self->live != NULL;
}

void
umk_app_scene_set_classes(UmkAppScene *self, UmkAppClasses *classes, const char *deed)
{
    guint changes = UMK_APP_CHANGED_COLOUR;

    if (classes == self->now.classes || classes == NULL)
        return;
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.classes, umk_app_classes_unref);
    self->now.classes = umk_app_classes_ref(classes);
    tell(self, changes);
}

void
umk_app_scene_set_filter(UmkAppScene *self, UmkAppFilter *filter, const char *deed)
{
    guint changes = UMK_APP_CHANGED_FILTER;

    if (filter == self->now.filter || filter == NULL)
        return;
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.filter, umk_app_filter_unref);
    self->now.filter = umk_app_filter_ref(filter);
    tell(self, changes);
}

void
umk_app_scene_set_selection(UmkAppScene *self, UmkAppRows *selection, const char *deed)
{
    guint changes = UMK_APP_CHANGED_SELECTION;

    if (umk_app_rows_equal(selection, self->now.selection))
        return;
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.selection, umk_app_rows_unref);
    if (umk_app_rows_get_n_chosen(selection) > 0)
        self->now.selection = umk_app_rows_ref(selection);
    tell(self, changes);
}

void
umk_app_scene_set_look(UmkAppScene *self, const UmkAppLook *look, const char *deed)
{
    guint changes = UMK_APP_CHANGED_LOOK;

    if (look_equal(&self->now.look, look))
        return;
    changes |= begin(self, deed);
    self->now.look = *look;
    tell(self, changes);
}

/* fade: NULL for nothing faint. */
void
umk_app_scene_set_fade(UmkAppScene *self, UmkAppFade *fade, const char *deed)
{
    guint changes = UMK_APP_CHANGED_FADE;

    if (fade == self->now.fade)
        return;
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.fade, umk_app_fade_unref);
    self->now.fade = fade != NULL ? umk_app_fade_ref(fade) : NULL;
    tell(self, changes);
}

static void
give_tags(GArray *states, UmkAppTags *tags)
{
    for (guint i = 0; i < states->len; i++) {
        State *state = &g_array_index(states, State, i);

        if (state->tags == NULL)
            state->tags = umk_app_tags_ref(tags);
    }
}

void
umk_app_scene_set_tags(UmkAppScene *self, UmkAppTags *tags, const char *deed)
{
    guint changes = UMK_APP_CHANGED_TAGS;

    if (tags == self->now.tags || tags == NULL)
        return;
    if (deed == NULL) {
        give_tags(self->undo, tags);
        give_tags(self->redo, tags);
    }
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.tags, umk_app_tags_unref);
    self->now.tags = umk_app_tags_ref(tags);
    tell(self, changes);
}

static void
give_notes(GArray *states, UmkAppNotes *notes)
{
    for (guint i = 0; i < states->len; i++) {
        State *state = &g_array_index(states, State, i);

        if (state->notes == NULL)
            state->notes = umk_app_notes_ref(notes);
    }
}

void
umk_app_scene_set_notes(UmkAppScene *self, UmkAppNotes *notes, const char *deed)
{
    guint changes = UMK_APP_CHANGED_NOTES;

    if (notes == self->now.notes || notes == NULL)
        return;
    if (deed == NULL) {
        give_notes(self->undo, notes);
        give_notes(self->redo, notes);
    }
    changes |= begin(self, deed);
    g_clear_pointer(&self->now.notes, umk_app_notes_unref);
    self->now.notes = umk_app_notes_ref(notes);
    tell(self, changes);
}

static void
step(UmkAppScene *self, GArray *from, GArray *to)
{
    State next, before;
    guint changes = UMK_APP_CHANGED_HISTORY;

    if (from->len == 0)
        return;
    next = g_array_index(from, State, from->len - 1);
    before = self->now;
    if (self->live != NULL && next.layout != before.layout)
        g_clear_pointer(&self->live, umk_app_layout_unref);
    before.deed = g_strdup(next.deed);
    g_clear_pointer(&next.deed, g_free);
    /* the state itself has moved: its place is let go, not cleared */
    g_array_set_clear_func(from, NULL);
    g_array_set_size(from, from->len - 1);
    g_array_set_clear_func(from, state_clear);
    g_array_append_val(to, before);
    self->now = next;
    self->last_step = 0;
    tell(self, changes | state_compare(&next, &g_array_index(to, State, to->len - 1)));
}

void
umk_app_scene_undo(UmkAppScene *self)
{
    step(self, self->undo, self->redo);
}

void
umk_app_scene_redo(UmkAppScene *self)
{
    step(self, self->redo, self->undo);
}

const char *
umk_app_scene_get_undo_deed(UmkAppScene *self)
{
    const State *state = top(self->undo);

    return state != NULL ? state->deed : NULL;
}

const char *
umk_app_scene_get_redo_deed(UmkAppScene *self)
{
    const State *state = top(self->redo);

    return state != NULL ? state->deed : NULL;
}

/* ---- reading -------------------------------------------------------------------------
 */

UmkAppLayout *
umk_app_scene_get_layout(UmkAppScene *self)
{
    return self->live != NULL ? self->live : self->now.layout;
}

UmkAppClasses *
umk_app_scene_get_classes(UmkAppScene *self)
{
    return self->now.classes;
}

UmkAppFilter *
umk_app_scene_get_filter(UmkAppScene *self)
{
    return self->now.filter;
}

UmkAppRows *
umk_app_scene_get_selection(UmkAppScene *self)
{
    return self->now.selection;
}

UmkAppFade *
umk_app_scene_get_fade(UmkAppScene *self)
{
    return self->now.fade;
}

UmkAppTags *
umk_app_scene_get_tags(UmkAppScene *self)
{
    return self->now.tags;
}

UmkAppNotes *
umk_app_scene_get_notes(UmkAppScene *self)
{
    return self->now.notes;
}

const UmkAppLook *
umk_app_scene_get_look(UmkAppScene *self)
{
    return &self->now.look;
}
