"""Pairs of the embedded model's own answers: made, gone on with after any stop, trained on, known to the audit."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from harness.asking import Wishes, begin, plan_evaluation
from harness.cli.pairs import pairs as pairs_command
from harness.config import Config, Serving
from harness.data import prompt_for
from harness.data.preferences import read_preferences
from harness.data.suites import load_suite
from harness.errors import Differs, HarnessError
from harness.machine import alone
from harness.models import find_base
from harness.pairs import PairWishes, make_pairs, plan_pairs
from harness.pairs.made import MadePairs
from harness.records import BASE
from harness.store import RunFolder, read_json, read_jsonl, read_run, write_json
from tests.conftest import ROOT, begin_harness, run_harness

WISHES: dict[str, Any] = {
    "suite": "pocket", "samples": 3, "max_tokens": 64, "prefer": ("stops", "shorter"), "split": 0.8, "limit": 20,
    "seed": 1,
}  # fmt: skip
COMMAND = (
    "pairs", "--suite", "pocket", "--samples", "3", "--max-tokens", "64", "--prefer", "stops,shorter", "--split", "0.8",
    "--limit", "20", "--seed", "1",
)  # fmt: skip


SMALL = Config(serving=Serving(batch_size=4))


def make(out: Path, fresh: bool = False, **wishes: Any) -> MadePairs:
    return make_pairs(plan_pairs(SMALL, PairWishes(**{**WISHES, **wishes}), out, "harness pairs"), fresh)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What comes of the command where nothing stops it."""
    out = tmp_path_factory.mktemp("whole") / "own.jsonl"
    make(out)
    return out


def copied(whole: Path, folder: Path) -> Path:
    shutil.copytree(whole.parent, folder, dirs_exist_ok=True)
    return folder / whole.name


def test_each_row_names_its_question_its_scores_and_what_asks_for_it_again(whole: Path) -> None:
    rows, run = list(read_jsonl(whole)), read_run(whole.with_suffix(".samples"))
    suite = load_suite("pocket")
    questions = {question.id: question for question in suite.questions}
    assert len({row["question_id"] for row in rows}) == len(rows) > 2
    for row in rows:
        assert row["prompt"] == questions[row["question_id"]].question and row["suite_digest"] == suite.digest
        for part in ("chosen", "rejected"):
            answer = run.answers[BASE, row["question_id"], row[f"seed_{part}"] - 1]
            assert answer.text == row[part] and answer.prompt_sha256 == row["prompt_sha256"]
            assert row[f"scores_{part}"] == {"truncated": float(answer.truncated), "words": len(row[part].split())}
        better, worse = row["scores_chosen"], row["scores_rejected"]
        assert row["margin"] == {"stops": worse["truncated"], "shorter": worse["words"] - better["words"]}
        assert row["decided_by"] == ("stops" if worse["truncated"] else "shorter")
        assert better["truncated"] == 0


def test_a_training_reads_the_file_as_it_is(whole: Path) -> None:
    found = read_preferences(str(whole))
    assert [it.question for it in found.usable] == [row["prompt"] for row in read_jsonl(whole)] and not found.dropped
    origins = [it.origin for it in found.usable]
    assert {it.prompt_template for it in origins if it} == {"alpaca"}
    assert [it.question_id for it in origins if it] == [row["question_id"] for row in read_jsonl(whole)]


def test_a_training_takes_the_prompt_template_that_the_pairs_were_sampled_with(whole: Path, tmp_path: Path) -> None:
    rows, pocket = list(read_jsonl(whole)), find_base("pocket")
    path = tmp_path / "a.jsonl"
    for templates, expected in ((["mine"] * len(rows), "mine"), (["mine", *["chat"] * (len(rows) - 1)], "alpaca")):
        named = ({**row, "prompt_template": name} for row, name in zip(rows, templates, strict=True))
        path.write_text("".join(json.dumps(row) + "\n" for row in named))
        assert prompt_for(pocket, str(path), "train", None, {}) == expected


def test_what_is_held_out_is_a_suite_that_is_asked_as_the_whole_one_is(whole: Path) -> None:
    suite, held_out = load_suite("pocket"), load_suite(str(whole.with_suffix(".held_out")))
    asked = {question.id for question in read_run(whole.with_suffix(".samples")).questions}
    assert len(asked) == 16 and len(held_out.questions) == 4 and not held_out.notes
    assert not asked & {question.id for question in held_out.questions}
    assert set(held_out.questions) < set(suite.questions) and held_out.part_of == suite.digest
    same = ("prompt", "system", "generation", "margins", "primary", "tasks")
    assert [getattr(held_out, name) for name in same] == [getattr(suite, name) for name in same]


@pytest.mark.parametrize("rows", [0, 3, 4, 16 + 8 + 1, 47])
def test_whatever_was_written_before_a_stop_the_end_is_the_same(whole: Path, tmp_path: Path, rows: int) -> None:
    out = copied(whole, tmp_path)
    out.unlink()
    answers = tmp_path / "own.samples" / "responses.jsonl"
    lines = answers.read_bytes().splitlines(keepends=True)
    # A batch of four comes in one write, of which a stop may leave any part.
    answers.write_bytes(b"".join(lines[:rows]) + lines[rows][:40])
    made = make(out)
    assert out.read_bytes() == whole.read_bytes() and made.asked == 16
    assert made.pairs + sum(made.without.values()) == 16


