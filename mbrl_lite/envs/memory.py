"""MemLab: worlds that ask for what was seen long ago, with the length of the wait as a parameter and exact returns."""

from abc import ABC, abstractmethod

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mbrl_lite.errors import MbrlError


class Memory(gym.Env, ABC):
    """What all of them share: a vector of numbers in [-1, 1], discrete actions, one question at the end.

    `RANDOM_RETURN` and `BEST_RETURN` are exact, for random actions and for a player that remembers. One that knows the
    way but not the sign gets `BLIND_RETURN`.
    """

    metadata = {"render_modes": []}
    RANDOM_RETURN: float
    BLIND_RETURN: float
    BEST_RETURN = 1.0

    def __init__(self, numbers: int, actions: int, length: int):
        if length < 1:
            raise MbrlError(f"expected a length of 1 step or more, got {length}: try 16")
        self.length = length
        self.observation_space = spaces.Box(-1, 1, (numbers,), np.float32)
        self.action_space = spaces.Discrete(actions)

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=seed)
        self.t = 0
        self._begin()
        return self._obs(), {}

    def step(self, action: int):
        self.t += 1
        reward, terminated, truncated = self._go(int(action))
        return self._obs(), float(reward), terminated, truncated, {}

    @abstractmethod
    def _begin(self) -> None: ...

    @abstractmethod
    def _go(self, action: int) -> tuple[float, bool, bool]:
        """Reward, terminated and truncated."""

    @abstractmethod
    def _obs(self) -> np.ndarray: ...


class RecallCorridor(Memory):
    """A cue, -1 or 1, is seen; `length` steps later a lamp asks for it. Actions 0 and 1 answer; reward 1 if right.

    Observations: (cue, lamp). What is done before the lamp has no effect, so that nothing but memory is tested. The cue
    is seen for `shown` steps, the lamp is lit and each answer paid for `asked` steps; with `seen` the cue is shown at
    every step: the same task without the memory.
    """

    def __init__(self, length: int = 16, seen: bool = False, shown: int = 1, asked: int = 1):
        if min(shown, asked) < 1:
            raise MbrlError(f"expected 1 step or more of cue and lamp, got {shown} and {asked}: try 1")
        super().__init__(2, 2, length)
        self.seen, self.shown, self.asked = seen, shown, asked
        self.RANDOM_RETURN = self.BLIND_RETURN = asked / 2
        self.BEST_RETURN = float(asked)

    @property
    def _dark(self) -> int:
        """The last step before the lamp."""
        return self.shown + self.length - 2

    def _begin(self) -> None:
        self.cue = 2 * int(self.np_random.integers(2)) - 1

    def _go(self, action: int) -> tuple[float, bool, bool]:
        answered = self.t - 1 - self._dark  # answers given so far, this one included
        return answered > 0 and (2 * action - 1 == self.cue), answered >= self.asked, False

    def _obs(self) -> np.ndarray:
        cue = self.cue if self.seen or self.t < self.shown else 0
        return np.array([cue, 0 < self.t - self._dark <= self.asked], np.float32)


class TMaze(Memory):
    """A corridor of `length` cells with a junction at its end; the sign at its beginning says which way is paid.

    Actions: 0 ahead, 1 left, 2 right. In the corridor only 0 moves. At the junction 1 and 2 end the episode, paid 1 if
    the sign said so; 0 does nothing. Observations: (sign, in the corridor, at the junction); the sign, -1 for left and
    1 for right, is seen in the first cell only. A limit of 2 length + 8 steps truncates. After B. Bakker, 2001.
    """

    BLIND_RETURN = 0.5

    def __init__(self, length: int = 16):
        super().__init__(3, 3, length)
        self.limit = 2 * length + 8
        self.RANDOM_RETURN = _random_walk(length, self.limit)

    def _begin(self) -> None:
        self.sign, self.at = 2 * int(self.np_random.integers(2)) - 1, 0

    def _go(self, action: int) -> tuple[float, bool, bool]:
        if self.at == self.length and action:
            return 2 * action - 3 == self.sign, True, False
        self.at = min(self.at + (action == 0), self.length)
        return 0.0, False, self.t >= self.limit

    def _obs(self) -> np.ndarray:
        return np.array([self.sign if self.at == 0 else 0, self.at < self.length, self.at == self.length], np.float32)


def _random_walk(length: int, limit: int) -> float:
    """Expected return of random actions in the T-maze: the chance to arrive and turn in time, times one half."""
    at = np.zeros(length + 2)  # chances of each cell, the junction, and having turned
    at[0] = 1.0
    for _ in range(limit):
        ahead, turned = at[:length] / 3, at[length] * 2 / 3
        at[:length] -= ahead
        at[1 : length + 1] += ahead
        at[length] -= turned
        at[length + 1] += turned
    return float(at[-1] / 2)


