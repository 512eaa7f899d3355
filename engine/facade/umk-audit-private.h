/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of an audit share: the spec as it was read, sets as they were found
 * among the vectors, tests as they are run. */
#pragma once

#include <umekomi/umk-audit.h>
#include <umekomi/umk-bias.h>
#include <umekomi/umk-debias.h>

#include "core/umk-run-private.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define UMK_AUDIT_SCHEMA "umekomi-audit/1"

/* ---- the spec --------------------------------------------------------------------- */

typedef struct {
    char *id;
    JsonNode *title;     /* a text, or an object of texts by language; NULL: the id */
    JsonNode *rationale; /* likewise; NULL: none */
    char *language, *source, *licence; /* or NULL */
    char *template;                    /* a sentence with %s, or NULL */
    char *where;                       /* a condition on a collection's items, or NULL */
    char *modality;                    /* name, or NULL: any */
    char **items;                      /* as asked for, duplicates and all */
    double *values;                    /* one an item, or NULL */
    gboolean files;                    /* items are paths, embedded by a model */
    char *pairs_with;                  /* a set whose items are partners, in order */
    gboolean control;
} UmkAuditSet;

typedef struct {
    char *role;
    char *set;
} UmkAuditRole;

typedef struct {
    char *id;
    JsonNode *title; /* as of a set */
    char *measure;
    GPtrArray *roles; /* of UmkAuditRole, in the order of the spec */
    char **params;    /* name, value, name, value …; NULL-terminated */
    char *reference;  /* or NULL */
    gboolean control;
} UmkAuditTest;

typedef struct {
    double alpha, level;
    guint permutations, replicates; /* G_MAXUINT: as the measure has it */
    char *correction;               /* "holm", "bh", "none" */
    gboolean sentences;             /* texts are embedded in sentences */
} UmkAuditOptions;

struct _UmkAuditSpec {
    gatomicrefcount refs;
    char *title, *question, *auditor, *date, *command;
    char *language;      /* of sets that say none */
    char *folder;        /* of relative paths, or NULL */
    char *similarity;    /* file of judged pairs, or NULL */
    char *analogies;     /* file of questions, or NULL */
    GPtrArray *sets;     /* of UmkAuditSet */
    GPtrArray *tests;    /* of UmkAuditTest */
    JsonNode *templates; /* an object of sentences by language, or NULL */
    UmkAuditOptions options;
    char *debias;        /* method, or NULL */
    char **debias_roles; /* role, set, …; or NULL: those of the first test */
    char **debias_params;
    char **columns; /* role, column, role, column …; NULL-terminated */
    UmkAuditSpec *library;
};

UmkAuditSpec *_umk_audit_spec_new_empty(void);
void _umk_audit_set_free(UmkAuditSet *set);
void _umk_audit_test_free(UmkAuditTest *test);
/* Takes the set or test; FALSE when its id is taken. */
gboolean _umk_audit_spec_take_set(UmkAuditSpec *self, UmkAuditSet *set, GError **error);
gboolean
_umk_audit_spec_take_test(UmkAuditSpec *self, UmkAuditTest *test, GError **error);
/* Among the spec's own, then among those that come with the program. */
const UmkAuditSet *
_umk_audit_spec_find_set(UmkAuditSpec *self, const char *id, GError **error);
const UmkAuditTest *
_umk_audit_spec_find_known_test(UmkAuditSpec *self, const char *id, GError **error);
UmkAuditSpec *_umk_audit_spec_get_library(UmkAuditSpec *self, GError **error);
gboolean _umk_audit_set_option(UmkAuditOptions *options,
                               const char *name,
                               const char *value,
                               GError **error);
/* Fails unless measures and roles exist and every needed role has a set. */
gboolean _umk_audit_spec_check(UmkAuditSpec *self, GError **error);
UmkAuditTest *_umk_audit_test_new(const char *id, const char *measure);
void _umk_audit_test_add_role(UmkAuditTest *test, const char *role, const char *set);
UmkAuditTest *_umk_audit_test_copy(const UmkAuditTest *test);

/* Adds what the JSON text says to a spec; bounded, names the place of a mistake. */
gboolean _umk_audit_parse(UmkAuditSpec *self,
                          const char *data,
                          gsize length,
                          gboolean sets_only,
                          GError **error);
/* Columns set, item and, if they are there, modality, value, language. */
gboolean _umk_audit_parse_table(
    UmkAuditSpec *self, const char *data, gsize length, gboolean tabs, GError **error);
