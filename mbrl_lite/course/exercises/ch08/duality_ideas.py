"""The hints of exercises 08.10 to 08.12, and what their checks say to each mistake."""

EXERCISES = ()

HINTS = {
    "08.10": (
        "With running sums S_t = log_a_0 + ... + log_a_t the exponent is S_t - S_s, for s <= t. Above the diagonal it "
        "is positive and may be huge: it must be gone *before* `exp` sees it.",
        "`masked_fill(upper, -inf)` and then `exp` gives exact zeros, and gradients that are numbers. And large "
        "running sums leave few digits for their differences: take the sums in `double()`.",
        "`S = log_a.double().cumsum(-1)`, `apart = S[..., :, None] - S[..., None, :]`, "
        "`upper = torch.ones(T, T, dtype=torch.bool).triu(1)`, then "
        "`apart.masked_fill(upper, -torch.inf).exp().to(log_a.dtype)`.",
    ),
    "08.11": (
        "Three matrices. Which one has, at [t, s], what c_t reads of b_s? Which one what is left of it? What are they "
        "multiplied by?",
        "`c @ b.mT` has shape (B, T, T), with c_t in the rows. Entry by entry it is multiplied by the decays.",
        "`return (decay * (c @ b.mT)) @ x`.",
    ),
    "08.12": (
        "Input s is written at s, and then decays by the steps *after* s, up to the end. The old state decays by all "
        "of them.",
        "`total = log_a.cumsum(1)`; what is left of input s at the end is `exp(total[:, -1:] - total)`, shape (B, L).",
        "`w = (total[:, -1:] - total).exp()`, then `total[:, -1, None, None].exp() * h + (x * w[..., None]).mT @ b`.",
    ),
}

DECAY_IDEAS = {
    "own_step": (
        "a_s itself was counted. What is written at s is written *after* the decay of step s: the sum runs over "
        "s < r <= t, and the diagonal is 1."
    ),
    "one_too_early": "the sum runs over s <= r < t. It is the decays after s, up to and with t.",
    "transposed": "rows and columns have changed places: row t looks back at columns s <= t, so zeros lie above.",
    "not_masked": "above the diagonal there are numbers larger than 1: step t would look into its future. Zeros there.",
    "masked_with_ones": (
        "above the diagonal stand ones, exp(0). What is hidden must be -inf before `exp`, or 0 after it."
    ),
    "no_diagonal": "the diagonal is 0. What is written at t is there at t, undiminished: 1.",
    "no_exp": "these are the sums of the logarithms. Asked is exp of them.",
    "grows": "the sign is turned round: what lies further back would count more. S_t - S_s, and not S_s - S_t.",
    "from_the_start": "the decay was counted from step 0 on for every s. It begins after s.",
    "one_step_only": "only one decay was counted. Between s and t lie t - s of them.",
    "exp_first": (
        "`exp` saw the upper half, where the exponent is large and positive. It overflows to inf; hiding it afterwards "
        "leaves 0 times inf, which is NaN, in the values or on the way back. Mask *before* exp."
    ),
    "digits": (
        "differences of large running sums: 30,000.01 minus 30,000 keeps few of float32's seven digits. Take the sums "
        "in float64, or sum each pair's own steps."
    ),
    "divided": (
        "the product of many strong decays is 0, you divided by it, and 0 / 0 is none. Add up logarithms, subtract, "
        "and take exp last."
    ),
    "other_dtype": (
        "the matrix products that come next want one dtype for all. Calculate in float64, and give back what came: "
        "`.to(log_a.dtype)`."
    ),
    "no_gradient": "the way back is cut off. No `detach`, no numpy: decays are learnt.",
}

FORM_IDEAS = {
    "softmax": (
        "there is a softmax. It is what attention has and a recurrence has not: the scores are taken as they are."
    ),
    "scaled": "the scores were divided by sqrt(N), as in attention. A recurrence does not.",
    "roles_swapped": "the score is b_t . c_s. The reader is at t, the writer at s: c_t . b_s.",
    "decay_transposed": "the decays are transposed, so the future is read.",
    "no_decay": "the decays play no part. What was written at s has faded when t reads it.",
    "decay_added": "decays and scores were added. What is left is a *share*: multiply, entry by entry.",
    "decay_as_product": "decays and scores were applied one after the other, as matrix products. Entry by entry: `*`.",
    "normed": "the rows were divided by their sums. In a recurrence nothing makes them sum to 1.",
    "written_backwards": "the whole matrix is transposed: inputs were read by steps before them.",
}

CHUNK_IDEAS = {
    "from_the_start": (
        "each input faded by the decays from the chunk's *beginning* up to it. It fades by those after it, up to the "
        "end."
    ),
    "own_step": "an input faded by its own step's decay. It is written after that decay: only later steps count.",
    "one_step_only": "each input faded by one decay, its own. All steps after it take their share.",
    "nothing_fades": "the inputs did not fade at all. Those at the beginning have faded by the end.",
    "start_lost": "the state from before the chunk is gone. It fades by all decays of the chunk, and is added.",
    "start_not_faded": "the old state did not fade. It passes through all steps of the chunk.",
    "start_faded_once": "the old state faded by one step. It passes through all steps of the chunk.",
    "no_exp": "`log_a` holds logarithms. Their sums need an exp.",
    "grows": "the sign is turned round: the oldest inputs count most. total_end - total_s, which is negative.",
    "faded_twice": "the inputs faded with the old state once more. They have done their fading.",
    "outer_product": "the state lies the wrong way round. Rows are P, x's numbers; columns N, b's.",
    "divided": ("you divided by a product of decays that had become 0. Subtract logarithms first, take exp last."),
}
