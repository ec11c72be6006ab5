"""The failure clinic: each instrument names its patient and no other, and the command makes what is shipped."""

import numpy as np
import pytest
import torch
from tiny import complaint

from mbrl_lite.assets import asset
from mbrl_lite.envs import make
from mbrl_lite.evaluation import calibration, latent_use, open_loop_drift, predictions, reset_leak, reward_recall
from mbrl_lite.storage import load_tensors
from mbrl_lite.training import clinic, clinic_data
from mbrl_lite.training.clinic import KIND, PATIENTS, UPBRINGING, clinic_batch, load_patient, make_clinic, train

FILES = [f"{name}.safetensors" for name in (*PATIENTS, "batch")]
DISEASES = {"patient_a": "deaf to resets", "patient_b": "decoder ignores z", "patient_c": "posterior collapse"}
DISEASES |= {"patient_d": "blind reward head", "healthy": "none"}


@pytest.fixture(scope="module")
def findings() -> dict[str, dict[str, float]]:
    """What each instrument reads on each patient."""
    seen, rows = clinic_batch().batch, {}
    for name in PATIENTS:
        model = load_patient(name)
        use, (reward, cont) = latent_use(model, seen), predictions(model, seen)
        rows[name] = {
            "leak": reset_leak(model, seen),
            "active": use.active,
            "kl": float(use.kl.mean()),
            "first": use.first,
            "collapsed": use.collapsed,
            "ignores_z": use.ignores_z,
            "recall": reward_recall(reward, seen.reward).recall,
            "lenient": reward_recall(reward, seen.reward, 3, seen.is_first).recall,
            "ece": calibration(cont, ~seen.is_terminal).ece,
        }
    return rows


def diagnose(reading: dict[str, float]) -> str:
    """The first cause first: one that hears no resets or whose posterior is the prior has other symptoms besides."""
    if reading["leak"] > 1e-4:
        return "deaf to resets"
    if reading["collapsed"]:
        return "posterior collapse"
    if reading["ignores_z"]:
        return "decoder ignores z"
    return "blind reward head" if reading["recall"] < 0.1 else "none"


def test_the_instruments_name_every_disease(findings):
    assert {name: diagnose(reading) for name, reading in findings.items()} == DISEASES


def test_each_instrument_points_at_one_patient(findings):
    def those(condition) -> set[str]:
        return {name for name, reading in findings.items() if condition(reading)}

    assert those(lambda r: r["leak"] > 1e-4) == {"patient_a"} == those(lambda r: r["leak"] > 0.1)
    assert those(lambda r: r["collapsed"]) == {"patient_c"} == those(lambda r: r["kl"] < 0.1)
    assert those(lambda r: r["first"] < 1) == {"patient_c"} and those(lambda r: r["active"] < 0.5) == {"patient_c"}
    assert those(lambda r: r["ignores_z"] and not r["collapsed"]) == {"patient_b"}
    assert those(lambda r: r["recall"] < 0.1 and not r["collapsed"]) == {"patient_d"}
    assert those(lambda r: r["lenient"] < 0.1 and not r["collapsed"]) == {"patient_d"}
    assert findings["healthy"]["recall"] > 0.7 and findings["healthy"]["ece"] < 0.05


def test_a_healthy_model_dreams_better_than_a_still_picture():
    drift = open_loop_drift(load_patient("healthy"), clinic_batch().batch, horizons=(1, 5))
    assert (drift.error < drift.still).all() and (drift.codec < drift.error).all()
    ill = open_loop_drift(load_patient("patient_c"), clinic_batch().batch, horizons=(1, 5))
    assert (ill.codec > 2 * drift.codec).all()


def test_the_files_are_small_and_alike():
    tensors = {}
    for name in FILES:
        path = asset("checkpoints", "clinic", name)
        assert path.stat().st_size < 1_000_000
        if name != "batch.safetensors":
            weights, info = load_tensors(path, KIND)
            tensors[name] = {key: value.shape for key, value in weights.items()}
            assert set(info) == {"wiring"}  # no word of a disease
    assert len({str(shapes) for shapes in tensors.values()}) == 1
    assert all(load_patient(name).config == clinic.CONFIG for name in PATIENTS)
    assert "patient_d" in complaint(lambda: load_patient("patient_e"))


def test_the_batch_is_lived_and_its_state_is_true():
    seen = clinic_batch()
    batch, first = seen.batch, seen.batch.is_first.numpy()
    assert seen.state.shape == (*first.shape, 5) and first[:, 0].all() and batch.is_last.sum() > 20
    door, key = seen.column("door_open"), seen.column("has_key")
    assert not door[first].any() and not key[first].any()  # every episode begins with a locked door and empty hands
    assert 0.1 < door.mean() < 0.9 and 0.1 < key.mean() < 0.95
    opened = np.flatnonzero((door[:, 1:] & ~door[:, :-1]).ravel())
    action = batch.action[:, :-1].numpy().ravel()
    assert len(opened) > 20 and (action[opened] == clinic_data.TOGGLE).all()  # doors open by a hand, not by themselves
    ended = batch.is_terminal.numpy()
    assert (door[ended]).all() and ((batch.reward.numpy() > 0) == ended).all()


def test_the_guide_knows_the_way():
    for seed in range(100, 120):
        env = make(clinic_data.ENV)
        env.reset(seed=seed)
        reward, steps, over = 0.0, 0, False
        while not over:
            _, reward, terminated, truncated, _ = env.step(clinic_data.guide(env))
            steps, over = steps + 1, terminated or truncated
        assert reward > 0.9 and steps <= 25
    assert clinic_data.true_state(env).tolist() == [3, 3, clinic_data.true_state(env)[2], 1, 1]  # the goal's corner


def test_patients_are_raised_the_same_from_the_same_seed():
    play = clinic_batch().batch
    models = [train(UPBRINGING["patient_b"], play, 3, seed) for seed in (7, 7, 8)]
    same = [all(torch.equal(a, b) for a, b in zip(models[0].parameters(), m.parameters())) for m in models[1:]]
    assert same == [True, False]
    assert (models[0].decoder.net[0].linear.weight[:, clinic.CONFIG.deter :] == 0).all()
    assert (models[0].decoder.net[0].linear.weight[:, : clinic.CONFIG.deter] != 0).any()


def test_a_reward_never_met_is_not_learnt():
    rng = np.random.default_rng(0)
    play = clinic_batch().batch
    kept, gone = (clinic._draw(play, rng, rewards) for rewards in (True, False))
    assert (kept.reward > 0).any(1).sum() >= 4 and (gone.reward == 0).all()


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch):
    small = clinic.record
    monkeypatch.setattr(clinic, "record", lambda streams, length, seed, random: small(4, 40, seed, random))
    make_clinic(tmp_path, updates=1)
    folder = tmp_path / "checkpoints" / "clinic"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert len((tmp_path / "SHA256SUMS").read_text().splitlines()) == len(FILES)
    for name in PATIENTS:
        weights, info = load_tensors(folder / f"{name}.safetensors", KIND)
        shipped, told = load_tensors(asset("checkpoints", "clinic", f"{name}.safetensors"), KIND)
        assert info == told and {k: v.shape for k, v in weights.items()} == {k: v.shape for k, v in shipped.items()}
