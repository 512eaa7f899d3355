/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads preprocessor_config.json, in the old style (plain numbers) and the new one
 * (objects). What a key means and what stands in for a missing one depends on the class
 * of image processor that the file, or else the model's family, names: one table. */
#include "umk-preprocess-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

#include "io/umk-json-private.h"

typedef struct {
    const char *name; /* class name without ImageProcessor or FeatureExtractor */
    gboolean square;  /* a plain number for size means both sides               */
    gsize size;
    UmkResample filter;
    gsize crop; /* 0: this class never crops */
    float mean[3], std[3];
    gboolean crop_on_demand; /* it crops only where do_center_crop says so */
    gboolean by_share;       /* crop_pct: a centre crop is this share of the size */
    gboolean is_keras;       /* knows rescale_offset and include_top */
    gboolean half_even;
} Defaults;

#define USUAL_SHARE (224.0 / 256.0)

/* clang-format off */
#define CLIP_MEAN     {0.48145466f, 0.4578275f, 0.40821073f}
#define CLIP_STD      {0.26862954f, 0.26130258f, 0.27577711f}
#define IMAGENET_MEAN {0.485f, 0.456f, 0.406f}
#define IMAGENET_STD  {0.229f, 0.224f, 0.225f}
#define HALF          {0.5f, 0.5f, 0.5f}

static const Defaults table[] = {
    { "CLIP",    FALSE, 224, UMK_RESAMPLE_BICUBIC,  224, CLIP_MEAN,     CLIP_STD     },
    { "ViT",     TRUE,  224, UMK_RESAMPLE_BILINEAR, 0,   HALF,          HALF         },
    { "DeiT",    TRUE,  256, UMK_RESAMPLE_BICUBIC,  224, IMAGENET_MEAN, IMAGENET_STD },
    { "Bit",     FALSE, 224, UMK_RESAMPLE_BICUBIC,  224, CLIP_MEAN,     CLIP_STD     },
    { "Siglip",  TRUE,  224, UMK_RESAMPLE_BICUBIC,  0,   HALF,          HALF         },
    { "Umekomi", FALSE, 64,  UMK_RESAMPLE_BICUBIC,  64,  HALF,          HALF         },
    { "ConvNext", FALSE, 384, UMK_RESAMPLE_BILINEAR, 0,  HALF,          HALF,
      .by_share = TRUE },
    { "EfficientNet", TRUE, 346, UMK_RESAMPLE_NEAREST, 289, HALF,       HALF,
      .crop_on_demand = TRUE, .is_keras = TRUE },
    { "Dinov2",  FALSE, 256, UMK_RESAMPLE_BICUBIC,  224, IMAGENET_MEAN, IMAGENET_STD },
    { "Torchvision", FALSE, 256, UMK_RESAMPLE_BILINEAR, 224, IMAGENET_MEAN, IMAGENET_STD,
      .half_even = TRUE },
};

static const struct { const char *family; guint row; } families[] = {
    { "clip", 0 }, { "vit", 1 }, { "deit", 2 }, { "dinov2", 8 }, { "siglip", 4 },
    { "umekomi_vit", 5 }, { "resnet", 6 }, { "efficientnet", 7 }, { "torchvision", 9 },
    { "dinov2_with_registers", 8 },
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
    self->crop = defaults->crop != 0 && !defaults->crop_on_demand;
    self->half_even = defaults->half_even;
    self->twice = defaults->is_keras;
    self->crop_width = self->crop_height = defaults->crop;
    self->rescale = 1.0 / 255.0;
    memcpy(self->mean, defaults->mean, sizeof self->mean);
    memcpy(self->std, defaults->std, sizeof self->std);
}

/* ConvNeXt's processor: below 384 pixels a centre crop out of a larger picture, from
 * there on the whole picture, squeezed to the square. */
static void
apply_share(UmkPreprocess *self, double share)
{
    gsize edge = self->edge;

    if (self->rule != UMK_RESIZE_SHORTEST)
        return;
    if (edge < 384) {
        self->edge = (gsize) ((double) edge / share);
        self->crop = TRUE;
        self->crop_width = self->crop_height = edge;
    } else {
        self->rule = UMK_RESIZE_EXACT;
        self->width = self->height = edge;
    }
}

