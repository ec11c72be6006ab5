"""How long does a sweep over planning steps and mazes take for 100 seeds, as a share of its minute? `make bench`."""

import json
import time
from pathlib import Path

import numpy as np

from mbrl_lite.agents.dyna import Dyna, DynaConfig
from mbrl_lite.agents.lockstep import run
from mbrl_lite.envs.mazes import blocking_maze, dyna_maze, shortcut_maze
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "tabular.json"
BUDGET = 60.0  # seconds on two cores; the lockstep uses one
SEEDS = 100
PLANNING = (0, 5, 50)
MAZES = {  # the world, the step size, and how long one walks in it
    "Dyna": (dyna_maze, 0.1, {"episodes": 50}),
    "blocking": (blocking_maze, 1.0, {"steps": 3000}),
    "shortcut": (shortcut_maze, 1.0, {"steps": 6000}),
}


def walk(maze: str, planning: int, seeds) -> float:
    """Seconds of one cell of the sweep."""
    make, alpha, end = MAZES[maze]
    world, start = make(), time.perf_counter()
    run(world, Dyna(world, len(seeds), DynaConfig(alpha=alpha, planning=planning)), seeds, **end)
    return time.perf_counter() - start


def main() -> None:
    rows, total = [], 0.0
    for maze in MAZES:
        for planning in PLANNING:
            seconds = walk(maze, planning, range(SEEDS))
            total += seconds
            rows.append({"maze": maze, "planning": planning, "share_of_budget": round(seconds / BUDGET, 3)})
    # What lockstep buys: some of the seeds one after another, against the same ones together.
    few = range(5)
    alone = np.sum([walk("blocking", 5, [seed]) for seed in few])
    rows.append({"lockstep_speedup_of_5_seeds": round(float(alone / walk("blocking", 5, few)), 1)})
    rows.append({"share_of_budget_in_all": round(total / BUDGET, 2)})
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
