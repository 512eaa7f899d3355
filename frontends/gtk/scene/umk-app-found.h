/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found out about a map in the background: groups of items, which places can be
 * believed, how true the whole picture is. */
#pragma once

#include "umk-app-field.h"
#include "umk-app-gap.h"
#include "umk-app-job.h"
#include "umk-app-layout.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TRUST_K      15u
#define UMK_APP_TRUST_SAMPLE 5000u

typedef struct {
    guint k;
    gsize n_sample, n_rows;
    double trustworthiness; /* NaN: too few items */
    UmkAppGap gap;          /* between kinds of items */
} UmkAppTruth;

/* Result: UmkAppField "cluster", named by the words of the items. */
UmkAppJob *
umk_app_found_clusters(UmkAppSource *source, UmkAppJobDone done, GObject *owner);
/* Result: UmkAppField "trust": the share of an item's nearest that the map keeps near. Of
 * many items a sample is measured, the others have no value. */
UmkAppJob *umk_app_found_trust(UmkAppSource *source,
                               UmkAppLayout *layout,
                               UmkAppJobDone done,
                               GObject *owner);
/* Result: UmkAppTruth, to be freed; of many items a sample is measured. */
UmkAppJob *umk_app_found_truth(UmkAppSource *source,
                               UmkAppLayout *layout,
                               UmkAppJobDone done,
                               GObject *owner);

G_END_DECLS
