# %% [markdown]
# # 08a One recurrence, three programs
#
# **A linear recurrence can be run as a loop, as a convolution and as a scan. The three give the same numbers, and each
# is the right one somewhere.**

# %%
import numpy as np
import torch

from mbrl_lite.course import check, figure, hint, progress

torch.set_default_dtype(torch.float64)  # to compare programs digit by digit; 08b goes back to float32

# %% [markdown]
# The GRU of chapter 07 takes one step after the other: step 1,000 waits for step 999. It must, because each step bends
# the memory before it passes it on. Take the bending out. What is left is a **linear recurrence**,
#
# $$ h_t = a_t\, h_{t-1} + b_t , $$
#
# and nobody has to wait any more. Here are three programs for it, each timed on this machine, now.

# %%
import time

from mbrl_lite.sequence import linear_scan


def by_loop(a, u):
    h, outputs = torch.zeros_like(u[:, 0]), []
    for t in range(u.shape[1]):
        h = a * h + u[:, t]
        outputs.append(h)
    return torch.stack(outputs, 1)  # (B, T, D)

# %%
def by_convolution(a, u):
    n = 2 * u.shape[1]
    kernel = a ** torch.arange(u.shape[1])[:, None]  # (T, D)
    return torch.fft.irfft(torch.fft.rfft(u, n, 1) * torch.fft.rfft(kernel, n, 0), n, 1)[:, : u.shape[1]]


def by_scan(a, u):
    return linear_scan(a.expand_as(u).contiguous(), u, torch.zeros_like(u[:, 0]))

# %%
PROGRAMS = {"loop": by_loop, "convolution": by_convolution, "scan": by_scan}
LENGTHS = (64, 128, 256, 512, 1024, 2048)


def milliseconds(program, a, u, rounds=3):
    """The fastest of a few runs, forward and backward."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        program(a, u).sum().backward()
        found.append(1e3 * (time.perf_counter() - start))
    return min(found)

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
a, times = torch.rand(16), {name: [] for name in PROGRAMS}
for T in LENGTHS:
    u = torch.randn(2, T, 16, requires_grad=True)
    outputs = [program(a, u) for program in PROGRAMS.values()]
    assert all(torch.allclose(outputs[0], y) for y in outputs)  # the same numbers
    for name, program in PROGRAMS.items():
        times[name].append(milliseconds(program, a, u))

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

looks = {"loop": (ORANGE, "s--"), "convolution": (GREEN, "^:"), "scan": (BLUE, "o-")}
signature = Picture(7.5, 3.6)
axes = signature.subplots()
for name, line in times.items():
    axes.plot(LENGTHS, line, looks[name][1], color=looks[name][0], linewidth=2, label=name)
axes.set(xscale="log", yscale="log", xticks=LENGTHS, xticklabels=LENGTHS)
axes.minorticks_off()
plain_axes(axes, "The same numbers, three times (this machine)", "length of the sequence (steps)", "milliseconds")
axes.legend(frameon=False)
figure(signature, alt="Time against length on logarithmic axes. The loop is slowest at every length; convolution and "
       "scan stay far below it as sequences grow.")

# %% [markdown]
# Forward and backward, 2 sequences of 16 channels, on a machine that may be busy: read the gaps, not the digits. Such a
# machine moves them by a factor of two, not of twenty. So why does anyone still write the loop? Because an agent
# *acts*: it gets one frame at a time. The other two want the whole sequence at once. A world model needs both: a
# parallel program to train on stored episodes, and a step to act and to dream. A linear recurrence has both, and a
# state that never grows.
#
# **You will be able to**
#
# - turn a differential equation into a recurrence, exactly, and say what the step size $\Delta$ does,
# - run a recurrence as a loop, a convolution and a scan, and prove that they agree,
# - put resets into a scan, and say why a convolution cannot have them,
# - say what HiPPO remembers, and read S4D and S5 as what is left of it.
#
# **You need** chapter 07a, matrices, and a little patience with complex numbers. **It takes** about two and a half
# hours:
#
# | part | minutes |
# |---|---|
# | 1. A mass on a spring | 25 |
# | 2. A loop is a convolution | 30 |
# | 3. A loop is a scan | 35 |
# | 4. What should a memory keep? | 25 |
# | 5. S4D: as diagonal as possible | 25 |
# | 6. S5: one state for all channels | 10 |
#
# ## 1. A mass on a spring
#
# A world whose answer we know: a mass hangs on a spring, and a damper slows it. Someone pushes it with force $u$. Its
# state is two numbers, where it is and how fast: $h = (x, v)$. Newton says
#
# $$ h'(t) = A\, h(t) + B\, u(t), \qquad
#    A = \begin{pmatrix} 0 & 1 \\ -k & -c \end{pmatrix}, \quad B = \begin{pmatrix} 0 \\ 1 \end{pmatrix} $$
#
# for a mass of 1 kg, $k$ the stiffness (N/m), $c$ the damping (N s/m). We see only the place, $y = C h$ with
# $C = (1, 0)$. These four letters, $A$ $B$ $C$ and later $D$, are a **state-space model**.

# %%
k, c = 4.0, 0.4
A = torch.tensor([[0.0, 1.0], [-k, -c]])
B, C = torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0])

# %%
def let_go(t):
    """Where the mass is at time t, let go at x = 1 with nobody pushing: the school-book solution."""
    w = (k - c**2 / 4) ** 0.5
    return torch.exp(-c * t / 2) * (torch.cos(w * t) + c / (2 * w) * torch.sin(w * t))

# %% [markdown]
# A computer knows the force only now and then, every $\Delta$ seconds. In between we say: it is *held*. This is called
# **zero-order hold**. Under a held force the equation can be solved, and the solution is a recurrence:
#
# $$ h_t = \bar A\, h_{t-1} + \bar B\, u_t, \qquad
#    \bar A = e^{\Delta A}, \qquad \bar B = \int_0^\Delta e^{sA}\, ds\; B $$
#
# $e^{\Delta A}$ is the exponential of a *matrix*, $1 + \Delta A + \frac12 (\Delta A)^2 + \dots$ If $A$ has an inverse
# the integral is $A^{-1}(e^{\Delta A} - 1)$. If it has none, the integral is there all the same. (Here, as in the
# series, 1 stands for the identity matrix.)

# %% [markdown]
# ### Exercise 08.1 - Hold the input
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `A` has shape `(N, N)`, `B` shape `(N,)`: tensors of float64. `dt` is the step $\Delta$ in seconds, above 0.
# - Return `(A_bar, B_bar)` of the same shapes, exact for an input that is held for `dt`.
# - `A` may be singular: a mass without a spring, which just glides.

# %%
def discretise(A: torch.Tensor, B: torch.Tensor, dt: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Zero-order hold: A_bar (N, N) and B_bar (N,)."""
    # torch.linalg.matrix_exp is the exponential. A held input is one more state, that never changes.
    ### BEGIN SOLUTION
    N = len(B)
    M = torch.zeros(N + 1, N + 1, dtype=A.dtype)  # (h, u)' = M (h, u)
    M[:N, :N], M[:N, N] = A, B
    E = torch.linalg.matrix_exp(dt * M)
    return E[:N, :N], E[:N, N]
    ### END SOLUTION


