"""Exercises 09.1 to 09.3: the lambda-return, the weights of a dream's steps, and a bug in a released lambda-return."""

import numpy as np

from mbrl_lite.course.exercise import Exercise
from mbrl_lite.course.exercises.ch09.behaviour_ideas import LAMBDA_IDEAS, REACH_IDEAS, RELEASE_IDEAS
from mbrl_lite.course.exercises.ch09.judging import measured, name_mistake, tensors

# --- 09.1 and 09.3 ---------------------------------------------------------------------------------------------------


def _by_definition(reward, cont, value, gamma, lam):
    """The lambda-return by its definition, a weighted sum of n-step returns, (B, H). No recursion in it."""
    import torch

    B, H = reward.shape
    columns = []
    for t in range(H):
        total, weight, n_step = 0.0, torch.ones(B, dtype=reward.dtype), torch.zeros(B, dtype=reward.dtype)
        for n in range(1, H - t + 1):
            n_step = n_step + weight * reward[:, t + n - 1]
            weight = weight * gamma * cont[:, t + n - 1]
            share = lam ** (n - 1) * (1.0 if n == H - t else 1 - lam)
            total = total + share * (n_step + weight * value[:, t + n])
        columns.append(total)
    return torch.stack(columns, 1)


def _mistaken(reward, cont, value, gamma, lam, mistake):
    """A lambda-return with one mistake in it, (B, H). "idea:way" is another way to make the same mistake."""
    import torch

    H = reward.shape[1]
    lam = {"monte_carlo": 1.0, "no_values": 1.0, "one_step": 0.0, "flipped": 1 - lam}.get(mistake, lam)
    last = torch.zeros_like(reward[:, 0]) if mistake == "starts_at_zero" else value[:, -1]
    last = value[:, -2] if mistake == "last_column" else last
    columns = []
    for t in reversed(range(H)):
        c = cont[:, t]
        if mistake in ("cont_ignored", "end_ignored"):
            c = torch.ones_like(c)
        elif mistake == "cont_early:wraps":
            c = cont[:, t - 1]  # of t = 0 the last one
        elif mistake in ("cont_early", "moves_the_end"):
            c = cont[:, t - 1] if t else torch.ones_like(c)
        elif mistake.startswith("cont_early"):
            c = cont[:, t + 1] if t + 1 < H else torch.ones_like(c) if mistake.endswith("one") else c
        elif mistake.startswith("rounded"):
            c = {"rounded": c > 0.5, "rounded:half": c >= 0.5, "rounded:any": c > 0}[mistake].to(c.dtype)
        elif mistake == "end_as_cont":
            c = 1 - c
        at = {"bootstraps_now": t, "further_back": max(t - 1, 0), "last_column:clipped": min(t + 1, H - 1)}.get(
            mistake, t + 1
        )
        paid = reward[:, t - 1] if mistake == "mixes_rewards" else reward[:, t]
        far = {"no_gamma": 1.0, "gamma_once": 1.0}.get(mistake, gamma)
        near = 1.0 if mistake == "no_gamma" else gamma
        short, long = near * (1 - lam) * value[:, at], far * lam * last
        if mistake == "reward_cut":
            paid = c * paid
        cut = {"cont_on_one": (1.0, c), "cont_on_one:short": (c, 1.0)}.get(mistake, (c, c))
        last = paid + cut[0] * short + cut[1] * long
        columns.append(last)
    return torch.stack(columns if mistake == "backwards" else columns[::-1], 1)


LAMBDA_WAYS = (
    *("cont_early:wraps", "cont_early:late", "cont_early:late one"),
    *("rounded:half", "rounded:any", "cont_on_one:short"),
)


