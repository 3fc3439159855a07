"""The gate looked at after every question, on runs made by hand whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.gate import Policy, check_sequentially
from harness.gate.policy import Margin
from harness.gate.sequential import asked_order
from harness.records import Check, Finding
from harness.store import RunFolder, read_run
from tests.conftest import run_harness
from tests.support.gate_runs import ALL, N, but, drop_lines, edit_json, make_run

_KINDS = {"base": "base", "dpo": "adapter"}
_CORRECT = Policy(metrics={"correct": 0.05})


def run_of(path: Path, wrong: int, **manifest: Any) -> RunFolder:
    return make_run(path, {"base": but(60), "dpo": but(wrong)}, _KINDS, **manifest)


def check(run: RunFolder, against: RunFolder, policy: Policy = _CORRECT, *wanted: tuple[str, str]) -> Check:
    return check_sequentially(read_run(run), read_run(against), policy, wanted)


def one(found: Check, metric: str = "correct") -> Finding:
    (finding,) = [row for row in found.findings if row.metric == metric]
    return finding


def test_what_is_unchanged_passes_and_says_after_how_many_questions(tmp_path: Path) -> None:
    found = check(run_of(tmp_path / "new", 12), run_of(tmp_path / "old", 12))
    assert (found.status, found.exit_code) == ("passed", 0)
    finding = one(found)
    assert finding.low is not None and -0.05 <= finding.low < 0 < (finding.high or 0)
    # Nothing lost wins at most 1 + 0.05 · 0.9 / 0.95 a question: 40 = 1 / 0.025 takes 80 of them or more.
    (note,) = [text for text in found.notes if text.startswith("Sequential:")]
    after = int(note.split("decided after ")[1].split(" ")[0])
    assert note.startswith(f"Sequential: {N} of {N} questions") and 80 <= after < N


def test_what_is_worse_has_regressed_before_all_was_asked(tmp_path: Path) -> None:
    found = check(run_of(tmp_path / "new", 60), run_of(tmp_path / "old", 12), Policy())
    assert (found.status, found.exit_code) == ("regressed", 1)
    finding = one(found)
    assert finding.verdict == "regressed" and finding.test == "betting, one-sided"
    assert (finding.high or 0) < 0 and finding.p_adjusted is not None and finding.p_adjusted < 0.05
    assert f"of {N} questions, in an order drawn by seed 0; decided after" in found.notes[-1]
    assert set(finding.lost_ids) == {str(number) for number in range(12, 60)} and not finding.gained_ids


def test_the_adapter_is_checked_against_its_own_base(tmp_path: Path) -> None:
    run = run_of(tmp_path / "new", 110)
    found = check(run, run, _CORRECT, ("base", "dpo"))
    assert found.status == "regressed" and found.against == "its own base" and found.pairs == (("base", "dpo"),)


def test_a_length_is_left_undecided_with_the_reason(tmp_path: Path) -> None:
    policy = Policy(metrics={"correct": 0.05, "words": Margin(margin=0.2, relative=True, better="lower")})
    found = check(run_of(tmp_path / "new", 12), run_of(tmp_path / "old", 12), policy)
    finding = one(found, "words")
    assert (finding.verdict, finding.low, finding.p, finding.test) == ("undecided", None, None, "not sequential")
    assert found.status == "undecided"
    assert any("dpo words: not sequential, because its values have no upper bound" in note for note in found.notes)


def test_a_margin_that_depends_on_the_answers_is_not_sequential_either(tmp_path: Path) -> None:
    policy = Policy(metrics={"correct": Margin(margin=0.1, relative=True)})
    found = check(run_of(tmp_path / "new", 12), run_of(tmp_path / "old", 12), policy)
    assert one(found).verdict == "undecided" and any("its margin depends on" in note for note in found.notes)


def test_lm_eval_tasks_are_judged_whole_in_the_same_family(tmp_path: Path) -> None:
    tasks = {name: {"skill": ALL} for name in ("base", "dpo")}
    old, new = (make_run(tmp_path / name, {"base": ALL, "dpo": ALL}, _KINDS, tasks) for name in ("old", "new"))
    found = check(new, old, Policy())
    (skill,) = [row for row in found.findings if row.source == "skill"]
    assert skill.test == "mcnemar exact" and skill.verdict == "passed"
    assert found.family.startswith(f"{len(found.findings)} tests of metrics and tasks, Holm")


def test_an_answer_that_is_missing_in_the_middle_is_missing(tmp_path: Path) -> None:
    new = run_of(tmp_path / "new", 12)
    assert drop_lines(new.path / "responses.jsonl", '"dpo"', '"question_id": "7"')
    found = check(new, run_of(tmp_path / "old", 12))
    assert (found.status, found.exit_code) == ("incomplete", 3)
    assert f"1 of {N} questions lack answers: 7." in found.missing


def test_a_run_that_was_killed_while_it_asked_is_judged_at_its_last_whole_look(tmp_path: Path) -> None:
    stopping = {"rule": "decided", "against": None, "policy": "", "looks": [40, 80, N], "of": N}
    new, old = run_of(tmp_path / "new", 12, stopping=stopping), run_of(tmp_path / "old", 12)
    whole = check(new, old)
    assert f"Sequential: {N} of {N}" in whole.notes[-1]
    order = [cluster[0] for cluster in asked_order(read_run(new), read_run(old))]
    assert drop_lines(new.path / "responses.jsonl", '"dpo"', f'"question_id": "{order[85]}"')
    found = check(new, old)
    assert not found.missing and f"Sequential: 80 of {N}" in found.notes[-1] and one(found).n == 80


def test_fewer_questions_of_the_same_order_are_compared_on_those(tmp_path: Path) -> None:
    new, old = run_of(tmp_path / "new", 12), run_of(tmp_path / "old", 12)
    lines = (new.path / "questions.jsonl").read_text().splitlines(keepends=True)
    (new.path / "questions.jsonl").write_text("".join(lines[:50]))
    found = check(new, old)
    assert not found.missing and one(found).n == 50


def test_a_run_that_stopped_early_is_refused_by_the_check_for_a_fixed_number(tmp_path: Path) -> None:
    new, old = run_of(tmp_path / "runs/eval/new", 12), run_of(tmp_path / "runs/eval/old", 12)
    edit_json(
        new.path / "manifest.json",
        stopping={
            "rule": "decided",
            "against": None,
            "policy": "",
            "looks": [N],
            "of": N,
            "asked": N,
            "ended": "decided",
        },
    )
    (tmp_path / "check.yaml").write_text("metrics: {correct: 0.05}")
    refused = run_harness("check", "new", "--against", "old", folder=tmp_path)
    assert refused.returncode == 2 and "stopped asking" in refused.stderr and "--sequential" in refused.stderr
    done = run_harness("check", "new", "--against", "old", "--sequential", folder=tmp_path)
    assert done.returncode == 0 and "PASSED" in done.stdout and "decided after" in done.stdout
    assert json.loads((new.path / "check.json").read_text())["status"] == "passed"
    assert old.path.is_dir()
