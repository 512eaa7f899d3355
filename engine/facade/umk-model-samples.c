/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items made on the spot, to try a model with: sentences, smooth pictures, chords. The
 * same variant is the same item on every machine. */
#include <umekomi/umk-item.h>
#include <umekomi/umk-model-info.h>

#include <math.h>
#include <string.h>

#define SIDE     256
#define RATE     16000
#define SECONDS  5
#define PCM_HEAD 44

static UmkItem *
sample_text(guint variant)
{
    static const char *const subjects[] = {"The river", "A small dog", "My neighbour",
                                           "The old map", "Every lamp"};
    static const char *const verbs[] = {"follows", "remembers", "carries", "finds",
                                        "paints"};
    static const char *const objects[] = {"the red boat", "a long road", "two letters",
                                          "the quiet garden", "some warm bread"};
    g_autofree char *text = g_strdup_printf("%s %s %s near the %u windows of the town.",
                                            subjects[variant % 5], verbs[variant / 5 % 5],
                                            objects[variant / 25 % 5], variant + 2);

    return umk_item_new_for_text(text);
}

/* A portable pixmap: three bytes a pixel after a line of text. */
static UmkItem *
sample_image(guint variant)
{
    g_autofree char *head = g_strdup_printf("P6\n%d %d\n255\n", SIDE, SIDE);
    gsize n_head = strlen(head), n = n_head + SIDE * SIDE * 3;
    guint8 *data = g_malloc(n), *pixel = data + n_head;
    double turn = variant * 0.7;
    g_autoptr(GBytes) bytes = NULL;

    memcpy(data, head, n_head);
    for (guint y = 0; y < SIDE; y++) {
        for (guint x = 0; x < SIDE; x++) {
            double u = (double) x / SIDE, v = (double) y / SIDE;

            *pixel++ = (guint8) (127.5 + 127 * sin(6 * u + turn));
            *pixel++ = (guint8) (127.5 + 127 * sin(9 * v - turn));
            *pixel++ = (guint8) (127.5 + 127 * sin(7 * (u + v) + 2 * turn));
        }
    }
    bytes = g_bytes_new_take(data, n);
    return umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
}

static guint8 *
put_le(guint8 *at, guint32 value, guint n)
{
    for (guint i = 0; i < n; i++)
        *at++ = (guint8) (value >> (8 * i));
    return at;
}

/* A WAV file, 16 kHz, one channel, 16 bits. */
static UmkItem *
sample_audio(guint variant)
{
    guint32 n = RATE * SECONDS * 2;
    guint8 *data = g_malloc(PCM_HEAD + n), *at = data;
    double base = 110.0 * pow(2.0, (variant % 24) / 12.0);
    g_autoptr(GBytes) bytes = NULL;

    memcpy(at, "RIFF", 4);
    at = put_le(at + 4, PCM_HEAD - 8 + n, 4);
    memcpy(at, "WAVEfmt ", 8);
    at = put_le(at + 8, 16, 4);
    at = put_le(at, 1, 2);
    at = put_le(at, 1, 2);
    at = put_le(at, RATE, 4);
    at = put_le(at, RATE * 2, 4);
    at = put_le(at, 2, 2);
    at = put_le(at, 16, 2);
    memcpy(at, "data", 4);
    at = put_le(at + 4, n, 4);
    for (guint i = 0; i < RATE * SECONDS; i++) {
        double t = (double) i / RATE, x = 0;

        for (guint k = 1; k <= 4; k++)
            x += sin(2 * G_PI * base * k * 1.26 * t) / k;
        x *= 0.5 + 0.4 * sin(2 * G_PI * 1.5 * t);
        at = put_le(at, (guint32) (gint32) lrint(x * 8000), 2);
    }
    bytes = g_bytes_new_take(data, PCM_HEAD + n);
    return umk_item_new_for_bytes(UMK_MODALITY_AUDIO, bytes);
}

/**
 * umk_item_new_sample:
 * @modality: text, image or audio
 * @variant: which one
 *
 * An item to try a model with: a sentence, a picture of 256 × 256 pixels, or a sound of
 * five seconds.
 *
 * Returns: (transfer full): the item; a node's name for a graph
 */
UmkItem *
umk_item_new_sample(UmkModality modality, guint variant)
{
    if (modality == UMK_MODALITY_IMAGE)
        return sample_image(variant);
    if (modality == UMK_MODALITY_AUDIO)
        return sample_audio(variant);
    return modality == UMK_MODALITY_TEXT ? sample_text(variant)
                                         : umk_item_new_for_node("sample");
}
