# SPDX-License-Identifier: GPL-3.0-or-later
"""The log-mel of the model contract: of a whole clip, and its windows as they are embedded."""

import numpy as np
from scipy import sparse

from common import HOP, N_FFT, N_MELS, SAMPLE_RATE, WINDOW_FRAMES, WINDOW_HOP


def _hz_to_mel(hz):
    hz = np.asarray(hz, np.float64)
    linear = hz / (200.0 / 3)
    return np.where(hz >= 1000.0,
                    15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) / (np.log(6.4) / 27.0),
                    linear)


def _mel_to_hz(mel):
    mel = np.asarray(mel, np.float64)
    return np.where(mel >= 15.0, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mel - 15.0)),
                    mel * (200.0 / 3))


def mel_bank():
    """Slaney mel filters with Slaney area normalisation, (N_MELS, N_FFT / 2 + 1)."""
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    edges = _mel_to_hz(np.linspace(_hz_to_mel(0.0), _hz_to_mel(8000.0), N_MELS + 2))
    width = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    lower = -ramps[:-2] / width[:-1, None]
    upper = ramps[2:] / width[1:, None]
    bank = np.maximum(0, np.minimum(lower, upper))
    return bank * (2.0 / (edges[2:] - edges[:-2]))[:, None]


_BANK = sparse.csr_matrix(mel_bank())
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)


def log_mel(samples):
    """log10 mel power of a whole clip, frames first: (n_frames, N_MELS) float32."""
    samples = np.asarray(samples, np.float64)
    if len(samples) <= N_FFT // 2:
        samples = np.pad(samples, (0, N_FFT - len(samples)))
    padded = np.pad(samples, N_FFT // 2, mode='reflect')
    n_frames = 1 + (len(padded) - N_FFT) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:n_frames]
    power = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2
    return np.log10(np.maximum((_BANK @ power.T).T, 1e-10)).astype(np.float32)


def normalise_clip(mel):
    return (mel - mel.mean()) / (mel.std() + 1e-5)


def cut_windows(mel):
    """Windows of a normalised clip, (n, 1, N_MELS, WINDOW_FRAMES); the last one padded."""
    windows, begin = [], 0
    while True:
        part = mel[begin:begin + WINDOW_FRAMES]
        window = np.zeros((WINDOW_FRAMES, N_MELS), np.float32)
        window[:len(part)] = part
        windows.append(window.T)
        if begin + WINDOW_FRAMES >= len(mel):
            break
        begin += WINDOW_HOP
    return np.stack(windows)[:, None]
