/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner step of the splatter, to be inlined into its loops: see umk-app-canvas.h. */
#pragma once

#include "umk-app-canvas.h"

#if defined(__SSE2__)
#include <emmintrin.h>

static inline __m128i
_umk_app_scale_half(__m128i dst16, __m128i inverse16)
{
    __m128i t = _mm_add_epi16(_mm_mullo_epi16(dst16, inverse16), _mm_set1_epi16(128));

    return _mm_srli_epi16(_mm_add_epi16(t, _mm_srli_epi16(t, 8)), 8);
}

static inline __m128i
_umk_app_alpha_half(__m128i src16)
{
    __m128i a = _mm_shufflehi_epi16(_mm_shufflelo_epi16(src16, 0xff), 0xff);

    return _mm_sub_epi16(_mm_set1_epi16(255), a);
}

/* Sixteenths of what is premultiplied, rounded: no colour comes to exceed its alpha. */
static inline __m128i
_umk_app_weigh_half(__m128i src16, __m128i weight16)
{
    return _mm_srli_epi16(
        _mm_add_epi16(_mm_mullo_epi16(src16, weight16), _mm_set1_epi16(8)), 4);
}

static inline void
_umk_app_blend(guint32 *dst, const guint32 *src, guint n)
{
    __m128i zero = _mm_setzero_si128();

    for (guint i = 0; i < n; i += 4) {
        __m128i s = _mm_loadu_si128((const __m128i *) (const void *) (src + i));
        __m128i d = _mm_loadu_si128((const __m128i *) (const void *) (dst + i));
        __m128i lo = _umk_app_scale_half(_mm_unpacklo_epi8(d, zero),
                                         _umk_app_alpha_half(_mm_unpacklo_epi8(s, zero)));
        __m128i hi = _umk_app_scale_half(_mm_unpackhi_epi8(d, zero),
                                         _umk_app_alpha_half(_mm_unpackhi_epi8(s, zero)));

        _mm_storeu_si128((__m128i *) (void *) (dst + i),
                         _mm_adds_epu8(s, _mm_packus_epi16(lo, hi)));
    }
}

static inline void
_umk_app_blend_faint(guint32 *dst, const guint32 *src, guint n, guint weight)
{
    __m128i zero = _mm_setzero_si128(), weights = _mm_set1_epi16((short) weight);

    for (guint i = 0; i < n; i += 4) {
        __m128i s = _mm_loadu_si128((const __m128i *) (const void *) (src + i));
        __m128i low = _umk_app_weigh_half(_mm_unpacklo_epi8(s, zero), weights);
        __m128i high = _umk_app_weigh_half(_mm_unpackhi_epi8(s, zero), weights);
        __m128i d = _mm_loadu_si128((const __m128i *) (const void *) (dst + i));
        __m128i lo =
            _umk_app_scale_half(_mm_unpacklo_epi8(d, zero), _umk_app_alpha_half(low));
        __m128i hi =
            _umk_app_scale_half(_mm_unpackhi_epi8(d, zero), _umk_app_alpha_half(high));

        _mm_storeu_si128(
            (__m128i *) (void *) (dst + i),
            _mm_adds_epu8(_mm_packus_epi16(low, high), _mm_packus_epi16(lo, hi)));
    }
}
#else
#define _umk_app_blend_faint umk_app_blend_faint_row_plain
#define _umk_app_blend       umk_app_blend_row_plain
#endif
