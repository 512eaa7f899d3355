/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that the tables of options of many measures share, each written once. */
#pragma once

#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>

/* Of the figure's intervals. */
#define UMK_BIAS_PARAM_REPLICATES_OF(number, words)                                      \
    {                                                                                    \
        .name = "replicates", .type = UMK_PARAM_INT, .title = N_("Replicates"),          \
        .help = words, .min = 0, .max = 1e6, .def = number                               \
    }
#define UMK_BIAS_PARAM_REPLICATES                                                        \
    UMK_BIAS_PARAM_REPLICATES_OF(                                                        \
        10000, N_("Draw the items anew so many times for each interval; 0 for none"))
#define UMK_BIAS_PARAM_LEVEL                                                             \
    {                                                                                    \
        .name = "level", .type = UMK_PARAM_DOUBLE, .title = N_("Level"),                 \
        .help = N_("What share of cases an interval is to cover"), .min = 0.5,           \
        .max = 0.9999, .def = 0.95                                                       \
    }

/* Of its p-values. */
#define UMK_BIAS_PARAM_PERMUTATIONS_UP_TO(most, number, words)                           \
    {                                                                                    \
        .name = "permutations", .type = UMK_PARAM_INT, .title = N_("Permutations"),      \
        .help = words, .min = 0, .max = most, .def = number                              \
    }
#define UMK_BIAS_PARAM_PERMUTATIONS_OF(number, words)                                    \
    UMK_BIAS_PARAM_PERMUTATIONS_UP_TO(1e6, number, words)
#define UMK_BIAS_PARAM_PERMUTATIONS(number)                                              \
    UMK_BIAS_PARAM_PERMUTATIONS_UP_TO(                                                   \
        1e9, number,                                                                     \
        N_("Look at so many random splits where there are too many to count "            \
           "all"))

/* Of what chance gives, and of what sets of these sizes can show. */
#define UMK_BIAS_PARAM_CONTROLS_OF(number, words)                                        \
    {                                                                                    \
        .name = "controls", .type = UMK_PARAM_INT, .title = N_("Random sets"),           \
        .help = words, .min = 0, .max = 1e6, .def = number                               \
    }
#define UMK_BIAS_PARAM_CONTROLS                                                          \
    UMK_BIAS_PARAM_CONTROLS_OF(                                                          \
        1000, N_("Draw so many sets of random items as targets; 0 for none"))
#define UMK_BIAS_PARAM_POWER                                                             \
    {                                                                                    \
        .name = "power", .type = UMK_PARAM_DOUBLE, .title = N_("Power"),                 \
        .help = N_("With what probability a detectable effect is to be found"),          \
        .min = 0.1, .max = 0.999, .def = 0.8                                             \
    }
#define UMK_BIAS_PARAM_ALPHA                                                             \
    {                                                                                    \
        .name = "alpha", .type = UMK_PARAM_DOUBLE, .title = N_("Significance"),          \
        .help = N_("Below which p a detectable effect is to come"), .min = 1e-6,         \
        .max = 0.5, .def = 0.05                                                          \
    }
#define UMK_BIAS_PARAMS_DETECTABLE UMK_BIAS_PARAM_POWER, UMK_BIAS_PARAM_ALPHA
