# SPDX-License-Identifier: GPL-3.0-or-later
"""Export: write the towers as ordinary model folders (8-bit rows with a scale each, or
32-bit floats for checking) in one bundle, read them back, and make reference vectors from
what was read."""

import os
import shutil

import numpy as np
import torch
from PIL import Image

import model
from common import (HOP, IMAGE_SIDE, N_DIMS, N_FFT, N_MELS, SAMPLE_RATE, WINDOW_FRAMES,
                    WINDOW_HOP, load_json, save_json)
from logmel import cut_windows, log_mel, normalise_clip
from train_pictures import load_pictures
from train_sounds import load_sounds
from train_text import TextTower, load_text
from unigram import Tokenizer
from weights import read_safetensors, rows_of_int8, write_safetensors

SHAPE = ('hidden_size', 'num_hidden_layers', 'num_attention_heads', 'intermediate_size',
         'layer_norm_eps', 'head_size', 'stem')
SPACE, VERSION = 'umekomi-starter-3', '3.0'
LARGE = 40000              # numbers of a sound tower's convolution that is written in 8 bits


# ---- folders ---------------------------------------------------------------------

def write_text(folder, tower):
    os.makedirs(folder, exist_ok=True)
    rows, scale = rows_of_int8(tower.table)
    write_safetensors(os.path.join(folder, 'model.safetensors'),
                      {'embeddings': ('I8', rows), 'weights': ('F32', scale)})
    save_json(os.path.join(folder, 'config.json'),
              {'model_type': 'model2vec', 'architectures': ['StaticModel'],
               'tokenizer_name': 'umekomi-starter', 'hidden_dim': N_DIMS,
               'seq_length': 512, 'normalize': True, 'matryoshka_dims': [64, 128, N_DIMS]})
    save_json(os.path.join(folder, 'tokenizer.json'), tower.tokenizer.to_json(), None)


def tower_tensors(tower, exact, large=None):
    """Linear maps in 8 bits a row, convolutions and the head in 16, biases and norms in 32;
    convolutions of `large` numbers in 8 too. Exact: all in 32."""
    out = {}
    for name, value in model.fold(tower).items():
        value = value.float().numpy()
        if exact or value.ndim == 1:
            out[name] = ('F32', value)
        elif value.ndim == 4 and large and value.size >= large or (
                value.ndim == 2 and 'position' not in name and not name.startswith('head')):
            rows, scale = rows_of_int8(value)
            out[name], out[name + '.scale'] = ('I8', rows), ('F32', scale)
        else:
            out[name] = ('F16', value)
    return out


def stem_config(shape, kind):
    return {'model_type': kind, 'hidden_size': shape['hidden_size'],
            'num_hidden_layers': shape['num_hidden_layers'],
            'num_attention_heads': shape['num_attention_heads'],
            'intermediate_size': shape['intermediate_size'], 'hidden_act': 'gelu',
            'layer_norm_eps': shape['layer_norm_eps'], 'head_size': shape.get('head_size', 0),
            'projection_dim': N_DIMS,
            'stem': shape['stem']}


def write_image(folder, tower, exact=False):
    os.makedirs(folder, exist_ok=True)
    config = stem_config(tower.shape, 'umekomi_vit')
    config.update(num_channels=3, image_size=IMAGE_SIDE)
    save_json(os.path.join(folder, 'config.json'), config)
    write_safetensors(os.path.join(folder, 'model.safetensors'), tower_tensors(tower, exact))
    save_json(os.path.join(folder, 'preprocessor_config.json'),
              {'do_convert_rgb': True, 'background': [255, 255, 255], 'do_resize': True,
               'size': {'max_height': IMAGE_SIDE, 'max_width': IMAGE_SIDE}, 'resample': 3,
               'do_center_crop': True, 'crop_size': {'height': IMAGE_SIDE, 'width': IMAGE_SIDE},
               'do_rescale': True, 'rescale_factor': 1 / 255,
               'do_normalize': True, 'image_mean': [0.5] * 3, 'image_std': [0.5] * 3})


def write_audio(folder, tower, exact=False):
    os.makedirs(folder, exist_ok=True)
    config = stem_config(tower.shape, 'umekomi_audio')
    config.update(n_mels=N_MELS, window_frames=WINDOW_FRAMES, window_hop_frames=WINDOW_HOP)
    save_json(os.path.join(folder, 'config.json'), config)
    write_safetensors(os.path.join(folder, 'model.safetensors'), tower_tensors(tower, exact, LARGE))
    save_json(os.path.join(folder, 'preprocessor_config.json'),
              {'sampling_rate': SAMPLE_RATE, 'feature': 'logmel', 'n_fft': N_FFT,
               'hop_length': HOP, 'n_mels': N_MELS, 'mel_scale': 'slaney', 'mel_norm': 'slaney',
               'f_min': 0, 'f_max': 8000, 'window': 'hann_periodic', 'center': True,
               'pad_mode': 'reflect', 'power': 2.0, 'log': 'log10', 'floor': 1e-10,
               'normalize': 'per_clip'})


