"""Training curves from every place that they lie in."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from harness.charts import evaluation_lines
from harness.curves import evaluation_sets, read_logged
from harness.curves.quantities import canonical_key
from harness.errors import HarnessError
from harness.records import Curve

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "assignment"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")

HISTORY = [
    {"step": 1, "epoch": 0.5, "loss": 0.7, "rewards/margins": 0, "note": "text", "flag": True, "bad": float("nan")},
    {"step": 2, "epoch": 1.0, "eval_loss": 0.6},
]
CURVES = [
    Curve("dpo", 1, 0.5, "loss", 0.7),
    Curve("dpo", 1, 0.5, "rewards/margins", 0.0),
    Curve("dpo", 2, 1.0, "eval_loss", 0.6),
]


def read_curves(source: Path, variant: str) -> list[Curve]:
    return list(read_logged(source, variant).curves)


def wandb_log(payloads: list[bytes]) -> bytes:
    """A .wandb file by hand: LevelDB's framing, records split at the ends of blocks."""
    data = bytearray(b":W&B\xe1\xbe\x00")
    for payload in payloads:
        rest, first = payload, True
        while rest or first:
            left = 32768 - len(data) % 32768
            if left < 7:
                data += bytes(left)
                continue
            chunk, rest = rest[: left - 7], rest[left - 7 :]
            kind = bytes([(1 if not rest else 2) if first else (4 if not rest else 3)])
            data += zlib.crc32(kind + chunk).to_bytes(4, "little") + len(chunk).to_bytes(2, "little") + kind + chunk
            first = False
    return bytes(data)


def history_record(row: dict[str, object], nested: bool = False) -> bytes:
    pb = pytest.importorskip("wandb.proto.wandb_internal_pb2")
    record = pb.Record()
    for key, value in row.items():
        item = record.history.item.add()
        item.value_json = json.dumps(value)
        if nested:
            item.nested_key.extend(key.split("/"))
        else:
            item.key = key
    return bytes(record.SerializeToString())


def step_row(step: int, **more: object) -> dict[str, object]:
    return {
        "train/global_step": step,
        "train/epoch": step / 10,
        "train/loss": 1 / step,
        "_step": step,
        "_runtime": 1,
        **more,
    }


def test_a_trainer_state_gives_every_number_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": HISTORY, "epoch": 1.0}))
    assert read_curves(tmp_path / "trainer_state.json", "dpo") == CURVES
    assert read_curves(tmp_path, "dpo") == CURVES