discretise = check("08.1", discretise)

# %% [markdown]
# Is it exact? Let the mass go at $x = 1$ and count steps. With big steps and with small ones it must be where the
# school book says.

# %%
for dt in (0.5, 0.05):
    A_bar, _ = discretise(A, B, dt)
    h, steps = torch.tensor([1.0, 0.0]), round(5 / dt)
    for _ in range(steps):
        h = A_bar @ h
    assert torch.allclose(h[0], let_go(torch.tensor(5.0)))
    print(f"{steps:3d} steps of {dt} s: x = {h[0]:.6f} m, the school book {let_go(torch.tensor(5.0)):.6f} m")

# %% [markdown]
# ### What goes wrong: Euler's step
#
# Most people's first try is Euler's: go on for $\Delta$ with the slope of now, $\bar A = 1 + \Delta A$.

# %%
def swing(A_bar, steps):
    h, places = torch.tensor([1.0, 0.0]), [1.0]
    for _ in range(steps):
        h = A_bar @ h
        places.append(h[0].item())
    return places

# %%
dt, fine = 0.25, torch.linspace(0, 5, 200)
exact, euler = swing(discretise(A, B, dt)[0], 20), swing(torch.eye(2) + dt * A, 20)

# %%
picture = Picture(7.5, 3.3)
axes = picture.subplots()
axes.plot(fine, let_go(fine), color=GREY, linewidth=2, label="the school book")
axes.plot(dt * np.arange(21), exact, "o", color=BLUE, label="zero-order hold")
axes.plot(dt * np.arange(21), euler, "s--", color=VERMILION, label="Euler")
plain_axes(axes, "A mass on a spring, a step every 0.25 s", "time (s)", "place (m)")
axes.legend(frameon=False, loc="lower left")
figure(picture, alt="The points of zero-order hold lie on the true, fading oscillation. Euler's points swing ever "
       "wider and leave it.")

# %% [markdown]
# The true swing fades, Euler's grows. Nothing crashed, and no loss would tell you. What decides is the size of the
# eigenvalues of $\bar A$: below 1 the memory fades, above 1 it explodes. The exponential keeps them below 1 whatever
# $\Delta$ is, as long as the real parts of $A$'s own are negative.

# %%
for name, A_bar in (("zero-order hold", discretise(A, B, dt)[0]), ("Euler", torch.eye(2) + dt * A)):
    print(f"{name:16s} largest eigenvalue {torch.linalg.eigvals(A_bar).abs().max():.3f}")

