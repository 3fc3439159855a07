"""The letters of options as answers write them: in brackets, behind "option", first of all, or after a marker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.scorers.matching.normalizing import EAST_ASIAN
from harness.scorers.matching.reading import denials

_EAST = re.compile(f"[{EAST_ASIAN}]")
USUAL = "J"
"""The last letter that is looked for where nobody says how many options there are."""
Denied = Callable[[int, int], bool]
_JOIN = (
    r"[)\].\"']{0,2}\s{0,3}(?:(?:,|、|/|&|\+|;|·|\band\b|\bor\b|和|跟|與|与|及|以及|還有|还有|或者?|と|や|または"
    r"|および|か、?あるいは|か|もしくは|あるいは|그리고|와|과|및|하고|또는|혹은|이?거나|이나|아니면|還是|还是|就是|、?または"
    r"|\bund\b|\boder\b|\bet\b|\bou\b|\by\b|\be\b|\bo\b"
    r"|\b(?:maybe|perhaps|possibly|vielleicht|peut-être|quizás?|talvez|tal vez)\b)\s{0,3}){1,2}"
)
_OR = re.compile(
    r"\bor\b|或|または|か|もしくは|あるいは|또는|혹은|거나|이나|아니면|還是|还是|就是|\boder\b|\bou\b|\bo\b|/"
)
# "A and C are wrong": what is said behind the last of several letters is said of each.
_ALL_DENIED = re.compile(
    r"[)\]]?\s{0,3}(?:(?:are|were|is|sind|sont|son|están|ist|wäre|wären|est|es|é|são|está|estão|serait|sería"
    r"|seria|would be)\s+(?:all |both |each |clearly |beide |alle |toutes )?"
    r"(?:wrong|incorrect|false|not|ruled out|excluded|eliminated|falsch|nicht|fauss?e?s?|incorrec?t\w{0,2}"
    r"|fals[oa]s?|errad[oa]s?|erróne[oa]s?)"
    r"|(?:[選选]?[項项])?(?:也?[都均皆]|[均都])?(?:[是為为])?(?:不[對对正符]|[錯错])|は(?:すべて|全て|いずれも"
    r"|どちらも)?(?:間違|誤|不正)"
    r"|(?:은|는|이|가)?(?:\([은는이가]\))?\s?(?:모두\s?)?(?:틀|오답|아니|아닙))",
    re.IGNORECASE,
)
_AFFIRMED_BEHIND = re.compile(
    r"[)\].:]?\s{0,3}(?:[項项]|[選选][項项擇择]|番|번)?(?:"
    r"\s{0,3}(?:is|was|would be|seems|must be|are)\s+(?:(?:therefore|clearly|indeed|also|both|thus"
    r"|all)\s+)?(?:the\s+)?(?:only\s+)?"
    r"(?:correct|right|best|true|answer|one that|valid)"
    r"|(?:(?![不錯错非未誤误])[\u4e00-\u9fff]){0,8}?(?:正[確确]|是[對对]的|[對对]的|符合|成立|[為为]真|合[適适理])"
    r"|(?:が|は|も)?(?:正しい|正しく(?!な|あり)|正解|適切|正答|妥当|当てはま)|(?:이|가|은|는|도|만)?\s?(?:정답"
    r"|맞|옳|올바|적절)"
    r"|\s(?:ist|wäre|sind)\s+(?:die\s+)?(?:richtig|korrekt)|\s(?:est|sont)\s+(?:la\s+)?(?:bonne|correct|juste|vraie)"
    r"|\s(?:es|son)\s+(?:la\s+)?(?:correct|respuesta|verdader))",
    re.IGNORECASE,
)
_AFFIRMED_BEFORE = re.compile(
    r"(?:\b(?:choose|select|pick|go with|mark|chose|opt for|i'd say|would say|it is|it's|that's|must be"
    r"|settle on|left with|leaves|remains|bleibt|reste|queda|resta|wähle"
    r"|nehme|choisis|choisir"
    r"|elijo|escojo|elige|nehmen)"
    r"|[選选][擇择]?|[應应][該该]?[為为是]|正[確确]的?是|[對对]的是|正しいのは|正解は|適切なのは"
    r"|[가-힣]{1,3}\s?것은|정답은)"
    r"\s?(?:(?:both|the|options?|choices?|answers?|letters?|statements?|[選选]?[項项])\s?){0,2}[(\[\"']{0,2}$",
    re.IGNORECASE,
)


_NAMES = (
    r"(?:both|options?|choices?|letters?|answers?|[選选][項项擇择]?|オプション|선택지|보기|opción|réponse"
    r"|antwort|alternative)"
)
# Behind a bare "A", which is a word of the language otherwise.
_SAID_OF = (
    r"\s(?:rather than|instead of|statt|anstatt|plutôt|en lugar|en vez|em vez|fits|works|matches|stimmt|passt"
    r"|convient|sirve|serve|isn't"
    r"|cannot|can't|does|fails|ne\s|n'est)|\s(?:is|was|would be|est|ist|es|é|está)\s(?:the |also |clearly |not "
    r"|in|la |nicht |pas )?"
    r"(?:correct|right|wrong|true|false|answer|best|juste|bonne|fau|richtig|falsch|korrekt|verdader|cert|errad"
    r"|incorre|mal\b)"
)


# "So it is A.", "pas D, mais A".
_LED = (
    r"\b(?:is|be|ist|est|es|é|also|thus|therefore|but|not|nicht|pas|no|não|sondern|mais|mas|sino|pick|choose"
    r"|select|dirais|diría|diria|choisir|choisis|elijo|escolho|wähle|nehme|on|with|hence|remains|leaves|bleibt"
    r"|reste|queda|resta|donc|daher|entonces|portanto)\s"
    r"(A|I)(?=[.!,;:]|\s*\Z)"
)


@dataclass(frozen=True)
class Mention:
    """Letters that stand together in a text, with their places: one, or several as in "A and C"."""

    letters: tuple[str, ...]
    start: int
    end: int
    is_open: bool = False
    """They are alternatives: "A or B"."""


@dataclass(frozen=True)
class Letters:
    """The patterns of the letters from A to a last one; a group that matched holds the letter."""

    first: re.Pattern[str]
    """What a text opens with."""
    after_marker: re.Pattern[str]
    """What follows "the answer is"."""
    anywhere: tuple[re.Pattern[str], ...]
    """What stands anywhere; the second of them counts only where the first finds nothing."""
    more: re.Pattern[str]
    """Another letter behind one."""

    def opening(self, text: str, is_denied: Denied) -> Mention | None:
        """The letters that a text opens with, unless it denies them."""
        found = self.first.match(text)
        return None if found is None or self._denied(text, found, is_denied) else self._mention(text, found)

    def marked(self, rest: str) -> Mention | None:
        """The same of what follows a marker, unless East Asian text denies it behind: "C가 아니라 B"."""
        found = self.after_marker.match(rest)
        if found is None or (_EAST.search(rest) and self._denied(rest, found, denials(rest))):
            return None
        return self._mention(rest, found)

    def mentions(self, text: str, is_denied: Denied) -> list[Mention]:
        """All letters of a text that are not denied, in its order."""
        for pattern in self.anywhere:
            if found := list(self._mentions(pattern, text, is_denied)):
                return found
        return []

    def _mentions(self, pattern: re.Pattern[str], text: str, is_denied: Denied) -> Iterator[Mention]:
        end = 0
        for found in pattern.finditer(text):
            if found.start() >= end:
                mention = self._mention(text, found)
                end = mention.end
                if not self._denied(text, found, is_denied):
                    yield mention

    def _denied(self, text: str, found: re.Match[str], is_denied: Denied) -> bool:
        mention = self._mention(text, found)
        first = is_denied(mention.start, found.end(_group(found)))
        if first or len(mention.letters) < 2:
            return first
        last = bool(_EAST.search(text)) and is_denied(mention.end - 1, mention.end)
        return last or is_denied(mention.start, mention.end) or bool(_ALL_DENIED.match(text, mention.end))

    def _mention(self, text: str, found: re.Match[str]) -> Mention:
        group = _group(found)
        letters, end, is_open = [found[group].upper()], found.end(group), False
        while more := self.more.match(text, end):
            is_open = is_open or bool(_OR.search(text, end, more.start(1)))
            letters.append(more[1].upper())
            end = more.end(1)
        return Mention(tuple(dict.fromkeys(letters)), found.start(group), end, is_open)


def _group(found: re.Match[str]) -> int:
    """Which group holds the letter."""
    return next(at for at in range(1, found.re.groups + 1) if found[at])


def is_affirmed(text: str, mention: Mention) -> bool:
    """Whether a text says of letters that they are right: "B is correct", "故選B", "Bが正しい"."""
    return bool(
        _AFFIRMED_BEHIND.match(text, mention.end)
        or _AFFIRMED_BEFORE.search(text, max(0, mention.start - 40), mention.start)
    )


@lru_cache(maxsize=32)
def letters_to(last: str) -> Letters:
    """The patterns of A to that letter."""
    both = f"A-{last}a-{last.lower()}"
    # A bare "A" or "I" is a word of the language: a letter alone needs brackets, punctuation or a line of its own.
    bare = "".join(letter for letter in map(chr, range(ord("B"), ord(max(last, "B")) + 1)) if letter != "I")
    named = rf"(?:{_NAMES}\s{{0,3}}){{0,2}}"
    more = (
        rf"[(\[\"']{{0,2}}(?!I\b|A\s+[a-z])([A-{last}])(?:(?![\w'])|(?=[{EAST_ASIAN}]))(?!\s+(?:is|was|has"
        rf"|would)\b)"
    )
    joined = rf"(?={_JOIN}(?:(?:options?|choices?|[選选][項项])\s{{0,3}})?{more})"
    return Letters(
        first=re.compile(
            rf"\s*(?:故|[應应]|正解は|選択肢)?{named}[(\[{{]?([{both}])(?:[)\].:,。，、]|\s*$"
            rf"|(?=\s(?:rather than|instead of|(?:an)?statt|plutôt|en lugar|en vez|em vez)\b)|\s*\n|\s+-|(?=です"
            rf"|입니다)|{joined})",
            re.IGNORECASE,
        ),
        after_marker=re.compile(
            rf"\s*(?:(?:also|therefore|thus|so|clearly|definitely|probably|donc|alors|entonces|pues"
            rf"|portanto)[,:]?\s{{1,3}})?"
            rf"{named}[(\[{{\"']*([A-{last}]|[a-{last.lower()}](?=[)\].,\"']|\s*$))"
            rf"(?:(?!\w)|(?=[{EAST_ASIAN}]))(?!'\w)"
        ),
        anywhere=(
            re.compile(
                rf"[(\[]([{both}])[)\]]|(?:\b[Oo]ption|\b[Cc]hoice|\b[Oo]pción|\b[Oo]pção)\s+([{both}])\b"
                rf"|(?<![\w'])([{bare}])(?![\w'])|"
                rf"[選选][項项擇择]?\s*([A-{last}])(?![a-zA-Z0-9'])|(?<![A-Za-z0-9_'])(A)(?:{joined}|(?={_SAID_OF}))"
                rf"|(?<=[{EAST_ASIAN}])([A-{last}]){joined}|{_LED}"
            ),
            re.compile(rf"(?<=[{EAST_ASIAN}])([A-{last}])(?![a-zA-Z0-9'])|(?<![\w'])([A-{last}])(?=[{EAST_ASIAN}])"),
        ),
        more=re.compile(rf"(?:{_JOIN}(?:(?:options?|choices?|[選选][項项])\s{{0,3}})?|[)\]]\s{{0,2}}(?=[(\[])){more}"),
    )
