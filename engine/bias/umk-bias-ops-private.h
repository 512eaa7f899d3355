/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a measure implements. To add one: a file with a constant UmkBiasMeasureOps, a line
 * in meson.build, a line in the table of umk-bias.c.
 *
 * A measure writes members into an open JSON object; numbers are full doubles, what is
 * not defined is null with a reason, never NaN, 0 or infinity:
 *
 *   "figures": [{"id": "effect-size", "value": 1.89 | null, "undefined": CODE,
 *                "headline": true, "count": true, "neutral": 0, "least": -2, "most": 2,
 *                "intervals": [{"over": "targets", "method": "percentile", "level": 0.95,
 *                               "low": …, "high": …, "replicates": 10000}]}]
 *   "tests": [{"of": "effect-size", "alternative": "greater" | "two-sided", "p": …,
 *              "method": "exact" | "sampled" | "analytic", "n": 12870,
 *              "p_interval": [low, high]}]
 *   "items": [{"role": "x", "name": "John", "value": 0.12, "without": 1.85 | null}]
 *            ("without": the headline figure when this item is left out)
 *   "control": {"of": "effect-size", "kind": CODE, "n": 1000, "mean": …, "sd": …,
 *               "level": 0.95, "low": …, "high": …, "as_large": share}
 *              or {"of": …, "kind": CODE, "undefined": CODE}
 *              (what the figure is where "kind" is left to chance, and what share of
 *              that is as far from neutral as the figure)
 *   "detectable": {"of": "effect-size", "effect": … | null, "undefined": CODE,
 *                  "from": CODE, "power": 0.8, "level": 0.05}
 *              (the least distance from neutral that is found with this power; "from"
 *              says by what)
 *   "rows": [{"label": "F", …: number | null}] with "columns": [CODE …]   (tables)
 *   "series": [{"id": "null", "x": […], "y": […]}]                         (curves)
 *   "notes": [CODE …]
 *
 * CODE and id are lower-case words joined by '-', the same in every language; words says
 * what they mean, translated by umk_bias_describe(). */
#pragma once

#include "bias/umk-bias-input-private.h"
#include "core/umk-run-private.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *role;
    const char *title; /* translatable */
    gboolean required;
} UmkBiasRole;

typedef struct {
    const char *code;
    const char *words; /* translatable */
} UmkBiasWord;

typedef struct {
    const char *id;    /* lower case, words joined by '-' */
    const char *title; /* for people, translatable */
    const char *help;  /* one sentence, translatable */
    const UmkBiasRole *roles;
    gsize n_roles;
    const UmkParamSpec *params;
    gsize n_params;
    const UmkBiasWord *words; /* of the codes that only this measure uses */
    gsize n_words;
    gboolean (*measure)(const UmkBiasInput *input,
                        UmkParams *params,
                        guint64 seed,
                        JsonBuilder *result,
                        UmkRun *run,
                        GError **error);
} UmkBiasMeasureOps;

/* A measure's table of words; with NULL what more than one measure says. */
const UmkBiasWord *_umk_bias_get_words(const char *measure, gsize *n_words);

extern const UmkBiasMeasureOps _umk_bias_groups, _umk_bias_ranking,
    _umk_bias_verification;
extern const UmkBiasMeasureOps _umk_bias_ect, _umk_bias_mac, _umk_bias_ripa,
    _umk_bias_rnd, _umk_bias_rnsb, _umk_bias_sc_weat, _umk_bias_weat, _umk_bias_wefat;

/* ---- writing results ----------------------------------------------------------------
 */

typedef struct {
    const char *over; /* what was resampled: "targets", "targets-and-attributes" … */
    const char *method;
    double level, low, high;
    gsize replicates; /* 0: none */
    double deviation; /* of the replicates; not written */
} UmkBiasInterval;

typedef struct {
    const char *id;
    double value;          /* NaN: undefined, for the reason below */
    const char *undefined; /* CODE */
    gboolean headline;
    gboolean is_count;           /* counted or set, not estimated: it has no interval */
    double neutral, least, most; /* NaN: there is none */
    const UmkBiasInterval *intervals;
    gsize n_intervals;
} UmkBiasFigure;

typedef struct {
    const char *of;          /* id of a figure */
    const char *alternative; /* "greater", "less", "two-sided" */
    double p;                /* NaN: undefined */
    const char *undefined;
    const char *method;
    guint64 n;
    double p_low, p_high; /* of a sampled p; NaN: none */
} UmkBiasTest;

/* Each adds one object to the array that is open. */
void _umk_bias_add_figure(JsonBuilder *result, const UmkBiasFigure *figure);
void _umk_bias_add_test(JsonBuilder *result, const UmkBiasTest *test);
void _umk_bias_add_item(JsonBuilder *result,
                        const char *role,
                        const char *name,
                        double value,
                        double without);
/* A member whose value is null when it is not finite. */
void _umk_bias_add_number(JsonBuilder *result, const char *member, double value);

G_END_DECLS
