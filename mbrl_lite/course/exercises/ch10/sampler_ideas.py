"""What the checks of exercises 10.6 to 10.8 say to each mistake."""

EXERCISES = ()

TRAIN_IDEAS = {
    "underflow": (
        "exp(-N / tau) is 0 for every start, and 0 / 0 is no chance. Only differences count: take the smallest N away "
        "from all of them before exp."
    ),
    "epsilon": (
        "a small number that is added only hides the 0 / 0. Below the line it makes chances that sum to 0; added to "
        "each, it makes old counters all alike. Take the smallest N away from all of them before exp."
    ),
    "uniform_instead": (
        "where exp underflows you fall back on even chances. But the counters still differ, and the formula still has "
        "an answer: take the smallest N away from all of them."
    ),
    "wrong_end": (
        "what you took away is not the smallest N but the largest, or one in the middle. Then there are large positive "
        "exponents, and exp overflows where it underflowed before. The largest *exponent* must become 0, and it "
        "belongs to the smallest N."
    ),
    "clipped": "counters that are cut off are all alike. Differences count, however large the counters are.",
    "normalised": "N is divided by its largest value, so that tau means something else in each batch.",
    "by_share": "N is divided by its sum, so that tau means something else in each batch.",
    "inverse": "these are chances proportional to 1 / (1 + N). The formula has exp(-N / tau).",
    "flipped": "the sign is wrong: what was trained most often is chosen most often. The model needs the others.",
    "unnormalised": "these are weights, not chances: divide by their sum.",
    "no_tau": "tau is missing: the counters are divided by it.",
    "times_tau": "tau multiplies. A high temperature makes chances *more* alike, so it divides.",
}
DREAM_IDEAS = {
    "no_beta": (
        "the last term is missing, or it is one number for all starts (`np.max` gives one, `np.maximum` one for each "
        "start). Without it a start that was trained a hundred times draws all the dreams; beta "
        "takes away what N has more than M."
    ),
    "no_alpha": "alpha M is missing: how often dreams began here lowers the score.",
    "wrong_side": "max(0, M - N) is the wrong way round. beta takes away what N has *more* than M.",
    "signed": "the maximum is missing: where N - M is negative, beta takes nothing away.",
    "absolute": "|N - M| is not max(0, N - M): where M is larger, beta takes nothing away.",
    "alpha_inside": "alpha stands in the maximum as well. It is max(0, N - M), the plain counters.",
    "fixed": "min(0, N - M) is the score for alpha = beta = 1 only. Here they may be anything.",
    "swapped_weights": "alpha and beta have changed places.",
    "least_dreamt": "only M counts here. What it is about is N: was the model trained here?",
    "beta_added": "the last term is added, and it should be taken away.",
    "flipped": "the sign of the whole score is wrong: dreams begin where the model was trained least.",
    "unnormalised": "your numbers do not sum to 1: a softmax ends with a division by the sum.",
    "no_tau": "tau is missing: the score is divided by it.",
    "hard": (
        "you chose evenly among the starts with N >= M and shut the others out. The chances fall off softly, as "
        "exp(score / tau), and a shut-out start would never come back."
    ),
    "underflow": "exp(score / tau) is 0 for every start: take the largest score away first, as in 10.6.",
    "wrong_end": (
        "what you took away is not the largest score but the smallest, or one in the middle. Then exp overflows where "
        "the others lie far above it. The largest *exponent* must become 0."
    ),
}
COUNT_IDEAS = {
    "untouched": (
        "this is what the code above does: repeats count once, and what was overwritten is remembered. Both are wrong."
    ),
    "repeats": (
        "a start that was drawn three times is counted once. `x[index] += 1` reads, adds and writes, so repeats are "
        "lost: `np.add.at(x, index, 1)`."
    ),
    "remembers": (
        "the counters of overwritten steps stay. A new step lies there now, and the model has never seen it: it begins "
        "at 0 in both."
    ),
    "forgets_n": "only N forgets. The new step was never dreamt from either: clear M as well.",
    "forgets_m": "only M forgets. The new step was never trained on either: clear N as well.",
    "forgets_last": (
        "you clear after counting, so what was drawn just now is lost. The old step is gone *before* the draw: clear "
        "first."
    ),
    "no_rate": "a dream counts `rate`, not 1. There are more dreams than sequences; in these units both grow alike.",
    "rate_on_both": "`rate` is the unit of dreams. A training sequence counts 1.",
    "divides": "a dream counts `rate`, and you count 1 / rate.",
    "swapped": "the two lists of starts have changed places: N counts training, M dreams.",
}
