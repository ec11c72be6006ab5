"""Claim: what is still known after L steps: a state that is carried remembers, a cut gradient never learns to."""

from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.recall import SYMBOLS, Reader, accuracy, train_recall

LENGTHS = (16, 64, 256, 1024)
CONTEXT = 16
READERS = {  # about 29,000 parameters each
    "gru-cut": {"sequence": "gru", "units": 92, "window": 64},
    "gru": {"sequence": "gru", "units": 92},
    "transformer": {"sequence": "transformer", "units": 56, "options": {"layers": 1, "heads": 4, "window": 1026}},
    "s4d": {"sequence": "s4d", "units": 74, "options": {"layers": 2}},
    "mamba2": {"sequence": "mamba2", "units": 64, "options": {"layers": 1}},
}
CLAIM = Claim(
    id="memory-length",
    title="What is still known after L steps",
    chapter="08",
    section="08b, 8",
    original="a claim of this course, after the memory tasks of S4WM (Deng et al., 2023) and R2I (Samsami et al., "
    "2024)",
    here="recall: one of 8 symbols is shown, L steps of noise follow, then it is asked for; L = 16, 64, 256, 1024; "
    "five sequence models of about 29,000 parameters, trained on fresh sequences of the same length, 8,192 steps an "
    "update, 32 sequences at most",
    kept="equal parameters, the fully back-propagated GRU beside the one cut to 64 steps",
    replaced="no world model around them: only the sequence model is asked",
    chance=f"one symbol of {SYMBOLS}: a share of 0.125",
    settings={"readers": READERS, "lengths": LENGTHS, "context": CONTEXT, "updates": 400, "steps": 8192, "lr": 0.003},
    seeds=5,
    core_minutes=100.0,
    parts=(
        Part(
            "remembers",
            "Mamba-2 or S4D names at least 0.9 of the symbols after 256 steps",
            kind="bound",
            treatment="best.256",
            direction="more",
            target=0.9,
        ),
        Part(
            "cut",
            "the GRU whose gradients reach back 64 steps names at most 0.6 of them",
            kind="bound",
            treatment="gru-cut.256",
            direction="less",
            target=0.6,
        ),
        Part(
            "acting",
            "after 256 steps Mamba-2 with its carried state names at least 0.5 more than with a state built anew from "
            "the last 16 steps, as the released Drama acts",
            kind="better",
            treatment="mamba2.256",
            baseline="mamba2.short",
            direction="more",
            target=0.5,
        ),
    ),
    beside=tuple(f"{name}.{length}" for name in READERS for length in LENGTHS),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """The share of symbols named by each model at each length, `NAME.L`; `mamba2.short`: from the last steps only."""
    values = {}
    for name, reader in settings["readers"].items():
        for length in settings["lengths"]:
            batch = min(32, settings["steps"] // length)
            model = train_recall(Reader(**reader), length, settings["updates"], batch, settings["lr"], seed)
            values[f"{name}.{length}"] = accuracy(model, length)
            if (name, length) == ("mamba2", 256):
                values["mamba2.short"] = accuracy(model, length, context=settings["context"])
    return values | {"best.256": max(values["s4d.256"], values["mamba2.256"])}
