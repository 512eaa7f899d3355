/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as preprocessor_config.json: an error, or a front end that can be built. */
#include "umk-audio-preprocess-private.h"
#include "umk-frontend-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    UmkFeatureConfig c;

    if (!_umk_audio_preprocess_parse(&c, data, size, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_autoptr(UmkFrontend) frontend = _umk_frontend_new(&c);
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(frontend);
    const float x[500] = {0.5f};
    gsize n_frames;

    if (_umk_frontend_stream_push(stream, x, G_N_ELEMENTS(x), NULL))
        g_free(_umk_frontend_stream_finish(stream, &n_frames, NULL));
    return 0;
}
