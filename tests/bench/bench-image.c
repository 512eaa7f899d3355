/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decode and resize a 12-megapixel JPEG on the exact path, the resampler alone, and the
 * encoder of CLIP ViT-B/32 on random weights. cpu_ms is processor time, which other work
 * on the machine changes less than it changes the clock on the wall. */
#include "umk-patch-encoder-private.h"
#include "umk-picture-private.h"

#include "core/umk-pool-private.h"

#include <string.h>
#include <time.h>

#include <vips/vips.h>

#define WIDTH   4000
#define HEIGHT  3000
#define SECONDS 2.0

typedef struct {
    GBytes *jpeg;
    UmkPreprocess preprocess;
} Job;

/* Soft shapes with some grain: the entropy of a photo, about 2 bits a pixel. */
static GBytes *
make_jpeg(void)
{
    g_autofree guint8 *pixels = g_malloc(WIDTH * HEIGHT * 3);
    guint32 noise = 1;
    VipsImage *image;
    void *data;
    size_t length;

    for (gsize i = 0; i < WIDTH * HEIGHT; i++) {
        gsize x = i % WIDTH, y = i / WIDTH;

        noise = noise * 1664525u + 1013904223u;
        pixels[i * 3] = (guint8) ((x * 255 / WIDTH) ^ (noise >> 28));
        pixels[i * 3 + 1] = (guint8) ((y * 255 / HEIGHT) ^ (noise >> 28));
        pixels[i * 3 + 2] = (guint8) (((x / 64 + y / 64) % 2) * 128 + (noise >> 27));
    }
    image = vips_image_new_from_memory(pixels, WIDTH * HEIGHT * 3, WIDTH, HEIGHT, 3,
                                       VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    if (vips_image_write_to_buffer(image, ".jpg[Q=85]", &data, &length, NULL) != 0)
        g_error("cannot write a JPEG");
    g_object_unref(image);
    return g_bytes_new_take(data, length);
}

static void
read_chunk(gsize begin, gsize end, G_GNUC_UNUSED guint worker, gpointer user_data)
{
    Job *job = user_data;

    for (gsize i = begin; i < end; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_IMAGE, job->jpeg);
        gsize width, height;

        g_free(
            _umk_picture_pixels_for_item(item, &job->preprocess, &width, &height, NULL));
    }
}

static double
cpu_ms(clock_t begin, guint n)
{
    return (double) (clock() - begin) * 1e3 / CLOCKS_PER_SEC / n;
}

/* Tensors of any name and shape: small numbers, the same for all. */
static gboolean
any_has(gpointer source, const char *name)
{
    return !g_str_has_suffix(name, "patch_embedding.bias");
}

static const float *
any_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    return source;
}

static void
any_release(gpointer source, const float *data)
{
}

static void
bench_encoder(gsize n_batch)
{
    static const char *const extra[] = {"embeddings.class_embedding", NULL};
    static const UmkPatchEncoderNames names = {
        .patch = "embeddings.patch_embedding",
        .extra = extra,
        .extra_axes = 1,
        .positions = "embeddings.position_embedding.weight",
        .position_axes = 2,
        .norm_before = "pre_layrnorm",
        .blocks = &_umk_encoder_names_clip,
    };
    UmkPatchEncoderConfig config = {
        .encoder = {.n_layers = 12,
                    .n_dims = 768,
                    .n_heads = 12,
                    .n_ffn = 3072,
                    .activation = UMK_ACTIVATION_QUICK_GELU,
                    .eps = 1e-5f,
                    .pre_norm = TRUE,
                    .bias = UMK_BIAS_REQUIRED},
        .image_size = 224,
        .patch_size = 32,
    };
    gsize most = 3072 * 768;
    g_autofree float *numbers = g_new(float, most);
    g_autofree float *pixels = g_new0(float, 224 * 224 * 3);
    const float *const batch[] = {pixels, pixels, pixels, pixels};
    UmkTensors tensors = {.source = numbers,
                          .prefix = "",
                          .has = any_has,
                          .get = any_get,
                          .release = any_release};
    g_autoptr(GTimer) timer = g_timer_new();
    UmkPatchEncoder encoder = {0};
    UmkArena arena = {0};
    guint32 noise = 1;
    clock_t begin;
    gsize n_tokens;
    guint n = 0;

    for (gsize i = 0; i < most; i++) {
        noise = noise * 1664525u + 1013904223u;
        numbers[i] = ((float) (noise >> 8) / 16777216.0f - 0.5f) * 0.05f;
    }
    if (!_umk_patch_encoder_bind(&encoder, &config, &names, &tensors, NULL))
        g_error("cannot bind the encoder");
    _umk_patch_encoder_forward(&encoder, batch, n_batch, 224, 224, &arena, 0, &n_tokens,
                               NULL, NULL);
    g_timer_start(timer);
    begin = clock();
    while (g_timer_elapsed(timer, NULL) < SECONDS) {
        _umk_patch_encoder_forward(&encoder, batch, n_batch, 224, 224, &arena, 0,
                                   &n_tokens, NULL, NULL);
        n += (guint) n_batch;
    }
    g_print("{\"bench\":\"image-encode-vit-b32\",\"batch\":%zu,\"threads\":1,"
            "\"images_per_s\":%.2f,\"cpu_ms\":%.1f}\n",
            n_batch, n / g_timer_elapsed(timer, NULL), cpu_ms(begin, n));
    _umk_arena_clear(&arena);
    _umk_patch_encoder_clear(&encoder);
}