def _a_dream(rng: np.random.Generator, B: int, H: int) -> dict:
    """Rewards, conts (probabilities, with an end in the first dream) and values."""
    import torch

    dream = tensors(rng, reward=(B, H), cont=(B, H), value=(B, H + 1))
    dream["cont"] = torch.tensor(rng.choice([1.0, 0.75, 0.5], size=(B, H)))
    dream["cont"][0, H // 2] = 0.0
    return dream


def _check_lambda(answer) -> None:
    rng = np.random.default_rng(0)
    for B, H, gamma, lam in (
        (2, 4, 0.5, 0.75),
        (1, 1, 0.9, 0.95),
        (3, 15, 0.99, 0.95),
        (2, 3, 0.9, 0.0),
        (2, 3, 1.0, 1.0),
    ):
        dream = _a_dream(rng, B, H)
        got = measured(answer, dream, gamma, lam, shape=(B, H))
        expected = measured(_by_definition, dream, gamma, lam, shape=(B, H))
        mistakes = {
            key: measured(_mistaken, dream, gamma, lam, key, shape=(B, H))
            for key in (*LAMBDA_IDEAS, *LAMBDA_WAYS)
            if key != "no_gradient"
        }
        mistakes["no_gradient"] = {name: np.zeros_like(x) for name, x in expected.items()} | {
            "result": expected["result"]
        }
        when = f"With {B} dreams of {H} steps, gamma = {gamma} and lambda = {lam}: "
        name_mistake(got, expected, mistakes, LAMBDA_IDEAS, when)


def _check_release(answer) -> None:
    rng = np.random.default_rng(1)
    for B, H, gamma, lam in ((2, 4, 0.5, 0.75), (3, 15, 0.985, 0.95)):
        dream = _a_dream(rng, B, H)
        dream["cont"] = (dream["cont"] > 0).double()
        turned = {"reward": dream["reward"], "termination": 1 - dream["cont"], "value": dream["value"]}

        def formula(reward, termination, value, mistake="", gamma=gamma, lam=lam):
            return _mistaken(reward, 1 - termination, value, gamma, lam, mistake)

        got = {"result": measured(answer, turned, gamma, lam, shape=(B, H))["result"]}
        expected = {"result": measured(_by_definition, dream, gamma, lam, shape=(B, H))["result"]}
        keys = (*RELEASE_IDEAS, "last_column:clipped")
        mistakes = {key: {"result": measured(formula, turned, key, shape=(B, H))["result"]} for key in keys}
        name_mistake(got, expected, mistakes, RELEASE_IDEAS, f"With {B} dreams of {H} steps and lambda = {lam}: ")


# --- 09.2 ------------------------------------------------------------------------------------------------------------


def _reached(cont, start_cont, gamma, mistake=""):
    """The weights by a loop, with one of the mistakes or none, (B, H)."""
    import torch

    before, powers = torch.cat([start_cont[:, None], cont[:, :-1]], 1), gamma ** torch.arange(cont.shape[1])
    if mistake == "wrong_axis":
        return torch.cat([start_cont[:, None], gamma * cont[:, :-1]], 1).cumprod(0)
    if mistake == "too_late:powers":
        return start_cont[:, None] * cont.cumprod(1) * powers
    if mistake.startswith("late_no_start"):
        return (gamma * cont).cumprod(1) if mistake == "late_no_start" else cont.cumprod(1) * powers
    if mistake == "not_cumulative:powers":
        return before * powers
    if mistake == "start_once":
        return torch.cat([start_cont[:, None], (gamma * cont[:, :-1]).cumprod(1)], 1)
    weight = torch.ones_like(start_cont) if mistake == "no_start" else start_cont
    weight = weight * gamma if mistake == "gamma_first" else weight
    step = {"no_gamma": 1.0, "gamma_once": 1.0}.get(mistake, gamma)
    columns = []
    for t in range(cont.shape[1]):
        if mistake == "too_late":
            weight = weight * step * cont[:, t]
        elif mistake == "not_cumulative" and t:
            weight = step * cont[:, t - 1]
        elif t:
            weight = weight * step * (1.0 if mistake == "gamma_only" else cont[:, t - 1])
        columns.append(weight)
    return torch.stack(columns, 1) * (gamma if mistake == "gamma_once" else 1.0)


def _check_reach(answer) -> None:
    import torch

    rng = np.random.default_rng(2)
    for B, H, gamma in ((3, 4, 0.5), (1, 1, 0.9), (4, 15, 0.99)):
        inputs = {"cont": _a_dream(rng, B, H)["cont"], "start_cont": torch.ones(B, dtype=torch.float64)}
        inputs["start_cont"][-1] = 0.0 if B > 1 else 1.0
        got = {"result": measured(answer, inputs, gamma, shape=(B, H))["result"]}
        expected = {"result": measured(_reached, inputs, gamma, shape=(B, H))["result"]}
        mistakes = {
            key: {"result": measured(_reached, inputs, gamma, key, shape=(B, H))["result"]}
            for key in (*REACH_IDEAS, "too_late:powers", "not_cumulative:powers", "late_no_start:powers")
        }
        name_mistake(got, expected, mistakes, REACH_IDEAS, f"With {B} dreams of {H} steps and gamma = {gamma}: ")


EXERCISES = (
    Exercise(
        id="09.1",
        title="The lambda-return",
        function="lambda_return",
        difficulty=3,
        importance=5,
        minutes=15,
        check=_check_lambda,
        ideas=tuple(LAMBDA_IDEAS),
        hints=(
            "Begin at the end. Behind the last reward nothing is dreamt any more: there R_H is the last value.",
            "Walk backwards, `for t in reversed(range(H))`, and keep R_{t+1} in a variable. Which value belongs to the "
            "state that came with `reward[:, t]`?",
            "`last = reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)`; collect, turn "
            "the list round, `torch.stack(..., dim=1)`.",
        ),
    ),
    Exercise(
        id="09.2",
        title="How much a dreamt step counts",
        function="reach_weights",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_reach,
        ideas=tuple(REACH_IDEAS),
        hints=(
            "What must have happened for action t to be taken at all? Write down the weights of t = 0, 1 and 2.",
            "t = 0: start_cont. t = 1: start_cont * gamma * cont[:, 0]. t = 2: that times gamma * cont[:, 1]. "
            "The last cont is never needed.",
            "`torch.cat([start_cont[:, None], gamma * cont[:, :-1]], dim=1).cumprod(dim=1)`.",
        ),
    ),
    Exercise(
        id="09.3",
        title="Find the bug: a return that looks back",
        function="release_return",
        difficulty=2,
        importance=4,
        minutes=6,
        check=_check_release,
        ideas=tuple(RELEASE_IDEAS),
        hints=(
            "Put lambda = 0 into the code. What should a one-step return be, and what does this one return?",
            "With lambda = 0 it should be r_{t+1} + gamma v_{t+1}. Which column of `value` holds v_{t+1}?",
            "`value[:, t]` becomes `value[:, t + 1]`; nothing else changes.",
        ),
    ),
)