def test_our_own_curves_take_the_variants_name(tmp_path: Path) -> None:
    rows = [
        {"variant": "x", "step": one.step, "epoch": one.epoch, "key": one.key, "value": one.value} for one in CURVES
    ]
    gap = {"variant": "x", "step": 3, "epoch": None, "key": "loss", "value": None}
    (tmp_path / "curves.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, gap]))
    assert read_curves(tmp_path, "dpo") == CURVES
    (tmp_path / "one.jsonl").write_text(json.dumps(rows[0]))
    assert read_curves(tmp_path / "one.jsonl", "dpo") == CURVES[:1]


def test_a_wandb_folder_is_read_without_wandbs_prefixes(tmp_path: Path) -> None:
    run = tmp_path / "offline-run-20260101_000000-abc"
    run.mkdir()
    rows: list[dict[str, object]] = [
        step_row(1),
        {"train/global_step": 2, "eval/loss": 0.5, "eval/rewards/margins": 2, "note": "text"},
        {"_step": 7, "own": 3},
    ]
    (run / "run-abc.wandb").write_bytes(wandb_log([history_record(row) for row in rows]))
    assert read_curves(run, "dpo") == [
        Curve("dpo", 1, 0.1, "loss", 1.0),
        Curve("dpo", 2, None, "eval_loss", 0.5),
        Curve("dpo", 2, None, "eval_rewards/margins", 2.0),
        Curve("dpo", 7, None, "own", 3.0),
    ]


def test_nested_keys_of_wandb_are_joined(tmp_path: Path) -> None:
    (tmp_path / "r.wandb").write_bytes(
        wandb_log([history_record({"train/global_step": 1, "train/rewards/chosen": 2}, nested=True)])
    )
    assert read_curves(tmp_path / "r.wandb", "v") == [Curve("v", 1, None, "rewards/chosen", 2.0)]


def test_a_torn_wandb_file_gives_the_rows_before_the_tear(tmp_path: Path) -> None:
    data = wandb_log([history_record(step_row(step, note="x" * 900)) for step in range(1, 101)])
    assert len(data) > 2 * 32768
    whole, torn = tmp_path / "whole.wandb", tmp_path / "torn.wandb"
    whole.write_bytes(data)
    curves = read_curves(whole, "v")
    assert [one.step for one in curves] == list(range(1, 101))
    for cut in (len(data) - 1, 70_000, 40_000, 32768 + 3):
        torn.write_bytes(data[:cut])
        read = read_curves(torn, "v")
        assert 0 < len(read) < 100 and read == curves[: len(read)]
    torn.write_bytes(data[:50_000] + bytes(5000))
    assert read_curves(torn, "v")


def test_damage_before_the_tail_is_refused(tmp_path: Path) -> None:
    first = wandb_log([history_record(step_row(1))])
    whole = wandb_log([history_record(step_row(step)) for step in range(1, 20)])
    flipped, zeroed = bytearray(whole), bytearray(whole)
    flipped[60] ^= 1
    # From a record's very beginning, so that it looks like the zeros behind a crash.
    zeroed[len(first) : len(first) + 60] = bytes(60)
    for data in (flipped, zeroed):
        (tmp_path / "r.wandb").write_bytes(data)
        with pytest.raises(HarnessError, match="checksum"):
            read_curves(tmp_path / "r.wandb", "v")


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("t.json", b"", "no logged value"), ("t.json", b"{}", "no log_history"), ("t.json", b"[1]", "a list"),
        ("t.json", b"7", "an? int"),
        ("t.json", b'{"log_history": [1]}', "no log_history"), ("t.json", b'{"log_history": []}', "no logged value"),
        ("t.json", b"{oops", "line 1 is not valid JSON"),
        ("t.jsonl", b'{"step": 1}\n{"step": 2}', "lacks step, key or value"),
        ("t.jsonl", b"1\n2", "lacks"), ("t.json", b"\xff\xfe", "UTF-8"), ("t.wandb", b"", "does not begin"),
        ("t.jsonl", b'{"step": 1e999, "key": "a", "value": 1}', "line 1 is not valid JSON"),
        ("t.json", b'{"log_history": [{"step": 1, "loss": 1' + b"0" * 400 + b"}]}", "no logged value"),
        ("t.wandb", b":W&B\xe1\xbe\x00", "no logged value"), ("t.json", b"[" * 100_000, "not valid JSON"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_what_was_found(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(HarnessError, match=part):
        read_curves(tmp_path / name, "v")


def test_a_folder_or_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.json"):
        with pytest.raises(HarnessError, match="Expected a trainer_state.json"):
            read_curves(path, "v")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        # TRL since 0.5, and today.
        ("rewards/accuracies", "rewards/accuracies"), ("eval_rewards/margins", "eval_rewards/margins"),
        ("logps/chosen", "logps/chosen"), ("eval_logits/rejected", "eval_logits/rejected"),
        ("nll_loss", "nll_loss"), ("eval_log_odds_ratio", "eval_log_odds_ratio"), ("eval_loss", "eval_loss"),
        # The DPO paper's code, on whose names the first trainers were built.
        ("rewards_train/chosen", "rewards/chosen"), ("rewards_eval/accuracies", "eval_rewards/accuracies"),
        ("logps_test/rejected", "eval_logps/rejected"), ("eval_rewards_eval/chosen", "eval_rewards/chosen"),
        # Trainers derived from TRL's, and exports that know no slash.
        ("policy_logps/chosen", "logps/chosen"), ("log_probs/rejected", "logps/rejected"), ("lr", "learning_rate"),
        ("rewards/accuracy", "rewards/accuracies"), ("rewards/margin", "rewards/margins"), ("sft_loss", "nll_loss"),
        ("eval_rewards_margins", "eval_rewards/margins"), ("eval_sft_loss", "eval_nll_loss"),
        # Not the same quantity, so not the same name.
        ("odds_ratio_loss", "odds_ratio_loss"), ("rewards/std", "rewards/std"), ("reference_logps/chosen",) * 2,
    ],
)  # fmt: skip
def test_a_quantity_has_the_name_of_todays_trl(key: str, name: str) -> None:
    assert canonical_key(key) == name
    assert canonical_key(name) == name


def test_the_closing_row_of_a_training_is_no_point_of_a_curve(tmp_path: Path) -> None:
    closing = {"step": 2, "train_runtime": 9.0, "train_samples_per_second": 1, "total_flos": 1e9, "train_loss": 0.65}
    (tmp_path / "a.json").write_text(json.dumps({"log_history": [*HISTORY, closing]}))
    assert read_curves(tmp_path / "a.json", "dpo") == CURVES
    rows = [{"step": 1, "train_loss": 0.7}, {"step": 2, "train_loss": 0.6, "loss": 0.5}]
    (tmp_path / "b.json").write_text(json.dumps({"log_history": rows}))
    assert read_curves(tmp_path / "b.json", "v") == [
        Curve("v", 1, None, "loss", 0.7),
        Curve("v", 2, None, "loss", 0.5),
    ]


def test_the_canonical_name_wins_where_a_row_has_both(tmp_path: Path) -> None:
    row = {"step": 1, "rewards_chosen": 1, "rewards/chosen": 2, "rewards_train/chosen": 3}
    (tmp_path / "a.json").write_text(json.dumps({"log_history": [row]}))
    assert read_curves(tmp_path / "a.json", "v") == [Curve("v", 1, None, "rewards/chosen", 2.0)]


def test_a_folder_of_checkpoints_gives_the_state_of_the_last(tmp_path: Path) -> None:
    for step in (2, 10, 9):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        state = {"log_history": [{"step": n, "loss": n} for n in range(1, step + 1)]}
        (folder / "trainer_state.json").write_text(json.dumps(state))
    assert [one.step for one in read_curves(tmp_path, "v")] == list(range(1, 11))


def test_wandbs_own_folder_is_read_where_it_holds_one_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run = tmp_path / "wandb" / f"offline-run-2026-{name}"
        run.mkdir(parents=True)
        (run / f"run-{name}.wandb").write_bytes(wandb_log([history_record(step_row(1))]))
        link = tmp_path / "wandb" / "latest-run"
        link.unlink(missing_ok=True)
        link.symlink_to(run)
        if name == "a":
            assert read_curves(tmp_path / "wandb", "v") == read_curves(link, "v") != []
    with pytest.raises(HarnessError, match="2 .wandb files"):
        read_curves(tmp_path / "wandb", "v")


def test_where_curves_come_from_is_told(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": HISTORY}))
    assert read_logged(tmp_path, "v").source == {
        "kind": "trainer_state", "file": "trainer_state.json", "rows": len(HISTORY),
    }  # fmt: skip
    (tmp_path / "r.wandb").write_bytes(wandb_log([history_record(step_row(1))]))
    assert read_logged(tmp_path / "r.wandb", "v").source == {
        "kind": "wandb_file", "file": "r.wandb", "run": "r", "rows": 1,
    }  # fmt: skip


def shown_by_wandb(file: Path) -> list[dict[str, object]]:
    """The history rows that wandb itself prints of a run file."""
    program = str(Path(sys.executable).with_name("wandb"))
    shown = subprocess.run(
        [program, "leet", "inspect", str(file), "--json"], capture_output=True, text=True, timeout=100
    )
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    return [row["history"]["item"] for row in rows if row["type"] == "history"]


@needs_real
@pytest.mark.parametrize("share", [1.0, 0.7, 0.13])
def test_the_real_wandb_file_is_read_as_wandb_prints_it(tmp_path: Path, share: float) -> None:
    """Whole, and cut where a killed training might have ended."""
    pytest.importorskip("wandb")
    (real,) = (REAL / "wandb").glob("*.wandb")
    data = real.read_bytes()
    file = tmp_path / "run.wandb"
    file.write_bytes(data[: int(len(data) * share)])
    rows = [{key: value for key, value in row.items() if key[0] != "_"} for row in shown_by_wandb(file)]
    expected = [
        Curve("v", int(str(row["train/global_step"])), float(str(row["train/epoch"])), name, float(str(value)))
        for row in rows
        for key, value in sorted(row.items())
        if (name := key.replace("eval/", "eval_").removeprefix("train/")) not in ("global_step", "epoch")
    ]
    curves = read_curves(file, "v")
    assert len(expected) > 400
    assert sorted(curves, key=lambda it: (it.step, it.key)) == sorted(expected, key=lambda it: (it.step, it.key))


@needs_real
@pytest.mark.parametrize("method", ["DPO", "ORPO"])
def test_real_trainings_have_397_steps_of_loss(method: str) -> None:
    curves = read_curves(REAL / "trainer_state" / f"{method}_mistral-7b-v0.3-bnb-4bit.json", "v")
    assert [one.step for one in curves if one.key == "loss"] == list(range(1, 398))
    assert len([one for one in curves if one.key == "eval_loss"]) == 3


@needs_real
def test_the_real_wandb_file_equals_its_trainer_state_point_by_point() -> None:
    pytest.importorskip("wandb")
    state = read_curves(REAL / "trainer_state" / "DPO_mistral-7b-v0.3-bnb-4bit.json", "v")
    logged = read_curves(REAL / "wandb", "v")
    assert len(state) == 4006
    assert sorted(logged, key=lambda one: (one.step, one.key)) == sorted(state, key=lambda one: (one.step, one.key))


def evaluated(step: int, name: str, **other: float) -> dict[str, float]:
    """What Transformers logs of one of several evaluation sets; TRL adds its own keys without the set's name."""
    return {"step": step, f"eval_{name}_loss": 0.5, f"eval_{name}_runtime": 1.0, **other}


def test_several_evaluation_sets_each_keep_their_name(tmp_path: Path) -> None:
    history = [
        {"step": 1, "loss": 0.7, "nll_loss": 0.6},
        evaluated(1, "math", **{"eval_rewards/accuracies": 0.25, "eval_nll_loss": 0.9}),
        evaluated(1, "math_hard", **{"eval_rewards/accuracies": 0.75}),
    ]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    found = {curve.key: curve.value for curve in read_curves(tmp_path, "dpo")}
    assert {key: value for key, value in found.items() if "acc" in key or "nll" in key} == {
        "nll_loss": 0.6,
        "eval_math_rewards/accuracies": 0.25,
        "eval_math_nll_loss": 0.9,
        "eval_math_hard_rewards/accuracies": 0.75,
    }


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["loss", "eval_loss", "eval_runtime", "eval_rewards/chosen"], ()),
        (["loss", "nll_loss", "eval_loss", "eval_nll_loss"], ()),
        (["loss", "eval_nll_loss", "eval_runtime"], ()),
        (["loss", "orpo_loss", "eval_orpo_loss"], ()),
        (["loss", "eval_math_loss", "eval_code_loss"], ("math", "code")),
        (["eval_math_runtime", "eval_math_loss", "eval_math_nll_loss"], ("math",)),
        (["eval_math_runtime", "eval_math_hard_runtime", "eval_math_hard_loss"], ("math", "math_hard")),
    ],
)
def test_a_part_of_the_loss_is_no_evaluation_set(keys: list[str], names: tuple[str, ...]) -> None:
    assert evaluation_sets(keys) == names


def test_each_evaluation_set_is_a_line_under_its_name() -> None:
    found = {"loss": ((1.0, 0.7),), "eval_math_loss": ((1.0, 0.5),), "eval_code_loss": ((1.0, 0.6),)}
    assert [(line.label, line.evaluations) for line in evaluation_lines(found, {"loss": ""})] == [
        ("math", ((1.0, 0.5),)),
        ("code", ((1.0, 0.6),)),
    ]
