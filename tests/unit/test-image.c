/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding, resampling and preprocessing of pictures. The digests of resampled images
 * were made with Pillow 9.4 (Image.resize on the pseudo-random pictures of fill()). */

#include "umk-decode-private.h"
#include "umk-picture-private.h"
#include "umk-positions-private.h"
#include "umk-preprocess-private.h"
#include "umk-resample-private.h"
#include "umk-thumbnail-private.h"
#include "umk-vips-private.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

/* ---- resampling ------------------------------------------------------------------- */

static void
fill(guint8 *pixels, gsize n)
{
    guint32 x = 12345;

    for (gsize i = 0; i < n; i++) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        pixels[i] = (guint8) (x >> 16);
    }
}

static guint64
digest(const guint8 *data, gsize n)
{
    guint64 x = G_GUINT64_CONSTANT(0xcbf29ce484222325);

    for (gsize i = 0; i < n; i++)
        x = (x ^ data[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return x;
}

static guint8 *
resize(UmkResample filter,
       const guint8 *in,
       const UmkResampleShape *shape,
       gsize rows_a_push,
       gboolean plain)
{
    guint8 *out = g_malloc(shape->width * shape->height * 3);
    gsize stride = shape->in_width * 3;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkResampler) resampler = _umk_resampler_new(filter, shape, out, &error);
    gsize end;

    g_assert_no_error(error);
    if (plain)
        _umk_resampler_force_plain(resampler);
    end = _umk_resampler_get_end_row(resampler);
    for (gsize y = _umk_resampler_get_first_row(resampler); y < end; y += rows_a_push)
        _umk_resampler_push(resampler, in + y * stride, stride,
                            MIN(rows_a_push, end - y));
    return out;
}

static void
test_pillow(void)
{
    /* clang-format off */
    static const struct {
        UmkResample filter;
        gsize w, h, to_w, to_h;
        guint64 digest;
    } cases[] = {
        { UMK_RESAMPLE_NEAREST, 37, 29, 11, 7, G_GUINT64_CONSTANT(0xf00f602b18e4bef5) },
        { UMK_RESAMPLE_NEAREST, 7, 5, 19, 23, G_GUINT64_CONSTANT(0xcebf067ed123b820) },
        { UMK_RESAMPLE_NEAREST, 64, 3, 5, 3, G_GUINT64_CONSTANT(0x1a6c3601c865c05d) },
        { UMK_RESAMPLE_NEAREST, 1, 9, 4, 2, G_GUINT64_CONSTANT(0x2f9c0cd71b33b751) },
        { UMK_RESAMPLE_NEAREST, 200, 150, 13, 9, G_GUINT64_CONSTANT(0x4b68541efaaaf113) },
        { UMK_RESAMPLE_LANCZOS, 37, 29, 11, 7, G_GUINT64_CONSTANT(0x13557e0d6068ea97) },
        { UMK_RESAMPLE_LANCZOS, 7, 5, 19, 23, G_GUINT64_CONSTANT(0x0549379c947d1ab4) },
        { UMK_RESAMPLE_LANCZOS, 64, 3, 5, 3, G_GUINT64_CONSTANT(0x41bc2085f2b62269) },
        { UMK_RESAMPLE_LANCZOS, 1, 9, 4, 2, G_GUINT64_CONSTANT(0xe52eb48017599f65) },
        { UMK_RESAMPLE_LANCZOS, 200, 150, 13, 9, G_GUINT64_CONSTANT(0x0ad2093105800a9a) },
        { UMK_RESAMPLE_BILINEAR, 37, 29, 11, 7, G_GUINT64_CONSTANT(0xb7f606c80bb67757) },
        { UMK_RESAMPLE_BILINEAR, 7, 5, 19, 23, G_GUINT64_CONSTANT(0x5da58d072321648a) },
        { UMK_RESAMPLE_BILINEAR, 64, 3, 5, 3, G_GUINT64_CONSTANT(0x0b550f14378d9dca) },
        { UMK_RESAMPLE_BILINEAR, 1, 9, 4, 2, G_GUINT64_CONSTANT(0xdc767c71e2a26901) },
        { UMK_RESAMPLE_BILINEAR, 200, 150, 13, 9, G_GUINT64_CONSTANT(0xa6aee67e0b990ff2) },
        { UMK_RESAMPLE_BICUBIC, 37, 29, 11, 7, G_GUINT64_CONSTANT(0x15bfcdbb398fcd52) },
        { UMK_RESAMPLE_BICUBIC, 7, 5, 19, 23, G_GUINT64_CONSTANT(0x6dcc62f742736989) },
        { UMK_RESAMPLE_BICUBIC, 64, 3, 5, 3, G_GUINT64_CONSTANT(0x639922164dc5bb87) },
        { UMK_RESAMPLE_BICUBIC, 1, 9, 4, 2, G_GUINT64_CONSTANT(0x73762120193f70fd) },
        { UMK_RESAMPLE_BICUBIC, 200, 150, 13, 9, G_GUINT64_CONSTANT(0xe092760772040117) },
        { UMK_RESAMPLE_BOX, 37, 29, 11, 7, G_GUINT64_CONSTANT(0x43bf4f7348079a1c) },
        { UMK_RESAMPLE_BOX, 7, 5, 19, 23, G_GUINT64_CONSTANT(0xcebf067ed123b820) },
        { UMK_RESAMPLE_BOX, 64, 3, 5, 3, G_GUINT64_CONSTANT(0x6e77945fbb937f83) },
        { UMK_RESAMPLE_BOX, 1, 9, 4, 2, G_GUINT64_CONSTANT(0xe14e0fa84d975f45) },
        { UMK_RESAMPLE_BOX, 200, 150, 13, 9, G_GUINT64_CONSTANT(0xb8aca35612a38046) },
        { UMK_RESAMPLE_HAMMING, 37, 29, 11, 7, G_GUINT64_CONSTANT(0x3a2db7087b138b56) },
        { UMK_RESAMPLE_HAMMING, 7, 5, 19, 23, G_GUINT64_CONSTANT(0x1a195fa4918a1304) },
        { UMK_RESAMPLE_HAMMING, 64, 3, 5, 3, G_GUINT64_CONSTANT(0xa21372d5d287d3dc) },
        { UMK_RESAMPLE_HAMMING, 1, 9, 4, 2, G_GUINT64_CONSTANT(0x49abcee21bc6083d) },
        { UMK_RESAMPLE_HAMMING, 200, 150, 13, 9, G_GUINT64_CONSTANT(0xe4bbce88aebc1a5d) },
    };
    /* clang-format on */

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkResampleShape shape = {cases[i].w, cases[i].h, cases[i].to_w, cases[i].to_h,
                                  0,          0,          cases[i].to_w, cases[i].to_h};
        gsize n = cases[i].w * cases[i].h * 3;
        g_autofree guint8 *in = g_malloc0(n + UMK_RESAMPLE_PAD);
        g_autofree guint8 *out = NULL;

        fill(in, n);
        out = resize(cases[i].filter, in, &shape, 5, FALSE);
        g_assert_cmphex(digest(out, cases[i].to_w * cases[i].to_h * 3), ==,
                        cases[i].digest);
    }
}

