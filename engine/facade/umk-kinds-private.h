/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is, by its name: one row of a table a kind, so that a new kind is one row.
 */
#pragma once

#include "core/umk-run-private.h"

typedef struct _UmkIngest UmkIngest;

typedef gboolean (*UmkKindFunc)(UmkIngest *ingest,
                                const char *path,
                                const char *id,
                                GError **error);

typedef struct {
    const char *suffixes; /* ".a .b ", lower case, each followed by a blank */
    UmkModality modality; /* of the items it holds */
    UmkKindFunc scan;
} UmkKind;

extern const UmkKind _umk_kinds[]; /* ends with suffixes == NULL */

const UmkKind *_umk_kind_of(const char *path);
