/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetching one file over HTTP: the only place of the engine that opens a connection, and
 * only when a person asked for a download. libcurl and what it draws in are loaded at the
 * first call: linked, they would cost every start of the program some milliseconds. */
#pragma once

#include <umekomi/umk-plugin.h>

typedef struct _UmkFetcher UmkFetcher;

/* Connections are kept between calls of one fetcher. */
UmkFetcher *_umk_fetcher_new(gboolean allow_http, UmkRun *run, GError **error);
void _umk_fetcher_free(UmkFetcher *self);

/* Whether an address may be fetched: https, or http of this very machine. */
gboolean _umk_fetch_check_url(const char *url, gboolean allow_http, GError **error);

/* A small answer, at most `most` bytes. */
char *_umk_fetcher_get(
    UmkFetcher *self, const char *url, gsize most, gsize *length, GError **error);
/* Into a file, going on where an earlier call was cut off. total is the size if it is
 * known, or -1; more than that is refused. label names it in the progress; done and
 * whole, in bytes, place it in a longer download. */
gboolean _umk_fetcher_download(UmkFetcher *self,
                               const char *url,
                               const char *path,
                               gint64 total,
                               const char *label,
                               gint64 done,
                               gint64 whole,
                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFetcher, _umk_fetcher_free)
