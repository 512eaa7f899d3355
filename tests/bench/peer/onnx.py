# SPDX-License-Identifier: GPL-3.0-or-later
"""The same networks as ONNX graphs, written without any library: the few protobuf messages that a
graph needs, and four ways to say an encoder layer.

  plain   as an export from a training framework says it: separate query, key and value products,
          reshapes, transposes, softmax, error function spelled out by its parts
  fused   with ONNX Runtime's own operators Attention, SkipLayerNormalization, BiasGelu, QuickGelu
  mha     the same with MultiHeadAttention, whose fast path takes no padding mask: for texts of
          one length and for pictures
  8 bits  each weight product becomes DynamicQuantizeLinear, MatMulInteger and a scale (plain), or
          QAttention and DynamicQuantizeMatMul (fused); weights per output channel, symmetric

All graphs of a model name tensors in one file of weights beside them."""
import struct

import numpy as np

FLOAT, UINT8, INT8, INT32, INT64 = 1, 2, 3, 6, 7
_TYPES = {"float32": FLOAT, "uint8": UINT8, "int8": INT8, "int32": INT32, "int64": INT64}
MICROSOFT = "com.microsoft"


def _varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _attribute(name, value):
    out = _bytes(1, name)
    if isinstance(value, float):
        return out + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return out + _number(3, value) + _number(20, 2)
    return out + b"".join(_number(8, v) for v in value) + _number(20, 7)


def _value_info(name, kind, dims):
    shape = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d))
                     for d in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


class Weights:
    """The file of weights that all graphs of a model share."""

    def __init__(self, path):
        self.path, self.entries, self.end = path, {}, 0
        self.file = open(path, "wb")

    def add(self, name, array):
        if name not in self.entries:
            array = np.ascontiguousarray(array)
            self.file.write(b"\0" * (-self.end % 64))
            self.end += -self.end % 64
            self.file.write(array.tobytes())
            self.entries[name] = (_TYPES[array.dtype.name], array.shape, self.end, array.nbytes)
            self.end += array.nbytes
        return name

    def close(self):
        self.file.close()


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.small, self.used, self.count = weights, [], {}, {}, 0

    def node(self, kind, inputs, n_out=1, domain="", name=None, unused=(), **attributes):
        self.count += 1
        outputs = [name or f"{kind}_{self.count}_{i}" if i not in unused else ""
                   for i in range(n_out)]
        out = b"".join(_bytes(1, i) for i in inputs) + b"".join(_bytes(2, o) for o in outputs)
        out += _bytes(3, f"{kind}_{self.count}") + _bytes(4, kind)
        out += b"".join(_bytes(5, _attribute(k, v)) for k, v in attributes.items())
        self.nodes.append(out + (_bytes(7, domain) if domain else b""))
        return outputs[0] if n_out == 1 else outputs

    def tensor(self, name, array):
        self.used[name] = True
        return self.weights.add(name, array)

    def constant(self, value, kind="float32"):
        array = np.asarray(value, kind)
        name = f"const_{kind}_{array.tolist()}"
        self.small[name] = array
        return name

    def save(self, path, inputs, output, dims):
        out = b"".join(_bytes(1, n) for n in self.nodes) + _bytes(2, "encoder")
        for name, array in self.small.items():
            out += _bytes(5, b"".join(_number(1, d) for d in array.shape) +
                          _number(2, _TYPES[array.dtype.name]) + _bytes(8, name) +
                          _bytes(9, array.tobytes()))
        for name in self.used:
            kind, shape, offset, size = self.weights.entries[name]
            where = {"location": self.weights.path.name, "offset": offset, "length": size}
            out += _bytes(5, b"".join(_number(1, d) for d in shape) + _number(2, kind) +
                          _bytes(8, name) +
                          b"".join(_bytes(13, _bytes(1, k) + _bytes(2, str(v)))
                                   for k, v in where.items()) + _number(14, 1))
        out += b"".join(_bytes(11, _value_info(*i)) for i in inputs)
        out += _bytes(12, _value_info(output, FLOAT, dims))
        model = _number(1, 8) + _bytes(2, "umekomi bench") + _bytes(7, out)
        model += _bytes(8, _bytes(1, "") + _number(2, 17))
        model += _bytes(8, _bytes(1, MICROSOFT) + _number(2, 1))
        path.write_bytes(model)


