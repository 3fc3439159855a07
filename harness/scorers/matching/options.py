"""What a multiple-choice question offers: its options by letter, in its own list or in its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase

from harness.records import Question
from harness.scorers.matching.alphabets import lettered_in_latin
from harness.scorers.matching.grades import keys_of
from harness.scorers.matching.letters import USUAL, Letters, letters_to
from harness.scorers.matching.normalizing import EAST_ASIAN, bare, plain
from harness.scorers.matching.reading import WORD, bare_words, blank

# East Asian text may follow a letter's mark without a space.
_OPTION = re.compile(
    rf"(?:^|(?<=\s))[(\[]?([A-Ja-j])(?:[).:\]]\s++|、\s*+|[).:\]](?=[{EAST_ASIAN}]))(?=.)", re.MULTILINE
)
_OPTION_END = re.compile(rf"\s{{1,9}}[(\[]?[A-Ja-j](?:[).:\]]\s|、|[).:\]](?=[{EAST_ASIAN}]))|\n|$", re.MULTILINE)
_AROUND = " \t\n.!?;:,\"'。，"
_ARTICLE = re.compile(r"^(?:an?|the)\s+(?=\S)", re.IGNORECASE)
_EAST = re.compile(f"[{EAST_ASIAN}]")
_FORMULA = re.compile(r"[\d=+<>^]")
MOST_OPTIONS = len(ascii_uppercase)
"""As many options as there are letters."""


@dataclass(frozen=True)
class Offer:
    """The options of a question as an answer is read for them."""

    wordings: Mapping[str, str]
    """letter → text; empty where the question lists none."""
    stem: str
    """The question without its options."""
    letters: Letters

    def without_list(self, text: str) -> str:
        """The text without the whole list of options, which repeats the question and picks none."""
        return _without(text, _words_of(self.wordings)) if self.wordings else text

    def whole(self, text: str) -> str | None:
        """The letter of the option that the text is, and nothing more."""
        folded: Callable[[str], str] = str if _is_sensitive(self.wordings.values()) else str.casefold
        # Formulas are written with spaces or without.
        said = folded("".join(_core(text).split()))
        wordings = {letter: folded("".join(it.split())) for letter, it in _telling(self.wordings).items()}
        found = [letter for letter, wording in wordings.items() if wording == said]
        return found[0] if len(found) == 1 else None

    def without_words(self, text: str) -> str:
        """The text, as long as it is, with spaces for the words of options: the C of vitamin C is no letter."""
        telling = _telling(self.wordings)
        return _mentions(tuple(telling.items())).sub(blank, text) if telling else text

    def named(self, text: str, is_denied: Callable[[int, int], bool]) -> tuple[str, ...]:
        """The letters of the options whose words the text claims.

        Of several, those that the question itself speaks of are not counted: "2 + 2 is 4" names 4.
        """
        telling = _telling(self.wordings)
        if not telling:
            return ()
        pattern = _mentions(tuple(telling.items()))
        found = list(pattern.finditer(text))
        if not found:
            return _by_bare_words(text, telling)
        claimed = {match.lastgroup or "" for match in found if not is_denied(match.start(), match.end())}
        if len(claimed) > 1:
            given = {match.lastgroup for match in pattern.finditer(self.stem)}
            claimed = claimed - given if len(claimed - given) == 1 else claimed
        return tuple(sorted(claimed))


def with_options(question: str, choices: Sequence[str]) -> str:
    """The question with its options below it, a line each, "A. " first; as it is where it lists them itself."""
    if [bare(choice) for choice in choices] == [*options(question).values()]:
        return question
    return "\n".join([question, *(f"{letter}. {choice}" for letter, choice in lettered(choices).items())])


def lettered(choices: Sequence[str]) -> dict[str, str]:
    """The texts by their letters, A first."""
    return dict(zip(ascii_uppercase, choices, strict=False))


def options(text: str) -> dict[str, str]:
    """The options that a text lists: letter → wording."""
    return {letter: bare(wording) for letter, wording in _in_text(text).items()}


@lru_cache(maxsize=1024)
def offer_of(question: Question) -> Offer:
    """What the question offers: its own choices, or the options that its text lists."""
    asked = lettered_in_latin(question.question, tuple(keys_of(question)))
    known = lettered([plain(choice) for choice in question.choices]) or _in_text(asked)
    wordings = {letter: " ".join(wording.split()) for letter, wording in known.items()} if len(known) > 1 else {}
    last = max(wordings) if question.choices else USUAL
    text = plain(asked)
    return Offer(wordings, _without(text, _words_of(wordings)), letters_to(last))


def _in_text(text: str) -> dict[str, str]:
    return {letter.upper(): wording for letter, wording in _listed(plain(text))}


def _listed(text: str) -> Iterator[tuple[str, str]]:
    """Each option's letter with what stands behind it, to the next option or the end of the line."""
    end = 0
    while found := _OPTION.search(text, end):
        until = _OPTION_END.search(text, found.end() + 1)
        end = until.start() if until else len(text)
        yield found[1], text[found.end() : end]


