"""Options that are lettered otherwise than A, B, C: ① ②, ㄱ ㄴ, ア イ, ก ข, А Б, أ ب, 甲 乙; read as Latin letters.

Circled letters are Latin ones. Circled digits stand for places in any list; another alphabet is read only where the
question's options, or its key, are written in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase

_CIRCLED = re.compile("[①-⑳⑴-⑽❶-❿➀-➉➊-➓]")
_CIRCLED_LETTERS = str.maketrans(
    {chr(start + place): f"({letter})" for start in (0x24B6, 0x24D0, 0x249C, 0x1F150, 0x1F170, 0x1F130)
     for place, letter in enumerate(ascii_uppercase)}
)  # fmt: skip
_PLACES = {
    chr(start + place): letter
    for start in (0x2460, 0x2474, 0x2776, 0x2780, 0x278A)
    for place, letter in enumerate("ABCDEFGHIJ")
} | {chr(0x246A + place): letter for place, letter in enumerate("KLMNOPQRST")}
_PLACE = re.compile("(?<![0-9.,])([1-9])(?:\ufe0f?\u20e3|\\s?[번番](?![째目호]))")


@dataclass(frozen=True)
class Alphabet:
    """Labels of options in their order, and what stands around one where it is a label in running text."""

    labels: tuple[str, ...]
    before: str
    after: str
    stem: str = ""
    """A lookbehind that a label may follow directly, be it within a word or not."""


_END = r"(?=[).:,;»\"”]|\s*$|\s*\n)"
_ARABIC = "\u0621-\u064a"
ALPHABETS = (
    Alphabet(tuple("ㄱㄴㄷㄹㅁㅂㅅㅇ"), "", ""),
    Alphabet(tuple("가나다라마바사아"), "(?<![가-힣])", r"(?=번|입니다|이다|가\s|이\s|는\s|은\s|[^가-힣]|$)"),
    Alphabet(tuple("アイウエオカキク"), "(?<![ァ-ヿｦ-ﾟ])", "(?![ァ-ヿｦ-ﾟ])"),
    Alphabet(tuple("イロハニホヘト"), "(?<![ァ-ヿｦ-ﾟ])", "(?![ァ-ヿｦ-ﾟ])"),
    Alphabet(tuple("あいうえおかきく"), "(?<![ぁ-ゟ])", "(?![ぁ-ゟ])", "(?<=答えは)|(?<=正解は)"),
    Alphabet(tuple("กขคงจฉชซ"), "(?<![ก-๛])", "(?![ก-๛])", "(?<=ตอบ)|(?<=ข้อ)|(?<=คือ)"),
    Alphabet(tuple("АБВГДЕЖЗ"), r"(?<!\w)", _END, r"(?<=ариант )|(?<=твет )|(?<=уква )"),
    Alphabet(tuple("абвгдежз"), r"(?<!\w)", _END, r"(?<=ариант )|(?<=твет )|(?<=уква )"),
    Alphabet(tuple("أبجدهوزح"), f"(?<![{_ARABIC}])", f"(?![{_ARABIC}])"),
    Alphabet(tuple("ابجدهوزح"), f"(?<![{_ARABIC}])", f"(?![{_ARABIC}])"),
    Alphabet(tuple("أبتثجحخد"), f"(?<![{_ARABIC}])", f"(?![{_ARABIC}])"),
    Alphabet(tuple("ΑΒΓΔΕΖΗΘ"), r"(?<!\w)", _END, "(?<=πάντηση )|(?<=πιλογή )"),
    Alphabet(tuple("αβγδεζηθ"), r"(?<!\w)", _END, "(?<=πάντηση )|(?<=πιλογή )"),
    Alphabet(tuple("אבגדהוזח"), "(?<![א-ת])", "(?![א-ת])"),
    Alphabet(tuple("甲乙丙丁戊己庚辛"), "(?<![\u4e00-\u9fff])", "(?![\u4e00-\u9fff])", "(?<=[選选是為为項项案])"),
    Alphabet(tuple("कखगघङ"), "(?<![\u0900-\u0963])", "(?![\u0900-\u0963])"),
    Alphabet(tuple("কখগঘঙ"), "(?<![\u0980-\u09e3])", "(?![\u0980-\u09e3])"),
    Alphabet(
        tuple("123456789"), r"(?<![\w.,])", r"(?=\s?[번番)]|[.:]\s|[.)\]:,]?\s*$|[)\].]?\s*\n)", r"(?<=ption )|(?<=項)"
    ),
)
_LATIN = re.compile(r"(?:^|(?<=\s))[(\[（]?B[).:、．：\]）]", re.MULTILINE)
_LOOKALIKES = str.maketrans("АВСЕН", "ABCEH")
_LOOKALIKE = re.compile(r"(?<!\w)[АВСЕН](?=[).:,]|\s*$)|(?<=твет )[АВСЕ](?!\w)|(?<=ариант )[АВСЕ](?!\w)")


@lru_cache(maxsize=1024)
def alphabet_of(question: str, keys: tuple[str, ...]) -> Alphabet | None:
    """The alphabet that a question letters its options in, or its key is written in; None for the Latin one."""
    if (question.isascii() and all(key.isascii() and not key.isdecimal() for key in keys)) or _LATIN.search(question):
        return None
    labels = {mark for key in keys for mark in key if mark.isalnum()}
    listing = [it for it in ALPHABETS if all(_heads(it.labels[at]).search(question) for at in (0, 1))]
    written = [it for it in ALPHABETS if labels and labels <= set(it.labels)]
    both = [it for it in written if it in listing]
    return next(iter([*both, *listing, *written]), None)


@lru_cache(maxsize=256)
def _heads(label: str) -> re.Pattern[str]:
    """The label where an option of a question begins with it."""
    return re.compile(rf"(?:^|(?<=[\s]))[(\[（]?{label}[).:、．：\]）][ \t]?", re.MULTILINE)


@lru_cache(maxsize=64)
def _labels(alphabet: Alphabet) -> re.Pattern[str]:
    """The labels where a running text names one."""
    labels = "".join(alphabet.labels)
    one = f"([{''.join(dict.fromkeys(labels + labels.lower()))}])"
    stem = f"|(?:{alphabet.stem}){one}(?![^\\W\\d_])" if alphabet.stem else ""
    return re.compile(f"{alphabet.before}{one}{alphabet.after}{stem}")


def lettered_in_latin(question: str, keys: tuple[str, ...]) -> str:
    """The question with its options under Latin letters, "A. " first."""
    text = _circled(question, "\n{}. ")
    alphabet = alphabet_of(question, keys)
    if alphabet is not None:
        for label, letter in zip(alphabet.labels, ascii_uppercase, strict=False):
            text = _heads(label).sub(f"{letter}. ", text)
    return text


def in_latin(text: str, question: str, keys: tuple[str, ...]) -> str:
    """An answer, or a key, with the labels of the question's options as Latin letters."""
    if text.isascii() and not (text.isdecimal() or any(map(str.isdecimal, keys))):
        return text
    text = text.translate(_CIRCLED_LETTERS)
    alphabet = alphabet_of(question, keys)
    if alphabet is None:
        return _LOOKALIKE.sub(lambda found: found[0].translate(_LOOKALIKES), text)
    letters = dict(zip(alphabet.labels, ascii_uppercase, strict=False))

    def letter(found: re.Match[str]) -> str:
        label = next(group for group in found.groups() if group)
        return f"({letters.get(label) or letters[label.upper()]})"

    return _labels(alphabet).sub(letter, text)


def places_in_latin(text: str) -> str:
    """The text with circled digits, those on keys, and "2번", as the letters of the places that they count."""
    return _circled(_PLACE.sub(lambda found: chr(0x245F + int(found[1])), text), "({})")


def _circled(text: str, form: str) -> str:
    return text if text.isascii() else _CIRCLED.sub(lambda found: form.format(_PLACES.get(found[0], "")), text)
