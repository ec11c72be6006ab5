"""World models: the time convention inside, resets that clear everything, gradients that go where they are meant to."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import MODEL, SPECS, random_batch, random_obs

from mbrl_lite.models import Latent, WorldModel
from mbrl_lite.models.latents import Categorical
from mbrl_lite.models.world_model import kl_balance
from mbrl_lite.nn import categorical_kl, symexp, symlog, unimix

seeds = st.integers(0, 2**16)
KINDS = list(SPECS)


def model_of(kind: str = "vector", **changes) -> WorldModel:
    torch.manual_seed(1)
    model = WorldModel(SPECS[kind], replace(MODEL, **changes))
    for head in (model.reward_head, model.cont_head):
        torch.nn.init.normal_(head[-1].weight)  # heads start without an opinion: give them one
    return model


def observe(model, batch, seed=0, **kwargs):
    torch.manual_seed(seed)
    return model.observe(batch, **kwargs)


def change(tensor: torch.Tensor, where) -> torch.Tensor:
    """The tensor with other, still sensible values at `where`."""
    other = tensor.clone()
    other[where] = other[where] + 1 if tensor.is_floating_point() else (other[where] + 1) % 3
    return other


# Time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(seeds)
def test_observe_is_the_fold_of_filter(kind, seed):
    model, batch = model_of(kind), random_batch(SPECS[kind], seed=seed)
    batch.is_first[:, 0] = True
    with torch.no_grad():
        states = observe(model, batch, seed).states
        torch.manual_seed(seed)
        state, previous = None, torch.zeros(3, dtype=torch.int64)
        for t in range(7):
            state = model.filter(batch.obs[:, t], previous, batch.is_first[:, t], state)
            assert torch.allclose(state.h, states.h[:, t], atol=1e-5) and torch.equal(
                state.z.round(), states.z[:, t].round()
            )
            previous = batch.action[:, t]


@given(seeds, st.integers(1, 6))
def test_observing_in_two_parts_is_observing_the_whole(seed, cut):
    model, batch = model_of(), random_batch(SPECS["vector"], seed=seed)
    with torch.no_grad():
        whole = observe(model, batch, seed)
        torch.manual_seed(seed)
        first = model.observe(batch._replace(**{name: part[:, :cut] for name, part in batch._asdict().items()}))
        carried = first.states.map(lambda part: part[:, -1])
        rest = batch._replace(**{name: part[:, cut:] for name, part in batch._asdict().items()})
        second = model.observe(rest, carried, batch.action[:, cut - 1])
    for got, want in zip(second.states[:2], whole.states[:2], strict=True):
        assert torch.allclose(got, want[:, cut:], atol=1e-5)


@given(seeds, st.integers(0, 6))
def test_an_observation_moves_the_posterior_at_once_and_the_prior_one_step_later(seed, t):
    model, batch = (
        model_of(),
        random_batch(SPECS["vector"], seed=seed)._replace(is_first=torch.zeros(3, 7, dtype=torch.bool)),
    )
    one, two = observe(model, batch), observe(model, batch._replace(obs=change(batch.obs, (slice(None), t))))
    assert torch.equal(one.prior[:, : t + 1], two.prior[:, : t + 1]) and torch.equal(
        one.states.h[:, : t + 1], two.states.h[:, : t + 1]
    )
    assert torch.equal(one.posterior[:, :t], two.posterior[:, :t]) and not torch.equal(
        one.posterior[:, t], two.posterior[:, t]
    )


@given(seeds, st.integers(0, 5))
def test_an_action_moves_what_comes_after_it(seed, t):
    model, batch = (
        model_of(),
        random_batch(SPECS["vector"], seed=seed)._replace(is_first=torch.zeros(3, 7, dtype=torch.bool)),
    )
    one, two = observe(model, batch), observe(model, batch._replace(action=change(batch.action, (slice(None), t))))
    assert torch.equal(one.states.h[:, : t + 1], two.states.h[:, : t + 1])
    assert (one.prior[:, t + 1] != two.prior[:, t + 1]).flatten(1).any(1).all()


@given(seeds, st.integers(1, 6))
def test_a_reset_clears_everything_that_came_before(seed, t):
    model, batch = model_of(), random_batch(SPECS["vector"], seed=seed)
    batch.is_first[:, t] = True
    past = (slice(None), slice(0, t))
    other = batch._replace(**{name: change(getattr(batch, name), past) for name in ("obs", "action", "reward")})
    start = Latent(torch.randn(3, 16), torch.randn(3, 12))
    one, two = observe(model, batch), observe(model, other, state=start, prev_action=torch.tensor([0, 1, 2]))
    for a, b in zip(
        (one.states.feat, one.posterior, one.prior), (two.states.feat, two.posterior, two.prior), strict=True
    ):
        assert torch.equal(a[:, t:], b[:, t:])  # bitwise
    alone = batch._replace(**{name: part[:, t:] for name, part in batch._asdict().items()})
    torch.manual_seed(0)
    for _ in range(t):
        torch.rand(3, 3, 1)  # the random numbers of the steps that are left out
    assert torch.allclose(model.observe(alone).states.h, one.states.h[:, t:], atol=1e-5)


# Loss --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_has_its_terms_by_name_and_returns_the_states(kind):
    model, batch = model_of(kind), random_batch(SPECS[kind])
    losses, states = model.loss(batch)
    assert set(losses) == {"recon", "reward", "cont", "dyn", "rep"}
    assert all(term.shape == () and term.isfinite() and term >= 0 for term in losses.values())
    assert states.h.shape == (3, 7, 16) and states.z.shape == (3, 7, 12) and states.feat.shape == (3, 7, 28)
    sum(losses.values()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def changed_terms(**fields) -> set[str]:
    """The loss terms that differ when some fields of the batch are others."""
    model, batch = model_of(), random_batch(SPECS["vector"])
    torch.manual_seed(0)
    one, _ = model.loss(batch)
    torch.manual_seed(0)
    two, _ = model.loss(batch._replace(**{name: make(getattr(batch, name)) for name, make in fields.items()}))
    return {name for name in one if one[name] != two[name]}


def test_each_field_is_learnt_by_its_own_term():
    assert changed_terms(reward=lambda r: r + 1) == {"reward"}
    assert changed_terms(is_terminal=lambda x: ~x) == {"cont"}
    assert changed_terms(is_last=lambda x: ~x) == set()  # a time limit is no end: cont learns from is_terminal alone


@given(seeds)
def test_the_kl_is_balanced(seed):
    torch.manual_seed(seed)
    logits = [torch.randn(2, 3, 4, 5).mul(3).requires_grad_() for _ in range(2)]
    posterior, prior = (unimix(x, 0.01) for x in logits)
    dyn, rep = kl_balance(Categorical(4, 5, 0.01), posterior, prior, 0.0)
    kl = categorical_kl(posterior, prior).sum(-1)
    assert dyn.shape == (2, 3) and torch.allclose(dyn, kl) and torch.allclose(rep, kl)
    towards = [torch.autograd.grad(half.sum(), logits, retain_graph=True, allow_unused=True) for half in (dyn, rep)]
    assert towards[0][0] is None and towards[0][1].any()  # dyn pulls the prior only
    assert towards[1][0].any() and towards[1][1] is None  # rep the posterior only


def test_free_nats_are_free():
    logits = [torch.zeros(1, 2, 3, 4), torch.randn(1, 2, 3, 4)]
    logits[1][:, 1] = 0.01 * logits[1][:, 1]  # the second step's KL is near 0
    logits = [x.requires_grad_() for x in logits]
    dyn, rep = kl_balance(Categorical(3, 4, 0.01), *(unimix(x, 0.01) for x in logits), 0.2)
    assert dyn[0, 0] > 0.2 and dyn[0, 1] == rep[0, 1] == torch.tensor(0.2)
    dyn.sum().backward()
    assert logits[1].grad[0, 0].any() and not logits[1].grad[0, 1].any()


# Seeing and dreaming -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_decoders_score_and_draw_any_leading_shape(kind):
    model, spec = model_of(kind), SPECS[kind]
    for lead in ((4,), (2, 3)):
        feat, obs = torch.randn(*lead, 28), random_obs(spec, lead)
        loss, mode = model.decoder.loss(feat, obs), model.decoder.mode(feat)
        assert loss.shape == lead and loss.isfinite().all() and (loss >= 0).all()
        assert mode.shape == obs.shape and mode.dtype == obs.dtype
        assert model.encoder(obs).shape == (*lead, MODEL.units)
        assert (model.decoder.loss(feat, mode) <= loss).all()  # nothing is likelier than the mode


def test_the_mode_of_numbers_has_no_loss_at_all():
    decoder, feat = model_of("vector").decoder, 5 * torch.randn(9, 28)
    assert decoder.loss(feat, decoder.mode(feat)).max() < 1e-6 and decoder.mode(feat).abs().max() > 1


def test_a_tenth_off_in_symlog_space_costs_half_a_nat():
    decoder, feat = model_of("vector").decoder, torch.randn(9, 28)
    off = symexp(symlog(decoder.mode(feat)) + 0.1)
    assert torch.allclose(decoder.loss(feat, off), torch.full((9,), 0.5 * off.shape[-1]), rtol=1e-3)


def test_a_grid_is_scored_cell_by_cell():
    model, obs, feat = model_of("grid"), random_obs(SPECS["grid"], (2,)), torch.randn(2, 28)
    numbers = model.decoder.net(feat).view(2, 7, 7, 20).split((11, 6, 3), -1)
    nats = sum(-torch.distributions.Categorical(logits=x).log_prob(obs[..., c].long()) for c, x in enumerate(numbers))
    assert torch.allclose(model.decoder.loss(feat, obs), nats.sum((1, 2)), rtol=1e-5)


@pytest.mark.parametrize("codec", ["auto", "conv"])
def test_a_picture_is_scored_as_coins_whose_kl_is_that_of_torch(codec):
    model = model_of("image", codec=codec)
    obs, feat = random_obs(SPECS["image"], (2, 3)), 5 * torch.randn(2, 3, 28)
    obs[0, 0, :5] = torch.tensor([0, 255, 0, 255, 128], dtype=torch.uint8).view(5, 1, 1)
    true = torch.distributions.Bernoulli(probs=obs.double() / 255)
    drawn = torch.distributions.Bernoulli(logits=model.decoder(feat).double())
    nats = torch.distributions.kl_divergence(true, drawn).sum((-3, -2, -1))
    assert torch.allclose(model.decoder.loss(feat, obs).double(), nats, rtol=1e-5, atol=1e-3)


@given(seeds, st.integers(1, 6))
def test_a_dream_has_one_more_feat_than_actions(seed, horizon):
    model, seen = model_of(), []

    def policy(feat):
        seen.append(feat)
        return torch.full((5,), len(seen) % 3)

    torch.manual_seed(seed)
    start = Latent(torch.randn(5, 16), torch.randn(5, 12))
    dream = model.imagine(policy, start, horizon)
    assert dream.feat.shape == (5, horizon + 1, 28) and torch.equal(dream.feat[:, 0], start.feat)
    assert dream.action.shape == dream.reward.shape == dream.cont.shape == (5, horizon)
    assert torch.equal(torch.stack(seen, 1), dream.feat[:, :-1])  # action t is chosen at feat t, none at the last
    assert dream.action[0].tolist() == [(t + 1) % 3 for t in range(horizon)]
    reward, cont = model.predict(dream.feat[:, 1:])  # what arrives at feats 1..H
    assert torch.allclose(reward, dream.reward, atol=1e-6) and torch.allclose(cont, dream.cont, atol=1e-6)
    assert not dream.feat.requires_grad and ((dream.cont >= 0) & (dream.cont <= 1)).all()


def test_a_dream_is_the_prior_step_by_step():
    model, batch = model_of(), random_batch(SPECS["vector"])
    states = observe(model, batch).states.map(lambda part: part[:, -1].detach())
    action = torch.tensor([0, 1, 2])
    torch.manual_seed(3)
    dream = model.imagine(lambda feat: action, states, 1)
    torch.manual_seed(3)
    step = model.rssm.dream_step(states, model.action_input(action)).feat
    assert torch.allclose(dream.feat[:, 1], step, atol=1e-6)
    blind = model.rssm.prior(dream.feat[:, 1, :16])
    seen = model.filter(batch.obs[:, -1], action, torch.zeros(3, dtype=torch.bool), states)
    assert torch.allclose(seen.h, dream.feat[:, 1, :16], atol=1e-6)  # the same h, whether it sees or dreams
    assert blind.shape == (3, 3, 4)


def test_a_policy_told_where_the_ones_are_dreams_the_same_dream():
    model, batch = model_of(), random_batch(SPECS["vector"])
    states, dreams = observe(model, batch).states.map(lambda part: part[:, -1].detach()), []
    for tell in (True, False):

        def policy(feat, ones=None, tell=tell):
            assert (ones is not None) == tell
            assert ones is None or torch.equal(feat[:, -ones.size :].gather(-1, ones.index), torch.ones(3, 3))
            return torch.tensor([0, 1, 2])

        torch.manual_seed(3)
        dreams.append(model.imagine(policy, states, 5, tell=tell))
    for told, silent in zip(*dreams, strict=True):
        same = torch.equal if isinstance(told, torch.Tensor) else lambda a, b: torch.equal(a.index, b.index)
        assert same(told, silent)
