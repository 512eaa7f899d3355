/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ZIP archives in memory, as far as .npz needs them: stored and deflated members, with
 * ZIP64, found by the central directory at the end. Encrypted members, other methods and
 * archives in several parts are refused with a sentence. What a member unpacks to is
 * never more than it says, nor more than deflate can make of its bytes, nor than the
 * caller's limit; its CRC-32 has to be right. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_ZIP_MAX_MEMBERS 65536u

typedef struct {
    char *name; /* UTF-8, as it may be shown; "a/b.npy" */
    guint flags, method;
    guint32 crc;
    gsize packed, size; /* bytes as they lie, and unpacked */
    gsize local;        /* where its own header begins */
} UmkZipMember;

typedef struct {
    GBytes *bytes;
    GArray *members; /* UmkZipMember, in the order of the directory */
} UmkZip;

UmkZip *_umk_zip_open(GBytes *bytes, GError **error);
void _umk_zip_free(UmkZip *self);
/* The whole member: shared where it is stored, else unpacked into at most @limit bytes.
 */
GBytes *_umk_zip_read(const UmkZip *self,
                      const UmkZipMember *member,
                      gsize limit,
                      GError **error);
/* Its first bytes, at most @most; its checksum is not looked at. */
GBytes *_umk_zip_read_head(const UmkZip *self,
                           const UmkZipMember *member,
                           gsize most,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkZip, _umk_zip_free)
