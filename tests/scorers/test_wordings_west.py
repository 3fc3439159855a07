"""Answers in European languages, worded in many ways, are graded as a careful reader would."""

from __future__ import annotations

import pytest

from harness.records import Match, Question
from harness.scorers.matching import grade

PROFIT = "Tom paid 130 dollars for parts and 50 for tools and sold the bike for 300. What was his profit?"
GEWINN = "Tom kauft ein Rad für 130 €, repariert es für 50 € und verkauft es für 300 €. Wie hoch ist der Gewinn?"
GAIN = "Tom achète un vélo 130 €, le répare pour 50 € et le revend 300 €. Quel est son bénéfice ?"
GANANCIA = "Tom compra una bici por 130 €, la repara por 50 € y la vende por 300 €. ¿Cuál es la ganancia?"
LUCRO = "Tom compra uma bicicleta por R$ 130, conserta-a por R$ 50 e vende-a por R$ 300. Qual é o lucro?"
NUMBERS = [
    (PROFIT, "His outlay is 180.\nResult: 120"),
    (PROFIT, "Intermediate result: 180.\nResult: 120"),
    (PROFIT, "His outlay was 180, and his gain was 120."),
    (PROFIT, "His gain was 120; his outlay was 180."),
    (PROFIT, "The profit is 180. Hmm, let me recheck. It should be 120."),
    (PROFIT, "I said 180, but that was a slip. The profit is 120."),
    (PROFIT, "My earlier answer of 180 was wrong. The right value is 120."),
    (PROFIT, "~~180~~ 120"),
    (PROFIT, "The profit is 120. By contrast, the outlay is 180."),
    (PROFIT, "The profit is 120, compared with 180 for the outlay."),
    (PROFIT, "It cannot be 180. The profit is 120."),
    (PROFIT, "I'd say 120, but don't confuse it with 180."),
    (PROFIT, "It is easy to mistake 180 for the profit. In truth, it is 120."),
    (PROFIT, "I think the profit is 120; 180 is a tempting mistake."),
    (PROFIT, "Some people would say 180, but the profit is 120."),
    (PROFIT, "If you subtract 180 from 300, you are left with 120."),
    (PROFIT, "Starting from 180, we arrive at 120."),
    (PROFIT, "The profit is 120. Do you have 5 minutes for another one?"),
    (GEWINN, "Die Kosten: 180\nErgebnis: 120"),
    (GEWINN, "Die Kosten sind 180, also lautet die Antwort 120."),
    (GEWINN, "Der Gewinn ist 180, Quatsch, 120."),
    (GEWINN, "Der Gewinn ist 180. Da habe ich mich geirrt, es ist 120."),
    (GEWINN, "Der Gewinn ist keineswegs 180, sondern 120."),
    (GEWINN, "180 wäre falsch, der Gewinn ist 120."),
    (GEWINN, "Viele würden 180 sagen, aber der Gewinn ist 120."),
    (GEWINN, "Auf den ersten Blick scheint es 180 zu sein, tatsächlich ist der Gewinn aber 120."),
    (GEWINN, "Der Gewinn ist 120. Zum Vergleich: Der Aufwand ist 180."),
    (GEWINN, "Die Kosten sind 180 und der Gewinn 120."),
    (GEWINN, "Der Gewinn ist 120. Überprüfen wir das: 120 + 180 = 300."),
    (GEWINN, "Der Gewinn ist 120.\n\nNutzer: Und sonst?\nAssistent: 180"),
    (GEWINN, "Subtrahiert man 180 von 300, erhält man 120."),
    (GAIN, "Les frais : 180\nRésultat : 120"),
    (GAIN, "Les frais valent 180 et le bénéfice vaut 120."),
    (GAIN, "Le bénéfice est de 180. Oups, je voulais dire 120."),
    (GAIN, "Le bénéfice est de 180. Erreur de ma part : 120."),
    (GAIN, "Le bénéfice est de 120 plutôt que de 180."),
    (GAIN, "Certains diraient 180, mais le bénéfice est de 120."),
    (GAIN, "Je pense que le bénéfice est de 120 ; 180 serait une erreur courante."),
    (GAIN, "Le bénéfice est de 120. À titre de comparaison, la dépense est de 180."),
    (GANANCIA, "El gasto: 180\nResultado: 120"),
    (GANANCIA, "La ganancia es de 180. Me he equivocado: 120."),
    (GANANCIA, "La ganancia es de 180. Ups, quise decir 120."),
    (GANANCIA, "La ganancia es de 120 y no de 180."),
    (GANANCIA, "La ganancia no puede ser 180; es 120."),
    (GANANCIA, "Algunos dirían 180, pero la ganancia es de 120."),
    (LUCRO, "O gasto: 180\nResultado: 120"),
    (LUCRO, "O lucro é de 180, ou melhor, 120."),
    (LUCRO, "O lucro é de 180. Enganei-me: 120."),
    (LUCRO, "180 está errado: o lucro é de 120."),
    (LUCRO, "Alguns diriam 180, mas o lucro é de 120."),
    (LUCRO, "O lucro é de 120, ao passo que o gasto é de 180."),
]
OPEN = [
    (PROFIT, "Maybe 180, maybe 120."),
    (PROFIT, "I can't decide between 120 and 180."),
    (PROFIT, "The profit is 180, or possibly 120."),
    (GEWINN, "Der Gewinn ist 180 bzw. 120."),
    (GEWINN, "Vielleicht 180, vielleicht auch 120."),
    (GAIN, "Soit 120, soit 180."),
    (GAIN, "J'hésite entre 120 et 180."),
    (GANANCIA, "O bien 120 o bien 180."),
    (LUCRO, "Talvez 180, talvez 120."),
]
CITY = "What is the capital of Turkey?"
METAL = "Which is a metal?\nA. copper\nB. cotton\nC. granite\nD. paper"
OTHERS: list[tuple[str, Match, str, str, int]] = [
    (CITY, "contains", "Ankara", "The capital is Istanbul; the biggest city is Ankara.", 0),
    (CITY, "contains", "Ankara", "It cannot be Istanbul. The capital is Ankara.", 1),
    (CITY, "contains", "Ankara", "I can't decide between Istanbul and Ankara.", 0),
    (CITY, "contains", "Ankara", "The capital is Istanbul.\n\n## Question 2\nAnd now?\n## Answer\nAnkara", 0),
    (METAL, "choice", "A", "A rather than C.", 1),
    (METAL, "choice", "A", "Only A (copper) meets the condition; D (paper) does not.", 1),
    (METAL, "choice", "A", "C (granite) seems plausible but fails, so I settle on A.", 1),
    (METAL, "choice", "A", "Je dirais A.", 1),
    (METAL, "choices", "A,B", "My selection is A, B. By contrast, my first selection is A, C.", 1),
    (METAL, "choices", "A,B", "Meine erste Auswahl ist zwar A und B, aber meine Auswahl ist A.", 0),
]


@pytest.mark.parametrize(("asked", "text"), NUMBERS)
def test_the_claim_is_found_whatever_words_lead_to_it(asked: str, text: str) -> None:
    assert grade(Question("q", asked, "number", "120"), text).value == 1
    assert grade(Question("q", asked, "number", "180"), text).value == 0


@pytest.mark.parametrize(("asked", "text"), OPEN)
def test_who_leaves_open_which_has_not_answered(asked: str, text: str) -> None:
    assert [grade(Question("q", asked, "number", key), text).value for key in ("120", "180")] == [0, 0]


@pytest.mark.parametrize(("asked", "match", "key", "text", "right"), OTHERS)
def test_names_and_options_are_told_apart_the_same_way(
    asked: str, match: Match, key: str, text: str, right: int
) -> None:
    assert grade(Question("q", asked, match, key), text).value == right
