"""Every word of the reports that is not a user's own: catalogues in gettext's format, one file a language."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.resources import search_path
from harness.words import numerals

_CATALOGUES = Path(__file__).parent / "locale"
_OWN = "reports/templates"
"""Where a user's own languages lie: beside the templates of their own."""
SUFFIX = ".po"

Messages = Mapping[str, tuple[str, ...]]
"""Key → its sentence, or one for each plural form of the language."""


@dataclass(frozen=True)
class Catalogue:
    """One .po file, read and found without fault."""

    tag: str
    """The language as a page's lang attribute has it: en, zh-TW."""
    messages: Messages
    form: Callable[[int], int]
    """Which plural form so many things take."""


class Words:
    """The words of one language."""

    def __init__(self, held: Catalogue, english: Catalogue, argument: str | None = None) -> None:
        self.lang = held.tag
        """As a page's lang attribute has it: en, zh-TW."""
        self.argument = argument or held.tag
        """What --lang takes for it: its name, or its file."""
        self._held, self._english = held, english

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence under that key, filled in."""
        return self._of(key).messages[key][-1].format(**values)

    def get(self, key: str, otherwise: str) -> str:
        """The same without anything to fill in, where the catalogue has it."""
        forms = self._of(key).messages.get(key)
        return otherwise if forms is None else forms[-1]

    def counted(self, key: str, n: int, shown: str | None = None, **values: Any) -> str:
        """The sentence in the plural form for n things, with n as it is shown."""
        held = self._of(key)
        forms = held.messages[key]
        text = forms[held.form(n) if len(forms) > 1 else 0]
        return text.format(n=n if shown is None else shown, **values)

    @property
    def direction(self) -> str:
        """Ltr or rtl, as a page's dir attribute has it."""
        known = _locale(self.lang)
        return "ltr" if known is None else str(known.text_direction)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share as a percentage with its sign as the language sets it: 86.1 % or 86.1%."""
        shown = numerals.percent(share, digits, sign="")
        return shown if shown == numerals.NOTHING else self("unit.share", share=shown)

    def listed(self, items: Iterable[str], most: int | None = None, key: str = "list.item") -> str:
        """The items side by side; past so many, how many more there are."""
        every = list(items)
        shown = self(key).join(every[:most])
        return shown if most is None or len(every) <= most else self("list.more", items=shown, n=len(every) - most)

    def both(self, names: Iterable[str]) -> str:
        """All of the names: "dpo and orpo"."""
        return reduce(lambda first, second: self("list.and", first=first, second=second), names)

    def text(self, sentences: Iterable[str]) -> str:
        """One sentence behind the other; empty ones are left out."""
        said = [sentence for sentence in sentences if sentence]
        return reduce(lambda first, second: self("list.sentence", first=first, second=second), said) if said else ""

    def _of(self, key: str) -> Catalogue:
        # What a language lacks is said in English, in the plural form that is right there.
        return self._held if key in self._held.messages else self._english


def words(lang: str, folders: Sequence[Path] = ()) -> Words:
    """The language's words: by its name however that is written, or from a file LANG.po; refuses what is neither.

    A file of that name in one of the folders of templates comes before the one that is shipped. What it lacks is said
    in English: better than a report that breaks off; how much that is says one line.
    """
    if lang.endswith(SUFFIX):
        return Words(_told(Path(lang)), _english(), lang)
    known = _known(folders)
    path = known.get(lang.replace("-", "_").casefold())
    if path is None:
        shown = ", ".join(sorted(path.stem.replace("_", "-") for path in known.values()))
        raise HarnessError(
            f"No reports in '{lang}' yet. Known: {shown}. Next: --lang en, or a file of your own, "
            f"--lang {lang}{SUFFIX}, begun with: harness translate {lang}{SUFFIX}"
        )
    return Words(_told(path), _english())


def catalogue_file(name: str) -> Path:
    """Where a language's sentences stand; name is its file's: en, zh_TW."""
    return _CATALOGUES / f"{name}{SUFFIX}"


def lacking(path: Path) -> list[str]:
    """The keys that a catalogue has no sentence for, in the order of the English one."""
    held = _held(path)
    return [key for key in english() if key not in held.messages]


def complete(path: Path) -> tuple[int, int]:
    """Begins a catalogue, or completes one, with English beside each key: (how many are translated, of how many)."""
    from harness.words.po_file import complete as write

    return write(path, english())


def english() -> Messages:
    """Key → sentences of the language that every other is checked against."""
    return _english().messages


def _known(folders: Sequence[Path]) -> dict[str, Path]:
    own = [path for folder in search_path(_OWN, folders) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    found: dict[str, Path] = {}
    for path in (*own, *sorted(_CATALOGUES.glob(f"*{SUFFIX}"))):
        found.setdefault(path.stem.casefold(), path)
    return found


def _told(path: Path) -> Catalogue:
    """The file's sentences; one line says how many it lacks."""
    held = _held(path)
    if absent := lacking(path):
        _remark(path, len(absent), len(english()))
    return held


@lru_cache
def _remark(path: Path, count: int, of: int) -> None:
    """Once for each file and count, however many pages are made of it."""
    logging.getLogger("harness").warning(
        f"{path.name} lacks {count:,} of {of:,} messages, which are said in English. "
        f"To see which: harness translate {path}"
    )


def _english() -> Catalogue:
    return _held(catalogue_file("en"))


def _held(path: Path) -> Catalogue:
    from harness.words.po_file import changed

    return _read(path, changed(path))


@lru_cache
def _read(path: Path, _: int) -> Catalogue:
    # Commands that write no sentence should not pay for it.
    from harness.words.po_file import read_catalogue

    shipped = path == catalogue_file("en")
    tag, messages, form = read_catalogue(path, None if shipped else _english().messages)
    return Catalogue(tag, messages, form)


def _locale(tag: str) -> Any:
    from harness.words.po_file import locale

    return locale(tag)
