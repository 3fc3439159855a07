"""English sentences that files of a run hold, said in a report's language: matched with the catalogue's own forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from string import Formatter

from harness.words.catalogue import Words, english


def retold(text: str, kind: str, say: Words) -> str:
    """The sentence in that language, where the English catalogue has its form under that kind; else as it stands.

    What stood in a placeholder stands there again: as it is, or by its name as VALUES says.
    """
    if say.lang == "en":
        return text
    for key, pieces in _forms(kind):
        values = _matched(pieces, text)
        if values is None:
            continue
        shown = {name: VALUES[name](value, kind, say) if name in VALUES else value for name, value in values.items()}
        return say.counted(key, _number(values.pop("n", "1")), shown.pop("n", None), **shown)
    return text


def _items(text: str, _: str, say: Words) -> str:
    """As a, b, c and 4 more."""
    head, found, more = text.rpartition(" and ")
    count = more.removesuffix(" more")
    if found and count != more and count.isdigit():
        return say("list.more", items=say("list.item").join(head.split(", ")), n=count)
    return say("list.item").join(text.split(", "))


def _each(text: str, kind: str, say: Words) -> str:
    return say("list.clause").join(retold(part, kind, say) for part in text.split("; "))


VALUES: dict[str, Callable[[str, str, Words], str]] = {
    "items": _items,
    "names": lambda text, _, say: say.both(text.split(" and ")),
    "lacking": _items,
    "extra": _items,
    "points": lambda text, _, say: say("list.item").join(text.split("; ")),
    # As Python writes it: in quotes of one kind or the other.
    "answer_key": lambda text, _, say: text[1:-1],
    "either": lambda text, kind, say: say("list.or").join(retold(part, kind, say) for part in text.split(" or ")),
    "reason": retold,
    "anchor": lambda text, _, say: retold(text, "check.against", say),
    "changes": _each,
}
"""How a value is said that is made of words itself."""


@lru_cache
def _forms(kind: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """(key, (text, placeholder behind it) pairs) of each form of that kind, those that say most by themselves first."""
    found = [
        (key, [(before, field) for before, field, _, _ in Formatter().parse(text)])
        for key, texts in english().items()
        if key.startswith(f"{kind}.")
        for text in texts
    ]
    return sorted(found, key=lambda one: -sum(len(before) for before, _ in one[1]))


def _matched(pieces: list[tuple[str, str | None]], text: str) -> dict[str, str] | None:
    """What stands at each placeholder; each ends where the text behind it is next found, so that it takes one pass."""
    if not text.startswith(pieces[0][0]):
        return None
    at, values = len(pieces[0][0]), {}
    for (_, field), following in zip(pieces, [*pieces[1:], ("", None)], strict=True):
        if field is None:
            break
        last = following[1] is None
        end = len(text) - len(following[0]) if last else text.find(following[0], at + 1)
        if end <= at or not text.startswith(following[0], end):
            return None
        values[field], at = text[at:end], end + len(following[0])
    return values if at == len(text) else None


def _number(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.isdigit() else 0
