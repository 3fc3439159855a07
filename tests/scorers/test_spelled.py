"""Numbers, ratios, sums, dates and times as people write them in words of ten languages."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from num2words import num2words

from harness.records import Match, Question
from harness.scorers.matching import grade
from harness.scorers.matching.numbers.number import Manner
from harness.scorers.matching.numbers.reading import numbers_in
from harness.scorers.matching.numbers.spelled import _reading, language_of, spelled
from harness.scorers.matching.numbers.vocabularies import VOCABULARIES


@pytest.mark.parametrize("locale", ["de", "fr", "fr_BE", "fr_CH", "es", "pt"])
def test_what_num2words_writes_is_read_back(locale: str) -> None:
    rng = Random(1)
    whole = [
        *range(1001),
        *(rng.randrange(1000, 10**6) for _ in range(300)),
        *(rng.randrange(10**9) for _ in range(50)),
    ]
    manner = Manner(language=locale[:2], ones=True)
    written = {number: num2words(number, lang=locale) for number in whole}
    read = {number: [one.value for one in spelled(said, manner)] for number, said in written.items()}
    assert [written[number] for number in whole if read[number] != [number]] == []


PARTS = Manner(fractions=True, ones=True)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "vier Fünftel", 0.8), ("de", "die Hälfte", 0.5), ("de", "ein Viertel", 0.25),
        ("de", "minus elf", -11),
        ("de", "drei und ein Viertel", 3.25), ("de", "sieben Komma fünf", 7.5), ("de", "neun Dutzend", 108),
        ("de", "9 Dutzend", 108), ("de", "zweieinhalb", 2.5), ("de", "ein halbes Dutzend", 6),
        ("de", "elf Grad unter null", -11),
        ("de", "2,5 Millionen", 2.5e6), ("de", "9 Mio.", 9e6), ("de", "zweihunderteinundzwanzigtausend", 221_000),
        ("fr", "deux tiers", 2 / 3), ("fr", "trois quarts", 0.75), ("fr", "un quart", 0.25),
        ("fr", "la moitié", 0.5),
        ("fr", "deux douzaines", 24), ("fr", "9 douzaines", 108), ("fr", "deux et demi", 2.5),
        ("fr", "moins onze", -11),
        ("fr", "quatre-vingt-dix-sept", 97), ("fr", "vingt et un", 21), ("fr", "trois virgule vingt-cinq", 3.25),
        ("fr", "deux millions et demi", 2.5e6), ("fr", "onze degrés sous zéro", -11), ("fr", "au moins onze", 11),
        ("es", "tres cuartos", 0.75), ("es", "dos tercios", 2 / 3), ("es", "la mitad", 0.5),
        ("es", "la cuarta parte", 0.25),
        ("es", "tres docenas", 36), ("es", "menos once", -11), ("es", "más o menos once", 11),
        ("es", "dos y medio", 2.5),
        ("es", "5 grados bajo cero", -5), ("es", "dos quintas partes", 0.4), ("es", "mil millones", 1e9),
        ("pt", "dois terços", 2 / 3), ("pt", "metade", 0.5), ("pt", "onze doze avos", 11 / 12),
        ("pt", "um quarto", 0.25),
        ("pt", "meia dúzia", 6), ("pt", "3 dúzias", 36), ("pt", "menos vinte e um", -21),
        ("pt", "três vírgula cinco", 3.5),
        ("pt", "três dúzias e meia", 42), ("pt", "14,1 milhões", 14.1e6), ("pt", "11 graus negativos", -11),
        ("pt", "oitocentos e um mil, oitocentos e setenta e cinco", 801_875),
        ("ko", "스물한 개입니다", 21), ("ko", "이십일입니다", 21), ("ko", "열두 개", 12),
        ("ko", "백이십삼 개", 123),
        ("ko", "두 다스", 24), ("ko", "12 타입니다", 144), ("ko", "삼분의 이", 2 / 3), ("ko", "3분의 1", 1 / 3),
        ("ko", "영하 11도", -11), ("ko", "다섯입니다", 5), ("ko", "절반", 0.5),
        ("", "8ダース", 96), ("", "二ダース", 24), ("", "兩打", 24), ("", "4打", 48), ("", "氷点下9度", -9),
        ("", "零下9度", -9),
        ("", "マイナス九", -9), ("", "三分の一", 1 / 3),
    ],
)  # fmt: skip
def test_a_value_in_words_is_its_number(language: str, text: str, value: float) -> None:
    assert [one.value for one in numbers_in(text, replace(PARTS, language=language))] == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Das ist ein Baum und eine Blume."), ("fr", "un arbre et une fleur"), ("es", "una flor y un árbol"),
        ("pt", "um total e uma soma"), ("ko", "이 사람은 이만 갑니다"), ("ko", "일이 많고 만일 오이가"),
        ("", "once there are dos"),
        ("", "die elf sank"), ("fr", "pour cent"), ("es", "por ciento"),
    ],
)  # fmt: skip
def test_articles_and_other_languages_words_are_no_numbers(language: str, text: str) -> None:
    assert numbers_in(text, Manner(language=language)) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie viele Eier sind noch ganz?", "de"), ("Combien d'œufs sont intacts ?", "fr"), ("사과가 몇 개?", "ko"),
        ("¿Cuántos huevos están enteros?", "es"), ("Quantos ovos estão inteiros?", "pt"),
        ("How many are left?", ""),
        ("So it is 7. This is less than 8, so a normal road would do.", ""), ("7", ""),
    ],
)  # fmt: skip
def test_the_language_of_a_text_is_told_by_its_words(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("language", sorted(VOCABULARIES))
def test_no_pattern_of_a_vocabulary_can_read_a_text_again_and_again(language: str) -> None:
    patterns = [(pattern, name) for name, pattern in vars(_reading(language)).items() if hasattr(pattern, "finditer")]
    assert len(patterns) >= 7
    text = "cent mille " * 20_000 + "vingt-" * 20_000
    assert all(number.value >= 0 for number in spelled(text, Manner(language=language, fractions=True)))


def value(key: str, text: str, asked: str, match: Match = "number") -> float | None:
    return grade(Question("q", asked, match, key), text).value


RATIO = {
    "de": "Was ist das Verhältnis von Sirup zu Wasser?", "fr": "Quel est le rapport du sirop à l'eau ?",
 
          "es": "¿Cuál es la razón de jarabe a agua?", "pt": "Qual é a razão de xarope para água?",
    "en": "What is the ratio?",
    "ko": "시럽과 물의 비는 얼마입니까?", "ja": "シロップと水の比はいくつですか。", "zh": "糖漿和水的比是多少？",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "La razón es 11 a 10. ¡Puedo darte 3 ejemplos más!"), ("es", "once a diez"),
        ("pt", "A razão é 11 para 10."),
        ("pt", "onze para dez"), ("fr", "Le rapport est de 11 à 10"), ("fr", "onze contre dix"),
        ("de", "elf zu zehn"),
        ("de", "Das Verhältnis ist 11 zu 10."), ("ko", "비는 11 대 10입니다."), ("ko", "십일 대 십입니다."),
        ("ja", "比は11対10です。"),
        ("ja", "22 対 20です"), ("zh", "11比10"), ("zh", "11對10"), ("en", "eleven to ten"), ("fr", "22 : 20"),
    ],
)  # fmt: skip
def test_a_ratio_in_words_is_a_ratio(language: str, text: str) -> None:
    assert value("11:10", text, RATIO[language], "ratio") == 1
    assert value("10:11", text, RATIO[language], "ratio") == 0


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("2574 minus 1838 ist 736.", "Wie viel Gewinn?"), ("2574 minus 1838 is 736.", "How much?"),
        ("75401引く74665は¥736です。", "利益は何円ですか。"),
        ("2574 빼기 1838은 736입니다.", "이익은 몇 원입니까?"),
        ("2574 menos 1838 es 736.", "¿Cuánto es?"), ("2574 moins 1838 font 736.", "Combien ?"),
        ("2574 menos 1838 são 736.", "Quanto é?"), ("2574減1838等於736。", "多少？"),
        ("2574减去1838等于736。", "多少？"),
        ("700 plus 36 makes 736.", "How much?"), ("368 mal 2 ergibt 736.", "Wie viel?"),
        ("368 fois 2 font 736.", "Combien ?"),
        ("368 por 2 son 736.", "¿Cuánto es?"), ("368 vezes 2 são 736.", "Quanto é?"),
        ("700足す36は736です。", "いくつですか。"),
        ("1472 divided by 2 is 736.", "How much?"),
    ],
)  # fmt: skip
def test_what_a_sum_in_words_comes_to_counts(text: str, asked: str) -> None:
    assert value("736", text, asked) == 1
    assert value("1838", text, asked) == 0


@pytest.mark.parametrize(
    ("key", "text", "asked"),
    [
        ("09:40", "L'heure d'arrivée est 9 h 40.", "À quelle heure arrive-t-il ?"),
        ("07:15", "07 h 15", "A que horas chega?"),
        ("14:05", "14 Uhr 05", "Wann?"), ("15:05", "오후 3시 5분", "몇 시?"), ("15:05", "午後3時5分", "何時？"),
        ("15:05", "a las 3:05 de la tarde", "¿A qué hora?"), ("15:05", "3:05 p. m.", "¿A qué hora?"),
        ("15:00", "15 h", "Quand ?"), ("15:00", "às 15 horas", "Quando?"), ("15:05", "15 heures 05", "Quand ?"),
        ("2016-06-21", "A data é 21 de junho de 2016.", "Qual é a data?"),
        ("2016-02-21", "21. Februar 2016", "Wann?"),
        ("2016-03-01", "1er mars 2016", "Quand ?"), ("2016-02-01", "1º de fevereiro de 2016", "Quando?"),
        ("2016-02-21", "21 de febrero del 2016", "¿Cuándo?"), ("2016-02-21", "2016년 2월 21일", "언제?"),
        ("08:25", "The time of departure is 8:00 a.m. The time of arrival is 8:25 a.m.", "When does it arrive?"),
        ("XLII", "不是XLIII，而是XLII。", "是哪个罗马数字？"),
        ("-5", "-6 °Cではなく、-5 °Cです。", "気温は何度ですか。"),
    ],
)  # fmt: skip
def test_dates_times_and_signs_in_ten_languages(key: str, text: str, asked: str) -> None:
    assert value(key, text, asked) == 1
