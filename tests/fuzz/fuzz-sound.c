/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a sound: either an error in one line, or finite features. */
#include "umk-audio-decode-private.h"
#include "umk-audio-features-private.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libsndfile 1.2.0 forgets this when an OGG header turns out to be damaged. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:vorbis_info_init\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_AUDIO, bytes);
    UmkFeatureConfig c;

    g_assert_true(_umk_feature_config_from_preset(&c, "starter", FALSE, NULL));
    g_assert_true(_umk_feature_config_resolve(&c, 16000, NULL));
    g_autoptr(UmkFrontend) frontend = _umk_frontend_new(&c);
    gsize n_frames;
    g_autofree float *rows = _umk_audio_compute(item, frontend, NULL, &n_frames, &error);
    if (rows == NULL) {
        g_assert_nonnull(error);
        g_assert_null(strchr(error->message, '\n'));
        return 0;
    }
    g_assert_no_error(error);
    for (gsize i = 0; i < n_frames * _umk_frontend_get_n_coeffs(frontend); i++)
        g_assert_true(isfinite(rows[i]));
    return 0;
}
