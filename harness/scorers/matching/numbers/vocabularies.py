"""The number words of German, French, Spanish and Portuguese, one table for each; words.py has the English ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """What a language says for numbers, in small letters."""

    common: frozenset[str]
    """Words that texts in this language hold and others do not."""
    cardinals: Mapping[str, int]
    """What adds up: units, tens, and hundreds that have words of their own."""
    scales: Mapping[str, int]
    """What multiplies."""
    articles: frozenset[str]
    """Words for one that are articles too."""
    joint: str
    """The "and" between two parts of a number, and before a fraction."""
    point: str
    """A pattern of the word before decimal places."""
    parts: Mapping[str, int]
    """Names of fractions, singular and plural, and how many of them are one whole."""
    shares: Mapping[str, float]
    """What alone means a part of something: "die Hälfte"."""
    phrases: Mapping[str, float]
    """Numbers of several words, or that no rule makes."""
    ordinals: Mapping[str, int]
    halves: frozenset[str] = frozenset()
    """The half in "two and a half"."""
    glued: bool = False
    """Parts are written as one word, units before tens: einundzwanzig."""


def _row(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """The words' values in order; spellings of one value are parted by strokes."""
    return {
        word: first + at * step for at, spellings in enumerate(words.split()) for word in spellings.split("/") if word
    }


