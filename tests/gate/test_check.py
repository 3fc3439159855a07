"""The gate's decisions on runs made by hand, whose truth is known."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.comparing import Rule, holm
from harness.comparing.inference import Paired
from harness.comparing.rules import verdict as verdict_of
from harness.errors import HarnessError
from harness.gate import Policy, check_run, refuse_drift
from harness.gate.check import gate_verdict
from harness.gate.policy import Margin
from harness.records import Check, Comparison, Direction, Finding, GateVerdict, Response
from harness.score import score_run
from harness.store import RunFolder, read_run
from tests.support.gate_runs import ALL, N, but, drop_lines, edit_json, make_run, write_tasks

Copy = Callable[[str], RunFolder]
_KINDS = {"base": "base", "dpo": "adapter"}
_RIGHTS = {"base": but(60), "dpo": but(12)}
_TASKS = {name: {"skill": ALL, "text": but(40)} for name in _RIGHTS}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A base and an adapter, 90 % right after 50 %, with two lm-eval tasks."""
    return make_run(tmp_path_factory.mktemp("runs") / "good", _RIGHTS, _KINDS, _TASKS)


@pytest.fixture
def copy(good: RunFolder, tmp_path: Path) -> Copy:
    """The good run again, to be spoilt."""

    def copied(name: str = "same") -> RunFolder:
        shutil.copytree(good.path, tmp_path / name)
        return RunFolder(tmp_path / name)

    return copied


def other(tmp_path: Path, dpo: list[bool], name: str = "other") -> RunFolder:
    return make_run(tmp_path / name, {**_RIGHTS, "dpo": dpo}, _KINDS, _TASKS)


def check(run: RunFolder, against: RunFolder, policy: Policy | None = None, *wanted: tuple[str, str]) -> Check:
    return check_run(read_run(run), read_run(against), policy or Policy(), wanted)


def one(found: Check, metric: str, source: str = "suite") -> Finding:
    (finding,) = [row for row in found.findings if (row.source, row.metric) == (source, metric)]
    return finding


# What passes, and what does not.


def test_a_run_against_itself_passes(good: RunFolder, copy: Copy) -> None:
    found = check(copy("same"), good)
    assert (found.status, found.exit_code, found.missing) == ("passed", 0, ())
    assert {row.verdict for row in found.findings} == {"passed"}


def test_a_worse_run_is_a_regression_with_the_lost_items(good: RunFolder, tmp_path: Path) -> None:
    found = check(other(tmp_path, but(40)), good)
    row = one(found, "correct")
    assert (found.status, found.exit_code, row.verdict) == ("regressed", 1, "regressed")
    assert row.lost_ids == tuple(sorted(map(str, range(12, 40)), key=str)) and row.gained_ids == ()
    assert [row.before, row.after] == pytest.approx([(N - 12) / N, (N - 40) / N])


def test_a_better_run_passes(good: RunFolder, tmp_path: Path) -> None:
    assert one(check(other(tmp_path, but(2)), good), "correct").verdict == "passed"


def test_what_cannot_be_told_passes_without_and_fails_with_proof_asked_for(good: RunFolder, tmp_path: Path) -> None:
    run = other(tmp_path, but(15))
    found = check(run, good)
    assert (found.status, found.exit_code) == ("undecided", 0)
    assert one(found, "correct").verdict == "undecided" and one(found, "correct").mde
    assert check(run, good, Policy(require="proof")).exit_code == 4


def test_a_regression_of_an_lm_eval_task_alone_is_found(good: RunFolder, copy: Copy) -> None:
    run = copy("same")
    write_tasks(run, "dpo", {"skill": but(30), "text": but(40)})
    found = check(run, good)
    assert found.exit_code == 1 and one(found, "acc", "skill").verdict == "regressed"
    assert one(found, "acc", "text").verdict == "passed"


# What is missing is never a pass.


def spoil_answers(run: RunFolder) -> None:
    assert drop_lines(run.path / "responses.jsonl", '"variant": "dpo"', '"question_id": "7"') == 1


def spoil_scores(run: RunFolder) -> None:
    assert drop_lines(run.path / "scores.jsonl", '"variant": "dpo"', '"question_id": "7"')


def spoil_scores_of_one_metric(run: RunFolder) -> None:
    assert drop_lines(run.path / "scores.jsonl", '"variant": "dpo"', '"question_id": "7"', '"correct"') == 1


def spoil_one_metric_altogether(run: RunFolder) -> None:
    assert drop_lines(run.path / "scores.jsonl", '"variant": "dpo"', '"metric": "correct"') == N


