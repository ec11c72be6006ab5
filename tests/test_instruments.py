"""Instruments that read a model: drift, probes, the use of the latent, resets. Laws, on models whose truth is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny import MODEL, SPECS, complaint, random_batch

from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.evaluation import (
    class_probe,
    latent_use,
    look_ahead,
    observation_error,
    open_loop_drift,
    predictions,
    probe_latents,
    reset_leak,
    ridge_probe,
)
from mbrl_lite.models import Latent, Observed, WorldModel


class Walk:
    """A perfect model of a walk on a line: obs = (place, 1), the action is the step; h is the place, z its parity.

    Where `slip` is not 0 its dreams go wrong by so much each step; `blur` is what its decoder adds.
    """

    def __init__(self, slip: float = 0.0, blur: float = 0.0):
        self.slip, self.blur = slip, blur
        self.rssm = self.decoder = self
        self.spec = EnvSpec("vector", (2,), 5)

    def action_input(self, action):
        return action.float()

    def _state(self, place):
        return Latent(place[:, None], (place[:, None] % 2 < 1).float())

    def filter(self, obs, prev_action, is_first, state):
        return self._state(obs[:, 0])

    def dream_step(self, state, action):
        return self._state(state.h[:, 0] + action + self.slip)

    def mode(self, feat):
        return torch.stack([feat[..., 0], torch.ones_like(feat[..., 0])], -1) + self.blur


def walks(B: int = 40, T: int = 24, border: int | None = None, seed: int = 0) -> Batch:
    """Walks of whole steps; with `border` a new one begins there."""
    rng = np.random.default_rng(seed)
    action = torch.from_numpy(rng.integers(-2, 3, (B, T)))
    place = torch.cat([torch.zeros(B, 1), action[:, :-1].cumsum(1)], 1)
    first = torch.zeros(B, T, dtype=torch.bool)
    first[:, 0] = True
    if border is not None:
        place[:, border:] -= place[:, border : border + 1] + 100
        first[:, border] = True
    obs = torch.stack([place, torch.ones_like(place)], -1)
    return Batch(obs, action, torch.zeros(B, T), first, torch.zeros_like(first), torch.zeros_like(first))


# Drift -------------------------------------------------------------------------------------------


def test_a_perfect_model_does_not_drift():
    result = open_loop_drift(Walk(), walks(), context=3, horizons=(1, 5, 15))
    assert result.error.tolist() == result.codec.tolist() == result.drift.tolist() == [0, 0, 0]
    assert (result.still > 0).all() and result.count.tolist() == [40 * 2] * 3  # starts 2 and 7


def test_drift_and_the_codecs_own_error_are_told_apart():
    slips = open_loop_drift(Walk(slip=0.5), walks(), 3, (1, 4))
    assert slips.codec.tolist() == [0, 0] and slips.drift.tolist() == slips.error.tolist()
    assert slips.error == pytest.approx(np.sqrt(np.array([0.5, 2.0]) ** 2 / 2))  # of two numbers one is wrong
    blurs = open_loop_drift(Walk(blur=0.25), walks(), 3, (1, 4))
    assert blurs.drift.tolist() == [0, 0] and blurs.codec.tolist() == blurs.error.tolist() == [0.25, 0.25]


def test_dreams_that_cross_an_episodes_border_do_not_count():
    batch = walks(border=10)
    ahead = look_ahead(Walk(), batch, context=3, horizons=(0, 4, 9), stride=3)
    assert ahead.starts.tolist() == [2, 5, 8, 11, 14]
    expected = [[True, True, False], [True, True, False], [True, False, False], [True] * 3, [True] * 3]
    assert (ahead.valid == np.array(expected)).all()
    result = open_loop_drift(Walk(), batch, 3, (4, 9), 3)
    assert result.error.tolist() == [0, 0] and result.count.tolist() == [40 * 4, 40 * 2]
    assert np.isnan(open_loop_drift(Walk(), walks(T=12, border=10), 3, (9,)).error).all()  # none lasts so long


def test_a_dream_lies_beside_the_steps_it_is_about():
    batch = walks()
    ahead = look_ahead(Walk(), batch, context=2, horizons=(0, 1, 7), stride=4)
    assert torch.equal(ahead.imagined.h[..., 0], ahead.then(batch.obs)[..., 0])
    assert torch.equal(ahead.then(ahead.posterior.h), ahead.imagined.h)


@pytest.mark.parametrize("kind", ["grid", "image", "vector"])
def test_real_models_drift_and_randomness_is_left_alone(kind):
    model, batch = WorldModel(SPECS[kind], MODEL), random_batch(SPECS[kind], 3, 8)
    before = torch.get_rng_state()
    one, two = (open_loop_drift(model, batch, 2, (1, 3), 2) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state()) and np.array_equal(one.error, two.error, equal_nan=True)
    assert one.error.shape == one.codec.shape == one.still.shape == (2,)


def test_errors_of_each_kind_of_observation():
    grid = np.zeros((2, 7, 7, 3), np.uint8)
    other = grid.copy()
    other[1, 0, 0] = other[1, 3, 3, 1] = 1
    assert observation_error(grid, other, 1).tolist() == [0, 2 / 49]
    picture = np.zeros((1, 16, 16, 1), np.uint8)
    assert observation_error(picture, picture + np.uint8(200), 1).tolist() == [200]  # no wrapping around at 256
    planes = np.zeros((1, 10, 10, 4), np.uint8)
    planes[0, :5] = 1
    assert observation_error(planes, 1 - planes, 1).tolist() == [1]
    assert "got (2, 7, 7, 3) and (7, 7, 3)" in complaint(lambda: observation_error(grid, grid[0], 1))


def test_sequences_must_be_long_enough():
    assert "at least 5 + 30 steps" in complaint(lambda: look_ahead(Walk(), walks(T=34)))
    assert "a context and a stride of 1" in complaint(lambda: look_ahead(Walk(), walks(), context=0))
    assert "horizons of 0 or more" in complaint(lambda: look_ahead(Walk(), walks(), horizons=(-1,)))


# Probes ------------------------------------------------------------------------------------------


def test_a_linear_target_is_read_and_noise_is_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 6)) * [1, 10, 0.1, 1, 1, 1] + 3
    linear, noise = x @ rng.normal(size=(6, 2)) - 7, rng.normal(size=(4000, 1))
    y = np.concatenate([linear, noise, np.ones((4000, 1))], 1)
    score = ridge_probe(x[:2000], y[:2000], l2=1e-9).r2(x[2000:], y[2000:])
    assert score[:2] == pytest.approx([1, 1], abs=1e-9) and abs(score[2]) < 0.02 and np.isnan(score[3])


def test_the_ridge_is_that_of_the_definition():
    """The closed form is where the gradient of the penalised error vanishes; a large penalty leaves only the mean."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    probe = ridge_probe(x, y, l2=0.3)
    left = y - probe.predict(x)
    assert np.allclose((x - x.mean(0)).T @ left / 50, 0.3 * probe.weight) and np.allclose(left.mean(0), 0)
    assert np.allclose(ridge_probe(x, y, l2=1e9).predict(x), y.mean(0), atol=1e-6)