/* All families of assets/audit in one spec without a library of its own. */
UmkAuditSpec *_umk_audit_library_load(GError **error);
/* A text of a node that may be an object by language: that language's, else English,
 * else the first; NULL when there is none. */
const char *_umk_audit_text(JsonNode *node, const char *language);

/* ---- the source ------------------------------------------------------------------- */

struct _UmkAuditSource {
    gatomicrefcount refs;
    const char *kind; /* "vectors", "collection", "model" */
    char *path;
    UmkMatrix *vectors;      /* (n, d), NULL for a model */
    char **names;            /* (n) what people call the rows, NULL for a model */
    UmkModality *modalities; /* (n) or NULL: all text */
    UmkItems *metadata;      /* (n) or NULL */
    UmkCollection *collection;
    UmkRegistry *registry;
    UmkModel *model;
    GBytes *rows; /* guint64 (n): rows of the collection */
};

/* Labels of a column, one a row, NULL-terminated. */
char **
_umk_audit_source_dup_column(UmkAuditSource *self, const char *column, GError **error);
char *_umk_audit_source_dup_digest(UmkAuditSource *self, GError **error);

/* ---- sets as they were found ------------------------------------------------------ */

#define UMK_AUDIT_NO_ROW G_MAXUINT64 /* the item was embedded */

typedef struct {
    const UmkAuditSet *set;
    char **asked;          /* distinct, in their order; NULL-terminated */
    GPtrArray *names;      /* of those that were found */
    GArray *rows;          /* guint64, of the source, or UMK_AUDIT_NO_ROW */
    GArray *places;        /* guint: of each among the items of the set */
    GArray *modalities;    /* UmkModality */
    GArray *values;        /* double, or empty */
    UmkMatrix *vectors;    /* (n found, d); NULL when none was found */
    GPtrArray *missing;    /* names */
    GPtrArray *duplicates; /* names */
    GPtrArray *matched;    /* asked, found as; … */
    gsize n_embedded;
    gboolean in_sentences;
    gboolean no_model; /* something is missing because no model could embed it */
    gboolean misfit;   /* there is a model, which the space does not take */
    char *digest;
} UmkAuditFound;

typedef struct _UmkAuditLookup UmkAuditLookup;

UmkAuditLookup *_umk_audit_lookup_new(UmkAuditSpec *spec, UmkAuditSource *source);
void _umk_audit_lookup_free(UmkAuditLookup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAuditLookup, _umk_audit_lookup_free)
UmkAuditFound *_umk_audit_lookup_find(UmkAuditLookup *self,
                                      const UmkAuditSet *set,
                                      UmkRun *run,
                                      GError **error);
/* Vectors of texts by the source's model, in the space; NULL when there is no model. */
UmkMatrix *_umk_audit_lookup_embed(UmkAuditLookup *self,
                                   UmkItems *items,
                                   GPtrArray *failures,
                                   GCancellable *cancellable,
                                   GError **error);
void _umk_audit_found_free(UmkAuditFound *found);

/* ---- a test that was run ---------------------------------------------------------- */

typedef struct {
    const UmkAuditTest *test;
    JsonNode *result;      /* of the measure, or NULL */
    JsonNode *params;      /* as they were used, or NULL */
    char *failure;         /* what the measure refused, or NULL */
    gboolean half_missing; /* of some set, less than half of the items took part */
    const char *undefined; /* CODE: why there is no result, or NULL */
    GPtrArray *overlap;    /* names in opposed sets, left out of both */
    GPtrArray *shared;     /* names in sets that are not opposed, kept */
    GPtrArray *unpaired;   /* names whose partner is missing, left out */
    double p, holm, bh;    /* NaN: none */
    const char *verdict;   /* CODE */
    GPtrArray *reasons;    /* CODE */
} UmkAuditOutcome;

/* Vectors as a debias has changed them; those of the work stay. */
typedef struct {
    UmkDebias *debias;
    GPtrArray *sets; /* of UmkMatrix or NULL, in the order of work->found */
    UmkMatrix *background;
} UmkAuditView;

