"""Fit curves: how well do networks of a given width learn each of several targets from the same data and budget?

Many small networks train at once, each with its own data, seed and targets: a batched matrix product instead of a loop.
"""

from dataclasses import dataclass

import numpy as np
import torch

from mbrl_lite.errors import MbrlError


@dataclass(frozen=True)
class Budget:
    """What every network gets, whatever it learns."""

    layers: int = 2  # hidden layers
    steps: int = 1500  # updates of Adam
    batch: int = 128  # samples an update
    lr: float = 1e-2  # falls to 0 along half a cosine


DEFAULT = Budget()


class Networks:
    """K independent ReLU networks of one shape, (K, N, inputs) to (K, N, outputs), each drawn from its own seed.

    The same seed gives the same hidden layers, whatever the number of outputs. He initialisation. The stream is
    `default_rng([seed, 2])`: data drawn from `default_rng(seed)` has nothing to do with it.
    """

    def __init__(self, seeds, inputs: int, width: int, outputs: int, layers: int = 2, dtype=torch.float32):
        sizes = [inputs] + [width] * layers + [outputs]
        rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
        self.weights, self.biases = [], []
        for i, o in zip(sizes, sizes[1:]):
            drawn = np.stack([rng.normal(size=(o, i)).T * np.sqrt(2 / i) for rng in rngs])  # (K, i, o)
            self.weights.append(torch.tensor(drawn, dtype=dtype, requires_grad=True))
            self.biases.append(torch.zeros(len(rngs), 1, o, dtype=dtype, requires_grad=True))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            x = torch.baddbmm(b, x, W).relu_()  # (K, N, width)
        return torch.baddbmm(self.biases[-1], x, self.weights[-1])  # (K, N, outputs)

    def parameters(self) -> list[torch.Tensor]:
        return self.weights + self.biases


def train(networks: Networks, x: torch.Tensor, y: torch.Tensor, seeds, budget: Budget) -> Networks:
    """Least squares by Adam on all networks at once: x (K, N, inputs), y (K, N, outputs), NaN where there is no target.

    Each network draws its batches from its own seed and has its own moments, so none notices the others.
    """
    K, N = x.shape[:2]
    wanted = ~y[:, :1].isnan()  # (K, 1, outputs)
    y, weight = y.nan_to_num(), wanted / (wanted.sum(-1, keepdim=True) * budget.batch)  # a mean over what is wanted
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    rows = torch.arange(K)[:, None]  # (K, 1)
    adam = torch.optim.Adam(networks.parameters(), lr=budget.lr, foreach=True)
    for step in range(budget.steps):
        adam.param_groups[0]["lr"] = budget.lr * 0.5 * (1 + np.cos(np.pi * step / budget.steps))
        batch = torch.from_numpy(np.stack([rng.integers(N, size=budget.batch) for rng in rngs]))  # (K, B)
        loss = ((networks(x[rows, batch]) - y[rows, batch]).square() * weight).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return networks


class Fit:
    """One network of `width` for each target, all trained from one seed on the same samples in the same budget.

    x (N, inputs) and targets {name: y (N, outputs)}; inputs and targets are standardised, and given back in their
    own units. Raises `MbrlError` where samples and targets do not fit together.
    """

    def __init__(self, x, targets: dict[str, np.ndarray], width: int, seed: int, budget: Budget = DEFAULT):
        _check(x, targets, width)
        self.targets = {name: (y.shape[1], y.mean(0), _spread(y)) for name, y in targets.items()}
        self.centre, self.spread = x.mean(0), _spread(x)
        outputs = max(y.shape[1] for y in targets.values())
        aim = np.full((len(targets), len(x), outputs), np.nan)  # (K, N, outputs), NaN: no such output
        for k, (name, y) in enumerate(targets.items()):
            size, centre, spread = self.targets[name]
            aim[k, :, :size] = (y - centre) / spread
        seeds = [seed] * len(targets)
        networks = Networks(seeds, x.shape[1], width, outputs, budget.layers)
        self.networks = train(networks, self._seen(x), torch.tensor(aim, dtype=torch.float32), seeds, budget)

    def __call__(self, x) -> dict[str, np.ndarray]:
        """Predictions for each target, (N, outputs)."""
        with torch.no_grad():
            guess = self.networks(self._seen(x)).numpy()  # (K, N, outputs)
        zipped = zip(guess, self.targets.items())
        return {name: g[:, :size] * spread + centre for g, (name, (size, centre, spread)) in zipped}

    def errors(self, x, targets: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Mean squared error of each output over its variance, (outputs,): 1 is no better than the mean, 0 is perfect.

        An output that never varies counts as 0: there was nothing to learn.
        """
        guess = self(x)
        return {
            name: np.where(y.std(0) > 0, ((guess[name] - y) ** 2).mean(0) / _spread(y) ** 2, 0.0)
            for name, y in targets.items()
        }

    def _seen(self, x) -> torch.Tensor:
        x = torch.tensor((x - self.centre) / self.spread, dtype=torch.float32)
        return x.expand(len(self.targets), *x.shape)  # (K, N, inputs)


def fit_curve(learn, test, widths, seed: int, budget: Budget = DEFAULT) -> dict[str, np.ndarray]:
    """Relative test error against width, {name: (widths, outputs)}. Zhu et al. (2023), their experiments.

    `learn` and `test` are pairs (x (N, inputs), {name: y (N, outputs)}) with the same names; errors as `Fit.errors`.
    """
    rows = [Fit(*learn, width, seed, budget).errors(*test) for width in widths]
    return {name: np.stack([row[name] for row in rows]) for name in learn[1]}


def _spread(y: np.ndarray) -> np.ndarray:
    """Standard deviation of each column, 1 for a column that never varies."""
    return np.where(y.std(0) > 0, y.std(0), 1.0)


def _check(x, targets, width) -> None:
    if not targets or np.ndim(x) != 2:
        raise MbrlError(
            f"expected samples (N, inputs) and at least one target, got {np.shape(x)} and {len(targets)}: "
            f"give one row a sample, and a table of targets by name"
        )
    if width < 1:
        raise MbrlError(f"a network needs a width of at least 1, got {width}: try 64")
    for name, y in targets.items():
        if np.ndim(y) != 2 or len(y) != len(x):
            raise MbrlError(
                f"the target {name!r} should have shape ({len(x)}, outputs), one row a sample, but {np.shape(y)} came: "
                f"reshape it"
            )
        if not np.isfinite(y).all():
            raise MbrlError(
                f"the target {name!r} has {(~np.isfinite(y)).sum()} entries that are not finite: remove them"
            )
