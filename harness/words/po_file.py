"""A .po file as gettext has it: read, checked against English, and begun or completed for a translator."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po, write_po

from harness.errors import HarnessError

_TRIED = 1_000
"""Numbers that a file's plural rule is compared with the language's own for."""
_WIDTH = 110
# Babel takes what is not in quotes for a text without its first and last letter.
_LINE = re.compile(r'(?:#.*+|(?:(?:msg(?:id|id_plural|ctxt)|msgstr(?:\[\d\])?+)\s++)?+"(?:[^"\\]|\\.)*+")?+')


def changed(path: Path) -> int:
    """When the file was last written; refuses one that is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise HarnessError(
            f"{path} cannot be read: {error.strerror}. Begin it with: harness translate {path}"
        ) from None


def read_catalogue(
    path: Path, english: Mapping[str, tuple[str, ...]] | None
) -> tuple[str, dict[str, tuple[str, ...]], Callable[[int], int]]:
    """(language as a page names it, key → sentences, which plural form a number takes).

    A key without a sentence, or with one that is marked fuzzy, is left out. Refused, with its line: a placeholder that
    the English sentence does not have, or one of its that is gone; a plural rule that is not the language's.
    """
    held = _parsed(path)
    tag = _tag(held, path)
    form = _plural_rule(held, tag, path)
    found: dict[str, tuple[str, ...]] = {}
    for row in held:
        key, texts = _key(row), _texts(row)
        if not key or row.fuzzy or not texts or not all(texts):
            continue
        if isinstance(row.id, tuple) and len(texts) != held.num_plurals:
            raise HarnessError(f"{path}:{row.lineno}: {key} has {len(texts)} of {held.num_plurals} plural forms.")
        if english is None or key in english:
            _check(texts, texts if english is None else english[key], f"{path}:{row.lineno}: {key}")
            found[key] = texts
    return tag, found, form


def complete(path: Path, english: Mapping[str, tuple[str, ...]]) -> tuple[int, int]:
    """Writes the file with every key, English beside each as a comment: (how many are translated, of how many).

    What it holds already stays, and so do the translator's comments; keys that are no longer asked for go.
    """
    old = _parsed(path) if path.is_file() else None
    name = path.stem if old is None else _tag(old, path).replace("-", "_")
    if locale(name) is None:
        raise HarnessError(
            f"'{name}' is no language that Unicode's CLDR knows. Next: harness translate ja{path.suffix}"
        )
    rows = {} if old is None else {_key(row): row for row in old}
    made = Catalog(locale=name, fuzzy=False, header_comment="# The words of the reports in this language.")
    for key, texts in english.items():
        row = rows.get(key)
        many = len(texts) > 1 or (row is not None and isinstance(row.id, tuple))
        kept = () if row is None else _texts(row)
        empty: Any = ("",) * made.num_plurals if many else ""
        made.add(
            (key, key) if many else key,
            (kept if many else kept[0]) if kept and len(kept) == (made.num_plurals if many else 1) else empty,
            auto_comments=[f"en: {text}" for text in texts],
            user_comments=[] if row is None else row.user_comments,
            flags=[] if row is None else row.flags,
        )
    file = BytesIO()
    write_po(file, made, width=_WIDTH, no_location=True, omit_header=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {name}\\n"\n"MIME-Version: 1.0\\n"\n'
    header += '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    header += f'"Plural-Forms: nplurals={made.num_plurals}; plural={made.plural_expr};\\n"\n\n'
    path.write_text(header + file.getvalue().decode("utf-8"), encoding="utf-8")
    return sum(bool(texts) and all(texts) for row in made if _key(row) for texts in [_texts(row)]), len(english)


def locale(tag: str) -> Locale | None:
    """What CLDR knows of the language; None where it knows nothing."""
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def fields(text: str) -> set[str]:
    """The placeholders of a sentence, each with how it is written: n, mde:.1f; ValueError where a brace is odd."""
    return {field + (f":{spec}" if spec else "") for _, field, spec, _ in Formatter().parse(text) if field is not None}


def _parsed(path: Path) -> Catalog:
    try:
        content = path.read_bytes()
        for number, text in enumerate(content.decode("utf-8-sig").splitlines(), start=1):
            if not _LINE.fullmatch(text.strip()):
                raise HarnessError(f"{path}:{number}: {text.strip()[:60]!r} is not gettext's format.")
        return read_po(BytesIO(content), abort_invalid=True)
    except PoFileError as error:
        raise HarnessError(f"{path}:{error.lineno + 1}: {str(error).rpartition(' on ')[0]}.") from None
    except UnicodeDecodeError:
        raise HarnessError(f"{path} is not UTF-8. Next: save it as UTF-8.") from None
    except OSError as error:
        raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise HarnessError(f"{path}: its header cannot be read ({error}).") from None


def _tag(held: Catalog, path: Path) -> str:
    said = dict(held.mime_headers).get("Language") or (held.locale_identifier or "")
    return (said or path.stem).replace("_", "-")


def _plural_rule(held: Catalog, tag: str, path: Path) -> Callable[[int], int]:
    """The header's rule; it must part the numbers as CLDR's or gettext's own for that language does."""
    try:
        rule: Callable[[int], int] = gettext.c2py(held.plural_expr)
        forms = [rule(n) for n in range(_TRIED)]
    except (ValueError, ZeroDivisionError):
        raise HarnessError(f"{path}: Plural-Forms cannot be read: {held.plural_expr!r}.") from None
    known = locale(tag)
    if known is None:
        return rule
    usual = get_plural(tag.replace("-", "_"))
    expected: list[list[Any]] = [[known.plural_form(n) for n in range(_TRIED)]]
    expected.append([gettext.c2py(usual[1])(n) for n in range(_TRIED)])
    if max(forms) >= held.num_plurals or not any(_parted_alike(forms, one) for one in expected):
        raise HarnessError(
            f"{path}: its Plural-Forms are not those of {known.english_name}. "
            f"Next: Plural-Forms: nplurals={usual[0]}; plural={usual[1]};"
        )
    return rule


def _parted_alike(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(set(zip(first, second, strict=True))) == len(set(first)) == len(set(second))


def _check(texts: Sequence[str], english: Sequence[str], where: str) -> None:
    """Every form says what the English one does; a form for one thing may leave its number out."""
    wanted = fields(english[-1])
    free = {"n"} if len(english) > 1 or len(texts) > 1 else set()
    for text in texts:
        try:
            said = fields(text)
        except ValueError as error:
            raise HarnessError(f"{where}: a brace is odd ({error}): {text[:80]!r}.") from None
        if strange := sorted(said - wanted):
            raise HarnessError(
                f"{where}: {_braced(strange)} is no placeholder of it. Known: {_braced(sorted(wanted))}."
            )
        if lost := sorted(wanted - said - free):
            raise HarnessError(f"{where}: {_braced(lost)} is lacking: {text[:80]!r}.")


def _braced(names: Sequence[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names) or "none"


def _key(row: Message) -> str:
    return row.id if isinstance(row.id, str) else row.id[0]


def _texts(row: Message) -> tuple[str, ...]:
    text = row.string
    return (text,) if isinstance(text, str) else tuple(text or ())
