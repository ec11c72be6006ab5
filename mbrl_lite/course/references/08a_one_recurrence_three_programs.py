"""References of chapter 08a_one_recurrence_three_programs, cut from its solution: do not edit, run  make chapters."""

import torch


def discretise(A: torch.Tensor, B: torch.Tensor, dt: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Zero-order hold: A_bar (N, N) and B_bar (N,)."""
    # torch.linalg.matrix_exp is the exponential. A held input is one more state, that never changes.
    N = len(B)
    M = torch.zeros(N + 1, N + 1, dtype=A.dtype)  # (h, u)' = M (h, u)
    M[:N, :N], M[:N, N] = A, B
    E = torch.linalg.matrix_exp(dt * M)
    return E[:N, :N], E[:N, N]


def ssm_kernel(A_bar: torch.Tensor, B_bar: torch.Tensor, C: torch.Tensor, L: int) -> torch.Tensor:
    """C A^k B for k = 0 .. L - 1: (L,)."""
    # No powers are needed. Start with one kick and let it ring.
    h, kernel = B_bar, []
    for _ in range(L):
        kernel.append(C @ h)
        h = A_bar @ h
    return torch.stack(kernel)


def causal_conv(u: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """y (B, T), each y_t from u_t and what came before it."""
    # How long must the circle be, so that nothing gets round it?
    T, n = u.shape[1], u.shape[1] + len(K)
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, :T]


def combine(left: tuple, right: tuple) -> tuple[torch.Tensor, torch.Tensor]:
    """(a, b) with a h + b = a2 (a1 h + b1) + b2."""
    # Multiply out.
    (a1, b1), (a2, b2) = left, right
    return a2 * a1, a2 * b1 + b2


def combine_resets(left: tuple, right: tuple) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(a, b, reset) of left, then right."""
    # Whose reset clears b1? And when does the pair forget what came before it?
    (a1, b1, r1), (a2, b2, r2) = left, right
    return a2 * a1, a2 * b1 * ~r2[:, None] + b2, r1 | r2


def legs(N: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (N, N) and B (N,) of HiPPO-LegS."""
    # torch.outer and torch.tril save you two loops.
    n = torch.arange(N, dtype=torch.float64)
    root = torch.sqrt(2 * n + 1)
    return -torch.tril(torch.outer(root, root), -1) - torch.diag(n + 1), root


def s4d_kernel(A: torch.Tensor, C: torch.Tensor, dt: float, L: int) -> torch.Tensor:
    """The kernel of one channel, (L,), real."""
    # A row for each mode, a column for each k. When is the right moment for the real part?
    a = torch.exp(dt * A)  # (N,)
    rings = a[:, None] ** torch.arange(L)  # (N, L)
    return 2 * ((C * (a - 1) / A)[:, None] * rings).sum(0).real


REFERENCES = {
    "08.1": discretise,
    "08.2": ssm_kernel,
    "08.3": causal_conv,
    "08.4": combine,
    "08.5": combine_resets,
    "08.6": legs,
    "08.7": s4d_kernel,
}
