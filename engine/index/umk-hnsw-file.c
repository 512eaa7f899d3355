/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arrays of a graph as sections of a file and back. Only their sizes and the start
 * are looked at when it is opened; the arrays are taken as they lie, mapped, and whoever
 * walks checks each number (umk-hnsw-search.c), whoever changes them does so first
 * (umk-hnsw.c).
 *
 *   hnsw    UmkHnswHead
 *   mean    n_work float
 *   codes   n_nodes × (stride bytes, float scale, float half)
 *   links   n_nodes × 2 m u32, a list ends with 0xffffffff
 *   levels  n_nodes bytes; 254: in a chain, 255: not in the graph
 *   same    n_nodes u32, next row of the chain or 0xffffffff; only where there are chains
 *   order   n_nodes u32, the row that lies there; only where it is not its own place
 *   uprows  n_upper u32, row of each node above level 0 or 0xffffffff
 *   upat    n_upper u32, place of its lists in the pool
 *   pool    u32 numbers, m a level
 *
 * That is version 3. Versions 1 and 2, in which the two floats are a section of their
 * own, "terms", are read as they are; version 1 has no order. */
#include "index/umk-hnsw-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define VERSION     3
#define OLD_VERSION 2 /* terms are a section of their own */
#define MAX_M       64
#define MAX_EF      2000
#define MAX_ASKED   ((gsize) 1 << 20) /* bytes of one kind read before the first walk */

typedef struct {
    guint32 version;
    guint32 m;
    guint32 ef_construction;
    guint32 entry;
    guint32 entry_level;
    guint32 measured_k;
    guint32 n_efforts;
    guint32 zero;
    guint64 seed;
    guint64 n_work;
    guint64 n_nodes;
    guint64 n_graph;
    guint64 n_upper;
    guint64 n_pool;
    double sphere;
    UmkHnswEffort efforts[UMK_HNSW_EFFORTS];
} UmkHnswHead;

static void
add(GArray *sections, const char *name, gconstpointer data, gsize size, gsize hot)
{
    UmkIndexSection section = {.data = data, .size = size, .hot = MIN(hot, MAX_ASKED)};

    memcpy(section.name, name, strlen(name));
    g_array_append_val(sections, section);
}

/* Every walk begins with numbers of the upper levels, which lie anywhere among them, and
 * with the nodes above the first of those, one of m, which lie in front. */
static gsize
n_front(const UmkHnsw *self)
{
    return self->order != NULL ? MIN(self->n_upper / self->m, self->n_nodes) : 0;
}

static guint32
version_of(const UmkHnsw *self)
{
    if (self->pitch > self->stride)
        return VERSION;
    return self->order != NULL ? OLD_VERSION : 1;
}

/* The head is kept by the index so that sections can lend it. */
void
_umk_hnsw_save(gconstpointer index, GArray *sections)
{
    UmkHnsw *self = (UmkHnsw *) index;
    UmkHnswHead *head = g_new0(UmkHnswHead, 1);
    gsize n = self->n_nodes, n_upper = self->n_upper, front = n_front(self);

    *head = (UmkHnswHead){.version = version_of(self),
                          .m = self->m,
                          .ef_construction = self->ef_construction,
                          .entry = self->entry,
                          .entry_level = self->entry_level,
                          .measured_k = self->measured_k,
                          .n_efforts = self->n_efforts,
                          .seed = self->seed,
                          .n_work = self->n_work,
                          .n_nodes = n,
                          .n_graph = self->n_graph,
                          .n_upper = self->n_upper,
                          .n_pool = self->n_pool,
                          .sphere = self->sphere};
    memcpy(head->efforts, self->efforts, sizeof head->efforts);
    pthread_mutex_lock(&self->scratch_lock);
    g_free(self->head);
    self->head = head;
    pthread_mutex_unlock(&self->scratch_lock);
    add(sections, "hnsw", head, sizeof *head, sizeof *head);
    add(sections, "mean", self->mean, self->n_work * sizeof *self->mean, MAX_ASKED);
    add(sections, "codes", self->codes, n * self->pitch, front * self->pitch);
    if (self->pitch == self->stride)
        add(sections, "terms", self->terms, n * sizeof(UmkHnswTerm), 0);
    add(sections, "links", self->links, n * 2 * self->m * sizeof *self->links, 0);
    add(sections, "levels", self->levels, n, front);
    if (self->same != NULL)
        add(sections, "same", self->same, n * sizeof *self->same, 0);
    if (self->order != NULL)
        add(sections, "order", self->order, n * sizeof *self->order, 0);
    add(sections, "uprows", self->upper_rows, n_upper * sizeof *self->upper_rows,
        MAX_ASKED);
    add(sections, "upat", self->upper_at, n_upper * sizeof *self->upper_at, MAX_ASKED);
    add(sections, "pool", self->pool, self->n_pool * sizeof *self->pool, 0);
}

