"""Before and after tuning: the length table, every measure, and each question with its answers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from markupsafe import Markup

from harness.records import Variant
from harness.report import Asked as Question
from harness.report import Material, beginning, beside, segments
from harness.report.assignment.formulas import rich
from harness.report.assignment.theory import NUMBERS
from harness.report.assignment.view import AskedQuestion, Before, Grid, Reply
from harness.report.summary import (
    FLAGS,
    facts_of,
    headers_of,
    missing_text,
    raised_by,
    spread_section,
    verdict_section,
)
from harness.words import numerals, visible

QUESTIONS, CHARACTERS, LINES = 30, 2400, 70
"""As many questions are printed, and so much of each answer."""
_LENGTH_ROWS = 60
_LENGTHS = ("characters", "words")
_SHORT = 70


def before_and_after(material: Material) -> Before:
    """All of it; past 30 questions the answers are in `submission/` only, and it says so."""
    say = material.say
    answered = {question for _, question in material.responses}
    asked = [question for question in material.questions if question.id in answered]
    verdict = verdict_section(material)
    shown = tuple(_asked(material, question) for question in asked[:QUESTIONS])
    note = say("assignment.answers.note", characters=numerals.number(CHARACTERS))
    if len(asked) > QUESTIONS:
        more = say("assignment.answers.capped", shown=QUESTIONS, n=numerals.number(len(asked)))
        note = say.text([more, material.drawn_text, note])
    return Before(
        lead=_lead(material, len(asked)),
        briefs=verdict.cards,
        # Characters and words of each answer, and in all.
        lengths=tuple(_length_table(material, asked, group) for group in material.side_by_side),
        lengths_note=_lengths_note(material, asked),
        tables=verdict.tables,
        shortfall=verdict.shortfall,
        tables_title=verdict.title,
        tables_note=say.text([verdict.note, verdict.meaning or ""]),
        repetition=rich(say("assignment.answers.repetition"), NUMBERS),
        figures=spread_section(material),
        asked=shown,
        asked_note=note,
    )


def _lead(material: Material, asked: int) -> str:
    found = {warning.code for warning in material.summary.warnings}
    key = "assignment.answers.lead"
    if any(variant.kind == "recorded" for variant in material.summary.variants):
        key = "assignment.answers.lead_recorded"
    elif found & {"prompts_differ", "own_chat_template"}:
        key = "assignment.answers.lead_unlike"
    return material.say.counted(key, asked, numerals.number(asked), base=material.base.name)


def _length_table(material: Material, asked: Sequence[Question], variants: Sequence[Variant]) -> Grid:
    say = material.say
    columns = [(variant.name, metric) for variant in variants for metric in _LENGTHS]
    values = {column: material.values(*column) for column in columns}
    rows = [
        (
            Markup('<span class="quiet">{}</span> {}').format(visible(question.id), _short(visible(question.text))),
            *(numerals.number(values[c].get(question.id)) for c in columns),
        )
        for question in asked[:_LENGTH_ROWS]
    ]
    wanted = [question.id for question in asked]
    judged = {column: [found[key] for key in wanted if key in found] for column, found in values.items()}
    foot = [
        (say("assignment.lengths.total"), *(numerals.number(sum(it) if it else None) for it in judged.values())),
        (say("assignment.lengths.mean"), *(numerals.number(fmean(it) if it else None, 1) for it in judged.values())),
    ]
    head = tuple(variant.name for variant in variants)
    return Grid(_length_caption(material, variants, judged), head, tuple(rows), tuple(foot), figures=True)


def _length_caption(
    material: Material, variants: Sequence[Variant], judged: Mapping[tuple[str, str], Sequence[float]]
) -> str:
    """The finding: the words in all, beside the base's."""
    say = material.say
    total = {variant.name: sum(judged[variant.name, "words"]) for variant in variants if judged[variant.name, "words"]}
    before = total.get(material.base.name)
    parts = [
        say("assignment.lengths.share", name=name, n=numerals.number(words), share=say.percent(words / before, 0))
        if before and name != material.base.name
        else say("assignment.lengths.words", name=name, n=numerals.number(words))
        for name, words in total.items()
    ]
    return say("assignment.lengths.caption", found=say.listed(parts)) if parts else say("spread.nothing")


def _lengths_note(material: Material, asked: Sequence[Question]) -> str:
    say = material.say
    more = say("assignment.lengths.capped", shown=_LENGTH_ROWS, n=numerals.number(len(asked)))
    cut = any(it.code == "answers_cut" for it in material.summary.warnings)
    return say.text(
        [
            say("assignment.lengths.note"),
            more if len(asked) > _LENGTH_ROWS else "",
            say("assignment.lengths.cut") if cut else "",
        ]
    )


def _asked(material: Material, question: Question) -> AskedQuestion:
    say = material.say
    replies = [_reply(material, name, question) for name in material.marks]
    expected = say("answers.expected", answer=question.expected) if question.expected is not None else None
    return AskedQuestion(question.id, question.text, expected, tuple(beside(replies)))


def _reply(material: Material, name: str, question: Question) -> Reply:
    say, response = material.say, material.responses.get((name, question.id))
    written, special = (response.text, response.special) if response is not None else ("", ())
    text, opening = written.strip("\n"), len(written) - len(written.lstrip("\n"))
    # Only what is printed is marked: of 200,000 characters the rest would cost seconds and show nothing.
    kept = text[: 4 * CHARACTERS]
    shown = [(max(place - opening, 0), token) for place, token in special if place - opening <= len(kept)]
    printed = beginning(segments(kept, headers_of(material, name), shown), CHARACTERS, LINES)
    rest = len(text) - sum(len(piece.text) for piece in printed)
    raised = raised_by(material, name, question)
    return Reply(
        mark=material.marks[name],
        state=_state(material, name, question),
        facts=tuple(_facts(material, name, question)),
        flags=tuple(say(word) for metric, word in FLAGS.items() if metric in raised),
        note=_note(material, name, question),
        segments=printed,
        rest=say.counted("assignment.answers.more", rest, numerals.number(rest)) if rest > 0 else None,
        cut=say("answers.cut") if "truncated" in raised and not rest else None,
        missing=missing_text(material, response),
    )


def _state(material: Material, name: str, question: Question) -> str:
    score = material.scores.get((name, question.id, "correct"))
    if score is None or (score.value is None and question.expected is None):
        return ""
    return "unjudged" if score.value is None else "right" if score.value == 1.0 else "wrong"


def _note(material: Material, name: str, question: Question) -> str | None:
    score = material.scores.get((name, question.id, "correct"))
    return score.note if score is not None and score.value is not None else None


def _facts(material: Material, name: str, question: Question) -> Iterator[str]:
    if (characters := material.value(name, question.id, "characters")) is not None:
        yield material.say.counted("assignment.answers.characters", int(characters), numerals.number(characters))
    yield from facts_of(material, name, question)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else f"{flat[: _SHORT - 1].rstrip()}…"