class MemoryLen(Memory):
    """A row of `bits` signs is seen once; `length` steps later one of them is asked for. Right is paid 1, wrong -1.

    Observations: (time left as a share, which one is asked for as a share or 0, the signs or 0). With one bit it is
    bsuite's memory_len, with many its memory_size. I. Osband et al., Behaviour Suite, 2020.
    """

    RANDOM_RETURN = BLIND_RETURN = 0.0

    def __init__(self, length: int = 16, bits: int = 1):
        if bits < 1:
            raise MbrlError(f"expected 1 bit or more to remember, got {bits}: try 1")
        super().__init__(2 + bits, 2, length)
        self.bits = bits

    def _begin(self) -> None:
        self.signs = 2 * self.np_random.integers(2, size=self.bits) - 1
        self.asked = int(self.np_random.integers(self.bits))

    def _go(self, action: int) -> tuple[float, bool, bool]:
        over = self.t > self.length
        return (1.0 if 2 * action - 1 == self.signs[self.asked] else -1.0) * over, over, False

    def _obs(self) -> np.ndarray:
        left = max(0, self.length - self.t) / self.length
        asked = (self.asked + 1) / self.bits if self.t == self.length else 0.0
        return np.array([left, asked, *(self.signs if self.t == 0 else 0 * self.signs)], np.float32)


class HiddenGoal(Memory):
    """A room of `size` x `size` cells with a goal that is nowhere to be seen: find it, and then go there again.

    Actions 0 to 3 go up, right, down, left. Reaching the goal is paid 1, and the next step is taken from the middle;
    the goal stays where it is for all `length` steps. Observations: (row, column, whether this is the goal), places in
    [-1, 1]. Who remembers goes straight; who does not searches anew each time. With `parts` the player is also put back
    to the middle where each of so many equal parts begins: a task of many episodes, in one stream. `BEST_RETURN` is
    that of a player who is told where the goal is: nobody can do better.
    """

    MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))

    def __init__(self, length: int = 60, size: int = 5, parts: int = 1):
        if size < 3 or size % 2 == 0:
            raise MbrlError(f"expected a room of an odd size of 3 or more, got {size}: try 5")
        super().__init__(3, 4, length)
        if parts < 1 or length % parts:
            raise MbrlError(f"expected a number of equal parts of {length} steps, got {parts}: try 1")
        self.part = length // parts  # steps of each
        self.size, self.middle = size, (size // 2, size // 2)
        self.cells = [(i, j) for i in range(size) for j in range(size) if (i, j) != self.middle]
        far = [sum(abs(at - middle) for at, middle in zip(cell, self.middle, strict=True)) for cell in self.cells]
        self.BEST_RETURN = parts * float(np.mean([self.part // steps for steps in far]))
        self.RANDOM_RETURN = parts * float(np.mean([self._walk(goal) for goal in self.cells]))

    def _walk(self, goal: tuple[int, int]) -> float:
        """How often random actions reach the goal in a part, on average."""
        at, total = np.zeros((self.size, self.size)), 0.0
        at[self.middle] = 1.0
        for _ in range(self.part):
            step = sum(np.roll(np.pad(at / 4, 1), move, (0, 1)) for move in self.MOVES)  # a quarter each way;
            # what leaves the room stays at its wall
            step[1], step[-2] = step[1] + step[0], step[-2] + step[-1]
            step[:, 1], step[:, -2] = step[:, 1] + step[:, 0], step[:, -2] + step[:, -1]
            at = step[1:-1, 1:-1].copy()
            total += at[goal]
            at[self.middle] += at[goal]
            at[goal] = 0.0
        return total

    def _begin(self) -> None:
        self.at, self.found = self.middle, False
        self.goal = self.cells[self.np_random.integers(len(self.cells))]

    def _go(self, action: int) -> tuple[float, bool, bool]:
        move = self.MOVES[action]
        self.at = tuple(min(max(at + step, 0), self.size - 1) for at, step in zip(self.at, move, strict=True))
        found = self.at == self.goal
        begins = self.t % self.part == 0 and self.t < self.length
        if found or begins:
            self.at = self.middle
        self.found = found and not begins  # a new part begins as the first did
        return found, False, self.t >= self.length

    def _obs(self) -> np.ndarray:
        row, column = (2 * at / (self.size - 1) - 1 for at in (self.goal if self.found else self.at))
        return np.array([row, column, self.found], np.float32)


WORLDS = {"Recall": RecallCorridor, "TMaze": TMaze, "MemoryLen": MemoryLen, "HiddenGoal": HiddenGoal}
ENTRIES = {f"mbrl_lite/{name}-v0": (world, {}) for name, world in WORLDS.items()}
ENTRIES |= {
    f"mbrl_lite/SeenMemoryS{size}-v0": ("mbrl_lite.envs.memory_rooms:SeenMemory", {"size": size}) for size in (7, 9, 11)
}
ENTRIES["mbrl_lite/LongRecall-v0"] = (RecallCorridor, {"length": 64, "shown": 8, "asked": 8})
ENTRIES["mbrl_lite/HiddenGoalS3-v0"] = (HiddenGoal, {"length": 16, "size": 3, "parts": 2})
MEMORY = list(ENTRIES)
for env_id, (world, options) in ENTRIES.items():
    if env_id not in gym.registry:  # a module that is reloaded registers once
        gym.register(env_id, entry_point=world, kwargs=options)
