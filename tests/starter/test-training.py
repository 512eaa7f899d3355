# SPDX-License-Identifier: GPL-3.0-or-later
"""The trainings of the starter recipe on a cache in small: what was interrupted ends as what was
not, batches made ahead are the same batches, nothing is left behind on another device, and
early stopping keeps the best. Skipped where the recipe's packages are not installed."""

import itertools
import os
import resource
import shutil
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, 'tools', 'starter'), os.path.dirname(os.path.abspath(__file__))]
os.environ['UMEKOMI_SHARED'] = os.path.join(ROOT, 'nowhere')     # glances need nothing of it
try:
    import numpy as np
    import torch
    import train_pictures
    import train_sounds
    import train_text
except ImportError as problem:
    print('skipped: %s' % problem)
    sys.exit(77)
import clips
import common
import device
import pairs
import tiny
import training
import watch

STEPS = 6
CPU = torch.device('cpu')
# espeak-ng and MeCab are left out: letters are sounds enough here.
clips.phones = lambda text, _language: list(text)
clips.speakable = lambda texts: {t: t for t in texts}
for module in (train_text, train_pictures, train_sounds, watch):
    module.log = lambda *words: None


def with_long_scale(new_tower):
    """PyTorch's lazy device confuses the types of single numbers: the scale is a row of one."""
    def made(of):
        tower = new_tower(of)
        tower.scale.data = tower.scale.data.reshape(1)
        return tower
    return made


for module in (train_pictures, train_sounds):
    module.new_tower = with_long_scale(module.new_tower)


class Cut(Exception):
    pass


def text(cache, place=CPU, observe=None, **more):
    train_text.train_text(cache, STEPS, place, observe and observe(), batch=24, save_every=-1, **more)
    return train_text.finish_text(cache)


def pictures(cache, place=CPU, observe=None, **more):
    train_pictures.train_pictures(cache, (4, STEPS), place, observe and observe(), free_steps=2, n_concepts=8,
                                  save_every=-1, **more)
    return train_pictures.finish_pictures(cache)


def sounds(cache, place=CPU, observe=None, **more):
    train_sounds.train_sounds(cache, (4, STEPS), place, observe and observe(), few_steps=1, still_steps=2,
                              later_steps=3, n_clips=8, save_every=-1, **more)
    return train_sounds.finish_sounds(cache)


RUNS = {'text': text, 'pictures': pictures, 'sounds': sounds}


def begin(step, run, *arguments, **more):
    """A training that is interrupted after a step."""
    saved = training.Progress.save_when_due

    def save(progress, state, last):
        saved(progress, state, last)
        if progress.step == step:
            raise Cut
    with mock.patch.object(training.Progress, 'save_when_due', save):
        try:
            run(*arguments, **more)
        except Cut:
            return
    raise AssertionError('the training was not interrupted')


def cut_at(step, run, *arguments, **more):
    """An interrupted training, and another that goes on."""
    begin(step, run, *arguments, **more)
    return run(*arguments, **more)


def flatten(value, name=''):
    if isinstance(value, dict):
        return {k: v for key in value for k, v in flatten(value[key], '%s/%s' % (name, key)).items()}
    if isinstance(value, (list, tuple)):
        return flatten(dict(enumerate(value)), name)
    return {name: value}


def state_of(cache, name):
    kept = torch.load(os.path.join(cache, name + '-state.pt'))
    return {k: v for k, v in flatten(kept).items() if k != '/cpu' and not k.startswith('/devices')}


