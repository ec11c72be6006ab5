"""What the checks of exercises 10.13 and 10.14 say to each mistake."""

EXERCISES = ()

WORTH_IDEAS = {
    "reversed": (
        "the KL of the coins is the wrong way round. The *true* picture's coin stands before the logarithm: "
        "t ln(t / f) + (1 - t) ln((1 - t) / (1 - f)), with t for the dot and f for the field."
    ),
    "cross_entropy": (
        "this is the cross-entropy, which counts what even a perfect picture costs. What it costs to *miss* the dot is "
        "the difference: take away the true coin's own entropy."
    ),
    "half_coin": (
        "the other side of the coin is missing: (1 - t) ln((1 - t) / (1 - f)). With the first term alone a miss can "
        "even be worth less than nothing."
    ),
    "bits": "these are bits. With the natural logarithm they become nats, the unit of all terms of the loss.",
    "edge": (
        "a dot of 0 or 255 is a coin that never falls on one side, and 0 ln 0 is 0. NumPy makes NaN of it: leave out "
        "that one term, not the other side of the coin, or use `scipy.special.xlogy`."
    ),
    "not_scaled": (
        "the grey values were not divided by 255 here. `spread` is measured on pixels from 0 to 1, so the difference "
        "must be, too."
    ),
    "not_squared": "the deviation in spreads is not squared. The decoder's loss is a *squared* error.",
    "no_weight": (
        "the weight is missing. All pixels together are worth `nats`, so one squared spread is worth nats / pixels."
    ),
    "weight_upside": "the weight is upside down: nats / pixels, not pixels / nats or nats * pixels.",
    "no_pixels": "`nats` is what *all* pixels together are worth. One of them has its share: nats / pixels.",
    "spread_once": "the difference is squared, and the spread is not: square the quotient.",
    "half": "there is a factor of 1/2 too many, that of a Gaussian. This decoder's error is squared and weighted only.",
    "swapped": "the two numbers have changed places: first the coin, then the contrast.",
}
SCORE_IDEAS = {
    "human_only": (
        "you divided by the human's score alone. The range from random play to a human is human - random, and it is "
        "what 1 means."
    ),
    "not_shifted": "random play should score 0: take the random score away before you divide.",
    "points_first": (
        "points of different games were averaged before they were normalised: a game that counts in thousands then "
        "outweighs all others. Normalise each score first."
    ),
    "clipped_below": (
        "scores below 0 were cut off. A run that is worse than random play is worse, and the mean should know."
    ),
    "clipped_above": "scores above 1 were cut off. Better than a human is allowed, and it is where means come from.",
    "median_of_runs": (
        "this is the median over all runs. The benchmark's median is over *games*: first the mean of each game's "
        "seeds, then the median of these means."
    ),
    "median_per_seed": (
        "the median was taken seed by seed and then averaged. First the mean of each game's seeds, then the median "
        "over games."
    ),
    "iqm_of_games": (
        "the interquartile mean is taken over the games' means. It is over all S x G runs: that is why it has more to "
        "stand on than the median."
    ),
    "iqm_middle": (
        "this is the middle between the 25th and 75th percentile, two numbers out of many. The IQM is the *mean* of "
        "all that lie between."
    ),
    "iqm_rounded": (
        "the number to drop was rounded. It is int(0.25 n), rounded down, as in scipy.stats.trim_mean: with 15 runs 3."
    ),
    "iqm_percentile": (
        "you kept what lies between two percentiles that NumPy interpolates, and that is sometimes one run fewer or "
        "more. Sort, and drop int(0.25 n) at each end."
    ),
    "iqm_eighths": "a quarter in all was dropped, an eighth at each end. It is a quarter at *each* end.",
    "iqm_lower": "only the worst quarter was dropped. A quarter goes at each end, the best one too.",
    "iqm_upper": "only the best quarter was dropped. A quarter goes at each end, the worst one too.",
    "iqm_unsorted": (
        "the runs were not sorted before the ends were dropped, so that any of them may be gone. (`np.sort` of a table "
        "sorts each row by itself: `ravel` first.)"
    ),
    "iqm_median": "this is the median of all runs: all but the middle was dropped. Drop a quarter at each end.",
    "iqm_order": "the seeds' interquartile means were taken one by one and averaged. Pool all runs first.",
    "swapped": "mean and median have changed places.",
}
