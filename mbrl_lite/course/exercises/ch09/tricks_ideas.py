"""What the checks of exercises 09.7 and 09.9 to 09.12 say to each mistake."""

EXERCISES = ()

RANGE_IDEAS = {
    "flipped": "decay weighs the wrong side. With decay near 1 the *old* range stays, and news enters slowly.",
    "no_memory": "the old range is forgotten at once. One odd batch then changes the actor's step by any factor.",
    "extremes": (
        "you took the smallest and largest return. A single outlier then sets the scale for all: take the 5th and "
        "95th percentile."
    ),
    "quartiles": "these are the 25th and 75th percentile. Take the 5th and the 95th.",
    "no_floor": (
        "the scale is below 1. Returns that hardly differ, as before the first reward is found, are then blown up "
        "until noise looks like news. Never divide by less than 1."
    ),
    "floor_added": "1 was added to the range. The floor is a maximum: max(1, range).",
    "old_scale": "the scale comes from the *old* range. Use the new one.",
    "batch_scale": "the scale comes from this batch alone, so one odd batch sets it. Use the running percentiles.",
    "each_column": (
        "the percentiles were taken column by column or row by row. All returns are one crowd: flatten them first."
    ),
    "upside_down": "low and high have changed places. The 5th percentile comes first, then the 95th.",
    "deviation": "the scale is a standard deviation. It is the distance of the two percentiles, at least 1.",
    "keeps_gradient": (
        "the scale carries a gradient (it still wants one: requires_grad is True, 1 tensor too many). The actor could "
        "then raise its gain by squeezing returns together. Use `torch.no_grad()` or `.detach()`."
    ),
}

SYMEXP_IDEAS = {
    "no_sign": "the sign is lost: minus and plus give the same. Multiply by sign(y).",
    "one_sided": "this is exp(y) - 1, which never falls below -1. On the left it should mirror the right: use |y|.",
    "signed_inside": (
        "the exponential still gets negative numbers, so left of 0 all comes out between 0 and 1. Put |y| inside."
    ),
    "jumps": "at 0 it jumps by 2: the -1 is missing. symlog adds 1 before the logarithm, so take it away again.",
    "minus_outside": "the 1 is taken away after the sign. On the left that shifts down: sign(y) * (exp(|y|) - 1).",
    "forwards": "this is symlog itself. Its inverse takes symlog(x) back to x.",
    "base": "the base is wrong: symlog uses the natural logarithm, so its inverse uses e.",
    "imprecise": (
        "near 0 your digits are lost: exp(|y|) - 1 is a difference of numbers near 1. `torch.expm1` keeps them."
    ),
}

TWO_HOT_IDEAS = {
    "nearest": "all weight went to the nearest bin. Then 0.4 and 0.6 may look alike: share it among both neighbours.",
    "lower": "all weight went to the bin below. Share it among both neighbours.",
    "swapped": "the two weights have changed places: the *nearer* bin should get more.",
    "log_space": (
        "the weights are linear in symlog units. Their mean in real units is then not x. Measure distances between "
        "bins as they are."
    ),
    "even_bins": "your bins are evenly spaced, and the given ones are not. Find the neighbours with `searchsorted`.",
    "on_a_bin": (
        "a number that lies exactly on a bin loses its weight. Lower and upper neighbour are the same bin there, and "
        "the second weight (0) overwrites the first: the two must always be different bins, k - 1 and k."
    ),
    "half": "both neighbours got the same weight, wherever x lies between them.",
    "outside_extends": (
        "beyond the last bin a weight is negative or above 1. No distribution has such: outside, the end bin gets all."
    ),
    "outside_lost": "beyond the last bin the weights do not sum to 1. There the end bin gets all of it.",
}

MEAN_IDEAS = {
    "log_space": (
        "the mean was taken in symlog space. Then a fair coin between 0 and 100 is worth 9, not 50. Average real units."
    ),
    "doubled": "each pair of bins is counted twice, so the mean is twice too large: halve the sum.",
    "middle_lost": (
        "the two bins in the middle are left out. With an even number of bins there is none at 0, and all of them "
        "count."
    ),
    "mode": "you gave the most likely bin. Asked is the *mean*: an actor needs expected returns.",
    "no_softmax": "the logits were used as if they were probabilities: `softmax` first.",
    "wrong_axis": "the softmax runs over the wrong axis. The bins are the last one.",
    "plain_sum": (
        "Uniform logits should read exactly 0. Huge numbers of both signs cancel, and a plain sum leaves their "
        "rounding. Add bin k and its mirror image first, then the pairs."
    ),
}

ENTROPY_IDEAS = {
    "unmixed": "this is the entropy of the softmax alone. The policy that acts is the mixture.",
    "flipped": "the shares have changed places: `mix` is the share of the *uniform* policy.",
    "mix_undivided": "mix was added to each action in full. The uniform policy gives each of the A actions mix / A.",
    "wrong_log": (
        "the weights are the mixture's and the logarithm is the softmax's (or the other way round). That is a "
        "cross-entropy: use one distribution for both."
    ),
    "bits": "these are bits. In nats, use the natural logarithm.",
    "sign": "the entropy is negative. It is *minus* the sum of p log p.",
    "averaged": "you averaged over actions. Entropy is a sum over them.",
    "mixed_entropies": (
        "you mixed two entropies. Asked is the entropy of the mixed *policy*: mix the probabilities first."
    ),
    "mixed_logits": (
        "you mixed the logits, and the softmax came after. Nothing keeps such a policy open: mix probabilities."
    ),
    "no_gradient": (
        "the numbers are right, and no gradient reaches the logits. The entropy is a bonus for the actor: without a "
        "gradient it does nothing."
    ),
    "overflow": "exp(1000) is infinite, and infinity over infinity is not a number. `torch.softmax` takes care of it.",
    "nan_gradient": (
        "the entropy is a number there, and its gradient is not. The slope of the logarithm at 0 is infinite, and the "
        "way back multiplies it by 0 (`xlogy`, `entr` and a late `where` do so too). Keep the logarithm itself from "
        "ever seeing a 0."
    ),
    "nan": "it is not a number where a probability is 0 (here mix = 0). 0 log 0 counts as 0.",
}
