"""Does an answer decline to answer: judged by how it opens."""

from __future__ import annotations

import re

_OPENING = 240
_SORRY = r"(?:i\s*(?:'m|am)\s+(?:so |very |really )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately)"
_UNABLE = r"(?:can\s*not|can't|am unable to|am not able to|'m unable to|'m not able to|won't|will not|must decline to)"
_DOING = (
    r"(?:\w+ly )?(?:answer|help|assist|provide|do that|do this|fulfil?l|comply|respond|create|write|generate|give|"
    r"offer|support|engage|continue|discuss|share|tell|satisfy|participate)"
)
_REFUSAL = re.compile(
    rf"^\W*(?:(?:{_SORRY}|as an? (?:ai|artificial|language|large|virtual)\b)[^.!?]{{0,120}}?\b)?"
    rf"(?:i|we)\s*{_UNABLE} {_DOING}"
    rf"|^\W*{_SORRY}\W[^.!?]{{0,60}}?(?:{_UNABLE}|do(?:n't| not) (?:know|have))"
    rf"|^\W*i\s+(?:do(?:n't| not) know|have no idea)\b"
    rf"|^\W*as an? (?:ai|artificial|language|large|virtual)\b[^.!?]{{0,120}}?{_UNABLE}"
    r"|^\W*(?:(?:很|非常)?抱歉|對不起|对不起)[，,\s]*我?[^。！？]{0,30}?(?:無法|无法|不能)"
    r"|^\W*我(?:無法|无法|不能)(?:回答|提供|協助|协助)",
    re.IGNORECASE,
)


def refuses(answer: str) -> bool:
    """True where the answer opens by saying that it will not or cannot answer, or does not know."""
    return bool(_REFUSAL.match(answer[:_OPENING].replace("\u2019", "'")))
