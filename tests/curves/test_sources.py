"""Curves out of other people's logs, LLaMA-Factory's, TensorBoard's and Trackio's, and of trainings that went on."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.curves import read_logged
from harness.errors import HarnessError
from harness.records import Curve
from tests.curves.test_curves import history_record, wandb_log

Row = dict[str, float]
"""What a trainer logs at a step, by Transformers' names with train/ and eval/."""

# Stopped after step 4, resumed from the checkpoint of step 2.
RESUMED: list[tuple[int, Row]] = [
    *((step, {"train/loss": 1.0 - step / 10, "train/epoch": step / 4}) for step in (1, 2, 3, 4)),
    *((step, {"train/loss": 0.5 - step / 10, "train/epoch": step / 4}) for step in (3, 4, 5)),
    (5, {"eval/loss": 0.25, "eval/rewards/accuracies": 0.75, "train/epoch": 1.25}),
]
EXPECTED = {
    ("loss", 1): 0.9, ("loss", 2): 0.8, ("loss", 3): 0.2, ("loss", 4): 0.1, ("loss", 5): 0.0,
    ("eval_loss", 5): 0.25, ("eval_rewards/accuracies", 5): 0.75,
}  # fmt: skip


def unprefixed(row: Row) -> Row:
    return {key.replace("eval/", "eval_").removeprefix("train/"): value for key, value in row.items()}


def write_state(folder: Path) -> Path:
    history = [{"step": step, **unprefixed(row)} for step, row in RESUMED]
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    return folder


