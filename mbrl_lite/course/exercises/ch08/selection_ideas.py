"""The hints of exercises 08.8 and 08.9, and what their checks say to each mistake."""

EXERCISES = ()

HINTS = {
    "08.8": (
        "Shapes first. h is (B, D, N). dt and x are (B, D): they need an axis at the end. b and c are (B, N): they "
        "need one in the middle. A_log is (D, N) and fits as it is.",
        "`dt = softplus(raw)[..., None]`, the decay is `exp(-dt * exp(A_log))`, what is written is "
        "`dt * b[:, None] * x[..., None]`.",
        "`h = decay * h + dt * b[:, None] * x[..., None]`, then `y = (h * c[:, None]).sum(-1)`; return both.",
    ),
    "08.9": (
        "Start with y = w[:, -1] * x, and add x shifted by k = 1, 2, ..., K - 1 steps. When may y_t not see x_{t-k}? "
        "If any of the steps t-k+1 .. t is a reset.",
        "Number the episodes: `reset.long().cumsum(1)`. Two steps belong to the same life if their numbers are equal.",
        "For k from 1: `same = episode[:, k:] == episode[:, :-k]`, then "
        "`y[:, k:] = y[:, k:] + w[:, K - 1 - k] * x[:, :-k] * same[..., None]`.",
    ),
}

STEP_IDEAS = {
    "no_softplus": (
        "dt is not softplus(raw). A time cannot be negative, and it should be able to be nearly 0 smoothly: "
        "log(1 + exp(raw))."
    ),
    "softplus": "dt was made positive in another way. Asked is the softplus, log(1 + exp(raw)).",
    "overflows": (
        "what comes back is not a number any more. exp(raw) overflows where raw is large, though log(1 + exp(raw)) is "
        "simply raw there: use `torch.nn.functional.softplus`, or max(raw, 0) + log(1 + exp(-|raw|))."
    ),
    "grows": "the state *grows*: the sign in the exponential is missing. A is -exp(A_log), always negative.",
    "a_log_as_it_is": "A_log was taken for A. It is a logarithm: A = -exp(A_log), so that A is negative for any A_log.",
    "write_without_dt": (
        "what is written is not multiplied by dt. Then a step that decides to ignore its input, dt near 0, keeps the "
        "old state and *still* writes the new one."
    ),
    "decay_without_dt": "dt has no part in the decay. Then the input cannot say how much is to be kept.",
    "decay_euler": "the decay is 1 + dt A: Euler's rule, which falls below 0 for a large dt. Take exp(dt A).",
    "exact_hold": (
        "b was held exactly, (exp(dt A) - 1) / A. That is S4D's rule. Mamba takes the simpler dt b, its first term."
    ),
    "decays_the_input": "what is written decayed at once. First the old state decays, then dt b x is added.",
    "reads_the_old": "y was read from the old state. The step takes x in first, then c reads.",
    "swapped": "b and c have changed places: b writes, c reads.",
}

SHORT_IDEAS = {
    "leaks": (
        "the window looks past a reset into the life before. This leak is in released code, too. Count only steps of "
        "the same episode."
    ),
    "flipped": "the weights lie the wrong way round: w[:, -1] belongs to x_t, w[:, 0] to the oldest step.",
    "ahead": "y_t sees steps *after* t. The zeros belong in front of the sequence.",
    "centred": "the window is centred on t, so that it sees the future. It ends with x_t.",
    "late": "the window ends with x_{t-1}. It ends with x_t.",
    "only_at_the_reset": (
        "the past is hidden at the step of the reset alone. One step later the window still reaches back across it."
    ),
    "only_of_the_reset": (
        "later steps cannot see the input *at* a reset, but what came before it. It is the other way round: that input "
        "is the new life's first."
    ),
    "one_step_early": (
        "the episode was cut one step too late: a reset at t begins a new life *with* x_t, so x_t must not see t - 1."
    ),
    "input_lost": "the input at the reset was cleared as well. It is the first of the new life: only the past goes.",
    "inverted": "the past is hidden where life goes on, and shown across resets.",
    "whole_batch": "one row resets and all rows forgot. Each row has episodes of its own.",
    "wraps": (
        "the first steps see the *last* ones of the sequence: `roll` goes round. Before step 0 there is nothing: put "
        "zeros in front."
    ),
    "short": (
        "your function did not give T steps back: a sequence may be shorter than the window, and then some shifts are "
        "longer than the sequence. All they bring is 0."
    ),
}
