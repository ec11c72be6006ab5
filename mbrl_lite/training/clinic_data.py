"""Half-random play in MiniGrid's DoorKey with the true state beside it: what the clinic's models learn from."""

from collections import deque
from typing import NamedTuple

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.data import Batch
from mbrl_lite.envs import Step, VecEnv, make

ENV = "MiniGrid-DoorKey-5x5-v0"
NAMES = ("x", "y", "direction", "has_key", "door_open")  # the true state, in this order
LEFT, RIGHT, FORWARD, PICK_UP, TOGGLE = 0, 1, 2, 3, 5  # MiniGrid's actions
AHEAD = ((1, 0), (0, 1), (-1, 0), (0, -1))  # where each direction looks


class Clinic(NamedTuple):
    """Real sequences and what was true in each of their steps."""

    batch: Batch  # (B, T)
    state: np.ndarray  # (B, T, 5) float32: columns `names`
    names: tuple[str, ...]

    def column(self, name: str) -> np.ndarray:
        """One of the state's numbers, (B, T), as whole numbers or truth values."""
        values = self.state[..., self.names.index(name)].astype(np.int64)
        return values > 0 if name in ("has_key", "door_open") else values


def true_state(env: gym.Env) -> np.ndarray:
    """The state (5,): x and y in cells, direction (0 to 3: right, down, left, up), 1 with key, 1 with the door open.

    A key in hand is the only thing that can be carried there.
    """
    world = env.unwrapped
    door = _find(world, "door")[1]
    return np.array([*world.agent_pos, world.agent_dir, world.carrying is not None, door.is_open], np.float32)


def _find(world, kind: str):
    """Place and object of the one thing of this kind, or None twice: it may be carried."""
    for x in range(world.width):
        for y in range(world.height):
            thing = world.grid.get(x, y)
            if thing is not None and thing.type == kind:
                return (x, y), thing
    return None, None


def guide(env: gym.Env) -> int:
    """The next action on a shortest way to the key, to the door or to the goal, whichever comes next."""
    world = env.unwrapped
    (place, door), (key, _) = _find(world, "door"), _find(world, "key")
    if door.is_open:
        action = _towards(world, _find(world, "goal")[0], FORWARD)
    elif door.is_locked and world.carrying is None:
        action = _towards(world, key, PICK_UP)
    else:
        action = _towards(world, place, TOGGLE)
    if action is None:  # a key that was dropped stands in the way
        action = _towards(world, key, PICK_UP) if key else None
    return FORWARD if action is None else action


def _towards(world, target: tuple[int, int], then: int) -> int | None:
    """First action of a shortest way to stand before `target` and look at it, `then` if one does; None: no way."""
    start = (*map(int, world.agent_pos), int(world.agent_dir))
    queue, seen = deque([(start, None)]), {start}
    while queue:
        (x, y, d), first = queue.popleft()
        ahead = (x + AHEAD[d][0], y + AHEAD[d][1])
        if ahead == target:
            return then if first is None else first
        ways = [((x, y, (d - 1) % 4), LEFT), ((x, y, (d + 1) % 4), RIGHT)]
        thing = world.grid.get(*ahead)
        ways += [((*ahead, d), FORWARD)] if thing is None or thing.can_overlap() else []
        for there, action in ways:
            if there not in seen:
                seen.add(there)
                queue.append((there, action if first is None else first))
    return None


def record(streams: int, length: int, seed: int, random: float = 0.5) -> Clinic:
    """`streams` streams of `length` steps, episode after episode; each action is random with probability `random`.

    Streams begin with an episode and may cross the borders of several. The rest of the actions are the guide's.
    """
    vec, rng = VecEnv(lambda: make(ENV), streams, seed), np.random.default_rng(seed)
    rows: list[dict[str, np.ndarray]] = []
    action = vec.spec.no_action(streams)
    for _ in range(length):
        step: Step = vec.step(action)
        action = vec.spec.random_action(streams, rng)
        for i in np.flatnonzero(rng.random(streams) >= random):
            action[i] = guide(vec.envs[i])
        rows.append(step._asdict() | {"action": action, "state": np.stack([true_state(env) for env in vec.envs])})
    fields = {name: np.stack([row[name] for row in rows], 1) for name in rows[0]}  # (B, T, ...)
    state = fields.pop("state")
    return Clinic(Batch(**{name: torch.from_numpy(value) for name, value in fields.items()}), state, NAMES)
