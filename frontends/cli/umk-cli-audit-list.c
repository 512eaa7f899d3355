/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit --list: the tests and sets that come with the program, by language. */
#include "umk-cli-audit.h"

#include <stdio.h>
#include <string.h>

static const char *
text_of(JsonNode *node, const char *language)
{
    JsonObject *object;

    if (node == NULL)
        return NULL;
    if (JSON_NODE_HOLDS_VALUE(node))
        return json_node_get_value_type(node) == G_TYPE_STRING
                   ? json_node_get_string(node)
                   : NULL;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    object = json_node_get_object(node);
    if (language != NULL && json_object_has_member(object, language))
        return json_object_get_string_member_with_default(object, language, NULL);
    return json_object_get_string_member_with_default(object, "en", NULL);
}

char *
umk_cli_audit_dup_language(const char *language)
{
    const char *name = language != NULL ? language : g_get_language_names()[0];

    return g_strndup(name, strcspn(name, "_.@"));
}

const char *
umk_cli_audit_title(JsonObject *object, const char *language)
{
    g_autofree char *own = umk_cli_audit_dup_language(language);
    const char *title = NULL;

    if (json_object_has_member(object, "titles"))
        title = text_of(json_object_get_member(object, "titles"), own);
    if (title == NULL)
        title = text_of(json_object_get_member(object, "title"), own);
    return title != NULL ? title
                         : json_object_get_string_member_with_default(object, "id", "");
}

static void
print_array(JsonObject *root,
            const char *member,
            const char *heading,
            const char *language)
{
    JsonArray *array = json_object_get_array_member(root, member);

    printf("%s\n", heading);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *object = json_array_get_object_element(array, i);
        const char *id = json_object_get_string_member(object, "id");

        printf("  %-32s ", id);
        if (json_object_has_member(object, "items"))
            printf("%3u  ",
                   json_array_get_length(json_object_get_array_member(object, "items")));
        printf("%s\n", umk_cli_audit_title(object, language));
    }
}

gboolean
umk_cli_audit_list(UmkCli *cli, const char *language, GError **error)
{
    g_autofree char *text = umk_audit_dup_library(error);
    g_autoptr(JsonNode) root = text != NULL ? json_from_string(text, error) : NULL;
    g_autofree char *line = NULL;

    if (root == NULL)
        return FALSE;
    if (cli->json) {
        line = json_to_string(root, FALSE);
        puts(line);
        return TRUE;
    }
    print_array(json_node_get_object(root), "tests", _("Tests:"), language);
    print_array(json_node_get_object(root), "sets", _("Sets, with their items:"),
                language);
    return TRUE;
}
