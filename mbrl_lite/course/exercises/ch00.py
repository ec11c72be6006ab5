"""The exercises of chapter 00: the discounted return, and what the continue head learns at a time limit."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, as_number, shown

_GAMMA = 0.5

# What the function pays for a reward of 1 at step 1, 2, 3, 4 (gamma = 0.5), and the idea behind each mistake.
_WEIGHTS = {
    "no_discount": (
        [1, 1, 1, 1],
        "every reward counts in full, so gamma is never used. Each step further away should halve a reward.",
    ),
    "starts_late": (
        [0.5, 0.25, 0.125, 0.0625],
        "even the first reward is discounted. It arrives at once, so it counts in full: the first power of gamma is 0.",
    ),
    "backwards": (
        [0.125, 0.25, 0.5, 1],
        "the *last* reward counts in full and the first one least. It is the other way round: far away counts less.",
    ),
    "once": (
        [0.5, 0.5, 0.5, 0.5],
        "gamma is applied once, to all of them alike. Each further step multiplies by gamma once more.",
    ),
    "multiplied": (
        [0, 0.5, 1, 1.5],
        "gamma is multiplied by the step's number, so later rewards even grow. It should be a power: `gamma ** k`.",
    ),
    "stops_early": (
        [1, 0, 0, 0],
        "only the first reward counts. Does your loop `return` in its first round?",
    ),
    "last_only": (
        [0, 0, 0, 0.125],
        "only the last reward counts. Your total is overwritten in each round: add to it with `+=`.",
    ),
    "averaged": (
        [0.25, 0.125, 0.0625, 0.03125],
        "the sum is divided by the number of steps. A return is a sum, not a mean.",
    ),
}


def _check_return(answer) -> None:
    pulses = [[float(k == step) for k in range(4)] for step in range(4)]
    weights = [as_number(answer(pulse, _GAMMA), answer.called(pulse, _GAMMA)) for pulse in pulses]
    if not np.allclose(weights, [1, 0.5, 0.25, 0.125]):
        seen = f"With gamma = 0.5, a reward of 1 at step 1, 2, 3 or 4 counts {shown(weights)} in your return: "
        for key, (pattern, idea) in _WEIGHTS.items():
            if np.allclose(weights, pattern):
                raise Wrong(key, seen + idea)
        raise Wrong("value", seen + "it should count [1, 0.5, 0.25, 0.125], the powers of gamma.")
    _check_empty(answer)
    rng = np.random.default_rng(0)
    for gamma in (0.0, 0.9, 1.0):
        for n in (1, 3, 8):
            rewards = rng.normal(size=n).round(2).tolist()
            got = as_number(answer(rewards, gamma), answer.called(rewards, gamma))
            expected = 0.0
            for reward in reversed(rewards):  # the return's own law: G = r + gamma G', and nothing after the end
                expected = reward + gamma * expected
            if not np.isclose(got, expected):
                told = f"{answer.called(rewards, gamma)} gave {shown(got)}, "
                raise Wrong("value", told + f"and the discounted rewards add up to {shown(expected)}.")
    _check_equal(answer)


def _check_equal(answer) -> None:
    got = as_number(answer([2.0, 2.0, 2.0], _GAMMA), answer.called([2.0, 2.0, 2.0], _GAMMA))
    if not np.isclose(got, 3.5):
        told = f"Three rewards of 2 are 2 + 1 + 0.5 = 3.5 with gamma = 0.5, and yours gave {shown(got)}. "
        raise Wrong("equal", told + "Do you look a reward's place up by its value, as `rewards.index` does?")
    late = [0.0, 0.0, 0.0, 8000.0]
    got = as_number(answer(late, 0.1), answer.called(late, 0.1))
    if not np.isclose(got, 8.0):
        told = f"{answer.called(late, 0.1)} gave {shown(got)} instead of 8. "
        raise Wrong("cut", told + "A factor may be tiny and its reward huge: leave no reward out.")


def _check_empty(answer) -> None:
    try:
        got = as_number(answer([], _GAMMA), answer.called([], _GAMMA))
    except Wrong as wrong:
        raise Wrong("empty", f"An episode can be over before it pays: then the return is 0. But {wrong}") from None
    if got != 0:
        raise Wrong("empty", f"Without any reward the return is 0, and {answer.called([], _GAMMA)} gave {shown(got)}.")


# Three episodes: the first ends at step 2, the clock stops the second at step 5, both happen to the third at step 7.
_TERMINATED = np.array([0, 0, 1, 0, 0, 0, 0, 1], dtype=bool)
_TRUNCATED = np.array([0, 0, 0, 0, 0, 1, 0, 1], dtype=bool)


def _mistakes(terminated, truncated) -> dict[str, tuple[np.ndarray, str]]:
    """What each common mistake would return, and the idea behind it."""
    end, clock = terminated.astype(float), truncated.astype(float)
    either = np.maximum(end, clock)
    backwards = "Your target is 1 where the world *ends*. It is called cont: 1 means that it goes on."
    shifted = "The zeros are there, but one step {}. A flag belongs to the step at which it arrived: no shifting."
    return {
        "time_limit": (
            1 - either,
            "At step 5 nothing ended: the clock stopped us from watching. Say a value of 10 lies behind that step. "
            "With gamma = 0.9 your dream would count 0.9 * 0 * 10 = 0 of it, where 0.9 * 1 * 10 = 9 was to come. "
            "An agent trained on it learns to fear the clock.",
        ),
        "clock_only": (
            1 - clock,
            "The target is 0 where the *clock* ran out, and 1 at step 2, where the world really ended. "
            "It is the other flag that says whether a future exists.",
        ),
        "flipped": (end, backwards),
        "flipped_done": (either, backwards + " And a time limit is not an end of the world."),
        "never_ends": (
            np.ones_like(end),
            "Nothing ever ends. At step 2 the goal was reached and no reward can follow: there the target is 0.",
        ),
        "always_ends": (np.zeros_like(end), "The world ends at every step. Dreams would be one step long."),
        "both": (
            1 - end * (1 - clock),
            "Step 7 is wrong: it ended *and* the clock ran out. Whatever the clock says, no future is left there.",
        ),
        "shifted_later": (1 - np.roll(end, 1), shifted.format("late")),
        "shifted_earlier": (1 - np.roll(end, -1), shifted.format("early")),
        "cumulative": (
            np.cumprod(1 - end),
            "After the first end everything stays 0. But step 3 starts a new episode: judge each step by itself.",
        ),
    }


def _check_cont(answer) -> None:
    call = answer.called(_TERMINATED.astype(int), _TRUNCATED.astype(int))
    try:
        got = as_array(answer(_TERMINATED, _TRUNCATED), _TERMINATED.shape, call)
    except Wrong as wrong:
        if wrong.key == "raised" and "ambiguous" in str(wrong):
            raise Wrong("one_step", f"`if` and `and` decide for one step; here come 8 in an array. {wrong}") from None
        raise
    mistakes = _mistakes(_TERMINATED, _TRUNCATED)
    expected = [0.0 if ended else 1.0 for ended in _TERMINATED]
    if not np.array_equal(got, expected):
        steps = np.arange(len(got))
        rows = {"step": steps, "terminated": _TERMINATED, "truncated": _TRUNCATED, "your targets": got}
        seen = "".join(f"`{name:12}  {' '.join(shown(float(x)) for x in row)}`\n" for name, row in rows.items())
        for key, (pattern, idea) in mistakes.items():
            # A shift may wrap around or bring in a 1 at the border: there the other seven steps tell.
            inner = {"shifted_later": slice(1, None), "shifted_earlier": slice(None, -1)}.get(key, slice(None))
            if np.allclose(got[inner], pattern[inner]):
                raise Wrong(key, seen + idea)
        step = int(np.flatnonzero(~np.isclose(got, expected))[0])
        raise Wrong("value", seen + f"At step {step} it should be {expected[step]:g}. Is there a future behind it?")
    _check_cont_elsewhere(answer)


def _check_cont_elsewhere(answer) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 5, 40):
        terminated, truncated = rng.random(n) < 0.3, rng.random(n) < 0.3
        call = answer.called(terminated.astype(int), truncated.astype(int))
        got = as_array(answer(terminated, truncated), (n,), call)
        for step in range(n):
            if got[step] != (0.0 if terminated[step] else 1.0):
                flags = f"terminated {terminated[step]}, truncated {truncated[step]}"
                raise Wrong("value", f"{call}: at step {step} ({flags}) your target is {shown(got[step])}.")


EXERCISES = (
    Exercise(
        id="00.1",
        title="The discounted return",
        function="discounted_return",
        difficulty=1,
        importance=4,
        minutes=3,
        check=_check_return,
        ideas=(*_WEIGHTS, "empty", "equal", "cut"),
        hints=(
            "Take the rewards 1, 1, 1 and gamma = 0.5 and add them up by hand: 1 + 0.5 + 0.25. "
            "What happens to the factor from one reward to the next?",
            "Walk through the rewards with `enumerate`: the k-th, counted from 0, is multiplied by `gamma ** k`.",
            "`sum(gamma**k * reward for k, reward in enumerate(...))` is all there is. An empty sum is 0.",
        ),
    ),
    Exercise(
        id="00.2",
        title="What ends, and what only stops",
        function="cont_targets",
        difficulty=2,
        importance=5,
        minutes=4,
        check=_check_cont,
        ideas=(*_mistakes(_TERMINATED, _TRUNCATED), "one_step"),
        hints=(
            "Ask of each step one thing: could more reward have come after it, had we kept on watching?",
            "When the time limit strikes, the world does not know. It would have gone on. Only one of the two flags "
            "speaks about the world; the other speaks about us.",
            "The target is 0 exactly where `terminated` is true. With arrays: 1 minus something, as floats.",
        ),
    ),
)
