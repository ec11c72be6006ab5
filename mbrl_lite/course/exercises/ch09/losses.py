"""Exercises 09.4, 09.5, 09.6 and 09.8: the losses of actor and critic, and an advantage that was not detached."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import answered, measured, name_mistake, tensors
from mbrl_lite.course.exercises.ch09.losses_ideas import BUG_IDEAS, CRITIC_IDEAS, PATHWISE_IDEAS, REINFORCE_IDEAS
from mbrl_lite.course.values import shown


def _reach(rng: np.random.Generator, shape):
    import torch

    return torch.tensor(rng.uniform(0.1, 1.0, size=shape).round(2))


# --- 09.4 ------------------------------------------------------------------------------------------------------------


def _reinforce(log_prob, entropy, returns, value, reach, scale, eta, mistake=""):
    """The loss, summed term by term, with one of the mistakes or none. "idea:way" is another way to make the same."""
    returns = returns.detach() if mistake == "not_detached:value" else returns
    value = value.detach() if mistake == "not_detached:returns" else value
    error = returns - value
    centred = error - error.mean()
    advantage = {
        "no_baseline": returns / scale,
        "no_scale": error,
        "scale_return_only": returns / scale - value,
        "scaled_up": error * scale,
        "centred": centred / scale,
        "centred:dreams": (error - error.mean(0)) / scale,
        "centred:steps": (error - error.mean(1, keepdim=True)) / scale,
        "centred:unit": centred / error.std(),
        "centred:unit, scaled": centred / error.std() / scale,
    }.get(mistake, error / scale)
    advantage = advantage if mistake.startswith("not_detached") else advantage.detach()
    log_prob = {"deaf": log_prob.detach(), "not_log": log_prob.exp()}.get(mistake, log_prob)
    entropy = entropy.detach() if mistake == "entropy_deaf" else entropy
    weight = reach if mistake == "reach_leaks" else reach.detach()
    weight = weight / weight if mistake == "no_reach" else weight
    bonus = {"entropy_punished": -eta, "no_entropy": 0.0, "eta_missing": 1.0, "entropy_scaled": eta / scale}.get(
        mistake, eta
    ) * entropy
    gain = weight * advantage * log_prob + (bonus if mistake == "entropy_unreached" else weight * bonus)
    total = gain.sum() if mistake == "ascends" else -gain.sum()
    return total / (weight.sum() if mistake == "weighted_mean" else _counted(log_prob, mistake))


def _counted(x, mistake: str) -> int:
    """What the sum over all steps of x (B, H, ...) is divided by."""
    return {"summed": 1, "summed:time": x.shape[0], "summed:dreams": x.shape[1]}.get(mistake, x.shape[0] * x.shape[1])


SUMS = ("summed:time", "summed:dreams")
CENTRED = ("centred:dreams", "centred:steps", "centred:unit", "centred:unit, scaled")


def _check_reinforce(answer) -> None:
    rng = np.random.default_rng(0)
    shape = (3, 4)
    inputs = tensors(rng, log_prob=shape, entropy=shape, returns=shape, value=shape)
    inputs["reach"] = _reach(rng, shape)
    rest = (5.0, 0.25)  # eta is not 1 / scale
    got, expected = measured(answer, inputs, *rest), measured(_reinforce, inputs, *rest)
    keys = (*REINFORCE_IDEAS, "not_detached:value", "not_detached:returns", *SUMS, *CENTRED)
    mistakes = {key: measured(_reinforce, inputs, *rest, key) for key in keys}
    name_mistake(got, expected, mistakes, REINFORCE_IDEAS, "With scale = 5 and eta = 0.25: ")


# --- 09.5 ------------------------------------------------------------------------------------------------------------


def _pathwise(returns, entropy, reach, scale, eta, mistake=""):
    """The loss, summed term by term, with one of the mistakes or none."""
    gain = returns if mistake == "no_scale" else returns / scale
    gain = gain.detach() if mistake == "detached" else gain
    entropy = entropy.detach() if mistake == "entropy_deaf" else entropy
    weight = reach if mistake == "reach_leaks" else reach.detach()
    weight = weight / weight if mistake == "no_reach" else weight
    share = {"entropy_punished": -eta, "no_entropy": 0.0, "entropy_scaled": eta / scale}.get(mistake, eta)
    bonus = share * entropy
    gain = weight * (gain + bonus)
    gain = gain[:, :1] if mistake == "start_only" else gain
    total = gain.sum() if mistake == "ascends" else -gain.sum()
    return total / _counted(gain, mistake)


def _check_pathwise(answer) -> None:
    rng = np.random.default_rng(1)
    shape = (3, 4)
    inputs = tensors(rng, returns=shape, entropy=shape) | {"reach": _reach(rng, shape)}
    rest = (5.0, 0.25)
    got, expected = measured(answer, inputs, *rest), measured(_pathwise, inputs, *rest)
    mistakes = {key: measured(_pathwise, inputs, *rest, key) for key in (*PATHWISE_IDEAS, *SUMS)}
    name_mistake(got, expected, mistakes, PATHWISE_IDEAS, "With scale = 5 and eta = 0.25: ")


# --- 09.6 ------------------------------------------------------------------------------------------------------------


def _joint(log_prob, returns, value, mistake=""):
    """Actor and critic loss in one, with one of the mistakes or none."""
    advantage = returns.detach() - value
    kept = advantage if mistake in ("not_detached", "wrong_term", "actor_deaf:instead") else advantage.detach()
    kept = {"no_baseline": returns.detach(), "ascends": -kept}.get(mistake, kept)
    actor = -(kept * (log_prob.detach() if mistake.startswith("actor_deaf") else log_prob)).mean()
    critic = (advantage.detach() if mistake in ("critic_deaf", "wrong_term") else advantage).pow(2).mean()
    critic = critic if mistake == "no_half" else critic / 2
    return actor * (mistake != "no_actor") + critic * (mistake != "no_critic")


def _check_bug(answer) -> None:
    rng = np.random.default_rng(2)
    for shape in ((3, 4), (1, 2)):
        inputs = tensors(rng, log_prob=shape, returns=shape, value=shape)
        returns = inputs["returns"]
        two = {"log_prob": inputs["log_prob"], "value": inputs["value"]}

        class Without:  # the returns are a plain target: they want no gradient
            called = staticmethod(lambda log_prob, value, returns=returns: answer.called(log_prob, returns, value))

            def __call__(self, log_prob, value, returns=returns):
                return answer(log_prob, returns, value)

        def formula(log_prob, value, mistake="", returns=returns):
            return _joint(log_prob, returns, value, mistake)

        got, expected = measured(Without(), two), measured(formula, two)
        mistakes = {key: measured(formula, two, key) for key in (*BUG_IDEAS, "actor_deaf:instead")}
        name_mistake(got, expected, mistakes, BUG_IDEAS)


# --- 09.8 ------------------------------------------------------------------------------------------------------------


LEAKS = ("targets_leak", "nothing_detached")  # of both targets


def _critic(logits, target, slow_target, reach, weight, mistake=""):
    """The loss by a logarithm of normalised exponentials, with one of the mistakes or none."""
    axis = 1 if mistake == "wrong_axis" else -1
    prob = logits.exp() / logits.exp().sum(axis, keepdim=True)
    prob = prob.exp() / prob.exp().sum(-1, keepdim=True) if mistake == "softmax_twice" else prob
    score = {"no_log": prob, "no_softmax": logits}.get(mistake, prob.log())
    target = target if mistake in ("target_leaks", *LEAKS) else target.detach()
    slow = slow_target if mistake in ("slow_leaks", *LEAKS) else slow_target.detach()
    main, anchor = -(target * score).sum(-1), -(slow * score).sum(-1)
    if mistake == "squared":
        main, anchor = (target - prob).pow(2).sum(-1), (slow - prob).pow(2).sum(-1)
    if mistake == "swapped":
        main, anchor = -(prob * target.log()).sum(-1), -(prob * slow.log()).sum(-1)
    if mistake == "divergence":
        main, anchor = main + (target * target.log()).sum(-1), anchor + (slow * slow.log()).sum(-1)
    share = {"no_slow": 0.0, "weight_missing": 1.0}.get(mistake, weight)
    main = {"weight_on_both": weight, "mixture": 1 - weight}.get(mistake, 1.0) * main
    reach = reach if mistake in ("reach_leaks", "nothing_detached") else reach.detach()
    everywhere = reach / reach
    total = (everywhere if mistake == "no_reach" else reach) * main
    total = total + (everywhere if mistake in ("no_reach", "slow_unreached") else reach) * share * anchor
    total = -total.sum() if mistake == "ascends" else total.sum()
    return total / (_counted(logits, mistake) * (logits.shape[-1] if mistake == "over_bins" else 1))


def _check_critic(answer) -> None:
    import torch

    rng = np.random.default_rng(3)
    B, H, K = 3, 4, 5
    inputs = tensors(rng, logits=(B, H, K))
    for name in ("target", "slow_target"):
        inputs[name] = torch.tensor((0.9 * rng.dirichlet(np.ones(K), size=(B, H)) + 0.1 / K).round(3))  # nowhere 0
    inputs["reach"] = _reach(rng, (B, H))
    got, expected = measured(answer, inputs, 0.25), measured(_critic, inputs, 0.25)
    mistakes = {key: measured(_critic, inputs, 0.25, key) for key in (*CRITIC_IDEAS, *SUMS)}
    name_mistake(got, expected, mistakes, CRITIC_IDEAS, "With weight = 0.25: ")
    far, target = torch.tensor([[[1000.0, 0.0, -1000.0]]]), torch.tensor([[[0.75, 0.25, 0.0]]])
    args = far, target, target, torch.ones(1, 1), 1.0
    loss = float(answered(answer(*args), (), answer.called(*args)))
    if not abs(loss - 500) < 1e-2:  # twice a quarter of 1000 nats
        seen = f"With logits 1000, 0, -1000 and both targets 0.75, 0.25, 0 your loss is {shown(loss)}, not 500"
        raise Wrong("far_apart", f"{seen}: {CRITIC_IDEAS['far_apart']}")


EXERCISES = (
    Exercise(
        id="09.4",
        title="The REINFORCE loss",
        function="reinforce_loss",
        difficulty=3,
        importance=5,
        minutes=12,
        check=_check_reinforce,
        ideas=tuple(REINFORCE_IDEAS),
        hints=(
            "Four things make up the loss: how good was it (advantage), how likely was it (log_prob), how open is the "
            "policy (entropy), how much does the step count (reach). Which of them may carry a gradient?",
            "advantage = ((returns - value) / scale).detach(). The gain of a step is reach * (advantage * log_prob + "
            "eta * entropy). And an optimiser minimises.",
            "`return -(reach.detach() * (advantage * log_prob + eta * entropy)).mean()`.",
        ),
    ),
    Exercise(
        id="09.5",
        title="The pathwise loss",
        function="pathwise_loss",
        difficulty=2,
        importance=4,
        minutes=6,
        check=_check_pathwise,
        ideas=tuple(PATHWISE_IDEAS),
        hints=(
            "There is no log_prob and no baseline. The returns themselves carry the gradient, through the model.",
            "The gain of a step is reach * (returns / scale + eta * entropy). Only reach is detached.",
            "`return -(reach.detach() * (returns / scale + eta * entropy)).mean()`.",
        ),
    ),
    Exercise(
        id="09.6",
        title="Find the bug: a critic that flatters",
        function="actor_critic_loss",
        difficulty=2,
        importance=5,
        minutes=6,
        check=_check_bug,
        ideas=tuple(BUG_IDEAS),
        hints=(
            "The critic settles 0.69 too high, and 0.69 is ln 2. What in the loss is as large as -log(1/2)?",
            "Write down the derivative of the actor's term for `value`. It should be 0.",
            "`actor = -(advantage.detach() * log_prob).mean()`; the critic's term stays as it is.",
        ),
    ),
    Exercise(
        id="09.8",
        title="The critic's loss",
        function="critic_loss",
        difficulty=3,
        importance=4,
        minutes=12,
        check=_check_critic,
        ideas=tuple(CRITIC_IDEAS),
        hints=(
            "Two cross-entropies with the same logits: one to the returns, one to what the slow critic says.",
            "With `log_prob = torch.log_softmax(logits, -1)` a cross-entropy is "
            "`-(target.detach() * log_prob).sum(-1)`, shape (B, H). Weigh the second one, add, multiply by reach, take "
            "the mean.",
            "`both = (target + weight * slow_target).detach()`, then "
            "`-(reach.detach() * (both * log_prob).sum(-1)).mean()`.",
        ),
    ),
)
