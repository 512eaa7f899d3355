/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON, because a person who wonders what is kept can read it. A value of the wrong kind
 * is as one that is not there: whatever a file holds, the window opens. */
#include "umk-app-session.h"

#include "umk-app-looks.h"
#include "umk-app-session-blobs.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION    1
#define MOST_ITEMS ((gint64) 1 << 32)

/* ---- taking --------------------------------------------------------------------------
 */

UmkAppSession *
umk_app_session_new(UmkAppScene *scene)
{
    UmkAppSource *source = umk_app_scene_get_source(scene);
    UmkAppLayout *layout = umk_app_scene_get_layout(scene);
    UmkAppRows *selection = umk_app_scene_get_selection(scene);
    UmkAppClasses *classes = umk_app_scene_get_classes(scene);
    UmkAppSession *self;

    if (source == NULL)
        return NULL;
    self = g_new0(UmkAppSession, 1);
    self->path = g_strdup(umk_app_source_get_path(source));
    self->uuid = g_strdup(umk_collection_get_uuid(umk_app_source_get_collection(source)));
    self->n_items = umk_app_source_get_n_items(source);
    self->time = g_get_real_time() / G_USEC_PER_SEC;
    self->metric = -1;
    self->look = *umk_app_scene_get_look(scene);
    if (layout != umk_app_source_get_layout(source))
        self->layout = umk_app_layout_ref(layout);
    self->colour_key = g_strdup(classes->key);
    self->classes = umk_app_classes_ref(classes);
    self->filter = umk_app_filter_ref(umk_app_scene_get_filter(scene));
    self->selection = selection != NULL ? umk_app_rows_ref(selection) : NULL;
    if (umk_app_scene_get_fade(scene) != NULL)
        self->fade = umk_app_fade_ref(umk_app_scene_get_fade(scene));
    return self;
}

void
umk_app_session_free(UmkAppSession *self)
{
    if (self == NULL)
        return;
    g_free(self->path);
    g_free(self->uuid);
    g_free(self->search);
    g_free(self->item);
    g_free(self->colour_key);
    umk_app_layout_unref(self->layout);
    umk_app_classes_unref(self->classes);
    g_clear_pointer(&self->filter, umk_app_filter_unref);
    g_clear_pointer(&self->selection, umk_app_rows_unref);
    umk_app_fade_unref(self->fade);
    g_free(self);
}

/* ---- writing -------------------------------------------------------------------------
 */

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static void
add_number(JsonBuilder *builder, const char *name, double number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_double_value(builder, number);
}

static void
add_integer(JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, number);
}

static void
add_truth(JsonBuilder *builder, const char *name, gboolean truth)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, truth);
}

static void
add_layout(JsonBuilder *builder, const UmkAppLayout *layout, const char *places)
{
    json_builder_set_member_name(builder, "layout");
    json_builder_begin_object(builder);
    add_text(builder, "places", places);
    add_text(builder, "method", layout->method);
    add_text(builder, "title", layout->title);
    add_text(builder, "recipe", layout->recipe);
    add_text(builder, "means", layout->means);
    add_text(builder, "left", layout->left);
    add_text(builder, "right", layout->right);
    add_text(builder, "bottom", layout->bottom);
    add_text(builder, "top", layout->top);
    add_number(builder, "explained", layout->explained);
    add_number(builder, "zero", layout->zero);
    add_integer(builder, "n_placed", (gint64) layout->n_placed);
    add_integer(builder, "n_missing", (gint64) layout->n_missing);
    json_builder_end_object(builder);
}

static gboolean
is_plain_key(const char *key)
{
    return g_strcmp0(key, "modality") == 0 || g_strcmp0(key, "label") == 0;
}