class Network(Graph):
    """An encoder, in one of the ways; t holds the tensors of the checkpoint."""

    def __init__(self, weights, shape, t, way, int8):
        super().__init__(weights)
        self.shape, self.t, self.way, self.int8 = shape, t, way, int8
        self.image = shape["kind"] == "image"
        self.mask = self.key_mask = None
        self.quantized = {}

    def norm(self, name, x):
        return self.node("LayerNormalization",
                         [x, self.tensor(name + ".weight", self.t[name + ".weight"]),
                          self.tensor(name + ".bias", self.t[name + ".bias"])],
                         axis=-1, epsilon=float(self.shape["eps"]))

    def _matrix(self, names):
        """(in, out) of the maps side by side, and their bias."""
        joined = "+".join(names)
        weight = np.concatenate([self.t[n + ".weight"] for n in names]).T
        bias = [self.t[n + ".bias"] for n in names if n + ".bias" in self.t]
        return joined, weight, np.concatenate(bias) if bias else None

    def _matrix_int8(self, names):
        joined, weight, bias = self._matrix(names)
        if joined + ".s8" not in self.weights.entries:
            scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
            self.weights.add(joined + ".s8", np.rint(weight / scale).astype(np.int8))
            self.weights.add(joined + ".scale", scale)
            self.weights.add(joined + ".zero", np.zeros(len(scale), np.int8))
            if bias is not None:
                self.weights.add(joined + ".bias", bias)
        for suffix in (".s8", ".scale", ".zero"):
            self.used[joined + suffix] = True
        if bias is not None:
            self.used[joined + ".bias"] = True
        return joined, bias is not None

    def quantize(self, x):
        if x not in self.quantized:
            self.quantized[x] = self.node("DynamicQuantizeLinear", [x], 3)
        return self.quantized[x]

    def linear(self, names, x, add_bias=True):
        names = [names] if isinstance(names, str) else names
        if not self.int8:
            joined, weight, bias = self._matrix(names)
            y = self.node("MatMul", [x, self.tensor(joined + ".t", weight)])
            if bias is None or not add_bias:
                return y
            return self.node("Add", [y, self.tensor(joined + ".bias", bias)])
        joined, has_bias = self._matrix_int8(names)
        if self.way != "plain":
            inputs = [x, joined + ".s8", joined + ".scale", joined + ".zero"]
            if has_bias and add_bias:
                inputs.append(joined + ".bias")
            return self.node("DynamicQuantizeMatMul", inputs, domain=MICROSOFT)
        xq, scale, zero = self.quantize(x)
        y = self.node("MatMulInteger", [xq, joined + ".s8", zero, joined + ".zero"])
        y = self.node("Cast", [y], to=FLOAT)
        y = self.node("Mul", [y, self.node("Mul", [scale, joined + ".scale"])])
        return self.node("Add", [y, joined + ".bias"]) if has_bias and add_bias else y

    def bias(self, name):
        return self.tensor(name + ".bias", self.t[name + ".bias"])

    def _split(self, x, order):
        heads = self.shape["heads"]
        x = self.node("Reshape", [x, self.constant(
            [0, 0, heads, self.shape["dims"] // heads], "int64")])
        return self.node("Transpose", [x], perm=order)

    def attention_plain(self, names, x):
        q, k, v = (self.linear(n, x) for n in names)
        scores = self.node("MatMul", [self._split(q, [0, 2, 1, 3]), self._split(k, [0, 2, 3, 1])])
        width = self.shape["dims"] // self.shape["heads"]
        scores = self.node("Div", [scores, self.constant(float(np.sqrt(width)))])
        if self.mask:
            scores = self.node("Add", [scores, self.mask])
        mixed = self.node("MatMul", [self.node("Softmax", [scores], axis=-1),
                                     self._split(v, [0, 2, 1, 3])])
        mixed = self.node("Transpose", [mixed], perm=[0, 2, 1, 3])
        return self.node("Reshape", [mixed, self.constant([0, 0, self.shape["dims"]], "int64")])

    def attention_fused(self, names, x):
        mask = [self.key_mask] if self.key_mask else []
        if not self.int8:
            joined, weight, bias = self._matrix(names)
            return self.node("Attention", [x, self.tensor(joined + ".t", weight),
                                           self.tensor(joined + ".bias", bias), *mask],
                             domain=MICROSOFT, num_heads=self.shape["heads"])
        joined, _ = self._matrix_int8(names)
        xq, scale, zero = self.quantize(x)
        return self.node("QAttention", [xq, joined + ".s8", joined + ".bias", scale,
                                        joined + ".scale", mask[0] if mask else "", zero,
                                        joined + ".zero"],
                         domain=MICROSOFT, num_heads=self.shape["heads"])

    def attention_mha(self, names, x):
        q, k, v = (self.linear(n, x) for n in names)
        return self.node("MultiHeadAttention", [q, k, v], domain=MICROSOFT,
                         num_heads=self.shape["heads"])

    def attention(self, names, x):
        return getattr(self, "attention_" + self.way)(names, x)

    def skip_norm(self, x, residual, norm, bias=None, keep_sum=False):
        inputs = [x, residual, self.tensor(norm + ".weight", self.t[norm + ".weight"]),
                  self.tensor(norm + ".bias", self.t[norm + ".bias"])]
        if bias:
            inputs.append(bias)
        outputs = self.node("SkipLayerNormalization", inputs, 4 if keep_sum else 1,
                            domain=MICROSOFT, unused=(1, 2), epsilon=float(self.shape["eps"]))
        return (outputs[0], outputs[3]) if keep_sum else outputs

    def activation(self, name, x):
        """Of the map called name; x lacks its bias in the fused float graphs only."""
        if self.image:
            if self.way != "plain":
                return self.node("QuickGelu", [x], domain=MICROSOFT, alpha=1.702)
            y = self.node("Sigmoid", [self.node("Mul", [x, self.constant(1.702)])])
            return self.node("Mul", [x, y])
        if self.way != "plain":
            if self.int8:
                return self.node("Gelu", [x], domain=MICROSOFT)
            return self.node("BiasGelu", [x, self.bias(name)], domain=MICROSOFT)
        y = self.node("Erf", [self.node("Div", [x, self.constant(float(np.sqrt(2)))])])
        y = self.node("Mul", [x, self.node("Add", [y, self.constant(1.0)])])
        return self.node("Mul", [y, self.constant(0.5)])

    def up(self, name, x):
        with_bias = self.image or self.way == "plain" or self.int8
        return self.activation(name, self.linear(name, x, add_bias=with_bias))

    def post_norm_layer(self, names, x):
        out, first, up, down, second = (names[0] + n for n in names[4:9])
        mixed = self.attention([names[0] + n for n in names[1:4]], x)
        if self.way == "plain":
            x = self.norm(first, self.node("Add", [self.linear(out, mixed), x]))
            return self.norm(second, self.node("Add", [self.linear(down, self.up(up, x)), x]))
        late = not self.int8  # the float product leaves its bias to the fused norm
        x = self.skip_norm(self.linear(out, mixed, not late), x, first,
                           self.bias(out) if late else None)
        return self.skip_norm(self.linear(down, self.up(up, x), not late), x, second,
                              self.bias(down) if late else None)

    def pre_norm_layer(self, names, x):
        out, first, up, down, second = (names[0] + n for n in names[4:9])
        mixed = self.attention([names[0] + n for n in names[1:4]], self.norm(first, x))
        if self.way == "plain":
            x = self.node("Add", [self.linear(out, mixed), x])
            y = self.norm(second, x)
        else:
            y, x = self.skip_norm(self.linear(out, mixed), x, second, keep_sum=True)
        return self.node("Add", [self.linear(down, self.up(up, y)), x])

    def layers(self, x):
        for i in range(self.shape["layers"]):
            names = (self.shape["names"][0] % i, *self.shape["names"][1:])
            x = (self.pre_norm_layer if self.image else self.post_norm_layer)(names, x)
        return x

    def normalize(self, x):
        self.node("Div", [x, self.node("ReduceL2", [x], axes=[-1], keepdims=1)], name="vector")

    def gather(self, name, ids):
        return self.node("Gather", [self.tensor(name, self.t[name]), ids], axis=0)

    def text(self, masked):
        x = self.gather("embeddings.word_embeddings.weight", "input_ids")
        length = self.node("Gather", [self.node("Shape", ["input_ids"]),
                                      self.constant(1, "int64")], axis=0)
        span = self.node("Range", [self.constant(0, "int64"), length, self.constant(1, "int64")])
        x = self.node("Add", [x, self.gather("embeddings.position_embeddings.weight", span)])
        kind = self.t["embeddings.token_type_embeddings.weight"][0]
        x = self.norm("embeddings.LayerNorm",
                      self.node("Add", [x, self.tensor("token_type_0", kind)]))
        inputs = [("input_ids", INT64, ["batch", "length"])]
        weights = None
        if masked:
            inputs.append(("attention_mask", INT64, ["batch", "length"]))
            weights = self.node("Cast", ["attention_mask"], to=FLOAT)
            if self.way == "plain":
                off = self.node("Unsqueeze", [weights, self.constant([1, 2], "int64")])
                off = self.node("Sub", [self.constant(1.0), off])
                self.mask = self.node("Mul", [off, self.constant(-3.4e38)])
            else:
                self.key_mask = self.node("Cast", ["attention_mask"], to=INT32)
        x = self.layers(x)
        if masked:
            weights = self.node("Unsqueeze", [weights, self.constant([2], "int64")])
            x = self.node("Mul", [x, weights])
        x = self.node("ReduceSum", [x, self.constant([1], "int64")], keepdims=0)
        self.normalize(x)  # the mean differs from the sum in length alone
        return inputs

    def picture(self):
        d, s = self.shape["dims"], self.shape
        base = "vision_model."
        x = self.node("Conv", ["pixels", self.tensor("patches", self.t[
            base + "embeddings.patch_embedding.weight"])], strides=[s["patch"], s["patch"]],
            kernel_shape=[s["patch"], s["patch"]])
        n = (s["side"] // s["patch"]) ** 2
        x = self.node("Reshape", [x, self.constant([0, d, n], "int64")])
        x = self.node("Transpose", [x], perm=[0, 2, 1])
        batch = self.node("Slice", [self.node("Shape", ["pixels"]), self.constant([0], "int64"),
                                    self.constant([1], "int64")])
        size = self.node("Concat", [batch, self.constant([1, d], "int64")], axis=0)
        token = self.tensor("class", self.t[base + "embeddings.class_embedding"].reshape(1, 1, d))
        x = self.node("Concat", [self.node("Expand", [token, size]), x], axis=1)
        x = self.node("Add", [x, self.tensor("positions", self.t[
            base + "embeddings.position_embedding.weight"])])
        x = self.layers(self.norm(base + "pre_layrnorm", x))
        x = self.node("Gather", [x, self.constant(0, "int64")], axis=1)
        x = self.linear("visual_projection", self.norm(base + "post_layernorm", x))
        self.normalize(x)
        return [("pixels", FLOAT, ["batch", 3, s["side"], s["side"]])]


def write_graphs(folder, shape, tensors):
    """Every way, in both precisions: WAY-f32.onnx, WAY-int8.onnx."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = Weights(folder / "weights.bin")
    for way in ("plain", "fused", "mha"):
        for precision in ("f32", "int8"):
            graph = Network(weights, shape, tensors, way, precision == "int8")
            inputs = graph.picture() if graph.image else graph.text(masked=way != "mha")
            dims = shape.get("projection", shape["dims"])
            graph.save(folder / f"{way}-{precision}.onnx", inputs, "vector", ["batch", dims])
    weights.close()