def _words_of(wordings: Mapping[str, str]) -> list[str]:
    return [word for letter, wording in wordings.items() for word in (letter.casefold(), *bare_words(wording))]


def _without(text: str, words: Sequence[str]) -> str:
    """The text without these words where they stand in a row, whatever stands between them."""
    said = list(WORD.finditer(text))
    folded = [word[0].casefold() for word in said]
    count, end, parts = len(words), 0, []
    for at in range(len(said) - count + 1 if words else 0):
        if said[at].start() >= end and folded[at : at + count] == words:
            parts.append(text[end : said[at].start()])
            end = said[at + count - 1].end()
    return " ".join([*parts, text[end:]])


@lru_cache(maxsize=1024)
def _mentions(wordings: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Every option as whole words, under a group of its letter; where one holds another, the longer."""
    longest = sorted(wordings, key=lambda pair: -len(pair[1]))
    parts = (f"(?P<{letter}>{_bounded(wording)})" for letter, wording in longest)
    flags = 0 if _is_sensitive([wording for _, wording in wordings]) else re.IGNORECASE
    return re.compile("|".join(parts), flags)


def _bounded(wording: str) -> str:
    begin = end = ""
    if wording[0].isalnum() and not _EAST.match(wording):
        begin = rf"(?:(?<![\w.])|(?<=[{EAST_ASIAN}]))"
        # Another number: 5 in -5, in 1/5 and in 1,5.
        begin += r"(?<![-+/])(?<!\d[,:])" if wording[0].isdigit() else ""
    if wording[-1].isalnum() and not _EAST.match(wording[-1]):
        end = rf"(?:(?!\w)|(?=[{EAST_ASIAN}]))"
        end += r"(?![.,/:^]\d)" if wording[-1].isdigit() else ""
    return f"{begin}{_spaced(wording)}{end}"


def _spaced(wording: str) -> str:
    return r"\s+".join(map(re.escape, wording.split()))


def _telling(wordings: Mapping[str, str]) -> dict[str, str]:
    """The options that can be told by their words: a letter alone is read as a letter."""
    cores = {letter: _core(wording) for letter, wording in wordings.items()}
    return {letter: core for letter, core in cores.items() if core and not (len(core) == 1 and core in ascii_uppercase)}


def _core(text: str) -> str:
    """A text without what stands around it: articles, full stops, quotes."""
    flat = " ".join(text.split()).strip(_AROUND)
    return _ARTICLE.sub("", flat)


def _is_sensitive(wordings: Iterable[str]) -> bool:
    """Whether some differ by capitals only, as AA, Aa and aa do."""
    cores = [_core(wording) for wording in wordings]
    return len({core.casefold() for core in cores}) < len(set(cores))


def _by_bare_words(text: str, telling: Mapping[str, str]) -> tuple[str, ...]:
    """By words alone, whatever stands between them; numbers and formulas are more than their words."""
    said = f" {bare(text)} "
    worded = {letter: bare(wording) for letter, wording in telling.items() if not _FORMULA.search(wording)}
    if len(set(worded.values())) < len(worded):
        return ()
    return tuple(letter for letter, wording in worded.items() if wording and f" {wording} " in said)
