"""Verdicts of every form, cast as ballots of a run; and judges checked by labels."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.judges import cast_ballots, check_files, judge_run, keep, read_verdicts
from harness.store import Run, read_run
from tests.support.report_fixture import make_run

FORMS: dict[str, list[dict[str, Any]]] = {
    "verdicts": [
        {"question_id": "{id}", "first": "base", "second": "dpo", "verdict": "second"},
        {"question_id": "{id}", "first": "dpo", "second": "base", "verdict": "First"},
    ],
    "MT-bench's judgments": [
        {
            "question_id": "{id}", "model_1": "base", "model_2": "dpo", "g1_winner": "model_2", "g2_winner": "model_2",
            "turn": 1, "g1_judgment": "B [[B]]",
        },
        {"question_id": "{id}", "model_1": "base", "model_2": "dpo", "g1_winner": "tie", "g2_winner": "tie", "turn": 2},
    ],
    "Arena-Hard's games": [
        {
            "question_id": "{id}", "model": "dpo",
            "games": [{"score": "B>>A"}, {"score": "A>B", "judgment": {"answer": "x"}}],
        }
    ],
    "AlpacaEval's annotations": [
        {"instruction": "{text}", "preference": 2.0, "generator_1": "base", "generator_2": "dpo"}
    ],
    "votes": [{"question_id": "{id}", "model_a": "DPO", "model_b": "base", "winner": "model_a"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return read_run(make_run(tmp_path_factory.mktemp("runs") / "run", questions=12, benchmarks=False, curves=False))


def rows_of(form: str, run: Run) -> list[dict[str, Any]]:
    """The form's rows for every question of the run."""

    def filled(value: Any, question: Any) -> Any:
        return value.format(id=question.id, text=question.question) if isinstance(value, str) else value

    return [
        {key: filled(value, question) for key, value in row.items()}
        for question in run.questions
        for row in FORMS[form]
    ]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_that_dpo_wins_every_question(form: str, run: Run, tmp_path: Path) -> None:
    found = read_verdicts(written(tmp_path / "v.jsonl", rows_of(form, run)))
    cast = cast_ballots(found, run)
    assert found.form == form
    assert len(cast.ballots) == 12
    assert {(it.baseline, it.variant, it.preference) for it in cast.ballots} == {("base", "dpo", 1.0)}
    (match,) = judge_run(run, cast.ballots, "j", "v.jsonl", form).matches
    assert match.rate is not None and match.rate.low is not None
    assert (match.rate.rate, match.rate.wins, match.rate.losses) == (1.0, 12, 0)
    assert match.rate.low > 0.5


def test_a_csv_is_read_as_json_is(run: Run, tmp_path: Path) -> None:
    rows = rows_of("verdicts", run)
    with (tmp_path / "v.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert len(cast_ballots(read_verdicts(tmp_path / "v.csv"), run).ballots) == 12


def test_a_pair_that_lacks_one_of_two_orders_is_not_judged(run: Run, tmp_path: Path) -> None:
    rows = rows_of("verdicts", run)[:-1]
    ballots = cast_ballots(read_verdicts(written(tmp_path / "v.jsonl", rows)), run).ballots
    assert [it.preference for it in ballots] == [1.0] * 11 + [None]


def test_nameless_annotations_are_of_the_only_other_variant(tmp_path: Path) -> None:
    two = read_run(make_run(tmp_path / "two", questions=8, benchmarks=False, curves=False, names=("base", "dpo")))
    rows = [{"instruction": it.question, "output_1": "a", "output_2": "b", "preference": 1.2} for it in two.questions]
    ballots = cast_ballots(read_verdicts(written(tmp_path / "v.jsonl", rows)), two).ballots
    assert {(it.baseline, it.variant) for it in ballots} == {("base", "dpo")}
    assert [it.preference for it in ballots] == pytest.approx([0.2] * 8)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question_id": "q", "first": "base", "second": "dpo", "verdict": "B"}, "verdict is 'B'"),
        ({"question_id": "q", "first": "", "second": "dpo", "verdict": "tie"}, "has no first"),
        ({"instruction": "q", "preference": 3}, "not between 1 and 2"),
        ({"instruction": "q", "preference": "x"}, "no number"),
        ({"question_id": "q", "model": "dpo", "games": [{"score": "A>B"}]}, "games are not two"),
        ({"question_id": "q", "model": "dpo", "games": [{"score": "A"}, {"score": "B"}]}, "score is 'A'"),
        ({"model_a": "a", "model_b": "b", "winner": "model_a"}, "names no question"),
        ({"question_id": "q", "model_a": "a", "model_b": "b", "winner": "c"}, "winner is 'c'"),
        ({"question_id": 1, "model_1": "a", "model_2": "b", "g1_winner": "a", "g2_winner": "b"}, "g1_winner is 'a'"),
        ({"id": "q", "answer": "x"}, "no verdict that is known"),
    ],
)
def test_what_is_no_verdict_is_refused_with_its_place(row: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"row 1.*" + said):
        read_verdicts(written(tmp_path / "v.jsonl", [row, row]))


