"""Where a heading of a turn is none: a sentence introduces it, a title stands above it, a list has it as an entry."""

from __future__ import annotations

import re

from harness.scorers.turns.labels import ANSWER, ASSISTANT, MACHINE, QUESTION, USER

_LINE = 300
"""Characters of a line that are looked at."""
_INTRODUCES = re.compile(
    r"[:：]\W{0,4}\Z|[\[({=,]\Z|\b(?:examples?|samples?|for instance|dialogue|conversation|transcript|scenario)\b"
    r"|\bscript\b|\bfaqs?\b|\be\.g\.|\bfollowing (?:exchange|chat|messages?|prompt)"
    r"|例如|範例|示例|範本|例文|會話|会話|對話|对话|対話|\b(?:beispiel|exemple|ejemplo|exemplo|esempio)|예시|대화|пример",
    re.IGNORECASE,
)
_ROLE_OR_ANSWER = re.compile(
    rf"\A[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:\*\*)?(?:{USER}|{ASSISTANT}|{QUESTION}|{MACHINE}|{ANSWER})"
    r"(?:\*\*)?[ \t]{0,2}[:：]",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\A[ \t]{0,3}(?:#{1,6}[ \t]\S|\*\*[^*\n]{1,200}\*\*\W{0,3}\Z|__[^_\n]{1,200}__\Z)")
_SETS = re.compile(r"\A[ \t]{0,3}[\w.-]{1,40}[ \t]{0,3}=")
_ENTRY = re.compile(r"\A[ \t]{0,3}(?:\*\*)?[^\W_][^:：\n]{0,30}(?:\*\*)?[:：]")
_DEFINES = re.compile(
    r"\A[ \t*_]{0,6}(?:(?:the|an?|any|one|those|each|every) (?:\w{1,20} )?(?:who|whom|that|which|person|people|human"
    r"|individual|someone|entity|program|software|account|role|member|species|being|customer|end|system|party|operator)\b"
    r"|someone|anyone|anybody|somebody|persons?\b|people (?:who|that)|who\b|refers to|means\b"
    r"|(?:是?指的?是?|即)|是[^。\n]{0,12}的(?:人|角色|用[戶户])|[^。\n]{0,24}(?:[るの]人|者?のこと|的人|的角色|用語)[。.]?(?:\n|\Z)"
    r"|(?:eine?|die|der|jede[rs]?)?[ ]?(?:person|jemand|mensch|anwender|wer)\b"
    r"|(?:une?|la|le|toute)?[ ]?(?:personne|individu|celui|celle|être)\b"
    r"|(?:una?|la|el|toda)?[ ]?(?:persona|individuo|quien|alguien|ser|pessoa|quem)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？؟]")


def is_introduced(text: str, start: int, hashes: int) -> bool:
    """Whether the line before this place announces what follows, or is a title of it.

    hashes: how many signs the heading itself has, whose titles have fewer.
    """
    line = line_before(text, start)
    if not line or _ROLE_OR_ANSWER.match(line):
        return False
    if _TITLE.match(line):
        return not hashes or len(line) - len(line.lstrip("#")) < hashes
    return _INTRODUCES.search(line) is not None


def is_entry(text: str, start: int, end: int) -> bool:
    """Whether the label is explained, or one of a list of things that have labels: "Admin: …", "User: …"."""
    over = text.find("\n", end)
    own = text[end : min(end + _LINE, len(text) if over < 0 else over)]
    if not own.strip():
        # [user] of a file of settings.
        return _SETS.match(_line_behind(text, over)) is not None
    if _ASKS.search(own):
        return False
    if _DEFINES.match(own):
        return True
    beside = [line for line in (line_before(text, start), _line_behind(text, over)) if line]
    told = [line for line in beside if _ENTRY.match(line)]
    return bool(told) and not any(map(_ROLE_OR_ANSWER.match, told))


def line_before(text: str, start: int) -> str:
    """The last line before a place that is not empty, its end where it is long; at most three empty ones between."""
    end = start
    for _ in range(5):
        begun = text.rfind("\n", max(0, end - _LINE), end) + 1
        line = text[max(begun, end - _LINE) : end]
        if line.strip():
            return line.rstrip()
        end = begun - 1
        if end <= 0:
            break
    return ""


def _line_behind(text: str, end: int) -> str:
    for _ in range(4):
        if end < 0:
            return ""
        over = text.find("\n", end + 1, end + 1 + _LINE)
        line = text[end + 1 : end + 1 + _LINE if over < 0 else over]
        if line.strip():
            return line.rstrip()
        end = over
    return ""
