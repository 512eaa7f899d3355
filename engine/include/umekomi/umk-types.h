/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opaque names and enumerations that every other header uses. */
#ifndef UMK_TYPES_H
#define UMK_TYPES_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <glib-object.h>
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _UmkMatrix UmkMatrix;             /* row-major float32, immutable      */
typedef struct _UmkItem UmkItem;                 /* one thing to embed                */
typedef struct _UmkItems UmkItems;               /* ordered list of items             */
typedef struct _UmkParams UmkParams;             /* option bag checked against specs  */
typedef struct _UmkRegistry UmkRegistry;         /* what can embed what               */
typedef struct _UmkModel UmkModel;               /* weights + config, immutable       */
typedef struct _UmkSpace UmkSpace;               /* shared space and its aligners     */
typedef struct _UmkCollection UmkCollection;     /* vectors + metadata on disk        */
typedef struct _UmkIndex UmkIndex;               /* nearest-neighbour index           */
typedef struct _UmkHits UmkHits;                 /* result of a batch of queries      */
typedef struct _UmkFilter UmkFilter;             /* a condition on items              */
typedef struct _UmkFormula UmkFormula;           /* a sum of named vectors            */
typedef struct _UmkSearch UmkSearch;             /* a question to a collection        */
typedef struct _UmkProjection UmkProjection;     /* fitted 2-D or 3-D layout          */
typedef struct _UmkClusters UmkClusters;         /* groups of rows                    */
typedef struct _UmkRun UmkRun;                   /* cancel + progress of one call     */
typedef struct _UmkVectorCache UmkVectorCache;   /* vectors made before, on disk  */
typedef struct _UmkVectorWriter UmkVectorWriter; /* a file of vectors, row by row */

/**
 * UmkModality:
 * @UMK_MODALITY_TEXT: words, sentences, documents
 * @UMK_MODALITY_IMAGE: pictures
 * @UMK_MODALITY_AUDIO: sounds and speech
 * @UMK_MODALITY_GRAPH: nodes of a graph
 *
 * What kind of thing an item is.
 */
typedef enum {
    UMK_MODALITY_TEXT,
    UMK_MODALITY_IMAGE,
    UMK_MODALITY_AUDIO,
    UMK_MODALITY_GRAPH
} UmkModality;

/**
 * UMK_N_MODALITIES:
 *
 * How many modalities there are.
 */
#define UMK_N_MODALITIES 4

/**
 * UMK_MODALITY_ALL: (value 15)
 *
 * A mask with the bit of every modality set; bit `1 << modality` selects one.
 */
#define UMK_MODALITY_ALL 0xfu

/**
 * UmkMetric:
 * @UMK_METRIC_COSINE: cosine of the angle; larger is nearer
 * @UMK_METRIC_DOT: inner product; larger is nearer
 * @UMK_METRIC_EUCLIDEAN: negated distance, so that larger is nearer here too
 *
 * How nearness is scored. A score is always "larger is nearer".
 */
typedef enum { UMK_METRIC_COSINE, UMK_METRIC_DOT, UMK_METRIC_EUCLIDEAN } UmkMetric;

/**
 * UmkProgressFunc:
 * @stage: what is being done, translated
 * @fraction: share done, 0 to 1, or negative when it cannot be told
 * @user_data: what the caller gave
 *
 * Called now and then from the thread that made the call, never from a worker thread.
 */
typedef void (*UmkProgressFunc)(const char *stage, double fraction, gpointer user_data);

const char *umk_modality_get_name(UmkModality modality);
gboolean umk_modality_from_name(const char *name, UmkModality *modality);
const char *umk_metric_get_name(UmkMetric metric);
gboolean umk_metric_from_name(const char *name, UmkMetric *metric);

void umk_set_n_threads(guint n_threads);
guint umk_get_n_threads(void);
gsize umk_get_available_memory(void);

G_END_DECLS

#endif