static void
apply_image_size(UmkPreprocess *self, const Defaults *defaults, gsize image_size)
{
    self->edge = self->width = self->height = image_size;
    self->crop_width = self->crop_height = image_size;
    if (self->crop && defaults->size > defaults->crop)
        self->edge = self->width = self->height =
            image_size * defaults->size / defaults->crop;
}

void
_umk_preprocess_init(UmkPreprocess *self, const char *family, gsize image_size)
{
    const Defaults *defaults = defaults_of_family(family);

    apply_defaults(self, defaults);
    if (image_size > 0)
        apply_image_size(self, defaults, image_size);
    if (defaults->by_share)
        apply_share(self, USUAL_SHARE);
}

/* ---- reading ---------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3)
static gboolean
bad_value(GError **error, const char *format, ...)
{
    va_list arguments;

    if (error) {
        va_start(arguments, format);
        *error = g_error_new_valist(UMK_ERROR, UMK_ERROR_INVALID_DATA, format, arguments);
        va_end(arguments);
    }
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
node_to_side(JsonNode *node, const char *name, gsize *side, GError **error)
{
    double value;

    if (!node || !node_to_number(node, &value) || value != floor(value))
        return bad_value(error, _("“%s” is not a whole number of pixels"), name);
    if (value < 1 || value > UMK_PREPROCESS_MAX_SIDE)
        return bad_value(error, _("“%s” is not from 1 to %d pixels"), name,
                         UMK_PREPROCESS_MAX_SIDE);
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
        return bad_value(error, _("“%s” is not a list of three numbers"), name);
    array = json_node_get_array(node);
    for (guint i = 0; i < 3; i++) {
        if (!node_to_number(json_array_get_element(array, i), &value))
            return bad_value(error, _("“%s” is not a list of three numbers"), name);
        if (value < low || value > high)
            return bad_value(error, _("“%s” has a number out of range: %g"), name, value);
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
        return bad_value(error, _("“size” is neither a number nor an object"));
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
               bad_value(error,
                         _("“size” has a longest edge not above its shortest edge"));
    }
    if (member(size, "max_height")) {
        self->rule = UMK_RESIZE_INSIDE;
        return node_to_side(member(size, "max_height"), "size", &self->height, error) &&
               node_to_side(member(size, "max_width"), "size", &self->width, error);
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
        return bad_value(error, _("“resample” is not a filter number from 0 to 5"));
    self->filter = (UmkResample) value;
    return TRUE;
}

static gboolean
read_rescale(UmkPreprocess *self, JsonObject *object, GError **error)
{
    JsonNode *node = member(object, "rescale_factor");
    gboolean wanted;

    if (!_umk_json_get_boolean(object, "do_rescale", TRUE, &wanted, error))
        return FALSE;
    if (!wanted) {
        self->rescale = 1.0;
        return TRUE;
    }
    if (node && (!node_to_number(node, &self->rescale) || fabs(self->rescale) > 1e6))
        return bad_value(error, _("“rescale_factor” is not a usable number"));
    return TRUE;
}

static gboolean
read_share(UmkPreprocess *self, JsonObject *object, GError **error)
{
    JsonNode *node = member(object, "crop_pct");
    double share = USUAL_SHARE;

    if (node && (!node_to_number(node, &share) || share < 0.01 || share > 1))
        return bad_value(error, _("“%s” is not a number from 0.01 to 1"), "crop_pct");
    if (self->rule == UMK_RESIZE_SHORTEST &&
        (double) self->edge / share > UMK_PREPROCESS_MAX_SIDE)
        return bad_value(error, _("“%s” is not from 1 to %d pixels"), "size",
                         UMK_PREPROCESS_MAX_SIDE);
    apply_share(self, share);
    return TRUE;
}

static gboolean
read_keras(UmkPreprocess *self, JsonObject *object, GError **error)
{
    gboolean offset, twice;

    if (!_umk_json_get_boolean(object, "rescale_offset", FALSE, &offset, error) ||
        !_umk_json_get_boolean(object, "include_top", TRUE, &twice, error))
        return FALSE;
    self->offset = offset && self->rescale != 1.0 ? -1.0f : 0.0f;
    self->twice = twice;
    return TRUE;
}

static gboolean
read_normalize(UmkPreprocess *self, JsonObject *object, GError **error)
{
    gboolean wanted;

    if (!_umk_json_get_boolean(object, "do_normalize", TRUE, &wanted, error) ||
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
    gboolean resize, may_crop;

    if (!defaults)
        defaults = defaults_of_family(family);
    apply_defaults(self, defaults);
    if (!choose_defaults(object) && image_size > 0)
        apply_image_size(self, defaults, image_size);
    /* A class without a crop step ignores the key; our own family may have either. */
    may_crop =
        self->crop || defaults->crop_on_demand || strcmp(family, "umekomi_vit") == 0;
    if (!_umk_json_get_boolean(object, "do_resize", TRUE, &resize, error) ||
        !read_size(self, object, defaults->square, error) ||
        !_umk_json_get_boolean(object, "do_center_crop", self->crop, &self->crop,
                               error) ||
        !read_crop(self, object, error) || !read_filter(self, object, error) ||
        !read_rescale(self, object, error) || !read_normalize(self, object, error) ||
        !read_background(self, object, error) ||
        (defaults->is_keras && !read_keras(self, object, error)))
        return FALSE;
    self->crop = self->crop && may_crop;
    if (!resize)
        self->rule = UMK_RESIZE_NONE;
    return !defaults->by_share || read_share(self, object, error);
}