static void
add_classes(JsonBuilder *builder, const UmkAppClasses *classes, gsize n_items)
{
    g_autofree char *rows = NULL;

    json_builder_set_member_name(builder, "colour");
    json_builder_begin_object(builder);
    add_text(builder, "key", classes->key);
    if (!is_plain_key(classes->key)) {
        rows = umk_app_blob_encode(classes->colour_of_row, n_items);
        add_text(builder, "title", classes->title);
        add_text(builder, "rows", rows);
        json_builder_set_member_name(builder, "classes");
        json_builder_begin_array(builder);
        for (guint i = 0; i < classes->classes->len; i++) {
            const UmkAppClass *class = &g_array_index(classes->classes, UmkAppClass, i);

            json_builder_begin_object(builder);
            add_text(builder, "name", class->name);
            add_integer(builder, "n_items", (gint64) class->n_items);
            add_integer(builder, "colour", class->colour);
            add_integer(builder, "shape", class->shape);
            json_builder_end_object(builder);
        }
        json_builder_end_array(builder);
    }
    json_builder_end_object(builder);
}

static void
add_filters(JsonBuilder *builder, UmkAppFilter *filter)
{
    json_builder_set_member_name(builder, "filters");
    json_builder_begin_array(builder);
    for (guint i = 0; i < umk_app_filter_get_n_conditions(filter); i++) {
        const char *name = umk_app_filter_get_name(filter, i);
        g_autofree char *rows =
            umk_app_blob_from_rows(umk_app_filter_get_condition(filter, name));

        json_builder_begin_object(builder);
        add_text(builder, "name", name);
        add_text(builder, "detail", umk_app_filter_get_detail(filter, name));
        add_text(builder, "rows", rows);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_fade(JsonBuilder *builder, const UmkAppFade *fade)
{
    g_autofree char *rows = umk_app_blob_encode(fade->levels, fade->n_rows);

    json_builder_set_member_name(builder, "fade");
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "layers");
    json_builder_begin_array(builder);
    for (guint i = 0; i < fade->layers->len; i++) {
        const UmkAppFadeLayer *layer = &g_array_index(fade->layers, UmkAppFadeLayer, i);

        json_builder_begin_object(builder);
        add_text(builder, "layer", layer->key);
        add_number(builder, "opacity", layer->opacity);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    add_text(builder, "rows", rows);
    json_builder_end_object(builder);
}

static void
add_look(JsonBuilder *builder, const UmkAppLook *look)
{
    json_builder_set_member_name(builder, "look");
    json_builder_begin_object(builder);
    add_truth(builder, "points", look->points);
    add_truth(builder, "density", look->density);
    add_truth(builder, "contours", look->contours);
    add_truth(builder, "labels", look->labels);
    add_truth(builder, "thumbnails", look->thumbnails);
    add_truth(builder, "minimap", look->minimap);
    add_truth(builder, "edges", look->edges);
    add_truth(builder, "truth", look->truth);
    add_truth(builder, "context", look->context);
    add_number(builder, "opacity", look->opacity);
    add_number(builder, "yaw", look->yaw);
    add_number(builder, "pitch", look->pitch);
    json_builder_end_object(builder);
}

static char *
to_json(const UmkAppSession *self, const char *places)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *selection =
        self->selection != NULL ? umk_app_blob_from_rows(self->selection) : NULL;

    json_builder_begin_object(builder);
    add_integer(builder, "version", VERSION);
    add_text(builder, "path", self->path);
    add_text(builder, "uuid", self->uuid);
    add_integer(builder, "n_items", (gint64) self->n_items);
    add_integer(builder, "time", self->time);
    add_text(builder, "search", self->search);
    add_text(builder, "item", self->item);
    if (self->metric >= 0)
        add_text(builder, "metric", umk_metric_get_name((UmkMetric) self->metric));
    add_truth(builder, "left", self->left);
    add_truth(builder, "right", self->right);
    json_builder_set_member_name(builder, "view");
    json_builder_begin_array(builder);
    for (guint i = 0; i < 3; i++)
        json_builder_add_double_value(builder, self->view[i]);
    json_builder_end_array(builder);
    if (places != NULL)
        add_layout(builder, self->layout, places);
    if (self->classes != NULL)
        add_classes(builder, self->classes, self->n_items);
    if (self->filter != NULL)
        add_filters(builder, self->filter);
    if (self->fade != NULL)
        add_fade(builder, self->fade);
    add_text(builder, "selection", selection);
    add_look(builder, &self->look);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static char *
prefix_of(const char *file)
{
    g_autofree char *base = g_path_get_basename(file);

    return g_strndup(base, strlen(base) - strlen(".json"));
}

/* Places of that session that no file speaks of any more. keep: NULL removes all. */
static void
remove_places(const char *file, const char *keep)
{
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *prefix = prefix_of(file);
    g_autofree char *start = g_strconcat(prefix, "-", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_str_has_prefix(name, start) && g_str_has_suffix(name, ".places") &&
            strlen(name) == strlen(start) + 16 + strlen(".places") &&
            g_strcmp0(name, keep) != 0)
            g_unlink(path);
    }
}

gboolean
umk_app_session_save(const UmkAppSession *self, const char *file, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *prefix = prefix_of(file);
    g_autofree char *places = NULL;
    g_autofree char *json = NULL;

    g_mkdir_with_parents(folder, 0700);
    if (self->layout != NULL) {
        places = umk_app_blob_save_places(self->layout, folder, prefix, error);
        if (places == NULL)
            return FALSE;
    }
    json = to_json(self, places);
    if (!g_file_set_contents_full(file, json, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                  error))
        return FALSE;
    remove_places(file, places);
    return TRUE;
}

void
umk_app_session_remove(const char *file)
{
    g_unlink(file);
    remove_places(file, NULL);
}

/* ---- reading -------------------------------------------------------------------------
 */

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static JsonNode *
get_value(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) != G_TYPE_STRING
               ? node
               : NULL;
}

