/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short list of named sets and their intersection, which is made once. */
#include "umk-app-filter.h"

typedef struct {
    char *name, *detail;
    UmkAppRows *rows;
} Condition;

struct _UmkAppFilter {
    gatomicrefcount references;
    gsize n_rows;
    GArray *conditions; /* Condition */
    UmkAppRows *rows;
};

static void
condition_clear(gpointer data)
{
    Condition *condition = data;

    g_free(condition->name);
    g_free(condition->detail);
    umk_app_rows_unref(condition->rows);
}

UmkAppFilter *
umk_app_filter_new(gsize n_rows)
{
    UmkAppFilter *self = g_new0(UmkAppFilter, 1);

    g_atomic_ref_count_init(&self->references);
    self->n_rows = n_rows;
    self->conditions = g_array_new(FALSE, FALSE, sizeof(Condition));
    g_array_set_clear_func(self->conditions, condition_clear);
    return self;
}

UmkAppFilter *
umk_app_filter_ref(UmkAppFilter *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_filter_unref(UmkAppFilter *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_array_unref(self->conditions);
    umk_app_rows_unref(self->rows);
    g_free(self);
}

static void
add(UmkAppFilter *self, const char *name, const char *detail, UmkAppRows *rows)
{
    Condition condition = {g_strdup(name), g_strdup(detail), umk_app_rows_ref(rows)};

    g_array_append_val(self->conditions, condition);
}

static const Condition *
find(UmkAppFilter *self, const char *name)
{
    for (guint i = 0; i < self->conditions->len; i++) {
        const Condition *condition = &g_array_index(self->conditions, Condition, i);

        if (g_str_equal(condition->name, name))
            return condition;
    }
    return NULL;
}

UmkAppRows *
umk_app_filter_dup_rows_without(UmkAppFilter *self, const char *name)
{
    UmkAppRows *all = NULL;

    for (guint i = 0; i < self->conditions->len; i++) {
        const Condition *condition = &g_array_index(self->conditions, Condition, i);
        UmkAppRows *before = all;

        if (g_strcmp0(condition->name, name) == 0)
            continue;
        all = before != NULL ? umk_app_rows_intersect(before, condition->rows)
                             : umk_app_rows_ref(condition->rows);
        umk_app_rows_unref(before);
    }
    return all;
}

UmkAppFilter *
umk_app_filter_with(UmkAppFilter *self,
                    const char *name,
                    const char *detail,
                    UmkAppRows *rows)
{
    UmkAppFilter *other = umk_app_filter_new(self->n_rows);

    g_return_val_if_fail(rows == NULL || umk_app_rows_get_n_rows(rows) == self->n_rows,
                         other);
    for (guint i = 0; i < self->conditions->len; i++) {
        const Condition *old = &g_array_index(self->conditions, Condition, i);

        if (!g_str_equal(old->name, name))
            add(other, old->name, old->detail, old->rows);
        else if (rows != NULL)
            add(other, name, detail, rows);
    }
    if (rows != NULL && find(self, name) == NULL)
        add(other, name, detail, rows);
    other->rows = umk_app_filter_dup_rows_without(other, NULL);
    return other;
}

guint
umk_app_filter_get_n_conditions(UmkAppFilter *self)
{
    return self->conditions->len;
}

const char *
umk_app_filter_get_name(UmkAppFilter *self, guint position)
{
    return g_array_index(self->conditions, Condition, position).name;
}

const char *
umk_app_filter_get_detail(UmkAppFilter *self, const char *name)
{
    const Condition *condition = find(self, name);

    return condition != NULL ? condition->detail : NULL;
}

UmkAppRows *
umk_app_filter_get_condition(UmkAppFilter *self, const char *name)
{
    const Condition *condition = find(self, name);

    return condition != NULL ? condition->rows : NULL;
}

UmkAppRows *
umk_app_filter_get_rows(UmkAppFilter *self)
{
    return self->rows;
}