def spoil_all_scores(run: RunFolder) -> None:
    (run.path / "scores.jsonl").unlink()


def spoil_task(run: RunFolder) -> None:
    path = run.path / "benchmarks" / "dpo.json"
    results = json.loads(path.read_text())
    del results["results"]["skill"]
    path.write_text(json.dumps(results))


def spoil_tasks(run: RunFolder) -> None:
    shutil.rmtree(run.path / "benchmarks")


def spoil_documents(run: RunFolder) -> None:
    assert drop_lines(run.path / "benchmarks" / "dpo" / "samples_skill.jsonl", '"doc_id": 7,') == 1


def spoil_samples(run: RunFolder) -> None:
    (run.path / "benchmarks" / "dpo" / "samples_skill.jsonl").unlink()


def spoil_metric(run: RunFolder) -> None:
    path = run.path / "benchmarks" / "dpo.json"
    results = json.loads(path.read_text())
    results["results"]["skill"] = {"f1,none": 1.0}
    path.write_text(json.dumps(results))


def spoil_generation(run: RunFolder) -> None:
    run.append_responses([Response("dpo", "sums", "7", "", "sha of 7", error="out of memory")])
    score_run(read_run(run))


_SPOILERS = [
    spoil_answers, spoil_scores, spoil_scores_of_one_metric, spoil_one_metric_altogether, spoil_all_scores, spoil_task,
    spoil_tasks, spoil_documents, spoil_samples, spoil_metric, spoil_generation,
]  # fmt: skip


@pytest.mark.parametrize("spoil", _SPOILERS)
def test_what_the_candidate_lacks_is_incomplete(
    good: RunFolder, copy: Copy, spoil: Callable[[RunFolder], None]
) -> None:
    run = copy("spoilt")
    spoil(run)
    found = check(run, good)
    assert (found.status, found.exit_code) == ("incomplete", 3) and found.missing


@pytest.mark.parametrize("spoil", [spoiler for spoiler in _SPOILERS if spoiler not in (spoil_metric,)])
def test_what_the_baseline_lacks_is_incomplete(good: RunFolder, copy: Copy, spoil: Callable[[RunFolder], None]) -> None:
    against = copy("spoilt")
    spoil(against)
    assert check(copy("same"), against).exit_code == (0 if spoil is spoil_one_metric_altogether else 3)


def test_a_regression_in_an_incomplete_run_is_still_incomplete(good: RunFolder, tmp_path: Path) -> None:
    run = other(tmp_path, but(40))
    spoil_answers(run)
    found = check(run, good)
    assert found.exit_code == 3 and one(found, "correct").verdict == "regressed"


def test_a_variant_that_is_missing_is_incomplete(good: RunFolder, tmp_path: Path) -> None:
    tasks = {"base": _TASKS["base"]}
    found = check(make_run(tmp_path / "r", {"base": _RIGHTS["base"]}, _KINDS, tasks), good)
    assert found.exit_code == 3 and "Variants of good are missing: dpo." in " ".join(found.missing)


def test_fewer_questions_of_the_same_suite_are_incomplete_on_either_side(good: RunFolder, copy: Copy) -> None:
    few = copy("few")
    few.write_questions(read_run(few).questions[:40])
    for name in ("responses.jsonl", "scores.jsonl"):
        for number in range(40, N):
            drop_lines(few.path / name, f'"question_id": "{number}"')
    for run, against in ((few, good), (good, few)):
        found = check(run, against)
        assert found.exit_code == 3 and "few lacks 90 of 130 answers" in " ".join(found.missing)


def test_runs_with_nothing_to_compare_are_incomplete(good: RunFolder, copy: Copy) -> None:
    found = check(copy("same"), good, Policy(metrics={}, tasks={}))
    assert (found.exit_code, found.findings) == (3, ()) and "Nothing could be compared" in found.missing[0]


def test_a_metric_of_the_policy_that_nobody_judged_is_incomplete(good: RunFolder, copy: Copy) -> None:
    found = check(copy("same"), good, Policy(metrics={"rouge_l": 0.1}))
    assert found.exit_code == 3 and "nothing of rouge_l" in found.missing[0]


def test_a_task_of_the_policy_that_the_baseline_does_not_have_is_incomplete(good: RunFolder, copy: Copy) -> None:
    found = check(copy("same"), good, Policy(tasks={"skil": 0.1}))
    assert found.exit_code == 3 and "the lm-eval task skil," in found.missing[0]


def test_a_new_task_of_the_candidate_is_noted(good: RunFolder, copy: Copy) -> None:
    run = copy("same")
    for name in _RIGHTS:
        write_tasks(run, name, {**_TASKS[name], "fresh": ALL})
    found = check(run, good)
    assert found.exit_code == 0 and any("fresh" in note for note in found.notes)