static double
get_number(JsonObject *object, const char *name, double otherwise)
{
    JsonNode *node = get_value(object, name);

    return node != NULL ? json_node_get_double(node) : otherwise;
}

static gint64
get_integer(JsonObject *object, const char *name)
{
    JsonNode *node = get_value(object, name);

    return node != NULL ? json_node_get_int(node) : 0;
}

static gboolean
get_truth(JsonObject *object, const char *name, gboolean otherwise)
{
    JsonNode *node = get_value(object, name);

    return node != NULL ? json_node_get_boolean(node) : otherwise;
}

static JsonObject *
get_object(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *
get_element(JsonArray *array, guint i)
{
    JsonNode *node = json_array_get_element(array, i);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static UmkAppLayout *
read_layout(JsonObject *object, const char *file, gsize n_items)
{
    g_autofree char *folder = g_path_get_dirname(file);
    const char *name = get_text(object, "places"), *method = get_text(object, "method"),
               *title = get_text(object, "title");
    g_autofree char *path = NULL;
    g_autoptr(UmkMatrix) coords = NULL;
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(GError) error = NULL;
    UmkAppLayout *layout;

    if (name == NULL || method == NULL || title == NULL || strchr(name, '/') != NULL)
        return NULL;
    path = g_build_filename(folder, name, NULL);
    if (!umk_app_blob_load_places(path, n_items, &coords, &rows, &error)) {
        g_message("%s", error->message);
        return NULL;
    }
    layout = umk_app_layout_new(method, title, coords, rows, n_items);
    layout->recipe = g_strdup(get_text(object, "recipe"));
    layout->means = g_strdup(get_text(object, "means"));
    layout->left = g_strdup(get_text(object, "left"));
    layout->right = g_strdup(get_text(object, "right"));
    layout->bottom = g_strdup(get_text(object, "bottom"));
    layout->top = g_strdup(get_text(object, "top"));
    layout->explained = get_number(object, "explained", -1);
    layout->zero = get_number(object, "zero", 0);
    layout->n_placed = (gsize) CLAMP(get_integer(object, "n_placed"), 0, MOST_ITEMS);
    layout->n_missing = (gsize) CLAMP(get_integer(object, "n_missing"), 0, MOST_ITEMS);
    return layout;
}

static UmkAppClasses *
read_classes(JsonObject *object, gsize n_items)
{
    const char *key = get_text(object, "key");
    JsonArray *list = get_array(object, "classes");
    g_autofree guint8 *rows = umk_app_blob_decode(get_text(object, "rows"), n_items);
    UmkAppClasses *classes;

    if (key == NULL || list == NULL || rows == NULL)
        return NULL;
    classes = umk_app_classes_new(key, n_items);
    classes->title = g_strdup(get_text(object, "title"));
    memcpy(classes->colour_of_row, rows, n_items);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonObject *class = get_element(list, i);
        const char *name = class ? get_text(class, "name") : NULL;

        if (name != NULL)
            umk_app_classes_add(classes, g_strdup(name),
                                (gsize) MAX(get_integer(class, "n_items"), 0),
                                (guint) CLAMP(get_integer(class, "colour"), 0, 255),
                                (guint) CLAMP(get_integer(class, "shape"), 0, 3));
    }
    return classes;
}

static UmkAppFilter *
read_filters(JsonArray *list, gsize n_items)
{
    UmkAppFilter *filter = umk_app_filter_new(n_items);

    for (guint i = 0; list != NULL && i < json_array_get_length(list); i++) {
        JsonObject *one = get_element(list, i);
        const char *name = one ? get_text(one, "name") : NULL;
        g_autoptr(UmkAppRows) rows =
            one ? umk_app_blob_to_rows(get_text(one, "rows"), n_items) : NULL;
        UmkAppFilter *with;

        if (name == NULL || rows == NULL)
            continue;
        with = umk_app_filter_with(filter, name, get_text(one, "detail"), rows);
        umk_app_filter_unref(filter);
        filter = with;
    }
    return filter;
}

static UmkAppFade *
read_fade(JsonObject *object, gsize n_items)
{
    JsonArray *list = get_array(object, "layers");
    guint8 *levels = umk_app_blob_decode(get_text(object, "rows"), n_items);
    UmkAppFade *fade;

    if (list == NULL || levels == NULL) {
        g_free(levels);
        return NULL;
    }
    for (gsize i = 0; i < n_items; i++)
        levels[i] = MIN(levels[i], UMK_APP_N_FAINT - 1);
    fade = umk_app_fade_new(n_items, levels);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonObject *one = get_element(list, i);
        const char *key = one ? get_text(one, "layer") : NULL;

        if (key != NULL)
            umk_app_fade_add(fade, key, CLAMP(get_number(one, "opacity", 1), 0.05, 1));
    }
    return fade;
}

