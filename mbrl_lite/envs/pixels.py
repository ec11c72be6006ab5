"""Reach a target in 16x16 coloured pixels, with switches for what has nothing to do with it: blobs and backgrounds."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np

from mbrl_lite.envs.frames import PixelWorld
from mbrl_lite.envs.mazes import MOVES
from mbrl_lite.errors import MbrlError

SIZE, CELL = 16, 2  # pixels a side; pixels a move
SIDE = SIZE // CELL  # cells a side: agent and target each stand in one of 64
BLOB, KICK = 3, 0.1  # a distractor's side in pixels, and how often a step it turns elsewhere
CONTEXTS = ("plain", "textures")
CONTEXT = 6  # numbers in [0, 1]: red, green, blue, and the stripes' horizontal and vertical frequency and phase
AGENT_COLOUR, TARGET_COLOUR = (255, 255, 255), (0, 255, 0)
STEPS_OF_BLOBS = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j])  # to the eight neighbours
BLOB_COLOURS = np.array([(230, 60, 60), (70, 110, 250), (220, 80, 220), (240, 160, 30)], np.uint8)

RANDOM_RETURN, BEST_RETURN = 0.261, 1.0  # of 40 steps


@dataclass(frozen=True)
class Switches:
    """What is shown beside agent and target. Raises `MbrlError` for a switch that is not there."""

    distractors: int = 0
    context: str = "plain"
    target_size: int = 1

    def __post_init__(self):
        if self.distractors not in range(17):
            raise MbrlError(f"expected 0 to 16 distractors, got {self.distractors!r}: try 4")
        if self.context not in CONTEXTS:
            raise MbrlError(f"expected context to be one of {CONTEXTS}, got {self.context!r}: choose one")
        if self.target_size not in (1, 2):
            raise MbrlError(f"expected a target_size of 1 or 2 pixels, got {self.target_size!r}: choose one")


@dataclass
class Scene:
    """N scenes at one time. Rows and columns, rows first: those of cells for agent and target, of pixels for blobs."""

    agent: np.ndarray  # (N, 2) int
    target: np.ndarray  # (N, 2) int
    blob: np.ndarray  # (N, n, 2) int, upper left pixels
    motion: np.ndarray  # (N, n, 2) int, -1, 0 or 1 pixel a step

    @property
    def reached(self) -> np.ndarray:
        """Whether the agent is where the target is, (N,)."""
        return (self.agent == self.target).all(-1)

    @property
    def state(self) -> np.ndarray:
        """Middles of the cells of agent and target and of the blobs, row, column, ..., in pixels: (N, 4 + 2n)."""
        parts = [CELL * self.agent + CELL / 2, CELL * self.target + CELL / 2, self.blob + BLOB / 2]
        return np.concatenate([part.reshape(len(self.agent), -1) for part in parts], axis=-1).astype(np.float32)


def new_scene(rng: np.random.Generator, count: int, distractors: int) -> Scene:
    """Scenes to start from: agent and target in different cells, everything uniform."""
    agent = rng.integers(SIDE**2, size=count)
    target = (agent + rng.integers(1, SIDE**2, size=count)) % SIDE**2
    blob = rng.integers(SIZE - BLOB + 1, size=(count, distractors, 2))
    cells = [np.stack(np.divmod(cell, SIDE), axis=-1) for cell in (agent, target)]
    return Scene(*cells, blob, _motion(rng, (count, distractors)))


def next_scene(rng: np.random.Generator, scene: Scene, action: np.ndarray) -> Scene:
    """One step: actions (N,) 0 to 3 move the agent a cell up, right, down, left; the border holds it.

    The blobs move whatever the agent does, are turned round by the border, and turn elsewhere at random.
    """
    agent = np.clip(scene.agent + np.array(MOVES)[action], 0, SIDE - 1)
    if not scene.blob.shape[1]:
        return Scene(agent, scene.target, scene.blob, scene.motion)
    kicked = rng.random(scene.blob.shape[:2]) < KICK
    motion = np.where(kicked[..., None], _motion(rng, scene.blob.shape[:2]), scene.motion)
    ahead = scene.blob + motion
    motion = np.where((ahead < 0) | (ahead > SIZE - BLOB), -motion, motion)
    return Scene(agent, scene.target, scene.blob + motion, motion)


def _motion(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Random steps of blobs, (*shape, 2)."""
    return STEPS_OF_BLOBS[rng.integers(8, size=shape)]


def new_context(rng: np.random.Generator, count: int, context: str) -> np.ndarray:
    """Context vectors (count, 6) float32: uniform in [0, 1] for "textures", 0 for "plain"."""
    vector = rng.random((count, CONTEXT), dtype=np.float32)
    return vector if context == "textures" else np.zeros_like(vector)


def background(context: np.ndarray) -> np.ndarray:
    """What lies behind everything, (N, 16, 16, 3) uint8, from contexts (N, 6): striped colours, black for zeros.

    Brightness stays below 150, so that agent, target and blobs stand out.
    """
    colour, stripes = context[:, None, None, :3], context[:, 3:, None, None]  # (N, 1, 1, 3), (N, 3, 1, 1)
    at = np.arange(SIZE) / SIZE
    turns = 4 * (stripes[:, 0] * at + (2 * stripes[:, 1] - 1) * at[:, None]) + stripes[:, 2]  # (N, 16, 16)
    return (colour * (100 + 50 * np.sin(2 * np.pi * turns))[..., None]).astype(np.uint8)


