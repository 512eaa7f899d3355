/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads preprocessor_config.json and works out what the published image processors would
 * do with a picture of a given size: get_resize_output_image_size's integer arithmetic,
 * centre crop with zero padding, rescale in double, normalisation in float. Defaults of
 * the processor classes are one table. No pixel is resampled here. */

#include "umk-preprocess-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include <umekomi/umekomi.h>

#define MAX_DEPTH 64

typedef struct {
    const char *name; /* class name without ImageProcessor or FeatureExtractor */
    gboolean square;  /* a plain number for size means both sides               */
    gsize size;
    UmkResample filter;
    gsize crop; /* 0: this class never crops */
    float mean[3], std[3];
} Defaults;

#define CLIP_MEAN                                                                        \
    {                                                                                    \
        0.48145466f, 0.4578275f, 0.40821073f                                             \
    }
#define CLIP_STD                                                                         \
    {                                                                                    \
        0.26862954f, 0.26130258f, 0.27577711f                                            \
    }
#define IMAGENET_MEAN                                                                    \
    {                                                                                    \
        0.485f, 0.456f, 0.406f                                                           \
    }
#define IMAGENET_STD                                                                     \
    {                                                                                    \
        0.229f, 0.224f, 0.225f                                                           \
    }
#define HALF                                                                             \
    {                                                                                    \
        0.5f, 0.5f, 0.5f                                                                 \
    }

/* clang-format off */
static const Defaults table[] = {
    { "CLIP",    FALSE, 224, UMK_RESAMPLE_BICUBIC,  224, CLIP_MEAN,     CLIP_STD     },
    { "ViT",     TRUE,  224, UMK_RESAMPLE_BILINEAR, 0,   HALF,          HALF         },
    { "DeiT",    TRUE,  256, UMK_RESAMPLE_BICUBIC,  224, IMAGENET_MEAN, IMAGENET_STD },
    { "Bit",     FALSE, 224, UMK_RESAMPLE_BICUBIC,  224, CLIP_MEAN,     CLIP_STD     },
    { "Siglip",  TRUE,  224, UMK_RESAMPLE_BICUBIC,  0,   HALF,          HALF         },
    { "Umekomi", FALSE, 64,  UMK_RESAMPLE_BICUBIC,  64,  HALF,          HALF         },
};

static const struct { const char *family; guint row; } families[] = {
    { "clip", 0 }, { "vit", 1 }, { "deit", 2 }, { "dinov2", 3 }, { "siglip", 4 },
    { "umekomi_vit", 5 },
};
/* clang-format on */

/* ---- defaults --------------------------------------------------------------------- */

static const Defaults *
defaults_of_family(const char *family)
{
    for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
        if (strcmp(families[i].family, family) == 0)
            return &table[families[i].row];
    }
    return &table[0];
}

static const Defaults *
defaults_of_class(const char *class_name)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        gsize n = strlen(table[i].name);

        if (strncmp(class_name, table[i].name, n) == 0 &&
            (g_str_has_prefix(class_name + n, "ImageProcessor") ||
             g_str_has_prefix(class_name + n, "FeatureExtractor")))
            return &table[i];
    }
    return NULL;
}

static void
apply_defaults(UmkPreprocess *self, const Defaults *defaults)
{
    memset(self, 0, sizeof *self);
    self->rule = defaults->square ? UMK_RESIZE_EXACT : UMK_RESIZE_SHORTEST;
    self->width = self->height = self->edge = defaults->size;
    self->filter = defaults->filter;
    self->crop = defaults->crop != 0;
    self->crop_width = self->crop_height = defaults->crop;
    self->rescale = 1.0 / 255.0;
    memcpy(self->mean, defaults->mean, sizeof self->mean);
    memcpy(self->std, defaults->std, sizeof self->std);
}

void
_umk_preprocess_init(UmkPreprocess *self, const char *family, gsize image_size)
{
    const Defaults *defaults = defaults_of_family(family);

    apply_defaults(self, defaults);
    if (image_size == 0)
        return;
    self->edge = self->width = self->height = image_size;
    self->crop_width = self->crop_height = image_size;
    if (self->crop && defaults->size > defaults->crop)
        self->edge = self->width = self->height =
            image_size * defaults->size / defaults->crop;
}

/* ---- reading ---------------------------------------------------------------------- */

static gboolean
bad_value(GError **error, const char *name, const char *why)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, "The preprocessor's “%s” %s",
                name, why);
    return FALSE;
}

