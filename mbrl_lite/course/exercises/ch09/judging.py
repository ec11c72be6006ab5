"""How the checks of chapter 09 judge a loss: by its value and by the gradient that reaches each of its arguments."""

from collections.abc import Callable

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.values import as_array, shown

EXERCISES = ()
PARTS = {"result": "Your result", "actions": "Your actions"}  # what is returned; all else is a gradient


def tensors(rng: np.random.Generator, **shapes: tuple[int, ...]) -> dict:
    """Normal numbers by name, float64 tensors of these shapes, rounded to two digits so that they can be typed."""
    import torch

    return {name: torch.tensor(rng.normal(size=shape).round(2)) for name, shape in shapes.items()}


def measured(fn: Callable, inputs: dict, *rest, shape: tuple[int, ...] = ()) -> dict[str, np.ndarray]:
    """What `fn(*inputs, *rest)` returns ("result") and the gradient of its sum for each input, by the input's name.

    Raises `Wrong` if the result is not an array of this shape. An input that gets no gradient has gradient 0.
    """
    import torch

    leaves = {name: value.detach().clone().requires_grad_() for name, value in inputs.items()}
    with torch.enable_grad():
        result = fn(*leaves.values(), *rest)
    called = fn.called if hasattr(fn, "called") else (lambda *args: "the reference")
    found = {"result": answered(result, shape, called(*inputs.values(), *rest), "B and time")}
    if isinstance(result, torch.Tensor) and result.requires_grad:
        grads = torch.autograd.grad(result.sum(), list(leaves.values()), allow_unused=True)
    else:
        grads = [None] * len(leaves)
    for (name, leaf), grad in zip(leaves.items(), grads, strict=True):
        found[name] = np.zeros(leaf.shape) if grad is None else grad.numpy()
    return found


def answered(value, shape: tuple[int, ...], call: str, axes: str = "the first two axes") -> np.ndarray:
    """`as_array` of an answer that has to be one tensor; a list of tensors, or a plain number, is named as such."""
    import torch

    if isinstance(value, list | tuple) and any(isinstance(item, torch.Tensor) for item in value):
        way = "`torch.stack` makes one of many" if shape else "add the terms up"
        came = f"a {type(value).__name__} of {len(value)}"
        raise Wrong("type", f"{call} should return one tensor of shape {shape}, and returned {came}: {way}.")
    array = as_array(value, shape, call, axes)
    if not isinstance(value, torch.Tensor):
        kind = type(value).__name__
        raise Wrong("type", f"{call} should return a tensor, and returned {shown(value)} ({kind}).")
    return array


def alike(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    """Whether two measurements agree, all of them."""
    return all(np.allclose(a[name], b[name], rtol=1e-4, atol=1e-6) for name in b)


def as_value(x) -> dict[str, np.ndarray]:
    """A plain result as a measurement without gradients."""
    return {"result": np.asarray(x, dtype=float)}


def name_mistake(got: dict, expected: dict, mistakes: dict[str, dict], ideas: dict[str, str], when: str = "") -> None:
    """Raise `Wrong` with the idea whose measurement `got` is; nothing if it is what was expected.

    A mistake that can be made in several ways has one entry for each: "idea", "idea:another way". A mistake is also
    known by what is returned alone, if that is wrong: whoever makes it may have forgotten a `detach` on top of it.
    """
    if alike(got, expected):
        return
    seen = when + _difference(got, expected)
    returned = [name for name in PARTS if name in expected]
    numbers_right = alike(got, {name: expected[name] for name in returned})
    for parts in [list(expected)] if numbers_right else [list(expected), returned]:
        for key, pattern in mistakes.items():
            if alike(got, {name: pattern[name] for name in parts if name in pattern}):
                idea = key.partition(":")[0]
                raise Wrong(idea, f"{seen}: {ideas[idea]}")
    if numbers_right:
        told = "The numbers you return are right, and only the way back is not."
        raise Wrong("value", f"{seen}. {told} {_way_back(got, expected)}")
    raise Wrong("value", f"{seen}. Go through the contract once more, with these numbers by hand.")


def _way_back(got: dict, expected: dict) -> str:
    """Which arguments get a gradient that should get none, and which get none that should."""
    sides = [name for name in expected if name not in PARTS]
    leaks = [f"`{name}`" for name in sides if got[name].any() and not expected[name].any()]
    deaf = [f"`{name}`" for name in sides if expected[name].any() and not got[name].any()]
    told = []
    if leaks:
        told.append(f"A gradient reaches {' and '.join(leaks)}, where none should: a `detach` is missing.")
    if deaf:
        told.append(f"No gradient reaches {' and '.join(deaf)}: look for a `detach` too many, or a `no_grad`.")
    return " ".join(told) or "Look for a `detach` too many or too few, a `no_grad`, or a change in place."


def _difference(got: dict, expected: dict) -> str:
    """The first number that is not as expected, in words."""
    for name, right in expected.items():
        off = ~np.isclose(got[name], right, rtol=1e-4, atol=1e-6)
        if not off.any():
            continue
        at = tuple(int(i) for i in np.argwhere(off)[0]) if right.ndim else ()
        place = f"[{', '.join(map(str, at))}]" if at else ""
        mine, wanted = shown(float(got[name][at])), shown(float(right[at]))
        if name in PARTS:
            return f"{PARTS[name]}{place} is {mine}, and {wanted} was expected"
        return f"The gradient that reaches `{name}{place}` is {mine}, and {wanted} was expected"
    raise AssertionError("nothing differs")


class Part:
    """A function that is handed to an answer; in messages it shows as its name."""

    def __init__(self, name: str, call):
        self.name, self.call = name, call

    def __call__(self, *args, **kwargs):
        return self.call(*args, **kwargs)

    def __repr__(self) -> str:
        return self.name


def several(result, names: tuple[str, ...], call: str) -> tuple:
    """The parts of a returned tuple; raises `Wrong` if it is none of that length."""
    if result is None:
        raise Wrong("none", f"{call} returned None: is the `return` line missing?")
    if not isinstance(result, tuple | list) or len(result) != len(names):
        raise Wrong("type", f"{call} should return ({', '.join(names)}), and returned {shown(result)}.")
    return tuple(result)
