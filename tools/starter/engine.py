# SPDX-License-Identifier: GPL-3.0-or-later
"""A model folder as Umekomi itself runs it, through its command line: what is measured is what
people get."""

import json
import os
import subprocess
import tempfile

import numpy as np
import soundfile

from common import REPOSITORY, SAMPLE_RATE
from weights import read_safetensors


class Engine:
    def __init__(self, folder):
        self.folder = folder
        self.program = os.environ.get('UMEKOMI', os.path.join(REPOSITORY, 'tools', 'run'))
        path = os.path.join(folder, 'graph', 'model.safetensors')
        if os.path.exists(path):
            graph = read_safetensors(path)
            rows = (graph['embeddings'] * graph['weights'][:, None])[:-1]
            self.graph = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def has_pictures(self):
        return os.path.isdir(os.path.join(self.folder, 'image'))

    def embed(self, place, *arguments):
        out = os.path.join(place, 'vectors.npy')
        subprocess.run([self.program, 'embed', '--model', self.folder, '--quiet', '--output', out,
                        *arguments], check=True, stdout=subprocess.DEVNULL)
        return np.load(out)

    def measure_plan(self):
        """The rows of the folder's own plan, evaluation.json."""
        shown = subprocess.run([self.program, 'eval', 'starter', self.folder, '--json'],
                               capture_output=True, text=True, check=True).stdout
        return [json.loads(line) for line in shown.splitlines()]

    def embed_texts(self, texts):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'texts')
            with open(path, 'w', encoding='utf-8') as file:
                file.writelines(' '.join(t.split()) + '\n' for t in texts)
            return self.embed(place, '--input', path)

    def embed_pictures(self, images):
        with tempfile.TemporaryDirectory() as place:
            paths = [os.path.join(place, '%05d.png' % i) for i in range(len(images))]
            for path, image in zip(paths, images):
                image.convert('RGBA').save(path, compress_level=1)
            return self.embed(place, '--modality', 'image', '--files', *paths)

    def embed_clips(self, clips):
        with tempfile.TemporaryDirectory() as place:
            paths = [os.path.join(place, '%05d.wav' % i) for i in range(len(clips))]
            for path, clip in zip(paths, clips):
                soundfile.write(path, clip, SAMPLE_RATE, 'FLOAT')
            return self.embed(place, '--modality', 'audio', '--files', *paths)
