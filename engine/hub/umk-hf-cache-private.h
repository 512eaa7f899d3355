/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of the Hugging Face client, read and never written:
 *
 *   models--ORG--NAME/refs/main            the commit that "main" meant last
 *   models--ORG--NAME/snapshots/COMMIT/…   links into blobs/
 *   models--ORG--NAME/blobs/DIGEST         named by the SHA-256 of the content (large
 *                                          files) or by git's SHA-1 of it (small ones)
 */
#pragma once

#include <umekomi/umk-types.h>

/* "org/name" for each model in the cache, appended to names. */
void _umk_hf_cache_list(GPtrArray *names);
/* The newest snapshot of "org/name", or NULL. */
char *_umk_hf_cache_find(const char *name);
