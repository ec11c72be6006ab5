"""What exercises 07.10 to 07.14 say to each common mistake, and their hints."""

EXERCISES = ()

KL_IDEAS = {
    "reversed": "this is KL(prior || posterior). The posterior has seen the picture: average with *its* probabilities.",
    "averaged_first": "you averaged the distributions over all steps and took the KL of the averages. A posterior that "
    "says something else at each step then looks like the prior. Take the KL of each step, and average last.",
    "class_mean": "you averaged over the classes. The KL is a sum over them.",
    "step_sum": "you summed over steps, over sequences, or over both. The mean is asked for, so that longer batches do "
    "not look more alive.",
    "bits": "these are bits. Nats are asked for: the natural logarithm.",
    "cross_entropy": "this is the cross-entropy. Take the posterior's own entropy off: the logarithm of a *ratio*.",
    "absolute": "you made the terms of the sum positive one by one. Single terms may be negative; only their sum is "
    "never below 0.",
}

RECALL_IDEAS = {
    "precision": "this is the precision: how many of the head's claims came true. Recall asks how many of the rewards "
    "were expected: divide by the number of rewarded steps.",
    "accuracy": "this is an accuracy: you averaged over all steps. Most steps have no reward, and a head that never "
    "expects any is right there. Look at the rewarded steps alone.",
    "fixed_half": "you compared with 0.5. Half of *each* reward is asked for.",
    "size_only": "you compared sizes. A head that expects +1 where -1 comes has not foreseen it.",
    "pleasant_only": "you counted rewards above 0 only. A penalty is a reward too.",
    "penalty_turned": "for a penalty the comparison turns round: of -2, at least half is -1 *or less*.",
    "more_than_half": "exactly half of a reward was no hit for you. At least half is asked for.",
    "too_much": "a head that expects more than the reward has expected it too. Ask for at least half, not for a "
    "small distance.",
    "all_of_it": "you ask for the whole reward. At least half of it is enough.",
    "zero_for_none": "without a rewarded step there is nothing to recall: return `float('nan')`, not a number that "
    "looks like a bad head.",
}

SHUFFLE_IDEAS = {
    "time": "you moved z along time. Neighbouring steps look alike, so that costs little. Take another *sequence*: "
    "the first axis.",
    "both": "h and z moved together. Then all of the state is wrong, and you cannot tell which part the decoder reads.",
    "h": "you moved h, and z stayed.",
    "no_baseline": "this is the loss with another sequence's z. How much did it *rise*?",
    "sign": "the sign is turned round: a decoder that needs z loses by the swap, and the rise is above 0.",
    "ratio": "this is a ratio. Nats can be compared with other nats: take the difference.",
    "zeros": "you gave the decoder zeros. No state looks like that, and any network is upset by it. Give it a z that "
    "is possible, but of another sequence.",
    "within": "you moved the numbers within each z. Such a z may be impossible. Take the whole z of another "
    "sequence. (`roll` without an axis does this too.)",
    "sum": "the losses were summed over all steps. Their mean is asked for.",
    "no_wrap": "the first sequence kept its own z. It gets the one of the last.",
    "next_sequence": "sequence i got the z of i + 1. It gets that of i - 1.",
}

LEAK_IDEAS = {
    "unchanged": "this is what the function did before: it cannot see what it should.",
    "no_action": "the action of the old life is still left out. A model that lets it in passes your test.",
    "cancels": "differences of both signs still cancel in a mean. Take the size of each first, and then the largest.",
    "mean_size": "this is the mean size. The largest difference is asked for: one wire is enough for a leak.",
    "same_past": "both lives began with the same past. A test in which both sides are equal by design cannot fail.",
    "action_twice": "the old action came in on both sides, so what it does cancels. Nobody has acted yet in a fresh "
    "life: zeros there.",
    "crossed": "each life has half of the past: the old state came without its action, and the action without its "
    "state. Both belong to the old life.",
    "not_first": "you did not tell the model that an episode begins: then it *should* remember.",
    "signed": "this is the largest difference, its sign included. A leak that pulls the state down is one too: "
    "take the size of each, and then the largest.",
}

DIAGNOSE_IDEAS = {
    "symptom_first": "A posterior that has collapsed leaves nothing to decode and nothing to expect: other instruments "
    "strike too. Name the cause, not its symptom: collapse comes before them.",
    "leak_late": "This model does not hear resets, which is in its wiring and comes first. What else is wrong may "
    "follow from it.",
    "recall_first": "The decoder of this model does not listen to z, and that was to be named before its reward head.",
    "absolute_z": "You compared what z is worth with a fixed number. It is to be compared with what h is worth: at "
    "most one percent of it.",
    "nan": "A recall of nan says that there was no reward to recall. Accuse no head without a reward.",
    "turned": "A comparison is turned round: each disease shows in a number that is too small, and only the leak in "
    "one that is too large. (Or z and h have changed places.)",
    "some_alive": "A few groups are alive. Collapse means that *none* is.",
    "recall_zero": "A head need not be quite blind. Its recall is below 0.1: that is the sign.",
    "ratio": 'A ratio says "less than a hundredth" only where there is something to divide by. Can you say it '
    "without a division?",
    "any_leak": "Rounding alone makes differences such as 1e-6. Only a leak above 1e-4 counts.",
}

HINTS = {
    "07.10": (
        "The KL of two categoricals is a sum over their classes. Which axis is that? And which axes do you average?",
        "`(posterior * np.log(posterior / prior))` has shape (B, T, Z, C). Sum over the last axis, then take a mean.",
        "`return (posterior * np.log(posterior / prior)).sum(-1).mean((0, 1))`",
    ),
    "07.11": (
        "First find the rewarded steps. Only those count. For each of them: was at least half of it expected?",
        "`predicted * np.sign(reward)` turns a penalty's prediction round, so that one comparison serves both signs.",
        "`hit = predicted * np.sign(reward) >= np.abs(reward) / 2`, and the mean of `hit[reward != 0]`; nan if empty.",
    ),
    "07.12": (
        "Call `loss` twice: once with what belongs together, once with another sequence's z. What differs?",
        "`z.roll(1, 0)` gives each sequence the z of the one before it, at the same step.",
        "`return float(loss(h, z.roll(1, 0), obs).mean() - loss(h, z, obs).mean())`",
    ),
    "07.13": (
        "A past has two ways into the first state of a new life: the old state, and the old action. Does the test use "
        "both?",
        "Call the model with `past` and `action`, then with `fresh` and zeros. What happens to +1 and -1 in a mean?",
        "`begun = step(past, obs, action, True)`, `anew = step(fresh, obs, np.zeros_like(action), True)`, and then "
        "`float(np.abs(begun - anew).max())`.",
    ),
    "07.14": (
        "Write one `if` for each disease, in the order of the table. The first that is true returns.",
        'z is ignored if `readings["without_z"] < 0.01 * readings["without_h"]`. A comparison with nan is never true.',
        'Five lines: `if readings["leak"] > 1e-4: return "ignores resets"`, then `if readings["active"] == 0: ...`, '
        'then z, then the recall, and last `return "healthy"`.',
    ),
}
