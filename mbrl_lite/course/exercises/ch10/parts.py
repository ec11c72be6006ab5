"""Exercises 10.1 and 10.2: what a Mamba-2 layer holds and carries, and the inputs of a whole window at once."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import measured, name_mistake, tensors
from mbrl_lite.course.exercises.ch10.judging import name_parts
from mbrl_lite.course.exercises.ch10.parts_ideas import INPUT_IDEAS, NUMBER_IDEAS
from mbrl_lite.course.values import as_number, shown

# --- 10.1 ------------------------------------------------------------------------------------------------------------


def _in_the_library(D: int, N: int, expand: int, P: int, K: int) -> dict[str, np.ndarray]:
    """Counted, not computed: a layer of the library is built, and its tensors are asked for their sizes."""
    from mbrl_lite.sequence.mamba2 import Mamba2Layer

    layer = Mamba2Layer(D, state=N, expand=expand, head=P, conv=K)
    return {"parameters": np.array(sum(p.numel() for p in layer.parameters())), "carried": np.array(sum(layer.sizes))}


def _by_formula(D, N, expand, P, K, mistake="") -> dict[str, np.ndarray]:
    """The same by multiplication, with one of the mistakes."""
    inner = expand * D
    heads = inner // P
    write_read = 2 * N * (heads if mistake == "own_bc" else 1)
    conv = inner if mistake == "conv_on_x" else inner + write_read
    taps = {"no_conv_bias": K, "dense_conv": conv * K + 1}.get(mistake, K + 1)
    wide = inner + write_read + heads + (0 if mistake == "no_gate" else inner)
    wide -= heads if mistake == "no_steps" else 0
    scalars = {"no_scalars": 0, "one_scalar": heads, "one_scalar:two": 2 * heads, "wide_d": 2 * heads + inner}
    scalars["wide_d:for each state"] = 2 * heads + inner * N
    scalars = scalars.get(mistake, 3 * heads)
    norm = {"no_norm": 0, "no_norm:of the output": D, "no_norm:and a bias": 2 * inner}.get(mistake, inner)
    total = D * wide + conv * taps + scalars + norm + inner * D
    total += {"biases": wide + D, "biases:of the first": wide, "biases:of the last": D}.get(mistake, 0)
    tail = {"no_tail": 0, "whole_window": K}.get(mistake, K - 1) * conv
    memory = {"one_channel": heads * N, "no_heads": P * N, "square": heads * N * N}.get(mistake, inner * N)
    carried = {"output": D, "output:wide": inner, "output:and window": D + tail}.get(mistake, memory + tail)
    return {"parameters": np.array(total), "carried": np.array(carried)}


NUMBER_WAYS = ("one_scalar:two", "wide_d:for each state", "no_norm:of the output", "no_norm:and a bias")
NUMBER_WAYS += ("biases:of the first", "biases:of the last", "output:wide", "output:and window")


def _check_numbers(answer) -> None:
    for sizes in ((8, 5, 3, 4, 3), (12, 4, 2, 6, 4), (512, 16, 2, 64, 4)):
        call = answer.called(*sizes)
        result = answer(*sizes)
        if result is None:
            raise Wrong("none", f"{call} returned None: is the `return` line missing?")
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise Wrong("type", f"{call} should return (parameters, carried), and returned {shown(result)}.")
        got = {
            name: np.array(as_number(number, call))
            for name, number in zip(("parameters", "carried"), result, strict=True)
        }
        expected = _in_the_library(*sizes)
        mistakes = {key: _by_formula(*sizes, key) for key in (*NUMBER_IDEAS, *NUMBER_WAYS) if key != "swapped"}
        mistakes["swapped"] = {"parameters": expected["carried"], "carried": expected["parameters"]}
        D, N, expand, P, K = sizes
        when = f"With D = {D}, N = {N}, expand = {expand}, P = {P} and K = {K}: "
        name_parts(got, expected, mistakes, NUMBER_IDEAS, when)


# --- 10.2 ------------------------------------------------------------------------------------------------------------


def _one_by_one(z, action, z0, a0, is_first, mistake=""):
    """The inputs, step by step as an agent lives them, with one of the mistakes or none, (B, T, Z + A)."""
    import torch

    T, rows = z.shape[1], []
    for t in range(T):
        before_z, before_a = (z[:, t - 1], action[:, t - 1]) if t else (z0, a0)
        if t == 0 and mistake == "carry_ignored":
            before_z, before_a = torch.zeros_like(z0), torch.zeros_like(a0)
        if t == 0 and mistake == "wraps":
            before_z, before_a = z[:, -1], action[:, -1]
        if mistake in ("ahead", "ahead:zeros"):
            end = (z0, a0) if mistake == "ahead" else (torch.zeros_like(z0), torch.zeros_like(a0))
            before_z, before_a = (z[:, t + 1], action[:, t + 1]) if t + 1 < T else end
        if mistake in ("not_shifted", "late_action"):
            before_a = action[:, t]
        if mistake in ("not_shifted", "sees_itself"):
            before_z = z[:, t]
        new = is_first[:, t] if mistake != "late_reset" else is_first[:, t - 1] & (t > 0)
        new = is_first[:, min(t + 1, T - 1)] & (t + 1 < T) if mistake == "early_reset" else new
        new = new & (t == 0) if mistake == "no_reset:but at 0" else new
        keep = (~new[:, None]).to(z.dtype)
        keep = 1 - keep if mistake == "inverted" else keep
        keep_z = torch.ones_like(keep) if mistake in ("no_reset", "only_action_reset") else keep
        keep_a = torch.ones_like(keep) if mistake in ("no_reset", "only_z_reset") else keep
        rows.append(torch.cat([before_z * keep_z, before_a * keep_a][:: -1 if mistake == "a_first" else 1], -1))
    return torch.stack(rows, 1)


def _check_inputs(answer) -> None:
    import torch

    rng = np.random.default_rng(0)
    for B, T, Z, A in ((2, 5, 3, 2), (1, 1, 2, 2), (3, 8, 4, 1)):
        inputs = tensors(rng, z=(B, T, Z), action=(B, T, A), z0=(B, Z), a0=(B, A))
        is_first = torch.zeros(B, T, dtype=torch.bool)
        if T > 1:
            is_first[0, 2], is_first[1, 0], is_first[1, -2] = True, True, True

        class Ordered:  # the flags want no gradient, so they are handed over last and put in place here
            called = staticmethod(lambda z, a, z0, a0, first=is_first: answer.called(z, a, first, z0, a0))

            def __call__(self, z, a, z0, a0, first=is_first):
                return answer(z, a, first, z0, a0)

        def formula(z, a, z0, a0, mistake="", first=is_first):
            return _one_by_one(z, a, z0, a0, first, mistake)

        shape, keys = (B, T, Z + A), (*INPUT_IDEAS, "ahead:zeros", "no_reset:but at 0")
        got, expected = measured(Ordered(), inputs, shape=shape), measured(formula, inputs, shape=shape)
        mistakes = {key: measured(formula, inputs, key, shape=shape) for key in keys if key != "detached"}
        mistakes["detached"] = {name: np.zeros_like(x) for name, x in expected.items()} | {"result": expected["result"]}
        name_mistake(got, expected, mistakes, INPUT_IDEAS, f"With {B} windows of {T} steps: ")


EXERCISES = (
    Exercise(
        id="10.1",
        title="What a layer holds, and what it carries",
        function="mamba2_numbers",
        difficulty=2,
        importance=3,
        minutes=12,
        check=_check_numbers,
        ideas=tuple(NUMBER_IDEAS),
        hints=(
            "Go through the equations above in order, and write down the shape of every letter that is learnt. B and "
            "C are shared by all heads. For what is carried ask: what must step t know of the steps before?",
            "With I = expand * D and H = I / P: the first matrix makes z (I numbers), x (I), B (N), C (N) and dt (H). "
            "The convolution runs over x, B and C, each channel by itself, with a bias. Then A, D and the step's bias "
            "(H each), the norm (I), the last matrix.",
            "`D * (2*I + 2*N + H) + (I + 2*N) * (K + 1) + 3*H + I + I*D` parameters; carried are `I*N` numbers of "
            "memory and the last K - 1 inputs of the convolution.",
        ),
    ),
    Exercise(
        id="10.2",
        title="The inputs of a whole window",
        function="model_inputs",
        difficulty=2,
        importance=5,
        minutes=10,
        check=_check_inputs,
        ideas=tuple(INPUT_IDEAS),
        hints=(
            "Write down x_0, x_1 and x_2 for a window without resets. Which z and which action is in each? Then make "
            "step 1 a first one: which of the three changes?",
            "`torch.cat([z0[:, None], z[:, :-1]], 1)` is z, one step later. The same for the actions. The reset mask "
            "is *not* shifted.",
            "`x = torch.cat([before_z, before_a], -1)`, then `return x * ~is_first[..., None]`.",
        ),
    ),
)
