"""What a text names only to deny it: "not a ghost", "(A) is wrong", "8 ではなく", "7? No."."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.scorers.matching.reading.passages import folded

_BEFORE = re.compile(
    r"(?:\b(?:y|e) no|,\s?no(?=\s(?:de|a|la|el)\b)|\bnot|\bcannot|n't|\bnever|\bneither|\bnor|\brather than"
    r"|\binstead of|\bunlike|\bno longer"
    r"|不(?:應|应|會|会|可能)?[該该]?是|[並并]非|而非|不為|不[選选]|不[應应](?![該该]?是)|不能[選选]|排除|[並并絕绝决]不是"
    r"|(?<!stimmt )(?<!passt )\bnicht|\bkein\w{0,2}|\bn'est pas|\bpas|\bno (?:es|son|era|está|fue"
    r"|puede(?:n)? ser|sería)|\bnon(?: pas)?"
    r"|\bnon è|\bkeineswegs|\bkeinesfalls|\b(?:ne peut|ne saurait) (?:pas )?être|\bn'était pas|\bplutôt que|\bau lieu"
    r"|\banstatt|\banstelle von|\bcontrary to|\bconfus(?:e|ed|ing) (?:it |this |that )?with|\bmistak(?:e|en"
    r"|ing) (?:it |this )?for|\beasy to mistake|\bnão pode(?:m)? ser|\bnunca|\bjamais|\bverwechs\w{1,4} mit"
    r"|\b(?:common|frequent|typical|tempting) (?:mistake|error|guess|wrong answer) (?:is|would be)(?: to (?:answer"
    r"|say|give))?|\bnão (?:é|são)|\bnão"
    r"|\bstatt|\bau lieu d[eu']"
    r"|\ben (?:vez|lugar) de|\brul(?:e|es|ed|ing) out|\beliminat(?:e|es|ed|ing)|\bexclud(?:e|es|ed|ing))"
    r"[ \t,:\"'(]{0,9}(?:(?!only\b|just\b|merely\b|but\b|sure\b|certain\b|nur\b|seulement\b)"
    r"(?:actually|really|simply|the|an?|be|being|equal to|options?|choices?|necessarily|in fact|der|die|das|ein"
    r"|le|la|el|une?|um|uma|de|d'|en|del|da|do|di|von|bei|auf|à)\s+){0,3}[\"'(]{0,9}$"
    r"|\bno\s+(?:such\s+)?$|(?:不是|並非|并非|而非)(?:(?![而但])[\u4e00-\u9fff]){1,6}\s{0,3}[(「\"']+$"
    r"|(?:不[選选]|排除)(?:[選选][項项])?\s{0,3}[(]?$",
)
# "One might think of a ghost, but …": named to be dropped again.
_TEMPTING = re.compile(
    r"(?:\b(?:at first|(?:people|many|some|others) (?:would |might |will )?(?:say|think|answer|guess)|easy to mistake"
    r"|(?:viele|manche|einige|andere) (?:würden |könnten )?(?:sagen|denken|meinen|nennen|würden)|auf den ersten blick"
    r"|man ist versucht"
    r"|versucht(?:e|, an)?|(?:certains|beaucoup|d'autres) (?:diraient|pensent|disent|penseraient)|à première vue"
    r"|on dirait|serait tenté"
    r"|(?:algunos|muchos|otros) (?:dirían|piensan|dicen|pensarían)|a primera vista|estaría tentado|tentados?"
    r"|(?:alguns|muitos|outros) (?:diriam|pensam|dizem|pensariam)|à primeira vista|first thought|first guess|(?:might"
    r"|may|could|would) (?:think|guess|say|assume)|tempt\w{0,9}|"
    r"one thinks|seems?|sounds like|looks like|man könnte|könnte man|man denkt|pourrait (?:penser|croire|dire)"
    r"|(?:podría|alguien|se) (?:pensar|decir|diría|pensaría)|podría (?:uno|parecer)|uno (?:pensaría|diría|creería)"
    r"|alguém (?:pensaria|diria)"
    r"|poderia-se|(?:poderia|pode) (?:pensar|parecer))\b"
    r"|(?:人|[學学]|者)(?:可能|也許|也许|或許|或许|常|容易|往往)?[會会]?(?:[誤误])?(?:以[為为]|[說说]"
    r"|[認认][為为]|[覺觉]得|回答|答|想|猜)"
    r"|可能[會会]?(?:[誤误])?(?:以[為为]|想到|[認认][為为]|[覺觉]得|得出|算出|得到|[說说猜])|容易(?:[誤误會会]"
    r"|以[為为]|[認认][為为]|想|得出|算)"
    r"|[直第][覺觉一][上眼]?|乍看|乍一看|表面上?|[看聽听]起[來来]|看似|一見|一見すると|ぱっと見|언뜻|얼핏"
    r"|[誤误]以[為为])[^.!?。\n]{0,80}$",
)
_DROPPED = re.compile(
    r"[^.!?。\n]{0,60}(?:[.;]\s{1,3})?(?:\b(?:but|however|yet|aber|doch|jedoch|mais|pero|sin embargo|mas|porém"
    r"|cependant|pourtant|no obstante|no entanto|todavia|contudo|in truth|in reality|tatsächlich"
    r"|en realidad|en réalité|na verdade|allerdings)\b"
    r"|[但可不][是過过]?我?|然而|[卻却]|其[實实]|[實实][際际]上?|지만|です?が、|けれど|けど|しかし|実際)"
)
# "Although 7 looks tempting", "7のようにも見えますが".
_TEMPTED = re.compile(
    r"[^.!?。,;\n]{0,16}?(?:\b(?:looks?|seems?|sounds?|is|may be|would be) (?:very |so |quite |an? )?(?:tempting"
    r"|plausible"
    r"|attractive|logical|common|natural|popular)\b|\b(?:klingt|scheint|wirkt) (?:\w+ )?(?:verlockend|logisch"
    r"|plausibel|gut)\b"
    r"|\b(?:semble|paraît) (?:\w+ )?(?:logique|tentant|plausible)|\b(?:suena|parece|soa) (?:\w+ )?(?:lógic|tentador"
    r"|posible|possível)|\bverlockend\b|\bnahe(?:liegt|liegen)\b|\btentant|\btentador)"
    r"|[^。、,\n]{0,12}?(?:ように(?:も)?見え|に(?:も)?見え|と思われがち|と思いがち"
    r"|(?:と|だと|かと)(?:つい|誤って)?(?:思|考え|勘違い|答え|間違え|錯覚|言)|も考えられ|が正解に見え|の可能性も)"
    r"[^。\n]{0,16}(?:が、?|けれど|けど|ものの)(?!$)"
    r"|[^.,\n]{0,12}?(?:(?:처럼|같아|인 것처럼|인 듯) ?보|[이]?라고 (?:생각|답|대답|착각|말|오해|여기)|(?:이?라"
    r"|으?로) (?:착각|오해|생각|보)"
    r"|(?:일|인|을) (?:것|듯|거) ?(?:같|하)|일 ?수도 있을 것 같)[^.\n]{0,14}(?:지만|으나|는데)"
)
_CONCEDING = re.compile(
    r"(?:\b(?:although|though|even if|while|obwohl|auch wenn|bien que|même si|quoique|aunque|si bien"
    r"|embora|ainda que|mesmo que)\b"
    r"|雖然|虽然|儘管|尽管)[^.!?。\n]{0,60}$"
)
_SEEMING = re.compile(
    r"[^.!?。,;\n]{0,16}?(?:\b(?:looks?|seems?|sounds?|scheint|wirkt|aussieht|semble|paraisse|parezca|parece"
    r"|pareça|say|claim|think"
    r"|nennen|sagen|denken|meinen|naheliegt|disent|pensent|digan|dicen|digam|dizem)\b"
    r"|看起[來来]|看似|似乎|好像)"
)
# "不是7就是8" leaves open which.
_EITHER = re.compile("[^。,、;\\n]{0,6},?就是")
_AFTER = re.compile(
    r"[^.!?\n]{0,20}\?[\"')]*\s{0,9}(?:(?:no|nope|nein|non|niet|нет)\b|不|いや|いいえ|아니)|"
    r"[\")\].,:]{0,9}\s{0,3}(?:is|are|was|would be|seems|looks)\s+(?:(?:clearly|simply|also|therefore|both"
    r"|all)\s+){0,2}"
    r"(?:wrong|incorrect|false|ruled out|excluded|eliminated|not (?:correct|right|true|the (?:right "
    r"|correct )?answer))|"
    r"[\")\].,:]{0,9}\s{0,3}(?:can be|must be|cannot be|can't be)\s+(?:ruled out|excluded|eliminated|dismissed"
    r"|right|correct)|"
    r"[\"')\]]{0,9}\s{0,3}[.,;-]{1,2}\s{0,3}(?:no,\s{0,3})?(?:that|this|which)(?:'s| is| was) (?:wrong|incorrect"
    r"|not (?:right|correct))|"
    r"[)\]]?\s{0,3}(?:[選选]?[項项])?(?:[是為为]|的[說说]法)?\s{0,3}(?:也|均|都|皆|顯然|显然)?"
    r"(?:不(?:太)?(?:對|对|正確|正确|符合|合[題题適适理]|可能|行|[選选成])|[錯错](?:誤|误|了|的)?|排除"
    r"|[應应]?排除|有[誤误])|"
    r"[)\]]?\s{0,3}(?:番|は|が|も|の選択肢は)?\s{0,3}(?:間違|誤り|誤って|不正解|不適切|違う|違い|正しくな"
    r"|適切でな|ではな|じゃな|正しくあり|適切であり|ではあり|当てはまらな|当てはまりませ|不適|除外)|"
    r"[가-힣%°]{0,6}(?:\([가-힣]\))?[가-힣]?\s{0,6}(?:아니(?:라|고|며|다|에|요|었|네)|아닙|아닌)"
    r"|[^\s、。,]{0,4}、?(?:では|じゃ)(?:な|あり)|"
    r"(?:이?라|이?라고)?\s?(?:라?는|하는)?\s?(?:답|값|것|건)?(?:은|는|이)?(?:\([가-힣]\))?\s?(?:틀렸|틀린|오답"
    r"|잘못이|잘못된 답|정답이 아)|"
    r"(?:という|との)?(?:の|答え|回答)?(?:は|が|も)(?:間違|誤り|不正解|正しくあり)|"
    r"[)\]]?\s{0,3}번?\s{0,3}(?:은|는|이|가|도)?\s{0,3}(?:틀[린렸리립]|오답|잘못|아니(?!면)|아닙|옳지 않|맞지 않"
    r"|정답이 아|해당하지|제외|적절하지)|"
    r"[\")\].,:]{0,9}\s{0,3}(?:(?:ist|sind|wäre)\s+(?:(?:auch|also|leider)\s+)?(?:falsch|nicht (?:richtig"
    r"|korrekt)|unzutreffend)|"
    r"(?:wäre|waren?)\s+(?:aber |jedoch )?(?:ein(?:e|en)?\s(?:\w+\s)?(?:fehler|irrtum)|falsch|verkehrt)|"
    r"(?:stimm[te]{1,2}|pass[te]{1,2}|gilt|geht) (?:aber |jedoch |hier )?nicht|(?:scheidet|scheiden) aus|(?:fällt"
    r"|fallen) weg"
    r"|(?:is|would be|was) (?:only )?an? (?:\w+\s){0,2}(?:mistake|error|slip|trap|misconception|wrong answer)\b"
    r"|(?:does|do|did)(?: not|n't)(?:\s(?:fit|work|do|qualify|apply|hold|match|meet|count))?(?=\s*[.;,]|\s*$|\sand\b"
    r"|\sbut\b)"
    r"|(?:fails|is out)\b|(?:isn't|aren't|wasn't|cannot be|can't be|can't)(?=\s*[.;,]|\s*$|\s(?:it|right|correct)\b)"
    r"|ne (?:convien\w{1,3}|va|vont|marche|peut|l'est)\b[^.;,]{0,12}\bpas\b|ne l'est pas|ne peu(?:t|vent) pas"
    r"|(?:serait|était|seraient) (?:une?\s(?:\w+\s)?erreur|fau(?:x|sses?)|incorrecte?s?)"
    r"|est une (?:\w+\s)?erreur|(?:sería|seria|era) (?:um |un |uma |una )?(?:\w+\s)?(?:erro|error|engano|equivocación"
    r"|errónea?|erróneo"
    r"|incorrec?t[oa]|errad[oa]|fals[oa])|está(?:n|o)? (?:errad[oa]s?|mal\b|equivocad[oa]s?|incorret[oa]s?)"
    r"|(?:no|não) (?:sirve|serve|vale|encaja|cumple|cumpre|puede ser|pode ser|puede|pode|es correct|está correct"
    r"|está cert)\w{0,3}"
    r"|(?:es|é) um? (?:\w+\s)?err?or?\b|"
    r"(?:est|sont)\s+(?:fau(?:x|sses?)|incorrecte?s?)|n'est pas|(?:es|son|está|están|é|são)\s+(?:incorrec?t[oa]s?"
    r"|fals[oa]s?|erróne[oa]s?|errad[oa]s?)|"
    r"no (?:es|son) correct[oa]s?)",
)
# "…, although others say D".
_OF_OTHERS = re.compile(
    r"\b(?:others|some|many|d'autres|certains|otros|algunos|outros|alguns)\s(?:\w+\s)?(?:say|claim|think|disent"
    r"|digan|dicen|digam"
    r"|dizem)\s(?:que\s|that\s)?$"
)
# "D (the goat) does not".
_BESIDE = re.compile(r"[)]?\s?\([^()\n]{1,60}\)")
# What the patterns above cannot do without; asking for them one by one is many times quicker.
_DENIES = (
    "no", "n't", "neither", "never", "rather", "instead", "unlike", "wrong", "incorrect", "false", "rul", "elim",
    "exclu", "dismiss", "nicht", "n'est", "kein", "nein", "statt", "falsch", "unzutr", "pas", "lieu", "fau", "vez",
    "lugar", "fals", "err", "não", "contrary", "confus", "mistak", "keines", "verwechs", "doesn", "does ", "did ",
    "scheid", "weg",
    "trap", "mal", "equivoc", "verkehrt", "irrtum", "fehler", "slip", "fails", "can't",
)  # fmt: skip
_FOREIGN_DENIES = (
    *"不非錯错除間違誤误な틀",
    "não",
    "нет",
    "いや",
    "いいえ",
    *"않あ除適",
    "오답",
    "잘못",
    "아니",
    "아닙",
    "제외",
    "해당하",
)
_TEMPTS = (
    "first", "think", "guess", "say", "assume", "tempt", "seem", "sound", "look", "plausible", "könnte", "denkt",
    "verlockend", "nahelieg", "pourrait", "semble", "tentant", "podría", "pensar", "diría", "tentador", "parece",
    "parezca", "diria", "poderia", "pareça", "有人", "可能", "乍看", "看", "似乎", "好像", "見え", "思", "보",
    "scheint", "wirkt", "klingt", "suena", "soa", "paraît", "viele", "manche", "einige", "andere", "versucht",
    "ersten blick",
    "diraient", "pensent", "disent", "tenté", "vue", "dirait", "dirían", "dicen", "digan", "vista", "tentad", "diriam",
    "dizem", "digam", "common", "popular", "natural", "people", "many", "some", "others",
    *"人學学者第容表聽听誤误直같", "と", "も考え", "一見", "라고", "착각", "언뜻", "얼핏", "로 ",
)  # fmt: skip


def denials(text: str) -> Callable[[int, int], bool]:
    """Says of a place of the text whether what stands there is only named to be denied: "not a ghost", "(A) is wrong".

    Most texts hold no word that could; they are asked once, not at each place.
    """
    small = folded(text)
    denies = any(sign in small for sign in _DENIES) or (
        not small.isascii() and any(sign in small for sign in _FOREIGN_DENIES)
    )
    tempts = any(sign in small for sign in _TEMPTS)

    open_ = "就是" in small

    def is_denied(start: int, end: int) -> bool:
        if open_ and _EITHER.match(small, end):
            return False
        if denies and (_BEFORE.search(small, max(0, start - 48), start) or _AFTER.match(small, end)):
            return True
        if denies and (beside := _BESIDE.match(small, end)) and _AFTER.match(small, beside.end()):
            return True
        if not tempts:
            return False
        return bool(
            _TEMPTED.match(small, end)
            or _OF_OTHERS.search(small, max(0, start - 40), start)
            or (_TEMPTING.search(small, max(0, start - 90), start) and _DROPPED.match(small, end))
            or (_CONCEDING.search(small, max(0, start - 80), start) and _SEEMING.match(small, end))
        )

    return is_denied
