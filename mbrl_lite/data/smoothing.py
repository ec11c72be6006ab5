"""DreamSmooth: rewards are spread over the steps around them before a model is asked to predict them."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.errors import MbrlError

KERNELS = ("gaussian", "uniform", "ema")
CUT = 4  # widths after which a tail is cut off: the rest of a Gaussian or of an average is then below 2 %


@dataclass(frozen=True)
class Smoothing:
    """r~_t = sum_i f_i r_{t+i}, sum f = 1, i from -radius to radius. DreamSmooth, Eq. 2 (Lee et al., 2024).

    `width` in steps: the standard deviation of "gaussian", half the breadth of "uniform" (2 width + 1 equal weights),
    the mean delay of "ema", the average of the past, r~_t = (1 - a) r_t + a r~_{t-1} with a = width / (width + 1).
    Raises `MbrlError` for a kernel that does not exist or a width below 0; width 0 changes nothing.
    """

    width: float
    kernel: str = "gaussian"

    def __post_init__(self):
        if self.kernel not in KERNELS or not 0 <= self.width < 100:
            raise MbrlError(
                f"expected a kernel out of {', '.join(KERNELS)} and a width from 0 to 99 steps, got {self.kernel!r} "
                f"and {self.width!r}: try gaussian and 3"
            )

    @property
    def weights(self) -> np.ndarray:
        """f_i for i = -radius .. radius, (2 radius + 1,) float64 with the sum 1."""
        reach = self.width if self.kernel == "uniform" else CUT * self.width
        i = np.arange(-int(np.ceil(reach)), int(np.ceil(reach)) + 1)
        if self.width == 0:
            f = np.ones(1)
        elif self.kernel == "gaussian":
            f = np.exp(-0.5 * (i / self.width) ** 2)
        elif self.kernel == "uniform":
            f = (abs(i) <= self.width).astype(float)
        else:  # a reward is felt later, not sooner: t + i lies in the past
            f = np.where(i <= 0, (self.width / (self.width + 1.0)) ** np.abs(i), 0.0)
        return f / f.sum()

    def __call__(self, reward: np.ndarray, is_first: np.ndarray, held: np.ndarray | None = None) -> np.ndarray:
        """Rewards (..., T) of streams, smoothed within each episode; `is_first` (..., T) says where one begins.

        Steps that are not `held` (..., T) are left out: neither do they give, nor is anything given to them.

        What the kernel would put beyond the ends of an episode, or on its first step, to which no action leads, is
        given to the steps within, in proportion: the sum over each episode is what it was, at both ends too.
        """
        f, radius = self.weights, len(self.weights) // 2
        T = reward.shape[-1]
        pad = [(0, 0)] * (reward.ndim - 1) + [(radius, radius)]
        # The first step is a piece of its own, apart from the steps that actions lead to.
        piece = 2 * np.cumsum(is_first, -1) + ~is_first
        piece = np.pad(piece if held is None else np.where(held, piece, -1), pad, constant_values=-1)
        here = piece[..., radius : radius + T]
        windows = [slice(radius + i, radius + i + T) for i in range(-radius, radius + 1)]  # steps t + i
        # A reward at s goes to the steps s - i: what the kernel has within the piece of s is the whole of it.
        share = sum(w * (piece[..., at] == here) for w, at in zip(f[::-1], windows, strict=True))
        given = np.pad(reward / share, pad)
        return sum(w * given[..., at] * (piece[..., at] == here) for w, at in zip(f, windows, strict=True)).astype(
            reward.dtype
        )
