/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thing to embed and what is known of it. An item is filled by its maker and read by
 * everybody else: the setters are for the time before it is shared. */
#include <umekomi/umk-item.h>

#include <string.h>

struct _UmkItem {
    gatomicrefcount refs;
    UmkModality modality;
    char *text; /* a text, or the name of a node */
    char *path;
    GBytes *bytes;
    char *id, *caption, *label;
    GPtrArray *fields; /* name, value, name, value, ... in the order they were set */
};

struct _UmkItems {
    gatomicrefcount refs;
    GPtrArray *array;
};

G_DEFINE_BOXED_TYPE(UmkItem, umk_item, umk_item_ref, umk_item_unref)
G_DEFINE_BOXED_TYPE(UmkItems, umk_items, umk_items_ref, umk_items_unref)

static UmkItem *
item_new(UmkModality modality)
{
    UmkItem *self = g_new0(UmkItem, 1);

    g_atomic_ref_count_init(&self->refs);
    self->modality = modality;
    return self;
}

/**
 * umk_item_new_for_text:
 * @text: UTF-8
 *
 * Returns: (transfer full): a text item
 */
UmkItem *
umk_item_new_for_text(const char *text)
{
    UmkItem *self;

    g_return_val_if_fail(text != NULL, NULL);
    self = item_new(UMK_MODALITY_TEXT);
    self->text = g_strdup(text);
    return self;
}

/**
 * umk_item_new_for_file:
 * @modality: what it holds
 * @path: (type filename): where it is; not opened now
 *
 * Returns: (transfer full): an item that is read when it is embedded
 */
UmkItem *
umk_item_new_for_file(UmkModality modality, const char *path)
{
    UmkItem *self;

    g_return_val_if_fail(path != NULL, NULL);
    self = item_new(modality);
    self->path = g_strdup(path);
    return self;
}

/**
 * umk_item_new_for_bytes:
 * @modality: what they hold
 * @bytes: a whole encoded file
 *
 * Returns: (transfer full): an item that shares @bytes
 */
UmkItem *
umk_item_new_for_bytes(UmkModality modality, GBytes *bytes)
{
    UmkItem *self;

    g_return_val_if_fail(bytes != NULL, NULL);
    self = item_new(modality);
    self->bytes = g_bytes_ref(bytes);
    return self;
}

/**
 * umk_item_new_for_node:
 * @name: the node's name in its graph
 *
 * Returns: (transfer full): a graph item; its vector comes from training on the graph
 */
UmkItem *
umk_item_new_for_node(const char *name)
{
    UmkItem *self;

    g_return_val_if_fail(name != NULL, NULL);
    self = item_new(UMK_MODALITY_GRAPH);
    self->text = g_strdup(name);
    return self;
}

/**
 * umk_item_ref:
 * @self: an item
 *
 * Returns: (transfer full): @self
 */
UmkItem *
umk_item_ref(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_item_unref:
 * @self: (transfer full): an item
 */
void
umk_item_unref(UmkItem *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->text);
    g_free(self->path);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->id);
    g_free(self->caption);
    g_free(self->label);
    g_clear_pointer(&self->fields, g_ptr_array_unref);
    g_free(self);
}

/**
 * umk_item_get_modality:
 * @self: an item
 *
 * Returns: what it is
 */
UmkModality
umk_item_get_modality(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, UMK_MODALITY_TEXT);
    return self->modality;
}

/**
 * umk_item_get_text:
 * @self: an item
 *
 * Returns: (nullable) (transfer none): the text, or the name of a node
 */
const char *
umk_item_get_text(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->text;
}

/**
 * umk_item_get_path:
 * @self: an item
 *
 * Returns: (nullable) (type filename) (transfer none): the file it is in
 */
const char *
umk_item_get_path(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->path;
}

/**
 * umk_item_get_bytes:
 * @self: an item
 *
 * Returns: (nullable) (transfer none): the encoded file it was made from
 */
GBytes *
umk_item_get_bytes(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bytes;
}

/**
 * umk_item_get_id:
 * @self: an item
 *
 * Returns: (nullable) (transfer none): its name in a collection
 */
const char *
umk_item_get_id(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->id;
}

static void
replace(char **field, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*field);
    *field = copy;
}

/**
 * umk_item_set_id:
 * @self: an item nobody else has yet
 * @id: (nullable): its name in a collection
 */
void
umk_item_set_id(UmkItem *self, const char *id)
{
    g_return_if_fail(self != NULL);
    replace(&self->id, id);
}

