"""Exercises 07.6 to 07.9: the KL of Gaussians, straight-through samples, KL balance, and a bound that is none."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.elbo_ideas import BALANCE_IDEAS, ELBO_IDEAS, GAUSS_IDEAS, HINTS, STRAIGHT_IDEAS
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake, pair_of
from mbrl_lite.course.values import as_array, shown

# --- 07.6 ------------------------------------------------------------------------------------------------------------


def _integrated(m, s, n, r) -> np.ndarray:
    """KL(N(m, s) || N(n, r)) by summing q log(q / p) over a fine grid, summed over the last axis."""
    grid = m[..., None] + s[..., None] * np.linspace(-9, 9, 4001)
    log_q = -0.5 * ((grid - m[..., None]) / s[..., None]) ** 2 - np.log(s[..., None])
    log_p = -0.5 * ((grid - n[..., None]) / r[..., None]) ** 2 - np.log(r[..., None])
    q = np.exp(log_q)
    return ((q * (log_q - log_p)).sum(-1) / q.sum(-1)).sum(-1)


def _gauss_mistakes(m, s, n, r) -> dict[str, np.ndarray]:
    def each(sign=1.0, top=s**2 + (m - n) ** 2, half=0.5):
        return sign * np.log(r / s) + top / (2 * r**2) - half

    return {
        "flipped": _integrated(n, r, m, s),
        "std_as_variance": (0.5 * np.log(r / s) + (s + (m - n) ** 2) / (2 * r) - 0.5).sum(-1),
        "std_as_variance mixed": (np.log(r / s) + (s + (m - n) ** 2) / (2 * r) - 0.5).sum(-1),
        "std_squared_twice": (2 * np.log(r / s) + (s**4 + (m - n) ** 2) / (2 * r**4) - 0.5).sum(-1),
        "log_of_variances": each(sign=2.0).sum(-1),
        "no_half": each(half=0.0).sum(-1),
        "half_once": each(half=0.0).sum(-1) - 0.5,
        "brackets": (np.log(r / s) + (s**2 + (m - n) ** 2) / 2 * r**2 - 0.5).sum(-1),
        "standard_prior": (-np.log(s) + (s**2 + m**2) / 2 - 0.5).sum(-1),
        "no_log": each(sign=0.0).sum(-1),
        "log_upside_down": each(sign=-1.0).sum(-1),
        "wrong_scale": (np.log(r / s) + s**2 / (2 * r**2) + (m - n) ** 2 / (2 * s**2) - 0.5).sum(-1),
        "mean": each().mean(-1),
        "distance_not_squared": each(top=s**2 + np.abs(m - n)).sum(-1),
    }


def _check_gauss(answer) -> None:
    import torch

    for seed, shape in ((0, (2, 3)), (1, (4,)), (2, (2, 3, 5))):
        rng = np.random.default_rng(seed)
        m, n = rng.normal(size=shape).round(2), rng.normal(size=shape).round(2)
        s, r = rng.uniform(0.3, 2, shape).round(2), rng.uniform(0.3, 2, shape).round(2)
        args = tuple(map(torch.tensor, (m, s, n, r)))
        got = as_array(answer(*args), shape[:-1], answer.called(*args))
        name_mistake(got, _integrated(m, s, n, r), _gauss_mistakes(m, s, n, r), GAUSS_IDEAS, f"For z of {shape[-1]}, ")
    leaves = [torch.tensor([number], dtype=torch.float64, requires_grad=True) for number in (0.5, 0.4, -0.5, 2.0)]
    args = tuple(leaf * 1.0 for leaf in leaves)
    with torch.enable_grad():
        paid = answer(*args)
    as_array(paid, (), answer.called(*args))
    passes = isinstance(paid, torch.Tensor) and paid.requires_grad
    grads = torch.autograd.grad(paid, leaves, allow_unused=True) if passes else [None] * 4
    found = tuple(0.0 if grad is None else grad.item() for grad in grads)
    if not np.allclose(found, (0.25, -2.4, -0.25, 0.355)):
        when = f"The gradients for means 0.5 and -0.5, deviations 0.4 and 2, are {shown(found)} in the arguments' order"
        raise Wrong("no_gradient", f"{when}, and (0.25, -2.4, -0.25, 0.355) was expected: {GAUSS_IDEAS['no_gradient']}")


# --- 07.7 ------------------------------------------------------------------------------------------------------------


def _check_straight(answer) -> None:
    import torch

    for shape, index in (((3,), 1), ((2, 4), [1, 3])):
        rng = np.random.default_rng(len(shape))
        values = rng.dirichlet(np.ones(shape[-1]), shape[:-1]).round(2)
        weight = rng.normal(size=shape).round(2)  # the gradient that comes back from what reads the sample
        probs, index = torch.tensor(values, requires_grad=True), torch.tensor(index)
        with torch.enable_grad():
            z = answer(probs, index)
            got = as_array(z, shape, answer.called(probs, index))
            passes = isinstance(z, torch.Tensor) and z.requires_grad
            grad = torch.autograd.grad((z * torch.tensor(weight)).sum(), probs)[0] if passes else torch.zeros(shape)
        hot = np.eye(shape[-1])[index.numpy()]
        likely, none = np.eye(shape[-1])[values.argmax(-1)], np.zeros(shape)
        mistakes = {
            "no_gradient": (hot, none),
            "soft": (values, weight),
            "minus": (hot, -weight),
            "adds": (hot + values, weight),
            "masked": (hot * values, hot * weight),
            "masked gradient": (hot, hot * weight),
            "ratio": (hot, hot * weight / values),
            "logs": (hot, weight / values),
        }
        mistakes |= {f"wrong_class {i}": (likely, w) for i, w in enumerate((none, weight))}
        when = f"For probs {values.tolist()} and class {index.tolist()}, value and gradient: "
        name_mistake((got, grad.numpy()), (hot, weight), mistakes, STRAIGHT_IDEAS, when)


# --- 07.8 ------------------------------------------------------------------------------------------------------------


def _halves(q, p, free, mistake="") -> tuple:
    """dyn and rep of two leaves, with one of the mistakes or none, in torch."""
    q_dyn, p_dyn, q_rep, p_rep = q.detach(), p, q, p.detach()
    if mistake in ("swapped", "flipped 2"):
        q_dyn, p_dyn, q_rep, p_rep = q_rep, p_rep, q_dyn, p_dyn
    if mistake == "flipped rep":
        q_rep, p_rep = p_rep, q_rep
    if mistake == "no_detach":
        q_dyn, p_rep = q, p
    if mistake == "all_detached":
        p_dyn, q_rep = p.detach(), q.detach()
    dyn, rep = (_half(*pair, free, mistake) for pair in ((q_dyn, p_dyn), (q_rep, p_rep)))
    return dyn, 0.1 * rep if mistake == "weighed" else rep


def _half(q, p, free, mistake):
    if mistake in ("flipped", "flipped 2"):
        q, p = p, q
    kl = (q * (q / p).log()).sum(-1)  # (B, T, Z)
    if mistake == "free_each_group":
        return kl.clamp(min=free).sum(-1)
    kl = kl.mean(-1) if mistake == "mean_groups" else kl.sum(-1)
    if mistake == "free_after_mean":
        return kl + (kl.mean().clamp(min=free) - kl.mean())
    if mistake == "free_after_mean all":
        return kl if kl.mean() > free else 0 * kl + free
    if mistake == "still_pulls":
        return kl + (free - kl.detach()).clamp(min=0)
    if mistake == "subtracts":
        return (kl - free).clamp(min=0)
    if mistake == "clips_above":
        return kl.clamp(max=free)
    return kl if mistake == "no_free" else kl.clamp(min=free)


def _balance_measured(fn, logits, free, check=None) -> tuple[np.ndarray, ...]:
    """dyn, rep, and the gradients of each for the logits of q and of p: six arrays."""
    import torch

    leaves = [leaf.clone().requires_grad_() for leaf in logits]
    with torch.enable_grad():
        q, p = (torch.softmax(leaf, -1) for leaf in leaves)
        result = fn(q, p, free)
    values = check(result, q, p) if check else [half.detach().numpy() for half in result]
    grads = []
    for half in result:
        passes = isinstance(half, torch.Tensor) and half.requires_grad
        found = (
            torch.autograd.grad(half.sum(), leaves, allow_unused=True, retain_graph=True) if passes else (None, None)
        )
        grads += [np.zeros(q.shape) if grad is None else grad.numpy() for grad in found]
    return (*values, *grads)


def _check_balance(answer) -> None:
    import torch

    for seed, (B, T, Z, C) in ((0, (2, 3, 2, 3)), (1, (1, 2, 4, 5))):
        rng = np.random.default_rng(seed)
        logits = [torch.tensor(rng.normal(size=(B, T, Z, C))) for _ in range(2)]
        logits[1][:, 0] = logits[0][:, 0] + 0.3 * logits[1][:, 0]  # step 0 is almost foreseen
        price = _halves(*(torch.softmax(part, -1) for part in logits), 0.0)[0]
        free = round(1.05 * float(price.mean()), 2)  # some steps lie below it, and so does the mean

        def check(result, q, p, shape=(B, T), free=free):
            return pair_of(result, (shape, shape), answer.called(q, p, free), "`(dyn, rep)`", "B and time")

        got, expected = _balance_measured(answer, logits, free, check), _balance_measured(_halves, logits, free)
        mistakes = {
            key: _balance_measured(lambda *args, key=key: _halves(*args, key), logits, free)
            for key in (*BALANCE_IDEAS, "flipped 2", "flipped rep", "free_after_mean all")
        }
        when = f"With Z = {Z}, free = {free} (results: dyn, rep, gradient of dyn for q, for p, of rep for q, for p), "
        name_mistake(got, expected, mistakes, BALANCE_IDEAS, when)


# --- 07.9 ------------------------------------------------------------------------------------------------------------


def _bound(log_lik, q, p, mistake="") -> np.ndarray:
    """The ELBO sequence by sequence, with one of the mistakes or none, (B,)."""
    weights, above, below = {"flipped": (p, p, q), "half_mended": (p, q, p)}.get(mistake, (q, q, p))
    each = (weights * np.log(above / below)).sum(-1)  # (B, T, Z)
    kl = each.mean(-1) if mistake == "mean_groups" else each.sum(-1)
    steps = log_lik - {"added": -1, "no_kl": 0}.get(mistake, 1) * kl
    total = steps.mean(1) if mistake == "mean_time" else steps.sum(1)
    return -total if mistake == "loss" else total


def _check_bound(answer) -> None:
    import torch

    for seed, (B, T, Z, C) in ((0, (2, 3, 2, 3)), (1, (3, 1, 1, 4)), (2, (1, 5, 3, 2))):
        rng = np.random.default_rng(seed)
        q, p = (rng.dirichlet(np.ones(C), (B, T, Z)) * 0.9 + 0.1 / C for _ in range(2))
        log_lik = rng.normal(-3, 1, (B, T)).round(2)
        args = tuple(map(torch.tensor, (log_lik, q, p)))
        got = as_array(answer(*args), (B,), answer.called(*args))
        mistakes = {key: _bound(log_lik, q, p, key) for key in ELBO_IDEAS}
        when = f"For {B} sequences of {T} steps, {Z} variables of {C} classes, "
        name_mistake(got, _bound(log_lik, q, p), mistakes, ELBO_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "07.6", "The KL of two Gaussians", "gaussian_kl", (2, 4, 10), _check_gauss, GAUSS_IDEAS),
    exercise(HINTS, "07.7", "Straight through", "straight_through", (3, 5, 8), _check_straight, STRAIGHT_IDEAS),
    exercise(HINTS, "07.8", "Who pays: KL balance", "kl_balance", (3, 5, 15), _check_balance, BALANCE_IDEAS),
    exercise(HINTS, "07.9", "Find the bug: a bound that is none", "sequence_elbo", (2, 4, 8), _check_bound, ELBO_IDEAS),
)
