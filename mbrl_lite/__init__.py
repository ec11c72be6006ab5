"""mbrl_lite: model-based reinforcement learning, small enough to read."""

__version__ = "0.1.0"
