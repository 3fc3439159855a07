"""Answers side by side, ordered by what a reader would look for: lost, gained, then the largest change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from harness.comparing import suite_measure, value_text
from harness.records import Response, Verdict
from harness.report import Asked, Material, Segment, excerpt, folded, segments
from harness.report.summary.cells import FLAGS, cell_of, flips, lack_of, lack_text, longest
from harness.report.summary.view import Answer, AnswersSection, Exchange
from harness.scorers import SpecialTokens, read
from harness.words import Words, numerals, retold, visible

ON_PAPER, PAPER_CHARACTERS, PAPER_LINES = 8, 600, 14
"""So many questions are printed beside two others' answers, and so much of each answer."""
_BESIDE_ON_PAPER = 3
SCREEN_BYTES = 9_000_000
"""A page of that much still opens without a pause."""
_MARKUP_BYTES = 1100
_PROMPT = 400
"""Characters of a prompt that stand beside an answer; exports have it whole."""
FIRST = 60
"""So many rows of the matrix are a few screens."""
PAPER_THOUGHT = 100
"""Characters of a thought on paper, so that the answer behind it has its place."""


def answers_section(material: Material) -> AnswersSection:
    """Whole answers to as many questions as a page holds, and beginnings to at most 8 for paper."""
    answered = {question for _, question in material.responses}
    asked = [question for question in material.questions if question.id in answered]
    chosen = _fitting(material, sorted(asked, key=lambda question: _rank(material, question)))
    many = on_paper(material, ON_PAPER)
    shown = exchanges(material, chosen, many, "answers.more")
    printed = shown[:many]
    paper = {"characters": PAPER_CHARACTERS, "lines": PAPER_LINES}
    print_note = material.say("answers.print", n=len(printed), shown=len(shown), **paper)
    thoughts = thoughts_note(material)
    return AnswersSection(
        lead=material.say.text([_lead(material, len(shown), len(asked)), worded_note(material), thoughts]),
        reading=reading(material),
        marks=tuple(material.marks.values()),
        kinds=tuple(sorted({question.kind for question in chosen if question.kind})),
        print_note=material.say.text([print_note, thoughts]),
        first=FIRST,
        shown=shown,
        printed=printed,
    )


def _lead(material: Material, shown: int, asked: int) -> str:
    if not asked:
        return material.say("answers.nothing" if material.summary.suite else "answers.no_suite")
    key = "answers.lead" if material.tuned else "answers.lead_alone"
    return material.say.text([material.say(key, shown=shown, n=numerals.number(asked)), material.drawn_text])


