"""The hints of exercises 08.6 and 08.7, and what their checks say to each mistake."""

EXERCISES = ()

HINTS = {
    "08.6": (
        "Rows are n, columns are k, both from 0. Make the roots once, r_n = sqrt(2 n + 1); below the diagonal stands "
        "-r_n r_k.",
        "`torch.outer(r, r)` holds all products, and `torch.tril(..., -1)` keeps what lies below the diagonal.",
        "`n = torch.arange(N, dtype=torch.float64)`, `r = (2 * n + 1) ** 0.5`; "
        "`return -torch.tril(torch.outer(r, r), -1) - torch.diag(n + 1), r`.",
    ),
    "08.7": (
        "For each mode: a = exp(dt A), and what a held input of 1 writes, b = (a - 1) / A. Then it rings on: b, a b, "
        "a^2 b. C reads it.",
        "`a[:, None] ** torch.arange(L)` has shape (N, L). Sum over the modes first, all in complex numbers; then take "
        "the real part.",
        "`(2 * ((C * (a - 1) / A)[:, None] * a[:, None] ** torch.arange(L)).sum(0)).real`.",
    ),
}

LEGS_IDEAS = {
    "grows": (
        "the sign of A is wrong. The past is fitted by ever the same polynomials while it gets longer, so all "
        "coefficients fade, unless f comes in: all of A's diagonal is negative."
    ),
    "transposed": "A is transposed: entries lie above the diagonal. A coarse coefficient moves the finer ones, n > k.",
    "no_roots": "the square roots are missing. Both factors are roots: sqrt(2 n + 1) sqrt(2 k + 1).",
    "diagonal_from_zero": "the diagonal is -n. Then the mean of the past, n = 0, would never fade: it is -(n + 1).",
    "diagonal_like_the_rest": "the diagonal follows the rule for n > k, -(2 n + 1). It has one of its own: -(n + 1).",
    "diagonal_twice": (
        "on the diagonal both rules were added up. `torch.tril(x)` keeps the diagonal; `torch.tril(x, -1)` leaves it "
        "out."
    ),
    "diagonal_positive": "the diagonal has the wrong sign. It is -(n + 1), or the memory explodes.",
    "counted_from_one": "n and k were counted from 1. The mean of the past has n = 0.",
    "not_causal": "there are numbers above the diagonal. For n < k the entry is 0.",
    "legt": (
        "this is HiPPO-LegT, for a window of fixed length: above its diagonal stand numbers of changing sign. LegS, "
        "for the whole past, has zeros there."
    ),
    "b_without_root": "B is not sqrt(2 n + 1).",
    "float32": "the numbers are right to seven digits. Asked is float64: `torch.arange(N, dtype=torch.float64)`.",
}

S4D_IDEAS = {
    "still_complex": (
        "each mode has a conjugate twin that is not stored. Together their imaginary parts cancel and their real parts "
        "double: 2 Re(...)."
    ),
    "no_twin": "it is half of what it should be: the conjugate twins are not counted. Twice the real part.",
    "imaginary": "you took the imaginary part. Of a number and its conjugate twin, the *real* parts add up.",
    "size": "you took absolute values. A mode that swings back is negative then, and the real part knows it.",
    "real_too_early": (
        "the real part was taken of factors, before they were multiplied. i times i is -1: it counts. Multiply in "
        "complex numbers, take the real part last."
    ),
    "conjugated": "C was conjugated. (`torch.vdot` does so unasked.) Here it is a plain product.",
    "b_euler": "what is written is dt, Euler's rule. A held input writes (exp(dt A) - 1) / A.",
    "b_missing": "what is written is 1: the input was not held. It writes (exp(dt A) - 1) / A.",
    "euler": "the decay is 1 + dt A, Euler's rule, where the exponential was asked for.",
    "late": "K_0 has decayed once already. The newest input is read at once: powers 0 to L - 1.",
    "no_dt": "dt plays no part: everything was computed for dt = 1.",
    "no_a": "the division by A is missing in (exp(dt A) - 1) / A.",
    "mean": "you took the mean over the modes. They add up.",
    "reversed": "the kernel runs backwards: K_0 belongs to the *newest* input.",
}