_GERMAN = Vocabulary(
    common=frozenset(
        "der die das ist sind wie viele viel und nicht beträgt antwort kostet noch von den dem zum zur auf mit werden "
        "wird welche welcher welches lautet bleiben ergibt sondern einen eine".split()
    ),
    cardinals=_row(
        "null eins zwei/zwo drei vier fünf/fuenf sechs sieben acht neun zehn elf zwölf/zwoelf dreizehn vierzehn "
        "fünfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn"
    )
    | _row("zwanzig dreißig/dreissig vierzig fünfzig/fuenfzig sechzig siebzig achtzig neunzig", 20, 10)
    | dict.fromkeys("ein eine einen einem einer eines".split(), 1),
    scales={"hundert": 100, "tausend": 1000, "million": 10**6, "millionen": 10**6, "milliarde": 10**9,
            "milliarden": 10**9, "billion": 10**12, "billionen": 10**12, "dutzend": 12},
    articles=frozenset("ein eine einen einem einer eines".split()),
    joint="und",
    point="komma",
    parts=_row("halbe/halbes drittel viertel fünftel/fuenftel sechstel siebtel/siebentel achtel neuntel zehntel elftel "
               "zwölftel", 2)
    | {"fünfzehntel": 15, "sechzehntel": 16, "zwanzigstel": 20, "fünfundzwanzigstel": 25, "dreißigstel": 30,
       "fünfzigstel": 50, "hundertstel": 100, "tausendstel": 1000},
    shares={"hälfte": 0.5, "halb": 0.5, "dreiviertel": 0.75},
    phrases={
        "anderthalb": 1.5, "halbes dutzend": 6, "ein halbes dutzend": 6, "anderthalb dutzend": 18,
        "halbe million": 500_000,
    }
    | {f"{word}einhalb": value + 0.5 for word, value in _row(
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf", 1).items()},
    ordinals={f"{stem}{end}": value for stem, value in _row(
        "erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft "
        "dreizehnt vierzehnt fünfzehnt sechzehnt "
        "siebzehnt achtzehnt neunzehnt zwanzigst", 1).items() for end in ("e", "er", "es", "en", "em")},
    glued=True,
)  # fmt: skip
_FRENCH = Vocabulary(
    common=frozenset(
        "le les des du est combien une réponse coûte sont quel quelle dans et sur par pour avec il elle ne pas "
        "cela fait "
        "aux que qui donc reste restent".split()
    ),
    cardinals=_row("zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
                   "dix-sept dix-huit dix-neuf vingt/vingts")
    | _row("trente quarante cinquante soixante septante huitante/octante nonante", 30, 10)
    | {"quatre-vingt": 80, "quatre-vingts": 80},
    scales={"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9,
            "milliards": 10**9, "billion": 10**12, "billions": 10**12, "douzaine": 12, "douzaines": 12},
    articles=frozenset(("un", "une")),
    joint="et",
    point="virgule",
    parts=_row("demi/demis tiers quart/quarts cinquième/cinquièmes sixième/sixièmes "
               "septième/septièmes huitième/huitièmes "
               "neuvième/neuvièmes dixième/dixièmes onzième/onzièmes douzième/douzièmes", 2)
    | {"quinzième": 15, "quinzièmes": 15, "seizième": 16, "seizièmes": 16, "vingtième": 20, "vingtièmes": 20,
       "vingt-cinquièmes": 25, "trentièmes": 30, "cinquantième": 50, "cinquantièmes": 50, "centième": 100,
       "centièmes": 100, "millième": 1000, "millièmes": 1000},
    shares={"moitié": 0.5, "demie": 0.5},
    phrases={"demi-douzaine": 6, "demi douzaine": 6, "demi-million": 500_000},
    halves=frozenset(("demi", "demie")),
    ordinals=_row("premier/première deuxième/second/seconde troisième quatrième cinquième sixième septième "
                  "huitième "
                  "neuvième dixième onzième douzième treizième quatorzième quinzième seizième "
                  "dix-septième dix-huitième "
                  "dix-neuvième vingtième", 1),
)  # fmt: skip
_SPANISH = Vocabulary(
    common=frozenset(
        "el los las cuántos cuántas cuánto cuánta qué cuál es una respuesta cuesta son del y por con al "
        "lo quedan queda "
        "entonces sino de la en".split()
    ),
    cardinals=_row("cero uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
                   "dieciséis diecisiete dieciocho diecinueve veinte veintiuno/veintiún/veintiuna veintidós veintitrés "
                   "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve")
    | _row("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    | _row("cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas "
           "quinientos/quinientas seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas "
           "novecientos/novecientas", 100, 100),
    scales={"mil": 1000, "millón": 10**6, "millones": 10**6, "billón": 10**12, "billones": 10**12, "docena": 12,
            "docenas": 12},
    articles=frozenset(("un", "una", "uno")),
    joint="y",
    point="coma|punto",
    parts=_row("medio/medios tercio/tercios cuarto/cuartos quinto/quintos sexto/sextos séptimo/séptimos octavo/octavos "
               "noveno/novenos décimo/décimos onceavo/onceavos doceavo/doceavos", 2)
    | _row("tercera/terceras cuarta/cuartas quinta/quintas sexta/sextas séptima/séptimas octava/octavas novena/novenas "
           "décima/décimas", 3)
    | {"quinceavos": 15, "dieciseisavos": 16, "veinteavo": 20, "veinteavos": 20, "veinticincoavos": 25,
       "treintavos": 30, "cincuentavos": 50, "centésimo": 100, "centésimos": 100, "milésimos": 1000},
    shares={"mitad": 0.5},
    phrases={"media docena": 6, "docena y media": 18, "medio millón": 500_000, "millón y medio": 1_500_000},
    halves=frozenset(("medio", "media")),
    ordinals=_row("primero/primera/primer segundo/segunda tercero/tercera/tercer cuarto/cuarta quinto/quinta "
                  "sexto/sexta séptimo/séptima octavo/octava noveno/novena décimo/décima undécimo/undécima "
                  "duodécimo/duodécima decimotercero/decimotercera decimocuarto decimoquinto decimosexto decimoséptimo "
                  "decimoctavo decimonoveno vigésimo/vigésima", 1),
)  # fmt: skip
_PORTUGUESE = Vocabulary(
    common=frozenset(
        "os quantos quantas quanto quanta uma resposta custa são não é do da dos das em no na ao à com por qual quais "
        "restam resta mas isso portanto de e".split()
    ),
    cardinals=_row("zero um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze "
                   "quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove vinte")
    | _row("trinta quarenta cinquenta/cinqüenta sessenta setenta oitenta noventa", 30, 10)
    | _row("cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas quinhentos/quinhentas "
           "seiscentos/seiscentas setecentos/setecentas oitocentos/oitocentas novecentos/novecentas", 100, 100),
    scales={"mil": 1000, "milhão": 10**6, "milhões": 10**6, "bilhão": 10**9, "bilhões": 10**9, "trilhão": 10**12,
            "trilhões": 10**12, "dúzia": 12, "dúzias": 12},
    articles=frozenset(("um", "uma")),
    joint="e",
    point="vírgula|ponto",
    parts=_row("meio/meios terço/terços quarto/quartos quinto/quintos sexto/sextos sétimo/sétimos oitavo/oitavos "
               "nono/nonos décimo/décimos", 2)
    | _row("terça/terças quarta/quartas quinta/quintas sexta/sextas sétima/sétimas oitava/oitavas nona/nonas "
           "décima/décimas", 3)
    | {"vigésimo": 20, "vigésimos": 20, "centésimo": 100, "centésimos": 100, "milésimos": 1000},
    shares={"metade": 0.5},
    phrases={"meia dúzia": 6, "dúzia e meia": 18, "meio milhão": 500_000, "milhão e meio": 1_500_000},
    halves=frozenset(("meio", "meia")),
    ordinals=_row("primeiro/primeira segundo/segunda terceiro/terceira quarto/quarta quinto/quinta sexto/sexta "
                  "sétimo/sétima oitavo/oitava nono/nona décimo/décima", 1)
    | {f"décimo {word}": value for word, value in _row(
        "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono", 11).items()}
    | {"vigésimo": 20, "vigésima": 20},
)  # fmt: skip
VOCABULARIES: Mapping[str, Vocabulary] = {"de": _GERMAN, "fr": _FRENCH, "es": _SPANISH, "pt": _PORTUGUESE}
ENGLISH = frozenset(
    "the is are how what of and which there answer total many much in to was were it he she they does do has have not "
    "so left per each".split()
)
"""What tells English from them."""
