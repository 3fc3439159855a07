"""Every word of the reports that is not a user's own: catalogues in gettext's format, one file a language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.words import numerals

_CATALOGUES = Path(__file__).parent / "locale"
_FORMS = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories in the order that gettext numbers them."""

Messages = Mapping[str, tuple[str, ...]]
"""Key → its sentence, or one for each plural form of the language."""


class Words:
    """The words of one language."""

    def __init__(self, lang: str, messages: Messages) -> None:
        self.lang = lang
        """As a page's lang attribute has it: en, zh-TW."""
        self._messages = messages

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence under that key, filled in."""
        return self._messages[key][-1].format(**values)

    def get(self, key: str, otherwise: str) -> str:
        """The same without anything to fill in, where the catalogue has it."""
        return self._messages[key][-1] if key in self._messages else otherwise

    def counted(self, key: str, n: float, shown: str | None = None, **values: Any) -> str:
        """The sentence in the plural form for n things, with n as it is shown."""
        forms = self._messages[key]
        text = forms[_form(self.lang, n) if len(forms) > 1 else 0]
        return text.format(n=n if shown is None else shown, **values)

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


def words(lang: str) -> Words:
    """The language's words, however its name is written; refuses a language that nobody has written."""
    known = {path.stem.casefold(): path.stem for path in _CATALOGUES.glob("*.po")}
    name = known.get(lang.replace("-", "_").casefold())
    if name is None:
        shown = ", ".join(sorted(_tag(name) for name in known.values()))
        raise HarnessError(f"No reports in '{lang}' yet. Known: {shown}. Next: --lang en")
    return Words(_tag(name), _messages(name))


def catalogue(path: Path) -> dict[str, tuple[str, ...]]:
    """Key → sentences of one .po file; a key without a sentence is left out."""
    # Commands that write no sentence should not pay for it.
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        found = {_first(row.id): _forms(row.string) for row in read_po(file, abort_invalid=True) if row.id}
    return {key: texts for key, texts in found.items() if texts and all(texts)}


def catalogue_file(name: str) -> Path:
    """Where a language's sentences stand; name is its file's: en, zh_TW."""
    return _CATALOGUES / f"{name}.po"


@lru_cache
def _messages(name: str) -> Messages:
    # What a catalogue lacks is said in English: better than a report that breaks off.
    found = dict(_messages("en")) if name != "en" else {}
    return {**found, **catalogue(catalogue_file(name))}


@lru_cache(maxsize=256)
def _form(lang: str, n: float) -> int:
    from babel import Locale

    rule = Locale.parse(lang, sep="-").plural_form
    return [form for form in _FORMS if form in rule.tags or form == "other"].index(rule(n))


def _first(key: str | Sequence[str]) -> str:
    return key if isinstance(key, str) else key[0]


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _tag(name: str) -> str:
    return name.replace("_", "-")
