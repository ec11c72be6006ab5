"""What an agent is worth, and how far its model can be trusted."""

from mbrl_lite.evaluation.dreams import OpenLoop, Played, half_random_episodes, open_loop, start_states
from mbrl_lite.evaluation.returns import Evaluation, evaluate, record_episode

__all__ = [
    "Evaluation",
    "OpenLoop",
    "Played",
    "evaluate",
    "half_random_episodes",
    "open_loop",
    "record_episode",
    "start_states",
]
