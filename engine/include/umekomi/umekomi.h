/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one header a program includes. Plugin authors add <umekomi/umk-plugin.h>. */
#ifndef UMEKOMI_H
#define UMEKOMI_H

#define UMK_INSIDE_UMEKOMI_H
#include <umekomi/umk-version.h>
#include <umekomi/umk-types.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-params.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-registry.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-model-info.h>
#include <umekomi/umk-knowledge.h>
#include <umekomi/umk-hub.h>
#include <umekomi/umk-space.h>
#include <umekomi/umk-filter.h>
#include <umekomi/umk-formula.h>
#include <umekomi/umk-collection.h>
#include <umekomi/umk-index.h>
#include <umekomi/umk-projection.h>
#include <umekomi/umk-cluster.h>
#include <umekomi/umk-retrieval.h>
#include <umekomi/umk-eval.h>
#include <umekomi/umk-bias.h>
#include <umekomi/umk-debias.h>
#include <umekomi/umk-audit.h>
#include <umekomi/umk-search.h>
#include <umekomi/umk-ingest.h>
#include <umekomi/umk-features.h>
#include <umekomi/umk-preview.h>
#include <umekomi/umk-train.h>
#include <umekomi/umk-vector-cache.h>
#include <umekomi/umk-vectors.h>
#undef UMK_INSIDE_UMEKOMI_H

#endif
