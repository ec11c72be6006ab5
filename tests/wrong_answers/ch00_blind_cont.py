"""Answers to exercise 00.2 by someone who had not seen the checks."""

import numpy as np

from . import right, wrong


@wrong("00.2", "both")
def wrong_cont_targets_truncated_wins(terminated, truncated):
    """When both are true the time limit wins, so cont is 1."""
    cont = np.ones(len(terminated), dtype=int)
    for t in range(len(terminated)):
        if truncated[t]:
            cont[t] = 1
        elif terminated[t]:
            cont[t] = 0
    return cont


@wrong("00.2", "value")
def wrong_cont_targets_xor(terminated, truncated):
    """Uses xor: 0 for exactly one flag, 1 for both or neither."""
    return np.logical_not(terminated ^ truncated)


@wrong("00.2", "shifted_later")
def wrong_cont_targets_roll(terminated, truncated):
    """Shift by np.roll: the last flag wraps round to the first step."""
    return 1 - np.roll(terminated, 1).astype(int)


@wrong("00.2", "cumulative")
def wrong_cont_targets_dead_forever(terminated, truncated):
    """Takes the arrays for one episode: everything after the first termination is 0."""
    return np.cumprod(1 - terminated.astype(int))


@wrong("00.2", "both")
def wrong_cont_targets_first_end_only(terminated, truncated):
    """Stops looking after the first termination: later ones stay 1."""
    cont = np.ones(len(terminated), dtype=int)
    for t in range(len(terminated)):
        if terminated[t]:
            cont[t] = 0
            break
    return cont


@wrong("00.2", "value")
def wrong_cont_targets_only_last_step(terminated, truncated):
    """Looks only at the last step of the array, as if it held one episode."""
    cont = np.ones(len(terminated), dtype=int)
    if len(terminated) and terminated[-1]:
        cont[-1] = 0
    return cont


@wrong("00.2", "time_limit")
def wrong_cont_targets_truncated_zero_mid(terminated, truncated):
    """A time limit counts as an end when another episode follows, but not at the last step."""
    cont = (~(terminated | truncated)).astype(int)
    if len(cont):
        cont[-1] = not terminated[-1]
    return cont


@wrong("00.2", "shape")
def wrong_cont_targets_drops_truncated(terminated, truncated):
    """Leaves truncated steps out, so the result is shorter than T."""
    keep = ~truncated | terminated
    return 1 - terminated[keep].astype(int)


@wrong("00.2", "value")
def wrong_cont_targets_minus_both(terminated, truncated):
    """1 - terminated - truncated: time limits are 0, both flags give -1."""
    return 1 - terminated.astype(int) - truncated.astype(int)


@wrong("00.2", "one_step")
def wrong_cont_targets_not_array(terminated, truncated):
    """Python 'not' on an array: raises ValueError for T > 1."""
    return np.array(not terminated, dtype=int)


@right("00.2")
def right_cont_targets_invert_bool(terminated, truncated):
    """Bool result with ~."""
    return ~terminated


@right("00.2")
def right_cont_targets_one_minus(terminated, truncated):
    """Integer result; 1 - bool array."""
    return 1 - terminated


@right("00.2")
def right_cont_targets_float64(terminated, truncated):
    """Float result."""
    return 1.0 - terminated.astype(float)


@right("00.2")
def right_cont_targets_float32(terminated, truncated):
    """float32, as a network wants it."""
    return np.logical_not(terminated).astype(np.float32)


@right("00.2")
def right_cont_targets_uint8(terminated, truncated):
    """uint8 by where."""
    return np.where(terminated, np.uint8(0), np.uint8(1))


@right("00.2")
def right_cont_targets_mask_assign(terminated, truncated):
    """Ones, then zeros by a boolean mask."""
    cont = np.ones(terminated.shape, dtype=np.int8)
    cont[terminated] = 0
    return cont


@right("00.2")
def right_cont_targets_loop(terminated, truncated):
    """Loop with an explicit case for each flag, terminated first."""
    cont = np.zeros(len(terminated))
    for t in range(len(terminated)):
        if terminated[t]:
            cont[t] = 0
        elif truncated[t]:
            cont[t] = 1
        else:
            cont[t] = 1
    return cont


@right("00.2")
def right_cont_targets_comprehension(terminated, truncated):
    """List comprehension made into an array."""
    return np.array([0 if te else 1 for te in terminated], dtype=int)


@right("00.2")
def right_cont_targets_from_done(terminated, truncated):
    """Starts from done and gives the pure time limits back."""
    done = terminated | truncated
    return ~done | (truncated & ~terminated)


@right("00.2")
def right_cont_targets_copy_invert(terminated, truncated):
    """In place, but on a copy."""
    cont = terminated.copy()
    cont ^= True
    return cont


@right("00.2")
def right_cont_targets_indices(terminated, truncated):
    """Zeros at the indices of the terminations."""
    cont = np.ones_like(terminated, dtype=float)
    np.put(cont, np.flatnonzero(terminated), 0.0)
    return cont


@right("00.2")
def right_cont_targets_select(terminated, truncated):
    """np.select, in order of priority."""
    return np.select([terminated, truncated], [0, 1], default=1)


@right("00.2")
def right_cont_targets_fromiter(terminated, truncated):
    """np.fromiter with Python's not."""
    return np.fromiter((not te for te in terminated), dtype=bool, count=len(terminated))
