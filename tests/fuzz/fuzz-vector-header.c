/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers of vector files, and stamped files of derived data, of any bytes. */
#include <umekomi/umekomi.h>

#include "store/umk-crc32c-private.h"
#include "store/umk-derived-private.h"
#include "store/umk-vector-file-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_vector_header(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    guint8 uuid[16];
    guint32 frame, n_dims = 0;
    gboolean done = _umk_vector_header_parse(data, size, uuid, &frame, &n_dims, &error);

    g_assert(done == (error == NULL));
    g_assert(!done || (n_dims > 0 && n_dims <= UMK_MAX_DIMS));
}

static void
parse_derived(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GBytes) floats = NULL, extra = NULL;
    g_autoptr(GError) error = NULL;
    guint8 uuid[16] = {0};
    guint64 sequence = 0;
    gsize n_rows = 0, n_cols = 0;

    if (size >= UMK_DERIVED_HEADER) {
        memcpy(uuid, data + 16, sizeof uuid);
        memcpy(&sequence, data + 32, sizeof sequence);
    }
    if (_umk_derived_parse(bytes, uuid, sequence, &n_rows, &n_cols, &floats, &extra,
                           &error))
        g_assert(g_bytes_get_size(floats) == n_rows * n_cols * sizeof(float));
    else
        g_assert(error != NULL && floats == NULL);
}

/* Once as they are, once with both checksums mended, to get past the first check. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree guint8 *copy = g_memdup2(data, size);
    guint32 crc;

    parse_vector_header(data, size);
    parse_derived(data, size);
    if (size < 64)
        return 0;
    crc = _umk_crc32c(0, copy + 64, size - 64);
    if (memcmp(copy, "UMKDERV1", 8) == 0)
        memcpy(copy + 56, &crc, sizeof crc);
    crc = _umk_crc32c(0, copy, 60);
    memcpy(copy + 60, &crc, sizeof crc);
    parse_vector_header(copy, size);
    parse_derived(copy, size);
    return 0;
}
