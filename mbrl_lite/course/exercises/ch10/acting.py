"""Exercises 10.9 and 10.10: a step of an agent that carries its state, and what is stored where two lives meet."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import Part, answered, several
from mbrl_lite.course.exercises.ch10.acting_ideas import ACT_IDEAS, STORE_IDEAS
from mbrl_lite.course.exercises.ch10.judging import agree, name_parts
from mbrl_lite.course.values import shown

# --- 10.9 ------------------------------------------------------------------------------------------------------------

O, D, Z, A = 2, 3, 2, 2


def _maps() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    sizes = {"encode": (O, Z), "h": (D, D), "x": (Z + A, D), "prior": (D, Z), "policy": (D + Z, A)}
    sizes["born"] = (D,)  # what `recur` makes of nothing
    return {name: rng.normal(size=size).round(1) for name, size in sizes.items()}


def _luck(name: str, call: int) -> float:
    """What the part called `name` adds to its answer in its call number `call`: encode, prior and policy draw."""
    return {"encode": 0.1, "prior": 0.3, "policy": 0.7}[name] * (1 + call) ** 1.5


# Several slips at once, as the code in the chapter has them and as half a repair leaves them.
TOGETHER = {
    "untouched": "from_zero+guesses+old_input",
    "guesses:and forgets": "guesses+from_zero",
    "guesses:and never empties": "guesses+no_reset",
    "guesses:and remembers": "guesses+remembers",
    "guesses:and keeps the guess": "guesses+keeps_guess",
    "from_zero:and never empties": "from_zero+old_input",
    "old_h:masked": "old_h_masked",
    "keeps_h:and all else": "keeps_h+keeps_z+keeps_a",
    **{f"{key}:masked": f"{key}+masked" for key in ("keeps_h", "keeps_z", "keeps_a", "new_z_in")},
}


def _acted(obs, is_first, state, mistake="") -> dict[str, np.ndarray]:
    """Action and next state by matrices, with one of the mistakes or none; "one+two" is two of them."""
    (h, z, a), m, keep, slips = state, _maps(), 1.0 - is_first[:, None], set(mistake.split("+"))
    keep = 1 - keep if "inverted" in slips else keep
    keep = np.full_like(keep, keep.min()) if "whole_batch" in slips else keep
    old_h, old_z, old_a = (part * keep for part in state) if "masked" in slips else state
    keep_h = np.ones_like(keep) if slips & {"no_reset", "remembers"} else keep
    keep_x = np.ones_like(keep) if slips & {"no_reset", "old_input"} else keep
    seen = obs @ m["encode"] + _luck("encode", 0)
    taken_in = np.hstack([z, a]) * keep_x
    if "new_z_in" in slips:
        taken_in[:, :Z] = seen if "masked" in slips else seen * keep_x
    after = (0 * h if "from_zero" in slips else h * keep_h) @ m["h"] + taken_in @ m["x"] + m["born"]
    after = after * keep if "emptied_after" in slips else after
    guess = after @ m["prior"] + _luck("prior", 0)
    looked = z if "old_z" in slips else guess if "guesses" in slips else seen
    felt = h if "old_h" in slips else h * keep if "old_h_masked" in slips else after
    action = np.hstack([looked, felt] if "z_first" in slips else [felt, looked]) @ m["policy"] + _luck("policy", 0)
    return {
        "action": action,
        "h": old_h if "keeps_h" in slips else after,
        "z": old_z if "keeps_z" in slips else guess if "keeps_guess" in slips else seen,
        "a": old_a if "keeps_a" in slips else action,
    }


def _parts() -> tuple[dict[str, Part], dict[str, int]]:
    """encode, recur, prior and policy as an answer gets them, and how often each was called."""
    import torch

    m, calls = {name: torch.tensor(x) for name, x in _maps().items()}, {}

    def drawing(name):
        def call(x):
            number = calls.get(name, 0)
            calls[name] = number + 1
            return x @ m[name] + _luck(name, number)

        return Part(name, call)

    parts = {name: drawing(name) for name in ("encode", "prior", "policy")}
    parts["recur"] = Part("recur", lambda h, x: h @ m["h"] + x @ m["x"] + m["born"])
    return parts, calls


def _check_act(answer) -> None:
    import torch

    rng = np.random.default_rng(6)
    for B, firsts in ((3, [False, True, False]), (2, [False, False]), (1, [True])):
        obs = rng.normal(size=(B, O)).round(1)
        state = tuple(rng.normal(size=(B, n)).round(1) for n in (D, Z, A))
        is_first, (parts, calls) = np.array(firsts), _parts()
        tensors = tuple(map(torch.tensor, state))
        order = [parts[name] for name in ("encode", "recur", "prior", "policy")]
        args = torch.tensor(obs), torch.tensor(is_first), tensors, *order
        call = f"`act_step(obs, is_first={shown(is_first)}, ...)`"
        action, after = several(answer(*args), ("action", "state"), call)
        after = several(after, ("h", "z", "a"), f"The state that {call} returns:")
        got = {"action": answered(action, (B, A), call)}
        sizes = {"h": D, "z": Z, "a": A}
        got |= {k: answered(x, (B, n), call) for (k, n), x in zip(sizes.items(), after, strict=True)}
        expected = _acted(obs, is_first, state)
        told = f"With {B} worlds and is_first = {shown(is_first)}: "
        for name, key in (("encode", "looks_twice"), ("policy", "asks_twice")):
            if calls.get(name, 0) > 1 and not agree(got, expected):
                raise Wrong(key, f"{told}`{name}` was called {calls[name]} times: {ACT_IDEAS[key]}")
        slips = {key: key for key in ACT_IDEAS if not key.endswith("_twice")} | TOGETHER
        mistakes = {key: _acted(obs, is_first, state, slip) for key, slip in slips.items()}
        name_parts(got, expected, mistakes, ACT_IDEAS, told)


# --- 10.10 -----------------------------------------------------------------------------------------------------------


class _Walk:
    """A world of numbers: episode k shows 100 k, 100 k + 1, ...; how long each is, and how it ends, is written down."""

    plan = ((2, "terminated"), (1, "truncated"), (3, "both"), (2, "truncated"))

    def __init__(self):
        self.episode, self.resets, self.asked = 0, 0, []

    def __repr__(self) -> str:
        return "env"

    def __deepcopy__(self, memo):
        return self  # the check reads off it what was done with it

    def reset(self) -> float:
        self.episode, self.at = self.episode + 1, 0
        self.resets += 1
        return 100.0 * self.episode

    def step(self, action: int) -> tuple[float, float, bool, bool]:
        self.at += 1
        length, how = self.plan[(self.episode - 1) % len(self.plan)]
        over = self.at >= length
        reward = 10.0 * self.episode + self.at + 0.5 * action
        return 100.0 * self.episode + self.at, reward, over and how != "truncated", over and how != "terminated"


def _policy(obs: float) -> int:
    return 1 + int(obs) % 3


NAMES = ("obs", "action", "reward", "is_first", "is_last", "is_terminal")


def _stored(steps: int, mistake: str = "") -> list[tuple]:
    """The steps by the plan, with one of the mistakes or none."""
    rows, episode, shown_last, paid_last = [], 0, 0.0, 0.0
    while len(rows) < steps:
        episode += 1
        length, how = _Walk.plan[(episode - 1) % len(_Walk.plan)]
        before = shown_last if mistake == "stale" and episode > 1 else 100.0 * episode
        reward = paid_last if mistake == "old_reward" and episode > 1 else 0.0
        for t in range(length + 1):
            last = t == length
            if last and mistake == "end_lost":
                break
            obs = before if t == 0 else 100.0 * episode + t
            action = 0 if last and mistake != "acts_at_end" else _policy(obs)
            terminal = last and (how != "truncated" or mistake == "limit_is_end")
            terminal = last and how == "terminated" if mistake == "both_is_limit" else terminal
            first = t == 0 and not (mistake == "no_first" and episode > 1)
            ends = terminal if mistake == "limit_forgotten" else last
            rows.append((obs, action, reward, first, ends, terminal))
            reward = 10.0 * episode + t + 1 + 0.5 * action
            shown_last, paid_last = obs, rows[-1][2]
    return rows[:steps]


def _goes_on(steps: int) -> list[tuple]:
    """The steps of a loop that does not notice a time limit and acts on in an episode that is over."""
    env, rows, over = _Walk(), [], True
    while len(rows) < steps:
        first = over
        obs, reward, over = (env.reset(), 0.0, False) if first else env.step(rows[-1][1])[:3]
        rows.append((obs, 0 if over else _policy(obs), reward, first, over, over))
    return rows


def _paid_early(steps: int) -> list[tuple]:
    """The steps with each reward beside the action that earns it, and not beside the frame it comes with."""
    rows = _stored(steps + 1)
    return [(*row[:2], 0.0 if row[4] else after[2], *row[3:]) for row, after in zip(rows, rows[1:])]


def _columns(rows: list[tuple]) -> dict[str, np.ndarray]:
    return {name: np.array([float(row[i]) for row in rows]) for i, name in enumerate(NAMES)}


def _check_store(answer) -> None:
    for steps in (12, 1, 7):
        result = answer(_Walk(), _policy, steps)
        call = f"`collect(env, policy, {steps})`"
        if result is None:
            raise Wrong("none", f"{call} returned None: is the `return` line missing?")
        if not isinstance(result, list | tuple) or not all(isinstance(row, tuple | list) for row in result):
            raise Wrong("type", f"{call} should return a list of tuples, and returned {shown(result)}.")
        if len(result) != steps or any(len(row) != len(NAMES) for row in result):
            lengths = sorted({len(row) for row in result})
            raise Wrong("shape", f"{call} returned {len(result)} rows of length {lengths}; expected {steps} rows of 6.")
        got, expected = _columns(result), _columns(_stored(steps))
        mistakes = {key: _columns(_stored(steps, key)) for key in STORE_IDEAS}
        mistakes["limit_forgotten:goes on"] = _columns(_goes_on(steps))
        mistakes["paid_early"] = _columns(_paid_early(steps))
        name_parts(got, expected, mistakes, STORE_IDEAS, f"With {steps} steps to store: ")


EXERCISES = (
    Exercise(
        id="10.9",
        title="Find the bug: an agent that lives in a window",
        function="act_step",
        difficulty=3,
        importance=5,
        minutes=15,
        check=_check_act,
        ideas=tuple(ACT_IDEAS),
        hints=(
            "Say aloud what happens between two frames in training: what is emptied, what goes into h, what is z drawn "
            "from? Acting is the same, for a single step.",
            "keep = ~is_first[:, None]. `h = recur(h * keep, x * keep)` with x = [z, a] of the step *before*. Then "
            "look: `z = encode(obs)`.",
            "`h = recur(h * keep, torch.cat([z, a], -1) * keep)`; `z = encode(obs)`; "
            "`action = policy(torch.cat([h, z], -1))`; `return action, (h, z, action)`. `prior` is for dreams.",
        ),
    ),
    Exercise(
        id="10.10",
        title="Find the bug: the frame that stays",
        function="collect",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_store,
        ideas=tuple(STORE_IDEAS),
        hints=(
            "Look at the printed frames: 102 comes twice, and 200 never. Who knows the 200?",
            "`env.reset()` returns the first frame of the new life. Where does it go?",
            "`obs = env.reset()`; nothing else changes.",
        ),
    ),
)