def write_ours(folder: Path) -> Path:
    lines = [
        {"variant": "x", "step": step, "epoch": row["train/epoch"], "key": key, "value": value}
        for step, row in RESUMED
        for key, value in unprefixed(row).items()
        if key != "epoch"
    ]
    (folder / "curves.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def write_factory(folder: Path) -> Path:
    """As LLaMA-Factory's callback writes it: it knows no more of an evaluation than its loss."""
    lines = [
        {"current_steps": step, "total_steps": 5, "loss": row["train/loss"], "lr": 1e-4, "accuracy": 0.5,
         "epoch": row["train/epoch"], "percentage": 20.0 * step, "elapsed_time": "0:00:01", "remaining_time": "0:00:04",
         "throughput": 10.5, "total_tokens": 100}
        for step, row in RESUMED[:-1]
    ]  # fmt: skip
    lines.append({"current_steps": 5, "total_steps": 5, "eval_loss": 0.25, "epoch": 1.25, "percentage": 100.0})
    (folder / "trainer_log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def write_wandb(folder: Path) -> Path:
    rows: list[dict[str, object]] = [
        {"_step": place, "train/global_step": step, **row} for place, (step, row) in enumerate(RESUMED)
    ]
    (folder / "run-a.wandb").write_bytes(wandb_log([history_record(row) for row in rows]))
    return folder


def write_events(folder: Path) -> Path:
    """As Transformers' TensorBoardCallback does: a scalar a key, and a text that is no scalar; one file a start."""
    torch = pytest.importorskip("torch.utils.tensorboard")
    for start, rows in enumerate((RESUMED[:4], RESUMED[4:])):
        writer = torch.SummaryWriter(str(folder), filename_suffix=f".{start}")
        writer.add_text("args", "{}")
        for step, row in rows:
            for key, value in row.items():
                writer.add_scalar(key, value, step)
        writer.close()
    return folder


def write_trackio(folder: Path, *runs: str) -> Path:
    """Trackio's tables of today, as far as runs are read, with the values as bytes that it writes."""
    with sqlite3.connect(folder / "tuning.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, "
            "timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL, "
            "log_id TEXT, space_id TEXT)"
        )
        for place, name in enumerate(runs or ("dpo-1",)):
            for number, (step, row) in enumerate(RESUMED):
                values = json.dumps({**row, "train/global_step": step, "train/grad_norm": "NaN"}).encode()
                database.execute(
                    "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
                    (f"id{place}", "2026-01-01", name, number, values),
                )
    database.close()
    return folder


SOURCES: dict[str, Callable[[Path], Path]] = {
    "trainer_state": write_state,
    "curves": write_ours,
    "trainer_log": write_factory,
    "wandb_file": write_wandb,
    "tensorboard": write_events,
    "trackio": write_trackio,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_where_a_step_was_logged_twice_after_a_resume_the_later_value_stands(tmp_path: Path, kind: str) -> None:
    found = read_logged(SOURCES[kind](tmp_path), "dpo")
    assert found.source["kind"] == kind
    values = {(curve.key, curve.step): curve.value for curve in found.curves}
    assert len(values) == len(found.curves)
    wanted = {key: value for key, value in EXPECTED.items() if kind != "trainer_log" or "rewards" not in key[0]}
    # TensorBoard keeps float32.
    assert {key: values[key] for key in wanted} == pytest.approx(wanted, abs=1e-7)
    extra = {"learning_rate", "rewards/accuracies", "throughput"} if kind == "trainer_log" else set()
    assert {key for key, _ in values} == {"loss", "eval_loss", "eval_rewards/accuracies"} - (
        {"eval_rewards/accuracies"} if kind == "trainer_log" else set()
    ) | extra
    assert {curve.epoch for curve in found.curves if curve.step == 5} == {1.25}


def test_a_later_value_that_is_not_finite_is_a_gap(tmp_path: Path) -> None:
    rows = [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.4}, {"step": 2, "loss": math.nan}]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    assert read_logged(tmp_path, "v").curves == (Curve("v", 1, None, "loss", 0.5),)


def test_event_files_give_each_evaluation_set_its_own_rewards(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard")
    writer = torch.SummaryWriter(str(tmp_path))
    for name, accuracy in (("math", 0.25), ("code", 0.75)):
        keys = {f"eval/{name}_loss": 0.5, f"eval/{name}_runtime": 1.0, "eval/rewards/accuracies": accuracy}
        for key, value in {**keys, "train/epoch": 1.0}.items():
            writer.add_scalar(key, value, 7)
    writer.close()
    found = {curve.key: curve.value for curve in read_logged(tmp_path, "v").curves}
    assert found["eval_math_rewards/accuracies"] == 0.25 and found["eval_code_rewards/accuracies"] == 0.75


def test_a_torn_event_file_gives_what_stands_before_the_tear(tmp_path: Path) -> None:
    (whole,) = write_events(tmp_path).glob("*.0")
    whole.write_bytes(whole.read_bytes()[:-5])
    found = read_logged(whole, "v").curves
    assert [curve.step for curve in found if curve.key == "loss"] == [1, 2, 3, 4]


def test_event_files_of_several_runs_are_refused_and_those_of_one_are_found_below(tmp_path: Path) -> None:
    first, second = tmp_path / "runs" / "Jan01", tmp_path / "runs" / "Jan02"
    first.mkdir(parents=True)
    write_events(first)
    assert read_logged(tmp_path, "v").curves == read_logged(first, "v").curves
    second.mkdir()
    write_events(second)
    with pytest.raises(HarnessError, match="event files of 2 runs .*Jan01, .*Jan02"):
        read_logged(tmp_path, "v")


def test_a_run_of_a_trackio_project_is_found_by_its_name(tmp_path: Path) -> None:
    write_trackio(tmp_path, "first", "orpo", "orpo")
    named = read_logged(tmp_path / "tuning.db" / "first", "dpo").curves
    # The last of those of one name, which is alone in being read: each has one value a step.
    assert len(named) == len(read_logged(tmp_path / "tuning.db", "orpo").curves) == len(EXPECTED)
    with pytest.raises(HarnessError, match=r"holds 2 runs \(first, orpo\)"):
        read_logged(tmp_path, "dpo")
    with pytest.raises(HarnessError, match="No run named 'frist'. Did you mean 'first'"):
        read_logged(tmp_path / "tuning.db" / "frist", "dpo")


def test_an_older_trackio_whose_runs_have_no_id_is_read(tmp_path: Path) -> None:
    trackio_dir = tmp_path / "project"
    trackio_dir.mkdir()
    old = sqlite3.connect(trackio_dir / "old.db")
    old.execute(
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
    )
    old.execute("INSERT INTO metrics VALUES (1, '', 'dpo', 3, '{\"train/loss\": 0.5}')")
    old.commit()
    old.close()
    assert read_logged(trackio_dir, "v").curves == (Curve("v", 3, None, "loss", 0.5),)


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.db", b"SQLite format 3\x00" + bytes(90), "no project of Trackio"),
        ("trainer_log.jsonl", b'{"current_steps": 1}\n{"current_steps"', "line 2 is not valid JSON"),
        ("trainer_log.jsonl", b'{"current_steps": 1, "total_steps": 3}', "no logged value"),
        ("events.out.tfevents.1", b"nothing of the kind, and of some length", "no logged value"),
        ("events.out.tfevents.2", b"", "no logged value"),
    ],
)
def test_a_log_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(HarnessError, match=part) as refused:
        read_logged(tmp_path / name, "v")
    assert "\n" not in str(refused.value)


def test_without_tensorboard_the_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_file_loader", None)
    with pytest.raises(HarnessError, match=r"needs tensorboard.*pip install 'preference-harness\[logs\]'"):
        read_logged(tmp_path, "v")


ROWS = {
    "history.csv": "_step,train/global_step,train/loss,eval/loss,_runtime\n0,10,0.5,,3\n1,20,0.25,,4\n2,20,,0.75,5\n",
    "chart.csv": (
        '"Step","v - train/loss","v - train/loss__MIN","v - train/loss__MAX","w - train/loss","v - eval/loss"\n'
        '"10","0.5","0.4","0.6","9","",\n"20","0.25","0.2","0.3","9","0.75"\n'
    ).replace('"",\n', '""\n'),
    "rows.jsonl": '{"step": 10, "loss": 0.5}\n{"step": 20, "loss": 0.25}\n{"step": 20, "eval/loss": 0.75}\n',
    "rows.json": '[{"step": 10, "loss": 0.5}, {"step": 20, "loss": 0.25}, {"step": 20, "eval_loss": 0.75}]',
}


@pytest.mark.parametrize("name", ROWS)
def test_exported_tables_and_rows_of_a_log_are_curves(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(ROWS[name])
    found = {(curve.key, curve.step): curve.value for curve in read_logged(tmp_path / name, "v").curves}
    assert found == {("loss", 10): 0.5, ("loss", 20): 0.25, ("eval_loss", 20): 0.75}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Wall time,Step,Value\n1.0,10,0.5\n", "lacks the names of quantities"),
        ("epoch,loss\n1,0.5\n", "lacks a column of steps"),
        ("Step,a - loss,b - loss\n1,0.5,0.6\n", r"2 runs \(a, b\), none of them v"),
    ],
)
def test_a_table_that_does_not_say_what_it_holds_is_refused(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(HarnessError, match=part):
        read_logged(tmp_path / "a.csv", "v")
