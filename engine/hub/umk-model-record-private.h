/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was noted of a model when it came into the user's store: where from, when, and the
 * digest of each file. Lies beside the models, so that a folder that is only linked stays
 * as its author made it:
 *
 *   $XDG_DATA_HOME/umekomi/models/NAME                a folder, or a link to one
 *   $XDG_DATA_HOME/umekomi/models/.records/NAME.json  this
 */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    char *source;     /* a path, an address, "org/name@commit" */
    char *added;      /* ISO 8601, UTC */
    GPtrArray *files; /* UmkFileDigest, SHA-256 */
} UmkModelRecord;

UmkModelRecord *_umk_model_record_new(const char *source, GPtrArray *files);
void _umk_model_record_free(UmkModelRecord *self);
UmkModelRecord *_umk_model_record_parse(const char *data, gsize length, GError **error);
char *_umk_model_record_to_json(const UmkModelRecord *self);
char *_umk_model_record_path(const char *name);

/* NULL and no error where nothing was noted. */
UmkModelRecord *_umk_model_record_read(const char *name, GError **error);
gboolean
_umk_model_record_write(const UmkModelRecord *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkModelRecord, _umk_model_record_free)
