"""One side of the race as a process of its own: builds an agent, says what it is, then updates it when told to."""

import json
import sys
import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode


def parameters(*modules: torch.nn.Module) -> int:
    """Numbers that are trained in these modules, each counted once."""
    return sum(p.numel() for p in {id(p): p for m in modules for p in m.parameters() if p.requires_grad}.values())


def serve(build: Callable[[dict], tuple[Callable[[], None], dict]]) -> None:
    """Answer the commands on standard input; the case is the first argument, in JSON.

    `build(case)` returns the update and facts to report. Commands: `threads N`, and `run N` (N updates, answered by the
    seconds of each on the clock and on the processor).
    """
    case = json.loads(sys.argv[1])
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")
    torch.set_num_threads(1)
    answers, sys.stdout = sys.stdout, sys.stderr  # what the libraries print is not an answer
    update, facts = build(case)
    update()  # the first one also makes the optimisers' state
    with FlopCounterMode(display=False) as counter:
        update()
    facts |= {"gigaflops": round(counter.get_total_flops() / 1e9, 3), "torch": torch.__version__}
    print(json.dumps(facts), file=answers, flush=True)
    for line in sys.stdin:
        command, number = line.split()
        if command == "threads":
            torch.set_num_threads(int(number))
            continue
        times = []
        for _ in range(int(number)):
            wall, cpu = time.perf_counter(), time.process_time()
            update()
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
        print(json.dumps(times), file=answers, flush=True)
