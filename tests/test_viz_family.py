"""The figure of the family: it draws the runs that are there, says how many seeds each has, and begins with ten."""

import numpy as np

from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.viz.family import draw_family, family_runs

ENV = "MinAtar/Breakout-v1"


def curve(agent: str, seed: int, top: float = 1.0) -> Curve:
    n = 40
    return Curve(agent, ENV, seed, {}, {}, range(10, 10 * n + 1, 10), np.linspace(0, top, n), range(n), 10 * n)


def test_what_is_recorded_is_found_and_runs_without_a_finish_line_are_preferred(tmp_path):
    for agent, seed in (("dreamer", 0), ("dreamer", 3), ("drama", 1), ("drama-whole", 0), ("drama-whole", 2)):
        its = curve(agent, seed)
        its.save(tmp_path / ENV.lower().replace("/", "-") / f"{agent}-{seed}.json")
    runs = family_runs(ENV, folder=tmp_path)
    found = {name: [(c.agent, c.seed) for c in curves] for name, curves in runs.items()}
    assert found["dreamer"] == [("dreamer", 0), ("dreamer", 3)]
    assert found["drama"] == [("drama-whole", 0), ("drama-whole", 2)]
    assert found["r2i"] == found["storm"] == []


def test_a_panel_for_each_world():
    worlds = {"one": {"dreamer": [curve("dreamer", 0), curve("dreamer", 1, 3.0)], "drama": []}, "none": {"drama": []}}
    picture = draw_family(worlds, {"one": 0.25}, window=5)
    one, none = picture.axes
    assert [line.get_label() for line in one.lines] == ["random play", "dreamer, 2 seeds"] and not none.lines
    assert one.lines[0].get_ydata()[0] == 0.25
    x, y = one.lines[1].get_data()
    assert x[0] == 100 and x[-1] == 400  # from the tenth episode to the end
    assert np.isclose(y[-1], 2.0 * np.mean(np.linspace(0, 1, 40)[-5:]))  # the median of two is their mean
    assert all(axes.get_xlabel() and axes.get_ylabel() and axes.get_title(loc="left") for axes in picture.axes)
