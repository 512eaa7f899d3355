/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts of single items: where each stands on the axis of the test, and how the result
 * would change without it. */
#include "umk-report-parts.h"

#include <math.h>

#define LABELS    200.0
#define LETTERS   11.0
#define SMALL     9.5
#define STRIP     72.0 /* height of the strip of one role */
#define MAX_LANES 9
#define N_BARS    12

typedef struct {
    char *name;
    const char *role;
    double value, without;
} Item;

static void
clear_item(gpointer data)
{
    g_free(((Item *) data)->name);
}

static GArray *
read_items(const UmkReportTest *test)
{
    JsonArray *all = _umk_report_json_array(test->result, "items");
    GArray *items = g_array_new(FALSE, FALSE, sizeof(Item));

    g_array_set_clear_func(items, clear_item);
    for (guint i = 0; i < _umk_report_json_n(all); i++) {
        JsonObject *object = _umk_report_json_object_at(all, i);
        Item item = {.role = _umk_report_json_code(object, "role"),
                     .value = (double) NAN,
                     .without = (double) NAN};

        if (item.role == NULL)
            continue;
        item.name = _umk_report_json_dup_text(object, "name");
        if (item.name == NULL)
            item.name = g_strdup("“”");
        _umk_report_json_number(object, "value", &item.value);
        _umk_report_json_number(object, "without", &item.without);
        g_array_append_val(items, item);
    }
    return items;
}

static int
compare_values(gconstpointer a, gconstpointer b)
{
    const Item *one = *(const Item *const *) a, *other = *(const Item *const *) b;

    if (one->value != other->value)
        return one->value < other->value ? -1 : 1;
    return g_strcmp0(one->name, other->name);
}

/* The items of a role that have a place on the axis, from left to right. */
static GPtrArray *
select_role(GArray *items, const char *role)
{
    GPtrArray *selected = g_ptr_array_new();

    for (guint i = 0; i < items->len; i++) {
        Item *item = &g_array_index(items, Item, i);

        if (g_str_equal(item->role, role) && !isnan(item->value))
            g_ptr_array_add(selected, item);
    }
    g_ptr_array_sort(selected, compare_values);
    return selected;
}

static GPtrArray *
list_roles(GArray *items)
{
    GPtrArray *roles = g_ptr_array_new();

    for (guint i = 0; i < items->len; i++) {
        const Item *item = &g_array_index(items, Item, i);

        if (!isnan(item->value) &&
            !g_ptr_array_find_with_equal_func(roles, item->role, g_str_equal, NULL))
            g_ptr_array_add(roles, (gpointer) item->role);
    }
    return roles;
}

/* ---- strips --------------------------------------------------------------------------
 */

/* Dots that would overlap move up or down by lanes. */
static void
draw_dots(UmkReportPicture *picture,
          const UmkReportScale *scale,
          GPtrArray *items,
          UmkReportPaint paint,
          double y)
{
    double last[MAX_LANES], radius = items->len > 60 ? 2.2 : 3.4;

    for (guint l = 0; l < MAX_LANES; l++)
        last[l] = -(double) INFINITY;
    for (guint i = 0; i < items->len; i++) {
        const Item *item = items->pdata[i];
        double x = _umk_report_scale_at(scale, item->value);
        g_autofree char *number = _umk_report_number(item->value);
        g_autofree char *title = g_strdup_printf("%s: %s", item->name, number);
        guint lane = 0;

        while (lane < MAX_LANES - 1 && x - last[lane] < 2 * radius)
            lane++;
        if (x - last[lane] < 2 * radius) /* all full: as if there were room */
            lane = i % MAX_LANES;
        last[lane] = x;
        _umk_report_picture_mark(picture, UMK_REPORT_DOT, paint, x,
                                 y + (lane % 2 == 0 ? 1.0 : -1.0) * ((lane + 1) / 2) * 2 *
                                         radius,
                                 radius, title);
    }
}