/* ---- opening ---------------------------------------------------------------------- */

static gboolean
refuse(GError **error, const char *reason)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The graph in the file %s"),
                reason);
    return FALSE;
}

static gboolean
read_head(UmkHnswHead *head,
          const UmkIndexSource *source,
          const UmkIndexSection *sections,
          gsize n_sections,
          GError **error)
{
    const UmkIndexSection *at = _umk_index_find_section(sections, n_sections, "hnsw");
    gsize n_dims = source->rows->n_dims;

    if (at == NULL || at->size != sizeof *head)
        return refuse(error, _("has no head"));
    memcpy(head, at->data, sizeof *head);
    if (head->version < 1 || head->version > VERSION)
        return refuse(error, _("is of another version"));
    if (head->n_nodes != source->rows->n_rows || head->n_nodes >= UMK_HNSW_NONE / 2)
        return refuse(error, _("does not have as many rows as the vectors"));
    if (head->m < 2 || head->m > MAX_M || head->ef_construction < 1 ||
        head->ef_construction > MAX_EF || head->n_efforts > UMK_HNSW_EFFORTS ||
        head->n_graph > head->n_nodes || head->n_upper > head->n_nodes ||
        head->n_pool >= UMK_HNSW_NONE || !isfinite(head->sphere))
        return refuse(error, _("has numbers out of range in its head"));
    if (head->n_work != n_dims &&
        (head->n_work != n_dims + 1 || source->metric != UMK_METRIC_DOT))
        return refuse(error, _("was made from vectors of another dimension"));
    return TRUE;
}

/* The section of just this size, or an error. */
static gpointer
take(const UmkIndexSection *sections,
     gsize n_sections,
     const char *name,
     guint64 count,
     gsize size,
     GError **error)
{
    const UmkIndexSection *at = _umk_index_find_section(sections, n_sections, name);

    if (at == NULL || at->size / size != count || at->size % size != 0) {
        refuse(error, _("has a part of the wrong size"));
        return NULL;
    }
    return (gpointer) (at->size > 0 ? at->data : "");
}

static gboolean
check_entry(const UmkHnsw *self, GError **error)
{
    guint32 row = self->entry;

    if (row == UMK_HNSW_NONE)
        return self->entry_level == 0 ? TRUE : refuse(error, _("has no start"));
    if (self->entry_level > 0 && row < self->n_upper)
        row = self->upper_rows[row];
    if (row >= self->n_nodes || self->levels[row] > UMK_HNSW_MAX_LEVEL ||
        self->levels[row] < self->entry_level ||
        (self->entry_level > 0 && self->entry >= self->n_upper))
        return refuse(error, _("starts at a node that does not exist"));
    return TRUE;
}

/* With their terms, or, in an old file, these apart. */
static gboolean
take_codes(UmkHnsw *self,
           const UmkIndexSection *sections,
           gsize n,
           guint32 version,
           GError **error)
{
    gboolean apart = version <= OLD_VERSION;

    if (apart) {
        self->pitch = self->stride;
        self->term_pitch = sizeof(UmkHnswTerm);
    }
    self->codes = take(sections, n, "codes", self->n_nodes * self->pitch, 1, error);
    if (self->codes == NULL)
        return FALSE;
    self->terms =
        apart ? take(sections, n, "terms", self->n_nodes, sizeof(UmkHnswTerm), error)
              : self->codes + self->stride;
    return self->terms != NULL;
}

