/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors of a collection by slot. Slots only ever come at the end and never change:
 * a replaced item gets a new one and its old one is buried. So an index over slots is
 * brought up to date by what came and what was buried, while rows shift. */
#pragma once

#include <umekomi/umk-collection.h>
#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

#define UMK_NO_ROW G_MAXUINT64

typedef struct {
    UmkMatrix *vectors; /* (n_slots, n_dims), a mapping; NULL: not one frame, see below */
    guint64 n_slots;
    GBytes *rows; /* guint64 a slot, UMK_NO_ROW if buried; NULL: slot = row */
    guint8 uuid[16];
    guint64 sequence;
    guint64 compacted; /* sequence of the last compaction; slots moved then */
    gint64 frame;
} UmkSlots;

/* Called when all but vectors and rows is known: mapping many vectors takes
 * milliseconds, in which the disk can bring what will be asked for next. It must leave
 * the collection alone. */
typedef void (*UmkSlotsFunc)(const UmkSlots *slots, gpointer data);

/* Where all items have one frame that is the space's own and nothing is uncommitted, its
 * slots; elsewhere vectors stays NULL, which is no error. */
gboolean _umk_collection_get_slots(UmkCollection *self,
                                   UmkSlots *slots,
                                   UmkSlotsFunc known, /* NULL: nothing is to be done */
                                   gpointer data,
                                   GError **error);
void _umk_slots_clear(UmkSlots *slots);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkSlots, _umk_slots_clear)

/* guint64, ascending: slots of the frame buried by commits after a sequence. */
GArray *_umk_collection_list_buried(UmkCollection *self,
                                    gint64 frame,
                                    guint64 since,
                                    GError **error);

/* Something made from the collection that is worth keeping while it does not change. */
gpointer _umk_collection_get_kept(UmkCollection *self, gpointer (*ref)(gpointer));
void _umk_collection_keep(UmkCollection *self,
                          guint64 sequence,
                          gpointer kept,
                          GDestroyNotify unref);

G_END_DECLS
