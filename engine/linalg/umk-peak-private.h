/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one core of this machine can do at best, measured now: loops of independent
 * multiply-adds in registers that touch no memory. A figure of throughput means little
 * without it, for the clock of a machine moves with its load and its temperature. */
#pragma once

#include <umekomi/umk-types.h>

/* Operations a second (multiply-add = 2) of single precision, and of 8-bit whole numbers
 * summed in 32 bits; 0 where this processor has no loop written for it. */
double _umk_peak_measure_f32(void);
double _umk_peak_measure_int8(void);
