"""How much of what an open answer should mention it does mention."""

from __future__ import annotations

from harness.records import Question
from harness.scorers.matching import mention, own_turn, plain, readable, without_echo


def covered(question: Question, answer: str) -> tuple[float | None, str | None]:
    """(share of the required points that an answer mentions and does not deny, the missing ones); None without points.

    A point is mentioned where any of its wordings stands as whole words in the model's own turn;
    what repeats the question does not count.
    """
    if not question.points:
        return None, "no required points"
    text = without_echo(own_turn(plain(readable(answer))), plain(question.question))
    missing = [point[0] for point in question.points if mention(point, text) != "claimed"]
    note = f"not mentioned: {'; '.join(missing)}" if missing else None
    return 1 - len(missing) / len(question.points), note
