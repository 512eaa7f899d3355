/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says whether a model knows what it is asked about, before its answers are shown. */
#include "umk-cli.h"

#include <math.h>

void
umk_cli_judge(UmkCli *cli, UmkModel *model, UmkItem *query)
{
    g_autoptr(GError) error = NULL;

    if (!umk_model_judge(model, query, &cli->knowledge, &cli->knowledge_score,
                         cli->cancellable, &error)) {
        /* the search itself says what is wrong with the query; a broken meter does not
         * keep anybody from searching */
        cli->knowledge = UMK_KNOWLEDGE_UNKNOWN;
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            umk_cli_message(cli, "%s", error->message);
        return;
    }
    if (cli->knowledge == UMK_KNOWLEDGE_EDGE)
        umk_cli_message(
            cli,
            _("At the edge of what “%s” knows: %.0f %% of unseen concepts are "
              "nearer to what it was taught"),
            umk_model_get_id(model), 100 * cli->knowledge_score);
    else if (cli->knowledge == UMK_KNOWLEDGE_OUTSIDE)
        umk_cli_message(
            cli,
            _("Outside of what “%s” knows: it was taught nothing like this, and "
              "the order below means little"),
            umk_model_get_id(model));
    else if (cli->knowledge == UMK_KNOWLEDGE_INSIDE)
        umk_cli_message(cli, _("Inside of what “%s” knows"), umk_model_get_id(model));
}

void
umk_cli_add_knowledge(const UmkCli *cli, JsonBuilder *builder)
{
    if (cli->knowledge == UMK_KNOWLEDGE_UNKNOWN)
        return;
    json_builder_set_member_name(builder, "knowledge");
    json_builder_add_string_value(builder, umk_knowledge_get_name(cli->knowledge));
    json_builder_set_member_name(builder, "knowledge_score");
    json_builder_add_double_value(builder, round(cli->knowledge_score * 1e4) / 1e4);
}
