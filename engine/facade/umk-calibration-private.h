/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items by which the error of a precision is judged: always the same ones, made by the
 * engine itself. */
#pragma once

#include <umekomi/umk-item.h>

/* NULL for a modality that no network serves. */
UmkItems *_umk_calibration_items(UmkModality modality);
