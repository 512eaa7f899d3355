/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C over reflected polynomial 0x82f63b78 (RFC 3720, appendix B.4). */

#include "store/umk-crc32c-private.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#define UMK_CRC_X86 1
#else
#define UMK_CRC_X86 0
#endif

/* Four bits a step: 16 entries are short enough to be checked by eye. */
static const guint32 nibbles[16] = {
    0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u,
    0x61c69362u, 0x7198540du, 0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u,
    0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u,
};

guint32
_umk_crc32c_plain(guint32 crc, gconstpointer data, gsize length)
{
    const guint8 *bytes = data;

    crc = ~crc;
    for (gsize i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ nibbles[crc & 15];
        crc = (crc >> 4) ^ nibbles[crc & 15];
    }
    return ~crc;
}

#if UMK_CRC_X86
__attribute__((target("sse4.2"))) static guint32
crc_sse42(guint32 crc, const guint8 *bytes, gsize length)
{
    guint64 wide = ~crc;

    for (; length >= 8; bytes += 8, length -= 8) {
        guint64 word;

        memcpy(&word, bytes, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    for (; length > 0; bytes++, length--)
        wide = _mm_crc32_u8((guint32) wide, *bytes);
    return ~(guint32) wide;
}
#endif

guint32
_umk_crc32c(guint32 crc, gconstpointer data, gsize length)
{
#if UMK_CRC_X86
    if (__builtin_cpu_supports("sse4.2"))
        return crc_sse42(crc, data, length);
#endif
    return _umk_crc32c_plain(crc, data, length);
}
