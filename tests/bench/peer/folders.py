# SPDX-License-Identifier: GPL-3.0-or-later
"""Model folders of real shapes with random weights, as their authors lay them out, and texts for
them. The vocabulary is made of words w5, w6 … that the tokenizer finds whole, so that a text of n
words is n tokens and two more."""
import json
import math
import struct

import numpy as np

VOCABULARY = 30522
N_SPECIAL = 5  # [PAD] [UNK] [CLS] [SEP] [MASK]
CLS, SEP = 2, 3

SHAPES = {
    "minilm-l6": dict(kind="text", layers=6, dims=384, heads=12, ffn=1536, eps=1e-12),
    "bert-base": dict(kind="text", layers=12, dims=768, heads=12, ffn=3072, eps=1e-12),
    "vit-b32": dict(kind="image", layers=12, dims=768, heads=12, ffn=3072, eps=1e-5, patch=32,
                    side=224, projection=512),
}


def operations(shape, length):
    """Arithmetic of one sequence, multiply-add = 2, in the network's matrix products."""
    d, layers, ffn = shape["dims"], shape["layers"], shape["ffn"]
    total = length * (2 * layers * (4 * d * d + 2 * d * ffn) + 4 * layers * length * d)
    if shape["kind"] == "image":
        total += 2 * (length - 1) * d * 3 * shape["patch"] ** 2 + 2 * d * shape["projection"]
    return total


def random_tensors(shape, seed=0):
    """name -> float32 array, linear maps stored (out, in), under the names of checkpoints."""
    rng = np.random.default_rng(seed)
    d, ffn = shape["dims"], shape["ffn"]
    tensors = {}

    def matrix(name, *size, sigma=None):
        sigma = sigma or 1.0 / math.sqrt(size[-1])
        tensors[name] = rng.standard_normal(size, dtype=np.float32) * np.float32(sigma)

    def linear(name, n_out, n_in):
        matrix(name + ".weight", n_out, n_in)
        matrix(name + ".bias", n_out, sigma=0.02)

    def norm(name):
        matrix(name + ".weight", d, sigma=0.1)
        tensors[name + ".weight"] += np.float32(1)
        matrix(name + ".bias", d, sigma=0.1)

    if shape["kind"] == "text":
        matrix("embeddings.word_embeddings.weight", VOCABULARY, d, sigma=0.05)
        matrix("embeddings.position_embeddings.weight", 512, d, sigma=0.02)
        matrix("embeddings.token_type_embeddings.weight", 2, d, sigma=0.02)
        norm("embeddings.LayerNorm")
        names = ("encoder.layer.%d.", "attention.self.query", "attention.self.key",
                 "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
                 "intermediate.dense", "output.dense", "output.LayerNorm")
    else:
        n = (shape["side"] // shape["patch"]) ** 2 + 1
        matrix("vision_model.embeddings.class_embedding", d, sigma=0.5)
        matrix("vision_model.embeddings.patch_embedding.weight", d, 3, shape["patch"],
               shape["patch"], sigma=1.0 / math.sqrt(3 * shape["patch"] ** 2))
        matrix("vision_model.embeddings.position_embedding.weight", n, d, sigma=0.1)
        for name in ("pre_layrnorm", "post_layernorm"):
            norm("vision_model." + name)
        matrix("visual_projection.weight", shape["projection"], d)
        names = ("vision_model.encoder.layers.%d.", "self_attn.q_proj", "self_attn.k_proj",
                 "self_attn.v_proj", "self_attn.out_proj", "layer_norm1", "mlp.fc1", "mlp.fc2",
                 "layer_norm2")
    for i in range(shape["layers"]):
        layer = names[0] % i
        for part in names[1:5]:
            linear(layer + part, d, d)
        norm(layer + names[5])
        linear(layer + names[6], ffn, d)
        linear(layer + names[7], d, ffn)
        norm(layer + names[8])
    shape["names"] = names
    return tensors


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array, "<f4").tobytes())


def _dump(folder, name, data):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")


def _write_text_files(folder, shape):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = special + [f"w{i}" for i in range(N_SPECIAL, VOCABULARY)]
    one = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    _dump(folder, "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": word, "special": True, "single_word": False,
                          "lstrip": False, "rstrip": False, "normalized": False}
                         for i, word in enumerate(special)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": one, "pair": one,
                           "special_tokens": {
                               "[CLS]": {"id": "[CLS]", "ids": [CLS], "tokens": ["[CLS]"]},
                               "[SEP]": {"id": "[SEP]", "ids": [SEP], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {word: i for i, word in enumerate(words)}}})
    _dump(folder, "config.json", {
        "model_type": "bert", "architectures": ["BertModel"], "vocab_size": VOCABULARY,
        "hidden_size": shape["dims"], "num_hidden_layers": shape["layers"],
        "num_attention_heads": shape["heads"], "intermediate_size": shape["ffn"],
        "hidden_act": "gelu", "max_position_embeddings": 512, "type_vocab_size": 2,
        "layer_norm_eps": shape["eps"], "pad_token_id": 0})
    _dump(folder, "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling",
         "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize",
         "type": "sentence_transformers.models.Normalize"}])
    _dump(folder, "1_Pooling/config.json", {
        "word_embedding_dimension": shape["dims"], "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False})
    _dump(folder, "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})


def _write_image_files(folder, shape):
    vision = {"model_type": "clip_vision_model", "hidden_size": shape["dims"],
              "num_hidden_layers": shape["layers"], "num_attention_heads": shape["heads"],
              "intermediate_size": shape["ffn"], "hidden_act": "quick_gelu",
              "layer_norm_eps": shape["eps"], "image_size": shape["side"],
              "patch_size": shape["patch"], "projection_dim": shape["projection"],
              "num_channels": 3}
    _dump(folder, "config.json", {"model_type": "clip", "vision_config": vision,
                                  "projection_dim": shape["projection"]})


def write_folder(folder, shape, tensors):
    folder.mkdir(parents=True, exist_ok=True)
    if shape["kind"] == "text":
        _write_text_files(folder, shape)
    else:
        _write_image_files(folder, shape)
    write_safetensors(folder / "model.safetensors", tensors)


def equal_texts(n, length, seed=1):
    rng = np.random.default_rng(seed + length)
    return [[CLS, *rng.integers(N_SPECIAL, VOCABULARY, length - 2).tolist(), SEP]
            for _ in range(n)]


def mixed_texts(n, seed=2):
    """Log-normal lengths from 4 to 256 tokens, mean near 46, median 37."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(np.round(np.exp(rng.normal(math.log(37), 0.66, n))), 4, 256).astype(int)
    return [[CLS, *rng.integers(N_SPECIAL, VOCABULARY, length - 2).tolist(), SEP]
            for length in lengths]


def write_texts(path, texts):
    """The same texts as words for us and as ids for the peer."""
    words = "\n".join(" ".join(f"w{i}" for i in ids[1:-1]) for ids in texts)
    path.with_suffix(".txt").write_text(words + "\n", encoding="utf-8")
    ids = "\n".join(" ".join(map(str, ids)) for ids in texts)
    path.with_suffix(".ids").write_text(ids + "\n", encoding="utf-8")