/* NULL if absent or null. */
static JsonNode *
member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

static gboolean
node_to_number(JsonNode *node, double *value)
{
    GType type;

    if (!JSON_NODE_HOLDS_VALUE(node))
        return FALSE;
    type = json_node_get_value_type(node);
    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return FALSE;
    *value = json_node_get_double(node);
    return isfinite(*value);
}

static gboolean
read_flag(JsonObject *object, const char *name, gboolean *flag, GError **error)
{
    JsonNode *node = member(object, name);

    if (!node)
        return TRUE;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return bad_value(error, name, "is not true or false");
    *flag = json_node_get_boolean(node);
    return TRUE;
}

static gboolean
node_to_side(JsonNode *node, const char *name, gsize *side, GError **error)
{
    double value;

    if (!node || !node_to_number(node, &value) || value != floor(value))
        return bad_value(error, name, "is not a whole number of pixels");
    if (value < 1 || value > UMK_PREPROCESS_MAX_SIDE)
        return bad_value(error, name, "is not between 1 and 8192 pixels");
    *side = (gsize) value;
    return TRUE;
}

static gboolean
read_three(JsonObject *object,
           const char *name,
           double low,
           double high,
           float *out,
           GError **error)
{
    JsonNode *node = member(object, name);
    JsonArray *array;
    double value;

    if (!node)
        return TRUE;
    if (!JSON_NODE_HOLDS_ARRAY(node) ||
        json_array_get_length(json_node_get_array(node)) != 3)
        return bad_value(error, name, "is not a list of three numbers");
    array = json_node_get_array(node);
    for (guint i = 0; i < 3; i++) {
        if (!node_to_number(json_array_get_element(array, i), &value))
            return bad_value(error, name, "is not a list of three numbers");
        if (value < low || value > high)
            return bad_value(error, name, "has a number out of range");
        out[i] = (float) value;
    }
    return TRUE;
}

/* size as {"height", "width"}: both must be there. */
static gboolean
read_exact(
    JsonObject *size, const char *name, gsize *width, gsize *height, GError **error)
{
    return node_to_side(member(size, "height"), name, height, error) &&
           node_to_side(member(size, "width"), name, width, error);
}

static gboolean
read_size(UmkPreprocess *self, JsonObject *object, gboolean square, GError **error)
{
    JsonNode *node = member(object, "size");
    JsonObject *size;

    if (!node)
        return TRUE;
    if (JSON_NODE_HOLDS_VALUE(node)) {
        self->rule = square ? UMK_RESIZE_EXACT : UMK_RESIZE_SHORTEST;
        if (!node_to_side(node, "size", &self->edge, error))
            return FALSE;
        self->width = self->height = self->edge;
        return TRUE;
    }
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return bad_value(error, "size", "is neither a number nor an object");
    size = json_node_get_object(node);
    if (member(size, "shortest_edge")) {
        self->rule = UMK_RESIZE_SHORTEST;
        self->max_edge = 0;
        if (!node_to_side(member(size, "shortest_edge"), "size", &self->edge, error))
            return FALSE;
        if (!member(size, "longest_edge"))
            return TRUE;
        if (!node_to_side(member(size, "longest_edge"), "size", &self->max_edge, error))
            return FALSE;
        return self->max_edge > self->edge ||
               bad_value(error, "size", "has a longest edge below its shortest edge");
    }
    self->rule = UMK_RESIZE_EXACT;
    return read_exact(size, "size", &self->width, &self->height, error);
}

static gboolean
read_crop(UmkPreprocess *self, JsonObject *object, GError **error)
{
    JsonNode *node = member(object, "crop_size");

    if (!node)
        return TRUE;
    if (JSON_NODE_HOLDS_OBJECT(node))
        return read_exact(json_node_get_object(node), "crop_size", &self->crop_width,
                          &self->crop_height, error);
    if (!node_to_side(node, "crop_size", &self->crop_width, error))
        return FALSE;
    self->crop_height = self->crop_width;
    return TRUE;
}

static gboolean
read_filter(UmkPreprocess *self, JsonObject *object, GError **error)
{
    JsonNode *node = member(object, "resample");
    double value;

    if (!node)
        return TRUE;
    if (!node_to_number(node, &value) || value != floor(value) || value < 0 ||
        value >= UMK_RESAMPLE_N_FILTERS)
        return bad_value(error, "resample", "is not a filter number from 0 to 5");
    self->filter = (UmkResample) value;
    return TRUE;
}