static gboolean
take_arrays(UmkHnsw *self,
            const UmkIndexSection *sections,
            gsize n,
            guint32 version,
            GError **error)
{
    const float *mean = take(sections, n, "mean", self->n_work, sizeof *mean, error);
    guint64 n_nodes = self->n_nodes;

    if (mean == NULL)
        return FALSE;
    self->mean = g_memdup2(mean, self->n_work * sizeof *mean + (self->n_work == 0));
    if (self->n_work > 0 && !_umk_all_finite(self->mean, self->n_work))
        return refuse(error, _("has a mean that is not finite"));
    if (_umk_index_find_section(sections, n, "same") != NULL) {
        self->same = take(sections, n, "same", n_nodes, sizeof *self->same, error);
        if (self->same == NULL)
            return FALSE;
    }
    if (_umk_index_find_section(sections, n, "order") != NULL) {
        self->order = take(sections, n, "order", n_nodes, sizeof *self->order, error);
        if (self->order == NULL)
            return FALSE;
    }
    return take_codes(self, sections, n, version, error) &&
           (self->links = take(sections, n, "links", n_nodes * 2 * self->m,
                               sizeof *self->links, error)) != NULL &&
           (self->levels = take(sections, n, "levels", n_nodes, 1, error)) != NULL &&
           (self->upper_rows = take(sections, n, "uprows", self->n_upper,
                                    sizeof *self->upper_rows, error)) != NULL &&
           (self->upper_at = take(sections, n, "upat", self->n_upper,
                                  sizeof *self->upper_at, error)) != NULL &&
           (self->pool = take(sections, n, "pool", self->n_pool, sizeof *self->pool,
                              error)) != NULL &&
           check_entry(self, error);
}

static void
ask_for(const UmkHnsw *self, gconstpointer from, gsize n_bytes)
{
    if (n_bytes > 0)
        _umk_ahead(self->ahead, from, MIN(n_bytes, MAX_ASKED));
}

static void
ask_ahead(UmkHnsw *self)
{
    const UmkIndexRows *rows = self->vectors;
    gsize front = n_front(self);

    self->ahead =
        _umk_ahead_new(g_bytes_get_data(self->keep, NULL), g_bytes_get_size(self->keep));
    self->vectors_ahead = _umk_ahead_new(rows->base_data, rows->n_base * rows->n_dims *
                                                              sizeof *rows->base_data);
    ask_for(self, self->upper_rows, self->n_upper * sizeof *self->upper_rows);
    ask_for(self, self->upper_at, self->n_upper * sizeof *self->upper_at);
    ask_for(self, self->codes, front * self->pitch);
    if (self->pitch == self->stride)
        ask_for(self, self->terms, front * sizeof(UmkHnswTerm));
}

gpointer
_umk_hnsw_open(const UmkIndexSource *source,
               const UmkIndexSection *sections,
               gsize n_sections,
               GBytes *keep,
               GError **error)
{
    UmkHnswHead head;
    UmkHnsw *self;

    if (!read_head(&head, source, sections, n_sections, error))
        return NULL;
    self = _umk_hnsw_new(source, head.m, head.ef_construction, head.seed);
    _umk_hnsw_set_work(self, head.n_work);
    self->sphere = head.sphere;
    self->n_nodes = self->room = head.n_nodes;
    self->n_graph = head.n_graph;
    self->n_upper = self->upper_room = head.n_upper;
    self->n_pool = self->pool_room = head.n_pool;
    self->entry = head.entry;
    self->entry_level = head.entry_level;
    self->measured_k = head.measured_k;
    self->n_efforts = head.n_efforts;
    memcpy(self->efforts, head.efforts, sizeof head.efforts);
    self->keep = g_bytes_ref(keep);
    if (!take_arrays(self, sections, n_sections, head.version, error)) {
        _umk_hnsw_free(self);
        return NULL;
    }
    ask_ahead(self);
    return self;
}
