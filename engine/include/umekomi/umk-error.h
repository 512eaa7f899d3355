/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error domain of the library. */
#ifndef UMK_ERROR_H
#define UMK_ERROR_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkError:
 * @UMK_ERROR_FAILED: something went wrong that no other code names
 * @UMK_ERROR_INVALID_DATA: a file or vector breaks its format
 * @UMK_ERROR_NOT_SUPPORTED: valid, but nothing here can do it
 * @UMK_ERROR_NOT_FOUND: no such item, model, tensor or aligner
 * @UMK_ERROR_DIMENSION: vectors of different lengths were mixed
 * @UMK_ERROR_PARAM: an option is unknown or out of range
 * @UMK_ERROR_VERSION: made by a version this one cannot read
 * @UMK_ERROR_TOO_LARGE: larger than a declared limit or than memory
 * @UMK_ERROR_NOT_CONVERGED: an iteration did not settle
 *
 * Codes of the %UMK_ERROR domain. File trouble keeps the codes of GIO, and a cancelled
 * call is always %G_IO_ERROR_CANCELLED.
 */
typedef enum {
    UMK_ERROR_FAILED,
    UMK_ERROR_INVALID_DATA,
    UMK_ERROR_NOT_SUPPORTED,
    UMK_ERROR_NOT_FOUND,
    UMK_ERROR_DIMENSION,
    UMK_ERROR_PARAM,
    UMK_ERROR_VERSION,
    UMK_ERROR_TOO_LARGE,
    UMK_ERROR_NOT_CONVERGED
} UmkError;

/**
 * UMK_ERROR:
 *
 * The error domain of Umekomi.
 */
#define UMK_ERROR (umk_error_quark())

GQuark umk_error_quark(void);

G_END_DECLS

#endif
