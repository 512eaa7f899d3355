/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The voice: no step between two samples is louder than a fade allows, whatever is done;
 * it loops, ends, pauses where it is, and is mute at once. */
#include "umk-app-voice.h"

#include <math.h>
#include <umekomi/umekomi.h>

#define RATE 48000u
#define FADE (RATE * UMK_APP_FADE_MS / 1000)

static GBytes *
constant(gsize n, float value)
{
    float *samples = g_new(float, n);

    for (gsize i = 0; i < n; i++)
        samples[i] = value;
    return g_bytes_new_take(samples, n * sizeof(float));
}

/* The largest step between samples, going on from *last. */
static double
render(UmkAppVoice *voice, gsize n, float *last)
{
    g_autofree float *out = g_new(float, n);
    double most = 0;

    umk_app_voice_render(out, n, voice);
    for (gsize i = 0; i < n; i++) {
        most = MAX(most, fabs((double) out[i] - (double) *last));
        *last = out[i];
    }
    return most;
}

static void
test_fades(void)
{
    g_autoptr(UmkAppVoice) voice = umk_app_voice_new(RATE);
    g_autoptr(GBytes) high = constant(10 * FADE, 1), low = constant(10 * FADE, -1);
    const double step = 2.5 / FADE;
    float last = 0;

    umk_app_voice_play(voice, high, 0);
    g_assert_cmpfloat(render(voice, 2 * FADE, &last), <, step);
    g_assert_cmpfloat(last, ==, 1);
    umk_app_voice_play(voice, low, 0);
    g_assert_cmpfloat(render(voice, 2 * FADE, &last), <, step);
    g_assert_cmpfloat(last, ==, -1);
    umk_app_voice_seek(voice, 5 * FADE);
    g_assert_cmpfloat(render(voice, 2 * FADE, &last), <, step);
    umk_app_voice_pause(voice);
    g_assert_cmpfloat(render(voice, 2 * FADE, &last), <, step);
    g_assert_cmpfloat(last, ==, 0);
    umk_app_voice_resume(voice);
    g_assert_cmpfloat(render(voice, 4 * FADE, &last), <, step);
    g_assert_cmpfloat(fabs((double) last), <, 0.001);
    g_assert_false(umk_app_voice_is_playing(voice));
}

static void
test_pause_stays(void)
{
    g_autoptr(UmkAppVoice) voice = umk_app_voice_new(RATE);
    g_autoptr(GBytes) sound = constant(RATE, 1);
    float last = 0;
    gsize at;

    umk_app_voice_play(voice, sound, 0);
    render(voice, 3 * FADE, &last);
    umk_app_voice_pause(voice);
    render(voice, 3 * FADE, &last);
    at = umk_app_voice_get_position(voice);
    render(voice, RATE, &last);
    g_assert_cmpuint(umk_app_voice_get_position(voice), ==, at);
    g_assert_cmpuint(at, <=, 4 * FADE + 1);
}

static void
test_loop(void)
{
    g_autoptr(UmkAppVoice) voice = umk_app_voice_new(RATE);
    g_autoptr(GBytes) sound = constant(4 * FADE, 1);
    float last = 0;

    umk_app_voice_set_loop(voice, TRUE);
    umk_app_voice_play(voice, sound, 0);
    g_assert_cmpfloat(render(voice, 40 * FADE, &last), <, 2.5 / FADE);
    g_assert_true(umk_app_voice_is_playing(voice));
    umk_app_voice_set_loop(voice, FALSE);
    render(voice, 8 * FADE, &last);
    g_assert_false(umk_app_voice_is_playing(voice));
}

static void
test_mute(void)
{
    g_autoptr(UmkAppVoice) voice = umk_app_voice_new(RATE);
    g_autoptr(GBytes) sound = constant(RATE, 1);
    float last = 0;

    umk_app_voice_play(voice, sound, 0);
    render(voice, 2 * FADE, &last);
    umk_app_voice_set_muted(voice, TRUE);
    render(voice, FADE + 1, &last);
    g_assert_cmpfloat(last, ==, 0);
    g_assert_true(umk_app_voice_is_playing(voice));
    umk_app_voice_set_muted(voice, FALSE);
    render(voice, FADE + 1, &last);
    g_assert_cmpfloat(last, ==, 1);
}

static void
test_nothing(void)
{
    g_autoptr(UmkAppVoice) voice = umk_app_voice_new(RATE);
    g_autoptr(GBytes) empty = g_bytes_new(NULL, 0);
    float last = 0;

    g_assert_cmpfloat(render(voice, 100, &last), ==, 0);
    umk_app_voice_seek(voice, 10);
    umk_app_voice_resume(voice);
    umk_app_voice_set_loop(voice, TRUE);
    umk_app_voice_play(voice, empty, 5);
    g_assert_cmpfloat(render(voice, 100, &last), ==, 0);
    g_assert_false(umk_app_voice_is_playing(voice));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/voice/fades", test_fades);
    g_test_add_func("/voice/pause-stays", test_pause_stays);
    g_test_add_func("/voice/loop", test_loop);
    g_test_add_func("/voice/mute", test_mute);
    g_test_add_func("/voice/nothing", test_nothing);
    return g_test_run();
}