def test_a_group_of_tasks_is_checked_by_its_tasks(good: RunFolder, copy: Copy) -> None:
    run, against = copy("same"), copy("old")
    for folder in (run, against):
        path = folder.path / "benchmarks" / "dpo.json"
        found = json.loads(path.read_text())
        results = {**found["results"], "both": {"acc,none": 0.8}}
        edit_json(path, results=results, group_subtasks={"both": ["skill", "text"], "skill": []})
    checked = check(run, against)
    assert checked.exit_code == 0 and {row.source for row in checked.findings} == {"suite", "skill", "text"}


# Which variants belong together.


def alone(path: Path, name: str) -> RunFolder:
    return make_run(path / f"of-{name}", {name: but(12)})


def test_one_renamed_adapter_is_the_same_adapter(good: RunFolder, tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "r",
        {"base": _RIGHTS["base"], "dpo-2": _RIGHTS["dpo"]},
        {"base": "base", "dpo-2": "adapter"},
        {"base": _TASKS["base"], "dpo-2": _TASKS["dpo"]},
    )
    found = check(run, good)
    assert found.exit_code == 0 and found.pairs == (("base", "base"), ("dpo", "dpo-2"))
    assert {(row.baseline, row.variant) for row in found.findings} == {("dpo", "dpo-2")}
    assert "dpo-2 is checked against dpo of good." in found.notes


def test_an_adapter_is_checked_against_a_baseline_of_one(tmp_path: Path) -> None:
    both = make_run(tmp_path / "both", {"base": but(12), "dpo": but(12)}, _KINDS)
    found = check(both, make_run(tmp_path / "r", {"base": but(12)}, _KINDS))
    assert found.pairs == (("base", "base"), ("base", "dpo")) and found.exit_code == 0


def test_ambiguous_names_ask_for_variant_and_take_it(tmp_path: Path) -> None:
    old = make_run(tmp_path / "old", {"a": but(12), "b": but(12)})
    new = make_run(tmp_path / "new", {"c": but(12), "d": but(40)})
    found = check(new, old)
    assert found.exit_code == 3 and "--variant NEW=OLD" in found.missing[0]
    assert check(new, old, None, ("a", "c")).exit_code == 0
    assert check(new, old, None, ("a", "c"), ("b", "d")).exit_code == 1
    with pytest.raises(HarnessError, match="No variant named 'e'"):
        check(new, old, None, ("a", "e"))


def test_what_variant_leaves_out_is_noted(good: RunFolder, copy: Copy) -> None:
    found = check(copy("same"), good, None, ("dpo", "dpo"))
    assert found.exit_code == 0 and "Not named by --variant and not checked: base." in found.notes


def test_the_base_is_left_out_unless_it_stands_alone(good: RunFolder, copy: Copy, tmp_path: Path) -> None:
    assert {row.variant for row in check(copy("same"), good).findings} == {"dpo"}
    base = make_run(tmp_path / "base", {"base": but(12)}, _KINDS)
    assert {row.variant for row in check(base, base).findings} == {"base"}
    assert {row.variant for row in check(copy("again"), good, Policy(variants=("base",))).findings} == {"base"}


# What changed between the runs is named, and nothing is compared.


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"prompt": {"name": "plain", "sha256": "p1", "system": "Be brief.", "headers": []}}, "prompt template plain"),
        ({"prompt": {"name": "plain", "sha256": "p0", "system": "", "headers": []}}, "system line 'Be brief.'"),
        ({"suite": {"name": "times", "digest": "d0"}}, "suite sums → times"),
        ({"generation": {"max_new_tokens": 99}}, "generation.max_new_tokens 50 → 99"),
        ({"tasks": {"skill": "t1", "text": "t0"}}, "lm-eval task skill"),
    ],
)
def test_other_settings_are_refused_by_name(good: RunFolder, copy: Copy, changes: dict[str, object], says: str) -> None:
    run = copy("drifted")
    edit_json(run.path / "manifest.json", **changes)
    with pytest.raises(HarnessError, match=says) as error:
        check(run, good)
    assert error.value.exit_status == 2


def test_a_changed_question_is_refused_by_name(good: RunFolder, copy: Copy) -> None:
    run = copy("drifted")
    text = (run.path / "questions.jsonl").read_text()
    (run.path / "questions.jsonl").write_text(text.replace("What is 7 plus 1?", "What is 7 and 1?"))
    with pytest.raises(HarnessError, match="question 7: what stands under question"):
        refuse_drift(read_run(run), read_run(good))