# %% [markdown]
# Remember what $\Delta$ does: it says how much time passes in a step. A small $\Delta$ makes $\bar A$ nearly 1: old
# things stay, new things hardly count. A large one forgets. In the models to come $\Delta$ is *learnt*, and in 08b it
# will depend on the input.
#
# ## 2. A loop is a convolution
#
# So a state-space model is a loop:
#
# $$ h_t = \bar A\, h_{t-1} + \bar B\, u_t, \qquad y_t = C\, h_t $$

# %%
def ssm_loop(A_bar, B_bar, C, u):
    """y (B, T) from u (B, T), one step after the other."""
    h, outputs = torch.zeros(len(u), len(B_bar)), []
    for t in range(u.shape[1]):
        h = h @ A_bar.T + u[:, t, None] * B_bar  # (B, N)
        outputs.append(h @ C)
    return torch.stack(outputs, 1)

# %%
torch.manual_seed(0)
A_bar, B_bar = discretise(A, B, 0.25)
u = torch.randn(3, 40)
y = ssm_loop(A_bar, B_bar, C, u)
print("forces", tuple(u.shape), "to places", tuple(y.shape))

# %% [markdown]
# Unroll it. $h_0 = \bar B u_0$, then $h_1 = \bar A \bar B u_0 + \bar B u_1$, and so on: each input is pushed on by
# one more $\bar A$ a step. So
#
# $$ y_t = \sum_{k=0}^{t} K_k\, u_{t-k}, \qquad K_k = C \bar A^k \bar B $$
#
# That is a **convolution**. The kernel $K$ is what comes out if a single 1 goes in: one kick, and the mass rings.

# %% [markdown]
# ### Exercise 08.2 - The kernel of a recurrence
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `A_bar` has shape `(N, N)`, `B_bar` and `C` shape `(N,)`. `L` is a whole number, 1 or more.
# - Return $K_0 \dots K_{L-1}$, shape `(L,)`.

# %%
def ssm_kernel(A_bar: torch.Tensor, B_bar: torch.Tensor, C: torch.Tensor, L: int) -> torch.Tensor:
    """C A^k B for k = 0 .. L - 1: (L,)."""
    # No powers are needed. Start with one kick and let it ring.
    ### BEGIN SOLUTION
    h, kernel = B_bar, []
    for _ in range(L):
        kernel.append(C @ h)
        h = A_bar @ h
    return torch.stack(kernel)
    ### END SOLUTION


ssm_kernel = check("08.2", ssm_kernel)

# %%
kernel = ssm_kernel(A_bar, B_bar, C, 40)
picture = Picture(7.5, 2.6)
axes = picture.subplots()
axes.stem(0.25 * np.arange(40), kernel, basefmt=" ", linefmt="C0-", markerfmt="C0o")
axes.axhline(0, color=GREY, linewidth=1)
plain_axes(axes, "The kernel: one kick, and the mass rings", "time since the kick (s)", "place (m)")
figure(picture, alt="Stems that rise, fall below zero and rise again, each swing smaller than the one before.")

# %% [markdown]
# The sum over $k$ for all $t$ costs $T^2$ products. The **fast Fourier transform** makes it $T \log T$: transform both,
# multiply, transform back. It has one trap, and the next exercise is about it. Try it naively first.

# %%
impulse = torch.zeros(1, 8)
impulse[0, 5] = 1.0  # one kick, at step 5
ring = torch.tensor([1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02])
naive = torch.fft.irfft(torch.fft.rfft(impulse) * torch.fft.rfft(ring), 8)
print("kick at step 5. Answer:", naive[0].numpy().round(2))

# %% [markdown]
# Steps 0 to 4 hear a kick that has not come yet. The Fourier transform lives on a *circle*: what rings on beyond the
# last step comes in again at the first. A model trained like this looks into its future, its loss is splendid, and it
# is worth nothing when it has to act.
#
# ### Exercise 08.3 - A convolution that never looks ahead
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `u` has shape `(B, T)`, `K` shape `(L,)`. `L` may be smaller than `T`, equal, or larger.
# - Return y, shape `(B, T)`, with $y_t = \sum_k K_k u_{t-k}$; inputs before step 0 are 0.
# - By Fourier transforms, if you can. (The check takes any way that is right.) Here `L` need not be `T`: think before
#   you copy the length of the circle from `by_convolution` at the top.

# %%
def causal_conv(u: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """y (B, T), each y_t from u_t and what came before it."""
    # How long must the circle be, so that nothing gets round it?
    ### BEGIN SOLUTION
    T, n = u.shape[1], u.shape[1] + len(K)
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, :T]
    ### END SOLUTION


causal_conv = check("08.3", causal_conv)

# %% [markdown]
# Now the first of this chapter's equalities. **A loop is a convolution:**

# %%
assert torch.allclose(ssm_loop(A_bar, B_bar, C, u), causal_conv(u, ssm_kernel(A_bar, B_bar, C, 40)))