static gboolean
read_rescale(UmkPreprocess *self, JsonObject *object, GError **error)
{
    JsonNode *node = member(object, "rescale_factor");
    gboolean wanted = TRUE;

    if (!read_flag(object, "do_rescale", &wanted, error))
        return FALSE;
    if (!wanted) {
        self->rescale = 1.0;
        return TRUE;
    }
    if (node && (!node_to_number(node, &self->rescale) || fabs(self->rescale) > 1e6))
        return bad_value(error, "rescale_factor", "is not a usable number");
    return TRUE;
}

static gboolean
read_normalize(UmkPreprocess *self, JsonObject *object, GError **error)
{
    gboolean wanted = TRUE;

    if (!read_flag(object, "do_normalize", &wanted, error) ||
        !read_three(object, "image_mean", -1e6, 1e6, self->mean, error) ||
        !read_three(object, "image_std", 1e-6, 1e6, self->std, error))
        return FALSE;
    if (!wanted) {
        for (guint c = 0; c < 3; c++) {
            self->mean[c] = 0.0f;
            self->std[c] = 1.0f;
        }
    }
    return TRUE;
}

static gboolean
read_background(UmkPreprocess *self, JsonObject *object, GError **error)
{
    float colour[3];

    if (!member(object, "background"))
        return TRUE;
    if (!read_three(object, "background", 0, 255, colour, error))
        return FALSE;
    self->has_background = TRUE;
    for (guint c = 0; c < 3; c++)
        self->background[c] = (guint8) lrintf(colour[c]);
    return TRUE;
}

static const Defaults *
choose_defaults(JsonObject *object)
{
    static const char *const keys[] = {"image_processor_type", "feature_extractor_type"};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        JsonNode *node = member(object, keys[i]);
        const Defaults *found = NULL;

        if (node && JSON_NODE_HOLDS_VALUE(node) &&
            json_node_get_value_type(node) == G_TYPE_STRING)
            found = defaults_of_class(json_node_get_string(node));
        if (found)
            return found;
    }
    return NULL;
}

static gboolean
read_object(UmkPreprocess *self,
            const char *family,
            gsize image_size,
            JsonObject *object,
            GError **error)
{
    const Defaults *defaults = choose_defaults(object);
    gboolean resize = TRUE, may_crop;

    if (defaults) {
        apply_defaults(self, defaults);
    } else {
        defaults = defaults_of_family(family);
        _umk_preprocess_init(self, family, image_size);
    }
    /* A class without a crop step ignores the key; our own family may have either. */
    may_crop = self->crop || strcmp(family, "umekomi_vit") == 0;
    if (!read_flag(object, "do_resize", &resize, error) ||
        !read_size(self, object, defaults->square, error) ||
        !read_flag(object, "do_center_crop", &self->crop, error) ||
        !read_crop(self, object, error) || !read_filter(self, object, error) ||
        !read_rescale(self, object, error) || !read_normalize(self, object, error) ||
        !read_background(self, object, error))
        return FALSE;
    self->crop = self->crop && may_crop;
    if (!resize)
        self->rule = UMK_RESIZE_NONE;
    return TRUE;
}

/* The JSON reader recurses; a file of brackets must not use up the stack. */
static gboolean
depth_is_sane(const guint8 *data, gsize length)
{
    guint depth = 0;
    gboolean in_string = FALSE;

    for (gsize i = 0; i < length; i++) {
        if (in_string) {
            if (data[i] == '\\')
                i++;
            else if (data[i] == '"')
                in_string = FALSE;
        } else if (data[i] == '"') {
            in_string = TRUE;
        } else if (data[i] == '[' || data[i] == '{') {
            if (++depth > MAX_DEPTH)
                return FALSE;
        } else if ((data[i] == ']' || data[i] == '}') && depth > 0) {
            depth--;
        }
    }
    return TRUE;
}

gboolean
_umk_preprocess_parse(UmkPreprocess *self,
                      const char *family,
                      gsize image_size,
                      const guint8 *data,
                      gsize length,
                      GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) problem = NULL;
    UmkPreprocess read;
    JsonNode *root;

    if (length > UMK_PREPROCESS_MAX_BYTES || !depth_is_sane(data, length)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    "The preprocessor file is too large or too deeply nested");
        return FALSE;
    }
    if (!g_utf8_validate_len((const char *) data, length, NULL) ||
        !json_parser_load_from_data(parser, (const char *) data, (gssize) length,
                                    &problem)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    "The preprocessor file is not JSON%s%s", problem ? ": " : "",
                    problem ? problem->message : "");
        return FALSE;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    "The preprocessor file holds no JSON object");
        return FALSE;
    }
    if (!read_object(&read, family, image_size, json_node_get_object(root), error))
        return FALSE;
    *self = read;
    return TRUE;
}

