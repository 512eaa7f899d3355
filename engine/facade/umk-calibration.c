/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts in several languages and of several kinds; pictures of noise, gradients and
 * gratings as portable pixmaps; chirps, tones and noise as WAV. */
#include "facade/umk-calibration-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"

#define SIDE    224
#define RATE    16000
#define SECONDS 2

static const char *const texts[] = {
    "The quick brown fox jumps over the lazy dog.",
    "How do I reset the password of my account?",
    "The committee approved the budget on Tuesday after a long and heated debate.",
    "red shoes",
    "Water boils at 100 °C at sea level; higher up it boils earlier.",
    "def add(a, b):\n    return a + b",
    "Stocks fell 3.2% in early trading, their worst day since 2008.",
    "She opened the letter, read it twice, and put it back without a word.",
    "Mitochondria are the powerhouse of the cell, they told us at school; in truth they "
    "take part in signalling, in the making of heat and in the death of cells as well.",
    "a",
    "Wo finde ich den nächsten Bahnhof, und wann fährt der letzte Zug nach Köln?",
    "Le chat dort sur le canapé pendant que la pluie tombe.",
    "La biblioteca abre a las nueve de la mañana.",
    "Сегодня в Москве ожидается снег.",
    "今日は天気がいいので、公園まで散歩しましょう。",
    "東京都の人口は約1400万人です。",
    "埋め込みベクトルは文の意味を表す。",
    "机器学习正在改变我们的生活。",
    "오늘 저녁에 무엇을 먹을까요?",
    "متى تفتح المكتبة أبوابها؟",
    "भारत एक विशाल देश है।",
    "Đà Nẵng là một thành phố biển.",
    "1234567890 !?%& ()[]{} <br/>",
    "https://example.org/path?query=42#part",
};

static void
add_texts(UmkItems *items)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
}

/* One colour of one pixel of the picture called number, 0 … 1. */
static double
shade(guint number, guint x, guint y, guint channel, UmkRng *rng)
{
    double u = (double) x / SIDE, v = (double) y / SIDE, c = channel / 3.0;
    double r = hypot(u - 0.5, v - 0.5);

    switch (number) {
    case 0:
        return _umk_rng_uniform(rng);
    case 1:
        return channel == 0 ? u : channel == 1 ? v : 1 - u;
    case 2:
        return 0.5 + 0.5 * sin(40 * u + 6 * c);
    case 3:
        return 0.5 + 0.5 * sin(90 * r + 4 * c);
    case 4:
        return ((x / 16 + y / 16) % 2 == 0 ? 0.85 : 0.15) + 0.1 * (c - 0.3);
    case 5:
        return r < 0.3 ? 0.9 - c : 0.2 + c / 2;
    case 6:
        return 0.25 * _umk_rng_uniform(rng) + 0.5 * v + 0.25 * c;
    default:
        return 0.5 + 0.3 * sin(12 * u * v + 9 * c) + 0.2 * sin(70 * (u - v));
    }
}

static void
add_pictures(UmkItems *items)
{
    for (guint number = 0; number < 8; number++) {
        g_autoptr(GByteArray) file = g_byte_array_new();
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(UmkItem) item = NULL;
        g_autofree char *header = g_strdup_printf("P6\n%d %d\n255\n", SIDE, SIDE);
        UmkRng rng;

        _umk_rng_init(&rng, number, 0);
        g_byte_array_append(file, (const guint8 *) header, (guint) strlen(header));
        for (guint i = 0; i < SIDE * SIDE * 3; i++) {
            double value = shade(number, i / 3 % SIDE, i / 3 / SIDE, i % 3, &rng);
            guint8 byte = (guint8) (CLAMP(value, 0, 1) * 255);

            g_byte_array_append(file, &byte, 1);
        }
        bytes = g_byte_array_free_to_bytes(g_steal_pointer(&file));
        item = umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
        umk_items_append(items, item);
    }
}

static double
sample(guint number, double t, UmkRng *rng)
{
    double noise = 2 * _umk_rng_uniform(rng) - 1;

    switch (number) {
    case 0:
        return noise;
    case 1:
        return sin(2 * G_PI * (100 + 1500 * t) * t);
    case 2:
        return sin(2 * G_PI * 440 * t) * exp(-3 * t);
    case 3:
        return 0.4 * sin(2 * G_PI * 220 * t) + 0.3 * sin(2 * G_PI * 660 * t) +
               0.1 * noise;
    case 4:
        return noise * (fmod(t, 0.25) < 0.05);
    default:
        return 0.8 * sin(2 * G_PI * 150 * t) * sin(2 * G_PI * 3 * t) + 0.05 * noise;
    }
}

static void
append_le(GByteArray *file, guint32 value, guint n_bytes)
{
    for (guint i = 0; i < n_bytes; i++) {
        guint8 byte = (guint8) (value >> (8 * i));

        g_byte_array_append(file, &byte, 1);
    }
}

static void
add_sounds(UmkItems *items)
{
    const guint32 n = RATE * SECONDS;

    for (guint number = 0; number < 6; number++) {
        g_autoptr(GByteArray) file = g_byte_array_new();
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(UmkItem) item = NULL;
        UmkRng rng;

        _umk_rng_init(&rng, number, 0);
        g_byte_array_append(file, (const guint8 *) "RIFF", 4);
        append_le(file, 36 + 2 * n, 4);
        g_byte_array_append(file, (const guint8 *) "WAVEfmt ", 8);
        append_le(file, 16, 4);
        append_le(file, 1 | 1 << 16, 4); /* whole numbers, one channel */
        append_le(file, RATE, 4);
        append_le(file, 2 * RATE, 4);
        append_le(file, 2 | 16 << 16, 4); /* bytes a frame, bits a sample */
        g_byte_array_append(file, (const guint8 *) "data", 4);
        append_le(file, 2 * n, 4);
        for (guint32 i = 0; i < n; i++)
            append_le(
                file,
                (guint32) (gint32) (20000 * sample(number, (double) i / RATE, &rng)), 2);
        bytes = g_byte_array_free_to_bytes(g_steal_pointer(&file));
        item = umk_item_new_for_bytes(UMK_MODALITY_AUDIO, bytes);
        umk_items_append(items, item);
    }
}

UmkItems *
_umk_calibration_items(UmkModality modality)
{
    static void (*const add[UMK_N_MODALITIES])(UmkItems * items) = {
        [UMK_MODALITY_TEXT] = add_texts,
        [UMK_MODALITY_IMAGE] = add_pictures,
        [UMK_MODALITY_AUDIO] = add_sounds,
    };
    UmkItems *items;

    if (add[modality] == NULL)
        return NULL;
    items = umk_items_new();
    add[modality](items);
    return items;
}
