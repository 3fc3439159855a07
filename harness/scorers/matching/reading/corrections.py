"""Where a text takes back what it said: "7? No, 8", "wait, that's wrong", "更正：8", "いや、8です"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.scorers.matching.reading.passages import folded, sentences
from harness.scorers.matching.reading.signs import Signs

_STOP = r"(?=\s{0,3}(?:[,.:;!?、—…-]|\n))"
_CHECKING = r"(?!\s{0,3}[,.:…-]{1,3}\s{0,3}(?:let me|let's|i should) (?:double|check|verify|make sure))"
# A sign, in small letters, with the cues that begin with it: asking for signs first is many times quicker than one
# pattern of all. Words that answer a question too ("No, …") need a stop behind them.
_CUES: dict[str, tuple[str, ...]] = {
    "no": (
        rf"no(?:pe)?{_STOP}", r"no (?=it(?:'s| is)\b|that(?:'s| is)\b|wait\b|actually\b)",
        rf"non{_STOP}",
    ),
    "wait": (
        rf"wait(?:,? (?:no|an? (?:minute|second|moment)|actually|sorry)\b)?(?:{_STOP}|(?= (?:it|that"
        rf"|no)\b)){_CHECKING}",
    ),
    "hold on": (rf"hold on{_STOP}{_CHECKING}",),
    "sorry": (rf"sorry{_STOP}", r"sorry,? (?:but )?i (?:meant|mean)\b"),
    "my ": (rf"my (?:mistake|bad|error|apologies){_STOP}",),
    "apologies": (rf"apologies{_STOP}",),
    "oops": (rf"oops{_STOP}",),
    "correct": (
        rf"correct(?:ion|ed){_STOP}", r"correct(?:ed)? (?:value|number|result|figure"
        r"|count) is\b", rf"correction{_STOP}",
    ),
    "edit": (rf"edit{_STOP}",),
    "i ": (
        r"i (?:meant|mean|misspoke|miscounted|miscalculated|misread|was wrong|stand corrected|correct myself|"
        r"made an? (?:\w{1,12} )?(?:mistake|error)|take (?:that|it) back|apologi[sz]e)\b",
    ),
    "let me": (r"let me (?:correct|fix|revise|redo|rephrase|recalculate|recompute)\b",),
    "scratch": (r"scratch that\b",),
    "strike": (r"strike that\b",),
    "rather": (rf"rather{_STOP}",),
    "or rather": (r"or rather\b",),
    "that": (r"that(?:'s| is| was) (?:wrong|incorrect|not right|not correct|a mistake|not quite right|a slip"
    r"|a typo|an error|an oversight)\b",),
    "but i": (r"but i (?:was wrong|misread|miscounted)\b",),
    "thought": (r"thought\b(?<=on second thought)",),
    "nein": (rf"nein{_STOP}",),
    "quatsch": (rf"quatsch{_STOP}",),
    "unsinn": (rf"unsinn{_STOP}",),
    "ups": (rf"ups{_STOP}",),
    "ops": (rf"ops{_STOP}",),
    "oups": (rf"oups{_STOP}",),
    "hoppla": (rf"hoppla{_STOP}",),
    "uy": (rf"uy{_STOP}",),
    "whoops": (rf"whoops{_STOP}",),
    "habe ich mich": (r"habe ich mich (?:verrechnet|vertan|geirrt|verzählt)\b",),
    "geirrt": (rf"geirrt{_STOP}", rf"geirrt{_STOP}(?<=mich geirrt)"),
    "verrechnet": (rf"verrechnet{_STOP}",),
    "vertan": (rf"vertan{_STOP}",),
    "momento": (rf"momento{_STOP}(?<=um momento)", rf"momento{_STOP}(?<=un momento)"),
    "ou melhor": (r"ou melhor\b",),
    "aliás": (rf"aliás{_STOP}",),
    "enganei": (r"enganei(?:-me)?\b",),
    "equivo": (rf"equivo(?:qué|cado|cada|quei){_STOP}",),
    "let me re": (r"let me (?:re-?check|re-?calculate|re-?compute|re-?think|re-?count|reconsider)\b",),
    "halt": (rf"halt{_STOP}",),
    "moment": (rf"moment{_STOP}",),
    "korrektur": (rf"korrektur{_STOP}",),
    "entschuldigung": (rf"entschuldigung{_STOP}",),
    "verzeihung": (rf"verzeihung{_STOP}",),
    "falsch": (rf"falsch{_STOP}", r"falsch\b(?<=das ist falsch)", r"falsch\b(?<=das war falsch)"),
    "gesagt": (rf"gesagt(?<=besser gesagt){_STOP}", rf"gesagt(?<=genauer gesagt){_STOP}"),
    "vielmehr": (rf"vielmehr{_STOP}",),
    "ich ": (r"ich (?:meine|meinte|korrigiere|habe mich (?:verrechnet|vertan|geirrt|verzählt))\b",),
    "tut mir leid": (r"tut mir leid\b",),
    "pardon": (rf"pardon{_STOP}",),
    "atten": (rf"attende?[sz]{_STOP}",),
    "était faux": (rf"était faux{_STOP}",),
    "estaba mal": (rf"estaba mal{_STOP}",),
    "estava errad": (rf"estava errad[oa]{_STOP}",),
    "erreur": (rf"erreur(?: de (?:ma part|calcul))?{_STOP}", rf"(?<=une )erreur{_STOP}"),
    "désolé": (rf"désolée?{_STOP}",),
    "plutôt": (r"plutôt\b(?<=ou plutôt)",),
    "je ": (r"je (?:corrige|voulais dire|me (?:corrige|trompe|suis trompée?))\b",),
    "faux": (r"faux\b(?<=c'est faux)", r"faux\b(?<=c'était faux)"),
    "esper": (rf"espere?[an]?{_STOP}",),
    "perd": (rf"perd(?:ón|ona|one){_STOP}",),
    "disculp": (rf"disculp[ae]{_STOP}",),
    "corre": (rf"corre(?:cción|ção|zione){_STOP}",),
    "mejor dicho": (r"mejor dicho\b",),
    "errei": (r"errei\b",),
    "stimmt": (r"stimmt(?: so)? nicht(?: ganz)?\b",),
    "desculp": (rf"desculpe?[ae]?{_STOP}",),
    "scusa": (rf"scusa{_STOP}",),
    "anzi": (rf"anzi{_STOP}",),
    "lo siento": (rf"lo siento{_STOP}",),
    "me ": (r"me (?:equivoqué|he equivocado|corrijo|enganei|confundí)\b",),
    "qui": (r"qui(?:se|ero) decir\b", r"quis dizer\b"),
    "queria": (r"queria dizer\b",),
    "quería": (r"quería decir\b",),
    "isso ": (r"isso (?:está|é) (?:errado|incorreto)\b", r"isso não (?:está|é) (?:certo|correto)\b"),
    "eso ": (r"eso (?:es|está) (?:mal|incorrecto)\b", r"eso no (?:es|está) (?:correcto|bien|cierto)\b"),
    "está ": (r"está (?:mal|errado|equivocado|incorrecto|incorreto)\b",),
    "corrijo": (r"corrijo\b",),
    "não": (rf"não{_STOP}",),
    "нет": (rf"нет{_STOP}",),
    "извините": (rf"извините{_STOP}",),
    "исправление": (rf"исправление{_STOP}",),
    "поправка": (rf"поправка{_STOP}",),
    "ошибка": (rf"ошибка{_STOP}",),
    "точнее": (rf"точнее{_STOP}",),
    "不": (rf"不[是對对]?{_STOP}(?!-\d)", rf"不(?<=[喔哦噢啊][,]不){_STOP}", r"不[對对],?\s{0,3}(?=[應应]|答|是)"),
    "錯": (rf"錯了?{_STOP}", r"錯了,?\s{0,3}(?=[應应]|答|是)"),
    **{f"{verb}錯": (rf"{verb}錯了?{_STOP}",) for verb in "說算看寫弄搞打"},
    **{f"{verb}错": (rf"{verb}错了?{_STOP}",) for verb in "说算看写弄搞打"},
    "错": (rf"错了?{_STOP}", r"错了,?\s{0,3}(?=[應应]|答|是)"),
    "等": (rf"等(?:等|一下){_STOP}",),
    "抱歉": (rf"抱歉{_STOP}",),
    "好意思": (rf"好意思(?<=不好意思){_STOP}",),
    "稍等": (rf"稍等(?:一下)?{_STOP}",),
    "慢著": (rf"慢著{_STOP}",),
    "慢着": (rf"慢着{_STOP}",),
    "且慢": (rf"且慢{_STOP}",),
    "有誤": (rf"有誤{_STOP}",),
    "有误": (rf"有误{_STOP}",),
    "重新": (r"重新(?:計算|计算|算|檢查|检查|想|看)[了一下後后過过]{0,3}",),
    "改": (r"改[為为成](?=\W{0,3}[^\W_])",),
    "不起": (rf"不起(?<=[對对]不起){_STOP}",),
    "更正": (rf"更正(?:{_STOP}|[為为]|一下|如下)",),
    "修正": (rf"修正(?:{_STOP}|[為为]|一下|如下)",),
    "いや": (rf"いや{_STOP}", r"いや(?=違|それ|待|間違)"),
    "あっ": (rf"あっ{_STOP}",),
    "ミス": (r"ミス(?:です|でした|しました|があり)", rf"ミス{_STOP}"),
    "計算し直": (r"計算し直(?:すと|したら|した結果)",),
    "やり直": (r"やり直(?:すと|したら|した結果)",),
    "ではなく": (r"ではなくて?(?<=、ではなくて)",),
    "じゃなく": (r"じゃなくて?(?<=、じゃなくて)",),
    "いえ": (rf"いえ{_STOP}",),
    "いいえ": (rf"いいえ{_STOP}",),
    "違": (rf"違(?:う|います|いました){_STOP}",),
    "間違": (rf"間違(?:い|えた|えて){_STOP}", r"間違(?:い|え)(?:です|でした|ました)"),
    "誤り": (rf"誤り(?:です|でした)?{_STOP}",),
    "訂正": (rf"訂正(?:{_STOP}|します)",),
    "すみません": (rf"すみません{_STOP}",),
    "失礼": (rf"失礼(?:しました|いたしました)?{_STOP}",),
    "申し訳": (rf"申し訳(?:ありません|ございません|ない){_STOP}",),
    "ごめん": (rf"ごめん(?:なさい)?{_STOP}",),
    "待って": (rf"待って(?:ください)?{_STOP}",),
    "正しくは": (r"正しくは",),
    "아니": (rf"아니(?:요|오|야|다|네요|네|에요|었네요)?{_STOP}", rf"아닙니다{_STOP}",),
    "다시 계산": (r"다시 계산(?:하니|해 ?보니|하면|해 ?보면|한 결과)",),
    "다시 확인": (r"다시 확인(?:하니|해 ?보니|한 결과)",),
    "앗": (rf"앗{_STOP}",),
    "실수": (r"실수(?:했|였|입니다|네요|가 있)[가-힣]{0,5}", rf"실수{_STOP}"),
    "착각": (r"착각(?:했|이었)[가-힣]{1,5}",),
    "수정": (rf"수정(?:{_STOP}|합니다|하면|하자면|하겠습니다)",),
    "오류": (r"오류(?:가 있|였|입니다)[가-힣]{0,5}",),
    "아뇨": (rf"아뇨{_STOP}",),
    "정정": (rf"정정(?:{_STOP}|합니다|하면|하자면|하겠습니다|할게요)",),
    "잠깐": (rf"잠깐만?요?{_STOP}",),
    "잠시": (rf"잠시만?요?{_STOP}",),
    "죄송": (rf"죄송합니다{_STOP}",),
    "미안": (rf"미안(?:합니다)?{_STOP}",),
    "틀렸": (r"틀렸(?:습니다|어요|네요|다)",),
    "잘못": (r"잘못 ?(?:했|됐|되었|계산|말|봤|셌|읽|생각|썼|적었)[가-힣]{1,5}",),
}  # fmt: skip
# These open a correction, and any remark as well: only a short statement behind them takes something back.
_WEAK: dict[str, tuple[str, ...]] = {
    "actually": (r"actually\b",),
    "in fact": (r"in fact\b",),
    "eigentlich": (r"eigentlich\b",),
    "tatsächlich": (r"tatsächlich\b",),
    "en fait": (r"en fait\b",),
    "en réalité": (r"en réalité\b",),
    "en realidad": (r"en realidad\b",),
    "de hecho": (r"de hecho\b",),
    "其": (r"其[實实](?!\w)", r"其[實实](?=[是應应])"),
    "上": (r"上(?<=[實实][際际]上)",),
    "実": (r"実(?:は|際は)",),
    "사실": (r"사실은?(?!\w)",),
    "실제": (r"실제로는?(?!\w)",),
}
_PATTERNS = {
    (sign, weak): re.compile("|".join(patterns))
    for table, weak in ((_CUES, False), (_WEAK, True))
    for sign, patterns in table.items()
}
_SIGNS = Signs(_PATTERNS, {key: key[0] for key in _PATTERNS})
# What stands before a cue: the beginning, or the end of a clause, and such words as open one.
_OPENS = re.compile(
    r"(?:\A|[.!?…。,;:、\n(\"—-])\s{0,9}(?:(?:oh|ah|hmm|um|and|but|well|no|i'm|i am|this|it's|it is|that's"
    r"|that is|the|on second"
    r"|besser|genauer|das ist|das war|das|ou|c'est|c'était|ach|o|en fait|na verdade|pero|mas|mais|mais c'|c'"
    r"|en realidad|eigentlich|da|je|eu"
    r"|moi|ah|ah non|mince|me he|nein|non|também|我[說说算寫写看記记想]?|[這这]|[對对]"
    r"|[剛刚]才|[喔哦噢啊唉咦]|哎呀|檢查後發現|检查后发现|後來發現|后来发现"
    r"|[實实][際际]|すみません、|ちょっと"
    r"|아|앗|계산이|계산을|계산에|제가|답이|다시|あ|おっと|計算|すみません|さっきの(?:は|答えは)|これは|それは"
    r"|지만|이건|그건)[,]?\s{0,3}){0,2}$"
)
_BEFORE = 40
# A dash before a digit is its sign.
_BETWEEN = re.compile(r"(?:[ \t\n,.:;!?、。—…]|-(?!\d))*+")
_SAID = re.compile(r"[^\W_]")
_CONFIRMS = re.compile(r"\W*(?:that(?:'s| is) (?:right|correct)|yes\b|correct\b|對|对|はい|네)", re.IGNORECASE)
_WORDS_OF_A_REMARK = 8
_MOST = 12
_SHORT = 40
_LONGEST = 400


def corrections(text: str, takes_back: Callable[[str, str], bool]) -> str | None:
    """What stands behind the last correction of a text that states something instead; None where none does.

    takes_back says of the sentence before and the one behind whether the second states what the first did not.
    """
    for start, end, weak in reversed(list(_cues(text))[-_MOST:]):
        rest = text[_said_from(text, end) :]
        said = sentences(rest[:_LONGEST])[0]
        if said.endswith("?") or _CONFIRMS.match(said) or (weak and len(said.split()) > _WORDS_OF_A_REMARK):
            continue
        before = sentences(text[max(0, start - _LONGEST) : start])[-1]
        if takes_back(before, said):
            return rest
        # "Wait, I made a mistake.": the correction stands behind it.
        if len(said) <= _SHORT and any(takes_back(before, behind) for behind in sentences(rest[:_LONGEST])[1:2]):
            return rest[len(said) :].lstrip()
    return None


def _cues(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, weak) of the last twelve of each kind behind which a text goes on, in its order."""
    begun, small = _SAID.search(text), folded(text)
    first = begun.end() if begun else len(text)
    found = [
        (cue.start(), cue.end(), weak)
        for (_, weak), cue in _SIGNS.found(small, first)
        if _OPENS.search(small, max(0, cue.start() - _BEFORE), cue.start())
    ]
    yield from sorted(found)[-_MOST:]


def _said_from(text: str, end: int) -> int:
    """Where the words begin behind a cue."""
    found = _BETWEEN.match(text, end)
    return found.end() if found else end
