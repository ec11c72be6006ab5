"""The agents by name: what makes a Dreamer a Drama, an R2I, a STORM or an S4WM is its sequence model, little else."""

import difflib
from collections.abc import Iterable
from dataclasses import replace

from mbrl_lite.errors import MbrlError

# sequence model and its own settings, what the posterior sees, what the heads read, what is replayed
FAMILY = {
    "dreamer": ("gru", {}, "history", "feat", "rewarded"),  # DreamerV3 (Hafner et al., 2023)
    "drama": ("mamba2", {"layers": 1}, "frame", "split", "dfs"),  # Wang et al., 2025
    "storm": ("transformer", {"layers": 2, "heads": 4}, "frame", "split", "rewarded"),  # Zhang et al., 2023
    "r2i": ("s5", {"layers": 2}, "frame", "feat", "rewarded"),  # Recall to Imagine (Samsami et al., 2024)
    "s4wm": ("s4d", {"layers": 2}, "frame", "feat", "rewarded"),  # Deng et al., 2023
}


def known(what: str, name: str, names: Iterable[str]) -> str:
    """The name itself; raises `MbrlError` with the nearest one if it is none of `names`."""
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "choose one of these"
        raise MbrlError(f"expected a {what} out of {', '.join(names)}, got {name!r}: {hint}")
    return name


def as_agent(config, name: str):
    """A training configuration with its agent made the one called `name`; sizes and all else stay as they are."""
    sequence, options, posterior, heads, sampler = FAMILY[known("agent", name, FAMILY)]
    model = replace(
        config.agent.model, sequence=sequence, sequence_options=dict(options), posterior=posterior, heads=heads
    )
    return replace(config, sampler=sampler, agent=replace(config.agent, model=model))


def agent_name(config) -> str:
    """What the agent of a training configuration is called: a "Dreamer" where it is none of the others."""
    model = config.agent.model
    parts = (model.sequence, model.posterior, model.heads, config.sampler)
    names = {(s, p, h, r): name for name, (s, _, p, h, r) in FAMILY.items()}
    short = {"storm": "STORM", "r2i": "R2I", "s4wm": "S4WM"}
    name = names.get(parts, "dreamer")
    return short.get(name, name.capitalize())
