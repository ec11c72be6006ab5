"""What an agent is worth, and how far its model can be trusted."""

from mbrl_lite.evaluation.collapse import LatentUse, latent_use
from mbrl_lite.evaluation.dreams import OpenLoop, Played, half_random_episodes, open_loop, start_states
from mbrl_lite.evaluation.drift import HORIZONS, Drift, Lookahead, look_ahead, observation_error, open_loop_drift
from mbrl_lite.evaluation.heads import Calibration, Recall, calibration, predictions, reward_recall
from mbrl_lite.evaluation.linear_probe import ProbeCurve, class_probe, probe_latents, ridge_probe
from mbrl_lite.evaluation.resets import reset_leak
from mbrl_lite.evaluation.returns import Episode, Evaluation, evaluate, record_episode
from mbrl_lite.evaluation.update_time import matrix_products, product_share, update_breakdown
from mbrl_lite.evaluation.values import ValueReport, discounted_returns, value_report

__all__ = [
    "HORIZONS",
    "Calibration",
    "Drift",
    "Episode",
    "Evaluation",
    "LatentUse",
    "Lookahead",
    "OpenLoop",
    "Played",
    "ProbeCurve",
    "Recall",
    "ValueReport",
    "calibration",
    "class_probe",
    "discounted_returns",
    "evaluate",
    "half_random_episodes",
    "latent_use",
    "look_ahead",
    "matrix_products",
    "observation_error",
    "open_loop",
    "open_loop_drift",
    "predictions",
    "probe_latents",
    "product_share",
    "record_episode",
    "reset_leak",
    "reward_recall",
    "ridge_probe",
    "start_states",
    "update_breakdown",
    "value_report",
]