def test_a_probe_of_truth_values_counts_what_it_finds():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(600, 4))
    label = x[:, 0] > 0
    assert class_probe(x[:300], label[:300]).accuracy(x[300:], label[300:]) > 0.9
    three = np.digitize(x[:, 1], [-1, 1]) * 5  # labels 0, 5, 10
    probe = class_probe(np.eye(3)[three // 5], three)
    assert probe.accuracy(np.eye(3)[three // 5], three) == 1.0 and set(probe.predict(np.eye(3))) == {0, 5, 10}


def test_a_perfect_models_latent_is_read_at_every_horizon():
    batch = walks()
    place = batch.obs[..., :1].numpy()
    curve = probe_latents(Walk(), batch, place, "h", 3, (0, 1, 10), l2=1e-9)
    assert curve.score == pytest.approx(np.ones((3, 1))) and curve.chance.tolist() == [0, 0, 0]
    slips = probe_latents(Walk(slip=0.5), batch, place, "h", 3, (0, 1, 10), l2=1e-9).score[:, 0]
    assert slips[0] == pytest.approx(1) and slips[0] > slips[1] > slips[2]
    even = place[..., 0].astype(int) % 2 == 0
    curve = probe_latents(Walk(), batch, even, "z", 3, (0, 5))
    assert curve.score.tolist() == [1, 1] and (curve.chance < 0.8).all() and curve.count.tolist() == [20 * 4] * 2
    assert probe_latents(Walk(), batch, even, "h", 3, (0, 5)).score.max() < 0.8  # parity is not linear in the place


def test_probes_refuse_what_does_not_fit():
    batch = walks()
    assert "got (3, 2) and (4, 1)" in complaint(lambda: ridge_probe(np.zeros((3, 2)), np.zeros((4, 1))))
    assert "use ridge_probe" in complaint(lambda: class_probe(np.zeros((3, 2)), np.zeros(3)))
    assert "(40, 24, K)" in complaint(lambda: probe_latents(Walk(), batch, np.zeros((40, 23, 1))))
    assert "feat, h, z" in complaint(lambda: probe_latents(Walk(), batch, np.zeros((40, 24, 1)), "mind"))


# The use of the latent ---------------------------------------------------------------------------


def made_up(posterior, prior, ignore: str = "") -> SimpleNamespace:
    """A model with these statistics (B, T, Z, C); its decoder's loss is the squared distance of z from the view."""
    model = WorldModel(SPECS["vector"], MODEL)
    z = torch.nn.functional.one_hot(posterior.argmax(-1), posterior.shape[-1]).flatten(-2).float()
    h = torch.arange(len(z)).float()[:, None, None].expand(-1, z.shape[1], 1)
    states = Latent(h, z)

    def loss(feat, obs):
        wrong_z = (feat[..., 1:] - z).square().sum(-1) * (ignore != "z")
        return wrong_z + (feat[..., 0] - h[..., 0]).square() * (ignore != "h")

    return SimpleNamespace(
        rssm=SimpleNamespace(latent=model.rssm.latent),
        config=MODEL,
        spec=SPECS["vector"],
        decoder=SimpleNamespace(loss=loss),
        observe=lambda batch: Observed(states, posterior, prior),
    )


def stats(sure: float, B: int = 4, T: int = 5) -> torch.Tensor:
    """Probabilities (B, T, 3, 4) that put `sure` on a class of each sequence's own, the rest evenly."""
    hot = torch.nn.functional.one_hot(torch.arange(B) % 4, 4).float()[:, None, None].expand(B, T, 3, 4)
    return hot * sure + (1 - hot) * (1 - sure) / 3


def test_a_collapsed_posterior_is_seen():
    batch = random_batch(SPECS["vector"], 4, 5)
    q = stats(0.7)
    use = latent_use(made_up(q, q.clone()), batch)
    assert use.collapsed and use.active == 0 and use.floor == 1 and use.kl.max() == pytest.approx(0, abs=1e-6)
    flat = torch.full_like(q, 0.25)
    use = latent_use(made_up(q, flat), batch)
    nats = np.log(4) + 0.7 * np.log(0.7) + 0.3 * np.log(0.1)  # KL to the uniform: log C less the entropy
    assert not use.collapsed and use.groups == pytest.approx([nats] * 3) and use.kl == pytest.approx(3 * nats)
    assert latent_use(made_up(q, flat), batch, free_nats=3 * nats + 0.1).floor == 1
    one = torch.cat([q[:, :, :1], flat[:, :, 1:]], 2)
    assert latent_use(made_up(one, flat), batch).active == pytest.approx(1 / 3)


def test_a_decoder_that_does_not_listen_is_seen():
    batch, q, flat = random_batch(SPECS["vector"], 4, 5), stats(0.7), torch.full((4, 5, 3, 4), 0.25)
    use = latent_use(made_up(q, flat), batch)
    assert not use.ignores_z and use.decoder == 0 and use.without_z == pytest.approx(6)  # 3 groups, 2 entries each
    assert use.without_h == pytest.approx((9 + 1 + 1 + 1) / 4)
    assert latent_use(made_up(q, flat, "z"), batch).ignores_z
    assert latent_use(made_up(q, flat, "h"), batch).without_h == 0


def test_the_first_look_is_counted_apart():
    batch = random_batch(SPECS["vector"], 4, 5)
    first = torch.zeros(4, 5, dtype=torch.bool)
    first[:, 2] = True
    q, prior = stats(0.7), stats(0.7)
    prior[:, 2] = 0.25
    use = latent_use(made_up(q, prior), batch._replace(is_first=first))
    assert use.first == pytest.approx(use.kl.sum() / 4) and use.first > 1
    assert np.isnan(latent_use(made_up(q, prior), batch._replace(is_first=first & False)).first)


@pytest.mark.parametrize("latent", ["categorical", "gaussian", "deterministic"])
def test_every_latent_can_be_measured(latent):
    model, batch = WorldModel(SPECS["grid"], replace(MODEL, latent=latent)), random_batch(SPECS["grid"])
    before = torch.get_rng_state()
    use = latent_use(model, batch)
    assert torch.equal(before, torch.get_rng_state()) and use.kl.shape == (3, 7) and use.groups.shape == (3,)
    assert use.groups.sum() == pytest.approx(use.kl.mean(), rel=1e-5) and use.decoder > 0
    assert "2 or more sequences" in complaint(lambda: latent_use(model, random_batch(SPECS["grid"], B=1)))


# Resets ------------------------------------------------------------------------------------------


class Deaf(WorldModel):
    """Never hears that an episode begins, in one of its two ways in."""

    deaf = "filter"

    def filter(self, obs, prev_action, is_first, state):
        return super().filter(obs, prev_action, is_first & (self.deaf != "filter"), state)

    def observe(self, batch, state=None, prev_action=None, at=None):
        first = batch.is_first & (self.deaf != "observe")
        return super().observe(batch._replace(is_first=first), state, prev_action, at)


@pytest.mark.parametrize("kind", ["grid", "vector"])
def test_a_reset_forgets_the_past(kind):
    batch = random_batch(SPECS[kind], 4, 9)
    assert reset_leak(WorldModel(SPECS[kind], MODEL), batch) < 1e-6
    for way in ("filter", "observe"):
        model = Deaf(SPECS[kind], MODEL)
        model.deaf = way
        assert reset_leak(model, batch) > 0.01, way
    assert "3 or more steps" in complaint(lambda: reset_leak(model, random_batch(SPECS[kind], T=2)))


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [look_ahead, open_loop_drift, latent_use, reset_leak, predictions])
def test_a_batch_of_another_world_or_shape_is_refused(read):
    model, other = WorldModel(SPECS["grid"], MODEL), random_batch(SPECS["vector"], 3, 40)
    assert "observations (7, 7, 3), got flags (3, 40)" in complaint(lambda: read(model, other))
    flat = Batch(*(field[0] for field in random_batch(SPECS["grid"], 3, 40)))
    assert "got flags (40,)" in complaint(lambda: read(model, flat))
