"""Exercises 10.3 to 10.5: what the prior is held against, a share of doubt, and what a weight decay may touch."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import answered, measured, name_mistake
from mbrl_lite.course.exercises.ch10.judging import name_parts
from mbrl_lite.course.exercises.ch10.objective_ideas import DECAY_IDEAS, PRIOR_IDEAS, UNIMIX_IDEAS
from mbrl_lite.course.values import shown

# --- 10.3 ------------------------------------------------------------------------------------------------------------


def _pairs(T: int, mistake: str) -> list[tuple[int, int, int | None]]:
    """Which prior is held against which posterior: (t, to, the step that must not be a first one)."""
    kind, _, way = mistake.partition(":")
    if kind == "same_step":
        return [(t, t, t if way else None) for t in range(T)]
    if kind == "looks_back":
        return [(t, t - 1, None if way else t) for t in range(1, T)]
    if kind == "wraps":
        return [(t, (t + 1) % T, None if way else (t + 1) % T) for t in range(T)]
    border = {"crosses": lambda t: None, "wrong_border": lambda t: t}.get(mistake, lambda t: t + 1)
    return [(t, t + 1, border(t)) for t in range(T - 1)]


def _prior_loss(post, prior, is_first, free, mistake=""):
    """The loss, pair by pair, with one of the mistakes or none, a scalar. "idea:way" is another way to make it."""
    import torch

    post, terms, lifted = post if mistake == "leaks" else post.detach(), [], 0.0
    free = 0.0 if mistake == "no_free" else free
    B, pairs = len(is_first), _pairs(is_first.shape[1], mistake)
    for b in range(B):
        for t, to, border in pairs:
            if border is not None and is_first[b, border]:
                lifted += free  # of "crosses:free", whose borders are set to 0 and then lifted to `free`
                continue
            q, p = post[b, to], prior[b, t]
            kl = (p * (p.log() - q.log()) if mistake == "flipped" else q * (q.log() - p.log())).sum(-1)  # (Z,)
            if mistake == "each":
                terms.append(kl.clamp(min=free).sum())
                continue
            kl = kl.mean() if mistake == "mean_groups" else kl.sum()
            terms.append(kl if mistake == "after_mean" else kl.clamp(min=free))
    if not terms:
        return torch.tensor(float("nan"))
    total = sum(terms) + (lifted if mistake == "crosses:free" else 0.0)
    mean = total / {"over_all": B * len(pairs), "summed": 1}.get(mistake, len(terms))
    return mean.clamp(min=free) if mistake == "after_mean" else mean


def _check_prior(answer) -> None:
    import torch

    rng = np.random.default_rng(0)
    for B, T, Z, C, free in ((2, 5, 2, 3, 1.5), (1, 2, 1, 4, 0.25), (3, 6, 3, 2, 0.0)):
        draw = [torch.tensor(0.95 * rng.dirichlet(np.full(C, 0.6), (B, T, Z)) + 0.05 / C) for _ in range(2)]
        # Gradients are taken at the logits: dividing probabilities by their sum, which is 1, changes nothing there.
        inputs = dict(zip(("logits of post", "logits of prior"), (p.log() for p in draw), strict=True))
        is_first = torch.zeros(B, T, dtype=torch.bool)
        is_first[0, 0] = True
        if T > 2:
            is_first[0, 2], is_first[1, 3] = True, True

        class Ordered:  # flags and free bits want no gradient
            called = staticmethod(lambda q, p, first=is_first, free=free: answer.called(q.exp(), p.exp(), first, free))

            def __call__(self, post, prior, first=is_first, free=free):
                return answer(post.softmax(-1), prior.softmax(-1), first, free)

        def formula(post, prior, mistake="", first=is_first, free=free):
            return _prior_loss(post.softmax(-1), prior.softmax(-1), first, free, mistake)

        got, expected = measured(Ordered(), inputs), measured(formula, inputs)
        ways = ("same_step:borders", "looks_back:crosses", "wraps:crosses", "crosses:free")
        mistakes = {key: measured(formula, inputs, key) for key in (*PRIOR_IDEAS, *ways)}
        name_mistake(got, expected, mistakes, PRIOR_IDEAS, f"With B, T, Z, C = {B}, {T}, {Z}, {C}, free = {free}: ")


# --- 10.4 ------------------------------------------------------------------------------------------------------------


def _mixed(logits: np.ndarray, mix: float, mistake: str = "") -> np.ndarray:
    """The probabilities, by exponentials, with one of the mistakes or none, (..., Z, C)."""
    Z, C = logits.shape[-2:]
    axis = {"over_groups": -2, "over_all": (-2, -1)}.get(mistake, -1)
    raised = np.exp(logits - logits.max(axis=axis, keepdims=True))
    prob = raised / raised.sum(axis=axis, keepdims=True)
    share = {"by_groups": mix / Z, "by_both": mix / (Z * C), "undivided": mix}.get(mistake, mix / C)
    if mistake == "unmixed":
        return prob
    if mistake == "only_floor":
        return np.maximum(prob, share)
    keep, share = {"added": (1.0, share), "swapped": (mix, (1 - mix) / C)}.get(mistake, (1 - mix, share))
    mixed = keep * prob + share
    return mixed / mixed.sum(-1, keepdims=True) if mistake == "renormalised" else mixed


def _check_unimix(answer) -> None:
    import torch

    rng = np.random.default_rng(1)
    for shape, mix in (((2, 3, 5), 0.1), ((4, 2), 0.25), ((2, 2, 6, 3), 0.01)):
        logits = rng.normal(size=shape).round(1) * 2
        args = torch.tensor(logits), mix
        got = {"probability": answered(answer(*args), shape, answer.called(*args), "groups and classes")}
        mistakes = {key: {"probability": _mixed(logits, mix, key)} for key in UNIMIX_IDEAS if key != "renormalised"}
        wrong_share = {"by_groups": shape[-2], "undivided": 1}
        for key, divisor in wrong_share.items():  # right sums by force: the share stays wrong
            mixed = (1 - mix) * _mixed(logits, 0.0) + mix / divisor
            forced = {"probability": mixed / mixed.sum(-1, keepdims=True)}
            mistakes[f"renormalised:{key}"] = forced
        added = _mixed(logits, mix, "added")
        mistakes["renormalised:added"] = {"probability": added / added.sum(-1, keepdims=True)}
        when = f"With Z, C = {shape[-2]}, {shape[-1]} and mix = {mix}: "
        name_parts(got, {"probability": _mixed(logits, mix)}, mistakes, UNIMIX_IDEAS, when)


# --- 10.5 ------------------------------------------------------------------------------------------------------------

SPARED = ("A_log", "D", "dt_bias")


def _stepped(weights: dict, updates: dict, lr: float, decay: float, mistake: str = "") -> dict[str, np.ndarray]:
    """The weights after the step, with one of the mistakes or none."""
    after = {}
    for name, w in weights.items():
        parts, flat = name.split("."), w.ndim < 2
        own = {
            "by_letters": any(word in name for word in SPARED),
            "by_letters:at the end": name.endswith(SPARED),
            "by_letters:any name": bool({*parts} & {*SPARED}),
            "reaches_a:alone": parts[-1] in SPARED and len(parts) > 1,
            "reaches_a:in a layer": name in SPARED,
        }.get(mistake, parts[-1] in SPARED)
        shrinks = {
            "everything": True,
            "reaches_a": not flat,
            "reaches_gains": not own,
            "nothing": False,
            "only_spared": own,
        }.get(mistake, not (own or flat))
        rate = {"unscaled": decay, "twice": lr * lr * decay}.get(mistake, lr * decay) * shrinks
        lost = mistake == "no_step" or (mistake == "no_step:spared" and (own or flat))
        step = w if lost else w + lr * updates[name] if mistake == "climbs" else w - lr * updates[name]
        base = step if mistake == "afterwards" else w
        after[name] = step + rate * base if mistake == "grows" else step - rate * base
    return after


def _check_decay(answer) -> None:
    import torch

    rng, lr, decay = np.random.default_rng(2), 0.25, 0.5
    shapes = {"project.weight": (2, 2), "norm.weight": (2,), "layers.0.A_log": (2, 2), "layers.0.D": (2,)}
    shapes |= {"layers.0.dt_bias": (2,), "layers.0.input.weight": (3, 2), "layers.0.input.bias": (3,)}
    shapes |= {"Dense.weight": (2, 1), "layers.1.A_log": (2,), "layers.1.to_D": (2, 2), "D.weight": (2, 2)}
    shapes |= {"A_log": (1, 2)}
    weights, updates = ({k: rng.normal(size=s).round(1) for k, s in shapes.items()} for _ in range(2))
    args = *({k: torch.tensor(x) for k, x in d.items()} for d in (weights, updates)), lr, decay
    result = answer(*args)
    call = f"`{answer.exercise.function}(weights, updates, {lr}, {decay})`"
    if result is None:
        raise Wrong("none", f"{call} returned None: is the `return` line missing?")
    if not isinstance(result, dict) or set(result) != set(shapes):
        raise Wrong("type", f"{call} should return a dict with the {len(shapes)} names, and returned {shown(result)}.")
    got = {name: answered(result[name], shape, f"{call}[{name!r}]") for name, shape in shapes.items()}
    ways = ("by_letters:at the end", "by_letters:any name", "reaches_a:alone", "reaches_a:in a layer")
    ways += ("no_step:spared",)
    mistakes = {key: _stepped(weights, updates, lr, decay, key) for key in (*DECAY_IDEAS, *ways)}
    mistakes["unscaled:everything"] = {k: w - lr * updates[k] - decay * w for k, w in weights.items()}
    name_parts(got, _stepped(weights, updates, lr, decay), mistakes, DECAY_IDEAS, f"With lr = {lr}, decay = {decay}: ")


EXERCISES = (
    Exercise(
        id="10.3",
        title="Find the bug: a model that is never surprised",
        function="prior_loss",
        difficulty=3,
        importance=5,
        minutes=15,
        check=_check_prior,
        ideas=tuple(PRIOR_IDEAS),
        hints=(
            "What has the sequence model already been given when it says prior t? Then which frame can it still be "
            "surprised by?",
            "`post[:, 1:]` belongs beside `prior[:, :-1]`. Of these T - 1 pairs some lead from one life into the "
            "next. Which flag tells, that of t or that of t + 1?",
            "`q, p = post[:, 1:].detach(), prior[:, :-1]`; the KL summed over the last two axes, `.clamp(min=free)`; "
            "then `kl[~is_first[:, 1:]].mean()`.",
        ),
    ),
    Exercise(
        id="10.4",
        title="Find the bug: a share of doubt",
        function="unimix_probs",
        difficulty=1,
        importance=3,
        minutes=6,
        check=_check_unimix,
        ideas=tuple(UNIMIX_IDEAS),
        hints=(
            "The share `mix` of the probability is handed out evenly. Among how many?",
            "Add up the probabilities of one variable: (1 - mix) * 1 + C * share = 1. Solve for share.",
            "`(1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]`.",
        ),
    ),
    Exercise(
        id="10.5",
        title="Find the bug: a memory that rots",
        function="decayed_step",
        difficulty=2,
        importance=4,
        minutes=10,
        check=_check_decay,
        ideas=tuple(DECAY_IDEAS),
        hints=(
            "Two things are wrong: how much is taken away, and from whom. Look at the learning rate first.",
            "Decoupled decay is w - lr * update - lr * decay * w. The last term is for those with two axes or more "
            "whose last name is none of A_log, D and dt_bias.",
            "`name.split('.')[-1] in ('A_log', 'D', 'dt_bias')` tells the last name; `w.dim() < 2` a gain or a bias. "
            "For both kinds: `w - lr * updates[name]`, and nothing more.",
        ),
    ),
)
