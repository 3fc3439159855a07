"""Which clauses of a sentence may state its answer: not a reason, not what was thought at first, not a concession."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_EAST = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
_SET_AGAINST = (
    r"but|yet|although|though|while|whereas|however|hence|therefore|so(?! that)|now|(?:and )?is now"
    r"|aber|jedoch|sondern|während|obwohl|wohingegen|tandis que|alors que|bien que|pero|mientras|aunque|sino|mas"
    r"|porém|enquanto|embora"
)
_CLAUSE = re.compile(
    rf"[,;](?!\s?\d)\s?|、|\s(?=(?:{_SET_AGAINST})\b)|(?P<also>,?\s(?=(?:and|und|et|y|e)\s(?:…|the|his|her|its"
    rf"|their|my|[A-Z]\w{{1,15}}'s|der|die|das"
    rf"|sein|seine|ihr|ihre|mein|meine|le|la|les|l'|son|sa|mon|el|los|las|su|mi|o|os|a|as|minha|meu"
    rf"|seu)[\s\w]))|(?=但|而(?!且)|雖然|虽然|不過|不过|可是)"
    r"|(?<=지만)\s|(?<=[이하되였했]고)\s|(?<=[이하되]며)\s|(?<=므로)\s|(?<=[니]까)\s|(?<=인데)\s|(?<=반면)\s|(?<=으니)\s|(?<=하면)\s"
    r"|(?<=빼[서면])\s"
    r"|(?<=なので)(?=[^、\s])|(?<=だから)(?=[^、\s])",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    rf"\b(?:{_SET_AGAINST}|later|then|first|initially|originally|formerly)\b|,\s?(?:mais|doch)\b"
    r"|但|而(?!且)|雖然|虽然|不過|不过|可是|才是|原本|原來|原来|所以|因此|が、|けれど|一方|で、|よって|지만|반면"
    r"|[이하]고|[이하]며|인데|따라서|[則则]是|至[於于]|接著|接着|然後|然后|再求|再算|[，,][則则故]"
    r"|、したがって",
    re.IGNORECASE,
)
# What was at first, and what a problem gives or a calculation goes through before its end.
_EARLIER = re.compile(
    r"\W*(?:(?:\w+[ \t]+){0,2}(?:initial(?:ly)?|original(?:ly)?|earlier|previous(?:ly)?|formerly"
    r"|(?:at[ \t]+)?first|before|beginning)\b"
    r"|(?:we |i |let us |let's )?(?:start|begin|are given|know|have been given)(?:ing)?[ \t](?:with|from|that)\b"
    r"|(?:starting|working|going|beginning)[ \t](?:out[ \t])?(?:from|with)\b|once (?:we|you) know\b"
    r"|with\b(?=[^,.]{1,40}\bknown\b)"
    r"|(?:since|as) we (?:know|have)\b|according to the (?:question|problem|text)\b|we(?:'re| are) told\b"
    r"|to start(?: with)?,|to begin with\b"
    r"|ausgehend von|wir (?:wissen|beginnen|starten)|im ersten schritt|laut (?:text|aufgabe\w{0,8})"
    r"|in der aufgabe (?:steht|heißt)|erst(?:ens)?\b"
    r"|en partant de|sachant|partant de|on nous donne|selon l'énoncé|d'après (?:le texte|l'énoncé)|en premier lieu"
    r"|on commence|on calcule d'abord"
    r"|partiendo de|dado\b|dados\b|nos dan|sabemos|según el (?:enunciado|texto)|el texto (?:menciona|da|dice)"
    r"|empezamos|calculamos primero"
    r"|partindo de|são dados|segundo o (?:enunciado|texto)|o texto (?:menciona|dá|diz)|começamos|em primeiro lugar"
    r"|given[ \t](?=[\d$])(?![^,.]{0,60},)|the (?:problem|question|text) (?:says|states|gives|mentions|tells)\b"
    r"|(?:anfangs|zuerst|zunächst|ursprünglich|gegeben|bekannt ist|die aufgabe (?:nennt|gibt)|im text|laut aufgabe"
    r"|au début|d'abord|au départ|premièrement|on (?:sait|part)|l'énoncé|al principio|primero|inicialmente"
    r"|en primer lugar|el (?:enunciado|problema) (?:da|dice|menciona)|primeiro|a princípio|no início"
    r"|o (?:enunciado|problema) (?:dá|diz|fala|menciona))\b"
    r"|(?:step|schritt|étape|paso|passo|步驟|步骤|ステップ|단계)\s?\d"
    r"|(?:(?:my|a|the|mein|meine|ein|eine|un|une|mon|ma|mi|um|uma|meu|minha)[ \t])(?:first|erste[rs]?"
    r"|premi[eè]re?|primer[oa]?"
    r"|primeir[oa])[ \t](?:attempt|try|guess|selection|choice|answer|idea|thought|draft|versuch|auswahl|wahl"
    r"|antwort|idee"
    r"|gedanke|essai|choix|réponse|idée|intento|elección|respuesta|tentativa|escolha|resposta)\b|起初|原本|原來|原来"
    r"|一開始|一开始|首先|第一步|已知|[題题][目中]|最初|はじめ|まず|問題文|もともと|처음|원래|먼저|우선|문제에|첫째|(?:我們|我们|可)?先(?=[求算得計计把]))",
    re.IGNORECASE,
)
_CONCEDED = re.compile(
    r"\W*(?:(?:but |and )?(?:although|though|while|whereas|many|some|most|modern|others?|if|given|assuming"
    r"|obwohl|auch wenn|während|wohingegen|bien que|même si|tandis que|alors que|aunque|si bien|mientras|embora"
    r"|enquanto|ainda que)\b|雖然|虽然|儘管|尽管|雖|虽)",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\b(?:is|are|was|were|comes? to|ist|sind|beträgt|betragen|liegt|est|sont|vaut|s'élève|es|son|asciende|é"
    r"|são|chega)\b|[是為为は은는]",
    re.IGNORECASE,
)
# "The cost is 5 and the profit 7."
_ALSO = re.compile(
    r"(?:and|und|et|y|e)\s(?!the\b)(?:[^\W\d_]{1,20}+['\s]){1,6}+\W{0,3}+\d|.{0,80}\b(?:dagegen|hingegen"
    r"|en revanche|en cambio)\b",
    re.I,
)
# What a result is drawn from, in a clause before it: "從18減去6,", "6なので、", "6이므로 ".
_GROUND = re.compile(
    r"\W*(?:[從从由](?!此|[這这])|用|[將将把]|根[據据]|[條条]件|因[為为]|由[於于]|既然|若|如果|依|按)"
    r"|.*(?:なので|ので|だから|であるため|のため|ため|から|として|(?:引|足|掛|割|除|使っ?|求め"
    r"|計算す)[いくしっりけるえ]{0,2}[てとば]|もとにすると|すると"
    r"|므로|니까|으니|라서|이라|[빼더곱나][서면]|하면|[로고] 주어[가-힣]{1,3}|바탕으로)\s?\Z",
    re.DOTALL,
)
_STATES_EAST = re.compile("[是為为は은는が가이有得:=]")
_NOW = re.compile(r"\bnow\b|現在|现在", re.IGNORECASE)
_SO = re.compile(r"(?:so|hence|therefore|thus|daher|donc|entonces)\b|所以|因此|よって|따라서", re.IGNORECASE)
_REASON = re.compile(
    r"(?<=\w)[,，;]?\s*(?:\b(?:because|since|due to|as (?:it|they|he|she|this|that|there))\b|因為|因为|由於|由于)",
    re.IGNORECASE,
)
_GIVEN_REASON = re.compile(rf"{_REASON.pattern}[^.!?。！？\n]*", re.IGNORECASE)
_NOTE = re.compile(
    r"\W*(?:(?:please\s+)?(?:note|remember|keep in mind)\b|check\b|verif\w+|for comparison\b|for reference\b"
    r"|assuming\b"
    r"|this assumes|here,|where\b|(?-i:for|at|with|when)\b|注意|註|注[:：]|備註|备注|順帶|顺便"
    r"|let me know\b|feel free\b|(?:i )?hope (?:this|that|it)\b|would you like\b|do you (?:want|need)\b"
    r"|if you (?:need|want|have|like)\b"
    r"|please let\b|i (?:can|could|would be happy to) (?:also )?(?:give|show|offer|provide|explain|help)\b"
    r"|compared (?:with|to)\b|for comparison\b|by contrast\b|in contrast\b|by way of comparison\b"
    r"|zum vergleich\b|im gegensatz\b|im vergleich\b"
    r"|à titre de comparaison\b|par comparaison\b|en comparaison\b|como comparación\b|para comparação\b"
    r"|em comparação\b"
    r"|cabe (?:señalar|destacar|notar)\b|vale (?:notar|lembrar|observar)\b|note-se\b|by the way\b|fun fact\b"
    r"|ps\b|p\.s\.|incidentally\b|as an aside\b|for context\b"
    r"|(?:if|had) (?:it|she|he|they|we|there|you|one|instead)\b(?![^\n]{0,200}=)[^.!?\n]{0,80}\b(?:were|had|would)\b"
    r"|なお|ちなみに|補足|참고|참고로|덧붙이|[順顺]便|[順顺][帶带]一提|另外|此外|附[帶带]|그나저나|덧붙여"
    r"|hinweis\b|anmerkung\b|übrigens\b|nebenbei\b|remarque\b|à noter\b"
    r"|au passage\b|n'hésitez\b"
    r"|nota\b|por cierto\b|observación\b|si (?:necesita|quiere|desea)|puedo (?:dar|mostrar|ofrecer)"
    r"|posso (?:dar|mostrar|oferecer|ajudar)|se (?:quiser|precisar|desejar)\b|espero que"
    r"|gerne (?:zeige|gebe|erkläre|helfe|kann)\b|ich (?:kann|helfe) (?:dir|ihnen|euch|gerne)\b"
    r"|(?:wenn|falls) (?:du|sie) (?:möchte|willst|wollen|brauch)|je (?:peux|pourrais) (?:te|vous|aussi)\b"
    r"|si (?:tu|vous) (?:veux|voulez|souhaite|as besoin|avez besoin)|j'espère\b"
    r"|如果?(?:您|你)?(?:還|还)?(?:需要|想要|想)|(?:需要|想要)的[話话]|我(?:還|还)?可以(?:再|[為为]|[給给]|提供)|希望"
    r"|ほかに|他に|必要であれば|よろしければ|もし必要|원하시면|필요하시면|도움이)",
    re.IGNORECASE,
)
# What a calculation does before it states what comes of it.
_OPERATING = re.compile(
    r"\W*(?:(?:if|when) (?:you|we|one|i)\b|subtracting\b|taking\b|adding\b|zieht man\b|(?:subtrahiert|addiert"
    r"|rechnet) man\b"
    r"|von\b|da\b|weil\b|si (?:on|a|de|se)\b|en (?:soustrayant|retirant|ajoutant|enlevant)\b|on (?:enlève"
    r"|retire)\b|sachant\b"
    r"|al (?:restar|sumar)\b|(?:rest|sum|quit|tir|subtra)(?:ando|indo)\b|ao (?:subtrair|tirar|somar)\b|se (?:de"
    r"|da|do)\b"
    r"|se (?:tirarmos|subtrairmos)\b|once\b|since\b|dado\b)",
    re.IGNORECASE,
)
_HALVES = re.compile(r";\s?")
_AGAINST_EAST = re.compile(
    r"[,、;](?!\d)\s?|(?=但|而(?!且)|不[過过](?!了)|可是|至[於于])|(?<=지만)\s|(?<=이고)\s|(?<=이며)\s"
    r"|(?<=인데)\s|(?<=반면)\s|\((?![은는이가을를]\))"
)
_AGAINST = re.compile(
    r",\s(?=(?:my|meine?|mon|mi|minha)\s)|,\s(?=(?:compared (?:with|to)|frente a|contra|contre|gegenüber)\s)"
    r"|,\s(?=(?:ist|sind)\s)"
    r"|,\s(?=(?:der|die|das|the|le|la|el|o|a)\s[^,.;]{1,60}\b(?:dagegen|hingegen|is|ist|est|es|é)\b)|"
    r";\s(?!\d)|\s\(|,?\s(?:while|whereas|and(?=\s(?:the|a|an|his|her|its)\s)|but|aber|mais|pero|mas"
    r"|ao passo que|alors que"
    r"|en cambio|wohingegen|und(?=\s(?:der|die|das)\s)|et(?=\s(?:le|la|les|l')[\s\w])|y(?=\s(?:el|la)\s)"
    r"|e(?=\s[oa]\s)|enquanto|mientras(?: que)?|tandis que|während|wobei|mentre)\s|[,;]\s?(?:而|一方で?、?"
    r"|反面、?)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\W*(?:(?:happy to|glad to|i'd be glad|do you (?:have|want|need)|"
    r"möchtest du|möchten sie|soll ich|sag bescheid|bei bedarf|ich helfe|wenn du (?:magst|willst|möchtest)"
    r"|gerne (?:zeige|erkläre)"
    r"|veux-tu|voulez-vous|souhait(?:es|ez|erais|eriez)-(?:tu|vous)|n'hésite|si tu veux|dis-moi|dites-moi|je reste"
    r"|¿quieres|¿te gustaría|no dudes|avísame|con gusto|quer ver|fique à vontade|avise|gostaria|com prazer"
    r"|i can|i could|i'd be happy|i'll gladly|let me know|feel free|would you like|shall i|want me"
    r"|if you(?:'d)? (?:need|want|like))\b"
    r"|je (?:peux|pourrais)\b|ich kann (?:dir|ihnen|gerne|noch)\b|(?:te |le )?puedo\b|posso\b|se quiser\b"
    r"|si quieres\b|si vous voulez\b"
    r"|我[還还]?(?:可以|能)再?|如果?需要|需要的[話话]|希望|必要なら|よろしければ|もしよ(?:けれ|かっ)|さらに"
    r"|(?:もう|あと)\d|(?:他|ほか)に|別の|似た|類似|원하시면|필요하시면"
    r"|더 (?:필요|궁금|알고)|필요하(?:면|다면)|(?:비슷한|다른) (?:문제|풀이|예)|도움이|要我|需要我|[還还]有其他"
    r"|要不要|[歡欢]迎|想再)",
    re.IGNORECASE,
)
# What only goes over a result again; a correction among it is read before.
_CHECK = re.compile(
    r"\W*(?:\(?(?:now |and )?(?:let me |let's |let us |we can |we |to |i'll |i will )?(?:now |also |quickly )?"
    r"(?:double[- ]?check|check|verify|cross[- ]?check|confirm|sanity check|prove it)\b(?!\s+(?:how|what|which|each))"
    r"|(?:verification|proof|quick check|sanity check|checking|verifying)\b"
    r"|[驗验][證证算]|檢[驗查]|检[验查]|檢驗|検算|確認|検証|검산|확인|검증"
    r"|(?:probe|kontrolle|überprüfung|gegenprobe)\b|zur (?:probe|kontrolle)\b|(?:vérification|vérifions|on vérifie)\b"
    r"|überprüfen wir|prüfen wir|on peut vérifier|podemos (?:comprobar|verificar|conferir)|verifiquemos|prova\b"
    r"|prueba\b|preuve\b"
    r"|(?:verificação|conferindo|conferência)\b|(?:comprobación|verificación|comprobemos|verifiquemos)\b)",
    re.IGNORECASE,
)
# What it cannot do without, so near to its beginning.
_CHECKS = (
    "conferi", "prova", "prueba", "preuve",
    "check", "verif", "confirm", "prove", "proof", "probe", "kontroll", "prüf", "vérif", "comprob", *"驗验檢检検確검확",
)  # fmt: skip
_OPENING = 60


def without_reasons(text: str) -> str:
    """The text without what follows "because" or "since" in each sentence."""
    return _GIVEN_REASON.sub("", text)


def speaks_of_before(sentence: str) -> bool:
    """Whether a sentence opens with what was at first: "Initially the ratio was …"."""
    return bool(_EARLIER.match(sentence))


def is_conceded(sentence: str) -> bool:
    """Whether a sentence reports what others say, or what would hold otherwise: "Some count six"."""
    return bool(_CONCEDED.match(sentence))


def is_note(sentence: str) -> bool:
    """Whether a sentence adds to a result rather than states it: "Note: g = 9.8 m/s² was used"."""
    return bool(_NOTE.match(sentence))


def is_east_asian(text: str) -> bool:
    """Whether a text holds Han characters, kana or Hangul."""
    return not text.isascii() and _EAST.search(text) is not None


def contrasted(sentence: str) -> list[str]:
    """The clauses of a sentence that sets some against others; the whole sentence where it does not."""
    return (_AGAINST_EAST if is_east_asian(sentence) else _AGAINST).split(sentence)


def is_offer(sentence: str) -> bool:
    """Whether a sentence offers more, and so answers nothing: "I can give you 2 more examples"."""
    return bool(_OFFER.match(sentence))


def is_check(sentence: str) -> bool:
    """Whether a sentence begins to go over the result again: "Let me verify: 12 - 5 = 7"."""
    opening = sentence[:_OPENING].lower()
    return any(sign in opening for sign in _CHECKS) and bool(_CHECK.match(sentence))


def without_late_reason(sentence: str, holds: Callable[[str], bool]) -> str:
    """The sentence up to its first reason, where that part has a value of its own (holds says so)."""
    found = _REASON.search(sentence)
    before = sentence[: found.start()] if found else sentence
    return before if holds(before) else sentence


def on_topic(
    sentence: str, values: Sequence[tuple[int, bool]], overlap: Callable[[int, int], tuple[int, ...]]
) -> tuple[int, int]:
    """Of clauses set against each other the place of the one that states the value; else all of the sentence.

    values says where each value of the sentence begins, and whether the question gives it; overlap how much a clause
    shares with the question. What was at first goes last and what is now first; then more overlap wins, then a clause
    that is not conceded ("although some count six"), then one whose value the question does not give, then what follows
    "so", then the earlier one.
    """
    clauses = _holding(sentence, values, _HALVES) if ";" in sentence and _EAST.search(sentence) else {}
    if len(clauses) < 2:
        clauses = _holding(sentence, values, _CLAUSE)
    said = [sentence[slice(*place)] for place in clauses]
    earlier = [bool(_EARLIER.match(clause) or _OPERATING.match(clause)) for clause in said]
    states = _STATES
    if is_east_asian(sentence):
        states = _STATES_EAST
        ground = [bool(_GROUND.match(clause)) for clause in said]
        earlier = [one or other for one, other in zip(earlier, ground, strict=True)]
    are_set = (
        _CONTRAST.search(sentence)
        or all(map(states.search, said))
        or (any(earlier) and not all(earlier))
        or (bool(said) and _STATES.search(said[0]) and any(map(_ALSO.match, said[1:])))
    )
    if len(clauses) < 2 or not are_set:
        return 0, len(sentence)

    earlier_at = dict(zip(clauses, earlier, strict=True))

    def rank(place: tuple[int, int]) -> tuple[bool, bool, tuple[int, ...], bool, bool, bool]:
        clause = sentence[slice(*place)]
        is_now = not earlier_at[place], bool(_NOW.search(clause))
        adds = not all(clauses[place])
        return (*is_now, overlap(*place), not _CONCEDED.match(clause), adds, bool(_SO.match(clause)))

    return max(clauses, key=rank)


def _holding(
    sentence: str, values: Sequence[tuple[int, bool]], between: re.Pattern[str]
) -> dict[tuple[int, int], list[bool]]:
    """The places of the clauses with a value, each with whether the question gives its values."""
    held = {
        place: [given for at, given in values if place[0] <= at < place[1]] for place in _clauses(sentence, between)
    }
    return {place: given for place, given in held.items() if given}


def _clauses(sentence: str, between: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    begin = 0
    for found in between.finditer(sentence):
        yield begin, found.start()
        begin = found.end()
    yield begin, len(sentence)
