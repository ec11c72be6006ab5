"""MoCoDyna: learn a model that stays wrong, ask real samples about its plans, and plan in the corrected model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mbrl_lite.agents.dyna import q_learning
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning.maxent import correct
from mbrl_lite.planning.moco import smear
from mbrl_lite.planning.value_iteration import value_iteration


@dataclass(frozen=True)
class MoCoDynaConfig:
    """The knobs of MoCoDyna (Rakhsha et al., 2024, Algorithm 1)."""

    d: int = 2  # basis functions in use: past values; 0 is Dyna, which plans in the model as it is
    waiting: int = 0  # newer functions that collect answers and are not yet used (the paper's c)
    renew: int = 500  # real samples between one basis function and the next
    noise: float = 1.0  # distrust of an answer from n samples: beta = noise / sqrt(n), in spreads of the function
    replay: bool = True  # answer a new question from all samples so far; False: only from later ones, as in the paper

    def __post_init__(self):
        for name, least in (("d", 0), ("waiting", 0), ("renew", 1), ("noise", 0)):
            if not getattr(self, name) >= least:
                raise MbrlError(f"expected {name} to be {least} or more, got {getattr(self, name)}: change this field")


class MoCoDyna:
    """MoCoDyna in N worlds at once. `world` (leading axis N) lends its rewards, ends and gamma, never its P.

    The model is a table of counts that is smeared by `wrong` (N,): more samples do not cure it. `V` (N, S), `pi` (N, S)
    and `P` (N, S, A, S) are the last plan: values, greedy actions, and the model it was made in.
    """

    def __init__(self, world: MDP, wrong: np.ndarray, config: MoCoDynaConfig):
        if world.P.ndim != 4 or np.shape(wrong) != world.P.shape[:1]:
            raise MbrlError(
                f"expected N worlds in one MDP and one `wrong` for each, got P {world.P.shape} and {np.shape(wrong)}: "
                "use envs.tabular.stack"
            )
        self.world, self.wrong, self.config = world, np.asarray(wrong, float), config
        self.counts = np.zeros(world.P.shape)
        self.asked: list[tuple[np.ndarray, np.ndarray]] = []  # phi (N, S), and the counts when it was asked
        self.samples = 0
        self.V = np.zeros(world.P.shape[:2])
        self.pi = np.zeros(world.P.shape[:2], int)
        self.P = self.model()

    def learn(self, s: np.ndarray, a: np.ndarray, s2: np.ndarray) -> None:
        """Take in n real samples of each world, (N, n) each."""
        np.add.at(self.counts, (np.arange(len(s))[:, None], s, a, s2), 1)
        before, self.samples = self.samples, self.samples + s.shape[1]
        if before // self.config.renew < self.samples // self.config.renew and self.config.d:
            self._ask()

    def model(self) -> np.ndarray:
        """P_hat (N, S, A, S): the counts' frequencies, uniform where nothing was seen, smeared by `wrong`."""
        return smear(frequencies(self.counts)[0], self.wrong)

    def answers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The basis phi (N, d, S), the mean of phi(s') in the samples psi (N, S, A, d), and how many, (N, S, A)."""
        used = self.asked[: len(self.asked) - self.config.waiting]
        found = [(phi, *frequencies(self.counts - since)) for phi, since in used]
        psi = np.stack([(P @ phi[:, None, :, None])[..., 0] for phi, P, _ in found], -1)
        return np.stack([phi for phi, _, _ in found], 1), psi, np.min([n for _, _, n in found], 0)

    def plan(self) -> None:
        """Correct the model by the answers so far and solve it."""
        self.P = self.model()
        if len(self.asked) > self.config.waiting:
            phi, psi, n = self.answers()
            beta = np.where(n > 0, self.config.noise / np.sqrt(np.maximum(n, 1)), np.inf)  # unasked: the model stands
            self.P = correct(self.P, phi, psi, beta).P
        for n in range(len(self.P)):  # one by one, so that no world's last digits depend on the others
            given = (self.P[n], self.world.R[n], self.world.gamma, self.world.start[n], self.world.terminal[n])
            self.V[n], Q = value_iteration(MDP(*given), 1e-6, self.V[n])
            self.pi[n] = Q.argmax(-1)

    def _ask(self) -> None:
        """The last plan's values, without what the newer functions already say, become a question to the world."""
        new = self.V - self.V.mean(-1, keepdims=True)  # (N, S)
        for old, _ in self.asked[max(0, len(self.asked) - self.config.d + 1) :]:
            new = new - (new * old).mean(-1, keepdims=True) * old
        spread = new.std(-1, keepdims=True)
        since = np.zeros_like(self.counts) if self.config.replay else self.counts.copy()
        self.asked.append((new / np.where(spread > 1e-9, spread, 1.0), since))
        self.asked = self.asked[-self.config.d - self.config.waiting :]


def frequencies(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts (..., S, A, S) as distributions, uniform where nothing was counted, and the totals n (..., S, A)."""
    n = counts.sum(-1)
    P = np.where(n[..., None] > 0, counts / np.maximum(n, 1)[..., None], 1 / counts.shape[-1])
    return P, n


def uniform_samples(mdp: MDP, rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """n real samples (s, a, r, s', done), (n,) each, of pairs drawn uniformly, as in the paper's experiments."""
    s, a = rng.integers(mdp.S, size=n), rng.integers(mdp.A, size=n)
    s2, r, done = mdp.step(rng.random(n), s, a)
    return s, a, r, s2, done


def practise_moco(agent: MoCoDyna, samples: tuple[np.ndarray, ...], every: int, score: Callable) -> np.ndarray:
    """Let the agents learn from the same samples, plan after each `every`, and be scored: (plans, ...)."""
    s, a, _, s2, _ = (np.broadcast_to(x, (len(agent.wrong), len(x))) for x in samples)
    scores = []
    for end in range(every, s.shape[1] + 1, every):
        part = slice(end - every, end)
        agent.learn(s[:, part], a[:, part], s2[:, part])
        agent.plan()
        scores.append(score(agent.pi))
    return np.stack(scores)


def practise_q(mdp: MDP, samples: tuple[np.ndarray, ...], every: int, score: Callable, fading: float) -> np.ndarray:
    """Q-learning from the same samples with step size n(s, a)^-fading, scored as often: (plans, ...)."""
    Q, n, scores = np.zeros((1, mdp.S, mdp.A)), np.zeros((mdp.S, mdp.A)), []
    row = np.zeros(1, int)
    for t, (s, a, r, s2, done) in enumerate(zip(*(x[:, None] for x in samples), strict=True), 1):
        n[s, a] += 1
        q_learning(Q, s, a, r, s2, done, n[s, a] ** -fading, mdp.gamma, row)
        if t % every == 0:
            scores.append(score(Q.argmax(-1)))
    return np.stack(scores)