# %% [markdown]
# ## 3. A loop is a scan
#
# A convolution needs the *same* $\bar A$ at all steps. Let the decay change from step to step, and there is no kernel.
# Yet we need not go back to the loop. Look at one step as a *function* of the state:
#
# $$ f_t(h) = a_t\, h + b_t $$
#
# Two such steps in a row are again one such step. So steps can be put together in pairs, pairs of pairs, in any order
# of brackets, and many pairs at once. For 1,024 steps that makes 10 rounds. This is a **scan**.

# %% [markdown]
# ### Exercise 08.4 - Two steps in one
#
# Difficulty 2 of 5 · importance 5 of 5 · 8 minutes
#
# - `left = (a1, b1)` comes first in time, `right = (a2, b2)` follows. All four are tensors of one shape, and act number
#   by number.
# - Return `(a, b)` of the one step that does what both do: first `left`, then `right`.

# %%
def combine(left: tuple, right: tuple) -> tuple[torch.Tensor, torch.Tensor]:
    """(a, b) with a h + b = a2 (a1 h + b1) + b2."""
    # Multiply out.
    ### BEGIN SOLUTION
    (a1, b1), (a2, b2) = left, right
    return a2 * a1, a2 * b1 + b2
    ### END SOLUTION


combine = check("08.4", combine)

# %% [markdown]
# That brackets do not matter is called *associativity*. Here it is, and then a scan in a few lines. In each round every
# step takes in the one `gap` steps before it, so that it stands for twice as many.

# %%
x, y, z = ((torch.randn(4), torch.randn(4)) for _ in range(3))
for one, other in zip(combine(combine(x, y), z), combine(x, combine(y, z))):
    assert torch.allclose(one, other)

# %%
def doubling_scan(a, b):
    """h (B, T, N) of h_t = a_t h_{t-1} + b_t, h before the first step 0, in log2(T) rounds."""
    gap = 1
    while gap < a.shape[1]:
        a_new, b_new = combine((a[:, :-gap], b[:, :-gap]), (a[:, gap:], b[:, gap:]))
        a, b, gap = torch.cat([a[:, :gap], a_new], 1), torch.cat([b[:, :gap], b_new], 1), 2 * gap
    return b

# %%
a, b = torch.rand(2, 100, 4), torch.randn(2, 100, 4)
h, want = torch.zeros(2, 4), []
for t in range(100):
    h = a[:, t] * h + b[:, t]
    want.append(h)
want = torch.stack(want, 1)
assert torch.allclose(doubling_scan(a, b), want)
assert torch.allclose(linear_scan(a, b, torch.zeros(2, 4)), want)  # the library's: see below

# %% [markdown]
# The library's scan cuts the sequence into $\sqrt T$ chunks of $\sqrt T$ steps, walks through all chunks side by side,
# and then once from chunk to chunk. More rounds than by doubling, and far less work: on two cores work is what counts.
#
# One thing is missing. Our mass has a *matrix*, and two matrices make another matrix at the price of $N^3$. So: make it
# diagonal. With $A = V \Lambda V^{-1}$ the state $V^{-1} h$ obeys a recurrence number by number, and the numbers are
# complex, for the mass swings.

# %%
eigen, V = torch.linalg.eig(A)  # (N,), (N, N), complex
a = torch.exp(0.25 * eigen)  # (N,)
write = torch.linalg.solve(V, B_bar.to(V.dtype))  # V^-1 B_bar
drive = u[..., None] * write  # (B, T, N)
h = doubling_scan(a.expand_as(drive), drive)
y = h @ (C.to(V.dtype) @ V)  # C V reads it
print("eigenvalues of the spring:", [f"{v:.2f}" for v in eigen.tolist()])
assert torch.allclose(y.real, ssm_loop(A_bar, B_bar, C, u)) and y.imag.abs().max() < 1e-12

# %% [markdown]
# **A loop is a convolution is a scan.** The two eigenvalues are each other's *conjugate*: $-0.2 \pm 1.99 i$. The real
# part is how fast it fades, the imaginary part how fast it swings. Together the imaginary parts cancel, as the last
# line says. So one of the two would do. We come back to that.
#
# ### Where a new life begins
#
# A batch of experience holds the ends of episodes. At a **reset** the state is cleared *before* the step's input is
# taken in (07.3). A loop does it with a multiplication by 0. What about a scan, in which nobody goes through the steps
# in order? Let each step carry a flag:
#
# $$ f_t(h) = a_t\,(0 \text{ if } r_t \text{ else } h) + b_t $$
#
# ### Exercise 08.5 - Two steps in one, with resets
#
# Difficulty 3 of 5 · importance 5 of 5 · 12 minutes
#
# - `left = (a1, b1, r1)` comes first in time, then `right = (a2, b2, r2)`. `a` and `b` have shape `(B, N)`, the resets
#   shape `(B,)`, bool.
# - Return `(a, b, reset)` of the one step that does what both do, in the same shapes and kinds. `reset`, bool, says: of
#   what came before the two, nothing is left. Where it is True, `a` does not matter.