/* Fast rows, other strip heights and windows give the bytes of the plain whole. */
static void
test_same_bytes(void)
{
    for (guint i = 0; i < 300; i++) {
        UmkResample filter = g_test_rand_int_range(0, UMK_RESAMPLE_N_FILTERS);
        UmkResampleShape whole = {0}, part;
        g_autofree guint8 *in = NULL, *full = NULL, *window = NULL;
        gsize n;

        whole.in_width = (gsize) g_test_rand_int_range(1, 90);
        whole.in_height = (gsize) g_test_rand_int_range(1, 40);
        whole.out_width = whole.width = (gsize) g_test_rand_int_range(1, 60);
        whole.out_height = whole.height = (gsize) g_test_rand_int_range(1, 60);
        part = whole;
        part.x = (gsize) g_test_rand_int_range(0, (gint) whole.width);
        part.y = (gsize) g_test_rand_int_range(0, (gint) whole.height);
        part.width = (gsize) g_test_rand_int_range(1, (gint) (whole.width - part.x) + 1);
        part.height =
            (gsize) g_test_rand_int_range(1, (gint) (whole.height - part.y) + 1);
        n = whole.in_width * whole.in_height * 3;
        in = g_malloc0(n + UMK_RESAMPLE_PAD);
        for (gsize j = 0; j < n; j++)
            in[j] = (guint8) g_test_rand_int_range(0, 256);
        full = resize(filter, in, &whole, whole.in_height, TRUE);
        window = resize(filter, in, &part, (gsize) g_test_rand_int_range(1, 9), FALSE);
        for (gsize y = 0; y < part.height; y++)
            g_assert_cmpmem(window + y * part.width * 3, part.width * 3,
                            full + ((y + part.y) * whole.width + part.x) * 3,
                            part.width * 3);
    }
}

