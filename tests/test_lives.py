"""Lives: their halves are counted apart, forgetting empties the memory and nothing else, lengths are what they are."""

import numpy as np
import pytest

from mbrl_lite.envs.memory import HiddenGoal, RecallCorridor
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.lives import halves


class Homing:
    """Goes round its room until it finds the goal, and goes the same way ever after. Its state: what it walked."""

    tour = (0, 1, 2, 2, 3, 3, 0, 0)  # round the middle

    def act(self, obs, is_first, state=None, greedy=False):
        state = [None] * len(obs) if state is None else state
        state = [([], None) if first else one for first, one in zip(is_first, state, strict=True)]
        actions, after = [], []
        for (walked, home), seen in zip(state, obs, strict=True):
            if seen[2]:
                walked, home = [], home or walked or None  # put back to the middle
            way = self.tour if home is None else home
            action = way[len(walked) % len(way)]
            actions.append(action), after.append(([*walked, action], home))
        return np.array(actions), after


def test_halves_are_counted_apart_and_forgetting_costs_the_search():
    first, second = halves(Homing(), lambda: HiddenGoal(20, 3), 20, lives=64)
    again, forgotten = halves(Homing(), lambda: HiddenGoal(20, 3), 20, lives=64, forget=True)
    assert first == again and second > first  # a search is paid for once
    assert forgotten < second


class Cue:
    """Answers with the sign it saw first; 0 if it has forgotten."""

    def act(self, obs, is_first, state=None, greedy=False):
        state = np.where(True if state is None else is_first, obs[:, 0], 0.0 if state is None else state)
        return (state > 0).astype(int), state


def test_the_world_goes_on_where_the_memory_is_emptied():
    assert halves(Cue(), lambda: RecallCorridor(7), 8) == (0.0, 1.0)
    assert halves(Cue(), lambda: RecallCorridor(7), 8, forget=True)[1] == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("length, says", [(7, "even number"), (10, "one ends after 8"), (6, "one goes on after 6")])
def test_wrong_lengths_are_refused(length, says):
    with pytest.raises(MbrlError, match=says):
        halves(Cue(), lambda: RecallCorridor(7), length, lives=2)
