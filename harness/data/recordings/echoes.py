"""The prompt that a recording repeats in front of an answer, found by its question and the marks of turns around it.

Whose template it was does not matter: what stands behind the question and the opening of the assistant's turn is the
answer. An answer that says its question again in words of its own keeps it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.on_disk import Spool
from harness.scorers import TURN_MARKS, text_start

_OCCURRENCES = 20
"""How often a question is looked for in one text."""
_BETWEEN = 4_000
"""Characters that may stand between a question and the opening of its answer: empty blocks, a shared instruction."""
_HOLDS = 0.1
"""Share of answers from which a question in them looks like an echo that was not found."""
_ROLE_WORD = re.compile(r"\A(?:(?:system|developer|user|human)\b.*)?(?:user|human)\s*\Z", re.DOTALL)
_REPLY_WORD = re.compile(r"\s*(?:assistant(?:final)?|model)(?:[ ]*\n{1,2}|[ ])?")
_LEAD = re.compile(r"\n\n?|[ ]?")


@dataclass(frozen=True)
class Recorded:
    """A text as it was recorded, and what it answers."""

    text: str
    question: str
    """As the model was asked it."""
    prompt: str
    """As the suite renders it; "" where nobody can."""


@dataclass(frozen=True)
class _Echo:
    """A place where a text may leave its echo."""

    before: str
    """What stands before the question, white space flattened."""
    between: str
    """What stands between it and the opening of the answer, likewise."""
    end: int
    """Where the answer begins."""
    framed: bool
    """Whether turn marks alone make it an echo, whatever the other answers are."""


def without_echoes(rows: Sequence[Recorded], headers: Sequence[str], whole: bool) -> list[str]:
    """Each text behind its echoed prompt, or as it is where it echoes none.

    The prompt is looked for as the suite renders it, but for white space; then as any template's turns around the
    question; then as whatever stands the same around the question in more than half of the rows. whole says that the
    column is one of prompt and answer together: the bare question before an answer is cut there too, if most rows
    begin so.
    """
    return list(answers_alone(rows, headers, whole))


def answers_alone(rows: Iterable[Recorded], headers: Sequence[str], whole: bool) -> Iterator[str]:
    """The same of rows that can be gone through twice, one by one."""
    least, many, bare = (1 if whole else 2), 0, 0
    shared: Counter[int] = Counter()
    places: Spool[tuple[int | None, _Echo | None, int | None]] = Spool()
    for row in rows:
        end = _behind_prompt(row, whole)
        echo = _echo(row, headers) if end is None else None
        past = _behind_question(row) if whole else None
        if echo:
            shared[hash((echo.before, echo.between))] += 1
        many, bare = many + 1, bare + (past is not None)
        places.append((end, echo, past))
    for row, (end, echo, past) in zip(rows, places, strict=True):
        if end is None and echo:
            alike = shared[hash((echo.before, echo.between))]
            end = echo.end if echo.framed or _usual(alike, least, many) else None
        if end is None and 2 * bare > many:
            end = past
        yield row.text if end is None else row.text[end:]


def holding_their_question(rows: Iterable[tuple[str, str]]) -> int:
    """How many of the (question, answer) hold the question where an echo would; 0 where only a few do.

    An echo is the same in all rows of a recording: nothing before the question, or the same words in each.
    """
    counts: Counter[int | str] = Counter()
    many = 0
    for question, answer in rows:
        many += 1
        place = _place_of(question, answer)
        if place is not None:
            # Of a million texts no two different ones have one hash.
            counts[hash(place) if place else ""] += 1
    return sum(count for place, count in counts.items() if count > _HOLDS * many and (count > 1 or place == ""))


def answer_behind_prompt(text: str, prompt: str, question: str, headers: Sequence[str]) -> str:
    """What a model wrote behind its echoed prompt, of one text alone."""
    return without_echoes([Recorded(text, question, prompt)], headers, whole=True)[0]


def _usual(count: int, least: int, rows: int) -> bool:
    return count >= least and 2 * count > rows


def _behind_prompt(row: Recorded, whole: bool) -> int | None:
    """Behind the suite's own prompt; a prompt that is no more than its question is no proof of an echo."""
    text, prompt = row.text, row.prompt
    if not prompt.strip() or _flat(prompt) == _flat(row.question):
        return None
    if text.startswith(prompt):
        return len(prompt)
    found = _begins_with(prompt, text)
    return _past_line_end(text, found.end()) if found else None


def _behind_question(row: Recorded) -> int | None:
    found = _begins_with(row.question, row.text) if row.question.strip() else None
    if not found or (row.text[found.end() - 1].isalnum() and row.text[found.end() : found.end() + 1].isalnum()):
        return None
    return _past_line_end(row.text, found.end())


def _past_line_end(text: str, end: int) -> int:
    return end + text.startswith("\n", end)


