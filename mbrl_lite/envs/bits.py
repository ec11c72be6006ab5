"""A world of bits: bet on the parity of n bits, then read them. One step is a tiny circuit; Q* is a parity."""

import numpy as np

from mbrl_lite.envs.tabular import check_gamma
from mbrl_lite.errors import MbrlError


class BitWorld:
    """Bet and count: states (bits, position, accumulator), actions 0 and 1. After the worlds of Zhu et al. (2023).

    The bits are a ring under a reading head. At position 0 the action is a bet: it is what the accumulator starts
    with, whatever was in it. Then each step reads the first bit, c' = c XOR b_0, turns the ring by one place and
    counts, p' = p + 1; actions do nothing. The step that reads the last bit pays the accumulator c' and ends the
    episode. Arguments everywhere: bits (..., n), position (...) in 0..n-1, accumulator (...) and action (...), ints.
    """

    def __init__(self, n: int):
        if not isinstance(n, (int, np.integer)) or n < 1:
            raise MbrlError(f"a world of bits needs a whole number of bits, 1 or more, but n is {n!r}: try 16")
        self.n = int(n)

    def step(self, bits, position, accumulator, action):
        """One step: (bits', position', accumulator', reward, done). Raises `MbrlError` outside the world."""
        bits, position, accumulator, action = self._checked(bits, position, accumulator, action)
        begun = np.where(position == 0, action, accumulator)  # (...)
        after = begun ^ bits[..., 0]  # (...)
        done = position == self.n - 1
        return np.roll(bits, -1, axis=-1), position + 1, after, np.where(done, after, 0.0), done

    def q_star(self, bits, position, accumulator, action, gamma: float) -> np.ndarray:
        """Q*(s, a) in closed form, (...): gamma^(n-1-p) times the parity of accumulator and unread bits."""
        check_gamma(gamma)
        bits, position, accumulator, action = self._checked(bits, position, accumulator, action)
        unread = np.arange(self.n) < self.n - position[..., None]  # (..., n)
        begun = np.where(position == 0, action, accumulator)
        parity = (begun + (bits * unread).sum(-1)) % 2  # (...)
        return gamma ** (self.n - 1.0 - position) * parity

    def sample(self, rng: np.random.Generator, count: int) -> tuple:
        """`count` states and actions, everything uniform: bits (count, n), position, accumulator, action (count,)."""
        bits = rng.integers(2, size=(count, self.n))
        return bits, rng.integers(self.n, size=count), rng.integers(2, size=count), rng.integers(2, size=count)

    def encode(self, bits, position, accumulator, action=None) -> np.ndarray:
        """What a network sees: bits and flags as -1 or 1, the position one-hot in n + 1 places (n: over), float32.

        (..., 2n + 2) for a state, one more with an action.
        """
        place = np.eye(self.n + 1)[np.asarray(position)]  # (..., n + 1)
        flags = [accumulator] if action is None else [accumulator, action]
        signs = [2 * np.asarray(part) - 1 for part in (bits, np.stack(flags, -1))]
        return np.concatenate([signs[0], place, signs[1]], -1).astype(np.float32)

    def _checked(self, bits, position, accumulator, action):
        bits, position, accumulator, action = (np.asarray(x) for x in (bits, position, accumulator, action))
        if bits.shape[-1:] != (self.n,):
            raise MbrlError(f"expected bits of shape (..., {self.n}), got {bits.shape}: one row of bits a state")
        if position.size and (position.min() < 0 or position.max() >= self.n):
            raise MbrlError(
                f"positions run from 0 to {self.n - 1}, got {position.min()} to {position.max()}: "
                f"behind the last bit the episode is over"
            )
        for name, value in (("bits", bits), ("the accumulator", accumulator), ("the action", action)):
            if not np.isin(value, (0, 1)).all():
                raise MbrlError(
                    f"expected {name} to be 0 or 1, got {value[~np.isin(value, (0, 1))].flat[0]}: give nothing else"
                )
        return bits.astype(int), position, accumulator.astype(int), action.astype(int)
