"""Which option of a multiple-choice question an answer picks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.matching.normalizing import bare, plain
from harness.scorers.matching.passages import denials, markers, own_turn, without_echo

_OPTION = re.compile(r"(?:^|(?<=\s))[(\[]?([A-Ja-j])[).:\]]\s++(?=.)", re.MULTILINE)
_OPTION_END = re.compile(r"\s{1,9}[(\[]?[A-Ja-j][).:\]]\s|\n|$", re.MULTILINE)
# A bare "A" or "I" is a word of the language: a letter alone needs brackets, punctuation or a line of its own.
_LETTER_FIRST = re.compile(
    r"\s*(?:option |choice |letter )?[(\[]?([A-Ja-j])(?:[)\].:,]|\s*$|\s*\n|\s+-|"
    r"(?=\s*(?:or|and|/|&)\s*[(\[]?[A-J]\b))",
    re.IGNORECASE,
)
_LETTER_AFTER_MARKER = re.compile(
    r"\s*(?:option |choice |letter )?[(\[\"']*([A-J]|[a-j](?=[)\].,\"']|\s*$))(?!\w)(?!'\w)"
)
_LETTER_ANYWHERE = re.compile(r"[(\[]([A-Ja-j])[)\]]|(?:\boption|\bchoice)\s+([A-Ja-j])\b|(?<![\w'])([B-HJ])(?![\w'])")
_BOTH = re.compile(r"\s*+(?:[)\].]++\s*+)?(?:or|and|/|,|&)\s*[(\[]?[A-J](?![\w'])")


def chosen(answer: str, question: str) -> str | None:
    """The letter that the answer settles on, in capitals; "" where it names several, None where it names none.

    In this order: what follows the last "the answer is", the letter that the text opens with, the last letter that is
    not denied, and the only option whose words the text repeats.
    """
    text = own_turn(plain(answer))
    for rest in reversed(markers(text)):
        picked = _letter(_LETTER_AFTER_MARKER.match(rest.strip()), rest.strip())
        if picked is not None:
            return picked
    opening = _letter(_LETTER_FIRST.match(text), text)
    if opening is not None and _OPTION.match(text.strip()) and len(options(text)) > 1:
        opening = None  # the text lists the options again
    if opening is not None:
        return opening
    text = without_echo(text, question)
    is_denied = denials(text)
    letters = [match for match in _LETTER_ANYWHERE.finditer(text) if not is_denied(match.start(), match.end())]
    if letters:
        return _letter(letters[-1], text)
    return _by_words(text, options(question))


def options(text: str) -> dict[str, str]:
    """The options that a text lists: letter → wording."""
    return {letter.upper(): bare(wording) for letter, wording in _listed(plain(text))}


def _listed(text: str) -> Iterator[tuple[str, str]]:
    """Each option's letter with what stands behind it, to the next option or the end of the line."""
    end = 0
    while found := _OPTION.search(text, end):
        until = _OPTION_END.search(text, found.end() + 1)
        end = until.start() if until else len(text)
        yield found[1], text[found.end() : end]


def _letter(match: re.Match[str] | None, text: str) -> str | None:
    if match is None:
        return None
    letter = next(group for group in match.groups() if group)
    return "" if _BOTH.match(text, match.end()) else letter.upper()


def _by_words(text: str, known: dict[str, str]) -> str | None:
    said = f" {bare(text)} "
    named = [letter for letter, wording in known.items() if wording and f" {wording} " in said]
    return named[0] if len(named) == 1 else "" if named else None
