/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one front end behind every preset: samples in, rows of log-mel or cepstrum out. */
#pragma once

#include "umk-feature-config-private.h"

/* Plan: immutable once made, may be shared by threads. */
typedef struct _UmkFrontend UmkFrontend;
/* One clip on its way through a plan; belongs to one thread. */
typedef struct _UmkFrontendStream UmkFrontendStream;

/* config must be resolved. */
UmkFrontend *_umk_frontend_new(const UmkFeatureConfig *config);
UmkFrontend *_umk_frontend_ref(UmkFrontend *self);
void _umk_frontend_unref(UmkFrontend *self);
gsize _umk_frontend_get_n_coeffs(const UmkFrontend *self);
int _umk_frontend_get_rate(const UmkFrontend *self);

UmkFrontendStream *_umk_frontend_stream_new(UmkFrontend *frontend);
void _umk_frontend_stream_free(UmkFrontendStream *self);
/* Samples of +-1 at the plan's rate. Memory does not grow with them, only with the rows.
 */
gboolean _umk_frontend_stream_push(UmkFrontendStream *self,
                                   const float *samples,
                                   gsize n_samples,
                                   GError **error);
/* (n_frames, n_coeffs) row by row; the caller frees it. The stream is spent. */
float *
_umk_frontend_stream_finish(UmkFrontendStream *self, gsize *n_frames, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFrontend, _umk_frontend_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFrontendStream, _umk_frontend_stream_free)
