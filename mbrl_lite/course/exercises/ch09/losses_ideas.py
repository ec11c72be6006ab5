"""What the checks of exercises 09.4, 09.5, 09.6 and 09.8 say to each mistake."""

EXERCISES = ()

_SUMMED = (
    "this is a sum over dreams, over steps, or over both. Then the learning rate depends on how many there are: take "
    "the mean over both axes."
)
_SCALED = (
    "the entropy is divided by `scale` too. It is in nats, not in rewards: only what is made of returns is divided, so "
    "that one eta fits all."
)
_ENTROPY_DEAF = "no gradient reaches the entropy. Then the bonus is a number that nobody can earn: do not detach it."
_REACH = "`reach` is not used, so steps behind a dreamt end teach as much as any other. Multiply each step by it."
_LEAK = (
    "the gradient runs into `reach`. It would teach the *model* that ends are near where losses are large: detach it."
)

REINFORCE_IDEAS = {
    "not_detached": (
        "the advantage is not detached. It says how good the action was; it is not what the actor may change. Here its "
        "gradient bends the critic (and, through the returns, the dream). Stop it: `.detach()`."
    ),
    "ascends": "the sign is wrong: an optimiser *minimises*, so good actions would become rarer. Add a minus.",
    "no_baseline": (
        "`value` is not subtracted. Right on average, but far noisier: with rewards above 0 every action looks good."
    ),
    "centred": (
        "the mean of the advantage was subtracted. `value` is the baseline, of each state its own: where all actions "
        "were better than foreseen, all of them shall become likelier."
    ),
    "no_scale": "`scale` is not used, so rewards times 1000 mean steps times 1000. Divide the advantage by it.",
    "scale_return_only": "only the returns are divided by `scale`, not the value: then it is no baseline any more.",
    "scaled_up": "the advantage is multiplied by `scale`. It should be divided.",
    "entropy_punished": "the entropy is *punished*: its sign is wrong, and the policy is driven to be certain.",
    "no_entropy": "the entropy has no part in your loss, so nothing keeps the policy from going blind.",
    "eta_missing": "the entropy counts in full. Its weight is `eta`.",
    "entropy_unreached": "`reach` weighs the advantage alone. Behind an end the entropy does not matter either.",
    "entropy_scaled": _SCALED,
    "entropy_deaf": _ENTROPY_DEAF,
    "not_log": "`log_prob` is a logarithm already, and you took its exponential. The formula wants the logarithm.",
    "weighted_mean": (
        "you divided by the sum of the weights. It is a plain mean over all B * H steps: a batch of dreams that are "
        "mostly over shall teach little."
    ),
    "no_reach": _REACH,
    "reach_leaks": _LEAK,
    "summed": _SUMMED,
    "deaf": "no gradient reaches `log_prob`, so the actor learns nothing. Only the advantage is detached.",
}

PATHWISE_IDEAS = {
    "detached": (
        "no gradient reaches the returns. It is all there is here: the actor learns *through* the model, so nothing on "
        "the way from action to return may be detached."
    ),
    "ascends": "the sign is wrong: an optimiser minimises, and this makes returns *smaller*.",
    "no_scale": "`scale` is not used. Divide the returns by it.",
    "entropy_punished": "the entropy is punished: its sign is wrong.",
    "no_entropy": "the entropy has no part in your loss.",
    "entropy_scaled": _SCALED,
    "entropy_deaf": _ENTROPY_DEAF,
    "no_reach": _REACH,
    "reach_leaks": _LEAK,
    "summed": _SUMMED,
    "start_only": "only the first return of each dream is used. Each step is a start of its own: take all H of them.",
}

BUG_IDEAS = {
    "not_detached": (
        "the bug is still there: the actor's term sends a gradient into `value`. So the critic learns what makes the "
        "actor's loss small, and not what the returns are."
    ),
    "critic_deaf": (
        "now the critic learns nothing: the advantage was detached before *both* terms used it. Only the actor's term "
        "must not reach the value."
    ),
    "wrong_term": "you detached in the critic's term. It is the actor's term that must leave the value alone.",
    "actor_deaf": "`log_prob` gets no gradient now, so the actor does not learn. Detach the *advantage*.",
    "no_baseline": (
        "the actor lost its baseline. The value may stay in the advantage, as a number: it is its *gradient* that does "
        "harm there."
    ),
    "ascends": "the actor's minus is lost, so good actions become rarer. It was right.",
    "no_half": "the critic's term is twice as large as it was: it has a factor of one half in front.",
    "no_critic": "the critic's term is gone, so nothing teaches it. It was right: keep it.",
    "no_actor": "the actor's term is gone. Nobody disturbs the critic now, and nobody acts.",
}

CRITIC_IDEAS = {
    "target_leaks": (
        "the gradient reaches `target`. A target is what the critic should become: if it may move too, both meet half "
        "way, at no matter what value. Detach it."
    ),
    "targets_leak": (
        "the gradient reaches both targets, `target` and `slow_target`. (`F.cross_entropy` detaches neither.) Both "
        "stand still, and the logits come to them: detach both."
    ),
    "nothing_detached": (
        "the gradient reaches everything: `target`, `slow_target` and `reach`. Here only the logits learn: detach the "
        "other three."
    ),
    "slow_leaks": "the gradient reaches `slow_target`. The slow critic is an anchor; it must not be pulled: detach it.",
    "no_slow": "the slow critic's term is missing, or its weight is 0.",
    "weight_on_both": "`weight` multiplies both terms. Only the slow critic's one is weighted.",
    "weight_missing": "the slow critic's term counts in full. Its weight is `weight`.",
    "mixture": (
        "`weight` shares between the two terms, and the first one counts 1 - weight. In the formula it counts in full."
    ),
    "slow_unreached": "`reach` weighs the first term alone. Behind an end the slow critic has nothing to say either.",
    "no_reach": _REACH,
    "reach_leaks": _LEAK,
    "ascends": "the sign is wrong: cross-entropy is *minus* the sum of target times log-probability.",
    "no_log": "the target is multiplied by the probability, not by its logarithm.",
    "no_softmax": "the logits were used as if they were log-probabilities: `log_softmax` first.",
    "softmax_twice": (
        "the softmax is taken twice. `log_softmax` and `F.cross_entropy` take the logits as they are, not "
        "probabilities."
    ),
    "wrong_axis": "the softmax runs over the steps. The bins are the last axis: dim -1.",
    "swapped": "target and prediction have changed places: it is the *prediction's* logarithm, weighed by the target.",
    "divergence": (
        "this is the KL divergence: the target's own entropy is subtracted. The gradient is the same, but the formula "
        "is the cross-entropy alone."
    ),
    "far_apart": (
        "`softmax` rounds what is far below the largest logit to 0, and its logarithm is lost. `torch.log_softmax` "
        "takes both steps at once and keeps it."
    ),
    "over_bins": "you averaged over the bins. Cross-entropy is a *sum* over them; the mean is over dreams and steps.",
    "squared": "this is a squared error between probabilities. It vanishes where the critic is surest and most wrong.",
    "summed": _SUMMED,
}
