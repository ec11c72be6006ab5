"""Exercise 09.15: the third joint of an assembled Dreamer, from what the heads say to returns and weights."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import Part, answered, several
from mbrl_lite.course.exercises.ch09.own_ideas import TARGETS_IDEAS
from mbrl_lite.course.values import shown

GAMMA, LAM = 0.9, 0.5
# Which of rewards, conts and weights come a step early in each mistake.
EARLY = {"afterlife": "cw", "shifted": "rcw", "reward_shifted": "r", "cont_shifted": "c", "reach_shifted": "w"}


def _returns(reward, cont, value, gamma, lam) -> np.ndarray:
    """Lambda-returns as weighted sums of n-step returns, (B, H)."""
    reward, cont, value = (np.asarray(x) for x in (reward, cont, value))
    B, H = reward.shape
    out = np.zeros((B, H))
    for t in range(H):
        for n in range(1, H - t + 1):
            total, weight = np.zeros(B), np.ones(B)
            for k in range(n):
                total, weight = total + weight * reward[:, t + k], weight * gamma * cont[:, t + k]
            share = lam ** (n - 1) * (1 - lam if n < H - t else 1)
            out[:, t] += share * (total + weight * value[:, t + n])
    return out


def _reach(cont, start_cont, gamma) -> np.ndarray:
    """Discounted probability to get to each action, (B, H)."""
    cont, start_cont = np.asarray(cont), np.asarray(start_cont)
    return np.stack([start_cont * gamma**t * cont[:, :t].prod(1) for t in range(cont.shape[1])], 1)


def _targets(reward, cont, value, gamma, lam, mistake: str = "") -> dict[str, np.ndarray]:
    early = EARLY.get(mistake, "")
    cont = cont.cumprod(1) if mistake == "multiplied_up" else cont
    paid, going, weighed = (x[:, :-1] if key in early else x[:, 1:] for key, x in zip("rcw", (reward, cont, cont)))
    twice = gamma if mistake == "gamma_twice" else 1.0
    start = {"start_forgotten": np.ones(len(cont)), "start_late": cont[:, 1]}.get(mistake, cont[:, 0])
    returns, reach = _returns(paid, twice * going, value, gamma, lam), _reach(twice * weighed, start, gamma)
    returns = reach * returns if mistake == "weighted" else returns
    return {"result": reach, "reach": returns} if mistake == "exchanged" else {"result": returns, "reach": reach}


def _check_targets(answer) -> None:
    import torch

    lambda_return = Part("lambda_return", lambda *args, **more: torch.tensor(_returns(*args, **more)))
    reach_weights = Part("reach_weights", lambda *args, **more: torch.tensor(_reach(*args, **more)))
    rng = np.random.default_rng(2)
    for B, H in ((2, 3), (3, 1)):
        reward, value = rng.normal(size=(B, H + 1)).round(1), rng.normal(size=(B, H + 1)).round(1)
        cont = rng.uniform(0.1, 0.9, size=(B, H + 1)).round(1)
        args = *(torch.tensor(x) for x in (reward, cont, value)), lambda_return, reach_weights, GAMMA, LAM
        call = answer.called(*args)
        returns, reach = several(answer(*args), ("returns", "reach"), call)
        got = {"result": answered(returns, (B, H), call), "reach": answered(reach, (B, H), call)}
        truth = _targets(reward, cont, value, GAMMA, LAM)
        mistakes = {key: _targets(reward, cont, value, GAMMA, LAM, key) for key in TARGETS_IDEAS}
        _name_targets(got, truth, mistakes)


def _name_targets(got: dict, truth: dict, mistakes: dict) -> None:
    for name, told in (("result", "Your returns"), ("reach", "Your reach")):
        off = ~np.isclose(got[name], truth[name])
        if off.any():
            at = tuple(int(i) for i in np.argwhere(off)[0])
            mine, wanted = shown(float(got[name][at])), shown(float(truth[name][at]))
            seen = f"{told}[{at[0]}, {at[1]}] is {mine}, and {wanted} was expected"
            for key, pattern in mistakes.items():
                if all(np.allclose(got[part], pattern[part]) for part in pattern):
                    raise Wrong(key, f"{seen}: {TARGETS_IDEAS[key]}")
            raise Wrong("value", f"{seen}. Write down which feat each reward, cont and value belongs to.")


EXERCISES = (
    Exercise(
        id="09.15",
        title="Find the bug: a Dreamer that hopes for an afterlife",
        function="dream_targets",
        difficulty=3,
        importance=5,
        minutes=10,
        check=_check_targets,
        ideas=tuple(TARGETS_IDEAS),
        hints=(
            "Draw the dream as a line of H + 1 feats with H actions between them. Under which feat stands the cont "
            "that action 0 brings?",
            "What arrives after action t is said at feat t + 1. Two slices in the buggy version are one step early.",
            "`lambda_return(reward[:, 1:], cont[:, 1:], value, gamma, lam)` and "
            "`reach_weights(cont[:, 1:], cont[:, 0], gamma)`.",
        ),
    ),
)