/* ---- geometry --------------------------------------------------------------------- */

static void
resized_size(
    const UmkPreprocess *self, gsize width, gsize height, double *out_w, double *out_h)
{
    double shortest = (double) MIN(width, height), longest = (double) MAX(width, height);
    double new_short = (double) self->edge, new_long;

    if (self->rule == UMK_RESIZE_NONE) {
        *out_w = (double) width;
        *out_h = (double) height;
        return;
    }
    if (self->rule == UMK_RESIZE_EXACT) {
        *out_w = (double) self->width;
        *out_h = (double) self->height;
        return;
    }
    new_long = floor(new_short * longest / shortest);
    if (self->max_edge > 0 && new_long > (double) self->max_edge) {
        new_short = floor((double) self->max_edge * new_short / new_long);
        new_long = (double) self->max_edge;
    }
    *out_w = width <= height ? new_short : new_long;
    *out_h = width <= height ? new_long : new_short;
}

/* One axis of the centre crop: what is kept, and how far from the edge it is put. */
static void
crop_axis(gsize size, gsize crop, gsize *begin, gsize *kept, gsize *pad)
{
    if (crop <= size) {
        *begin = (size - crop) / 2;
        *kept = crop;
        *pad = 0;
    } else {
        *begin = 0;
        *kept = size;
        *pad = (crop - size + 1) / 2;
    }
}

/* When only one axis is short, the published code pads it by the rounded-up half but
 * takes the window from the rounded-down one, which cancels out for even and odd. */
gboolean
_umk_preprocess_plan(const UmkPreprocess *self,
                     gsize width,
                     gsize height,
                     UmkPreprocessPlan *plan,
                     GError **error)
{
    UmkPreprocessPlan p = {0};
    double out_w, out_h;

    if (width == 0 || height == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, "The image has no pixels");
        return FALSE;
    }
    resized_size(self, width, height, &out_w, &out_h);
    if (out_w < 1 || out_h < 1 || out_w > G_MAXINT32 || out_h > G_MAXINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    "An image of %zux%zu pixels is too thin to be resized", width,
                    height);
        return FALSE;
    }
    p.shape.in_width = width;
    p.shape.in_height = height;
    p.shape.out_width = (gsize) out_w;
    p.shape.out_height = (gsize) out_h;
    p.width = self->crop ? self->crop_width : p.shape.out_width;
    p.height = self->crop ? self->crop_height : p.shape.out_height;
    if (p.width > UMK_PREPROCESS_MAX_SIDE || p.height > UMK_PREPROCESS_MAX_SIDE) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
            "An image of %zux%zu pixels would be resized to %zux%zu, more than %d a side",
            width, height, p.width, p.height, UMK_PREPROCESS_MAX_SIDE);
        return FALSE;
    }
    crop_axis(p.shape.out_width, p.width, &p.shape.x, &p.shape.width, &p.pad_x);
    crop_axis(p.shape.out_height, p.height, &p.shape.y, &p.shape.height, &p.pad_y);
    *plan = p;
    return TRUE;
}

/* ---- values ----------------------------------------------------------------------- */

void
_umk_preprocess_normalize(const UmkPreprocess *self,
                          const UmkPreprocessPlan *plan,
                          const guint8 *window,
                          float *out)
{
    gsize width = plan->width, height = plan->height;
    float value[256][3];

    for (guint i = 0; i < 256; i++) {
        for (guint c = 0; c < 3; c++)
            value[i][c] = ((float) (i * self->rescale) - self->mean[c]) / self->std[c];
    }
    if (plan->shape.width < width || plan->shape.height < height) {
        for (gsize i = 0; i < width * height; i++)
            memcpy(out + i * 3, value[0], sizeof value[0]);
    }
    for (gsize y = 0; y < plan->shape.height; y++) {
        const guint8 *in = window + y * plan->shape.width * 3;
        float *row = out + ((y + plan->pad_y) * width + plan->pad_x) * 3;

        for (gsize x = 0; x < plan->shape.width * 3; x += 3) {
            row[x] = value[in[x]][0];
            row[x + 1] = value[in[x + 1]][1];
            row[x + 2] = value[in[x + 2]][2];
        }
    }
}