def test_strange_models_and_questions_are_left_out_and_counted(run: Run, tmp_path: Path) -> None:
    rows = rows_of("verdicts", run)
    rows += [{**rows[0], "first": "gpt-4o"}, {**rows[0], "question_id": "of another suite"}]
    cast = cast_ballots(read_verdicts(written(tmp_path / "v.jsonl", rows)), run)
    assert cast.notes == ("verdicts on other models left out: 1", "verdicts on other questions left out: 1")


def test_a_file_about_others_says_how_to_name_them(run: Run, tmp_path: Path) -> None:
    rows = [{"question_id": run.questions[0].id, "first": "a-7b", "second": "b-7b", "verdict": "tie"}]
    path = written(tmp_path / "v.jsonl", rows)
    with pytest.raises(HarnessError, match=r"The file's: a-7b, b-7b. Say which is which: --model NAME=VARIANT"):
        cast_ballots(read_verdicts(path), run)
    cast = cast_ballots(read_verdicts(path), run, called={"a-7b": "base", "b-7b": "orpo"})
    assert [(it.baseline, it.variant) for it in cast.ballots] == [("base", "orpo")]
    with pytest.raises(HarnessError, match="No variant named 'kto'"):
        cast_ballots(read_verdicts(path), run, called={"a-7b": "kto"})


def test_three_variants_get_strengths_and_what_is_kept_says_what_was_judged(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"question_id": it.id, "first": first, "second": second, "verdict": rng.choice(["first", "second", "tie"])}
        for it in run.questions
        for one, other in (("base", "dpo"), ("base", "orpo"), ("dpo", "orpo"))
        for first, second in ((one, other), (other, one))
    ]
    cast = cast_ballots(read_verdicts(written(tmp_path / "v.jsonl", rows)), run)
    found = judge_run(run, cast.ballots, "by-chance", "v.jsonl", "verdicts")
    keep(run, found, cast.ballots)
    assert [it.name for it in found.strengths] == ["base", "dpo", "orpo"]
    kept = json.loads((run.path / "judgements/by-chance.json").read_text(encoding="utf-8"))
    assert (kept["judge"], len(kept["matches"]), kept["format_version"]) == ("by-chance", 3, 1)
    assert len((run.path / "judgements/by-chance.jsonl").read_text(encoding="utf-8").splitlines()) == 36


def test_people_correct_a_judge(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    people = ["second" if it else "first" for it in rng.random(400) < 0.7]
    judge = [said if right else "first" for said, right in zip(people, rng.random(400) < 0.8, strict=True)]

    def rows(said: list[str]) -> list[dict[str, Any]]:
        return [{"question_id": str(n), "first": "a", "second": "b", "verdict": it} for n, it in enumerate(said)]

    verdicts, labels = written(tmp_path / "v.jsonl", rows(judge)), written(tmp_path / "l.jsonl", rows(people[:100]))
    found = check_files(verdicts, labels)
    assert (found.check.n, found.unlabelled) == (100, 300)
    (mended,) = found.corrected
    naive = judge.count("second") / 400
    assert mended.rate.low is not None and mended.rate.high is not None
    assert naive < mended.rate.low < people.count("second") / 400 < mended.rate.high
    assert mended.needed is not None and mended.needed > 100


def test_a_judge_asked_twice_is_as_stable_as_it_is(tmp_path: Path) -> None:
    rows = [{"question_id": str(n), "first": "a", "second": "b", "verdict": "first"} for n in range(20)]
    again = [{**row, "verdict": "first" if n % 4 else "second"} for n, row in enumerate(rows)]
    found = check_files(written(tmp_path / "v.jsonl", rows + again), written(tmp_path / "l.jsonl", rows)).check
    assert found.stability is not None and found.stability.value == 0.75
    assert found.consistency is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"label": "A>B"}], "has no first_order, swapped_order"),
        ([{"label": "A", "first_order": "A>B", "swapped_order": "A>B"}], "label is 'A'"),
    ],
)
def test_a_file_that_cannot_be_checked_alone_is_refused(rows: list[dict[str, Any]], said: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=said):
        check_files(written(tmp_path / "v.jsonl", rows * 2))


def test_labels_of_other_pairs_are_refused(tmp_path: Path) -> None:
    row = {"question_id": "1", "first": "a", "second": "b", "verdict": "tie"}
    with pytest.raises(HarnessError, match="No pair of .* has a label"):
        check_files(written(tmp_path / "v.jsonl", [row]), written(tmp_path / "l.jsonl", [{**row, "question_id": "2"}]))
