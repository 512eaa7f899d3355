#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a BERT, XLM-R, nomic-bert or JinaBERT v2 folder as one GGUF file, by the public description
of the format and with the names that llama.cpp's converters use. Needs nothing but Python.

usage: convert.py FOLDER OUT.gguf (F32|F16|BF16|Q8_0|Q4_0|Q4_1|Q5_0|Q5_1)

Tensors of one axis, positions and token types stay F32, as there. The context length is
the folder's max_seq_length, which llama.cpp's converters do not know of.
"""
import base64
import json
import pathlib
import re
import struct
import sys

BERT = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
    "encoder.layer.#.attention.self.query": "blk.#.attn_q",
    "encoder.layer.#.attention.self.key": "blk.#.attn_k",
    "encoder.layer.#.attention.self.value": "blk.#.attn_v",
    "encoder.layer.#.attention.output.dense": "blk.#.attn_output",
    "encoder.layer.#.attention.output.LayerNorm": "blk.#.attn_output_norm",
    "encoder.layer.#.intermediate.dense": "blk.#.ffn_up",
    "encoder.layer.#.output.dense": "blk.#.ffn_down",
    "encoder.layer.#.output.LayerNorm": "blk.#.layer_output_norm",
    "encoder.layer.#.mlp.wo": "blk.#.ffn_down",
    "encoder.layer.#.mlp.layernorm": "blk.#.layer_output_norm",
}
NOMIC = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.token_type_embeddings": "token_types",
    "emb_ln": "token_embd_norm",
    "encoder.layers.#.attn.Wqkv": "blk.#.attn_qkv",
    "encoder.layers.#.attn.out_proj": "blk.#.attn_output",
    "encoder.layers.#.norm1": "blk.#.attn_output_norm",
    "encoder.layers.#.mlp.fc11": "blk.#.ffn_up",
    "encoder.layers.#.mlp.fc12": "blk.#.ffn_gate",
    "encoder.layers.#.mlp.fc2": "blk.#.ffn_down",
    "encoder.layers.#.norm2": "blk.#.layer_output_norm",
}


def pack(code, values):
    return struct.pack(f"<{len(values)}{code}", *values)


def half(value):
    return struct.pack("<e", value)


def as_half(value):
    return struct.unpack("<e", half(value))[0]


def bf16(values):
    out = bytearray()
    for value in values:
        bits = struct.unpack("<I", struct.pack("<f", value))[0]
        out += struct.pack("<H", (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
    return bytes(out)


def nibbles(quants):
    return bytes(quants[i] & 15 | (quants[i + 16] & 15) << 4 for i in range(16))


def fifths(quants):
    return struct.pack("<I", sum((q >> 4 & 1) << i for i, q in enumerate(quants)))


def q8_0(x):
    d = as_half(max(abs(v) for v in x) / 127)
    return half(d) + pack("b", [max(-127, min(127, round(v / d))) if d else 0 for v in x])


def centred(x, bits):
    """The number furthest from 0 becomes the least quant."""
    most = max(x, key=abs)
    d = as_half(-most / (1 << bits - 1))
    top = (1 << bits) - 1
    return d, [max(0, min(top, round(v / d) + (1 << bits - 1))) if d else 0 for v in x]


def ranged(x, bits):
    least = as_half(min(x))
    d = as_half((max(x) - least) / ((1 << bits) - 1))
    return d, least, [max(0, min((1 << bits) - 1, round((v - least) / d))) if d else 0 for v in x]


def q4_0(x):
    d, quants = centred(x, 4)
    return half(d) + nibbles(quants)


def q5_0(x):
    d, quants = centred(x, 5)
    return half(d) + fifths(quants) + nibbles(quants)


def q4_1(x):
    d, least, quants = ranged(x, 4)
    return half(d) + half(least) + nibbles(quants)


def q5_1(x):
    d, least, quants = ranged(x, 5)
    return half(d) + half(least) + fifths(quants) + nibbles(quants)


def in_blocks(block):
    return lambda x: b"".join(block(x[i:i + 32]) for i in range(0, len(x), 32))


TYPES = {"F32": (0, lambda x: pack("f", x)), "F16": (1, lambda x: pack("e", x)),
         "Q4_0": (2, in_blocks(q4_0)), "Q4_1": (3, in_blocks(q4_1)),
         "Q5_0": (6, in_blocks(q5_0)), "Q5_1": (7, in_blocks(q5_1)),
         "Q8_0": (8, in_blocks(q8_0)), "BF16": (30, bf16)}


def read_safetensors(path):
    data = path.read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    for name, entry in json.loads(data[8:8 + n]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + n + at for at in entry["data_offsets"])
        yield name, entry["shape"], list(struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))


def rename(name, table):
    name = re.sub(r"^(bert\.|model\.)", "", name)
    name = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta",
                                                                       "LayerNorm.bias")
    stem, _, kind = name.rpartition(".")
    layer = re.search(r"\.(\d+)\.", stem)
    pattern = re.sub(r"\.\d+\.", ".#.", stem)
    if kind not in ("weight", "bias") or pattern not in table:
        return None
    return table[pattern].replace("#", layer.group(1) if layer else "") + "." + kind


def tensors(folder, table, first_position):
    for name, shape, values in read_safetensors(folder / "model.safetensors"):
        if "mlp.gated_layers" in name:
            layer = re.search(r"\.(\d+)\.", name).group(1)
            size = len(values) // 2
            for part, stem in enumerate(("ffn_gate", "ffn_up")):
                yield (f"blk.{layer}.{stem}.weight", [shape[0] // 2, *shape[1:]],
                       values[part * size:(part + 1) * size])
        elif rename(name, table):
            if first_position and "position_embeddings" in name:
                values = values[first_position * shape[1]:]
                shape = [shape[0] - first_position, shape[1]]
            yield rename(name, table), shape, values


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def entry(key, value):
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, bool):
        return text(key) + struct.pack("<I?", 7, value)
    if isinstance(value, float):
        return text(key) + struct.pack("<If", 6, value)
    if isinstance(value, tuple):  # number of the type, its letter, the elements
        number, code, values = value
        return (text(key) + struct.pack("<IIQ", 9, number, len(values))
                + pack(code, values))
    if isinstance(value, list):
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return text(key) + struct.pack("<II", 4, value)


def phantom(piece):
    if piece.startswith("[") and piece.endswith("]"):
        return piece
    return piece[2:] if piece.startswith("##") else "\u2581" + piece


def tokens(folder, n):
    vocab = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    pieces = [f"[PAD{i}]" for i in range(n)]
    for piece, i in vocab.items():
        pieces[i] = phantom(piece)
    return pieces, vocab


def pooling(folder):
    path = folder / "1_Pooling" / "config.json"
    modes = json.loads(path.read_text()) if path.exists() else {}
    return 2 if modes.get("pooling_mode_cls_token") else 1


def metadata(folder, config, architecture):
    keys = {"context_length": ("max_position_embeddings", "n_positions"),
            "embedding_length": ("hidden_size", "n_embd"),
            "block_count": ("num_hidden_layers", "n_layer"),
            "attention.head_count": ("num_attention_heads", "n_head"),
            "feed_forward_length": ("intermediate_size", "n_inner")}
    values = {"general.architecture": architecture, "general.name": folder.name}
    for key, names in keys.items():
        values[f"{architecture}.{key}"] = next(config[n] for n in names if n in config)
    limits = folder / "sentence_bert_config.json"
    if limits.exists():
        values[f"{architecture}.context_length"] = json.loads(
            limits.read_text())["max_seq_length"]
    values[f"{architecture}.attention.layer_norm_epsilon"] = float(
        config.get("layer_norm_eps", config.get("layer_norm_epsilon", 1e-12)))
    values[f"{architecture}.attention.causal"] = False
    values[f"{architecture}.pooling_type"] = pooling(folder)
    if architecture == "nomic-bert":
        values[f"{architecture}.rope.freq_base"] = float(config["rotary_emb_base"])
    values.update(unigram(folder) if config["model_type"] == "xlm-roberta"
                  else wordpiece(folder, config["vocab_size"]))
    return values


def unigram(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"]
    unknown = tokenizer["model"]["unk_id"]
    special = {added["id"] for added in tokenizer["added_tokens"]}
    charsmap = next(base64.b64decode(part["precompiled_charsmap"])
                    for part in tokenizer["normalizer"]["normalizers"]
                    if part["type"] == "Precompiled")
    ids = {piece: i for i, (piece, _) in enumerate(vocab)}
    pieces = [piece for piece, _ in vocab]
    for added in tokenizer["added_tokens"]:
        ids[added["content"]] = added["id"]
        if added["id"] == len(pieces):
            pieces.append(added["content"])
    scores = [score for _, score in vocab] + [0.0] * (len(pieces) - len(vocab))
    kinds = [2 if i == unknown else 3 if i in special else 1 for i in range(len(pieces))]
    return {"tokenizer.ggml.model": "t5", "tokenizer.ggml.tokens": pieces,
            "tokenizer.ggml.scores": (6, "f", scores),
            "tokenizer.ggml.token_type": (5, "i", kinds),
            "tokenizer.ggml.precompiled_charsmap": (0, "B", list(charsmap)),
            "tokenizer.ggml.add_space_prefix": True,
            "tokenizer.ggml.remove_extra_whitespaces": True,
            "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_eos_token": True,
            "tokenizer.ggml.bos_token_id": ids["<s>"],
            "tokenizer.ggml.eos_token_id": ids["</s>"],
            "tokenizer.ggml.unknown_token_id": unknown}


def wordpiece(folder, n):
    pieces, vocab = tokens(folder, n)
    values = {"tokenizer.ggml.model": "bert"}
    values["tokenizer.ggml.tokens"] = pieces
    for key, piece in (("cls", "[CLS]"), ("seperator", "[SEP]"), ("unknown", "[UNK]"),
                       ("padding", "[PAD]"), ("mask", "[MASK]")):
        if piece in vocab:
            values[f"tokenizer.ggml.{key}_token_id"] = vocab[piece]
    return values


def main():
    folder, out, kind = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = json.loads((folder / "config.json").read_text())
    if config["model_type"] == "nomic_bert":
        architecture, table = "nomic-bert", NOMIC
    else:
        architecture = "jina-bert-v2" if config.get("position_embedding_type") == "alibi" \
            else "bert"
        table = BERT
    # The rows that XLM-R never uses are left out, so that positions count from 0.
    first_position = (config["pad_token_id"] + 1 if config["model_type"] == "xlm-roberta"
                      else 0)
    values = metadata(folder, config, architecture)
    listed, data, n_tensors = b"", b"", 0
    for name, shape, numbers in tensors(folder, table, first_position):
        plain = len(shape) == 1 or name.startswith(("position_embd", "token_types"))
        number, write = TYPES["F32" if plain else kind]
        listed += text(name) + struct.pack("<I", len(shape)) + pack("Q", shape[::-1])
        listed += struct.pack("<IQ", number, len(data))
        data += write(numbers)
        data += bytes(-len(data) % 32)
        n_tensors += 1
    head = b"GGUF" + struct.pack("<IQQ", 3, n_tensors, len(values))
    head += b"".join(entry(key, value) for key, value in values.items()) + listed
    pathlib.Path(out).write_bytes(head + bytes(-len(head) % 32) + data)


main()
