"""Required points: which of them an open answer covers."""

from __future__ import annotations

import pytest

from harness.records import Question, Response
from harness.scorers import METRICS, grade_references, score_response

POINTS = (("oxygen",), ("ATP", "adenosine triphosphate"), ("the Calvin cycle",), ("café",))
OPEN = Question("1", "What happens in a leaf?", points=POINTS)


def points(text: str, question: Question = OPEN) -> tuple[float | None, str | None]:
    scores = score_response(question, Response("v", "s", "1", text, "0"), ["### Input:"], rouge=False)
    return next((score.value, score.note) for score in scores if score.metric == "points")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0), ("Nothing of it.", 0), ("OXYGEN!", 0.25), ("**Oxygen** and ＡＴＰ", 0.5), ("no oxygen is made", 0),
        ("Adenosine triphosphate and ATP", 0.25), ("not oxygen but a Calvin cycle", 0.25), ("oxygenated", 0),
        ("cafe\u0301", 0.25), ("Oxygen, ATP, Calvin cycle, café.", 1), ("Oxygen.\n### Input:\nATP", 0.25),
        ("Oxygen, because ATP is spent.", 0.5),
    ],
)  # fmt: skip
def test_the_share_of_points_that_the_first_answer_mentions_and_does_not_deny(text: str, share: float) -> None:
    assert points(text)[0] == share


def test_missing_points_are_named_and_a_question_without_points_is_not_judged() -> None:
    assert points("Oxygen, ATP")[1] == "not mentioned: the Calvin cycle; café"
    assert points("Oxygen", Question("1", "?")) == (None, "no required points")


def test_an_open_question_is_never_correct_and_a_closed_one_may_have_points() -> None:
    scores = score_response(OPEN, Response("v", "s", "1", "Oxygen", "0"), [], rouge=False)
    correct = next(score for score in scores if score.metric == "correct")
    assert correct.value is None and correct.note
    assert points("7, with oxygen", Question("1", "?", "number", "7", points=(("oxygen",),))) == (1, None)


def test_the_metric_stands_behind_rouge() -> None:
    names = list(METRICS)
    assert names[names.index("rouge_l") + 1] == "points"
    metric = METRICS["points"]
    assert (metric.title, metric.better, metric.margin, metric.unit, metric.rate) == (
        "Required points",
        "higher",
        0.03,
        "%",
        False,
    )


def test_a_reference_must_cover_all_points() -> None:
    half = Question("1", "?", reference="Oxygen and ATP.", points=POINTS)
    assert [(one.value, one.note) for one in grade_references([half])] == [
        (0.5, "not mentioned: the Calvin cycle; café")
    ]
    assert grade_references([Question("1", "?", points=POINTS)]) == []
    closed = Question("1", "?", "number", "7", reference="Seven, with oxygen.", points=(("oxygen",),))
    assert [one.value for one in grade_references([closed])] == [1, 1, 1]
