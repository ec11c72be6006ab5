"""What the checks of exercises 10.1 and 10.2 say to each mistake."""

EXERCISES = ()

NUMBER_IDEAS = {
    "own_bc": "you gave B and C to every head. In Mamba-2 all heads share one B and one C of N numbers each.",
    "no_gate": "the gate z is missing: the first matrix makes z *and* x, I numbers each.",
    "no_steps": "the step sizes are missing: the first matrix also makes one dt a head.",
    "conv_on_x": "the convolution runs over B and C too, not only over x: I + 2 N channels.",
    "no_conv_bias": "each channel of the convolution has K weights and a bias.",
    "dense_conv": (
        "your convolution mixes its channels. It is depthwise: every channel has K weights of its own, and sees "
        "nobody else."
    ),
    "no_scalars": "A, D and the bias of the step size are learnt as well: one number a head each.",
    "one_scalar": "a head has three numbers of its own, A, D and the bias of its step size, and you count fewer.",
    "wide_d": "A and D have one number a head, not one a channel.",
    "no_norm": "the norm before the last matrix has a gain for each of its I channels, and nothing else.",
    "no_tail": (
        "the memory is not all that is carried. The convolution looks K - 1 inputs back, so step t must be handed "
        "those as well."
    ),
    "whole_window": "of the K inputs that the convolution reads, one is the present one. K - 1 are carried.",
    "one_channel": "each of a head's P channels has a memory of N numbers: H P N in all, not H N.",
    "no_heads": "you count the memory of one head. There are I / P of them.",
    "square": "the memory of a channel is a vector of N numbers, not a matrix N by N.",
    "biases": "the first and the last matrix have no bias.",
    "output": (
        "h_t is what the layer *says*. What it remembers is S_t, a matrix of P x N for each head, and the last inputs "
        "of the convolution."
    ),
    "swapped": "the two numbers have changed places: first the parameters, then what is carried.",
}
INPUT_IDEAS = {
    "not_shifted": (
        "nothing is shifted. h_t must foretell frame t, so it may know what came *before*: z_{t-1} and a_{t-1}. With "
        "z_t in hand there is nothing to foretell."
    ),
    "ahead": "it is shifted the wrong way: x_t holds step t + 1, the future. What came *before* t is at t - 1.",
    "late_action": (
        "z is shifted and the action is not. a_t is chosen after frame t was seen: it can give the frame away. In a "
        "dream nobody tells."
    ),
    "sees_itself": "the action is shifted and z is not: h_t is told z_t, which it shall foretell.",
    "late_reset": "the mask was shifted too. `is_first[:, t]` says that step t begins a life, so x_t is empty.",
    "early_reset": "the input *before* a first step is emptied. It is x_t of the first step itself that knows nothing.",
    "inverted": "the mask is the wrong way round: what is kept is just what comes from another life.",
    "no_reset": (
        "the first step of a life gets the last frame of another one. A window may cross the border of two episodes: "
        "x_t is zero where `is_first`."
    ),
    "only_z_reset": "the action of another life is still there. At a first step the whole input is zero.",
    "only_action_reset": "the z of another life is still there. At a first step the whole input is zero.",
    "carry_ignored": "z0 and a0 are not used. They are what came before the window: x_0 = [z0, a0].",
    "wraps": "x_0 holds the *last* step of the window. `roll` goes round; before the window came z0 and a0.",
    "a_first": "x = [z, a], in this order: the first layer was trained on it.",
    "detached": "no gradient comes back. The encoder learns through z, from all that h has to foretell: no `detach`.",
}
