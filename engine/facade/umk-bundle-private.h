/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model folder says of itself before any weight is read. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    char *id;                        /* name for flags and provenance */
    char *version;                   /* "" if the folder does not say  */
    char *license;                   /* "" if the folder does not say  */
    char *frame;                     /* the coordinate system its vectors live in */
    char *folders[UMK_N_MODALITIES]; /* NULL where a bundle has no such tower */
} UmkBundle;

UmkBundle *
_umk_bundle_parse(const char *path, const char *data, gsize length, GError **error);
UmkBundle *_umk_bundle_read(const char *path, GError **error);
void _umk_bundle_free(UmkBundle *bundle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkBundle, _umk_bundle_free)
