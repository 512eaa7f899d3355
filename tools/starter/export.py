# SPDX-License-Identifier: GPL-3.0-or-later
"""Export: write the three towers as ordinary model folders (F16 safetensors and their
config files) in one bundle, read them back, and make reference vectors from what was read."""

import json
import os
import struct

import numpy as np
import torch
from PIL import Image

import model
from captions import LONGEST
from common import (HOP, IMAGE_SIDE, N_DIMS, N_FFT, N_MELS, SAMPLE_RATE, WINDOW_FRAMES,
                    WINDOW_HOP, cut_windows, load_json, log_mel, normalise_clip, save_json)
from wordpiece import Tokenizer


# ---- safetensors -----------------------------------------------------------------

def write_safetensors(path, tensors):
    header, data, at = {'__metadata__': {'format': 'pt'}}, [], 0
    for name in sorted(tensors):
        raw = np.ascontiguousarray(tensors[name].float().numpy().astype('<f2'))
        header[name] = {'dtype': 'F16', 'shape': list(raw.shape),
                        'data_offsets': [at, at + raw.nbytes]}
        data.append(raw.tobytes())
        at += raw.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(data))


def read_safetensors(path):
    with open(path, 'rb') as file:
        length, = struct.unpack('<Q', file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    out = {}
    for name, entry in header.items():
        if name != '__metadata__':
            begin, end = entry['data_offsets']
            raw = np.frombuffer(data[begin:end], '<f2').reshape(entry['shape'])
            out[name] = torch.from_numpy(raw.astype(np.float32))
    return out


# ---- folders ---------------------------------------------------------------------

def write_text(folder, tower, tokenizer):
    for part in ('', '1_Pooling', '2_Dense', '3_Normalize'):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    config = dict(model.TEXT, architectures=['BertModel'], model_type='bert', hidden_act='gelu',
                  attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0,
                  layer_norm_eps=1e-12, pad_token_id=0, type_vocab_size=2,
                  position_embedding_type='absolute', torch_dtype='float16')
    save_json(os.path.join(folder, 'config.json'), config)
    tensors = tower.state_dict()
    write_safetensors(os.path.join(folder, '2_Dense', 'model.safetensors'),
                      {'linear.weight': tensors['linear.weight']})
    write_safetensors(os.path.join(folder, 'model.safetensors'),
                      {k: v for k, v in tensors.items() if k != 'linear.weight'})
    save_json(os.path.join(folder, 'tokenizer.json'), tokenizer.to_json(), None)
    with open(os.path.join(folder, 'vocab.txt'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(tokenizer.vocabulary) + '\n')
    save_json(os.path.join(folder, 'tokenizer_config.json'),
              {'tokenizer_class': 'BertTokenizer', 'do_lower_case': True, 'strip_accents': False,
               'tokenize_chinese_chars': True, 'model_max_length': LONGEST})
    save_json(os.path.join(folder, 'sentence_bert_config.json'),
              {'max_seq_length': LONGEST, 'do_lower_case': False})
    kinds = [('', 'Transformer'), ('1_Pooling', 'Pooling'), ('2_Dense', 'Dense'),
             ('3_Normalize', 'Normalize')]
    save_json(os.path.join(folder, 'modules.json'),
              [{'idx': i, 'name': str(i), 'path': path,
                'type': 'sentence_transformers.models.' + kind}
               for i, (path, kind) in enumerate(kinds)])
    save_json(os.path.join(folder, '1_Pooling', 'config.json'),
              {'word_embedding_dimension': model.TEXT['hidden_size'],
               'pooling_mode_cls_token': False, 'pooling_mode_mean_tokens': True,
               'pooling_mode_max_tokens': False, 'pooling_mode_mean_sqrt_len_tokens': False})
    save_json(os.path.join(folder, '2_Dense', 'config.json'),
              {'in_features': model.TEXT['hidden_size'], 'out_features': N_DIMS, 'bias': False,
               'activation_function': 'torch.nn.modules.linear.Identity'})
    save_json(os.path.join(folder, '3_Normalize', 'config.json'), {})


def stem_config(shape, kind):
    return {'model_type': kind, 'hidden_size': shape['hidden_size'],
            'num_hidden_layers': shape['num_hidden_layers'],
            'num_attention_heads': shape['num_attention_heads'],
            'intermediate_size': shape['intermediate_size'], 'hidden_act': 'gelu',
            'layer_norm_eps': shape['layer_norm_eps'], 'projection_dim': N_DIMS,
            'stem': shape['stem'], 'torch_dtype': 'float16'}


def write_image(folder, tower):
    os.makedirs(folder, exist_ok=True)
    config = stem_config(model.IMAGE, 'umekomi_vit')
    config.update(num_channels=3, image_size=IMAGE_SIDE)
    save_json(os.path.join(folder, 'config.json'), config)
    write_safetensors(os.path.join(folder, 'model.safetensors'), model.fold(tower))
    save_json(os.path.join(folder, 'preprocessor_config.json'),
              {'do_convert_rgb': True, 'background': [255, 255, 255], 'do_resize': True,
               'size': {'height': IMAGE_SIDE, 'width': IMAGE_SIDE}, 'resample': 3,
               'do_center_crop': False, 'do_rescale': True, 'rescale_factor': 1 / 255,
               'do_normalize': True, 'image_mean': [0.5] * 3, 'image_std': [0.5] * 3})


def write_audio(folder, tower):
    os.makedirs(folder, exist_ok=True)
    config = stem_config(model.AUDIO, 'umekomi_audio')
    config.update(n_mels=N_MELS, window_frames=WINDOW_FRAMES, window_hop_frames=WINDOW_HOP)
    save_json(os.path.join(folder, 'config.json'), config)
    write_safetensors(os.path.join(folder, 'model.safetensors'), model.fold(tower))
    save_json(os.path.join(folder, 'preprocessor_config.json'),
              {'sampling_rate': SAMPLE_RATE, 'feature': 'logmel', 'n_fft': N_FFT,
               'hop_length': HOP, 'n_mels': N_MELS, 'mel_scale': 'slaney', 'mel_norm': 'slaney',
               'f_min': 0, 'f_max': 8000, 'window': 'hann_periodic', 'center': True,
               'pad_mode': 'reflect', 'power': 2.0, 'log': 'log10', 'floor': 1e-10,
               'normalize': 'per_clip'})


def write_bundle(folder, text, image, audio, tokenizer):
    os.makedirs(folder, exist_ok=True)
    write_text(os.path.join(folder, 'text'), text, tokenizer)
    write_image(os.path.join(folder, 'image'), image)
    write_audio(os.path.join(folder, 'audio'), audio)
    save_json(os.path.join(folder, 'umekomi-model.json'),
              {'format': 'umekomi-bundle/1', 'name': 'starter', 'version': '1',
               'space': 'umekomi-starter-1', 'n_dims': N_DIMS, 'license': 'GPL-3.0-or-later',
               'towers': {'text': 'text', 'image': 'image', 'audio': 'audio'}})


# ---- using an exported bundle ----------------------------------------------------

def resize_picture(image):
    """The exported preprocessing up to 8-bit pixels: on white, squeezed to a square."""
    image = image.convert('RGBA')
    white = Image.new('RGBA', image.size, (255, 255, 255, 255))
    image = Image.alpha_composite(white, image).convert('RGB')
    return np.asarray(image.resize((IMAGE_SIDE, IMAGE_SIDE), Image.BICUBIC))


def prepare_picture(image):
    """Pixels in [-1, 1], channels first."""
    return (resize_picture(image).astype(np.float32).transpose(2, 0, 1) / 255 - 0.5) / 0.5


class Bundle:
    """An exported bundle, run in plain 32-bit floats from its 16-bit weights."""

    def __init__(self, folder):
        vocabulary = load_json(os.path.join(folder, 'text', 'tokenizer.json'))['model']['vocab']
        self.tokenizer = Tokenizer(sorted(vocabulary, key=vocabulary.get), LONGEST)
        self.text = model.TextTower()
        tensors = read_safetensors(os.path.join(folder, 'text', 'model.safetensors'))
        tensors.update(read_safetensors(os.path.join(folder, 'text', '2_Dense',
                                                     'model.safetensors')))
        self.text.load_state_dict(tensors)
        self.image = model.StemTower(model.IMAGE, folded=True)
        self.audio = model.StemTower(model.AUDIO, folded=True)
        for tower, name in ((self.image, 'image'), (self.audio, 'audio')):
            tower.load_state_dict(read_safetensors(os.path.join(folder, name,
                                                                'model.safetensors')))
        for tower in (self.text, self.image, self.audio):
            tower.eval()

    @torch.no_grad()
    def embed_texts(self, texts, batch=256):
        out = np.zeros((len(texts), N_DIMS), np.float32)
        ids = [self.tokenizer.encode(t) for t in texts]
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        for begin in range(0, len(order), batch):
            rows = order[begin:begin + batch]
            out[rows] = self.text(*pad([ids[i] for i in rows])).numpy()
        return out

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


def pad(ids):
    width = max(len(i) for i in ids)
    out = np.zeros((len(ids), width), np.int64)
    mask = np.zeros((len(ids), width), np.float32)
    for row, one in enumerate(ids):
        out[row, :len(one)] = one
        mask[row, :len(one)] = 1
    return torch.from_numpy(out), torch.from_numpy(mask)


# ---- reference vectors -----------------------------------------------------------

REFERENCE_TEXTS = ['dog', 'a picture of a red apple', 'Café au lait, s\'il vous plaît!', '犬の顔',
                   'いぬが走る', 'サクランボ (sweet)']


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
              {'texts': [{'text': t, 'ids': bundle.tokenizer.encode(t)} for t in REFERENCE_TEXTS],
               'pictures': [name for name, _ in pictures],
               'clips': [{'file': name, 'n_samples': len(s), 'n_frames': 1 + len(s) // HOP,
                          'n_windows': len(cut_windows(log_mel(s)))}
                         for (name, _), s in zip(clips, sounds)]})


def export(cache, folder):
    """The averaged towers of a finished training, as a bundle with its reference vectors."""
    from captions import Corpus
    from gather import Glyphs
    from speech import reference_material
    from train import load_pictures
    from train_phrases import load_phrases
    from train_sounds import load_sounds
    write_bundle(folder, load_phrases(cache), load_pictures(cache)['image'], load_sounds(cache),
                 Corpus(cache).tokenizer())
    pictures, clips = reference_material(Glyphs())
    write_reference(os.path.join(folder, 'reference'), Bundle(folder), pictures, clips)