def test_nothing_is_asked_again_and_other_settings_are_refused(whole: Path, tmp_path: Path) -> None:
    out = copied(whole, tmp_path)
    before = (tmp_path / "own.samples" / "responses.jsonl").read_bytes()
    make(out)
    assert (tmp_path / "own.samples" / "responses.jsonl").read_bytes() == before
    with pytest.raises(Differs, match=r"split 0\.8 → 0\.5\. Give another --out"):
        make(out, split=0.5)
    with pytest.raises(Differs, match="temperature 1.0 → 0.5"):
        make(out, temperature=0.5)
    with pytest.raises(Differs, match="prefer"):
        make(out, prefer=("shorter",))
    # The samples themselves are as good for other pairs.
    out.unlink()
    assert make(out, prefer=("shorter",)).decided.keys() == {"shorter"}
    assert (tmp_path / "own.samples" / "responses.jsonl").read_bytes() == before


def test_other_peoples_files_are_left_alone_and_fresh_moves_all_aside(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"prompt": "p", "chosen": "a", "rejected": "b"}\n')
    with pytest.raises(HarnessError, match="is there already"):
        make(tmp_path / "mine.jsonl")
    (tmp_path / "your.held_out").mkdir()
    with pytest.raises(HarnessError, match=r"your\.held_out is there already"):
        make(tmp_path / "your.jsonl")
    assert not list(tmp_path.glob("*.samples"))
    with pytest.raises(HarnessError, match="ends in .jsonl"):
        make(tmp_path / "pairs.csv")
    out = copied(whole, tmp_path)
    make(out, fresh=True)
    assert out.read_bytes() == (tmp_path / "own.jsonl.1").read_bytes()
    assert (tmp_path / "own.samples.1").is_dir() and (tmp_path / "own.held_out.1").is_dir()


def test_two_at_once_are_refused_and_so_are_two_models_and_what_cannot_differ(tmp_path: Path) -> None:
    out = tmp_path / "own.jsonl"
    with alone(tmp_path / ".locks" / "own.jsonl", "it", ""), pytest.raises(HarnessError, match="is running already"):
        make(out)
    with pytest.raises(HarnessError, match="of one model's own answers, and --adapters names a, b"):
        make(out, adapters=("a", "b"))
    for nothing in ({"samples": 1}, {"temperature": 0.0}):
        with pytest.raises(HarnessError, match="two answers that differ"):
            make(out, **nothing)
    assert not list(tmp_path.glob("own*"))


def test_no_pair_at_all_is_said_with_its_reasons_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="None of 2 questions gives a pair: 2 with every answer cut") as refusal:
        make(tmp_path / "own.jsonl", max_tokens=4, limit=2, split=None, prefer=("correct",))
    assert "--max-tokens" in str(refusal.value) and not (tmp_path / "own.jsonl").exists()


@pytest.mark.slow
def test_killed_twice_it_ends_as_if_nothing_had_been_and_a_training_begins_on_it(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "harness.yaml").write_text("serving: {batch_size: 4}\n")
    answers = tmp_path / "own.samples" / "responses.jsonl"
    for least in (1, 20):
        begun = begin_harness(*COMMAND, "--out", "own.jsonl", folder=tmp_path, session=True)
        while begun.poll() is None and (not answers.exists() or answers.read_bytes().count(b"\n") < least):
            time.sleep(0.01)
        begun.send_signal(signal.SIGKILL)
        begun.wait()
    done = run_harness(*COMMAND, "--out", "own.jsonl", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "own.jsonl").read_bytes() == whole.read_bytes()
    assert "asked     16 questions, 3 samples each" in done.stdout and "held out  4 questions" in done.stdout
    command = shlex.split(done.stdout.partition("next ")[2])
    assert command[:3] == ["harness", "train", "dpo"]
    done = run_harness(*command[1:], "--dry-run", folder=tmp_path)
    rows = sum(1 for _ in read_jsonl(whole))
    assert f"{rows} of {rows} pairs of own.jsonl" in done.stdout, done.stderr


@pytest.mark.slow
def test_an_evaluation_knows_what_was_trained_on_and_what_was_held_out(
    whole: Path, trained: Path, tmp_path: Path
) -> None:
    adapter = tmp_path / "own"
    shutil.copytree(trained / "runs" / "train" / "dpo", adapter)
    certificate = read_json(adapter / "certificate.json")
    data = {**certificate["data"], "source": str(whole), "digest": read_preferences(str(whole)).digest}
    write_json(adapter / "certificate.json", {**certificate, "data": data})

    def paired(suite: str) -> dict[str, tuple[str, ...]] | None:
        wishes = Wishes(adapters=(f"own={adapter}",), suite=suite, tasks=())
        run = begin(plan_evaluation(Config(), wishes, "harness evaluate"), RunFolder(tmp_path / Path(suite).name))
        assert run.manifest.overlap == {"own": {}}
        return dict(run.manifest.paired) if run.manifest.paired else None

    # In the suite's order, as the pairs are.
    assert paired("pocket") == {"own": tuple(row["question_id"] for row in read_jsonl(whole))}
    assert paired(str(whole.with_suffix(".held_out"))) is None


def test_the_documented_row_is_one_as_it_is_made(whole: Path) -> None:
    text = (ROOT / "docs" / "pairs.md").read_text(encoding="utf-8")
    (shown,) = (json.loads(row) for row in re.findall(r"```json\n(.*?)\n```", text, re.S))
    made = next(read_jsonl(whole))
    assert list(shown) == list(made)
    assert {key: type(value) for key, value in shown.items()} == {key: type(value) for key, value in made.items()}
    names = {"--" + name.replace("_", "-") for name in inspect.signature(pairs_command).parameters}
    told = set(re.findall(r"--[a-z][a-z-]+", text)) - {"--set"}
    assert told <= names
