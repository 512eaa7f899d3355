/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of a recall table, a JSON file beside a model:
 *
 *   {"format": "umekomi-evaluation/1",
 *    "lists": {NAME: [ITEM, …], …},
 *    "tests": [{"test": TEXT, "language": "en", "queries": NAME, "candidates": NAME,
 *               "query_rows": ROWS, "candidate_rows": ROWS, "right": ROWS,
 *               "published": {"recall_at_1": X, "recall_at_5": X, "recall_at_10": X}},
 * …]}
 *
 *   ITEM = "a text"
 *        | {"file": PATH, "package": DEBIAN-PACKAGE}
 *          absolute: where the package has it; else below the folder of assets
 *        | {"glyph": "🐶"}
 *          drawn in the colours of fonts-noto-color-emoji
 *        | {"folder": PATH, "package": DEBIAN-PACKAGE, "files": [NAME, …]}
 *        | {"glyphs": ["🐶", …]}
 *          several of these
 *   ROWS = [ROW or [FIRST, COUNT], …]
 *
 * Rows count in the lists; without them a list is taken whole. right counts among the
 * candidates of the test; without it query i is answered by candidate i, and where it is
 * "query_rows" by the candidate of that row. */
#pragma once

#include "umk-cli.h"

#include <json-glib/json-glib.h>

typedef struct {
    char *name;
    UmkItems *items;    /* NULL when material is missing */
    gsize n_items;      /* that there are, or should be */
    char *package;      /* that the missing material is in, or NULL */
    char *missing;      /* the first thing that is */
    UmkMatrix *vectors; /* once embedded */
} UmkCliPlanList;

typedef struct {
    char *test, *language;
    UmkCliPlanList *queries, *candidates;
    guint64 *query_rows, *candidate_rows; /* NULL: all */
    guint32 *right;                       /* NULL: the same row */
    gsize n_queries, n_candidates;
    double published[3]; /* recall at 1, 5, 10; NaN where it is not said */
    gboolean measured;
    UmkRecall recall;
} UmkCliPlanTest;

typedef struct {
    GHashTable *lists; /* name -> UmkCliPlanList */
    GPtrArray *tests;  /* UmkCliPlanTest, in the order of the file */
} UmkCliPlan;

/* Material is looked for in /, then below roots[], and below assets. */
UmkCliPlan *umk_cli_plan_read(const char *path,
                              const char *assets,
                              const char *const *roots,
                              GError **error);
void umk_cli_plan_free(UmkCliPlan *self);
/* Names of the packages that something is missing of. */
char **umk_cli_plan_list_packages(UmkCliPlan *self);
/* Embeds what the tests need and fills their recall; tests whose material is missing stay
 * as they are. */
gboolean
umk_cli_plan_measure(UmkCli *cli, UmkCliPlan *self, UmkModel *model, GError **error);

/* Fills a list from its node; TRUE too where material is missing, which the list tells.
 */
gboolean umk_cli_plan_read_list(UmkCliPlanList *list,
                                JsonNode *node,
                                const char *assets,
                                const char *const *roots,
                                GError **error);
/* Sets an error that says what is wrong with a plan, returns FALSE. */
gboolean umk_cli_plan_fail(GError **error, const char *what);

/* A glyph of the colour emoji font as a PNG; NULL where the font has none of it. */
GBytes *umk_cli_draw_glyph(const char *text);
/* Downloads Debian packages into a folder and unpacks them there. */
gboolean
umk_cli_fetch_packages(UmkCli *cli, char **packages, const char *folder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkCliPlan, umk_cli_plan_free)
