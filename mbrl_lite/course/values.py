"""Values as the checks handle them: copied, compared, shown in a few words, and read from an answer."""

import copy
import sys

import numpy as np

from mbrl_lite.course.exercise import Wrong


def copied(value):
    """A copy that shares nothing with the original. A tensor that wants a gradient is passed on as it is."""
    if _is_tensor(value):
        return value if value.requires_grad else value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return copy.deepcopy(value)


def same(a, b) -> bool:
    """Whether two values are equal all through, types, shapes and NaNs included."""
    if type(a) is not type(b):
        return False
    if _is_tensor(a):
        return a.shape == b.shape and a.dtype == b.dtype and same(a.detach().cpu().numpy(), b.detach().cpu().numpy())
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (bool, int, float, str, type(None))):
        return a == b or (a != a and b != b)
    return True  # objects without a known meaning of "equal" are not judged


def shown(value, digits: int = 4) -> str:
    """A value in one short line, floats to four digits."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        return f"{value:.{digits}g}"
    if isinstance(value, (list, tuple)):
        left, right = "[]" if isinstance(value, list) else "()"
        items = [shown(item, digits) for item in value[:12]] + ["..."] * (len(value) > 12)
        return left + ", ".join(items) + right
    if _is_tensor(value):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        if value.ndim <= 1 and value.size <= 12:
            return shown(value.tolist(), digits)
        return f"array of shape {value.shape}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def as_number(value, call: str) -> float:
    """The one number an answer gave; raises `Wrong` that says what came instead. `call` is `answer.called(...)`."""
    array = _numeric(value, call, "a number")
    if array.ndim:
        raise Wrong("shape", f"{call} should return one number, and returned {_with_shape(value, array)}.")
    return float(array)


def as_array(value, shape: tuple[int, ...], call: str, axes: str = "the first two axes") -> np.ndarray:
    """An answer as an array of this shape; raises `Wrong` that says what came instead.

    `axes` is what the first two are called: "B and time".
    """
    array = _numeric(value, call, f"an array of shape {shape}")
    if array.shape != shape:
        turned = array.ndim > 1 and array.swapaxes(0, 1).shape == shape
        told = f": {axes} have changed places." if turned else "."
        raise Wrong("shape", f"{call} should return shape {shape}, and returned {_with_shape(value, array)}{told}")
    return array


def _with_shape(value, array: np.ndarray) -> str:
    """What came, with its shape said once."""
    text = shown(value)
    if text.startswith("array of shape"):
        return f"an {text}"
    return f"{text}, shape {array.shape}" if array.ndim else f"{text}, a single number"


def _numeric(value, call: str, wanted: str) -> np.ndarray:
    if value is None:
        raise Wrong("none", f"{call} returned None: is the `return` line missing, or inside the wrong indentation?")
    if _is_tensor(value):
        value = value.detach().cpu().numpy()
    try:
        if np.asarray(value).dtype.kind in "SU":  # numpy would read "1" as 1
            raise TypeError
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):  # torch's, for a list of tensors that want a gradient
        kind = type(value).__name__
        raise Wrong("type", f"{call} should return {wanted}, and returned {shown(value)} ({kind}).") from None


def _is_tensor(value) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)