# %%
def combine_resets(left: tuple, right: tuple) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(a, b, reset) of left, then right."""
    # Whose reset clears b1? And when does the pair forget what came before it?
    ### BEGIN SOLUTION
    (a1, b1, r1), (a2, b2, r2) = left, right
    return a2 * a1, a2 * b1 * ~r2[:, None] + b2, r1 | r2
    ### END SOLUTION


combine_resets = check("08.5", combine_resets)

# %%
def scan_with_resets(a, b, reset):
    """As `doubling_scan`, with resets (B, T): steps lie in rows, so that your operator sees (B, N)."""
    B, gap = len(a), 1
    while gap < a.shape[1]:
        late, early = slice(gap, None), slice(None, -gap)
        left = [part[:, early].flatten(0, 1) for part in (a, b, reset)]
        right = [part[:, late].flatten(0, 1) for part in (a, b, reset)]
        new = [part.unflatten(0, (B, -1)) for part in combine_resets(left, right)]
        a, b, reset = (torch.cat([old[:, :gap], part], 1) for old, part in zip((a, b, reset), new))
        gap *= 2
    return b

# %%
a, b, reset = torch.rand(2, 100, 4), torch.randn(2, 100, 4), torch.rand(2, 100) < 0.1
h, want = torch.zeros(2, 4), []
for t in range(100):
    h = a[:, t] * (h * ~reset[:, t, None]) + b[:, t]
    want.append(h)
want = torch.stack(want, 1)
assert torch.allclose(scan_with_resets(a, b, reset), want)
assert torch.allclose(linear_scan(a * ~reset[..., None], b, torch.zeros(2, 4)), want)

# %% [markdown]
# The last line is the library's way: a reset is a step whose decay is 0. It needs no flag, as 0 times anything is 0 for
# good. (Published code of S5 and of R2I, a world model we meet in chapter 10, carries the flag. You will find your
# operator there.)
#
# ### What goes wrong: a convolution cannot forget
#
# Can the convolution have resets? Its kernel knows how *long ago* an input was, and nothing else. Try it on the mass:
# at step 20 a new life begins.

# %% tags=["nbval-ignore-output"]
new_life = torch.arange(40) == 20
drive = u[..., None] * write
h = linear_scan(a=(torch.exp(0.25 * eigen) * ~new_life[:, None]).expand_as(drive).contiguous(), b=drive,
                start=torch.zeros_like(drive[:, 0]))
right = (h @ (C.to(V.dtype) @ V)).real
leak = (causal_conv(u, kernel) - right).abs().mean(0)
print("error before step 20:", f"{leak[:20].max():.1e}", " from step 20 on:", leak[20:26].numpy().round(2))
assert leak[:20].max() < 1e-12 and leak[20] > 0.01

# %% [markdown]
# The old life rings on into the new one. You could cut the batch at every reset, and convolve each piece alone. Or
# scan. Or do something between the two: convolve inside short chunks, with a mask where a new life begins, and carry
# the state from chunk to chunk. 08b builds such a thing.
#
# | | needs | resets | a single step |
# |---|---|---|---|
# | loop | nothing | yes | yes |
# | convolution | the same $a$ at all steps | no | no |
# | scan | $a_t$ diagonal (or a number) | yes | no |

# %% [markdown]
# ## 4. What should a memory keep?
#
# We can run any recurrence now. Which one do we want? A state of $N$ numbers should tell as much as possible about a
# long past. Here is a past, 500 steps of it, and two obvious memories of 24 numbers: the last 24 values, and 24 leaky
# averages, from quick to slow.

# %%
T, N = 500, 24
rng = np.random.default_rng(3)
past = np.convolve(rng.normal(size=T + 40), np.hanning(41), "valid")[:T]
past = torch.tensor(past / past.std())

# %%
def leaky(past, rates):
    """h' = -rate (h - f): a leaky average for each rate, (N,)."""
    h = torch.zeros(len(rates))
    for f in past:
        h = h + rates * (f - h)
    return h

# %% [markdown]
# And here is a better idea (Gu et al., 2020): keep the **best fit by polynomials** of the whole past, up to now. Its
# coefficients are the memory. The past gets longer, so the fit must change with every step. The surprise is
# that the new coefficients follow from the old ones and the new value alone:
#
# $$ c'(t) = \frac1t \bigl( A\, c(t) + B\, f(t) \bigr), \qquad
#    A_{nk} = - \begin{cases} \sqrt{2n+1}\sqrt{2k+1} & n > k \\ n + 1 & n = k \\ 0 & n < k \end{cases},
#    \qquad B_n = \sqrt{2n+1} $$
#
# This is **HiPPO-LegS**: Legendre polynomials, scaled to the past as it grows. The $\frac1t$ says: the longer the past,
# the less a single moment counts.