def test_questions_that_came_or_went_with_another_suite_are_refused_by_name(good: RunFolder, copy: Copy) -> None:
    run = copy("drifted")
    edit_json(run.path / "manifest.json", suite={"name": "sums", "digest": "d1"})
    run.write_questions(read_run(run).questions[1:])
    with pytest.raises(HarnessError, match="question 0: gone"):
        refuse_drift(read_run(run), read_run(good))


def test_other_prompts_under_the_same_template_are_refused(good: RunFolder, copy: Copy) -> None:
    run = copy("drifted")
    path = run.path / "responses.jsonl"
    path.write_text(path.read_text().replace("sha of 7", "another"))
    # 7 and 70 to 79 do not share a digest: "sha of 7" begins eleven of them, in each variant.
    with pytest.raises(HarnessError, match="differ in 11 of 130 questions"):
        check(run, good)


def test_another_document_under_the_same_id_is_refused(good: RunFolder, copy: Copy) -> None:
    run = copy("drifted")
    path = run.path / "benchmarks" / "dpo" / "samples_skill.jsonl"
    path.write_text(path.read_text().replace('"d7"', '"another"'))
    with pytest.raises(HarnessError, match="task skill changed between the runs: .* 1 of 130"):
        check(run, good)


# Margins and directions.


def test_margins_come_from_the_metric_the_suite_and_the_policy_in_this_order(good: RunFolder, copy: Copy) -> None:
    run = copy("same")
    assert one(check(run, good), "correct").margin == 0.03
    edit_json(run.path / "manifest.json", margins={"correct": 0.2})
    assert one(check(run, good), "correct").margin == 0.2
    assert one(check(run, good, Policy(metrics={"correct": 0.1})), "correct").margin == 0.1
    half = Policy(metrics={"correct": Margin(margin=0.5, relative=True)})
    assert one(check(run, good, half), "correct").margin == pytest.approx(0.5 * (N - 12) / N)


def test_margins_of_a_task_come_from_its_metadata_and_the_policy(copy: Copy) -> None:
    run, against = copy("same"), copy("old")
    for name in _RIGHTS:
        write_tasks(against, name, _TASKS[name], margin=0.2)
    found = check(run, against)
    assert one(found, "acc", "skill").margin == 0.2
    assert one(check(run, against, Policy(tasks={"skill": 0.1})), "acc", "skill").margin == 0.1
    assert one(check(run, against, Policy(tasks={"skill/acc": 0.1})), "acc", "skill").margin == 0.1
    with pytest.raises(HarnessError, match="No metric named 'accuracy'. Did you mean 'acc'?"):
        check(run, against, Policy(tasks={"skill/accuracy": 0.1}))


def test_a_wide_margin_lets_a_drop_pass(good: RunFolder, tmp_path: Path) -> None:
    run = other(tmp_path, but(24))
    assert check(run, good).exit_code == 1
    assert check(run, good, Policy(metrics={"correct": 0.2})).exit_code == 0


def test_a_bare_margin_of_words_is_a_share_of_the_baseline(good: RunFolder, copy: Copy) -> None:
    row = one(check(copy("same"), good, Policy(metrics={"words": 0.1})), "words")
    # "It is 8." has three words.
    assert [row.before, row.margin] == pytest.approx([3.0, 0.3]) and row.better == "neither"


@pytest.mark.parametrize(("text", "better", "verdict"), [
    ("It is of course and without doubt {}.", None, "regressed"),
    ("{}.", None, "regressed"),
    ("{}.", "lower", "passed"),
    ("It is of course and without doubt {}.", "lower", "regressed"),
    ("{}.", "higher", "regressed"),
])  # fmt: skip
def test_words_either_way_or_one_way(
    good: RunFolder, tmp_path: Path, text: str, better: Direction | None, verdict: GateVerdict
) -> None:
    texts = {("dpo", str(i)): text.format(i + 1) for i in range(0, N, 2)}
    run = make_run(tmp_path / "r", _RIGHTS, _KINDS, _TASKS, texts)
    found = check(run, good, Policy(metrics={"words": Margin(margin=0.1, relative=True, better=better)}, tasks={}))
    assert one(found, "words").verdict == verdict


def test_a_relative_margin_of_nothing_is_still_checked(good: RunFolder, tmp_path: Path) -> None:
    policy = Policy(metrics={"empty": Margin(margin=0.5, relative=True)}, tasks={})
    run = make_run(tmp_path / "r", _RIGHTS, _KINDS, _TASKS, {("dpo", str(i)): "" for i in range(30)})
    row = one(check(run, good, policy), "empty")
    assert (row.margin, row.verdict) == (0.0, "regressed")


