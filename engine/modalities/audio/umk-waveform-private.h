/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sound looks like: least and largest sample of each column. */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkPreviewOps _umk_waveform_preview;
