"""GRU with layer norm, as in Dreamer: the plainest sequence model with a memory."""

import torch
from torch import nn


class GRU(nn.Module):
    """Gated recurrent unit; the gates are normalised together and the update gate leans towards keeping (bias -1).

    r, c, u = LN(W_x x + W_h h);  h' = sigmoid(u - 1) tanh(sigmoid(r) c) + (1 - sigmoid(u - 1)) h.
    The state is h and the output is h too. DreamerV2, appendix.
    """

    def __init__(self, inputs: int, units: int):
        super().__init__()
        self.units = units
        self.input = nn.Linear(inputs, 3 * units, bias=False)
        self.hidden = nn.Linear(units, 3 * units, bias=False)
        self.norm = nn.LayerNorm(3 * units)
        nn.init.trunc_normal_(self.input.weight, std=(inputs + units) ** -0.5)
        nn.init.trunc_normal_(self.hidden.weight, std=(inputs + units) ** -0.5)

    def initial(self, batch: int) -> torch.Tensor:
        return self.hidden.weight.new_zeros(batch, self.units)

    def forward(self, x, reset, state=None, at=None):
        B, T, _ = x.shape
        h = self.initial(B) if state is None else state
        drive = self.input(x).unbind(1)  # T x (B, 3H), all steps in one product
        outputs = []
        for t in range(T):
            h = self._gates(drive[t], h * ~reset[:, t, None])
            outputs.append(h)
        y = torch.stack(outputs, dim=1)  # (B, T, H)
        return (y, h) if at is None else (y, h, y[:, at])

    def step(self, x, reset, state):
        h = self._gates(self.input(x), state * ~reset[:, None])
        return h, h

    def _gates(self, drive: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        gates = torch.addmm(drive, h, self.hidden.weight.t())  # (B, 3H)
        r, c, u = self.norm(gates).to(h.dtype).chunk(3, dim=-1)  # 3 x (B, H)
        return torch.lerp(h, torch.tanh(torch.sigmoid(r) * c), torch.sigmoid(u - 1))
