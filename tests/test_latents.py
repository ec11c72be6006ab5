"""Latents: every kind obeys the same laws, and each is what torch says it is."""

import math

import pytest
import torch
from tiny import MODEL, SPECS, complaint, random_batch
from torch.distributions import Categorical as TorchCategorical
from torch.distributions import Normal, kl_divergence

from mbrl_lite.models import ModelConfig, WorldModel
from mbrl_lite.models.balancers import make_balancer
from mbrl_lite.models.codecs import make_codec
from mbrl_lite.models.latents import LATENTS, Categorical, Deterministic, Gaussian, make_latent
from mbrl_lite.sequence import make_sequence

KINDS = list(LATENTS)


def latent_of(name: str):
    return make_latent(name, 5, 4, 0.01)


@pytest.mark.parametrize("name", KINDS)
def test_a_head_of_params_numbers_makes_a_z_of_size_numbers(name):
    latent = latent_of(name)
    stats = latent.stats(torch.randn(2, 3, latent.params))
    assert stats.shape[:3] == (2, 3, 5)
    for z in (latent.sample(stats), latent.rsample(stats), latent.mode(stats)):
        assert z.shape == (2, 3, latent.size)
    assert latent.kl(stats, stats).shape == (2, 3, 5) and latent.kl(stats, stats).abs().max() < 1e-6
    assert latent.surprise(latent.mode(stats), stats).shape == (2, 3)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("grad", [False, True])
def test_a_draw_is_a_sample_and_tells_where_its_ones_are(name, grad):
    latent = latent_of(name)
    stats = latent.stats(torch.randn(2, 3, latent.params, requires_grad=True))
    torch.manual_seed(5)
    z, ones = latent.draw(stats, grad)
    torch.manual_seed(5)
    assert torch.equal(z, latent.rsample(stats) if grad else latent.sample(stats)) and z.requires_grad == grad
    found = latent.find(z)
    if name == "categorical":
        assert torch.equal(ones.index, z.view(2, 3, 5, 4).nonzero()[:, -1].view(2, 3, 5) + 4 * torch.arange(5))
        assert torch.equal(found.index, ones.index) and found.size == ones.size == 20
        assert latent.find(torch.zeros(2, 20)) is None  # the first state of all has none
    else:
        assert ones is found is None


@pytest.mark.parametrize("name", KINDS)
def test_gradients_pass_where_they_are_asked_to(name):
    latent, raw = latent_of(name), torch.randn(2, 3, latent_of(name).params, requires_grad=True)
    assert not latent.sample(latent.stats(raw)).requires_grad
    latent.rsample(latent.stats(raw)).square().sum().backward()
    assert raw.grad.any()


@pytest.mark.parametrize("name", KINDS)
def test_the_kl_is_never_negative_and_zero_only_between_equals(name):
    latent = latent_of(name)
    p, q = (latent.stats(3 * torch.randn(50, latent.params)) for _ in range(2))
    assert (latent.kl(p, q) > 0).all()


def test_the_kl_and_the_surprise_are_those_of_torch():
    latent = Gaussian(5)
    p, q = (latent.stats(2 * torch.randn(7, 10).double()).double() for _ in range(2))
    (m, s), (n, r) = p.unbind(-1), q.unbind(-1)
    assert torch.allclose(latent.kl(p, q), kl_divergence(Normal(m, s), Normal(n, r)))
    z, other = torch.randn(2, 7, 5).double()
    gap = Normal(n, r).log_prob(z).sum(-1) - Normal(n, r).log_prob(other).sum(-1)
    assert torch.allclose(latent.surprise(other, q) - latent.surprise(z, q), gap)
    latent = Categorical(5, 4, 0.01)
    p, q = (latent.stats(2 * torch.randn(7, 20)) for _ in range(2))
    assert torch.allclose(latent.kl(p, q), kl_divergence(TorchCategorical(p), TorchCategorical(q)), atol=1e-5)
    z = latent.sample(q)
    wanted = -TorchCategorical(q).log_prob(z.view(7, 5, 4).argmax(-1)).sum(-1)
    assert torch.allclose(latent.surprise(z, q), wanted, atol=1e-5)


def test_gaussian_samples_have_their_mean_and_deviation():
    latent = Gaussian(1)
    stats = torch.tensor([[0.7, 0.3]]).expand(100_000, 1, 2)
    z = latent.rsample(stats)
    assert z.mean().item() == pytest.approx(0.7, abs=0.01) and z.std().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("name", KINDS)
def test_equal_opinions_do_not_disagree_and_others_do(name):
    latent = latent_of(name)
    one, two = (latent.stats(3 * torch.randn(6, latent.params)) for _ in range(2))
    assert latent.disagreement(torch.stack([one, one, one])).abs().max() < 1e-5
    apart = latent.disagreement(torch.stack([one, two]))
    assert apart.shape == (6,) and (apart > 0).all()


def test_two_sure_opinions_about_a_coin_are_worth_one_bit():
    latent = Categorical(1, 2, 0.0)
    heads, tails = torch.tensor([[0.9999999, 1e-7]]), torch.tensor([[1e-7, 0.9999999]])
    assert latent.disagreement(torch.stack([heads, tails])).item() == pytest.approx(math.log(2), 1e-4)


def test_the_deterministic_latent_draws_nothing():
    stats = Deterministic(5).stats(torch.randn(2, 5))
    assert torch.equal(Deterministic(5).rsample(stats), Deterministic(5).rsample(stats))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("sequence", ["gru", "feedforward"])
def test_every_latent_and_sequence_model_makes_a_world_model(name, sequence):
    config = ModelConfig(**{**vars(MODEL), "latent": name, "sequence": sequence})
    model, batch = WorldModel(SPECS["vector"], config), random_batch(SPECS["vector"])
    losses, states = model.loss(batch)
    sum(losses.values()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.rssm.parameters())
    start = states.map(lambda part: part[:, -1].detach())
    assert model.imagine(lambda feat: torch.zeros(len(feat), dtype=torch.int64), start, 2).feat.shape[1] == 3


def test_a_model_without_memory_only_knows_what_z_tells_it():
    config = ModelConfig(**{**vars(MODEL), "sequence": "feedforward"})
    model = WorldModel(SPECS["vector"], config)
    start = model.rssm.initial(2)
    other = start._replace(h=torch.randn_like(start.h))
    torch.manual_seed(0)
    one = model.rssm.dream_step(start, torch.zeros(2, 3))
    torch.manual_seed(0)
    assert torch.equal(model.rssm.dream_step(other, torch.zeros(2, 3)).feat, one.feat)


@pytest.mark.parametrize(
    "make, word",
    [
        (lambda: make_latent("discrete", 1, 1, 0.0), "categorical"),
        (lambda: make_sequence("lstm", 1, 1), "gru"),
        (lambda: make_balancer("fair", {}), "fixed"),
        (lambda: make_codec(SPECS["vector"], 1, 1, "ears"), "auto"),
    ],
)
def test_a_part_that_does_not_exist_is_refused_with_the_names_of_those_that_do(make, word):
    assert word in complaint(make)