static void
bench_resampler(gboolean plain)
{
    UmkResampleShape shape = {WIDTH, HEIGHT, 298, 224, 37, 0, 224, 224};
    gsize stride = WIDTH * 3;
    g_autofree guint8 *strip = g_malloc0(stride * 32 + UMK_RESAMPLE_PAD);
    g_autofree guint8 *out = g_malloc(224 * 224 * 3);
    g_autoptr(GTimer) timer = g_timer_new();
    clock_t begin = clock();
    guint n = 0;

    memset(strip, 77, stride * 32);
    while (g_timer_elapsed(timer, NULL) < SECONDS / 2) {
        g_autoptr(UmkResampler) resampler =
            _umk_resampler_new(UMK_RESAMPLE_BICUBIC, &shape, out, NULL);
        gsize end = _umk_resampler_get_end_row(resampler);

        if (plain)
            _umk_resampler_force_plain(resampler);
        for (gsize y = _umk_resampler_get_first_row(resampler); y < end; y += 32)
            _umk_resampler_push(resampler, strip, stride, MIN(32, end - y));
        n++;
    }
    g_print("{\"bench\":\"image-resample-12mp%s\",\"cpu_ms\":%.2f}\n",
            plain ? "-plain" : "", cpu_ms(begin, n));
}

int
main(int argc, char **argv)
{
    Job job;
    guint n_threads = _umk_pool_n_threads(), n = 0;
    clock_t begin;
    GTimer *timer;

    if (argc < 1 || VIPS_INIT(argv[0]) != 0)
        return 1;
    job.jpeg = make_jpeg();
    _umk_preprocess_init(&job.preprocess, "clip", 224);
    timer = g_timer_new();
    begin = clock();
    while (g_timer_elapsed(timer, NULL) < SECONDS) {
        read_chunk(0, 1, 0, &job);
        n++;
    }
    g_print("{\"bench\":\"image-decode-resize-12mp\",\"threads\":1,\"bytes\":%zu,"
            "\"images_per_s\":%.1f,\"cpu_ms\":%.1f}\n",
            g_bytes_get_size(job.jpeg), n / g_timer_elapsed(timer, NULL),
            cpu_ms(begin, n));
    n = 0;
    g_timer_start(timer);
    begin = clock();
    while (g_timer_elapsed(timer, NULL) < SECONDS) {
        _umk_parallel_for(n_threads * 4, 1, read_chunk, &job);
        n += n_threads * 4;
    }
    g_print("{\"bench\":\"image-decode-resize-12mp\",\"threads\":%u,"
            "\"images_per_s\":%.1f,\"cpu_ms\":%.1f}\n",
            n_threads, n / g_timer_elapsed(timer, NULL), cpu_ms(begin, n));
    bench_resampler(FALSE);
    bench_resampler(TRUE);
    bench_encoder(1);
    bench_encoder(4);
    g_timer_destroy(timer);
    g_bytes_unref(job.jpeg);
    return 0;
}
