"""The table that evaluate, import and score print: verdicts of primary metrics, differences of all others."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from harness.cli.printed import comparison_table
from harness.records import Caveat, Summary
from tests.support.verdict_runs import better, blind, missing, noisy

VERDICT = re.compile(r"better|WORSE|shifted|\?")


def parts(summary: Summary) -> tuple[list[str], list[str], str]:
    """(lines of the primary metrics, lines of the exploratory ones, what stands beneath the table)."""
    _, table, *rest = comparison_table(summary).split("\n\n")
    primary, _, others = table.partition("-- exploratory")
    return primary.splitlines()[1:], others.splitlines()[1:], "\n".join(rest)


def test_a_verdict_stands_beside_primary_metrics_alone_with_its_adjusted_p(tmp_path: Path) -> None:
    summary = better(tmp_path / "run").summary
    primary, others, notes = parts(summary)
    (correct,) = primary
    assert correct.startswith("Correct") and correct.endswith("(better, p <0.0001 (Holm))")
    # The words are surely more, and still nobody named them before.
    words = next(line for line in others if line.startswith("Words "))
    assert re.search(r"\(\+\d\.\d+, \+\d\.\d+ to \+\d\.\d+\)$", words), words
    assert len(others) > 3 and not any(VERDICT.search(line) for line in others)
    assert "better, WORSE, shifted: by the one primary test against base" in notes


def test_the_suite_names_what_is_primary(tmp_path: Path) -> None:
    summary = better(tmp_path / "run", primary=["words", "leak"]).summary
    primary, others, notes = parts(summary)
    assert [line.split("  ")[0] for line in primary] == ["Words", "Template leak"]
    assert "(shifted, p <0.0001 (Holm))" in primary[0] and not any("better" in line for line in others)
    assert "by Holm-adjusted p over 2 tests of primary metrics against base" in notes


def test_what_no_question_can_decide_is_said_once_and_the_cells_are_quiet(tmp_path: Path) -> None:
    summary = blind(tmp_path / "run").summary
    primary, others, notes = parts(summary)
    assert not any(VERDICT.search(line) or "same" in line for line in [*primary, *others])
    assert notes.count("to decide anything about dpo") == 1 and "harness plan --suite sums" in notes
    # 12 of 130 flip.
    assert "130 judged answers are too few to decide anything about dpo: they can show only differences of " in notes
    assert (
        any(warning.code == "few_questions" for warning in summary.warnings) and "a claim about 3 points" not in notes
    )


def test_a_verdict_that_missing_answers_could_turn_says_between_which_bounds(tmp_path: Path) -> None:
    primary, others, notes = parts(missing(tmp_path / "run").summary)
    (correct,) = primary
    assert correct.endswith("83.3 %, 90 of 130 judged (?)")
    assert all("90 of 130 judged" in line or "not judged" in line for line in others)
    # All 40 wrong: 75 of 130 after 85; all right: 115.
    assert "dpo, Correct: undecided: the missing answers could overturn it (-7.7 to +23.1 points)" in notes


def test_the_noise_floor_is_how_far_asking_again_moves_a_difference(tmp_path: Path) -> None:
    primary, _, notes = parts(noisy(tmp_path).summary)
    assert "inside noise" not in primary[0] and "better" in primary[0]
    assert "right and wrong change places in base 7.7 % of 130, dpo 7.7 % of 130" in notes
    # 1.96 · √(10 / 130 / 130)
    assert "asking again moves Correct of dpo against base by +/-4.8 points" in notes


def test_two_pairs_give_no_verdict(tmp_path: Path) -> None:
    summary = better(tmp_path / "run").summary
    few = [
        replace(row, n=2, low=None, high=None, p=None, p_holm=None, mde=None, verdict="undecided", reason="few")
        for row in summary.comparisons
    ]
    primary, others, notes = parts(replace(summary, comparisons=tuple(few), warnings=(Caveat("x", "y"),)))
    assert not any(VERDICT.search(line) or "same" in line for line in [*primary, *others])
    assert (
        "2 judged answers are too few to decide anything about dpo: they make fewer than six independent pairs" in notes
    )


def test_without_a_primary_metric_nothing_is_called_better(tmp_path: Path) -> None:
    primary, others, notes = parts(better(tmp_path / "run", primary=["rouge_l"]).summary)
    assert primary == [] and others and not any(VERDICT.search(line) for line in others)
    assert "no primary metric was compared" in notes
