/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meters of any bytes; one that is read can be asked. */
#include "space/umk-meter-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMeter) meter = _umk_meter_parse(data, size, &error);

    g_assert((meter == NULL) == (error != NULL));
    if (meter != NULL && meter->n_dims <= 64) {
        g_autofree float *zeros = g_new0(float, meter->n_dims);
        g_autoptr(UmkMatrix) vector =
            umk_matrix_new_from_data(1, meter->n_dims, zeros, NULL);
        double distance, score;

        g_assert_true(_umk_meter_measure(meter, vector, NULL, &distance, NULL));
        score = _umk_meter_score(meter, distance);
        g_assert_true(score >= 0.0 && score <= 1.0);
    }
    return 0;
}
