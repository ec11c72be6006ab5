"""Exercises 10.11 and 10.12: a life of many episodes, and a game of which every fourth frame is seen."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import several
from mbrl_lite.course.exercises.ch10.judging import agree, name_parts
from mbrl_lite.course.exercises.ch10.play_ideas import LIFE_IDEAS, SKIP_IDEAS
from mbrl_lite.course.values import as_array, as_number, shown

# --- 10.11 -----------------------------------------------------------------------------------------------------------


def _streams(rng: np.random.Generator, B: int, T: int) -> tuple[np.ndarray, ...]:
    """Tasks of two episodes or more, read step by step; rewards and ends everywhere, also where a task begins."""
    rows = []
    for b in range(B):
        task, row = int(rng.integers(5)), []
        while len(row) < T + 5:
            for episode in range(int(rng.integers(2, 4))):
                row += [(task, episode)] * int(rng.integers(1, 4))
            task += int(rng.integers(2))  # sometimes the same one again
        rows.append(row[b % 4 : b % 4 + T])  # a window may begin anywhere
    task, episode = np.moveaxis(np.array(rows), -1, 0)
    return task, episode, rng.integers(1, 8, (B, T)) / 4, rng.random((B, T)) < 0.4


def _begins(task, episode, mistake="") -> np.ndarray:
    """Where a task begins, told step by step, with one of the mistakes or none."""
    B, T = task.shape
    first = np.zeros((B, T), bool)
    for b in range(B):
        for t in range(T):
            if t == 0 and mistake in ("first_column", "first_column:rolled"):
                past = (task[b, -1], episode[b, -1]) if mistake.endswith("rolled") else (task[b, t], episode[b, t])
            elif t == 0:
                past = None
            else:
                past = task[b, t - 1], episode[b, t - 1]
            now = task[b, t], episode[b, t]
            if mistake == "by_episode":
                first[b, t] = past is None or past != now
            elif mistake == "same_task":
                first[b, t] = past is None or past[0] != now[0]
            elif mistake.startswith("all_of_it"):
                first[b, t] = now[1] == 0 or (past is None and mistake.endswith("column"))
            else:
                first[b, t] = past is None or past[0] != now[0] or past[1] > now[1]
    return first


def _life(task, episode, reward, is_last, mistake="") -> dict[str, np.ndarray]:
    """is_first and extra, with one of the mistakes or none."""
    first = _begins(task, episode, mistake)
    if mistake.startswith("axis"):
        first = _begins(task.T, episode.T).T
        if mistake.endswith("tasks"):
            first = _begins(task.T, episode.T, "same_task").T
        if mistake.endswith("both"):
            first[:, 0] = True
    if mistake == "shifted:early":
        first = np.hstack([first[:, 1:], first[:, :1]])
    ended = is_last
    if mistake == "begins":
        ended = _begins(task, episode, "by_episode")
    if mistake == "late":
        ended = np.hstack([0 * is_last[:, :1], is_last[:, :-1]])
    extra = np.stack([reward, ended], -1).astype(float)
    if mistake.startswith("shifted:extra"):
        extra = np.concatenate([0 * extra[:, :1], extra[:, :-1]], 1)
    if mistake == "flags":
        extra = extra.astype(bool).astype(float)
    keep = np.ones_like(extra) if mistake in ("leaks", "shifted:extra leaks") else 1.0 - first[..., None]
    if mistake in ("leaks:reward", "leaks:end"):
        keep = np.repeat(keep, 2, -1)
        keep[..., int(mistake == "leaks:end")] = 1
    extra = extra * keep
    return {"is_first": first.astype(float), "extra": extra[..., ::-1] if mistake == "swapped" else extra}


LIFE_WAYS = (
    "by_episode",
    "same_task",
    "all_of_it",
    "all_of_it:and the column",
    "leaks",
    "leaks:reward",
    "leaks:end",
    "shifted:early",
    "shifted:extra",
    "shifted:extra leaks",
    "axis",
    "axis:tasks",
    "axis:both",
    "first_column",
    "first_column:rolled",
    "flags",
    "begins",
    "late",
    "swapped",
)


def _check_life(answer) -> None:
    rng = np.random.default_rng(11)
    for B, T in ((5, 14), (4, 9), (1, 6)):
        args = _streams(rng, B, T)
        call = f"`lifetimes(task, episode, reward, is_last)` with shapes ({B}, {T})"
        first, extra = several(answer(*args), ("is_first", "extra"), call)
        got = {"is_first": as_array(first, (B, T), call), "extra": as_array(extra, (B, T, 2), call)}
        expected = _life(*args)
        mistakes = {way: _life(*args, way) for way in LIFE_WAYS}
        name_parts(got, expected, mistakes, LIFE_IDEAS, f"With {B} streams of {T} steps: ")
        kinds = np.asarray(first).dtype, np.asarray(extra).dtype
        if kinds[0].kind != "b":
            raise Wrong("not_bool", f"is_first is of type {kinds[0]}: {LIFE_IDEAS['not_bool']}")
        if kinds[1].kind != "f":
            raise Wrong("type", f"{call}: extra should hold floats, and is of type {kinds[1]}.")


# --- 10.12 -----------------------------------------------------------------------------------------------------------


class _Game:
    """A game whose frames, rewards and end are written down. It notes what was pressed, and goes on if asked to."""

    def __init__(self, seed: int, over: int, how: str):
        rng = np.random.default_rng(seed)
        self.frames = rng.integers(1, 255, (12, 2, 3), dtype=np.uint8)
        self.rewards, self.over, self.how, self.pressed = rng.permutation(2.0 ** np.arange(12)) / 4, over, how, []

    def __repr__(self) -> str:
        return "step"

    def __deepcopy__(self, memo):
        return self  # the check reads off it what was pressed

    def __call__(self, action):
        t = len(self.pressed)
        if t >= len(self.frames):
            raise ValueError(f"step was called {t + 1} times: does the loop end?")
        self.pressed.append(action)
        ends = {name: t + 1 == self.over and self.how == name for name in ("terminated", "truncated")}
        return self.frames[t].copy(), float(self.rewards[t]), ends["terminated"], ends["truncated"]


def _skipped(game: _Game, frames: int, mistake="") -> dict[str, np.ndarray]:
    """What should be returned, with one of the mistakes or none."""
    n = min(frames, game.over)
    seen, paid = game.frames[:n].astype(float), game.rewards[:n]
    last = seen[-2:]
    zeros = np.zeros((max(frames, 2), *seen.shape[1:]))
    zeros[:n] = seen
    frame = {
        "all_frames": seen.max(0),
        "last_frame": seen[-1],
        "mean": last.mean(0),
        "mean:whole": np.floor(last.mean(0)),
        "mean:wraps": (last.sum(0) % 256) // 2,
        "minimum": last.min(0),
        "whole_frame": last[last.sum((1, 2)).argmax()],
        "first_two": seen[:2].max(0),
        "fixed_two": zeros[frames - 2 : frames].max(0) if frames > 1 else seen[0],
    }.get(mistake, last.max(0))
    before = paid[:-1] if game.over == n else paid
    rewards = {"last_reward": paid[-1], "mean_reward": paid.mean(), "end_unpaid": before.sum()}
    reward = rewards.get(mistake, paid.sum())
    over = {name: float(game.over == n and game.how == name) for name in ("terminated", "truncated")}
    if mistake.startswith("ends_merged"):
        both = max(over.values())
        over = {"terminated": both, "truncated": both if mistake.endswith("both") else 0.0}
    return {"frame": frame, "reward": np.array(reward), **{name: np.array(value) for name, value in over.items()}}


SKIP_WAYS = tuple(key for key in SKIP_IDEAS if key not in ("goes_on", "first_action"))
SKIP_WAYS += ("mean:whole", "mean:wraps", "ends_merged:both")


def _check_skip(answer) -> None:
    cases = ((4, 9, ""), (4, 2, "truncated"), (4, 3, "terminated"), (4, 1, "truncated"), (2, 9, ""), (1, 9, ""))
    for seed, (frames, over, how) in enumerate((*cases, (6, 5, "terminated"), (4, 4, "truncated"))):
        game = _Game(seed, over, how)
        when = f"With frames = {frames}, " + (f"{how} at frame {over}: " if how else "and a game that goes on: ")
        call = f"`skip(step, 3, frames={frames})`"
        result = several(answer(game, 3, frames=frames), ("frame", "reward", "terminated", "truncated"), call)
        frame, rest = as_array(result[0], (2, 3), call), [as_number(part, call) for part in result[1:]]
        got = {"frame": frame} | dict(zip(("reward", "terminated", "truncated"), map(np.array, rest), strict=True))
        n, expected = min(frames, over), _skipped(game, frames)
        if len(game.pressed) > n and n < frames:
            raise Wrong("goes_on", f"{when}step was called {len(game.pressed)} times: {SKIP_IDEAS['goes_on']}")
        if set(game.pressed) != {3}:
            told = f"{when}the action was 3, and pressed were {shown(game.pressed)}"
            raise Wrong("first_action", f"{told}: {SKIP_IDEAS['first_action']}")
        name_parts(got, expected, {way: _skipped(game, frames, way) for way in SKIP_WAYS}, SKIP_IDEAS, when)
        if len(game.pressed) != n:
            raise Wrong("value", f"{when}step was called {len(game.pressed)} times, and {n} were expected.")
        if agree(got, expected) and np.asarray(result[0]).dtype != np.uint8:
            kind = np.asarray(result[0]).dtype
            raise Wrong("type", f"{call}: the frame should stay uint8, as the game draws it, and is {kind}.")


EXERCISES = (
    Exercise(
        id="10.11",
        title="A life of many episodes",
        function="lifetimes",
        difficulty=3,
        importance=4,
        minutes=15,
        check=_check_life,
        ideas=tuple(LIFE_IDEAS),
        hints=(
            "A task begins at step t if something is different from step t - 1. Which two things can tell? And what "
            "does the first column have to its left?",
            "`task[:, 1:] != task[:, :-1]` or `episode[:, 1:] < episode[:, :-1]`, with a column of True before it. "
            "`np.stack([reward, is_last], -1)` has shape (B, T, 2).",
            "`is_first = np.ones(task.shape, bool)`; `is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:]"
            " < episode[:, :-1])`; `extra = np.stack([reward, is_last], -1) * ~is_first[..., None]`.",
        ),
    ),
    Exercise(
        id="10.12",
        title="Every fourth frame",
        function="skip",
        difficulty=2,
        importance=3,
        minutes=10,
        check=_check_skip,
        ideas=tuple(SKIP_IDEAS),
        hints=(
            "A loop of at most `frames` turns that can be left early. What must be remembered from turn to turn?",
            "Keep all frames in a list and take `seen[-2:]` at the end: it also works if there is only one. Add up "
            "rewards, and `break` at an end.",
            "`seen.append(frame)`; `total += reward`; `if terminated or truncated: break`; at last "
            "`return np.max(seen[-2:], axis=0), total, terminated, truncated`.",
        ),
    ),
)