/* Whether a name still fits between those that hang on the left and the right ends. */
static gboolean
place_name(UmkReportPicture *picture,
           const UmkReportScale *scale,
           const Item *item,
           gboolean from_left,
           double y,
           double room[2])
{
    g_autofree char *name = _umk_report_shorten(item->name, SMALL, 110);
    double width = _umk_report_text_width(name, SMALL);
    double x = _umk_report_scale_at(scale, item->value) - width / 2;

    x = CLAMP(x, scale->left - 8, UMK_REPORT_PICTURE_WIDTH - width);
    if (x < room[0] || x + width > room[1])
        return FALSE;
    _umk_report_picture_label(picture, UMK_REPORT_INK, UMK_REPORT_MIDDLE, SMALL,
                              x + width / 2, y, name);
    g_array_index(picture->shapes, UmkReportShape, picture->shapes->len - 1).kind =
        UMK_REPORT_NAME;
    if (from_left)
        room[0] = x + width + 6;
    else
        room[1] = x - 6;
    return TRUE;
}

/* The outermost first, above the dots, then below, as long as there is room. */
static void
draw_names(UmkReportPicture *picture,
           const UmkReportScale *scale,
           GPtrArray *items,
           double above,
           double below)
{
    double room[2][2] = {{scale->left - 8, UMK_REPORT_PICTURE_WIDTH},
                         {scale->left - 8, UMK_REPORT_PICTURE_WIDTH}};

    for (guint k = 0; k < items->len; k++) {
        gboolean from_left = k % 2 == 0;
        const Item *item = items->pdata[from_left ? k / 2 : items->len - 1 - k / 2];

        if (!place_name(picture, scale, item, from_left, above, room[0]))
            place_name(picture, scale, item, from_left, below, room[1]);
    }
}

static void
draw_strip(UmkReportMaker *maker,
           const UmkReportTest *test,
           UmkReportPicture *picture,
           const UmkReportScale *scale,
           GPtrArray *items,
           const char *role,
           guint i)
{
    static const UmkReportPaint paints[] = {UMK_REPORT_WARM, UMK_REPORT_COOL,
                                            UMK_REPORT_INK, UMK_REPORT_MUTED};
    double top = 4 + i * STRIP, y = top + 40, mean = 0;
    g_autofree char *set = _umk_report_test_role(maker, test, role);
    g_autofree char *safe = _umk_report_safe_text(role);
    g_autofree char *label =
        _umk_report_shorten(set != NULL ? set : safe, LETTERS, LABELS - 14);

    for (guint k = 0; k < items->len; k++)
        mean += ((const Item *) items->pdata[k])->value / items->len;
    _umk_report_picture_label(picture, UMK_REPORT_INK, UMK_REPORT_END, LETTERS,
                              LABELS - 12, y + 4, label);
    draw_dots(picture, scale, items, paints[i % G_N_ELEMENTS(paints)], y);
    _umk_report_picture_mark(picture, UMK_REPORT_DIAMOND, UMK_REPORT_PAPER,
                             _umk_report_scale_at(scale, mean), y, 6.2, NULL);
    _umk_report_picture_mark(picture, UMK_REPORT_DIAMOND, UMK_REPORT_INK,
                             _umk_report_scale_at(scale, mean), y, 4.4, NULL);
    draw_names(picture, scale, items, top + 14, top + 66);
}

/* "Male names: mean 0.1203, from 0.0611 (Kevin) to 0.1833 (John)." */
static char *
describe_strip(UmkReportMaker *maker,
               const UmkReportTest *test,
               GPtrArray *items,
               const char *role)
{
    const Item *first = items->pdata[0], *last = items->pdata[items->len - 1];
    g_autofree char *set = _umk_report_test_role(maker, test, role);
    g_autofree char *safe = _umk_report_safe_text(role);
    g_autofree char *low = _umk_report_number(first->value);
    g_autofree char *high = _umk_report_number(last->value);
    g_autofree char *middle = NULL;
    double mean = 0;

    for (guint k = 0; k < items->len; k++)
        mean += ((const Item *) items->pdata[k])->value / items->len;
    middle = _umk_report_number(mean);
    return _umk_report_fill(maker, N_("{1}: mean {2}, from {3} ({4}) to {5} ({6})."),
                            set != NULL ? set : safe, middle, low, first->name, high,
                            last->name, NULL);
}

