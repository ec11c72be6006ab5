"""The hints of exercises 08.4 and 08.5, and what their checks say to each mistake."""

EXERCISES = ()

HINTS = {
    "08.4": (
        "The left step turns h into a1 h + b1. The right step takes *that* for its h. Write it down, and multiply out.",
        "a2 (a1 h + b1) + b2 = (a2 a1) h + (a2 b1 + b2). Which part is the new a, and which the new b?",
        "`return right[0] * left[0], right[0] * left[1] + right[1]`.",
    ),
    "08.5": (
        "Three questions. What of the left step's b is left after the right step, if the right one resets? And if only "
        "the left one does? When does the pair as a whole forget what came before it?",
        "b is b2 alone where the *right* step resets, else a2 b1 + b2. The flag is the `or` of both flags. What a is "
        "where the flag is set does not matter.",
        "`keep = ~right_reset[:, None]`, then `return a2 * a1, a2 * b1 * keep + b2, left_reset | right_reset`.",
    ),
}

COMBINE_IDEAS = {
    "swapped": (
        "the right step was done first. `left` comes first in time: what it wrote, b1, then decays by a2. The order "
        "matters here, though a scan may set the brackets as it likes."
    ),
    "no_decay": "b1 and b2 were just added. What the left step wrote is multiplied by a2 before b2 comes on top.",
    "own_decay": "b1 was multiplied by a1, its own decay. a1 acts on what came *before* b1 was added.",
    "both_decayed": "b2 was multiplied by a2 too. The right step adds b2 after its decay.",
    "decay_added": "the decays were added. Half of a half is a quarter: they multiply.",
    "right_decay_alone": "the new a holds one of the two decays. The old state passes through both.",
    "right_alone": "what the left step wrote is lost. It is still there after the right step, times a2.",
}

RESET_IDEAS = {
    "never_cleared": (
        "what the left step wrote went through the right step's reset. A reset clears the state *before* the input is "
        "taken in: where the right one resets, b is b2 alone."
    ),
    "left_clears": (
        "the left step's reset was used to clear its own b1. Its reset forgets what came before; b1 was written after."
    ),
    "either_clears": (
        "b1 was cleared where *either* step resets. A reset of the left step comes before b1 is written: only the "
        "right one clears it."
    ),
    "input_lost": "at a reset the input b2 was lost as well. The state is cleared first, then b2 is taken in.",
    "inverted": "rows that go on were cleared, and rows that reset were kept. `reset` is True where a new life begins.",
    "whole_batch": "one row resets and all were cleared. Each row has a life of its own: a mask of shape (B, 1).",
    "flag_of_the_right": (
        "b is right, but the flag is the right step's alone. If the left step forgot what came before, so did the "
        "pair: else a later step would bring it back."
    ),
    "flag_of_the_left": "the flag is the left step's alone. A reset of the right one forgets as well.",
    "flag_of_both": "the flag is set where *both* reset. One is enough to forget what came before.",
    "decay_of_the_right": "where nobody resets, the old state passes through both decays: a2 a1.",
    "swapped": "the right step was done first. `left` comes first in time.",
    "not_a_flag": (
        "The numbers are right, but a scan hands your result to your function again, as the right step of a longer "
        "pair, and there it failed: return `reset` as it came, a tensor of bool."
    ),
}
