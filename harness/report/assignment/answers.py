"""Before and after tuning: the length table, every measure, and each question with its answers side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from harness.comparing import level_text, suite_measure
from harness.records import Variant
from harness.report import BESIDE, Grid, Material
from harness.report import Asked as Question
from harness.report.assignment.formulas import rich
from harness.report.assignment.theory import NUMBERS
from harness.report.assignment.view import Before, ToldQuestion
from harness.report.lessons import most_apart, worked_example
from harness.report.summary import (
    PAPER_CHARACTERS,
    changes_section,
    exchanges,
    parts_of_references,
    reading,
    spread_section,
    thoughts_note,
    verdict_section,
    worded_note,
)
from harness.words import numerals, visible

ON_SCREEN = 60
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LOOKED_AT = 500
"""Characters of an answer that show its script."""
_LENGTH_ROWS = 60
_LENGTHS = ("characters", "words")
_SHORT = 70


def before_and_after(material: Material) -> Before:
    """All of it; of more than 60 questions, on paper of more than a few, the answers are in `submission/` only."""
    say = material.say
    answered = {question for _, question in material.responses}
    asked = [question for question in material.questions if question.id in answered]
    verdict = verdict_section(material)
    # Beside many columns a question takes several lines.
    rows = 15 if len(material.marks) < 2 * BESIDE else 8
    shown = exchanges(material, asked[:ON_SCREEN], 0, "assignment.answers.more")
    # The first is told through, and not printed again.
    ranked = [it.question for it in most_apart(material)][1 : 1 + _on_paper(material)]
    ordered = [question for question in asked if question in ranked]
    printed = exchanges(material, ordered, len(ordered), "assignment.answers.more")
    return Before(
        lead=_lead(material, len(asked)),
        briefs=verdict.cards,
        # Characters and words of each answer, and in all.
        lengths=tuple(_length_table(material, asked, group) for group in material.side_by_side),
        lengths_words=_words_head(material, asked),
        lengths_note=_lengths_note(material, asked, _LENGTH_ROWS),
        lengths_print_note=_lengths_note(material, asked, rows),
        paper_rows=rows,
        panels=changes_section(material).panels,
        tables=verdict.tables,
        shortfall=verdict.shortfall,
        tables_title=verdict.title,
        tables_note=say.text([verdict.note, verdict.meaning or ""]),
        repetition=rich(say("assignment.answers.repetition"), NUMBERS),
        figures=spread_section(material),
        example=_example(material),
        marks=tuple(material.marks.values()),
        asked=shown,
        reading=reading(material),
        asked_note=say.text([_shown_of(material, len(shown), len(asked)), worded_note(material)]),
        printed=printed,
        printed_note=say.text(
            [
                _printed_of(material, len(printed) + 1, len(asked)),
                say("assignment.answers.note", characters=numerals.number(PAPER_CHARACTERS)),
                thoughts_note(material),
            ]
        ),
    )


def _on_paper(material: Material) -> int:
    """Questions beside the one that is told through, so many that answers take a third of the pages at most."""
    if len(material.marks) > BESIDE:
        return 1 if len(material.marks) <= 2 * BESIDE else 0
    return 4 if material.curves else 2


def _printed_of(material: Material, printed: int, asked: int) -> str:
    """Which questions paper has; empty where these are all."""
    if printed >= asked:
        return ""
    shown = material.say("assignment.answers.printed", shown=numerals.number(printed), n=numerals.number(asked))
    return material.say.text([shown, material.drawn_text])


def _example(material: Material) -> ToldQuestion | None:
    """The question whose answers differ most, with a row of the table for each metric."""
    say, it = material.say, worked_example(material, "assignment.answers.more")
    if it is None:
        return None
    about = Markup('<strong>{}</strong> <span class="beneath">{}</span>')
    rows = tuple((about.format(step.title, rich(step.how, NUMBERS)), *step.cells) for step in it.steps)
    head = (say("example.metric"), *(mark.name for mark in it.marks))
    steps = Grid(f"{it.differs}{say('list.stop')}", head, rows, id="steps")
    return ToldQuestion(say("example.title", id=it.exchange.id), it.chosen, it.exchange, steps, it.limits)


def _shown_of(material: Material, shown: int, asked: int) -> str:
    """Empty where all are shown."""
    if shown == asked:
        return ""
    return material.say.text(
        [
            material.say("assignment.answers.capped", shown=numerals.number(shown), n=numerals.number(asked)),
            material.drawn_text,
        ]
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
        (
            say("assignment.lengths.mean"),
            *(level_text(material.numbers.level(name, suite_measure(of)), suite_measure(of)) for name, of in columns),
        ),
    ]
    head = tuple(_head(material, variant) for variant in variants)
    return Grid(_length_caption(material, variants, judged), head, tuple(rows), tuple(foot), figures=True)


def _head(material: Material, variant: Variant) -> str:
    """A reference's name with what it is."""
    if not material.is_reference(variant.name):
        return variant.name
    return material.say("assignment.lengths.reference", name=variant.name)


def _length_caption(
    material: Material, variants: Sequence[Variant], judged: Mapping[tuple[str, str], Sequence[float]]
) -> str:
    """The finding: the words in all, beside the base's."""
    say = material.say
    # A reference may have answered other questions, and is compared with nothing.
    compared = [variant.name for variant in variants if not material.is_reference(variant.name)]
    total = {name: sum(judged[name, "words"]) for name in compared if judged[name, "words"]}
    before = total.get(material.base.name)
    parts = [
        say("assignment.lengths.share", name=name, n=numerals.number(words), share=say.percent(words / before, 0))
        if before and name != material.base.name
        else say("assignment.lengths.words", name=name, n=numerals.number(words))
        for name, words in total.items()
    ]
    return say("assignment.lengths.caption", found=say.listed(parts)) if parts else say("spread.nothing")


def _words_head(material: Material, asked: Sequence[Question]) -> str:
    """Of answers that are mostly in letters, or mostly in Han characters: each of these is counted as a word."""
    keys = [(name, question.id) for name in material.marks for question in asked[:_LENGTH_ROWS]]
    texts = [material.responses[key].text[:_LOOKED_AT] for key in keys if key in material.responses]
    han = sum(len(_HAN.findall(text)) for text in texts)
    return material.say(
        "assignment.lengths.words_head" if 2 * han > sum(map(len, texts)) else "assignment.lengths.words_latin"
    )


def _lengths_note(material: Material, asked: Sequence[Question], rows: int) -> str:
    say = material.say
    more = say("assignment.lengths.capped", shown=rows, n=numerals.number(len(asked)))
    cut = any(it.code == "answers_cut" for it in material.summary.warnings)
    return say.text(
        [
            say("assignment.lengths.note"),
            *parts_of_references(material),
            worded_note(material),
            more if len(asked) > rows else "",
            say("assignment.lengths.cut") if cut else "",
        ]
    )


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else f"{flat[: _SHORT - 1].rstrip()}…"
