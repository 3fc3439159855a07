"""A text in passages, and a passage in tokens: with and without spaces between words, numbers all alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

NUMBER = "0"
"""What stands for every number."""
MOST = 100
"""Tokens of a passage at most."""
_LONG = 400
"""Characters from which on what no full stop divides is divided by commas."""

# Scripts that put no spaces between words: each character is a token. Han and kana; Thai and Lao, Burmese, Khmer.
_CHARACTERS = (
    "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
    "\u0e01-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1780-\u17d3"
)
_UNSPACED = re.compile(f"[{_CHARACTERS}]")
_TOKEN = re.compile(rf"\d++(?:[.,:/]\d++)*+(?:st|nd|rd|th)?+|[{_CHARACTERS}]|(?:(?![{_CHARACTERS}])[^\W\d_])++")
_END = re.compile(
    r"\n|(?<=[^\W\d][.!?])[ \t]|(?<=[!?;])[ \t]|(?<=[。！？；])(?![。！？；」』”）])"
    r"|(?<=[\u0e01-\u0e4e])[ ](?=[\u0e01-\u0e4e])"
)
_COMMA = re.compile(r"(?<=[,，、;])")
_WORDS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million first second third fourth fifth
sixth seventh eighth ninth tenth eleventh twelfth once twice monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december
ii iii iv vi vii viii ix xi xii
"""
_COUNTED = frozenset([*_WORDS.split(), *"〇零一二三四五六七八九十百千萬万億亿兩两"])
# For scripts with spaces, several times quicker than a pattern: ends of sentences become full stops, digits 0, brackets
# and quotation marks nothing, all other signs but commas spaces.
_PLAIN = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)} | {
    **dict.fromkeys(map(ord, "0123456789"), NUMBER),
    **dict.fromkeys(map(ord, ".!?;…"), "."),
    **dict.fromkeys(map(ord, "\"'()[]*_`“”‘’«»"), None),
    **dict.fromkeys(map(ord, "–—\u00a0"), " "),
    ord("\n"): "\n",
    ord(","): ",",
}


def prose(text: str) -> tuple[str, int]:
    """(the text without rows of tables, lines of JSON and fences of code, how many letters and figures these have).

    They are alike by their nature, and say nothing of how somebody writes.
    """
    if not any(sign in text for sign in ("|", "```", "~~~", '{"')):
        return text, 0
    kept, left_out, fenced = [], 0, False
    for line in text.split("\n"):
        start = line.lstrip()
        is_fence = start.startswith(("```", "~~~"))
        if fenced or is_fence or start.startswith(("|", '{"')):
            left_out += sum(map(str.isalnum, line))
        else:
            kept.append(line)
        fenced ^= is_fence
    return "\n".join(kept), left_out


def tokenised(text: str) -> Iterator[list[str]]:
    """Lines and sentences, a long one that no full stop divides in its clauses; each in tokens.

    Words, or characters where a script has no spaces, in small letters; each number, in figures or words, is 0.
    """
    found = _by_spaces(text) if text.isascii() or not _UNSPACED.search(text) else _by_characters(text)
    for passage in found:
        if len(passage) <= MOST:
            yield passage
        else:
            yield from _pieces(passage)


def weight(found: Sequence[str]) -> float:
    """How many words the tokens that are no numbers make, a character of a script without spaces being half a one."""
    return sum(0.0 if it == NUMBER else 1.0 if it < "\u0e01" or len(it) > 1 else 0.5 for it in found)


def _by_spaces(text: str) -> Iterator[list[str]]:
    # Once for all lines: the table is looked up for each sign that a text holds, not for each place.
    for line in text.casefold().translate(_PLAIN).split("\n"):
        for part in line.split(". "):
            for clause in (part,) if len(part) <= _LONG else part.split(","):
                found = clause.replace(",", " ").rstrip(" .").split()
                yield _numbered(found) if NUMBER in clause or not _COUNTED.isdisjoint(found) else found


def _by_characters(text: str) -> Iterator[list[str]]:
    for part in _END.split(text):
        for clause in (part,) if len(part) <= _LONG else _COMMA.split(part):
            yield _numbered(_TOKEN.findall(clause.casefold()))


def _pieces(passage: list[str]) -> Iterator[list[str]]:
    """What neither stops nor commas divide, by its numbers, and at the latest after so many tokens."""
    begun = 0
    for place, token in enumerate(passage, 1):
        if place - begun >= MOST or (token == NUMBER and place - begun > 4):
            yield passage[begun:place]
            begun = place
    yield passage[begun:]


def _numbered(found: list[str]) -> list[str]:
    """Neighbouring numbers become one: "thirty-two" is 32, and so is 三十二."""
    out: list[str] = []
    for token in found:
        if token in _COUNTED or token[0].isdigit():
            if not out or out[-1] != NUMBER:
                out.append(NUMBER)
        else:
            out.append(token)
    return out
