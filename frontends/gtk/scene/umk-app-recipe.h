/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a picture was made: as pairs to read, as JSON to keep, as a command line that makes
 * it again. */
#pragma once

#include "umk-app-layout.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    const char *name, *help; /* translated, not owned; help or NULL */
    char *value;
    gboolean is_detail; /* for those who look for it */
    gboolean is_id;     /* long, and of use only whole */
} UmkAppRecipeLine;

/* Of UmkAppRecipeLine, which it owns. */
GPtrArray *umk_app_recipe_list(const UmkAppLayout *layout, UmkAppSource *source);
/* value: taken. What is returned belongs to the lines, for more to be said of it. */
UmkAppRecipeLine *umk_app_recipe_add(GPtrArray *lines, const char *name, char *value);
char *umk_app_recipe_to_json(const UmkAppLayout *layout, UmkAppSource *source);
/* The options that a layout was made with. */
UmkParams *
umk_app_recipe_make_params(const char *method, const char *recipe, GError **error);
/* Whether the mean of its kind was taken off each vector. */
gboolean umk_app_recipe_is_centred(const char *recipe);
/* "" where the method has no seed. */
char *umk_app_recipe_dup_seed(const UmkAppLayout *layout);
/* colour: a field, or NULL. NULL where the command line cannot: axes of several
 * kinds, items that were placed later. */
char *umk_app_recipe_dup_command(const UmkAppLayout *layout,
                                 UmkAppSource *source,
                                 const char *colour);
/* The same of parts. id_of: what the command line calls a row of the vectors. */
char *umk_app_command_new(const char *path,
                          const char *recipe,
                          const char *colour,
                          char *(*id_of)(gsize place, gpointer data),
                          gpointer data);

G_END_DECLS
