/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decode and resize a 12-megapixel JPEG, exactly and with shrink-on-load, the resampler
 * alone, the encoder of CLIP ViT-B/32 on random weights, one picture at a time and four,
 * and how near the vectors of the quick way are (of photographs given as arguments).
 * cpu_ms is processor time, which other work on the machine changes less than it changes
 * the clock on the wall. */
#include "umk-patch-encoder-private.h"
#include "umk-picture-private.h"

#include "core/umk-pool-private.h"

#include <string.h>
#include <time.h>

#include <vips/vips.h>

#define WIDTH    4000
#define HEIGHT   3000
#define SECONDS  2.0
#define N_PHOTOS 6

typedef struct {
    GBytes *jpeg;
    UmkPreprocess preprocess;
} Job;

/* Noise of many sizes, each half as large and half as strong as the one before, over
 * shapes with hard edges: the spectrum of a photograph. */
static float
octaves(const float *noise, gsize x, gsize y)
{
    float sum = 0, weight = 60;

    for (gsize size = 1024; size >= 2; size /= 2, weight *= 0.55f) {
        gsize ax = x / size, ay = y / size;
        float fx = (float) (x % size) / (float) size,
              fy = (float) (y % size) / (float) size;
        const float *at = noise + (ay % 256) * 257 + ax % 256;

        sum += weight * ((at[0] * (1 - fx) + at[1] * fx) * (1 - fy) +
                         (at[257] * (1 - fx) + at[258] * fx) * fy);
    }
    return sum;
}

static GBytes *
encode_jpeg(guint8 *pixels)
{
    VipsImage *image = vips_image_new_from_memory(pixels, WIDTH * HEIGHT * 3, WIDTH,
                                                  HEIGHT, 3, VIPS_FORMAT_UCHAR);
    void *data;
    size_t length;

    image->Type = VIPS_INTERPRETATION_sRGB;
    if (vips_image_write_to_buffer(image, ".jpg[Q=85]", &data, &length, NULL) != 0)
        g_error("cannot write a JPEG");
    g_object_unref(image);
    return g_bytes_new_take(data, length);
}

static GBytes *
make_photo(guint32 seed)
{
    g_autofree guint8 *pixels = g_malloc(WIDTH * HEIGHT * 3);
    g_autofree float *noise = g_new(float, 257 * 258 * 3);
    guint32 state = seed * 2654435761u + 1;
    gsize cut = 500 + seed * 371 % 3000;

    for (gsize i = 0; i < 257 * 258 * 3; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (float) (state >> 8) / 8388608.0f - 1;
    }
    for (gsize i = 0; i < WIDTH * HEIGHT; i++) {
        gsize x = i % WIDTH, y = i / WIDTH;
        float grey = octaves(noise, x, y) + (x + y / 2 > cut ? 150 : 90);

        for (gsize c = 0; c < 3; c++) {
            float tint = 40 * noise[257 * 258 * c + (y / 700) * 257 + x / 700];

            pixels[i * 3 + c] = (guint8) CLAMP(grey + tint, 0, 255);
        }
    }
    return encode_jpeg(pixels);
}

/* How far the vectors of shrunk pictures are from those of whole ones, in the starter's
 * tower: photographs named by the caller, or made ones. */
static UmkMatrix *
embed(UmkItems *items, const char *decode)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;
    UmkMatrix *matrix = NULL;

    umk_params_set(params, "decode", decode, NULL);
    model = umk_model_load(umk_registry_get_default(), "starter", params, NULL, &error);
    if (model)
        matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    if (error)
        g_printerr("%s\n", error->message);
    return matrix;
}

static void
bench_cosine(char **paths)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) exact = NULL, fast = NULL;
    double least = 1, mean = 0;
    gsize n, n_dims;

    for (gsize i = 0; paths[0] ? paths[i] != NULL : i < N_PHOTOS; i++) {
        g_autoptr(GBytes) photo = paths[0] ? NULL : make_photo((guint32) i);
        g_autoptr(UmkItem) item =
            photo ? umk_item_new_for_bytes(UMK_MODALITY_IMAGE, photo)
                  : umk_item_new_for_file(UMK_MODALITY_IMAGE, paths[i]);

        umk_items_append(items, item);
    }
    exact = embed(items, "exact");
    fast = embed(items, "fast");
    if (!exact || !fast)
        return;
    n = umk_matrix_get_n_rows(exact);
    for (gsize i = 0; i < n; i++) {
        const float *a = umk_matrix_get_row(exact, i, &n_dims);
        const float *b = umk_matrix_get_row(fast, i, NULL);
        double dot = 0;

        for (gsize k = 0; k < n_dims; k++)
            dot += (double) a[k] * (double) b[k];
        least = MIN(least, dot);
        mean += dot / (double) n;
    }
    g_print("{\"bench\":\"image-fast-decode\",\"pictures\":%zu,\"kind\":\"%s\","
            "\"cosine_mean\":%.6f,\"cosine_min\":%.6f}\n",
            n, paths[0] ? "files" : "made", mean, least);
}

/* Soft shapes with some grain: the entropy of a photo, about 2 bits a pixel. */
static GBytes *
make_jpeg(void)
{
    g_autofree guint8 *pixels = g_malloc(WIDTH * HEIGHT * 3);
    guint32 noise = 1;

    for (gsize i = 0; i < WIDTH * HEIGHT; i++) {
        gsize x = i % WIDTH, y = i / WIDTH;

        noise = noise * 1664525u + 1013904223u;
        pixels[i * 3] = (guint8) ((x * 255 / WIDTH) ^ (noise >> 28));
        pixels[i * 3 + 1] = (guint8) ((y * 255 / HEIGHT) ^ (noise >> 28));
        pixels[i * 3 + 2] = (guint8) (((x / 64 + y / 64) % 2) * 128 + (noise >> 27));
    }
    return encode_jpeg(pixels);
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

static void
bench_decode(GBytes *jpeg, const char *kind, gboolean fast)
{
    Job job = {.jpeg = jpeg};
    guint most = _umk_pool_n_threads();

    _umk_preprocess_init(&job.preprocess, "clip", 224);
    job.preprocess.fast = fast;
    for (guint n_threads = 1; n_threads <= most; n_threads += MAX(most - 1, 1)) {
        g_autoptr(GTimer) timer = g_timer_new();
        clock_t begin = clock();
        guint n = 0;

        while (g_timer_elapsed(timer, NULL) < SECONDS) {
            if (n_threads == 1)
                read_chunk(0, 1, 0, &job);
            else
                _umk_parallel_for(n_threads * 4, 1, read_chunk, &job);
            n += n_threads == 1 ? 1 : n_threads * 4;
        }
        g_print("{\"bench\":\"image-decode-resize-12mp%s\",\"picture\":\"%s\","
                "\"threads\":%u,\"bytes\":%zu,\"images_per_s\":%.1f,\"cpu_ms\":%.1f}\n",
                fast ? "-fast" : "", kind, n_threads, g_bytes_get_size(jpeg),
                n / g_timer_elapsed(timer, NULL), cpu_ms(begin, n));
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GBytes) jpeg = NULL, photo = NULL;

    if (argc < 1 || VIPS_INIT(argv[0]) != 0)
        return 1;
    jpeg = make_jpeg();
    photo = make_photo(1);
    for (guint fast = 0; fast < 2; fast++) {
        bench_decode(jpeg, "grain", fast == 1);
        bench_decode(photo, "photo", fast == 1);
    }
    bench_resampler(FALSE);
    bench_resampler(TRUE);
    bench_encoder(1);
    bench_encoder(4);
    bench_cosine(argv + 1);
    return 0;
}
