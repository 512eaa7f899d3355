/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas inside.
 *
 *   sum     := [ sign ] product { sign product }        sign: "+", "-" or "−"
 *   product := [ NUMBER [ "*" ] ] factor [ ( "*" | "/" ) NUMBER ]
 *   factor  := NAME | "(" sum ")"
 *   NAME    := letters, digits, "_", ".", "'", "#", ":" and "@", and "-" and "/" between
 *              two of them; or anything in "…", '…' or `…`, the quote doubled inside
 *
 * So "t-shirt - shirt" has two names; what a minus without blanks joins is one. */
#pragma once

#include <umekomi/umk-formula.h>

G_BEGIN_DECLS

#define UMK_FORMULA_MAX_BYTES 65536
#define UMK_FORMULA_MAX_DEPTH 64
#define UMK_FORMULA_MAX_TERMS 1000

typedef struct {
    char *name;
    double weight;
    guint column; /* in characters, from 1 */
} UmkFormulaTerm;

/* GArray of UmkFormulaTerm, each name once, in the order they are first met. column: set
 * when it fails, or NULL. */
GArray *_umk_formula_parse(const char *data, gsize len, guint *column, GError **error);

G_END_DECLS
