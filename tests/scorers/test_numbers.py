"""Numbers as people and models write them: scripts, separators, scales, signs, fractions, dates and times."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Question
from harness.scorers.matching import grade
from harness.scorers.matching.numbers import numbers_in


def value(key: str, text: str, asked: str = "What is it?", **more: object) -> float | None:
    return grade(Question("q", asked, "number", key, **more), text).value  # type: ignore[arg-type]


LATEX = [
    ("7400", r"\boxed{7{,}400}"), ("7400", r"$\boxed{7\,400}$"), ("7400", r"$7,\!400$"), ("7400", r"7\ 400"),
    ("7400", "$7{,}400"), ("1234567", r"\boxed{1\,234\,567}"), ("1234567", r"$1{,}234{,}567$"),
    ("3.25", r"3\tfrac14"), ("3.25", r"$3\frac{1}{4}$"), ("3.25", r"\boxed{3 \dfrac{1}{4}}"),
    ("-0.5", r"-\frac{1}{2}"),
    ("-0.5", r"$\frac{-1}{2}$"), ("0.75", r"\frac34"), ("30", r"$30^\circ$"), ("30", r"\boxed{30^{\circ}}"),
    ("5", r"5\text{ units}"), ("5", r"\boxed{5\text{ cm}}"), ("5", r"$5\,\mathrm{m/s}$"), ("5", r"5\;\text{m}^2"),
    ("7", r"\boxed{\boxed{7}}"), ("7", r"\boxed{\boxed{\text{7 apples}}}"), ("5", r"\$5"), ("18.5", r"\$18.50"),
    ("50%", r"50\%"), ("120000", r"1.2\times 10^{5}"), ("120000", r"$1.2 \cdot 10^5$"),
    ("0.0012", r"1.2\times10^{-3}"),
    ("1.4142135624", r"\sqrt{2}"), ("3.46410161514", r"2\sqrt{3}"), ("0.70710678119", r"\frac{\sqrt{2}}{2}"),
    ("√2", r"$\sqrt{2}$"), ("\\frac{\\pi}{2}", "π/2"), ("2π", r"$2\pi$"), ("5", r"\(5\)"), ("5", r"\[ x = 5 \]"),
    ("1/3", r"0.\overline{3}"), ("1/6", r"0.1\overline{6}"), ("7", r"\mathbf{7}"), ("7", r"\textbf{7}"),
    ("7", "\\boxed7"), ("7", r"\fbox{7}"), ("12.5", r"\SI{12.5}{\kilo\metre}"), ("1000.5", r"1{,}000.5"),
    ("8", r"2^{3}"), ("1024", r"$2^{10} = 1024$"), ("7", r"Thus $x = \boxed{7}$."), ("7", r"\boxed{x = 7}"),
]  # fmt: skip
MAGNITUDES = [
    ("2500000", "2.5M"), ("2500000", "2.5 million"), ("2500000", "$2.5M"), ("2500000", "€2.5m"),
    ("12000", "1.2萬"), ("12000", "1.2万"), ("12000", "1.2 萬人"), ("120000000", "1.2億"), ("120000000", "1.2亿"),
    ("300000", "3 lakh"), ("300000", "3 lakhs"), ("25000000", "2.5 crore"), ("3000000000", "3bn"),
    ("3000000000", "$3B"), ("45000", "45k"), ("45000", "$45K"), ("2000000000000", "2 trillion"),
    ("1500000", "1,5 Mio. €"),
    ("1500000000", "1,5 Mrd. Euro"), ("12000", "12 thousand"), ("2500000", "two and a half million"),
    ("1200000", "one point two million"), ("35000", "3.5만"), ("120000000", "1억 2000만"), ("2000000000000", "2兆"),
    ("1500", "15 hundred"), ("500000", "half a million"), ("300000", "three lakh"), ("2500000", "2.5 millones"),
    ("2500000", "2,5 millions d'euros"), ("5000000", "5 миллионов".replace("миллионов", "млн")),
]  # fmt: skip
CURRENCIES = [
    ("250000", "₹2,50,000"), ("12345678", "₹1,23,45,678"), ("1234.5", "1.234,50 €"), ("1234.5", "€1.234,50"),
    ("1234.5", "1\u202f234,5"), ("1234.5", "1\u00a0234,50 €"), ("1234.5", "1 234,50 €"), ("1234", "1'234"),
    ("1234.5", "CHF 1’234.50"), ("1234567", "1'234'567"), ("1234.56", "R$ 1.234,56"), ("1234.56", "R$1.234,56"),
    ("1200", "NT$1,200"), ("1200", "NT$ 1,200"), ("1200", "US$1,200.00"), ("1200", "1,200元"), ("1200", "1,200円"),
    ("1200", "¥1,200"), ("1200", "USD 1,200"), ("1200", "USD1,200"), ("1234567", "1.234.567"),
    ("1234567", "1 234 567"),
    ("1234567.89", "1.234.567,89"), ("1234567.89", "1,234,567.89"), ("500", "Rs. 500"), ("500", "Rs.500"),
    ("-5", "-€5"), ("18", "£18"), ("12345", "12 345 kr"), ("1234", "1.234 €"), ("1500", "1.500 Euro"),
]  # fmt: skip
SIGNS = [
    ("-8", "The answer is negative 8."), ("-8", "minus 8"), ("-8", "The result is minus 8."),
    ("-8", "negative eight"),
    ("-8", "It equals minus eight."), ("-8", "−8"), ("-8", "–8"), ("-5", "負五"), ("-5", "负5"),
    ("-5", "答案是負五。"),
    ("-5", "マイナス5"), ("-5", "マイナス五です"), ("-5", "零下五度"), ("-5", "零下5度"),
    ("-5", "5 degrees below zero"),
    ("8", "10 minus 2 is 8."), ("8", "ten minus two is eight"), ("8", "10 minus 2 equals 8"), ("-8", "x = - 8"),
    ("-8", "2 minus 10 is negative 8."), ("-3.5", "負三點五"), ("-5", "마이너스 5"), ("-0.5", "negative one half"),
    ("-8", "\\boxed{-8}"), ("-8", "$-8$"), ("8", "positive 8"), ("8", "+8"),
    ("-20", "The temperature is minus twenty."),
]  # fmt: skip
EAST_ASIAN = [
    ("3.5", "三點五"), ("3.14", "三点一四"), ("0.75", "四分之三"), ("20%", "百分之二十"), ("0.2", "百分之二十"),
    ("123000", "十二萬三千"), ("123000", "十二万三千元"), ("12345", "一萬二千三百四十五"), ("200", "兩百"),
    ("20", "廿"), ("25", "廿五"), ("30", "卅"), ("123", "壹佰貳拾參"), ("12300", "壹萬貳仟參佰元整"),
    ("123000", "12万3千"),
    ("3.5", "３．５"), ("10%", "一成"), ("35%", "三割五分"), ("35%", "三成五"), ("1024", "2の10乗"),
    ("1024", "2的10次方"),
    ("12000", "一萬二"), ("340", "三百四"), ("2300", "兩千三"), ("105", "一百零五個"), ("150", "一百五"),
    ("102", "答えは百二です"), ("1500", "千五百円"), ("2024", "二〇二四"), ("10000", "一萬"), ("1001", "一千零一"),
    ("350000000", "3億5000万"), ("123456", "12萬3456"), ("0.75", "4分の3です"), ("0.75", "４分の３"),
    ("1.25", "一又四分之一"),
    ("3.5", "三個半"), ("1.5", "一個半小時"), ("0.5", "一半"), ("7", "七つ"), ("7", "共有七種顏色。"),
    ("7", "答えは七です。"),
    ("35", "35パーセント"), ("1200000000000", "一兆二千億"), ("1000000000000", "一萬億"), ("0.005", "千分之五"),
    ("12", "十二個"), ("10", "十"), ("110", "一百一十"), ("10050", "一萬零五十"), ("2500", "2千5百"),
    ("0.5", "二分之一"),
    ("25", "5的平方"), ("12345", "１２３４５"), ("1234", "１，２３４"), ("0.75", "4분의 3"), ("0.3", "三成"),
]  # fmt: skip
FRACTIONS = [
    ("25%", "0.25"), ("25%", "1/4"), ("25%", "a quarter"), ("25%", "one quarter"), ("25%", "25 percent"),
    ("25%", "25%"),
    ("0.25", "25%"), ("0.25", "1/4"), ("0.25", "a quarter"), ("1/4", "0.25"), ("1/4", "25%"), ("1/4", "one fourth"),
    ("0.75", "three quarters"), ("3/4", "three-quarters"), ("2/3", "two thirds of it"), ("1.5", "one and a half"),
    ("1.5", "1 and a half"), ("1.5", "1½"), ("0.5", "½"), ("2/3", "⅔"), ("3.5", "3½"),
    ("2.75", "two and three quarters"),
    ("0.5", "half"), ("0.5", "one half"), ("1/3", "a third"), ("5/8", "five eighths"), ("1/3", "0.333..."),
    ("2.25", "two and a quarter"), ("2.25", "2-1/4"), ("2.25", "2 and 1/4"), ("1/4", "1 in 4"),
    ("1/4", "one out of four"),
    ("2/3", "66.67%..."), ("0.003", "3‰"), ("three quarters", "0.75"), ("half", "50%"),
]  # fmt: skip
WORDS = [
    ("24", "two dozen"), ("24", "two dozen eggs"), ("6", "half a dozen"), ("12", "a dozen"),
    ("18", "a dozen and a half"),
    ("40", "two score"), ("87", "four score and seven"), ("3", "three"), ("105", "one hundred five"),
    ("1969", "nineteen sixty-nine"),
    ("2024", "twenty twenty-four"), ("1200", "twelve hundred"), ("1001", "one thousand and one"), ("0", "zero"),
    ("1000000", "a million"), ("100000", "10^5"), ("100000", "10⁵"), ("120000", "1.2e5"), ("120000", "1.2E+5"),
    ("120000", "1.2 x 10^5"), ("120000", "1.2 * 10**5"), ("32", "2 to the power of 5"), ("32", "2 to the 5th power"),
    ("123", "١٢٣"), ("3.5", "٣٫٥"), ("1234", "١٬٢٣٤"), ("35", "३५"), ("35", "৩৫"), ("35", "๓๕"), ("2024", "٢٠٢٤"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text"), [*LATEX, *MAGNITUDES, *CURRENCIES, *SIGNS, *EAST_ASIAN, *FRACTIONS, *WORDS], ids=ascii
)
def test_a_number_is_read_as_it_is_written(key: str, text: str) -> None:
    assert value(key, text) == 1


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("7400", r"\boxed{7\,401}"), ("3.25", r"3\tfrac13"), ("3", r"3\tfrac14"), ("2", r"\sqrt{2}"),
        ("3", r"2\sqrt{3}"),
        ("2.5", "2.5M"), ("1.2", "1.2萬"), ("3", "3 lakh"), ("2", "₹2,50,000"), ("250", "₹2,50,000"),
        ("1.234", "1'234"),
        ("8", "negative 8"), ("8", "minus 8"), ("-2", "10 minus 2 is 8."), ("8", "負八"), ("5", "零下五度"),
        ("3", "三點五"), ("4", "四分之三"), ("3", "四分之三"), ("123", "十二萬三千"), ("12", "一萬二千"),
        ("100", "百分之五"),
        ("3", "三角形"), ("2", "二氧化碳"), ("12", "half a dozen"), ("0.25", "0.25%"), ("25%", "0.25%"),
        ("3", "三成"),
        ("3", "two thirds"), ("0.33", "1/3"), ("10", "2の10乗"), ("3", "the 3rd one"), ("5", "5.5"),
        ("12", "dozens of them"),
        ("1/3", "0.34..."), ("1.5", "one or a half"), ("120", "百二です。"), ("2", "兩千"), ("10", "十分好"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_number_that_looks_alike_is_another(key: str, text: str) -> None:
    assert value(key, text) == 0


@pytest.mark.parametrize(
    ("key", "text", "asked", "right"),
    [
        # An integer of thousands or three decimal places: the text, its currency, its language or its own numbers say.
        ("1234", "Es sind 1.234.", "Wie viele Einwohner hat der Ort?", 1),
        ("1.234", "It is 1.234 m long.", "How long is the rod in metres?", 1),
        ("1234", "It weighs 1.234 kg.", "What is the weight in grams of the bag?", 0),
        ("1234", "1.234 €", "What does it cost?", 1),
        ("1.234", "Das sind 1,234 Meter.", "Wie lang ist der Stab in Metern?", 1),
        ("1234", "Das sind 1,234 Meter.", "Wie lang ist der Stab in Metern?", 0),
        ("1234", "There are 1,234.", "How many are there?", 1),
        ("1.234", "There are 1,234.", "How many are there?", 0),
        ("1234", "1.234", "How many tiles does the hall need?", 1),
        ("1.234", "長さは1.234メートルです。", "棒の長さは何メートルですか？", 1),
        ("1234", "2,5 + 1.231,5 = 1.234", "?", 1),
        ("1234", "C'est 1.234 habitants.", "Combien d'habitants ?", 1),
        ("1234", "1 234", "Combien ?", 1),
        # A letter is a unit where the question speaks of one.
        ("350", "350 K", "What is the temperature of the gas in kelvin?", 1),
        ("350000", "350 K", "What is the temperature of the gas in kelvin?", 0),
        ("350000", "350K", "How many people live in the city?", 1),
        ("350000", "$350K", "What does the house cost?", 1),
        ("2.5", "2.5 M", "What is the molar concentration of the solution?", 1),
        ("2500000", "2.5M", "How many people live there?", 1),
        ("5", "5m", "How long is the rope?", 1),
        ("8", "8 B", "How many bytes does the header take?", 1),
        # Ordinals, where an order is asked for or the key is one.
        ("3", "He came 3rd.", "In which place did he finish?", 1),
        ("3", "He was third.", "In which place did he finish?", 1),
        ("3rd", "third", "Which one is it?", 1), ("3rd", "3", "Which one is it?", 1),
        ("3rd", "4th", "Which one is it?", 0),
        ("third", "the 3rd", "Which one is it?", 1), ("21", "the twenty-first century", "Which century is it?", 1),
        ("3", "他是第三名。", "他得了第幾名？", 1), ("3", "3番目です", "何番目ですか？", 1),
        ("第三", "第3", "哪一個？", 1),
        ("3", "He was third and won 50.", "How much did he win?", 0),
        # Roman numerals, where the key is one.
        ("XIV", "XIV", "Which Louis was it?", 1), ("XIV", "14", "Which Louis was it?", 1),
        ("XIV", "Louis XIV", "Which Louis was it?", 1), ("XIV", "Louis XVI", "Which Louis was it?", 0),
        ("XIV", "I think it is XIV.", "Write 14 in Roman numerals.", 1),
        ("XIV", "14", "Write 14 in Roman numerals.", 0),
        ("MCMXCIV", "The answer is MCMXCIV.", "1994 in Roman numerals?", 1),
        ("14", "It was World War II, 14 states fought.", "How many states fought?", 1),
        # Coins are counted.
        ("3", "3 quarters", "How many quarters and dimes make 85 cents?", 1),
        ("35", "百分之三十五", "百分之多少？", 1), ("35", "35%", "What percentage is it?", 1),
        ("3.5", "三個半小時", "要多久？", 1), ("3", "三個半小時", "要幾個小時？", 0),
    ],
    ids=ascii,
)  # fmt: skip
def test_question_and_key_say_how_a_number_is_meant(key: str, text: str, asked: str, right: int) -> None:
    assert value(key, text, asked) == right


MOON = "When did people first land on the moon?"
TRAIN = "At what time does the train leave?"


@pytest.mark.parametrize(
    ("key", "text", "right"),
    [
        ("1969-07-20", "July 20, 1969", 1), ("1969-07-20", "20 July 1969", 1), ("1969-07-20", "1969年7月20日", 1),
        ("1969-07-20", "20/07/1969", 1), ("1969-07-20", "07/20/1969", 1), ("1969-07-20", "20.07.1969", 1),
        ("1969-07-20", "1969/7/20", 1), ("1969-07-20", "the 20th of July, 1969", 1),
        ("1969-07-20", "Jul. 20th, 1969", 1),
        ("1969-07-20", "It happened on July 20th 1969.", 1), ("1969-07-20", "一九六九年七月二十日", 1),
        ("1969-07-20", "20. Juli 1969", 1), ("1969-07-20", "20 juillet 1969", 1),
        ("1969-07-20", "20 de julio de 1969", 1),
        ("1969-07-20", "昭和44年7月20日", 1), ("1969-07-20", "1969년 7월 20일", 1),
        ("1969-07-20", "民國58年7月20日", 1),
        ("1969-07-20", "July 21, 1969", 0), ("1969-07-20", "July 1969", 0), ("1969-07-20", "20 June 1969", 0),
        ("1969-07-20", "1969", 0), ("1969-07-20", "July 20, 1970", 0), ("1969-07-20", "They landed.", 0),
        ("1969-07-20", "Apollo 11 started on July 16, 1969. The answer is July 20, 1969.", 1),
        ("July 20, 1969", "1969-07-20", 1), ("20 July 1969", "07/20/69", 1), ("July 1969", "July 20, 1969", 1),
        ("July 20", "20 July 1969", 1), ("2024-03-04", "03/04/2024", 0), ("03/04/2024", "03/04/2024", 1),
        ("2024-04-04", "04/04/2024", 1), ("1969年7月20日", "July 20, 1969", 1),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_date_is_known_in_any_spelling(key: str, text: str, right: int) -> None:
    assert value(key, text, MOON) == right


@pytest.mark.parametrize(
    ("key", "text", "right"),
    [
        ("15:45", "3:45 pm", 1), ("15:45", "15:45", 1), ("15:45", "下午3點45分", 1), ("15:45", "下午三點四十五分", 1),
        ("15:45", "3:45 p.m.", 1), ("15:45", "3:45 PM", 1), ("15:45", "quarter to four in the afternoon", 1),
        ("15:45", "15h45", 1), ("15:45", "15.45 Uhr", 1), ("15:45", "午後3時45分", 1), ("15:45", "15時45分", 1),
        ("15:45", "오후 3시 45분", 1), ("15:45", "下午三點三刻", 1), ("15:45", "15:45:00", 1),
        ("3:45 pm", "15:45", 1),
        ("下午3點45分", "3:45 pm", 1), ("15:45", "The train leaves at 3:45 pm.", 1),
        ("15:30", "half past three in the afternoon", 1),
        ("15:30", "下午三點半", 1), ("15:45", "3:45 am", 0), ("15:45", "3:45", 0), ("15:45", "15:54", 0),
        ("3:45", "3:45 pm", 1),
        ("03:45", "3:45 pm", 0), ("03:45", "3:45 am", 1), ("12:00", "noon", 1), ("0:00", "midnight", 1),
        ("12:00", "正午", 1),
        ("3 pm", "15:00", 1), ("15:00", "3 o'clock in the afternoon", 1), ("12:30 am", "00:30", 1),
        ("9:05", "9:05", 1),
        ("1969-07-20 20:17", "July 20, 1969 at 8:17 pm", 1), ("1969-07-20 20:17", "July 20, 1969", 0),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_time_of_day_is_known_in_any_spelling(key: str, text: str, right: int) -> None:
    assert value(key, text, TRAIN) == right


def test_chinese_numerals_are_what_cn2an_writes() -> None:
    import cn2an

    chance = random.Random(0)
    numbers = [chance.randrange(10 ** chance.randint(1, 15)) for _ in range(1_000)]
    for number in numbers:
        for form in ("low", "up"):
            written = cn2an.an2cn(number, form)
            assert numbers_in(written + "個")[-1].value == number, written


@settings(max_examples=300, deadline=None)
@given(st.integers(10**6, 10**12), st.sampled_from(["de", "fr", "en_IN", "de_CH", "pt_BR", "en", "ja", "sv", "cs"]))
def test_whole_numbers_are_read_as_countries_write_them(number: int, locale: str) -> None:
    from babel.numbers import format_decimal

    assert value(str(number), format_decimal(number, locale=locale)) == 1


@settings(max_examples=300, deadline=None)
@given(st.integers(10**6, 10**11), st.sampled_from(["de", "fr", "en_IN", "de_CH", "pt_BR", "en", "ja", "sv", "cs"]))
def test_amounts_are_read_as_countries_write_them(cents: int, locale: str) -> None:
    from babel.numbers import format_decimal

    written = format_decimal(Decimal(cents) / 100, "#,##,##0.00" if locale == "en_IN" else "#,##0.00", locale=locale)
    assert value(str(cents / 100), written) == 1, written
