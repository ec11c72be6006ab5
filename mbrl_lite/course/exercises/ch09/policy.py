"""Exercises 09.7 and 09.12: the range of returns, and the entropy of a policy with unimix."""

import math

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import answered, as_value, measured, name_mistake
from mbrl_lite.course.exercises.ch09.tricks_ideas import ENTROPY_IDEAS, RANGE_IDEAS
from mbrl_lite.course.values import shown

# --- 09.7 ------------------------------------------------------------------------------------------------------------


def _ranged(old: np.ndarray, returns: np.ndarray, decay: float, mistake: str = "") -> np.ndarray:
    """The new range and the scale, with one of the mistakes or none, (3,)."""
    low, high = {"extremes": (0, 100), "quartiles": (25, 75)}.get(mistake, (5, 95))
    axis = {"each_column": 0, "each_column:rows": 1}.get(mistake)
    now = np.array([np.percentile(returns, q, axis=axis).mean() for q in (low, high)])
    now = now[::-1] if mistake.startswith("upside_down") else now
    memory = {"flipped": 1 - decay, "no_memory": 0.0}.get(mistake, decay)
    new = memory * old + (1 - memory) * now
    width = {"old_scale": old, "batch_scale": now}.get(mistake, new) @ [-1, 1]
    width = -width if mistake == "upside_down" else width
    scale = {"no_floor": width, "floor_added": 1 + width, "deviation": max(1.0, returns.std(ddof=1))}.get(
        mistake, max(1.0, width)
    )
    return np.array([*new, scale])


def _check_range(answer) -> None:
    import torch

    rng = np.random.default_rng(0)
    wide = rng.normal(3, 20, size=(16, 15)).round(2)
    narrow = rng.normal(0, 0.01, size=(4, 5)).round(4)
    keys = (*RANGE_IDEAS, "each_column:rows", "upside_down:floor")
    got, expected, mistakes, told = [], [], {key: [] for key in keys if key != "keeps_gradient"}, []
    for old, returns, decay in (([-8.0, 10.0], wide, 0.75), ([0.0, 0.0], narrow, 0.99), ([-1.0, 4.0], narrow, 0.5)):
        args = (torch.tensor(old).double(), torch.tensor(returns).requires_grad_(), decay)
        result, call = answer(*args), answer.called(*args)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise Wrong("type", f"{call} should return two things, (new, scale), and returned {shown(result)}.")
        if any(isinstance(x, torch.Tensor) and x.requires_grad for x in result):
            raise Wrong("keeps_gradient", f"Range and scale are there, but {RANGE_IDEAS['keeps_gradient']}")
        new, scale = answered(result[0], (2,), call), answered(result[1], (), call)
        got.append([*new, scale])
        expected.append(_ranged(np.array(old), returns, decay))
        for key, found in mistakes.items():
            found.append(_ranged(np.array(old), returns, decay, key))
        told.append(f"range {old}, decay {decay}")
    when = f"Three trials ({'; '.join(told)}), each row low, high, scale. "
    name_mistake(as_value(got), as_value(expected), {k: as_value(v) for k, v in mistakes.items()}, RANGE_IDEAS, when)


# --- 09.12 -----------------------------------------------------------------------------------------------------------


def _entropy(logits: np.ndarray, mix: float, mistake: str = "") -> np.ndarray:
    """Entropy of the mixture, with one of the mistakes or none, (...)."""
    A = logits.shape[-1]
    soft = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    share = {"unmixed": 0.0, "flipped": 1 - mix}.get(mistake, mix)
    prob = (1 - share) * soft + (share if mistake == "mix_undivided" else share / A)
    if mistake.startswith("wrong_log"):
        weight, inside = (soft, prob) if mistake == "wrong_log:crossed" else (prob, soft)
        return -(weight * np.log(inside)).sum(-1)
    if mistake == "mixed_entropies":
        return -(1 - mix) * (soft * np.log(soft)).sum(-1) + mix * math.log(A)
    if mistake == "mixed_logits":
        prob = np.exp((1 - mix) * logits) / np.exp((1 - mix) * logits).sum(-1, keepdims=True)
    unit = {"bits": math.log(2), "averaged": A}.get(mistake, 1.0)
    return (1 if mistake == "sign" else -1) * (prob * np.log(prob)).sum(-1) / unit