/**
 * umk_item_get_caption:
 * @self: an item
 *
 * Returns: (nullable) (transfer none): one line that shows it to people
 */
const char *
umk_item_get_caption(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->caption;
}

/**
 * umk_item_set_caption:
 * @self: an item nobody else has yet
 * @caption: (nullable): one line that shows it to people
 */
void
umk_item_set_caption(UmkItem *self, const char *caption)
{
    g_return_if_fail(self != NULL);
    replace(&self->caption, caption);
}

/**
 * umk_item_get_label:
 * @self: an item
 *
 * Returns: (nullable) (transfer none): the category it belongs to
 */
const char *
umk_item_get_label(UmkItem *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->label;
}

/**
 * umk_item_set_label:
 * @self: an item nobody else has yet
 * @label: (nullable): the category it belongs to
 */
void
umk_item_set_label(UmkItem *self, const char *label)
{
    g_return_if_fail(self != NULL);
    replace(&self->label, label);
}

/**
 * umk_item_get_field:
 * @self: an item
 * @name: name of a field
 *
 * Returns: (nullable) (transfer none): its value, or %NULL if there is no such field
 */
const char *
umk_item_get_field(UmkItem *self, const char *name)
{
    g_return_val_if_fail(self != NULL && name != NULL, NULL);
    for (guint i = 0; self->fields != NULL && i < self->fields->len; i += 2)
        if (g_str_equal(self->fields->pdata[i], name))
            return self->fields->pdata[i + 1];
    return NULL;
}

/**
 * umk_item_set_field:
 * @self: an item nobody else has yet
 * @name: name of a field
 * @value: its value, or %NULL to take the field away; may be what the field holds now
 */
void
umk_item_set_field(UmkItem *self, const char *name, const char *value)
{
    char *own_name, *own_value;

    g_return_if_fail(self != NULL && name != NULL);
    own_name = g_strdup(name);
    own_value = g_strdup(value);
    if (self->fields == NULL)
        self->fields = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < self->fields->len; i += 2) {
        if (g_str_equal(self->fields->pdata[i], own_name)) {
            g_ptr_array_remove_range(self->fields, i, 2);
            break;
        }
    }
    if (own_value == NULL) {
        g_free(own_name);
        return;
    }
    g_ptr_array_add(self->fields, own_name);
    g_ptr_array_add(self->fields, own_value);
}

/**
 * umk_item_list_fields:
 * @self: an item
 *
 * Returns: (transfer full) (array zero-terminated=1): names of its fields, in the order
 *   they were set
 */
char **
umk_item_list_fields(UmkItem *self)
{
    GStrvBuilder *names = g_strv_builder_new();
    char **result;

    g_return_val_if_fail(self != NULL, NULL);
    for (guint i = 0; self->fields != NULL && i < self->fields->len; i += 2)
        g_strv_builder_add(names, self->fields->pdata[i]);
    result = g_strv_builder_end(names);
    g_strv_builder_unref(names);
    return result;
}

/**
 * umk_items_new:
 *
 * Returns: (transfer full): an empty list
 */
UmkItems *
umk_items_new(void)
{
    UmkItems *self = g_new0(UmkItems, 1);

    g_atomic_ref_count_init(&self->refs);
    self->array = g_ptr_array_new_with_free_func((GDestroyNotify) umk_item_unref);
    return self;
}

/**
 * umk_items_ref:
 * @self: a list
 *
 * Returns: (transfer full): @self
 */
UmkItems *
umk_items_ref(UmkItems *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_items_unref:
 * @self: (transfer full): a list
 */
void
umk_items_unref(UmkItems *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_ptr_array_unref(self->array);
    g_free(self);
}

/**
 * umk_items_append:
 * @self: a list nobody else has yet
 * @item: an item, kept by reference
 */
void
umk_items_append(UmkItems *self, UmkItem *item)
{
    g_return_if_fail(self != NULL && item != NULL);
    g_ptr_array_add(self->array, umk_item_ref(item));
}

/**
 * umk_items_get_n_items:
 * @self: a list
 *
 * Returns: how many items
 */
gsize
umk_items_get_n_items(UmkItems *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->array->len;
}

/**
 * umk_items_get:
 * @self: a list
 * @position: which, from 0
 *
 * Returns: (transfer none): the item there
 */
UmkItem *
umk_items_get(UmkItems *self, gsize position)
{
    g_return_val_if_fail(self != NULL && position < self->array->len, NULL);
    return self->array->pdata[position];
}