def on_paper(material: Material, questions: int, least: int = 4) -> int:
    """As many as take the room of so many questions that three variants answered: about a third of the pages."""
    return max(least, questions * _BESIDE_ON_PAPER // max(_BESIDE_ON_PAPER, len(material.marks)))


def reading(material: Material) -> str:
    """How the matrix is read; empty where no length is known to scale its bars by."""
    most = longest(material)
    return material.say.counted("answers.reading", int(most), numerals.number(most)) if most else ""


def _fitting(material: Material, ranked: Sequence[Asked]) -> list[Asked]:
    """The first questions whose answers fill the page, one at least."""
    room = SCREEN_BYTES
    kept: list[Asked] = []
    for question in ranked:
        found = (material.responses.get((name, question.id)) for name in material.marks)
        texts = [response.text if response is not None else "" for response in found]
        room -= sum(len(text.encode(errors="replace")) + _MARKUP_BYTES for text in texts)
        if kept and room < 0:
            break
        kept.append(question)
    return kept


def _rank(material: Material, question: Asked) -> tuple[int, float]:
    lost, gained = flips(material, question)
    return (0 if lost else 1 if gained else 2), -_change(material, question)


def _change(material: Material, question: Asked) -> float:
    """The largest of any variant; the length where there is nothing to compare with."""
    if not material.tuned:
        return material.value(material.base.name, question.id, "words") or 0.0
    return max(_apart(material, variant.name, question) for variant in material.tuned)


def _apart(material: Material, name: str, question: Asked) -> float:
    """How far from the base's answer: the ratio of lengths, and a doubling weighs as much as 50 points of rep_4."""

    def size(name: str, metric: str) -> float:
        return material.value(name, question.id, metric) or 0.0

    base = material.base.name
    longer = (size(name, "words") + 1) / (size(base, "words") + 1)
    return abs(math.log2(longer)) + 2 * abs(size(name, "rep_4") - size(base, "rep_4"))


def furthest(material: Material, name: str) -> Asked | None:
    """The question whose answer differs most from the base's; None where they have none in common."""
    both = [
        question
        for question in material.questions
        if all((it, question.id) in material.responses for it in (name, material.base.name))
    ]
    return max(both, key=lambda question: _apart(material, name, question), default=None)


def exchanges(material: Material, questions: Sequence[Asked], printed: int, more: str) -> tuple[Exchange, ...]:
    """Each question with every variant's answer; `more` says of the first, which are printed, what paper leaves out."""
    most = longest(material)
    return tuple(
        _exchange(material, question, most, more if place < printed else "") for place, question in enumerate(questions)
    )


def _exchange(material: Material, question: Asked, most: float, more: str) -> Exchange:
    say = material.say
    lost, gained = flips(material, question)
    tags: list[tuple[Verdict, str]] = [("regressed", say("answers.lost", names=say.listed(lost)))] if lost else []
    tags += [("improved", say("answers.gained", names=say.listed(gained)))] if gained else []
    answers = [_answer(material, place, name, question, most, more) for place, name in enumerate(material.marks)]
    return Exchange(
        id=question.id,
        question=question.text,
        expected=say("answers.expected", answer=question.expected) if question.expected is not None else None,
        kind=question.kind,
        tags=tuple(tags),
        answers=tuple(answers),
    )


def _answer(material: Material, place: int, name: str, question: Asked, most: float, more: str) -> Answer:
    say, response = material.say, material.responses.get((name, question.id))
    text, special = (response.text, response.special) if response is not None else ("", ())
    pieces = marked(material, name, text, special, response is not None and response.truncated, question.text)
    # Looking for repeats takes a while: a thousand answers that nobody prints should not pay for it.
    printed, rest = _printed(pieces, say) if more else ((), 0)
    raised = raised_by(material, name, question)
    lack = lack_of(material, name, question)
    state, missing = _state(material, name, question), missing_text(material, response, lack)
    # A reference answers what it answers: what is not there is not missing.
    is_absent = response is None and material.is_reference(name)
    missing = say("answers.absent") if is_absent else missing
    found = (state, *(metric for metric in FLAGS if metric in raised), "missing" if missing and not is_absent else "")
    cell = "absent" if is_absent else "missing" if missing else state or "open"
    return Answer(
        mark=material.marks[name],
        place=place,
        found=tuple(word for word in found if word),
        change=0.0 if material.is_reference(name) else round(_apart(material, name, question), 2),
        state=state,
        facts=tuple(facts_of(material, name, question)),
        flags=(
            *([lack] if lack and not missing else []),
            *(say(word) for metric, word in FLAGS.items() if metric in raised),
        ),
        note=_note(material, name, question),
        claim=claim_text(material, name, question),
        segments=pieces,
        printed=printed,
        rest=say.counted(more, rest, numerals.number(rest)) if rest > 0 else None,
        cut=say("answers.cut") if "truncated" in raised else None,
        missing=missing,
        region=say("answers.region", name=name, id=question.id),
        cell=cell_of(material, name, question, cell, raised, most),
    )


def _printed(pieces: Sequence[Segment], say: Words) -> tuple[tuple[Segment, ...], int]:
    """(the beginning for paper, characters that are left out, those of thoughts among them)."""
    short = folded(pieces, PAPER_THOUGHT)
    printed, rest = excerpt(short, PAPER_CHARACTERS, PAPER_LINES, partial(_again, say))
    return printed, rest + sum(len(piece.text) for piece in pieces) - sum(len(piece.text) for piece in short)


def _again(say: Words, times: int) -> str:
    return say.counted("answers.again", times, numerals.number(times))


def marked(
    material: Material, name: str, text: str, special: SpecialTokens, was_cut: bool, asked: str
) -> tuple[Segment, ...]:
    """The text in pieces: what repeats, what begins another turn, and what was thought."""
    headers = _headers_of(material, name)
    found = read(text, headers, special, material.manifest.reasoning(name), was_cut, asked)
    return segments(text, headers, special, found.thoughts, [(it.start, it.end) for it in found.roles])


def thoughts_note(material: Material) -> str:
    """What is done with thoughts; "" where no answer holds any."""
    asked = (material.summary.metrics.get(name, {}).get("thought_words") for name in material.marks)
    return material.say("answers.thoughts") if any(level is not None and level.n for level in asked) else ""


def worded_note(material: Material) -> str:
    """Says whose words a question stands in, where variants were asked in different ones; "" where in the same."""
    if all(question.alike for question in material.questions):
        return ""
    return material.say("answers.worded", name=next(iter(material.marks)))


def _headers_of(material: Material, name: str) -> Sequence[str]:
    """The headers of the template that the variant was asked with, which its answers are scored by as well."""
    return material.manifest.headers(name)


def _state(material: Material, name: str, question: Asked) -> str:
    score = material.scores.get((name, question.id, "correct"))
    if score is None or (score.value is None and question.expected is None):
        return ""
    return "unjudged" if score.value is None else "right" if score.value == 1.0 else "wrong"


def facts_of(material: Material, name: str, question: Asked) -> Iterator[str]:
    """How long the answer is, and how much of it repeats; and what it answers, where others were asked otherwise."""
    say, response = material.say, material.responses.get((name, question.id))
    if response is not None and (own := question.of(response)) is not None:
        yield say("answers.asked", prompt=visible(own if len(own) <= _PROMPT else f"{own[: _PROMPT - 1].rstrip()}…"))
    words, thought, repeats = (material.value(name, question.id, it) for it in ("words", "thought_words", "rep_4"))
    if words is not None:
        yield say.counted("answers.word", int(words), numerals.number(words))
    if thought:
        yield say("answers.thought_words", n=numerals.number(thought))
    if repeats:
        yield say("answers.repeats", share=value_text(repeats, suite_measure("rep_4"), 0, say))


def raised_by(material: Material, name: str, question: Asked) -> set[str]:
    """What is wrong with the answer's form, as metrics."""
    response = material.responses.get((name, question.id))
    raised = {metric for metric in FLAGS if material.value(name, question.id, metric) == 1.0}
    return raised | ({"truncated"} if response is not None and response.truncated else set())


def _note(material: Material, name: str, question: Asked) -> str | None:
    """Why it is not right; what lacks an answer altogether is told by its flag."""
    score = material.scores.get((name, question.id, "correct"))
    if score is None or score.note is None or lack_text(material.say, score.note):
        return None
    return retold(score.note, "note", material.say)


def claim_text(material: Material, name: str, question: Asked) -> str | None:
    """What was read of the answer to grade it, and by which rule; None where none was, or an older run kept none."""
    score = material.scores.get((name, question.id, "correct"))
    if score is None or not score.rule or not score.read:
        return None
    rule = material.say.get(f"rule.{score.rule}", score.rule)
    return material.say("answers.read", read=visible(score.read), rule=rule)


def missing_text(material: Material, response: Response | None, lack: str | None) -> str | None:
    """Why there is no text; None where there is one."""
    if response is None:
        return material.say("answers.missing")
    if response.error is not None:
        return material.say("answers.failed", error=response.error)
    return None if response.text.strip() else lack or material.say("lack.nothing_written")