def _check_entropy(answer) -> None:
    import torch

    rng = np.random.default_rng(0)
    for shape, mix in (((3, 5), 0.25), ((2, 2, 4), 0.01)):
        logits = rng.normal(0, 2, size=shape).round(1)

        def formula(logits, mix=mix):
            prob = (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]
            return -(prob * prob.log()).sum(-1)

        given = {"logits": torch.tensor(logits)}
        got, expected = measured(answer, given, mix, shape=shape[:-1]), measured(formula, given, shape=shape[:-1])
        keys = [key for key in ENTROPY_IDEAS if key not in ("no_gradient", "overflow", "nan", "nan_gradient")]
        mistakes = {key: as_value(_entropy(logits, mix, key)) for key in (*keys, "wrong_log:crossed")}
        mistakes["no_gradient"] = expected | {"logits": np.zeros(shape)}
        name_mistake(got, expected, mistakes, ENTROPY_IDEAS, f"With mix = {mix}: ")
    _check_far_apart(answer)


def _check_far_apart(answer) -> None:
    """Logits so far apart that single precision knows probabilities of 0: the entropy, and its gradient, which is 0."""
    import torch

    for mix, lost in ((0.01, "overflow"), (0.0, "nan")):
        logits = torch.tensor([[1000.0, 0.0, -1000.0, 0.0]])
        got = answered(answer(logits, mix), (1,), answer.called(logits, mix))[0]
        prob = [1 - mix + mix / 4] + [mix / 4] * 3
        want = -sum(p * math.log(p) for p in prob if p)
        if not np.isfinite(got):
            seen = f"With logits 1000, 0, -1000, 0 and mix {mix} your entropy is {got}"
            raise Wrong(lost, f"{seen}: {ENTROPY_IDEAS[lost]}")
        if abs(got - want) > 1e-4:
            raise Wrong("value", f"With logits 1000, 0, -1000, 0 and mix {mix} it is {shown(got)}, not {shown(want)}.")
    for mix in (0.01, 0.0):
        far = {"logits": torch.tensor([[200.0, 0.0]])}
        grad = measured(answer, far, mix, shape=(1,))["logits"]
        seen = f"With logits 200, 0 and mix {mix} the gradient is {shown(grad[0])}"
        if not np.isfinite(grad).all():
            raise Wrong("nan_gradient", f"{seen}: {ENTROPY_IDEAS['nan_gradient']}")
        if np.abs(grad).max() > 1e-4:
            raise Wrong("value", f"{seen}, and [0, 0] was expected.")


EXERCISES = (
    Exercise(
        id="09.7",
        title="The range of returns",
        function="return_range",
        difficulty=2,
        importance=4,
        minutes=10,
        check=_check_range,
        ideas=tuple(RANGE_IDEAS),
        hints=(
            "`torch.quantile` takes the numbers as one flat row, and the percentiles as numbers between 0 and 1.",
            "new = decay * old + (1 - decay) * now. The scale is the width of *new*, but at least 1. None of it may "
            "carry a gradient.",
            "`now = torch.quantile(returns.detach().flatten(), torch.tensor([0.05, 0.95], dtype=returns.dtype))`, then "
            "`(new[1] - new[0]).clamp(min=1.0)`.",
        ),
    ),
    Exercise(
        id="09.12",
        title="The entropy of a policy that never closes",
        function="unimix_entropy",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_entropy,
        ideas=tuple(ENTROPY_IDEAS),
        hints=(
            "First the policy itself: a share 1 - mix of the softmax, and mix spread evenly over the A actions.",
            "Then minus the sum of p log p over the last axis. What is 0 log 0 in your code? And what comes back "
            "through the logarithm there?",
            "`prob = (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]`, then "
            "`-(prob * prob.clamp(min=1e-30).log()).sum(-1)`.",
        ),
    ),
)