static void
test_absurd_sizes(void)
{
    static const UmkResampleShape shapes[] = {
        {0, 5, 5, 5, 0, 0, 5, 5},         {5, 5, 5, 5, 1, 0, 5, 5},
        {G_MAXSIZE, 5, 5, 5, 0, 0, 5, 5}, {5, 5, 5, G_MAXSIZE, 0, 0, 5, 5},
        {5, 5, 5, 5, G_MAXSIZE, 0, 5, 5},
    };
    guint8 out[75];

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_resampler_new(UMK_RESAMPLE_BICUBIC, &shapes[i], out, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
    }
}

/* ---- preprocessor_config.json ----------------------------------------------------- */

static gboolean
parse(UmkPreprocess *p, const char *family, const char *json, GError **error)
{
    return _umk_preprocess_parse(p, family, 0, (const guint8 *) json, strlen(json),
                                 error);
}

static void
test_config_styles(void)
{
    g_autoptr(GError) error = NULL;
    UmkPreprocess p;

    g_assert_true(parse(&p, "clip",
                        "{\"size\": 56, \"crop_size\": 48, \"resample\": 2,"
                        " \"feature_extractor_type\": \"CLIPFeatureExtractor\"}",
                        &error));
    g_assert_cmpint(p.rule, ==, UMK_RESIZE_SHORTEST);
    g_assert_cmpuint(p.edge, ==, 56);
    g_assert_true(p.crop);
    g_assert_cmpuint(p.crop_width, ==, 48);
    g_assert_cmpint(p.filter, ==, UMK_RESAMPLE_BILINEAR);

    g_assert_true(parse(&p, "clip",
                        "{\"size\": {\"shortest_edge\": 50, \"longest_edge\": 70},"
                        " \"crop_size\": {\"height\": 40, \"width\": 44},"
                        " \"do_center_crop\": null, \"background\": [255, 255, 0]}",
                        &error));
    g_assert_cmpuint(p.max_edge, ==, 70);
    g_assert_cmpuint(p.crop_height, ==, 40);
    g_assert_true(p.has_background);
    g_assert_cmpuint(p.background[2], ==, 0);

    g_assert_true(
        parse(&p, "vit", "{\"size\": {\"max_height\": 30, \"max_width\": 40}}", &error));
    g_assert_cmpint(p.rule, ==, UMK_RESIZE_INSIDE);
    g_assert_cmpuint(p.width, ==, 40);

    g_assert_true(parse(&p, "vit", "{\"size\": 32, \"do_center_crop\": true}", &error));
    g_assert_cmpint(p.rule, ==, UMK_RESIZE_EXACT);
    g_assert_cmpuint(p.height, ==, 32);
    g_assert_false(p.crop);
    g_assert_cmpint(p.filter, ==, UMK_RESAMPLE_BILINEAR);

    g_assert_true(parse(&p, "vit",
                        "{\"do_resize\": false, \"do_normalize\": false, "
                        "\"do_rescale\": false}",
                        &error));
    g_assert_cmpint(p.rule, ==, UMK_RESIZE_NONE);
    g_assert_true(p.rescale == 1.0 && p.std[0] == 1.0f);
    g_assert_no_error(error);
}

