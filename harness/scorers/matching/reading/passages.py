"""The parts of a text that its answer can stand in: the model's own turn, its sentences, all but the question again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_ANOTHER = "(?:下一?[個个道題题]|另一?[個个道]|新的?|追加|次|別|추가|다음|새|다른)(?:の)?[ \t]?"
_ASKS_EAST = (
    "使用者|用[戶户]|客[戶户]|[學学]生|生徒|同[學学]|提[問问]者?|追[問问]|[問问]|[問问][題题]|[題题]目?"
    "|[疑質质][問问]者?|発問|お?客様"
    "|ユーザー?|人[類类間间]|設問|学習者|사용자|유저|고객|학생|질문자?|학습자|문제?|물음|인간"
)
"""Who asks, or what is asked, in East Asian text."""
_TURN = re.compile(
    rf"^[ \t]*#{{1,6}}[ \t]*(?:{_ANOTHER})?+(?:{_ASKS_EAST})[ \t]{{0,9}}\d{{0,9}}(?:[:：]|$)"
    rf"|^[ \t]*(?:\*\*|<\|?|\[|【)?(?:{_ANOTHER})?+(?:{_ASKS_EAST})[ \t]{{0,9}}\d{{0,9}}(?:\*\*|\]"
    rf"|】)?[ \t]{{0,9}}[:：]"
    r"|^[ \t]*(?:#{1,6}[ \t]*|\*\*|<\|?)?(?:human|user|question|q|instruction|input|student|customer|problem|問題"
    r"|问题|質問|用戶|用户|ユーザー|질문|문제|사용자|frage|aufgabe|benutzer|nutzer|schüler|kunde|élève|étudiant|alumno|aluno|estudiante|estudante|utilisateur|pregunta|usuario"
    r"|pergunta|domanda|vraag|вопрос|usuário|utente|пользователь|pertanyaan|câu hỏi|คำถาม|سؤال|प्रश्न)"
    r"[ \t]{0,9}\d{0,9}(?:\*\*)?[ \t]{0,9}(?::|：|\|?>)"
    r"|^[ \t]*#{1,6}[ \t]*(?:question|frage|pregunta|pergunta|user|human)(?:[ \t]{1,3}\d{1,3})?+[ \t]{0,9}+$",
    re.IGNORECASE | re.MULTILINE,
)
_SAID = re.compile(r"[^\W_]+")
# Behind a "!" or "?" East Asian text goes on without a space.
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+|\n+|[。！？][」』）)]?|[!?](?=[\u2e80-\u9fff\uac00-\ud7af])")
_ABBREVIATIONS = (
    "approx.", "e.g.", "i.e.", "vs.", "No.", "Eq.", "Dr.", "Mr.", "Mrs.", "Ms.", "ca.", "Nr.", "Mio.", "Mrd.", "Tsd.",
    "Mill.", "Rs.", "z.B.", "z. B.", "d.h.", "d. h.", "bzw.", "env.", "aprox.", "p.ex.", "p. ex.", "núm.", "nº.", "cf.",
)  # fmt: skip
# What opens a sentence even behind an abbreviation: "1,07 Mio. Die Bevölkerung …".
_OPENS = re.compile(
    r"(?:Der|Die|Das|Es|Somit|Daher|Also|Damit|Probe|Gegenprobe|Zur|Zum|Ich|Wir|Check|The|It|So|Therefore|Hence|This|That"
    r"|Le|La|Les|El|Los|Los|Isso|Eso|Cela|Donc|O|A|Os|As)\b"
)
WORD = re.compile(r"\w+(?:[.,:]\d++)*+")
ECHOED = "…"
"""Stands where words of the question were repeated; a plain text holds no other."""
READ = 100_000
"""Characters of an answer that are read for being right; each number in them is looked at many times."""
_ECHO = 6


@dataclass(frozen=True)
class _Echo:
    """What of a question is no answer when it is repeated."""

    runs: frozenset[tuple[str, ...]]
    sentences: frozenset[tuple[str, ...]]


def readable(text: str) -> str:
    """What of an answer is read: all, or of more than READ characters the model's own turn, shortened."""
    return text if len(text) <= READ else own_turn(text)


def own_turn(text: str) -> str:
    """The text up to the first line where another speaker begins; such a line at the very start is passed over.

    Of more than READ characters the first half and the last half: an answer stands where a text opens or ends.
    """
    turn = _own_turn(text)
    return turn if len(turn) <= READ else f"{turn[: READ // 2]}\n{turn[-READ // 2 :]}"


def _own_turn(text: str) -> str:
    turns = [turn.start() for turn in _TURN.finditer(text)]
    if not turns:
        return text
    begun = next((word.end() for word in _SAID.finditer(_TURN.sub(blank, text))), len(text))
    return next((text[:turn] for turn in turns if turn >= begun), text)


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, [""] for none."""
    return list(_sentences(text)) or [""]


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for found in _SENTENCE_END.finditer(text):
        if not text.endswith(_ABBREVIATIONS, begin, found.start() + 1) or _OPENS.match(text, found.end()):
            if part := text[begin : found.end()].strip():
                yield part
            begin = found.end()
    if part := text[begin:].strip():
        yield part


def without_echo(text: str, question: str) -> str:
    """The text without what it repeats of the question: six words in a row, or one of its sentences."""
    asked = _echoed(question)
    words = bare_words(text)
    if not asked.runs.isdisjoint(_runs(words)):
        text = _without_runs(text, asked.runs)
        words = bare_words(text)
    flat = f" {' '.join(words)} "
    if any(f" {' '.join(sentence)} " in flat for sentence in asked.sentences):
        text = "\n".join(line for line in sentences(text) if bare_words(line) not in asked.sentences)
    return text


@lru_cache(maxsize=1024)
def _echoed(question: str) -> _Echo:
    parts = (bare_words(sentence) for sentence in sentences(question))
    return _Echo(frozenset(_runs(bare_words(question))), frozenset(part for part in parts if len(part) >= 3))


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[offset:] for offset in range(_ECHO)), strict=False)


def _without_runs(text: str, runs: frozenset[tuple[str, ...]]) -> str:
    said = list(WORD.finditer(text))
    here = enumerate(_runs([word[0].casefold() for word in said]))
    gone = {at + offset for at, run in here if run in runs for offset in range(_ECHO)}
    parts, end = [], 0
    for at in sorted(gone):
        if at - 1 not in gone:
            parts.append(text[end : said[at].start()])
        end = said[at].end()
    return ECHOED.join([*parts, text[end:]])


def bare_words(text: str) -> tuple[str, ...]:
    """The words of a text, case folded, without punctuation."""
    return tuple(WORD.findall(text.casefold()))


def folded(text: str) -> str:
    """The text in small letters, each character in its place; patterns without IGNORECASE are several times quicker."""
    small = text.lower()
    return small if len(small) == len(text) else text.replace("İ", "I").lower()


def blank(found: re.Match[str]) -> str:
    """As many spaces, so that places stay what they are."""
    return " " * len(found[0])
