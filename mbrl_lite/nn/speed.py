"""How fast this machine multiplies matrices, and the settings that follow from it."""

import os
import time

import psutil
import torch

SHAPE = (512, 256, 768)  # rows, inputs, outputs: a batch of latents through a layer of the demo's size
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WORTH_IT = 1.5  # bfloat16 costs conversions and digits: below this gain it does not pay


def measure_matmul(seconds: float = 1.0, shape: tuple[int, int, int] = SHAPE) -> dict[str, float]:
    """Matrix-product speed in GFLOP/s for each of `DTYPES`, with torch's present threads, in about `seconds`."""
    rows, inputs, outputs = shape
    pairs = {
        name: (torch.ones(rows, inputs, dtype=dtype), torch.ones(inputs, outputs, dtype=dtype))
        for name, dtype in DTYPES.items()
    }
    for left, right in pairs.values():
        left @ right  # the first product of a kind also pays for choosing its kernel
    fastest = dict.fromkeys(pairs, float("inf"))
    end = time.perf_counter() + seconds
    while True:  # taking turns: a busy moment of the machine meets all kinds alike
        for name, (left, right) in pairs.items():
            start = time.perf_counter()
            left @ right  # (rows, outputs)
            fastest[name] = min(fastest[name], time.perf_counter() - start)
        if time.perf_counter() >= end:
            break
    return {name: 2e-9 * rows * inputs * outputs / best for name, best in fastest.items()}


def recommended_precision(rates: dict[str, float]) -> str:
    """The precision to train in: bfloat16 where `rates` (GFLOP/s) has it 1.5 times as fast, or float32."""
    return "bfloat16" if rates["bfloat16"] >= WORTH_IT * rates["float32"] else "float32"


def usable_cores() -> int:
    """Logical cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def physical_cores() -> int:
    """Cores of the machine, not counting a core that runs two threads twice."""
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1  # some containers hide the first number


def recommended_threads() -> int:
    """Threads for training: all physical cores this process may use but one, from 1 to 4 (small products gain no more).

    At these sizes a second thread saves a third of the time. But threads wait for each other at every product: where
    something else keeps one of their cores busy, all of them become several times slower.
    """
    return max(1, min(4, min(usable_cores(), physical_cores()) - 1))
