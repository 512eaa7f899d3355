/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to an open collection, each a job. The result of a text or a file is a
 * UmkAppAnswer, that of a row a GListModel of UmkAppRow, best first. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-question.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

UmkAppJob *umk_app_query_text(UmkAppSource *source,
                              const char *text,
                              guint k,
                              guint mask,
                              UmkAppJobDone done,
                              GObject *owner);
UmkAppJob *umk_app_query_file(UmkAppSource *source,
                              const char *path,
                              UmkModality modality,
                              guint k,
                              guint mask,
                              UmkAppJobDone done,
                              GObject *owner);
UmkAppJob *umk_app_query_row(UmkAppSource *source,
                             guint32 row,
                             guint k,
                             guint mask,
                             UmkAppJobDone done,
                             GObject *owner);
/* A question that is no meaning: words, a pattern, an item, a formula, a vector. Result:
 * as of a text. */
UmkAppJob *umk_app_query_ask(UmkAppSource *source,
                             const UmkAppQuestion *question,
                             guint k,
                             guint mask,
                             UmkAppJobDone done,
                             GObject *owner);
/* Rows of hits, best first; any thread. */
GListModel *umk_app_query_make_rows(UmkAppSource *source, UmkHits *hits);
gboolean umk_app_query_guess_modality(const char *path, UmkModality *modality);

G_END_DECLS