static void
read_look(UmkAppLook *look, JsonObject *object)
{
    static const UmkAppLook usual = {.points = TRUE,
                                     .labels = TRUE,
                                     .thumbnails = TRUE,
                                     .edges = TRUE,
                                     .context = TRUE,
                                     .opacity = 1};

    *look = usual;
    if (object == NULL)
        return;
    look->points = get_truth(object, "points", TRUE);
    look->density = get_truth(object, "density", FALSE);
    look->contours = get_truth(object, "contours", FALSE);
    look->labels = get_truth(object, "labels", TRUE);
    look->thumbnails = get_truth(object, "thumbnails", TRUE);
    look->minimap = get_truth(object, "minimap", FALSE);
    look->edges = get_truth(object, "edges", TRUE);
    look->truth = get_truth(object, "truth", FALSE);
    look->context = get_truth(object, "context", TRUE);
    look->opacity = CLAMP(get_number(object, "opacity", 1), 0, 1);
    look->yaw = get_number(object, "yaw", 0);
    look->pitch = get_number(object, "pitch", 0);
}

static void
read_view(double view[3], JsonArray *list)
{
    for (guint i = 0; list != NULL && json_array_get_length(list) == 3 && i < 3; i++) {
        JsonNode *node = json_array_get_element(list, i);

        view[i] = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : 0;
    }
}

static int
read_metric(JsonObject *object)
{
    const char *name = get_text(object, "metric");
    UmkMetric metric;

    return name != NULL && umk_metric_from_name(name, &metric) ? (int) metric : -1;
}

static UmkAppSession *
from_json(JsonObject *object, const char *file, GError **error)
{
    JsonObject *layout = get_object(object, "layout"),
               *colour = get_object(object, "colour"), *fade = get_object(object, "fade");
    gint64 n_items = get_integer(object, "n_items");
    const char *path = get_text(object, "path"), *uuid = get_text(object, "uuid");
    UmkAppSession *self;

    if (get_integer(object, "version") != VERSION || path == NULL || uuid == NULL ||
        n_items < 0 || n_items > MOST_ITEMS) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("What was open last cannot be read"));
        return NULL;
    }
    self = g_new0(UmkAppSession, 1);
    self->path = g_strdup(path);
    self->uuid = g_strdup(uuid);
    self->n_items = (guint64) n_items;
    self->time = get_integer(object, "time");
    self->search = g_strdup(get_text(object, "search"));
    self->item = g_strdup(get_text(object, "item"));
    self->metric = read_metric(object);
    self->left = get_truth(object, "left", TRUE);
    self->right = get_truth(object, "right", TRUE);
    read_view(self->view, get_array(object, "view"));
    read_look(&self->look, get_object(object, "look"));
    if (layout != NULL)
        self->layout = read_layout(layout, file, (gsize) n_items);
    if (colour != NULL) {
        self->colour_key = g_strdup(get_text(colour, "key"));
        if (!is_plain_key(self->colour_key))
            self->classes = read_classes(colour, (gsize) n_items);
    }
    self->filter = read_filters(get_array(object, "filters"), (gsize) n_items);
    self->selection =
        umk_app_blob_to_rows(get_text(object, "selection"), (gsize) n_items);
    if (fade != NULL)
        self->fade = read_fade(fade, (gsize) n_items);
    return self;
}