def test_holm_over_the_family_spares_what_a_single_test_would_fail(good: RunFolder, copy: Copy) -> None:
    run = copy("other")
    # 6 lost and none gained: p = 2 / 2^6 = 0.03125, of ten tests with nine at 1 or so.
    write_tasks(run, "dpo", {"skill": but(6), "text": but(40)})
    strict, loose = check(run, good), check(run, good, Policy(correction="none"))
    assert one(strict, "acc", "skill").p == pytest.approx(2 / 2**6)
    assert (one(strict, "acc", "skill").verdict, strict.exit_code) == ("undecided", 0)
    assert (one(loose, "acc", "skill").verdict, loose.exit_code) == ("regressed", 1)
    assert [row.p_adjusted for row in strict.findings] == holm([row.p for row in strict.findings])
    assert "Holm" in strict.family and "not adjusted" in loose.family and str(len(strict.findings)) in strict.family


# The verdict, from the interval, the margin and the p-value.


@pytest.mark.parametrize(
    ("low", "high", "delta", "better", "p", "verdict"),
    [
        (-0.02, 0.05, 0.01, "higher", 0.5, "passed"),
        (-0.02, -0.005, -0.01, "higher", 0.001, "passed"),
        (-0.05, 0.05, 0.0, "higher", 1.0, "undecided"),
        (-0.30, -0.10, -0.20, "higher", 0.001, "regressed"),
        (-0.30, -0.10, -0.20, "higher", 0.2, "undecided"),
        (0.10, 0.30, 0.20, "higher", 0.001, "passed"),
        (0.10, 0.30, 0.20, "lower", 0.001, "regressed"),
        (-0.30, -0.10, -0.20, "lower", 0.001, "passed"),
        (0.10, 0.30, 0.20, "neither", 0.001, "regressed"),
        (-0.30, -0.10, -0.20, "neither", 0.001, "regressed"),
        (-0.02, 0.02, 0.0, "neither", 1.0, "passed"),
        (None, None, -0.5, "higher", None, "undecided"),
    ],
)
def test_the_verdict(
    low: float | None, high: float | None, delta: float, better: Direction, p: float | None, verdict: GateVerdict
) -> None:
    row = Comparison("a", "b", "suite", "correct", delta, low, high, p, None, "test", 9, None, None, None, "undecided")
    assert gate_verdict(row, better, 0.03, p, Policy()) == verdict


@pytest.mark.parametrize(
    ("low", "high", "better", "difference", "margin"),
    [
        # Worse for sure, and maybe by less than is tolerated.
        (-0.05, -0.01, "higher", "regressed", "undecided"),
        (-0.09, -0.04, "higher", "regressed", "regressed"),
        (0.01, 0.05, "lower", "regressed", "undecided"),
        (0.04, 0.09, "lower", "regressed", "regressed"),
        (-0.05, -0.01, "neither", "regressed", "undecided"),
        (0.04, 0.09, "neither", "regressed", "regressed"),
        # Its other end is the margin itself: not beyond it.
        (-0.09, -0.03, "higher", "regressed", "undecided"),
    ],
)
def test_the_policy_says_whether_worse_is_enough_or_only_worse_by_more_than_the_margin(
    low: float, high: float, better: Direction, difference: GateVerdict, margin: GateVerdict
) -> None:
    delta = (low + high) / 2
    row = Comparison("a", "b", "suite", "correct", delta, low, high, 0.001, None, "t", 9, None, None, None, "undecided")
    assert gate_verdict(row, better, 0.03, 0.001, Policy()) == difference
    assert gate_verdict(row, better, 0.03, 0.001, Policy(regression="margin")) == margin


@pytest.mark.parametrize(("low", "high"), [(-0.03, 0.01), (-0.01, 0.03), (-0.03, 0.03), (0.01, 0.03), (-0.03, -0.01)])
def test_an_interval_that_ends_at_the_margin_is_inside_it_for_the_gate_and_for_the_summary(
    low: float, high: float
) -> None:
    delta = (low + high) / 2
    row = Comparison("a", "b", "suite", "correct", delta, low, high, 0.5, None, "t", 9, None, None, None, "undecided")
    paired = Paired(delta, low, high, 0.5, "t", 9)
    assert verdict_of(paired, Rule("suite", "correct", "higher", True, 0.03)) == "unchanged"
    assert gate_verdict(row, "neither", 0.03, 0.5, Policy()) == "passed"
    assert gate_verdict(row, "higher", 0.03, 0.5, Policy()) == "passed"
    assert gate_verdict(row, "lower", 0.03, 0.5, Policy()) == "passed"
