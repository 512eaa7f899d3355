/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds, makes and brings up to date the graph of a collection. Nothing here can lose
 * data: the file is derived, and a search without it is exact. */
#include "facade/umk-search-index-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-space.h>

#include "facade/umk-index-file-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define METHOD      "hnsw"
#define INSERT_ROWS 4096 /* between two looks whether to go on */
#define SAVE_CHANGES                                                                     \
    256 /* fewer are made again next time: that is faster than writing                   \
         */
#define MEASURED_K 10

static gpointer
search_index_ref(gpointer self)
{
    g_atomic_ref_count_inc(&((UmkSearchIndex *) self)->refs);
    return self;
}

void
_umk_search_index_unref(UmkSearchIndex *self)
{
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    umk_index_unref(self->index);
    _umk_slots_clear(&self->slots);
    g_free(self);
}

/* ---- files ------------------------------------------------------------------------ */

typedef struct {
    guint64 sequence, n_slots;
} State;

static char *
state_path(const char *folder, gint64 frame, const State *state)
{
    g_autofree char *name =
        g_strdup_printf(METHOD ".%" PRId64 ".%" PRIu64 ".%" PRIu64 ".umi", frame,
                        state->sequence, state->n_slots);

    return g_build_filename(folder, name, NULL);
}

static gboolean
read_name(const char *name, gint64 frame, State *state)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    gint64 of;

    return g_strv_length(parts) == 5 && strcmp(parts[0], METHOD) == 0 &&
           strcmp(parts[4], "umi") == 0 &&
           g_ascii_string_to_signed(parts[1], 10, 0, G_MAXINT64, &of, NULL) &&
           of == frame &&
           g_ascii_string_to_unsigned(parts[2], 10, 0, G_MAXINT64, &state->sequence,
                                      NULL) &&
           g_ascii_string_to_unsigned(parts[3], 10, 0, G_MAXUINT32, &state->n_slots,
                                      NULL);
}

/* The latest file that the slots can have grown from. */
static gboolean
find_file(const char *folder, const UmkSlots *slots, State *latest)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    gboolean found = FALSE;
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        State state;

        if (!read_name(name, slots->frame, &state) || state.sequence > slots->sequence ||
            state.sequence < slots->compacted || state.n_slots > slots->n_slots ||
            (found && state.sequence <= latest->sequence))
            continue;
        *latest = state;
        found = TRUE;
    }
    return found;
}

static void
remove_older(const char *folder, const UmkSlots *slots, const char *kept)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        State state;

        if (read_name(name, slots->frame, &state) && state.sequence <= slots->sequence &&
            strcmp(path, kept) != 0)
            g_unlink(path);
    }
}

static GBytes *
make_stamp(const UmkSlots *slots, UmkMetric metric, const State *state)
{
    struct {
        guint8 uuid[16];
        guint64 sequence, n_slots;
        gint64 frame;
        guint64 metric;
    } stamp = {.sequence = state->sequence,
               .n_slots = state->n_slots,
               .frame = slots->frame,
               .metric = metric};

    memcpy(stamp.uuid, slots->uuid, sizeof stamp.uuid);
    return g_bytes_new(&stamp, sizeof stamp);
}

static UmkMatrix *
slice(UmkMatrix *matrix, gsize first, gsize n, GError **error)
{
    gsize row = umk_matrix_get_n_cols(matrix) * sizeof(float);
    g_autoptr(GBytes) part =
        g_bytes_new_from_bytes(umk_matrix_get_bytes(matrix), first * row, n * row);

    return umk_matrix_new_from_bytes(n, umk_matrix_get_n_cols(matrix), part, error);
}

/* ---- making ----------------------------------------------------------------------- */

typedef struct {
    UmkCollection *collection;
    const UmkSlots *slots;
    UmkMetric metric;
    char *folder;
} Maker;

static State
present(const Maker *self)
{
    return (State){.sequence = self->slots->sequence,
                   .n_slots = umk_matrix_get_n_rows(self->slots->vectors)};
}

static gboolean
save(const Maker *self, UmkIndex *index, UmkRun *run)
{
    State now = present(self);
    g_autofree char *path = state_path(self->folder, self->slots->frame, &now);
    g_autoptr(GBytes) stamp = make_stamp(self->slots, self->metric, &now);
    g_autoptr(GError) reason = NULL;

    if (!umk_index_save(index, path, stamp, run->cancellable, &reason)) {
        g_debug("%s: %s", path, reason->message);
        return FALSE;
    }
    remove_older(self->folder, self->slots, path);
    return TRUE;
}

