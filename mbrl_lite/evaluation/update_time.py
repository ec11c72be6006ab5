"""Where an update's time goes: phase by phase, and against its own matrix products alone."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mbrl_lite.agents import Dreamer
from mbrl_lite.data import Replay, Sampler
from mbrl_lite.errors import MbrlError

ATEN = torch.ops.aten
PRODUCTS = {ATEN.mm.default: (0, 1), ATEN.addmm.default: (1, 2), ATEN.bmm.default: (0, 1), ATEN.baddbmm.default: (1, 2)}


class Stopwatch:
    """Time by phase; a phase inside another is not counted for the outer one, so that all phases add up."""

    def __init__(self):
        self.seconds: Counter = Counter()
        self.stack: list[str] = []
        self.since = time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        if self.stack:
            self.seconds[self.stack[-1]] += now - self.since
        self.since = now

    @contextmanager
    def phase(self, name: str):
        """Count the time inside as `name`."""
        self._tick()
        self.stack.append(name)
        try:
            yield
        finally:
            self._tick()
            self.stack.pop()

    @contextmanager
    def watch(self, owner, method: str, name: str):
        """Count every call of owner.method as `name`, as long as the context lasts."""
        original, own = getattr(owner, method), method in vars(owner)

        def timed(*args, **kwargs):
            with self.phase(name):
                return original(*args, **kwargs)

        setattr(owner, method, timed)
        try:
            yield
        finally:
            if own:
                setattr(owner, method, original)
            else:
                delattr(owner, method)


def update_breakdown(agent: Dreamer, replay: Replay, sampler: Sampler, trials: int = 5) -> dict[str, float]:
    """Milliseconds of an update by phase, the mean of `trials` after one that does not count; the agent does learn.

    Phases: sample, encode, recur, decode, heads (those asked in dreams too), imagine (with the policy's choices),
    behaviour (its losses), backward, optimise, and other: the KL, clipping, checks. They add up to the whole update.
    """
    if trials < 1:
        raise MbrlError(f"expected at least 1 trial, got {trials}: ask for more")
    agent.update(replay, sampler)
    clock, model = Stopwatch(), agent.model
    places = [
        (replay, "sample", "sample"),
        (model.encoder, "forward", "encode"),
        (model.rssm, "observe", "recur"),
        (model.decoder, "loss", "decode"),
        (model.reward_head, "forward", "heads"),
        (model.cont_head, "forward", "heads"),
        (model, "imagine", "imagine"),
        (agent.behaviour, "loss", "behaviour"),
        (torch.Tensor, "backward", "backward"),
        *((optimiser, "step", "optimise") for optimiser in agent.optimisers.values()),
    ]
    with ExitStack() as stack:
        for owner, method, name in places:
            stack.enter_context(clock.watch(owner, method, name))
        for _ in range(trials):
            with clock.phase("other"):
                agent.update(replay, sampler)
    names = dict.fromkeys([name for _, _, name in places] + ["other"])
    return {name: 1000 * clock.seconds[name] / trials for name in names}


class _Shapes(TorchDispatchMode):
    """Counts the matrix products that run inside, by their shapes."""

    def __init__(self):
        super().__init__()
        self.seen: Counter = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in PRODUCTS:
            left, right = (args[i] for i in PRODUCTS[func])
            self.seen[tuple(left.shape), tuple(right.shape)] += 1
        return func(*args, **(kwargs or {}))


def matrix_products(function: Callable[[], object]) -> Counter:
    """The matrix products that a call runs, forward and backward: {(shape, shape): how often}. Convolutions are not."""
    with _Shapes() as shapes:
        function()
    return shapes.seen


def fastest(function: Callable[[], object], trials: int) -> float:
    """Seconds of the fastest of several calls, after one that is not counted."""
    times = []
    for _ in range(trials + 1):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def products_seconds(shapes: Counter, dtype: torch.dtype = torch.float32, trials: int = 15) -> float:
    """Seconds that these products take alone, one after another: the fastest of several trials."""
    pairs = [(torch.randn(a, dtype=dtype), torch.randn(b, dtype=dtype), n) for (a, b), n in shapes.items()]

    def products():
        for left, right, count in pairs:
            for _ in range(count):
                left @ right

    return fastest(products, trials)


class ProductShare(NamedTuple):
    """An update against its own matrix products alone, at their shapes."""

    share: float  # of the update's time that its products would take alone
    update: float  # seconds, the fastest of several
    alone: float  # seconds of the products
    products: int  # how many


def product_share(agent: Dreamer, replay: Replay, sampler: Sampler, trials: int = 15) -> ProductShare:
    """How much of an update is its own matrix products: what is left is overhead. The agent does learn."""
    shapes = matrix_products(lambda: agent.update(replay, sampler))
    dtype = torch.bfloat16 if agent.config.precision == "bfloat16" else torch.float32
    update, alone = fastest(lambda: agent.update(replay, sampler), trials), products_seconds(shapes, dtype, trials)
    return ProductShare(alone / update, update, alone, sum(shapes.values()))
