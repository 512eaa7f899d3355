# SPDX-License-Identifier: GPL-3.0-or-later
"""The trainings of the starter recipe on a cache in small: what was interrupted ends as what was
not, batches made ahead are the same batches, nothing is left behind on another device, and
early stopping keeps the best. Skipped where the recipe's packages are not installed."""

import contextlib
import itertools
import os
import resource
import shutil
import subprocess
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

    def test_ahead(self):
        for name in RUNS:
            whole, _, _ = self.run_on(name)
            self.assert_same(whole, self.run_on(name, cut=3, workers=2)[0], name)

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
    """Without a GPU: PyTorch's lazy device stands in for one, where it knows all operations."""

    def test_text_has_no_strays(self):
        """The lazy device knows no sparse gradients, so what a step makes is looked at."""
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

    def test_another_device(self):
        """Mixing devices ends the process there, so it is one of its own."""
        for name in ('pictures', 'sounds'):
            cache = self.new_cache()
            done = subprocess.run([sys.executable, __file__, '--lazy', name, cache],
                                  capture_output=True, text=True)
            if done.returncode == 77:
                self.skipTest('this PyTorch has no lazy device')
            self.assertEqual(done.returncode, 0, done.stderr[-2000:])
            there = torch.load(os.path.join(cache, 'watched.pt'))
            with watched_steps() as here:
                begin(3, RUNS[name], self.new_cache())
            self.assertEqual((len(here), len(there)), (3, 3))
            for step, ((loss, gradient), (other_loss, other)) in enumerate(zip(here, there)):
                # The same sums in another order. The lazy device enters a batch twice into the
                # running means of norms, by which the projection of pictures is settled.
                settled = name == 'pictures' and step == 2
                self.assertLess(abs(loss - other_loss), (0.1 if settled else 1e-3) * abs(loss), name)
                if not settled:
                    self.assertLess((gradient - other).norm(), 1e-2 * gradient.norm(), name)


@contextlib.contextmanager
def watched_steps(between=lambda: None):
    """The loss and the whole gradient of each step. between(): called around each."""
    found, learn = [], training.Learner.learn

    def watched(learner, loss, rate):
        between()
        learn(learner, loss, rate)
        between()
        found.append((loss.item(), torch.cat([p.grad.cpu().flatten() for p in
                                              learner.tower.parameters() if p.grad is not None])))
    with mock.patch.object(training.Learner, 'learn', watched):
        yield found


def keep_single():
    """The lazy device of PyTorch 1.13 makes a number of 64 bits of one times a plain number, and
    then refuses to mix it with others. So plain numbers become tensors first."""
    def kept(real):
        def times(self, other):
            if isinstance(other, float) and self.dim() == 0:
                other = torch.tensor(other, dtype=self.dtype, device=self.device)
            return real(self, other)
        return times
    for name in ('__mul__', '__rmul__'):
        setattr(torch.Tensor, name, kept(getattr(torch.Tensor, name)))


def on_lazy(name, cache):
    """Half on the lazy device, the rest on the processor."""
    try:
        import torch._lazy
        import torch._lazy.ts_backend
        torch._lazy.ts_backend.init()
        torch._C._set_graph_executor_optimize(False)     # which takes a minute and a half
    except (ImportError, AttributeError, RuntimeError):
        sys.exit(77)
    keep_single()
    # It drops model.Dense's work, which is there for a mistake of this library.
    torch.backends.mkldnn.set_flags(False)
    # Without marks a number is computed from the beginning whenever it is asked for.
    with watched_steps(torch._lazy.mark_step) as found:
        begin(3, RUNS[name], cache, torch.device('lazy'))
    torch.save(found, os.path.join(cache, 'watched.pt'))
    figures = RUNS[name](cache)
    assert figures['devices'] == 'cpu, lazy', figures


if __name__ == '__main__':
    torch.set_num_threads(1)
    if sys.argv[1:2] == ['--lazy']:
        on_lazy(*sys.argv[2:4])
    else:
        unittest.main()