/* ---- timm ------------------------------------------------------------------------- */

static gboolean
filter_from_name(const char *name, UmkResample *filter, GError **error)
{
    static const char *const names[UMK_RESAMPLE_N_FILTERS] = {
        "nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"};

    for (guint i = 0; i < UMK_RESAMPLE_N_FILTERS; i++) {
        if (strcmp(names[i], name) == 0) {
            *filter = (UmkResample) i;
            return TRUE;
        }
    }
    return bad_value(error, _("The resampling filter “%s” is not known"), name);
}

/* input_size (3, side, side) */
static gboolean
read_input_size(JsonObject *config, gsize *side, GError **error)
{
    JsonNode *node = member(config, "input_size");
    JsonArray *array;
    gsize height, width;

    *side = 224;
    if (!node)
        return TRUE;
    if (!JSON_NODE_HOLDS_ARRAY(node) ||
        json_array_get_length(json_node_get_array(node)) != 3)
        return bad_value(error, _("“%s” is not a list of three numbers"), "input_size");
    array = json_node_get_array(node);
    if (!node_to_side(json_array_get_element(array, 1), "input_size", &height, error) ||
        !node_to_side(json_array_get_element(array, 2), "input_size", &width, error))
        return FALSE;
    *side = height;
    return height == width ||
           bad_value(error, _("An “input_size” that is not a square is not supported"));
}

gboolean
_umk_preprocess_read_timm(UmkPreprocess *self, JsonObject *config, GError **error)
{
    const char *filter, *mode;
    double share;
    gsize side;

    apply_defaults(self, defaults_of_family("torchvision"));
    if (!read_input_size(config, &side, error) ||
        !_umk_json_get_number(config, "crop_pct", 0.875, &share, error) ||
        !_umk_json_get_string(config, "interpolation", "bilinear", &filter, error) ||
        !_umk_json_get_string(config, "crop_mode", "center", &mode, error) ||
        !filter_from_name(filter, &self->filter, error) ||
        !read_three(config, "mean", -1e6, 1e6, self->mean, error) ||
        !read_three(config, "std", 1e-6, 1e6, self->std, error))
        return FALSE;
    if (share < 0.01 || share > 1 || (double) side / share > UMK_PREPROCESS_MAX_SIDE)
        return bad_value(error, _("“%s” is not a number from 0.01 to 1"), "crop_pct");
    if (strcmp(mode, "center") != 0 && strcmp(mode, "squash") != 0)
        return bad_value(error, _("The crop mode “%s” is not supported"), mode);
    self->rule = mode[0] == 's' ? UMK_RESIZE_EXACT : UMK_RESIZE_SHORTEST;
    self->edge = self->width = self->height = (gsize) floor((double) side / share);
    self->crop_width = self->crop_height = side;
    return TRUE;
}

/* ---- file ------------------------------------------------------------------------- */

gboolean
_umk_preprocess_parse(UmkPreprocess *self,
                      const char *family,
                      gsize image_size,
                      const guint8 *data,
                      gsize length,
                      GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    UmkPreprocess read;
    JsonObject *root;

    parser = _umk_json_parse((const char *) data, length, &root, error);
    if (!parser || !read_object(&read, family, image_size, root, error))
        return FALSE;
    *self = read;
    return TRUE;
}
