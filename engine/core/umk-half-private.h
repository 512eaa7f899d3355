/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of half precision (IEEE 754 binary16), to and from float, one at a time or
 * many. To nearest, ties to even; beyond 65504 and its rounding infinity; a NaN stays
 * one and becomes quiet. The processor's own conversion (F16C) and the plain one give the
 * same bits. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { UMK_HALF_PLAIN, UMK_HALF_F16C } UmkHalfLevel;

/* What this machine can run at most. */
UmkHalfLevel _umk_half_best_level(void);

float _umk_half_to_float(guint16 half);
guint16 _umk_half_from_float(float value);

/* halves may lie on any address. */
void
_umk_half_to_floats(UmkHalfLevel level, gconstpointer halves, gsize n, float *floats);
void
_umk_half_from_floats(UmkHalfLevel level, const float *floats, gsize n, gpointer halves);

G_END_DECLS