def _echo(row: Recorded, headers: Sequence[str]) -> _Echo | None:
    """The first place where an answer's opening stands right behind the question, else the first with one at all."""
    text, start = row.text, _start(row.text)
    if not row.question.strip() or not _may_hold(text, row.question):
        return None
    openings = [found.span() for found in _openings(tuple(headers)).finditer(text, start)]
    starts = [begin for begin, _ in openings]
    first = None
    for number, found in enumerate(_loosely(row.question).finditer(text, start)):
        if number == _OCCURRENCES:
            break
        before = text[start : found.start()].strip()
        end = _reply_word(text, before, found.end())
        if end is not None:
            return _Echo(_flat(before), "", end, bool(_ROLE_WORD.match(before)))
        at = bisect_left(starts, found.end())
        if at == len(openings) or starts[at] - found.end() > _BETWEEN:
            continue
        between = text[found.end() : starts[at]]
        direct = _is_only_marks(between, tuple(headers))
        echo = _Echo(
            _flat(before),
            "" if direct else _flat(between),
            _last_opening(text, openings, at),
            direct and _is_framed(before, headers),
        )
        if echo.framed:
            return echo
        # Nothing before the question, and something behind it, is how an answer begins that says its question again.
        first = first or (echo if direct or before else None)
    return first


def _reply_word(text: str, before: str, end: int) -> int | None:
    """Behind "user", question, "assistant", as templates look whose special tokens a decoder left out."""
    found = _REPLY_WORD.match(text, end) if before.endswith(("user", "human")) else None
    return found.end() if found else None


def _last_opening(text: str, openings: Sequence[tuple[int, int]], at: int) -> int:
    """Where the answer begins: behind that opening, and other ones that follow it with nothing between."""
    seen = {text[slice(*openings[at])].strip()}
    end = openings[at][1]
    for begin, behind in openings[at + 1 :]:
        mark = text[begin:behind].strip()
        # The same opening again is the model's own.
        if text[end:begin].strip() or mark in seen:
            break
        seen.add(mark)
        end = behind
    lead = _LEAD.match(text, end)
    return lead.end() if lead else end


def _is_framed(before: str, headers: Sequence[str]) -> bool:
    """Whether a text that begins so begins with a prompt: with a turn, a known preamble, or nothing at all."""
    if not before:
        return True
    flat = _flat(before)
    if flat.startswith((*_turn_marks(), *(_flat(header) for header in headers[:-1] if header.strip()))):
        return True
    return flat.startswith(_PREAMBLES) and any(mark in before for mark in _turn_marks())


_PREAMBLES = (
    "Below is an instruction that describes a task",
    "A chat between a curious user and an artificial intelligence assistant",
    "A chat between a curious human and an artificial intelligence assistant",
)
"""How Alpaca's and Vicuna's templates begin, in words and not with a mark."""


@lru_cache(maxsize=1)
def _turn_marks() -> tuple[str, ...]:
    """What begins a user's turn, or the system's."""
    return tuple(dict.fromkeys(mark for family in TURN_MARKS for mark in (*family.system, *family.user)))


@lru_cache(maxsize=64)
def _openings(headers: tuple[str, ...]) -> re.Pattern[str]:
    """What begins an answer: any family's mark for the assistant's turn, and the suite's last header."""
    marks = {mark for family in TURN_MARKS for mark in family.assistant}
    marks |= {header.strip() for header in headers[-1:] if header.strip()}
    return re.compile(_any_of(marks) + r"(?:<\|im_sep\|>)?")


@lru_cache(maxsize=64)
def _marks(headers: tuple[str, ...]) -> re.Pattern[str]:
    ends = {end for family in TURN_MARKS for end in family.ends}
    return re.compile(
        rf"(?:\s|{_any_of({*ends, *_turn_marks(), *(header.strip() for header in headers if header.strip())})})*"
    )


def _is_only_marks(between: str, headers: tuple[str, ...]) -> bool:
    """Whether nothing is said there: ends of turns and empty blocks."""
    return _marks(headers).fullmatch(between) is not None


def _place_of(question: str, answer: str) -> str | None:
    """What stands before the question in the answer, flattened; None where it does not stand there."""
    found = _loosely(question).search(answer) if question.strip() and _may_hold(answer, question) else None
    return _flat(answer[: found.start()]) if found else None


def _start(text: str) -> int:
    """Behind white space and the special tokens that open a text."""
    start = text_start(text)
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _any_of(marks: set[str]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(marks, key=len, reverse=True))) + ")"


def _begins_with(words: str, text: str) -> re.Match[str] | None:
    """The words at the beginning of a text, but for white space."""
    start = _start(text)
    # An expression of many words takes longer to be made than all else; most texts begin with another word.
    return _loosely(words).match(text, start) if text.startswith(words.split()[0], start) else None


def _may_hold(text: str, words: str) -> bool:
    """Whether each of the words stands somewhere in the text."""
    return all(word in text for word in words.split())


def _loosely(words: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, words.split())))


def _flat(text: str) -> str:
    return " ".join(text.split())
