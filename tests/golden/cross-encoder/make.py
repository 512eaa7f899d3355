#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes two tiny random cross-encoders in the layout their authors publish, and their scores.

The scores come from the forward pass below: numpy in double precision, one pair at a time,
nothing shared with the library. bert: token types 0 and 1, pooler with tanh, sigmoid (no
activation is named). roberta: positions from 2, two </s> between the texts, no types, head
dense + out_proj, identity (named as sentence-transformers 2 to 3 do). Pairs longer than
model_max_length lose tokens from the longer text, one at a time.
"""
import json
import math
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
WORDS = ("what do pandas eat bamboo is the food of a panda car runs on road and dogs like "
         "bones 犬 は 骨 が 好き").split()
D, LAYERS, HEADS, FFN = 16, 2, 2, 24
QUERIES = [
    ("What do pandas eat", ["bamboo is the food of a panda", "a car runs on the road",
                            "bamboo", "dogs like bones and unknown things"]),
    ("犬 は 骨 が 好き", ["dogs like bones", "骨 が 好き"]),
    ("what is the food of a panda and what is the food of dogs",
     ["bamboo is the food of a panda and bones the food of dogs and a car runs on the road",
      "bamboo"]),
    ("panda", ["a car runs on the road and a panda eat bamboo and dogs eat bones and a car "
               "runs on a road and on"]),
]
erf = np.vectorize(math.erf)


def names(kind):
    prefix = kind + "."
    table = {prefix + "embeddings.word_embeddings.weight": (len(vocabulary(kind)), D),
             prefix + "embeddings.position_embeddings.weight": (26 + 2, D),
             prefix + "embeddings.token_type_embeddings.weight": (2 if kind == "bert" else 1, D),
             prefix + "embeddings.LayerNorm.weight": (D,),
             prefix + "embeddings.LayerNorm.bias": (D,)}
    for i in range(LAYERS):
        at = f"{prefix}encoder.layer.{i}."
        for name, rows, cols in (("attention.self.query", D, D), ("attention.self.key", D, D),
                                 ("attention.self.value", D, D),
                                 ("attention.output.dense", D, D),
                                 ("intermediate.dense", FFN, D), ("output.dense", D, FFN)):
            table[at + name + ".weight"] = (rows, cols)
            table[at + name + ".bias"] = (rows,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            table[at + name + ".weight"] = (D,)
            table[at + name + ".bias"] = (D,)
    heads = (("bert.pooler.dense", D), ("classifier", 1)) if kind == "bert" else \
        (("classifier.dense", D), ("classifier.out_proj", 1))
    for name, rows in heads:
        table[name + ".weight"] = (rows, D)
        table[name + ".bias"] = (rows,)
    return table


def specials(kind):
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] if kind == "bert" else \
        ["<s>", "<pad>", "</s>", "<unk>"]


def vocabulary(kind):
    return specials(kind) + list(dict.fromkeys(WORDS))


def make_tensors(kind, rng):
    tensors = {}
    for name, shape in names(kind).items():
        value = rng.normal(0, 0.6, shape)
        if "LayerNorm.weight" in name:
            value = 1 + 0.2 * value
        tensors[name] = value.astype("<f4")
    return tensors


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        raw = value.tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tokenizer_json(kind):
    words = vocabulary(kind)
    ids = {word: i for i, word in enumerate(words)}
    if kind == "bert":
        first, sep, unknown = "[CLS]", "[SEP]", "[UNK]"
        pair = [first, ("A", 0), sep, ("B", 1), (sep, 1)]
    else:
        first, sep, unknown = "<s>", "</s>", "<unk>"
        pair = [first, ("A", 0), sep, sep, ("B", 0), sep]

    def part(entry):
        name, kind_id = entry if isinstance(entry, tuple) else (entry, 0)
        key = "Sequence" if name in "AB" else "SpecialToken"
        return {key: {"id": name, "type_id": kind_id}}

    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": w, "single_word": False, "lstrip": False,
                          "rstrip": False, "normalized": False, "special": True}
                         for i, w in enumerate(specials(kind))],
        "normalizer": {"type": "BertNormalizer", "clean_text": True,
                       "handle_chinese_chars": False, "strip_accents": False,
                       "lowercase": True},
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [part(first), part(("A", 0)), part(sep)],
            "pair": [part(entry) for entry in pair],
            "special_tokens": {s: {"id": s, "ids": [ids[s]], "tokens": [s]}
                               for s in (first, sep)}},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": unknown,
                  "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": ids}}


def config_json(kind):
    config = {"model_type": "bert" if kind == "bert" else "xlm-roberta",
              "architectures": ["BertForSequenceClassification" if kind == "bert"
                                else "XLMRobertaForSequenceClassification"],
              "id2label": {"0": "LABEL_0"}, "vocab_size": len(vocabulary(kind)),
              "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
              "intermediate_size": FFN, "max_position_embeddings": 28,
              "type_vocab_size": 2 if kind == "bert" else 1, "hidden_act": "gelu",
              "layer_norm_eps": 1e-12 if kind == "bert" else 1e-5,
              "pad_token_id": 0 if kind == "bert" else 1}
    if kind != "bert":
        config["sbert_ce_default_activation_function"] = "torch.nn.modules.linear.Identity"
    return config


def encode(kind, query, text, limit):
    ids = {word: i for i, word in enumerate(vocabulary(kind))}
    unknown = ids["[UNK]" if kind == "bert" else "<unk>"]
    a = [ids.get(w, unknown) for w in query.lower().split()]
    b = [ids.get(w, unknown) for w in text.lower().split()]
    room = limit - (3 if kind == "bert" else 4)
    while len(a) + len(b) > room:
        (a if len(a) > len(b) else b).pop()
    if kind == "bert":
        cls, sep = ids["[CLS]"], ids["[SEP]"]
        return [cls, *a, sep, *b, sep], [0] * (len(a) + 2) + [1] * (len(b) + 1)
    cls, sep = ids["<s>"], ids["</s>"]
    return [cls, *a, sep, sep, *b, sep], [0] * (len(a) + len(b) + 4)


def norm(x, weight, bias, eps):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight + bias


def score(kind, tensors, ids, types):
    t = {name: value.astype(np.float64) for name, value in tensors.items()}
    eps = 1e-12 if kind == "bert" else 1e-5
    first = 0 if kind == "bert" else 2
    at = kind + ".embeddings."

    def linear(name, x):
        return x @ t[name + ".weight"].T + t[name + ".bias"]

    x = (t[at + "word_embeddings.weight"][ids]
         + t[at + "position_embeddings.weight"][first:first + len(ids)]
         + t[at + "token_type_embeddings.weight"][types])
    x = norm(x, t[at + "LayerNorm.weight"], t[at + "LayerNorm.bias"], eps)
    for i in range(LAYERS):
        layer = f"{kind}.encoder.layer.{i}."
        q, k, v = (linear(layer + "attention.self." + n, x).reshape(len(ids), HEADS, -1)
                   for n in ("query", "key", "value"))
        s = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(D / HEADS)
        s = np.exp(s - s.max(-1, keepdims=True))
        s /= s.sum(-1, keepdims=True)
        mixed = np.einsum("hij,jhd->ihd", s, v).reshape(len(ids), D)
        x = norm(x + linear(layer + "attention.output.dense", mixed),
                 t[layer + "attention.output.LayerNorm.weight"],
                 t[layer + "attention.output.LayerNorm.bias"], eps)
        h = linear(layer + "intermediate.dense", x)
        h = h * 0.5 * (1 + erf(h / math.sqrt(2)))
        x = norm(x + linear(layer + "output.dense", h), t[layer + "output.LayerNorm.weight"],
                 t[layer + "output.LayerNorm.bias"], eps)
    if kind == "bert":
        logit = linear("classifier", np.tanh(linear("bert.pooler.dense", x[0])))[0]
        return 1 / (1 + math.exp(-logit))
    return linear("classifier.out_proj", np.tanh(linear("classifier.dense", x[0])))[0]


for kind, seed, limit in (("bert", 1, 21), ("roberta", 2, 24)):
    folder = HERE / kind
    folder.mkdir(exist_ok=True)
    tensors = make_tensors(kind, np.random.default_rng(seed))
    write_safetensors(folder / "model.safetensors", tensors)
    for name, value in (("config.json", config_json(kind)),
                        ("tokenizer.json", tokenizer_json(kind)),
                        ("tokenizer_config.json", {"model_max_length": limit})):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False) + "\n")
    cases = [{"query": query, "texts": texts,
              "scores": [float(score(kind, tensors, *encode(kind, query, text, limit)))
                         for text in texts]} for query, texts in QUERIES]
    (folder / "expected.json").write_text(
        "[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n")
