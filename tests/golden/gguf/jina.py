#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a tiny random JinaBERT v2 folder in its author's layout, for which there is no
golden case: converted to GGUF it must give the same vectors as it does itself.

usage: jina.py FOLDER
"""
import json
import pathlib
import random
import struct
import sys

D, FFN, LAYERS = 16, 24, 2
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "dog", "red", "##s", "a",
         "house", "in", "##ly"]
rng = random.Random(5)


def shapes():
    yield "embeddings.word_embeddings.weight", [len(WORDS), D]
    yield "embeddings.token_type_embeddings.weight", [2, D]
    names = [("embeddings.LayerNorm", [D])]
    for i in range(LAYERS):
        at = f"encoder.layer.{i}."
        names += [(at + f"attention.self.{part}", [D, D]) for part in ("query", "key", "value")]
        names += [(at + "attention.output.dense", [D, D]),
                  (at + "attention.output.LayerNorm", [D]), (at + "mlp.wo", [D, FFN]),
                  (at + "mlp.layernorm", [D])]
        yield at + "mlp.gated_layers.weight", [2 * FFN, D]
    for name, shape in names:
        yield name + ".weight", shape
        yield name + ".bias", shape[:1]


folder = pathlib.Path(sys.argv[1])
header, data = {}, b""
for name, shape in shapes():
    n = shape[0] * (shape[1] if len(shape) > 1 else 1)
    raw = struct.pack(f"<{n}f", *(rng.gauss(0, 0.5) for _ in range(n)))
    header[name] = {"dtype": "F32", "shape": shape,
                    "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
head = json.dumps(header).encode()
head += b" " * (-len(head) % 8)
(folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + data)
(folder / "config.json").write_text(json.dumps({
    "model_type": "bert", "architectures": ["JinaBertModel"], "hidden_size": D,
    "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": FFN,
    "vocab_size": len(WORDS), "max_position_embeddings": 64, "type_vocab_size": 2,
    "layer_norm_eps": 1e-12, "position_embedding_type": "alibi",
    "feed_forward_type": "geglu"}))
(folder / "tokenizer.json").write_text(json.dumps({
    "added_tokens": [], "normalizer": {"type": "BertNormalizer", "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
    "model": {"type": "WordPiece", "unk_token": "[UNK]",
              "vocab": {word: i for i, word in enumerate(WORDS)}}}))