# %% [markdown]
# ### Exercise 08.6 - The matrix of HiPPO
#
# Difficulty 2 of 5 · importance 3 of 5 · 10 minutes
#
# - `N` is the number of coefficients. Rows n and columns k count from 0.
# - Return `(A, B)`, shapes `(N, N)` and `(N,)`, float64, as in the equation: A with its minus sign.

# %%
def legs(N: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (N, N) and B (N,) of HiPPO-LegS."""
    # torch.outer and torch.tril save you two loops.
    ### BEGIN SOLUTION
    n = torch.arange(N, dtype=torch.float64)
    root = torch.sqrt(2 * n + 1)
    return -torch.tril(torch.outer(root, root), -1) - torch.diag(n + 1), root
    ### END SOLUTION


legs = check("08.6", legs)

# %%
def hippo(past, N):
    """The N coefficients after all of the past; a step applies half of A to the old c and half to the new: bilinear."""
    (A, B), one = legs(N), torch.eye(N)
    c = past[0] * one[0]  # the best fit of a single value is a constant
    for t, f in enumerate(past[1:], start=2):
        c = torch.linalg.solve(one - A / (2 * t), (one + A / (2 * t)) @ c + B * f / t)
    return c

# %%
def drawn(c, T):
    """The past that the coefficients tell of: sum of c_n sqrt(2 n + 1) P_n, (T,)."""
    z = 2 * (np.arange(T) + 0.5) / T - 1  # from the beginning, -1, to now, 1
    return np.polynomial.legendre.legval(z, (c * torch.sqrt(2 * torch.arange(len(c)) + 1.0)).numpy())


assert torch.allclose(hippo(torch.full((300,), 0.7), 5), torch.tensor([0.7, 0, 0, 0, 0]))  # a constant past

# %% [markdown]
# To be fair to the leaky averages, let the best linear guess read them, the ridge regression of 07.2, fitted on 2,000
# other pasts of the same kind.

# %%
rates = torch.logspace(-3, 0, N)
others = torch.tensor(rng.normal(size=(2000, T + 40)))
smooth = torch.tensor(np.hanning(41))[None, None]
others = torch.nn.functional.conv1d(others[:, None], smooth)[:, 0, :T]
others = others / others.std()
seen = leaky(others.T[..., None], rates)
reading = torch.linalg.solve(seen.T @ seen + 0.1 * torch.eye(N), seen.T @ others)  # (N, T)
guesses = {
    "the last 24 values": torch.cat([torch.full((T - N,), torch.nan), past[-N:]]).numpy(),
    "24 leaky averages": (leaky(past, rates) @ reading).numpy(),
    "24 coefficients of HiPPO": drawn(hippo(past, N), T),
}

# %%
picture = Picture(9, 4.6)
for axes, (name, guess), colour in zip(picture.subplots(3, 1, sharex=True), guesses.items(), (VERMILION, ORANGE, BLUE)):
    axes.plot(past, color=GREY, linewidth=1, label="the past")
    axes.plot(guess, color=colour, linewidth=2)
    plain_axes(axes, name, "step" if colour == BLUE else "", "value")
    axes.set_ylim(-3.2, 3.2)
picture.axes[0].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="A wavy past in grey, three times. The last 24 values cover only its end. Leaky averages follow "
       "its end and are flat before. HiPPO's curve follows all of it.")

# %%
for name, guess in guesses.items():
    error = np.nan_to_num(guess) - past.numpy()
    print(f"{name:25s} variance explained: {1 - (error**2).mean() / past.numpy().var():.2f}")

# %% [markdown]
# That is HiPPO's point in one picture. A few numbers, updated by a fixed linear rule, hold the *shape* of a whole past,
# and fade gracefully: fine detail goes, coarse lines stay. Leaky averages blur the far past, and they do it all alike,
# so that no reader can take them apart. (Make the ridge a billion times smaller and they come to 0.41: a reader that
# needs ten digits.)
#
# What does HiPPO's matrix have that they have not? It *couples* its numbers, so that they can swing, as the mass does.
#
# ## 5. S4D: as diagonal as possible
#
# S4 (Gu et al., 2022) made a layer of this: one state-space model for each channel, with HiPPO's matrix at the start,
# and $A$, $B$, $C$, $\Delta$ to be learnt. (The $\frac1t$ is left out: a fixed $\Delta$ in its place, a past that
# fades.) But HiPPO's matrix is full, and its eigenvectors are so badly behaved that it cannot be made diagonal on a
# computer. S4 works around that with much algebra. **S4D** asks: what if we just take a diagonal one? A look at the
# matrix helps. Add a simple term, and something neat is left:

# %%
A, _ = legs(32)
P = torch.sqrt(torch.arange(32) + 0.5)
S = A + torch.outer(P, P)
assert torch.allclose(S + S.T, -torch.eye(32))  # minus a half on the diagonal, and the rest turns: S' = -S there
values = torch.linalg.eigvals(S)
print("real parts from", f"{values.real.min():.6f} to {values.real.max():.6f}")
print("frequencies:", np.sort(values.imag[values.imag > 0].numpy())[:6].round(2))

# %% [markdown]
# All real parts are $-\frac12$: everything fades at one rate. Only the frequencies differ. So the simplest diagonal
# model that is anything like HiPPO is **S4D-Lin**:
#
# $$ A_n = -\tfrac12 + i \pi n, \qquad n = 0, 1, 2, \dots $$
#
# A set of damped swings, one for each frequency, as on a string. (It drops the term we added, and spaces the
# frequencies evenly. S4D-Inv, another choice, follows HiPPO's own frequencies more closely.)
#
# Each swing has a conjugate twin. (n = 0 does not swing; there the factor 2 below is $C$'s business.) Instead of
# computing both, compute one and take **twice the real part**. The kernel of a channel is then
#
# $$ K_k = 2 \operatorname{Re} \sum_n C_n\, \bar B_n\, \bar A_n^k, \qquad
#    \bar A_n = e^{\Delta A_n}, \quad \bar B_n = \frac{\bar A_n - 1}{A_n} $$
#
# ($B_n = 1$, as a change of $B_n$ can be made by $C_n$.)

# %% [markdown]
# ### Exercise 08.7 - The kernel of S4D
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `A` and `C` are complex, shape `(N,)`; none of `A` is 0. `dt` is one number, a float or a tensor without
#   axes. `L` is a whole number, 1 or more.
# - Return $K_0 \dots K_{L-1}$, real, shape `(L,)`.

# %%
def s4d_kernel(A: torch.Tensor, C: torch.Tensor, dt: float, L: int) -> torch.Tensor:
    """The kernel of one channel, (L,), real."""
    # A row for each mode, a column for each k. When is the right moment for the real part?
    ### BEGIN SOLUTION
    a = torch.exp(dt * A)  # (N,)
    rings = a[:, None] ** torch.arange(L)  # (N, L)
    return 2 * ((C * (a - 1) / A)[:, None] * rings).sum(0).real
    ### END SOLUTION


s4d_kernel = check("08.7", s4d_kernel)

# %% [markdown]
# Here are kernels of three step sizes, with the same $A$ and $C$. $\Delta$ is a zoom: it stretches the same memory over
# more steps. (On the logarithmic axis of the picture a stretched shape is a shifted one. The echo after $2 / \Delta$
# steps: there all swings, evenly spaced as they are, meet again.) A layer has many channels, each with a $\Delta$ of
# its own, from 0.001 to 0.1 at the start.

# %%
modes = -0.5 + 1j * torch.pi * torch.arange(8)
picture = Picture(7.5, 3.2)
axes = picture.subplots()
for dt, colour, style in zip((0.1, 0.03, 0.01), (VERMILION, GREEN, BLUE), (":", "--", "-")):
    line = s4d_kernel(modes, torch.ones(8, dtype=modes.dtype), dt, 400)
    axes.plot(range(1, 401), line / dt, style, color=colour, linewidth=2, label=f"$\\Delta$ = {dt}")
axes.set(xscale="log", xticks=[1, 10, 100, 400], xticklabels=[1, 10, 100, 400])
axes.minorticks_off()
plain_axes(axes, "One memory at three zooms", "steps back (1 is now)", "weight (divided by $\\Delta$)")
axes.legend(frameon=False)
figure(picture, alt="On a logarithmic axis of steps, three kernels of the same shape: a tall beginning, ripples and an "
       "echo. The smaller the step size, the further to the right it lies.")

# %% [markdown]
# Is that the library's layer? It convolves in chunks of 16 steps, to have resets. Behind it come a nonlinearity, and a
# linear map that mixes the channels, each output with a gate: a second output, squashed, that it is multiplied by. Your
# kernel in its place must give the same.

# %%
from torch.nn import functional as F

from mbrl_lite.sequence.s4d import S4DLayer

torch.manual_seed(0)
layer = S4DLayer(units=6, state=8).double()
x, none = torch.randn(2, 50, 6), torch.zeros(2, 50, dtype=torch.bool)
theirs, _, _ = layer.forward(x, none, [torch.zeros(2, layer.sizes[0])])
own = []
for d in range(6):
    A_d = torch.complex(-layer.log_decay[d].exp(), layer.frequency[d])
    K = s4d_kernel(A_d, torch.view_as_complex(layer.C[d]), layer.log_dt[d].exp(), 50)
    own.append(causal_conv(x[..., d], K) + layer.D[d] * x[..., d])  # D u: a way straight through
mine = F.glu(layer.mix(F.gelu(torch.stack(own, -1))), dim=-1)
assert torch.allclose(mine, theirs)

# %% [markdown]
# Look at `log_decay`: the library stores the logarithm of $-\operatorname{Re} A$. Then a fading memory stays one,
# whatever the optimiser does. What if it did not?

# %%
for real in (-0.5, 0.05):
    line = s4d_kernel(torch.tensor([real + 3j]), torch.ones(1, dtype=torch.complex128), 0.1, 2000)
    print(f"real part {real:5}: after 2,000 steps the kernel is {line[-10:].abs().max():.1e}")

# %% [markdown]
# A step of the optimiser to the wrong side of 0, and what came 2,000 steps ago weighs twenty thousand times as much as
# what comes now. **Make what must not happen unsayable**: store a logarithm.
#
# ## 6. S5: one state for all channels
#
# S4D has a small state for each of its $D$ channels, and no channel hears another before the mixing. **S5** (Smith et
# al., 2023) has *one* state for all. Inputs are vectors, $B$ and $C$ matrices:
#
# $$ h_t = \bar A \odot h_{t-1} + \bar B\, u_t, \qquad y_t = 2 \operatorname{Re}(C\, h_t) + D \odot u_t $$

# %%
from mbrl_lite.sequence.s5 import S5Layer

torch.manual_seed(0)
layer = S5Layer(units=6, state=16).double()  # 8 complex numbers
A_s5 = torch.complex(-layer.log_decay.exp(), layer.frequency)
a = torch.exp(layer.log_dt.exp() * A_s5)  # (P,)
B_s5, C_s5 = torch.complex(*layer.B), torch.complex(*layer.C)  # (D, P), (P, D)

drive = (x.to(a.dtype) @ B_s5) * (a - 1) / A_s5  # (B, T, P)
h = doubling_scan(a.expand_as(drive), drive)
y = F.gelu(2 * (h @ C_s5).real + layer.D * x)
mine = y * torch.sigmoid(layer.gate(y))
theirs, _, _ = layer.forward(x, none, [torch.zeros(2, layer.sizes[0])])
assert torch.allclose(mine, theirs)

# %% [markdown]
# A convolution would need a kernel for each pair of an input and an output. So S5 runs as a scan and nothing else, and
# its state is small. That is what counts in dreaming, when thousands of states are carried side by side:

# %%
from mbrl_lite.sequence import make_sequence

torch.set_default_dtype(torch.float32)
for name in ("gru", "s4d", "s5"):
    model = make_sequence(name, 32, 256, **({} if name == "gru" else {"layers": 1}))
    state, size = model.initial(1).shape[1], sum(p.numel() for p in model.parameters())
    print(f"{name:4s} 256 units: {size:7,} parameters, {state:5,} numbers to carry")

# %% [markdown]
# All three are settings of one world model: `ModelConfig(sequence="s5")`. And all obey one law, the law of this
# chapter. What `forward` computes in parallel, `step` computes one by one, with resets anywhere:

# %%
for name in ("gru", "s4d", "s5"):
    torch.manual_seed(0)
    model = make_sequence(name, 5, 16)
    x, reset = torch.randn(3, 60, 5), torch.rand(3, 60) < 0.1
    with torch.no_grad():
        whole, _ = model.forward(x, reset)
        state, steps = model.initial(3), []
        for t in range(60):
            y, state = model.step(x[:, t], reset[:, t], state)
            steps.append(y)
    assert torch.allclose(whole, torch.stack(steps, 1), atol=1e-5)
    print(name, "forward is the fold of step")

# %% [markdown]
# ## What the papers found
#
# S4 was the first model to solve Path-X, a task of the Long Range Arena with sequences of 16,384 steps, where
# Transformers of its time stayed at chance (Gu et al., 2022). Diagonal models came close to S4 on that benchmark, with
# a kernel you can write in four lines (Gu, Gupta et al., 2022), and S5 went a little beyond it (Smith et al., 2023).
# How $A$ is set at the start matters most for the longest task. We have not run these tasks: they take a GPU for hours
# to days. What such layers do in a world model, and what they *cannot* do, is the matter of 08b, with our own
# measurements.
#
# **Challenges**, without solution
#
# - Take `c = 0` for the mass. Which of zero-order hold, Euler and the bilinear rule keeps its energy?
# - Count the products in `doubling_scan` for T = 1,024, and in the library's scan. Which of the two is faster here?
# - Give HiPPO a past that jumps. Where does the fit ring, and how many coefficients does it take?
# - Replace $A_n$ by eight random complex numbers with real part $-\frac12$. How much worse does a trained layer get?
#
# **Reading**
#
# - S. Rush and S. Karamcheti, *The Annotated S4*, 2022. Parts 1 and 2, 40 minutes.
# - A. Gu et al., *HiPPO: Recurrent memory with optimal polynomial projections*, 2020. Sections 1 and 2, 20 minutes.
# - A. Gu, A. Gupta, K. Goel and C. Ré, *On the parameterization and initialization of diagonal state space models*
#   (S4D), 2022. Sections 3 and 4, 25 minutes.
# - J. Smith, A. Warrington and S. Linderman, *Simplified state space layers for sequence modeling* (S5), 2023.
#   Section 3, 15 minutes.

# %% tags=["nbval-ignore-output"]
progress("08")

# %% [markdown]
# **Where next?** All of these models treat every input alike. 08b shows a game that they therefore lose, and the small
# change that wins it.
