"""The keys of the everyday questions that can be counted out, by the calendar and by arithmetic."""

from __future__ import annotations

import re
from datetime import datetime

from harness.data.suites import load_suite

QUESTIONS = load_suite("everyday").questions
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()


def test_every_kind_has_its_share_and_no_question_comes_twice() -> None:
    kinds = [question.id.partition("-")[0] for question in QUESTIONS]
    assert {kind: kinds.count(kind) for kind in kinds} == {"capital": 42, "sum": 40, "unit": 42, "days": 30, "fact": 48}
    assert len({question.question for question in QUESTIONS}) == len(QUESTIONS)


def test_sums_in_words_come_to_their_keys() -> None:
    for question in QUESTIONS:
        if question.id.startswith("sum"):
            said = [NUMBERS.index(word) for word in re.findall(r"[a-z]+", question.question.lower()) if word in NUMBERS]
            one, other = said
            left = abs(one - other) if re.search("minus|taken", question.question) else one + other
            assert question.answer == str(left), question


def test_days_between_dates_are_the_calendar_s() -> None:
    for question in QUESTIONS:
        if question.id.startswith("days"):
            dates = re.findall(r"\d+ [A-Z][a-z]+", question.question)
            one, other = sorted(datetime.strptime(f"{date} 2023", "%d %B %Y") for date in dates)
            assert question.answer == str((other - one).days), question


def test_as_many_facts_are_true_as_false() -> None:
    facts = [question.answer for question in QUESTIONS if question.id.startswith("fact")]
    assert (facts.count("yes"), facts.count("no")) == (24, 24)