typedef struct {
    UmkAuditSpec *spec;
    UmkAuditSource *source;
    guint64 seed;
    const UmkAuditView *view; /* while tests are run again; else NULL */
    GPtrArray *found;         /* of UmkAuditFound, in the order of their first use */
    UmkMatrix *background;    /* or NULL */
    char **background_names;
    gboolean from_lists; /* the background is control lists, not the source's rows */
    GHashTable *columns; /* role -> GStrv */
    GPtrArray *outcomes; /* of UmkAuditOutcome */
    JsonNode *debias;    /* the member of the report, or NULL */
    gboolean remains_few, remains_at_chance; /* what limits those figures */
} UmkAuditWork;

const UmkAuditFound *_umk_audit_work_get(const UmkAuditWork *work, const char *set);
/* Runs every test over the found sets, then corrects and judges. */
GPtrArray *_umk_audit_run_tests(UmkAuditWork *work, UmkRun *run, GError **error);
/* The input of a measure; NULL without an error when outcome->undefined says why. */
UmkBiasInput *
_umk_audit_make_input(const UmkAuditWork *work, UmkAuditOutcome *outcome, GError **error);
UmkAuditOutcome *_umk_audit_outcome_new(const UmkAuditTest *test);
/* The sets that the spec's debias is fitted on, as roles of a test. */
UmkAuditTest *_umk_audit_debias_test(UmkAuditSpec *spec);
/* Whether a measure asks what is left of a direction: it takes direction and items from
 * the vectors as they were, and itself looks behind the debias. */
gboolean _umk_audit_looks_behind(const char *measure);
gboolean _umk_audit_debias_check(UmkAuditSpec *spec, GError **error);
/* Fits the spec's debias, if it has one, and runs the tests again; fills work->debias. */
gboolean _umk_audit_debias(UmkAuditWork *work, UmkRun *run, GError **error);
void _umk_audit_correct(GPtrArray *outcomes);
void _umk_audit_outcome_free(UmkAuditOutcome *outcome);

/* ---- judging ---------------------------------------------------------------------- */

/* What of a result a verdict looks at. NaN where there is none. */
typedef struct {
    JsonObject *figure; /* the headline, or NULL */
    const char *id;
    double value, neutral, least, most;
    double low, high, level; /* of the widest interval */
    const char *over;
    double p; /* two-sided where there is one */
    const char *undefined;
} UmkAuditHeadline;

void _umk_audit_headline_read(JsonNode *result, UmkAuditHeadline *headline);
void _umk_audit_judge_outcome(UmkAuditOutcome *outcome, const UmkAuditOptions *options);
/* Of the figure with that id; NaN: none. */
double _umk_audit_figure_value(JsonNode *result, const char *id);
double _umk_audit_figure_low(JsonNode *result, const char *id);   /* of its interval */
double _umk_audit_number(JsonObject *object, const char *member); /* NaN: none */

/* ---- writing ---------------------------------------------------------------------- */

UmkAudit *_umk_audit_new_take(JsonNode *root);
JsonObject *_umk_audit_get_root(UmkAudit *self);
UmkAudit *_umk_audit_write(UmkAuditWork *work, GError **error);
void
_umk_audit_write_tests(JsonBuilder *out, const UmkAuditWork *work, GPtrArray *outcomes);
void _umk_audit_write_roles(JsonBuilder *out, const UmkAuditTest *test);
gboolean _umk_audit_write_costs(JsonBuilder *out,
                                const UmkAuditWork *work,
                                UmkMatrix *after,
                                UmkRun *run,
                                GError **error);
/* One figure before and after a debias; NaN: not known. */
typedef struct {
    const char *id;
    double before, low_before, high_before;
    double after, low, high;
    gsize n;
} UmkAuditCost;

void _umk_audit_add_cost(JsonBuilder *out, const UmkAuditCost *cost);
/* Names of the background in lower case -> the first row of each, counted from 1. */
GHashTable *_umk_audit_index_names(const UmkAuditWork *work);
/* Whether a set of the audit is in that language. */
gboolean _umk_audit_has_language(const UmkAuditWork *work, const char *language);
/* What a debias costs by the control sets, whose words are of one kind each. */
gboolean _umk_audit_add_kinds(JsonBuilder *out,
                              const UmkAuditWork *work,
                              UmkMatrix *after,
                              GError **error);
/* [low, high], or null where one is not known */
void
_umk_audit_add_interval(JsonBuilder *out, const char *member, double low, double high);
void _umk_audit_add_number(JsonBuilder *out, const char *member, double value);
void _umk_audit_add_text(JsonBuilder *out, const char *member, const char *value);
void _umk_audit_add_texts(JsonBuilder *out, const char *member, GPtrArray *texts);

G_END_DECLS
