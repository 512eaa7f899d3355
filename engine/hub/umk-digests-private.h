/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of files with their sizes and digests: what a model folder held when it was
 * added, what a server says it holds. Parsers take bytes. */
#pragma once

#include <umekomi/umk-plugin.h>

#define UMK_DIGESTS_MAX_FILES 4096

typedef enum { UMK_DIGEST_NONE, UMK_DIGEST_SHA256, UMK_DIGEST_GIT_SHA1 } UmkDigestKind;

typedef struct {
    char *name;  /* relative, with '/', never leaving the folder */
    gint64 size; /* -1: not known */
    UmkDigestKind kind;
    char *digest; /* lower-case hexadecimal */
} UmkFileDigest;

UmkFileDigest *_umk_file_digest_new(const char *name,
                                    gint64 size,
                                    UmkDigestKind kind,
                                    const char *digest);
void _umk_file_digest_free(gpointer file);

/* Whether a relative name can be put into a folder without leaving it. */
gboolean _umk_file_name_is_safe(const char *name);

/* Lines "DIGEST  NAME" as sha256sum prints them -> (element-type UmkFileDigest) */
GPtrArray *_umk_sums_parse(const char *data, gsize length, GError **error);
/* The answer of the Hugging Face interface for a revision with blobs=true; *commit is
 * what it is called. Files of other frameworks are left out. */
GPtrArray *
_umk_hub_listing_parse(const char *data, gsize length, char **commit, GError **error);

/* Every plain file of a folder, in order, with its SHA-256. Links are followed; folders
 * below the fourth level and names that begin with a dot are left out. A model of one
 * file is a list of one. */
GPtrArray *_umk_digests_of_folder(const char *folder, UmkRun *run, GError **error);
/* NULL and an error when it cannot be read. */
char *
_umk_digest_of_file(const char *path, UmkDigestKind kind, UmkRun *run, GError **error);