static void
test_config_refused(void)
{
    static const char *const broken[] = {
        "",
        "[]",
        "{",
        "{\"size\": -1}",
        "{\"size\": 1e300}",
        "{\"size\": 0}",
        "{\"size\": 2.5}",
        "{\"size\": \"224\"}",
        "{\"size\": {}}",
        "{\"size\": {\"height\": 5}}",
        "{\"size\": {\"shortest_edge\": 9, \"longest_edge\": 9}}",
        "{\"size\": {\"max_height\": 9}}",
        "{\"size\": [3, 3]}",
        "{\"crop_size\": {\"height\": 5}}",
        "{\"resample\": 6}",
        "{\"resample\": -1}",
        "{\"image_mean\": [1, 2]}",
        "{\"image_std\": [0, 1, 1]}",
        "{\"image_std\": \"x\"}",
        "{\"rescale_factor\": \"x\"}",
        "{\"do_resize\": 3}",
        "{\"background\": [1, 2, 256]}",
        "\xff\xfe",
    };
    g_autofree char *deep = g_strnfill(100000, '[');

    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GError) error = NULL;
        UmkPreprocess p;

        g_assert_false(parse(&p, "clip", broken[i], &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
    {
        g_autoptr(GError) error = NULL;
        UmkPreprocess p;

        g_assert_false(parse(&p, "clip", deep, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

static void
test_plan(void)
{
    g_autoptr(GError) error = NULL;
    UmkPreprocess p;
    UmkPreprocessPlan plan;

    _umk_preprocess_init(&p, "clip", 48);
    g_assert_true(_umk_preprocess_plan(&p, 310, 33, &plan, &error));
    g_assert_cmpuint(plan.shape.out_width, ==, 450); /* int(48 * 310 / 33) */
    g_assert_cmpuint(plan.shape.out_height, ==, 48);
    g_assert_cmpuint(plan.shape.x, ==, 201);
    g_assert_cmpuint(plan.shape.width, ==, 48);

    /* A crop larger than the picture pads, the extra pixel first. */
    p.edge = 21;
    g_assert_true(_umk_preprocess_plan(&p, 21, 30, &plan, &error));
    g_assert_cmpuint(plan.pad_x, ==, 14);
    g_assert_cmpuint(plan.pad_y, ==, 9);
    g_assert_cmpuint(plan.shape.width, ==, 21);

    /* Inside 48 by 48, in the middle: 136 by 128 becomes 48 by int(45.2). */
    _umk_preprocess_init(&p, "umekomi_vit", 48);
    p.rule = UMK_RESIZE_INSIDE;
    p.crop = TRUE;
    p.width = p.height = p.crop_width = p.crop_height = 48;
    g_assert_true(_umk_preprocess_plan(&p, 136, 128, &plan, &error));
    g_assert_cmpuint(plan.shape.out_width, ==, 48);
    g_assert_cmpuint(plan.shape.out_height, ==, 45);
    g_assert_cmpuint(plan.pad_x, ==, 0);
    g_assert_cmpuint(plan.pad_y, ==, 2);
    g_assert_cmpuint(plan.height, ==, 48);
    g_assert_true(_umk_preprocess_plan(&p, 1, 1000, &plan, &error));
    g_assert_cmpuint(plan.shape.out_width, ==, 1);

    _umk_preprocess_init(&p, "clip", 48);
    g_assert_false(_umk_preprocess_plan(&p, 0, 30, &plan, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    p.crop = FALSE;
    g_assert_false(_umk_preprocess_plan(&p, 1, 100000, &plan, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
}

static void
test_padding(void)
{
    UmkPreprocess p;
    UmkPreprocessPlan plan;
    guint8 window[3] = {255, 255, 255};
    float out[12];

    _umk_preprocess_init(&p, "umekomi_vit", 2);
    p.rule = UMK_RESIZE_NONE;
    g_assert_true(_umk_preprocess_plan(&p, 1, 1, &plan, NULL));
    _umk_preprocess_normalize(&p, &plan, window, out);
    g_assert_cmpfloat(out[0], ==, -1.0f);
    g_assert_cmpfloat(out[3], ==, -1.0f);
    g_assert_cmpfloat(out[9], ==, 1.0f); /* the extra pixels come first */
    p.has_background = TRUE;
    p.background[1] = 255;
    _umk_preprocess_normalize(&p, &plan, window, out);
    g_assert_cmpfloat(out[0], ==, -1.0f);
    g_assert_cmpfloat(out[1], ==, 1.0f);
}

/* ---- decoding --------------------------------------------------------------------- */

static VipsImage *
make_picture(int width, int height, int bands)
{
    gsize n = (gsize) width * (gsize) height * (gsize) bands;
    g_autofree guint8 *pixels = g_malloc(n);
    VipsImage *image;

    fill(pixels, n);
    image = vips_image_new_from_memory_copy(pixels, n, width, height, bands,
                                            VIPS_FORMAT_UCHAR);
    image->Type = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return image;
}

static GBytes *
save(VipsImage *image, const char *suffix)
{
    void *data;
    size_t length;

    g_assert_cmpint(vips_image_write_to_buffer(image, suffix, &data, &length, NULL), ==,
                    0);
    return g_bytes_new_take(data, length);
}

static guint8 *
decode(
    GBytes *bytes, const guint8 *background, gsize *width, gsize *height, GError **error)
{
    UmkDecodeOptions options = {.background = background};
    g_autoptr(UmkImageSource) source =
        _umk_image_source_new_for_bytes(bytes, &options, error);
    g_autofree guint8 *rows = NULL;

    if (!source)
        return NULL;
    *width = _umk_image_source_get_width(source);
    *height = _umk_image_source_get_height(source);
    rows = g_malloc(*width * *height * 3);
    for (gsize y = 0; y < *height; y += 7) {
        if (!_umk_image_source_read(source, y, MIN(7, *height - y), rows + y * *width * 3,
                                    error))
            return NULL;
    }
    return g_steal_pointer(&rows);
}

/* The stored picture whose upright form is image. */
static VipsImage *
lay(VipsImage *image, int orientation)
{
    static const VipsAngle angles[] = {VIPS_ANGLE_D0,   VIPS_ANGLE_D0,  VIPS_ANGLE_D180,
                                       VIPS_ANGLE_D180, VIPS_ANGLE_D90, VIPS_ANGLE_D270,
                                       VIPS_ANGLE_D270, VIPS_ANGLE_D90};
    VipsImage *turned, *out;

    g_assert_cmpint(vips_rot(image, &turned, angles[orientation - 1], NULL), ==, 0);
    if (orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7) {
        g_assert_cmpint(vips_flip(turned, &out, VIPS_DIRECTION_HORIZONTAL, NULL), ==, 0);
        g_object_unref(turned);
        turned = out;
    }
    g_assert_cmpint(vips_copy(turned, &out, NULL), ==, 0);
    g_object_unref(turned);
    vips_image_set_int(out, VIPS_META_ORIENTATION, orientation);
    return out;
}

static void
test_orientation(void)
{
    VipsImage *upright = make_picture(23, 17, 3);
    g_autofree guint8 *want = g_malloc(23 * 17 * 3);

    fill(want, 23 * 17 * 3);
    for (int o = 1; o <= 8; o++) {
        VipsImage *stored = lay(upright, o);
        GBytes *bytes = save(stored, ".tif");
        g_autoptr(GError) error = NULL;
        g_autofree guint8 *got = NULL;
        gsize width = 0, height = 0;

        got = decode(bytes, NULL, &width, &height, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(width, ==, 23);
        g_assert_cmpuint(height, ==, 17);
        g_assert_cmpmem(got, 23 * 17 * 3, want, 23 * 17 * 3);
        g_bytes_unref(bytes);
        g_object_unref(stored);
    }
    g_object_unref(upright);
}

static void
test_bands(void)
{
    static const guint8 white[3] = {255, 255, 255};

    for (int bands = 1; bands <= 4; bands++) {
        VipsImage *image = make_picture(9, 5, bands);
        GBytes *bytes = save(image, ".png");
        g_autofree guint8 *raw = g_malloc(9 * 5 * (gsize) bands);

        fill(raw, 9 * 5 * (gsize) bands);
        for (int composite = 0; composite < 2; composite++) {
            g_autoptr(GError) error = NULL;
            g_autofree guint8 *got = NULL;
            gsize width, height;

            got = decode(bytes, composite ? white : NULL, &width, &height, &error);
            g_assert_no_error(error);
            for (gsize i = 0; i < 45; i++) {
                for (gsize c = 0; c < 3; c++) {
                    const guint8 *p = raw + i * (gsize) bands;
                    guint8 value = p[bands < 3 ? 0 : c];
                    double alpha =
                        bands % 2 == 0 && composite ? p[bands - 1] / 255.0 : 1.0;

                    g_assert_cmpint(got[i * 3 + c], ==,
                                    (int) lrint(value * alpha + 255.0 * (1.0 - alpha)));
                }
            }
        }
        g_bytes_unref(bytes);
        g_object_unref(image);
    }
}

static void
test_sixteen_bits(void)
{
    VipsImage *image = make_picture(9, 5, 3), *wide, *shifted;
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *got = NULL, *want = g_malloc(135);
    GBytes *bytes;
    gsize width, height;

    fill(want, 135);
    g_assert_cmpint(vips_cast_ushort(image, &wide, NULL), ==, 0);
    g_assert_cmpint(vips_linear1(wide, &shifted, 257.0, 0.0, NULL), ==, 0);
    g_object_unref(wide);
    g_assert_cmpint(vips_cast_ushort(shifted, &wide, NULL), ==, 0);
    wide->Type = VIPS_INTERPRETATION_RGB16;
    bytes = save(wide, ".png");
    got = decode(bytes, NULL, &width, &height, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(got, 135, want, 135);
    g_bytes_unref(bytes);
    g_object_unref(shifted);
    g_object_unref(wide);
    g_object_unref(image);
}

/* Another profile, and inks: the colours that come out are the ones that went in, up to
 * what the trip costs. */
static void
test_profiles(void)
{
    static const char *const profiles[] = {"p3", "cmyk"};
    static const double tolerance[] = {3.0, 12.0};
    guint8 flat[64 * 3];
    VipsImage *image;

    for (gsize i = 0; i < 64; i++) {
        flat[i * 3] = 150;
        flat[i * 3 + 1] = 120;
        flat[i * 3 + 2] = 90;
    }
    image = vips_image_new_from_memory(flat, sizeof flat, 8, 8, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    for (gsize i = 0; i < G_N_ELEMENTS(profiles); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree guint8 *got = NULL;
        VipsImage *other;
        GBytes *bytes;
        gsize width, height;

        g_assert_cmpint(
            vips_icc_transform(image, &other, profiles[i], "input_profile", "srgb", NULL),
            ==, 0);
        bytes = save(other, ".tif");
        got = decode(bytes, NULL, &width, &height, &error);
        g_assert_no_error(error);
        for (gsize k = 0; k < sizeof flat; k++)
            g_assert_cmpfloat(fabs((double) got[k] - flat[k]), <=, tolerance[i]);
        g_bytes_unref(bytes);
        g_object_unref(other);
    }
    g_object_unref(image);
}

static void
test_truncated(void)
{
    static const char *const suffixes[] = {".png", ".jpg", ".tif", ".webp", ".gif"};
    VipsImage *image = make_picture(90, 70, 3);

    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        GBytes *bytes = save(image, suffixes[i]);
        gsize length = g_bytes_get_size(bytes);
        g_autoptr(GError) whole_error = NULL;
        g_autofree guint8 *whole = NULL;
        gsize width, height;

        whole = decode(bytes, NULL, &width, &height, &whole_error);
        g_assert_no_error(whole_error);
        for (guint part = 0; part < 8; part++) {
            GBytes *cut = g_bytes_new_from_bytes(bytes, 0, length * part / 8);
            g_autoptr(GError) error = NULL;

            g_assert_null(decode(cut, NULL, &width, &height, &error));
            g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
            g_assert_null(strchr(error->message, '\n'));
            g_bytes_unref(cut);
        }
        g_bytes_unref(bytes);
    }
    g_object_unref(image);
}

/* Flipped bytes may decode or fail; they must do nothing else. */
static void
test_damaged(void)
{
    static const char *const suffixes[] = {".png", ".jpg", ".tif", ".webp", ".gif"};
    VipsImage *image = make_picture(40, 30, 4);

    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        GBytes *bytes = save(image, suffixes[i]);
        gsize length;
        const guint8 *data = g_bytes_get_data(bytes, &length);

        for (guint n = 0; n < 40; n++) {
            g_autofree guint8 *copy = g_memdup2(data, length);
            g_autoptr(GError) error = NULL;
            g_autofree guint8 *got = NULL;
            gsize width, height;
            GBytes *damaged;

            for (guint k = 0; k < 3; k++)
                copy[g_test_rand_int_range(0, (gint) length)] =
                    (guint8) g_test_rand_int_range(0, 256);
            damaged = g_bytes_new(copy, length);
            got = decode(damaged, NULL, &width, &height, &error);
            g_assert_true((got == NULL) == (error != NULL));
            g_bytes_unref(damaged);
        }
        g_bytes_unref(bytes);
    }
    g_object_unref(image);
}

static void
test_not_images(void)
{
    static const struct {
        const char *data;
        gsize length;
    } cases[] = {
        {"", 0},
        {"hello", 5},
        {"1,2,3\n4,5,6\n", 12},
        {"3 1\n1 2 3\n", 10},
        {"push graphic-context\nviewbox 0 0 9 9\n", 37},
        {"\x89PNG\r\n\x1a\n", 8},
        /* 60000 x 60000, the header of a bomb */
        {"P6\n60000 60000\n255\n", 19},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GBytes *bytes = g_bytes_new_static(cases[i].data, cases[i].length);
        g_autoptr(GError) error = NULL;
        gsize width, height;

        g_assert_null(decode(bytes, NULL, &width, &height, &error));
        g_assert_true(error->domain == UMK_ERROR);
        if (g_str_has_prefix(cases[i].data, "P6"))
            g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
        g_bytes_unref(bytes);
    }
    {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_image_source_new_for_file("/nonexistent.png", NULL, &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        g_clear_error(&error);
        g_assert_null(_umk_image_source_new_for_file("/", NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

/* libvips reads options in square brackets at the end of a name; a file may have them. */
static void
test_odd_file_name(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "a 猫 [page=3].png[n=2]", NULL);
    VipsImage *image = make_picture(9, 5, 3);
    GBytes *bytes = save(image, ".png");
    g_autoptr(UmkImageSource) source = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, g_bytes_get_data(bytes, NULL),
                                      (gssize) g_bytes_get_size(bytes), NULL));
    source = _umk_image_source_new_for_file(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(_umk_image_source_get_width(source), ==, 9);
    g_unlink(path);
    g_rmdir(folder);
    g_bytes_unref(bytes);
    g_object_unref(image);
}

static void
test_drawing_is_enlarged(void)
{
    static const char svg[] =
        "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='12'>"
        "<rect width='24' height='12' fill='#ff0000'/></svg>";
    UmkDecodeOptions options = {.want_edge = 48};
    GBytes *bytes = g_bytes_new_static(svg, sizeof svg - 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkImageSource) source =
        _umk_image_source_new_for_bytes(bytes, &options, &error);

    if (source) { /* libvips may be built without SVG */
        g_assert_cmpuint(_umk_image_source_get_height(source), ==, 48);
        g_assert_cmpuint(_umk_image_source_get_width(source), ==, 96);
    }
    g_bytes_unref(bytes);
}

/* 72 points are 96 units, as CSS says: what lies beyond 72 of them is drawn too. */
static void
test_drawing_in_points(void)
{
    static const char svg[] =
        "<svg xmlns='http://www.w3.org/2000/svg' width='72pt' height='72pt'>"
        "<rect x='80' width='16' height='96' fill='#ff0000'/></svg>";
    GBytes *bytes = g_bytes_new_static(svg, sizeof svg - 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkImageSource) source =
        _umk_image_source_new_for_bytes(bytes, NULL, &error);
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
    g_autofree guint8 *rgba = NULL;
    guint width = 0, height = 0;

    if (source) { /* libvips may be built without SVG */
        g_assert_cmpuint(_umk_image_source_get_width(source), ==, 96);
        rgba = _umk_thumbnail_read(item, 96, &width, &height, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(width, ==, 96);
        g_assert_cmpuint(rgba[(48 * 96 + 40) * 4 + 3], ==, 0);
        g_assert_cmpuint(rgba[(48 * 96 + 88) * 4], ==, 255);
        g_assert_cmpuint(rgba[(48 * 96 + 88) * 4 + 3], ==, 255);
    }
    g_bytes_unref(bytes);
}

/* ---- the rest --------------------------------------------------------------------- */

static void
test_thumbnail(void)
{
    VipsImage *image = make_picture(100, 50, 4), *lying = lay(image, 6);
    GBytes *bytes = save(lying, ".tif");
    g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *rgba = NULL;
    guint width = 0, height = 0;

    rgba = _umk_thumbnail_read(item, 32, &width, &height, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(width, ==, 32);
    g_assert_cmpuint(height, ==, 16);
    g_free(g_steal_pointer(&rgba));
    rgba = _umk_thumbnail_read(item, 500, &width, &height, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(width, ==, 100);
    g_bytes_unref(bytes);
    g_object_unref(lying);
    g_object_unref(image);
}

/* A slope in each channel; orientation 6 stands the picture on its side. */
static GBytes *
save_slopes(int width, int height, int orientation, const char *suffix)
{
    gsize n = (gsize) width * (gsize) height;
    g_autofree guint8 *pixels = g_malloc(n * 3);
    VipsImage *image;
    GBytes *bytes;

    for (gsize i = 0; i < n; i++) {
        gsize x = i % (gsize) width, y = i / (gsize) width;

        pixels[i * 3] = (guint8) (x * 255 / (gsize) width);
        pixels[i * 3 + 1] = (guint8) (y * 255 / (gsize) height);
        pixels[i * 3 + 2] = (guint8) (128 + 64 * ((x / 100 + y / 100) % 2));
    }
    image = vips_image_new_from_memory_copy(pixels, n * 3, width, height, 3,
                                            VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
    bytes = save(image, suffix);
    g_object_unref(image);
    return bytes;
}

/* Shrink-on-load: the same geometry, nearly the same pixels, for a fraction of the rows.
 */
static void
test_fast(gconstpointer data)
{
    const char *suffix = data;

    for (int orientation = 1; orientation <= 6; orientation += 5) {
        g_autoptr(GBytes) bytes = save_slopes(1203, 901, orientation, suffix);
        g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
        UmkDecodeOptions options = {.least_edge = 96};
        g_autoptr(UmkImageSource) source = NULL;
        g_autofree float *exact = NULL, *fast = NULL;
        g_autoptr(GError) error = NULL;
        UmkPreprocess preprocess;
        gsize width[2], height[2];
        double sum = 0;

        _umk_preprocess_init(&preprocess, "clip", 64);
        exact = _umk_picture_pixels_for_item(item, &preprocess, &width[0], &height[0],
                                             &error);
        g_assert_no_error(error);
        preprocess.fast = TRUE;
        fast = _umk_picture_pixels_for_item(item, &preprocess, &width[1], &height[1],
                                            &error);
        g_assert_no_error(error);
        g_assert_cmpuint(width[0], ==, width[1]);
        g_assert_cmpuint(height[0], ==, height[1]);
        for (gsize i = 0; i < width[0] * height[0] * 3; i++)
            sum += fabs((double) exact[i] - (double) fast[i]);
        g_assert_cmpfloat(sum, >, 0); /* it did shrink */
        g_assert_cmpfloat(sum / (double) (width[0] * height[0] * 3), <=, 0.05);
        source = _umk_image_source_new_for_bytes(bytes, &options, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(_umk_image_source_get_full_width(source), ==,
                         orientation == 1 ? 1203 : 901);
        g_assert_cmpuint(MIN(_umk_image_source_get_width(source),
                             _umk_image_source_get_height(source)),
                         <, 300);
        g_assert_cmpuint(MIN(_umk_image_source_get_width(source),
                             _umk_image_source_get_height(source)),
                         >=, 96);
    }
}

static void
test_positions(void)
{
    float ramp[4 * 4], same[4 * 4], larger[8 * 6];

    for (guint i = 0; i < 16; i++)
        ramp[i] = (float) (i % 4);
    _umk_positions_interpolate(ramp, 4, 4, same, 4, 4, 1, FALSE);
    g_assert_cmpmem(ramp, sizeof ramp, same, sizeof same);
    _umk_positions_interpolate(ramp, 4, 4, larger, 6, 8, 1, FALSE);
    /* rows equal, and symmetric about the middle */
    for (guint y = 0; y < 6; y++) {
        for (guint x = 0; x < 8; x++) {
            g_assert_cmpfloat_with_epsilon(larger[y * 8 + x], larger[x], 1e-6);
            g_assert_cmpfloat_with_epsilon(larger[x] + larger[7 - x], 3.0, 1e-5);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* libvips warns about damaged files; that must not end the test. */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_assert_cmpint(VIPS_INIT(argv[0]), ==, 0);
    g_test_add_data_func("/image/decode/fast-jpeg", ".jpg[Q=95]", test_fast);
    g_test_add_data_func("/image/decode/fast-webp", ".webp[Q=95]", test_fast);
    g_test_add_func("/image/resample/pillow", test_pillow);
    g_test_add_func("/image/resample/same-bytes", test_same_bytes);
    g_test_add_func("/image/resample/absurd-sizes", test_absurd_sizes);
    g_test_add_func("/image/preprocess/styles", test_config_styles);
    g_test_add_func("/image/preprocess/refused", test_config_refused);
    g_test_add_func("/image/preprocess/plan", test_plan);
    g_test_add_func("/image/preprocess/padding", test_padding);
    g_test_add_func("/image/decode/orientation", test_orientation);
    g_test_add_func("/image/decode/bands", test_bands);
    g_test_add_func("/image/decode/sixteen-bits", test_sixteen_bits);
    g_test_add_func("/image/decode/profiles", test_profiles);
    g_test_add_func("/image/decode/truncated", test_truncated);
    g_test_add_func("/image/decode/damaged", test_damaged);
    g_test_add_func("/image/decode/not-images", test_not_images);
    g_test_add_func("/image/decode/odd-file-name", test_odd_file_name);
    g_test_add_func("/image/decode/drawing", test_drawing_is_enlarged);
    g_test_add_func("/image/decode/drawing-in-points", test_drawing_in_points);
    g_test_add_func("/image/thumbnail", test_thumbnail);
    g_test_add_func("/image/positions", test_positions);
    return g_test_run();
}
