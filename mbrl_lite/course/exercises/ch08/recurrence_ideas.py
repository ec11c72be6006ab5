"""The hints of exercises 08.1 to 08.3, and what their checks say to each mistake."""

EXERCISES = ()

HINTS = {
    "08.1": (
        "Without input the state after dt is exp(dt A) h, a *matrix* exponential: `torch.linalg.matrix_exp`. The input "
        "is a constant for a while. Could a constant be one more state, whose derivative is 0?",
        "Append u to the state: (h, u)' = M (h, u), with A and B in the upper rows of M, and zeros in the last row. "
        "Then one exponential of dt M holds both answers, and no matrix is inverted.",
        "`M = torch.zeros(N + 1, N + 1)`, `M[:N, :N] = A`, `M[:N, N] = B`, `E = torch.linalg.matrix_exp(dt * M)`; "
        "return `E[:N, :N], E[:N, N]`. Mind the dtype.",
    ),
    "08.2": (
        "Let 1 go in at step 0 and nothing afterwards. What comes out at steps 0, 1, 2 is the kernel.",
        "After step 0 the state is B. Every later step multiplies it by A, from the left. C reads it.",
        "In a loop of L rounds: append `C @ h`, then `h = A @ h`, starting from `h = B`. `torch.stack` at the end.",
    ),
    "08.3": (
        "A product of Fourier transforms is a convolution *on a circle*: what leaves at the end comes in at the "
        "beginning. Make the circle so long that nothing gets round it.",
        "With n = T + L steps there is room. `torch.fft.rfft(x, n)` appends the zeros, and `torch.fft.irfft(X, n)` "
        "gives n numbers back.",
        "`torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, :T]`.",
    ),
}

HOLD_IDEAS = {
    "euler": (
        "this is Euler's step, 1 + dt A: the first two terms of the exponential. It is right only for a tiny dt. "
        "Asked is the exact answer for an input that is held."
    ),
    "input_euler": (
        "A_bar is exact, and B_bar is still Euler's dt B. While the input pushes, the state already moves: the push is "
        "to be followed through, too."
    ),
    "input_as_it_is": "B_bar is B itself. How much a held input moves the state depends on how long it is held.",
    "pushed_at_the_start": (
        "the input acts all at once at the start and then decays. It is held: it pushes at every moment until dt."
    ),
    "backward_euler": "this is the backward Euler step, (1 - dt A)^-1. Stable, and not exact.",
    "bilinear": (
        "this is the bilinear (Tustin) rule, S4's first choice. It is good to second order; a held input can be solved "
        "exactly, with the exponential."
    ),
    "no_dt": "dt plays no part: everything was computed for dt = 1.",
    "dt_too_often": "B_bar is multiplied by dt once too often. The integral over the step already holds it.",
    "b_lacks_dt": (
        "B_bar is divided by dt. In the extra matrix A *and* B are multiplied by dt: the input pushes all the while."
    ),
    "one_everywhere": (
        "1 was taken away from every entry of exp(dt A). In exp(dt A) - 1 the 1 is the identity matrix, `torch.eye(N)`."
    ),
    "sign_of_b": "B_bar has the wrong sign: it is A^-1 (exp(dt A) - 1) B, not (1 - exp(dt A)).",
    "elementwise": (
        "the exponential was taken of each entry. exp(dt A) of a matrix is the series 1 + dt A + (dt A)^2 / 2 + ..., "
        "with matrix products: `torch.linalg.matrix_exp`."
    ),
    "singular": (
        "A has no inverse here, and yet the answer exists: the mass glides. Find a way without A^-1, as in hint 2."
    ),
}

KERNEL_IDEAS = {
    "late": "K_0 is C A B. But h_0 = B u_0 is read in the same step: the first power is 0, K_0 = C B.",
    "elementwise": "`A ** k` takes each entry to the power k. A power of a matrix is a product of matrices.",
    "reversed": "the kernel runs backwards: K_0 belongs to the *newest* input.",
    "swapped": (
        "this is B A^k C. Either B and C have changed places, or the state was multiplied from the wrong side, "
        "`h @ A`. B writes into the state, `A @ h` moves it on, C reads it: C A^k B."
    ),
    "step_response": (
        "this is the answer to an input of 1 at *all* steps, the sum of the kernel so far. Let it be 1 only once."
    ),
    "squared": "A is squared in each round, so its powers are 0, 1, 2, 4, 8. Multiply by the *first* A each time.",
    "no_c": "C plays no part: the states were summed. C says what is read of them.",
    "one_power": "A stands in the first power from step 1 on. Every further step multiplies by it once more.",
}

CONV_IDEAS = {
    "circular": (
        "the end of the kernel came round to the beginning: y_0 knows inputs that lie in its future. A product of "
        "Fourier transforms lives on a circle. Make the circle longer with zeros."
    ),
    "odd_circle": (
        "`irfft` was not told how long the circle is. It then takes an even number of steps, and yours is odd: hand n "
        "to it as well, `irfft(X, n)`."
    ),
    "flipped": (
        "the kernel was laid on back to front: its last number met the newest input. (`conv1d` of a deep-learning "
        "library does that: it correlates, and does not convolve.)"
    ),
    "ahead": "y_t was made from inputs *after* t. In y_t stand u_t, u_{t-1}, u_{t-2} and so on.",
    "centred": "the kernel was centred on each step, so that half of it looks into the future. K_0 belongs to u_t.",
    "last_part": "you kept the *last* T numbers of the whole convolution. The first T are those of steps 0 to T - 1.",
    "late": "everything is one step late: u_t has a part in y_t, with K_0.",
    "newest_only": "only K_0 u_t came out. The other numbers of the kernel reach back.",
}