class OnCaches(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A cache with a finished text table, which all begin from a copy of."""
        cls.folder = tempfile.TemporaryDirectory()
        cls.first = os.path.join(cls.folder.name, 'first')
        os.mkdir(cls.first)
        tiny.make_cache(cls.first)
        text(cls.first)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def new_cache(self):
        path = tempfile.mkdtemp(dir=self.folder.name)
        return shutil.copytree(self.first, path, ignore=shutil.ignore_patterns('*-state.pt'),
                               dirs_exist_ok=True)

    def assert_same(self, a, b, what):
        self.assertEqual(a.keys(), b.keys())
        for key in a:
            same = torch.equal(a[key], b[key]) if isinstance(a[key], torch.Tensor) \
                else a[key] == b[key]
            self.assertTrue(same, '%s: %s differs' % (what, key))

    def run_on(self, name, cut=None, **more):
        cache = self.new_cache()
        figures = cut_at(cut, RUNS[name], cache, **more) if cut else RUNS[name](cache, **more)
        return state_of(cache, name), figures, cache


class Trainings(OnCaches):
    def test_interrupted(self):
        for name in RUNS:
            whole, _, _ = self.run_on(name)
            self.assert_same(whole, self.run_on(name, cut=3)[0], name)

    def test_stopped(self):
        """Each look is worse than the one before: two of them end a training with the first kept."""
        for name, module in (('text', train_text), ('pictures', train_pictures),
                             ('sounds', train_sounds)):
            worse = itertools.count(1)
            with mock.patch.object(module, 'contrast_of', lambda a, b: (float(next(worse)), 0.0)):
                _, figures, cache = self.run_on(name, observe=lambda: watch.Watch(2, 1))
            self.assertEqual((figures['steps'], figures['best_step']), (3, 1), name)
            kept = torch.load(os.path.join(cache, name + '-state.pt'))
            best = watch.best_of(kept)
            self.assertIs(best, kept['watch']['weights'])
            if name != 'text':           # whose average is taken every ten steps
                self.assertTrue(any(not torch.equal(best[k], kept['average'][k]) for k in best))
                finished = torch.load(os.path.join(cache, name + '.pt'))['tower']
                self.assertTrue(all(torch.equal(finished[k], best[k]) for k in finished), name)
            again = RUNS[name](cache, observe=lambda: watch.Watch(2, 1))
            self.assertEqual(again['steps'], 3, '%s goes on after it was stopped' % name)

    def test_watched_and_interrupted(self):
        """The best look lies before the cut in one case and after it in the other."""
        for name in RUNS:
            for cut in (3, 5):
                def observe():
                    return watch.Watch(9, 2)
                whole, figures, _ = self.run_on(name, observe=observe)
                self.assertIn('best_step', figures)
                self.assert_same(whole, self.run_on(name, cut=cut, observe=observe)[0], name)

    def test_looks(self):
        some = watch.Watch(2, 5)
        self.assertEqual([s for s in range(1, 16) if some.due(s)], [5, 10, 15])
        for step, loss, over in ((5, 3.0, False), (10, 2.0, False), (15, 2.5, False), (20, 1.0, False),
                                 (25, 1.0, False), (30, 4.0, True)):
            some.look('it', step, loss, 0.0, torch.tensor(loss))
            self.assertEqual(some.over(), over, step)
        self.assertEqual((some.step, float(some.weights)), (20, 1.0))
        off = watch.Watch()
        self.assertFalse(off or off.due(200) or off.over())

    def test_begun_otherwise(self):
        for name in RUNS:
            cache = self.new_cache()
            RUNS[name](cache)
            with self.assertRaisesRegex(SystemExit, 'begun with --patience 0'):
                RUNS[name](cache, observe=lambda: watch.Watch(2, 1))

    def test_kept_back(self):
        concepts = common.load_json(os.path.join(self.first, 'concepts.json'))
        material = train_pictures.Material(self.first, True)
        self.assertTrue(material.watched)
        self.assertFalse(set(material.watched) & set(material.trained))
        # The card measures with these.
        self.assertFalse([r for r in material.watched if concepts[r]['held'] == 'concept'])
        heard = clips.Clips(self.first, True)
        hidden = np.flatnonzero(heard.hidden.numpy())
        self.assertTrue(len(hidden))
        drawn = {heard.owner[i] for phase in range(4)
                 for i in heard.draw(np.random.default_rng(1), 4000, phase)}
        self.assertFalse(drawn & set(hidden))
        material = common.load_json(os.path.join(self.first, 'pairs.json'))
        left, rest, looked = pairs.kept_back(concepts, material)
        self.assertTrue(looked)
        self.assertLess(len(left), len(concepts))
        self.assertFalse([p for k in rest if k != 'book' for p in rest[k]
                          if watch.watched(p[0]) or watch.watched(p[1])])

    def test_full_disk(self):
        """A file may not grow here, as on a full disk."""
        cache = self.new_cache()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, limits[1]))
        try:
            with self.assertRaisesRegex(SystemExit, 'pictures-state.pt could not be written'):
                RUNS['pictures'](cache)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        self.assertFalse([n for n in os.listdir(cache) if n.endswith('.part')])

    def test_no_cuda(self):
        if torch.cuda.is_available():
            self.skipTest('there is a CUDA GPU')
        self.assertEqual(device.choose('auto'), CPU)
        with self.assertRaisesRegex(SystemExit, 'finds no CUDA'):
            device.choose('cuda')


class Strays(torch.overrides.TorchFunctionMode):
    """Counts tensors that are made without saying where."""

    MAKERS = {torch.zeros, torch.ones, torch.full, torch.arange, torch.eye, torch.rand, torch.randn,
              torch.tensor, torch.empty, torch.linspace}

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_function__(self, function, types, arguments=(), more=None):
        if function in self.MAKERS and 'device' not in (more or {}):
            self.found.append('%s%s' % (function.__name__, arguments))
        return function(*arguments, **(more or {}))


class Devices(OnCaches):
    """Without a GPU: what a step makes must say where, or it would stay behind on another device."""

    def test_text_has_no_strays(self):
        tokenizer, bank, draw, _ = train_text.load_material(self.first, False)
        some = pairs.make_batch(draw.batch(16))
        table = torch.nn.Parameter(torch.randn(len(tokenizer.vocabulary), common.N_DIMS))
        lazy = train_text.LazyAdam(table.data)
        with Strays() as strays:
            both = torch.nn.functional.embedding_bag(some['pieces'], table, some['offsets'],
                                                     mode='mean', sparse=True)
            train_text.contrast(both[:16], both[16:], torch.ones((), device=CPU),
                                some['same']).backward()
            lazy.step(table, 1e-3)
        self.assertEqual(strays.found, [])
        with Strays() as strays:
            torch.arange(3)
        self.assertEqual(len(strays.found), 1)

    def test_pictures_have_no_strays(self):
        material = train_pictures.Material(self.first)
        views = train_pictures.Views(material, 0, 8, CPU)
        tower = train_pictures.new_tower(len(material.trained))
        vectors = torch.from_numpy(material.vectors)
        with Strays() as strays:
            train_pictures.loss_of(tower, views.batch(0), vectors, 0).backward()
        self.assertEqual(strays.found, [])

    def test_sounds_have_no_strays(self):
        heard = clips.Hearings(clips.Clips(self.first), lambda step: step, 0, 8)
        tower = train_sounds.new_tower(heard.clips).train()
        for phase in range(4):
            with Strays() as strays:
                loss, _ = train_sounds.losses_of(heard.clips, tower, heard.batch(phase), 64, phase)
                loss.backward()
            self.assertEqual(strays.found, [], phase)

    def test_another_generator(self):
        """The state of a device's generator that cannot be read gives way to one of the step."""
        random = device.seeded(CPU)
        state = random.get_state()
        first = torch.rand(3, generator=random)
        device.restore_generator(random, state, 5)
        self.assertTrue(torch.equal(torch.rand(3, generator=random), first))
        for _ in range(2):
            device.restore_generator(random, torch.zeros(16, dtype=torch.uint8), 5)
            other = torch.rand(3, generator=random)
            self.assertTrue(torch.equal(other, torch.rand(
                3, generator=torch.Generator().manual_seed(common.SEED + 5))))


if __name__ == '__main__':
    torch.set_num_threads(1)
    unittest.main()
