/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions of address space that weights are laid out in one after the other, on large
 * pages where the system has them: each in memory of its own left its end, or all of it
 * if it was small, on pages of 4 KiB (figures in tests/bench/RESULTS.md). Pages are zero
 * and cost nothing until they are touched; a region goes when all that is in it has gone.
 */
#include "core/umk-lasting-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/umk-alloc-private.h"

#define LARGE_PAGE ((gsize) 2 * 1024 * 1024)
#define REGION     (32 * LARGE_PAGE)

#if defined(__SANITIZE_ADDRESS__) || g_macro__has_feature(address_sanitizer)

/* It is to tell who goes beyond a piece. */
gpointer
_umk_lasting_take(gsize size)
{
    gpointer memory;

    if (size >= (gsize) 1 << 40 || /* ends the program there */
        posix_memalign(&memory, UMK_ALIGN, MAX(size, 1)) != 0)
        return NULL;
    return memset(memory, 0, size);
}

void
_umk_free_lasting(gpointer memory)
{
    free(memory);
}

#else

typedef struct {
    gsize size;
    gsize used;
    guint n_living;
} Region;

/* Before each piece. */
typedef struct {
    Region *region;
    gsize size;
} Head;

G_STATIC_ASSERT(sizeof(Head) <= UMK_ALIGN && sizeof(Region) <= UMK_ALIGN);

static GMutex lock;
static Region *newest; /* that pieces are taken from, or NULL */

/* Address space that begins with a large page, or NULL. */
static gpointer
map_aligned(gsize size)
{
    gsize whole = size + LARGE_PAGE, before;
    guint8 *memory =
        mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    before = (LARGE_PAGE - (gsize) memory % LARGE_PAGE) % LARGE_PAGE;
    if (before > 0)
        munmap(memory, before);
    munmap(memory + before + size, LARGE_PAGE - before);
#ifdef MADV_HUGEPAGE
    madvise(memory + before, size, MADV_HUGEPAGE);
#endif
    return memory + before;
}

static Region *
region_new(gsize least)
{
    gsize size =
        MAX((least + UMK_ALIGN + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE, REGION);
    Region *self = map_aligned(size);

    if (self != NULL)
        *self = (Region){.size = size, .used = UMK_ALIGN};
    return self;
}

/* size: a multiple of UMK_ALIGN, the head included. */
static Head *
take(gsize size)
{
    Head *head;

    if (newest == NULL || newest->size - newest->used < size) {
        Region *region = region_new(size);

        if (region == NULL)
            return NULL;
        newest = region; /* what the one before has left over is not used */
    }
    head = (Head *) (gpointer) ((guint8 *) newest + newest->used);
    *head = (Head){newest, size};
    newest->used += size;
    newest->n_living++;
    return head;
}

gpointer
_umk_lasting_take(gsize size)
{
    Head *head = NULL;

    if (size > G_MAXSIZE - 2 * LARGE_PAGE - 3 * UMK_ALIGN)
        return NULL;
    g_mutex_lock(&lock);
    head = take((size + UMK_ALIGN - 1) / UMK_ALIGN * UMK_ALIGN + UMK_ALIGN);
    g_mutex_unlock(&lock);
    return head != NULL ? (guint8 *) head + UMK_ALIGN : NULL;
}

/* Whole pages go back at once, though others of the region live on. */
static void
give_pages_back(Head *head)
{
    gsize page = (gsize) sysconf(_SC_PAGESIZE);
    gsize begin = ((gsize) head + UMK_ALIGN + page - 1) / page * page;
    gsize end = ((gsize) head + head->size) / page * page;

    if (begin < end)
        madvise((gpointer) begin, end - begin, MADV_DONTNEED);
}

void
_umk_free_lasting(gpointer memory)
{
    Head *head;
    Region *region;

    if (memory == NULL)
        return;
    head = (Head *) (gpointer) ((guint8 *) memory - UMK_ALIGN);
    region = head->region;
    g_mutex_lock(&lock);
    if (--region->n_living > 0) {
        give_pages_back(head);
    } else {
        if (region == newest)
            newest = NULL;
        munmap(region, region->size);
    }
    g_mutex_unlock(&lock);
}

#endif