UmkAppSession *
umk_app_session_load(const char *file, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root;

    if (!json_parser_load_from_mapped_file(parser, file, error))
        return NULL;
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("What was open last cannot be read"));
        return NULL;
    }
    return from_json(json_node_get_object(root), file, error);
}

/* ---- coming back ---------------------------------------------------------------------
 */

gboolean
umk_app_session_fits(const UmkAppSession *self, UmkAppSource *source)
{
    return g_strcmp0(self->uuid, umk_collection_get_uuid(
                                     umk_app_source_get_collection(source))) == 0 &&
           self->n_items == umk_app_source_get_n_items(source);
}

void
umk_app_session_apply(const UmkAppSession *self, UmkAppScene *scene, const char *deed)
{
    UmkAppSource *source = umk_app_scene_get_source(scene);
    g_autoptr(UmkAppClasses) plain = NULL;

    if (deed != NULL)
        umk_app_scene_end_step(scene);
    umk_app_scene_set_look(scene, &self->look, deed);
    if (source == NULL || !umk_app_session_fits(self, source))
        return;
    umk_app_scene_set_layout(
        scene, self->layout != NULL ? self->layout : umk_app_source_get_layout(source),
        deed);
    if (self->classes == NULL && g_strcmp0(self->colour_key, "label") == 0)
        plain = umk_app_classes_new_by_label(source);
    else if (self->classes == NULL && g_strcmp0(self->colour_key, "modality") == 0)
        plain = umk_app_classes_new_by_modality(source);
    umk_app_scene_set_classes(scene, self->classes ? self->classes : plain, deed);
    umk_app_scene_set_filter(scene, self->filter, deed);
    umk_app_scene_set_selection(scene, self->selection, deed);
    umk_app_scene_set_fade(scene, self->fade, deed);
}

/* ---- where ---------------------------------------------------------------------------
 */

static char *
state_path(const char *name)
{
    return g_build_filename(g_get_user_state_dir(), "umekomi", name, NULL);
}

char *
umk_app_session_dup_last_file(void)
{
    return state_path("last.json");
}

/* The process is in the name, so that a later one can see whether it still runs. */
char *
umk_app_session_make_own_file(void)
{
    g_autofree char *name =
        g_strdup_printf("window.%d.%08x.json", (int) getpid(), g_random_int());

    return state_path(name);
}

/* A file of a window whose process is gone. */
static gboolean
is_orphan(const char *name)
{
    char *end;
    long pid;

    if (!g_str_has_prefix(name, "window.") || !g_str_has_suffix(name, ".json"))
        return FALSE;
    pid = strtol(name + strlen("window."), &end, 10);
    return pid > 1 && *end == '.' && kill((pid_t) pid, 0) != 0 && errno == ESRCH;
}

char *
umk_app_session_find(gboolean *crashed)
{
    g_autofree char *folder = state_path("");
    g_autofree char *found = NULL;
    g_autofree char *last = umk_app_session_dup_last_file();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    gint64 newest = G_MININT64;
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf info;

        if (!is_orphan(name) || g_stat(path, &info) != 0 || info.st_mtime < newest)
            continue;
        newest = info.st_mtime;
        g_free(found);
        found = g_steal_pointer(&path);
    }
    *crashed = found != NULL;
    if (found == NULL && g_file_test(last, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&last);
    return g_steal_pointer(&found);
}
