#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library from Python through introspection, with no binding code: lists, exceptions,
cancelling, a lambda as progress function, vectors without a copy."""
import sys
import tempfile
import unittest

import gi

gi.require_version("Umekomi", "1")
from gi.repository import Gio, GLib, Umekomi  # noqa: E402


def items(*texts):
    found = Umekomi.Items.new()
    for text in texts:
        found.append(Umekomi.Item.new_for_text(text))
    return found


class Binding(unittest.TestCase):
    def setUp(self):
        self.registry = Umekomi.Registry.get_default()

    def test_version(self):
        self.assertRegex(Umekomi.get_version(), r"^\d+\.\d+\.\d+$")

    def test_embedders_are_a_list(self):
        self.assertIn("bert", self.registry.list_embedders())

    def test_errors_are_exceptions(self):
        with self.assertRaises(GLib.Error) as caught:
            Umekomi.Model.load(self.registry, "no-such-model", None, None)
        self.assertTrue(caught.exception.matches(Umekomi.error_quark(), Umekomi.Error.NOT_FOUND))

    def test_embed_with_the_built_in_model(self):
        model = Umekomi.Model.load(self.registry, "starter", None, None)
        seen = []
        vectors = model.embed(items("dog", "puppy", "airplane"), None,
                              lambda stage, fraction, *_: seen.append(fraction))
        self.assertEqual(vectors.get_n_rows(), 3)
        self.assertEqual(vectors.get_n_cols(), model.get_n_dims())
        self.assertEqual(seen[-1], 1.0)
        view = memoryview(vectors.get_bytes().get_data()).cast("f")
        d = model.get_n_dims()
        rows = [view[i * d:(i + 1) * d] for i in range(3)]
        near = sum(a * b for a, b in zip(rows[0], rows[1]))
        far = sum(a * b for a, b in zip(rows[0], rows[2]))
        self.assertGreater(near, far)

    def test_cancelled(self):
        model = Umekomi.Model.load(self.registry, "starter", None, None)
        cancellable = Gio.Cancellable.new()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            model.embed(items("dog"), cancellable, None)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_collection(self):
        with tempfile.TemporaryDirectory() as folder:
            model = Umekomi.Model.load(self.registry, "starter", None, None)
            space = Umekomi.Space.new(model.get_frame(), model.get_n_dims(),
                                      Umekomi.Metric.COSINE)
            space.join(model.get_frame(), model.get_n_dims())
            collection = Umekomi.Collection.create(folder + "/a.ume", space)
            collection.add_model(model.get_id(), model.get_frame(), model.get_n_dims(),
                                 model.to_json())
            words = items("dog", "apple", "train")
            for i in range(3):
                words.get(i).set_id(f"w{i}")
            collection.append(model.get_id(), words, model.embed(words, None, None))
            collection.commit()
            query = collection.embed_query(model, Umekomi.Item.new_for_text("apple"), None)
            hits = collection.search(query, 2, 15, None)
            row, score = hits.get(0, 0)
            self.assertEqual(collection.dup_id(row), "w1")
            self.assertAlmostEqual(score, 1.0, places=5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
