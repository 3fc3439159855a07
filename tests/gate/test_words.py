"""What a check says of its findings, beside the figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.gate import Policy, check_run, check_table, conclusion
from harness.gate.junit import check_junit
from harness.gate.markdown import check_markdown
from harness.gate.words import line, sentence
from harness.records import Check, Finding
from harness.store import RunFolder, read_run
from tests.support.gate_runs import N, but, make_run

MAYBE = "worse, but perhaps by less than you tolerate"


def finding(**fields: object) -> Finding:
    """−1.8 points (−3.2 to −0.4) where 3 are tolerated."""
    made = Finding(
        baseline="m", variant="m", source="suite", metric="correct", better="higher", before=0.9, after=0.882,
        delta=-0.018, low=-0.032, high=-0.004, p=0.014, p_adjusted=0.014, test="mcnemar exact", n=2000, unpaired=0,
        margin=0.03, mde=0.0225, verdict="regressed", gained_ids=("1",), lost_ids=("2", "3"),
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, f"regressed; {MAYBE}"),
        ({"low": -0.06, "high": -0.031}, "regressed"),
        # Exactly at the margin is inside it.
        ({"low": -0.06, "high": -0.03}, f"regressed; {MAYBE}"),
        ({"verdict": "undecided"}, f"undecided; {MAYBE}"),
        ({"verdict": "undecided", "p_adjusted": 0.2}, "undecided; smallest detectable 2.25 pt"),
        ({"verdict": "undecided", "high": 0.01}, "undecided; smallest detectable 2.25 pt"),
        ({"verdict": "passed"}, "passed"),
    ],
)
def test_a_regression_that_may_be_tolerated_says_so(fields: dict[str, object], said: str) -> None:
    assert line(finding(**fields)).verdict == said
    assert sentence(finding(**fields)).endswith(f": {said}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"n": 2, "reason": "few"}, "undecided; 2 pairs, an interval needs six"),
        ({"n": 1, "reason": "few"}, "undecided; 1 pair, an interval needs six"),
        ({"n": 40, "reason": "few"}, "undecided; fewer than six clusters, an interval needs six"),
        ({"reason": "constant"}, "undecided; every answer differs by the same amount, which says nothing about others"),
        (
            {"delta": 0.0, "gained_ids": (), "lost_ids": ()},
            "undecided; smallest detectable unknown: no pair differed",
        ),
        ({"delta": 0.0}, "undecided; smallest detectable none: no difference could be detected"),
    ],
)
def test_an_undecided_finding_says_why_nobody_can_know_what_would_be_seen(fields: dict[str, object], said: str) -> None:
    unknown = finding(verdict="undecided", low=None, high=None, p=None, p_adjusted=None, mde=None, **fields)
    assert line(unknown).verdict == said


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, RunFolder]:
    """11 questions fewer, of which nothing is gained: −8.5 points (−14.5 to −4.4)."""
    folder = tmp_path_factory.mktemp("runs")
    return make_run(folder / "old", {"m": but(12)}), make_run(folder / "new", {"m": but(23)})


def checked(runs: tuple[RunFolder, RunFolder], margin: float, **policy: object) -> Check:
    old, new = map(read_run, runs)
    wanted = Policy.model_validate({"metrics": {"correct": margin}, **policy})
    return check_run(new, old, wanted)


def test_the_decision_says_that_a_regression_may_be_tolerated(runs: tuple[RunFolder, RunFolder]) -> None:
    found = checked(runs, 0.08)
    (row,) = found.findings
    assert row.low is not None and row.high is not None and row.low < -0.08 < row.high < 0
    assert (found.status, found.exit_code) == ("regressed", 1)
    assert f"): {MAYBE}. Do not ship it" in conclusion(found) and f"regressed; {MAYBE}" in check_table(found)
    surely = checked(runs, 0.01)
    assert surely.exit_code == 1 and MAYBE not in conclusion(surely) + check_table(surely)


def test_a_policy_may_count_only_what_is_surely_beyond_the_margin(runs: tuple[RunFolder, RunFolder]) -> None:
    within = checked(runs, 0.08, regression="margin")
    assert (within.status, within.exit_code) == ("undecided", 0) and f"undecided; {MAYBE}" in check_table(within)
    assert checked(runs, 0.08, regression="margin", require="proof").exit_code == 4
    assert checked(runs, 0.01, regression="margin").exit_code == 1


def test_the_end_of_an_interval_at_the_margin_passes(runs: tuple[RunFolder, RunFolder]) -> None:
    (row,) = checked(runs, 0.08).findings
    assert row.low is not None
    assert checked(runs, -row.low).status == "passed"
    assert checked(runs, -row.low - 1e-9).status == "regressed"


def test_files_of_a_check_say_it_too(runs: tuple[RunFolder, RunFolder]) -> None:
    found = checked(runs, 0.08)
    assert MAYBE in check_markdown(found) and MAYBE in check_junit(found, "2026-11-23T01:02:03+00:00")
    assert found.findings[0].n == N