def write_graph(folder, cache):
    """The nodes' vectors as a table of its own, a node a token by its name, so that the
    engine reads it as it reads any table; and who stands above whom."""
    os.makedirs(folder, exist_ok=True)
    saved = load_json(os.path.join(cache, 'graph.json'))
    vectors = np.load(os.path.join(cache, 'graph.npy'))
    rows, scale = rows_of_int8(np.concatenate([vectors, np.zeros((1, N_DIMS))]))
    write_safetensors(os.path.join(folder, 'model.safetensors'),
                      {'embeddings': ('I8', rows), 'weights': ('F32', scale)})
    save_json(os.path.join(folder, 'config.json'),
              {'model_type': 'model2vec', 'architectures': ['StaticModel'],
               'tokenizer_name': 'wordnet-senses', 'hidden_dim': N_DIMS, 'normalize': True,
               'matryoshka_dims': [64, 128, N_DIMS]})
    vocabulary = {name: i for i, name in enumerate(saved['nodes'] + ['<unk>'])}
    save_json(os.path.join(folder, 'tokenizer.json'),
              {'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': [],
               'normalizer': None, 'pre_tokenizer': {'type': 'WhitespaceSplit'},
               'post_processor': None, 'decoder': None,
               'model': {'type': 'WordLevel', 'unk_token': '<unk>', 'vocab': vocabulary}}, None)
    save_json(os.path.join(folder, 'above.json'),
              [saved['above'][str(i)] for i in range(len(vectors))], None)


def write_bundle(folder, text, image, audio, exact=False):
    os.makedirs(folder, exist_ok=True)
    for part in ('text', 'image', 'audio', 'graph'):
        shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    write_text(os.path.join(folder, 'text'), text)
    write_image(os.path.join(folder, 'image'), image, exact)
    write_audio(os.path.join(folder, 'audio'), audio, exact)
    save_json(os.path.join(folder, 'umekomi-model.json'),
              {'format': 'umekomi-bundle/1', 'name': 'starter', 'version': VERSION,
               'space': SPACE, 'n_dims': N_DIMS, 'license': 'GPL-3.0-or-later',
               'towers': {'text': 'text', 'image': 'image', 'audio': 'audio'}})


# ---- using an exported bundle ----------------------------------------------------

def resize_picture(image):
    """The exported preprocessing up to 8-bit pixels: on white, in the middle of a square."""
    image = image.convert('RGBA')
    white = Image.new('RGBA', image.size, (255, 255, 255, 255))
    image = Image.alpha_composite(white, image).convert('RGB')
    scale = min(IMAGE_SIDE / image.height, IMAGE_SIDE / image.width)
    size = max(int(image.width * scale), 1), max(int(image.height * scale), 1)
    out = np.full((IMAGE_SIDE, IMAGE_SIDE, 3), 255, np.uint8)
    x, y = (IMAGE_SIDE - size[0] + 1) // 2, (IMAGE_SIDE - size[1] + 1) // 2
    out[y:y + size[1], x:x + size[0]] = np.asarray(image.resize(size, Image.BICUBIC))
    return out


def prepare_picture(image):
    """Pixels in [-1, 1], channels first."""
    return (resize_picture(image).astype(np.float32).transpose(2, 0, 1) / 255 - 0.5) / 0.5


def shape_of(path):
    """The shape of a picture or sound tower as its config.json gives it."""
    config = load_json(path)
    side = config.get('image_size')
    return dict({k: config[k] for k in SHAPE}, input=(3, side, side) if side else
                (1, config['n_mels'], config['window_frames']))