def draw(state: np.ndarray, behind: np.ndarray, target_size: int = 1) -> np.ndarray:
    """Frames (N, 16, 16, 3) uint8 of states (N, 4 + 2 n) on backgrounds of the same shape: the agent hides the target.

    Blobs lie below both, each in its own colour.
    """
    frame, row = behind.copy(), np.arange(SIZE)

    def paint(middle: np.ndarray, offset: float, size: int, colour) -> None:
        upper_left = middle - offset  # (N, 2)
        hit = (row >= upper_left[..., None]) & (row < upper_left[..., None] + size)  # (N, 2, 16)
        frame[hit[:, 0, :, None] & hit[:, 1, None, :]] = colour

    for i in range((state.shape[1] - 4) // 2):
        paint(state[:, 4 + 2 * i : 6 + 2 * i], BLOB / 2, BLOB, BLOB_COLOURS[i % len(BLOB_COLOURS)])
    paint(state[:, 2:4], CELL / 2, target_size, TARGET_COLOUR)
    paint(state[:, :2], CELL / 2, CELL, AGENT_COLOUR)
    return frame


class PixelReach(PixelWorld):
    """Walk to the target: actions 0 to 3 move the white agent (2 x 2 pixels) up, right, down, left by 2 pixels.

    Reaching the green target, 1 or 2 pixels a side, is paid 1 and terminates; a time limit of 40 steps, far more than
    the 14 of the longest way, truncates. The best return is 1, random actions get 0.261 (exact, by the random walk).
    `distractors` blobs wander about below, whatever the agent does. With context="textures" each episode has a striped
    background of its own that stays as it is. `info["state"]` has the middles, in pixels, of the cells of agent and
    target and of the distractors, (4 + 2 n,) float32, `info["context"]` the background's six numbers, (6,) float32.
    """

    RANDOM_RETURN, BEST_RETURN = RANDOM_RETURN, BEST_RETURN

    def __init__(
        self,
        distractors: int = 0,
        context: str = "plain",
        target_size: int = 1,
        steps: int = 40,
        render_mode: str | None = None,
    ):
        super().__init__((SIZE, SIZE, 3), len(MOVES), steps, render_mode)
        self.switches = Switches(distractors, context, target_size)

    def _begin(self) -> None:
        self.scene = new_scene(self.np_random, 1, self.switches.distractors)
        self.context = new_context(self.np_random, 1, self.switches.context)
        self.behind, self.state = background(self.context), self.scene.state

    def _go(self, action: int) -> tuple[float, bool]:
        self.scene = next_scene(self.np_random, self.scene, np.array([action]))
        self.state, reached = self.scene.state, self.scene.reached[0]
        return reached, reached

    def _frame(self) -> np.ndarray:
        return draw(self.state, self.behind, self.switches.target_size)[0]

    def _info(self) -> dict:
        return {"state": self.state[0].copy(), "context": self.context[0].copy()}


def pixel_sequences(count: int, length: int, seed: int, steps: int = 40, **switches) -> dict[str, np.ndarray]:
    """Random play in `count` PixelReach worlds side by side for `length` steps, and all that is true of it.

    obs (B, T, 16, 16, 3) uint8, action (B, T) int64, reward (B, T) float32, is_first, is_last, is_terminal (B, T)
    bool, state (B, T, 4 + 2 n) and context (B, 6) float32, as in `PixelReach`. Rewards and flags arrived with obs; the
    action at an episode's last step is a dummy, and the step after begins a new one. A row keeps its context in all
    its episodes. Raises `MbrlError` for impossible sizes or switches.
    """
    shown = Switches(**switches)
    if count < 1 or length < 1 or steps < 1:
        raise MbrlError(f"expected sizes of 1 or more, got count {count}, length {length}, steps {steps}: ask for more")
    rng = np.random.default_rng(seed)
    context, scene = new_context(rng, count, shown.context), new_scene(rng, count, shown.distractors)
    action = rng.integers(len(MOVES), size=(count, length))
    first, last, terminal = (np.zeros((count, length), bool) for _ in range(3))
    state, age = np.empty((count, length, 4 + 2 * shown.distractors), np.float32), np.zeros(count, int)
    for t in range(length):
        first[:, t], terminal[:, t] = age == 0, scene.reached
        last[:, t] = scene.reached | (age >= steps)
        state[:, t] = scene.state
        scene, fresh = next_scene(rng, scene, action[:, t]), new_scene(rng, count, shown.distractors)
        for name, new in vars(fresh).items():
            getattr(scene, name)[last[:, t]] = new[last[:, t]]
        age = np.where(last[:, t], 0, age + 1)
    behind = background(context).repeat(length, axis=0)  # (B T, 16, 16, 3)
    obs = draw(state.reshape(count * length, -1), behind, shown.target_size)
    return {
        "obs": obs.reshape(count, length, SIZE, SIZE, 3),
        "action": action,
        "reward": terminal.astype(np.float32),
        "is_first": first,
        "is_last": last,
        "is_terminal": terminal,
        "state": state,
        "context": context,
    }


if "mbrl_lite/PixelReach-v0" not in gym.registry:  # a module that is reloaded registers once
    gym.register("mbrl_lite/PixelReach-v0", entry_point=PixelReach)
