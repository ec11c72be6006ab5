"""What the checks of exercises 10.9 and 10.10 say to each mistake."""

EXERCISES = ()

ACT_IDEAS = {
    "looks_twice": (
        "the z that the policy saw is not the one you keep. `encode` draws, and each call draws anew: look once a step."
    ),
    "asks_twice": (
        "the action you return is not the one you keep. A policy draws, and may answer something else when asked "
        "again: ask it once."
    ),
    "untouched": (
        "this is what the code above does. It has three faults: an empty memory at each step, a guess instead of a "
        "look, and no mask at a first step."
    ),
    "guesses": (
        "the policy acts on `prior(h)`, a guess at the frame that lies in front of it. It must see: z = encode(obs). "
        "(The prior is for dreams.)"
    ),
    "from_zero": (
        "every step begins with an empty memory, so nothing older than one step is known. Go on from the h you were "
        "given; it is emptied at a first step only."
    ),
    "old_z": "the policy acts on the z of the step before: it is one frame behind. Look first: z = encode(obs).",
    "old_h": "the policy acts on the h of the step before. `recur` first, then act on the h that it gives.",
    "no_reset": "nothing is emptied at a first step: the new life begins with another one's memories.",
    "remembers": "at a first step the input is emptied and the memory is not.",
    "old_input": "at a first step the memory is emptied and the input is not: z and a of another life go in.",
    "emptied_after": (
        "at a first step h is emptied after `recur`, and what `recur` makes of the first step is lost. Empty what goes "
        "*in*: what comes out of it need not be 0."
    ),
    "whole_batch": "one world begins a new life and all forget. Each world has its own: a mask of shape (B, 1).",
    "inverted": "the mask is the wrong way round: memories are lost at each step but the first.",
    "new_z_in": (
        "h takes in the z of *this* frame, with the action before it. In training x_t = [z_{t-1}, a_{t-1}]: look after "
        "`recur`, or keep the two z apart."
    ),
    "keeps_h": "the state you return holds the old h: the memory never moves.",
    "keeps_z": "the state you return holds the old z. The next input needs what was seen now.",
    "keeps_a": "the state you return holds the old action. The next input needs the one that was taken now.",
    "keeps_guess": "the state you return holds a guess of the prior. The next input needs what was seen: encode's z.",
    "z_first": "feat = [h, z], in this order: the policy was trained on it.",
}
STORE_IDEAS = {
    "stale": (
        "the first frame of a life is the last one of the life before. What `env.reset()` returns is thrown away: keep "
        "it."
    ),
    "old_reward": "the first step of a life is paid what the last one earned. Nothing arrives with a first frame: 0.",
    "paid_early": (
        "each reward stands beside the action that earns it. Here it is stored with the frame it arrives with, one "
        "step later."
    ),
    "end_lost": (
        "the last frame of a life is not stored. It brings the last reward and the end; without it the model learns "
        "about neither."
    ),
    "limit_is_end": "a time limit (truncated) counts as the world's end. It is `is_last` without `is_terminal`.",
    "limit_forgotten": "a time limit is no `is_last` for you: the episode stops there too, and a new one begins.",
    "both_is_limit": "terminated *and* truncated in the same step: the world did end. `is_terminal` is `terminated`.",
    "no_first": "only the very first step is marked `is_first`. Every life has one: the memory is emptied there.",
    "acts_at_end": "the policy is asked at a last frame. Nobody acts there any more: store the dummy 0.",
}