class Bundle:
    """An exported bundle, run in plain 32-bit floats from the weights as they are stored."""

    def __init__(self, folder):
        def load(name):
            return read_safetensors(os.path.join(folder, name, 'model.safetensors'))
        saved = load_json(os.path.join(folder, 'text', 'tokenizer.json'))
        table = load('text')
        self.text = TextTower(Tokenizer([tuple(p) for p in saved['model']['vocab']]),
                              table['embeddings'] * table['weights'][:, None])
        self.image, self.audio = (model.StemTower(shape_of(os.path.join(
            folder, name, 'config.json')), folded=True) for name in ('image', 'audio'))
        for tower, name in ((self.image, 'image'), (self.audio, 'audio')):
            tower.load_state_dict({k: torch.from_numpy(v) for k, v in load(name).items()})
            tower.eval()
        if os.path.exists(os.path.join(folder, 'graph', 'model.safetensors')):
            graph = load('graph')
            self.graph = (graph['embeddings'] * graph['weights'][:, None])[:-1]
            self.graph /= np.linalg.norm(self.graph, axis=1, keepdims=True)

    def embed_texts(self, texts):
        return self.text.embed(texts)

    @torch.no_grad()
    def embed_pictures(self, images, batch=128):
        out = []
        for begin in range(0, len(images), batch):
            x = np.stack([prepare_picture(i) for i in images[begin:begin + batch]])
            out.append(self.image(torch.from_numpy(x)).numpy())
        return np.concatenate(out)

    @torch.no_grad()
    def embed_mels(self, mels, batch=64):
        """Whole-clip log-mels (not yet normalised) to clip vectors."""
        out = []
        for begin in range(0, len(mels), batch):
            windows = [cut_windows(normalise_clip(m)) for m in mels[begin:begin + batch]]
            found = self.audio(torch.from_numpy(np.concatenate(windows))).numpy()
            at = 0
            for part in windows:
                mean = found[at:at + len(part)].mean(0)
                out.append(mean / np.linalg.norm(mean))
                at += len(part)
        return np.stack(out)

    def embed_clips(self, clips):
        return self.embed_mels([log_mel(c) for c in clips])


# ---- reference vectors -----------------------------------------------------------

REFERENCE_TEXTS = ['dog', 'a picture of a red apple', 'Café au lait, s\'il vous plaît!', '犬の顔',
                   'いぬが走る', 'サクランボ (sweet)', 'Ein kleiner Hund', 'собака 🐕']


def write_reference(folder, bundle, pictures, clips):
    """pictures: [(name, PIL image)]; clips: [(name, int16 samples)]; all small."""
    import soundfile
    os.makedirs(folder, exist_ok=True)
    for name, image in pictures:
        image.save(os.path.join(folder, name))
    for name, samples in clips:
        soundfile.write(os.path.join(folder, name), samples, SAMPLE_RATE, 'PCM_16')
    images = [Image.open(os.path.join(folder, name)) for name, _ in pictures]
    sounds = [soundfile.read(os.path.join(folder, name), dtype='float32')[0] for name, _ in clips]
    np.save(os.path.join(folder, 'texts.npy'), bundle.embed_texts(REFERENCE_TEXTS))
    np.save(os.path.join(folder, 'pictures.npy'), bundle.embed_pictures(images))
    np.save(os.path.join(folder, 'clips.npy'), bundle.embed_clips(sounds))
    mel = log_mel(sounds[0])
    np.save(os.path.join(folder, 'clip0-logmel.npy'), np.ascontiguousarray(mel[:40], np.float32))
    np.save(os.path.join(folder, 'picture0-resized.npy'), resize_picture(images[0]))
    save_json(os.path.join(folder, 'reference.json'),
              {'texts': [{'text': t, 'ids': bundle.text.tokenizer.encode(t)}
                         for t in REFERENCE_TEXTS],
               'pictures': [name for name, _ in pictures],
               'clips': [{'file': name, 'n_samples': len(s), 'n_frames': 1 + len(s) // HOP,
                          'n_windows': len(cut_windows(log_mel(s)))}
                         for (name, _), s in zip(clips, sounds)]})


def write_split(folder, cache):
    """heldout.json: what training never saw, for whoever measures the model again."""
    from common import STAMPS
    from sounds import test_clips
    concepts = load_json(os.path.join(cache, 'concepts.json'))

    def names(c):
        return {k: c['names'][k][0] for k in ('en', 'ja', 'de', 'fr') if k in c['names']}

    def rows(source, held, key):
        return [dict({key: c.get('cp') or c['path']}, **names(c)) for c in concepts
                if c['source'] == source and c['held'] == held]
    save_json(os.path.join(folder, 'heldout.json'),
              {'format': 'umekomi-heldout/1',
               'emoji': rows('emoji', 'concept', 'emoji'),
               'emoji_without_japanese': rows('emoji', 'japanese', 'emoji'),
               'stamps': rows('stamp', 'concept', 'stamp'),
               'drawings': rows('clipart', 'concept', 'drawing'),
               'recorded_french': [{'file': os.path.relpath(r[0], STAMPS), 'caption': r[1]}
                                   for r in test_clips(concepts)]})


def export(cache, folder, exact=False):
    """The averaged towers of a finished training, as a bundle with its reference vectors."""
    from gather import Glyphs
    from speech import reference_material
    write_bundle(folder, load_text(cache), load_pictures(cache), load_sounds(cache), exact)
    if os.path.exists(os.path.join(cache, 'graph.npy')):
        write_graph(os.path.join(folder, 'graph'), cache)
    write_split(folder, cache)
    pictures, clips = reference_material(Glyphs())
    write_reference(os.path.join(folder, 'reference'), Bundle(folder), pictures, clips)