static void
draw_sides(UmkReportMaker *maker,
           const UmkReportTest *test,
           UmkReportPicture *picture,
           double y)
{
    g_autofree char *a = _umk_report_test_role(maker, test, "a");
    g_autofree char *b = _umk_report_test_role(maker, test, "b");
    g_autofree char *left = NULL, *right = NULL, *short_a = NULL, *short_b = NULL;

    if (a == NULL || b == NULL)
        return;
    short_a = _umk_report_shorten(a, 10, 150);
    short_b = _umk_report_shorten(b, 10, 150);
    left = _umk_report_fill(maker, N_("← nearer to “{1}”"), short_b, NULL);
    right = _umk_report_fill(maker, N_("nearer to “{1}” →"), short_a, NULL);
    _umk_report_picture_label(picture, UMK_REPORT_MUTED, UMK_REPORT_START, 10, LABELS - 8,
                              y, left);
    _umk_report_picture_label(picture, UMK_REPORT_MUTED, UMK_REPORT_END, 10,
                              UMK_REPORT_PICTURE_WIDTH, y, right);
}

void
_umk_report_chart_strip(UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autoptr(GArray) items = read_items(test);
    g_autoptr(GPtrArray) roles = list_roles(items);
    g_autoptr(GString) caption = NULL;
    UmkReportPicture *picture;
    UmkReportScale scale;
    double low = 0, high = 0, bottom = 10 + STRIP * roles->len;

    if (roles->len == 0)
        return;
    for (guint i = 0; i < items->len; i++) {
        low = fmin(low, g_array_index(items, Item, i).value);
        high = fmax(high, g_array_index(items, Item, i).value);
    }
    _umk_report_scale_init(&scale, low, high);
    picture = _umk_report_picture_new(bottom + 36);
    _umk_report_scale_draw(&scale, picture, 20, bottom);
    _umk_report_picture_dashes(picture, UMK_REPORT_INK, _umk_report_scale_at(&scale, 0),
                               20, _umk_report_scale_at(&scale, 0), bottom);
    caption = g_string_new(_umk_report_tr(
        maker, N_("Association of each item; the diamond is the mean of the set.")));
    for (guint i = 0; i < roles->len; i++) {
        const char *role = roles->pdata[i];
        g_autoptr(GPtrArray) members = select_role(items, role);
        g_autofree char *words = describe_strip(maker, test, members, role);

        draw_strip(maker, test, picture, &scale, members, role, i);
        g_string_append_printf(caption, " %s", words);
    }
    draw_sides(maker, test, picture, bottom + 31);
    _umk_report_document_chart(maker->document, picture, caption->str);
}

/* ---- influence -----------------------------------------------------------------------
 */

static double
shift_of(const Item *item, double value)
{
    return fabs(item->without - value);
}

/* The few that change the result most, in that order. */
static GPtrArray *
select_strongest(GArray *items, double value)
{
    GPtrArray *chosen = g_ptr_array_new();

    for (guint i = 0; i < items->len; i++) {
        Item *item = &g_array_index(items, Item, i);
        guint at = chosen->len;

        if (isnan(item->without))
            continue;
        while (at > 0 && shift_of(item, value) > shift_of(chosen->pdata[at - 1], value))
            at--;
        if (at < N_BARS)
            g_ptr_array_insert(chosen, (int) at, item);
        if (chosen->len > N_BARS)
            g_ptr_array_set_size(chosen, N_BARS);
    }
    return chosen;
}

void
_umk_report_chart_influence(UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autoptr(GArray) items = read_items(test), rows = _umk_report_rows_new();
    g_autoptr(GPtrArray) chosen = select_strongest(items, test->value);
    g_autofree char *value = NULL, *without = NULL, *caption = NULL;
    const Item *first;

    if (!test->defined || chosen->len == 0)
        return;
    for (guint i = 0; i < chosen->len; i++) {
        const Item *item = chosen->pdata[i];
        UmkReportRow row = {.label = g_strdup(item->name),
                            .value = item->without,
                            .before = test->value,
                            .low = 1,
                            .high = 0,
                            .paint = UMK_REPORT_ACCENT};

        _umk_report_rows_add(rows, &row);
    }
    first = chosen->pdata[0];
    value = _umk_report_number(test->value);
    without = _umk_report_number(first->without);
    caption = _umk_report_fill(maker,
                               N_("The result without single items, the most influential "
                                  "first: {1} with all (ring), {3} without “{2}”."),
                               value, first->name, without, NULL);
    _umk_report_document_chart(maker->document, _umk_report_draw_rows(rows, FALSE, 0),
                               caption);
}
