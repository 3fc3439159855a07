"""Is a tag used, or is it spoken of: "put your reasoning into <think> tags" opens no thought."""

from __future__ import annotations

import re

_NEAR = 60
_QUOTES = dict(zip("`\"'“‘«「『《(（„*", "`\"'”’»」』》)）“*", strict=True))
# What stands right before a tag that a sentence names.
_NAMING = re.compile(
    r"(?:(?<![^\W_])(?:the|an?|in|with|use|uses|using|used|and|or|by|between|inside|within|of|to|into|called|named|"
    r"tags?|tokens?|from|before|after|write|writes|put|no|each|every|via|as|per|an? opening|closing|like|without|"
    r"les?|la|une?|des?|el|los|las|un|una|der|die|das|ein|eine|mit|und|oder|et|ou|y|o|con|avec|balise)[ \t]{1,3}"
    r"|(?:不|用|以|和|與|与|或|把|將|将|的|在|中|の|と|で|は|「|แท็ก|ใช้|และ)[ \t]{0,3})$",
    re.IGNORECASE,
)
# And right behind.
_NAMED = re.compile(
    r"[ \t-]{0,2}(?:標籤|标签|標簽|標記|标记|符號|符号|區塊|区块|之間|之间|タグ|トークン|記号|태그|토큰|แท็ก)"
    r"|[ \t-]{1,2}(?:tags?|tokens?|blocks?|elements?|markers?|delimiters?|sections?|opens|closes|marks|means|starts|"
    r"begins|ends|denotes|delimits|wraps|is (?:an?|the|used|for|what|where)|was|and [<\[`]|or [<\[`]|balises?|"
    r"etiquetas?)(?![^\W_])"
)


def is_mention(text: str, start: int, end: int, opens: bool) -> bool:
    """Whether the tag between two places is quoted, or a word of a sentence, instead of opening or closing a thought.

    Of the line that it stands in, 60 characters on either side are looked at.
    """
    before = text[max(0, start - _NEAR) : start].rpartition("\n")[2]
    behind = text[end : end + _NEAR].partition("\n")[0]
    if _QUOTES.get(before[-1:]) == behind[:1] != "":
        return True
    if before.count("`") % 2 and "`" in behind:
        return True
    if _NAMED.match(behind):
        # A thought may begin with any word, and does so at the beginning of a line without a space.
        return True
    return bool(_NAMING.search(before)) and (not opens or bool(behind.strip()))
