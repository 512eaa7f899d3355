/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings, or none: a program run without its schema installed works all the same. */
#include "umk-app-settings.h"

/* NULL if the schema is not installed. */
GSettings *
umk_app_settings_new(void)
{
    GSettingsSchemaSource *source = g_settings_schema_source_get_default();
    g_autoptr(GSettingsSchema) schema =
        source ? g_settings_schema_source_lookup(source, UMK_APP_ID, TRUE) : NULL;

    return schema ? g_settings_new_full(schema, NULL, NULL) : NULL;
}