static gboolean
bury(const Maker *self,
     UmkIndex *index,
     guint64 since,
     guint *n,
     UmkRun *run,
     GError **error)
{
    g_autoptr(GArray) buried =
        _umk_collection_list_buried(self->collection, self->slots->frame, since, error);
    gsize n_rows = umk_index_get_n_rows(index);
    guint n_live = 0;

    if (buried == NULL)
        return FALSE;
    for (guint i = 0; i < buried->len; i++) {
        guint64 slot = g_array_index(buried, guint64, i);

        if (slot < n_rows && umk_index_is_live(index, slot))
            g_array_index(buried, guint64, n_live++) = slot;
    }
    *n += n_live;
    return n_live == 0 || umk_index_remove(index, (const guint64 *) buried->data, n_live,
                                           run->cancellable, error);
}

static UmkIndex *
build(const Maker *self, UmkRun *run, GError **error)
{
    g_autoptr(UmkIndex) index =
        umk_index_build(METHOD, self->slots->vectors, self->metric, NULL,
                        run->cancellable, run->progress, run->progress_data, error);
    guint n_buried = 0;

    if (index == NULL || !bury(self, index, 0, &n_buried, run, error) ||
        !umk_index_measure(index, MEASURED_K, run->cancellable, run->progress,
                           run->progress_data, error))
        return NULL;
    save(self, index, run);
    return g_steal_pointer(&index);
}

static gboolean
catch_up(
    const Maker *self, UmkIndex *index, const State *from, UmkRun *run, GError **error)
{
    gsize n_slots = umk_matrix_get_n_rows(self->slots->vectors);
    guint n_changes = (guint) MIN(n_slots - from->n_slots, G_MAXINT32);

    for (gsize first = from->n_slots; first < n_slots; first += INSERT_ROWS) {
        g_autoptr(UmkMatrix) came =
            slice(self->slots->vectors, first, MIN(INSERT_ROWS, n_slots - first), error);

        umk_run_report(run, _("Adding to the index"),
                       (double) (first - from->n_slots) /
                           (double) (n_slots - from->n_slots));
        if (came == NULL || !umk_run_check(run, error) ||
            !umk_index_insert(index, came, run->cancellable, error))
            return FALSE;
    }
    if (!bury(self, index, from->sequence, &n_changes, run, error))
        return FALSE;
    if (n_changes >= SAVE_CHANGES)
        save(self, index, run);
    return TRUE;
}

/* NULL without an error where the file is no good. */
static UmkIndex *
open_file(const Maker *self, const State *state, UmkRun *run, GError **error)
{
    g_autofree char *path = state_path(self->folder, self->slots->frame, state);
    g_autoptr(GBytes) stamp = make_stamp(self->slots, self->metric, state);
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(GError) reason = NULL;
    gboolean current = state->sequence == self->slots->sequence;

    vectors = slice(self->slots->vectors, 0, state->n_slots, &reason);
    /* What is built on is looked at whole; the first answer is not kept waiting. */
    if (vectors != NULL)
        index = umk_index_open(path, vectors, stamp, !current, &reason);
    if (index != NULL && !current && !catch_up(self, index, state, run, &reason))
        g_clear_pointer(&index, umk_index_unref);
    if (index == NULL && umk_run_check(run, error))
        g_debug("%s: %s", path, reason->message);
    return g_steal_pointer(&index);
}

/* The file is most likely the one that is opened then. */
static void
ask_ahead(const UmkSlots *slots, gpointer data)
{
    const Maker *self = data;
    State state = {0};

    if (find_file(self->folder, slots, &state)) {
        g_autofree char *path = state_path(self->folder, slots->frame, &state);

        _umk_index_file_ask_ahead(path);
    }
}

gboolean
_umk_search_index_find(UmkCollection *collection,
                       gboolean make,
                       UmkSearchIndex **found,
                       UmkRun *run,
                       GError **error)
{
    g_auto(UmkSlots) slots = {0};
    g_autofree char *folder =
        g_build_filename(umk_collection_get_path(collection), "derived", NULL);
    Maker maker = {.collection = collection,
                   .slots = &slots,
                   .metric = umk_space_get_metric(umk_collection_get_space(collection)),
                   .folder = folder};
    UmkIndex *index = NULL;
    State state = {0};

    *found = _umk_collection_get_kept(collection, search_index_ref);
    if (*found != NULL)
        return TRUE;
    if (!_umk_collection_get_slots(collection, &slots, ask_ahead, &maker, error))
        return FALSE;
    if (slots.vectors == NULL || umk_matrix_get_n_rows(slots.vectors) == 0)
        return TRUE;
    if (find_file(folder, &slots, &state))
        index = open_file(&maker, &state, run, error);
    if (index == NULL && !umk_run_check(run, error))
        return FALSE;
    if (index == NULL && make) {
        index = build(&maker, run, error);
        if (index == NULL)
            return FALSE;
    }
    if (index == NULL)
        return TRUE;
    *found = g_new0(UmkSearchIndex, 1);
    g_atomic_ref_count_init(&(*found)->refs);
    (*found)->index = index;
    (*found)->slots = slots;
    slots = (UmkSlots){0};
    _umk_collection_keep(collection, (*found)->slots.sequence, search_index_ref(*found),
                         (GDestroyNotify) _umk_search_index_unref);
    return TRUE;
}
