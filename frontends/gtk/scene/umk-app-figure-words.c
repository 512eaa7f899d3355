/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Title, subtitle, caption and recipe of a picture, from the parts of the scene. */
#include "umk-app-figure-words.h"

#include "umk-chart.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

char *
umk_app_figure_make_title(const UmkAppFigureParts *parts)
{
    return umk_app_source_dup_name(parts->source);
}

char *
umk_app_figure_make_subtitle(const UmkAppFigureParts *parts, gsize n, gsize n_faint)
{
    UmkSpace *space =
        umk_collection_get_space(umk_app_source_get_collection(parts->source));
    g_autofree char *shown = umk_chart_count(n - n_faint);
    g_autofree char *all = umk_chart_count(umk_app_source_get_n_items(parts->source));
    g_autofree char *dims = umk_chart_count(umk_space_get_n_dims(space));

    if (n - n_faint == umk_app_source_get_n_items(parts->source))
        /* Translators: name of a projection, number of items, number of dimensions */
        return g_strdup_printf(_("%s of %s items in %s dimensions"), parts->layout->title,
                               all, dims);
    /* Translators: name of a projection, items that stand out, all, dimensions */
    return g_strdup_printf(_("%s, %s of %s items, in %s dimensions"),
                           parts->layout->title, shown, all, dims);
}

char *
umk_app_figure_make_caption(const UmkAppFigureParts *parts)
{
    g_autofree char *kept =
        parts->layout->explained >= 0
            ? g_strdup_printf(_("The two axes keep %.1f %% of the variance. "),
                              parts->layout->explained * 100)
            : g_strdup("");

    return g_strdup_printf(_("%sUmekomi %s · the recipe is in this file."), kept,
                           umk_get_version());
}

char *
umk_app_figure_make_axis(const char *low, const char *high)
{
    g_autofree char *from = NULL, *to = NULL;

    if (low == NULL || high == NULL)
        return NULL;
    from = umk_chart_escape(low);
    to = umk_chart_escape(high);
    return g_strdup_printf("← %s      %s →", from, to);
}

/* ---- recipe --------------------------------------------------------------------------
 */

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static void
add_number(JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, number);
}

/* A recipe that does not parse is kept as the text it is. */
static void
add_json(JsonBuilder *builder, const char *name, const char *json)
{
    g_autoptr(JsonNode) node = json != NULL ? json_from_string(json, NULL) : NULL;

    json_builder_set_member_name(builder, name);
    if (node != NULL)
        json_builder_add_value(builder, g_steal_pointer(&node));
    else
        json_builder_add_string_value(builder, json != NULL ? json : "");
}

static void
add_filters(JsonBuilder *builder, UmkAppFilter *filter)
{
    json_builder_set_member_name(builder, "filters");
    json_builder_begin_array(builder);
    for (guint i = 0; i < umk_app_filter_get_n_conditions(filter); i++) {
        const char *name = umk_app_filter_get_name(filter, i);

        json_builder_begin_object(builder);
        add_text(builder, "name", name);
        add_json(builder, "detail", umk_app_filter_get_detail(filter, name));
        add_number(builder, "n_kept",
                   (gint64) umk_app_rows_get_n_chosen(
                       umk_app_filter_get_condition(filter, name)));
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_fade(JsonBuilder *builder, const UmkAppFade *fade)
{
    json_builder_set_member_name(builder, "opacity");
    json_builder_begin_object(builder);
    for (guint i = 0; i < fade->layers->len; i++) {
        const UmkAppFadeLayer *layer = &g_array_index(fade->layers, UmkAppFadeLayer, i);

        json_builder_set_member_name(builder, layer->key);
        json_builder_add_double_value(builder, layer->opacity);
    }
    json_builder_end_object(builder);
}

char *
umk_app_figure_make_recipe(const UmkAppFigureParts *parts,
                           gsize n,
                           gsize n_faint,
                           const double *window)
{
    UmkCollection *collection = umk_app_source_get_collection(parts->source);
    UmkSpace *space = umk_collection_get_space(collection);
    g_autofree char *name = umk_app_source_dup_name(parts->source);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    add_text(builder, "program", "umekomi-explorer");
    add_text(builder, "version", umk_get_version());
    add_text(builder, "source", name);
    add_text(builder, "uuid", umk_collection_get_uuid(collection));
    add_number(builder, "sequence", (gint64) umk_collection_get_sequence(collection));
    add_text(builder, "space", umk_space_get_name(space));
    add_number(builder, "n_dims", (gint64) umk_space_get_n_dims(space));
    add_number(builder, "n_items", (gint64) umk_app_source_get_n_items(parts->source));
    add_number(builder, "n_drawn", (gint64) n);
    add_number(builder, "n_context", (gint64) n_faint);
    add_number(builder, "n_selected",
               parts->selection ? (gint64) umk_app_rows_get_n_chosen(parts->selection)
                                : 0);
    add_text(builder, "method", parts->layout->method);
    add_json(builder, "projection", parts->layout->recipe);
    add_text(builder, "colour_by", parts->classes->key);
    add_filters(builder, parts->filter);
    if (parts->fade != NULL)
        add_fade(builder, parts->fade);
    if (window != NULL) {
        json_builder_set_member_name(builder, "window");
        json_builder_begin_array(builder);
        for (guint i = 0; i < 4; i++)
            json_builder_add_double_value(builder, window[i]);
        json_builder_end_array(builder);
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
