"""Mathematical answers: which expression counts, what equals what, and what takes too long."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.records import Question
from harness.scorers.matching import grade
from harness.scorers.matching.expressions import relation
from harness.scorers.matching.expressions.checking import SECONDS
from harness.scorers.matching.quantities import final_expression


def value(key: str, text: str, asked: str = "What is it?") -> float | None:
    return grade(Question("q", asked, "math", key), text).value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        # numbers
        ("1/2", r"\boxed{0.5}"), (r"\frac{1}{2}", "The answer is 1/2."), (r"\sqrt{2}", "sqrt(2)"), ("2\\pi", "2π"),
        (r"\frac{\sqrt{2}}{2}", r"$\frac{1}{\sqrt{2}}$"), ("10^5", "100000"), (r"50\%", "0.5"),
        ("1,234", r"\boxed{1234}"),
        ("5", r"\boxed{5\text{ cm}}"), ("5", "The answer is 5 apples."), ("1/2", "The answer is one half."),
        ("-3", "−3"),
        ("12345", "答案是一萬二千三百四十五。"), (r"\frac{\pi}{4}", "pi/4"), ("3/4", r"$\tfrac34$"),
        # terms
        ("x^2 + 2x + 1", "(x+1)^2"), ("(x+1)(x-1)", "x**2 - 1"), (r"\frac{x+1}{2}", "(x+1)/2"),
        ("e^{2x}", "exp(2x)"),
        (r"\ln 2", "ln(2)"), ("x² − 1", "$x^2-1$"), (r"\sin^2 x + \cos^2 x", "1"), ("2x", "x + x"),
        # equations, inequalities
        ("5", "$x = 5$"), ("x = 5", r"\boxed{5}"), ("y = 2x + 1", "y = 1 + 2x"), ("y=2x+1", "$y - 2x = 1$"),
        ("f(x) = x^2", "$x^2$"), ("x > 3", "$3 < x$"), ("x=2", r"\boxed{x = 1 + 1 = 2}"),
        # sets, tuples, intervals
        (r"\{1, 2\}", "1, 2"), ("{1, 2}", r"\boxed{\{2, 1\}}"), ("1, 2", "x = 1 or x = 2"),
        (r"x = \pm 2", "$x = 2$ or $x = -2$"),
        (r"\{1,2\}", r"\boxed{1} and \boxed{2}"), ("(1, 2)", r"\left(1, 2\right)"), ("(0, 1]", r"$(0, 1]$"),
        ("(0, 1]", r"$0 < x \le 1$"), (r"[0, \infty)", "[0, ∞)"),
        (r"(-\infty, 2) \cup (3, \infty)", "(-∞, 2) ∪ (3, ∞)"),
        (r"x \in (0, 1]", "(0, 1]"),
        (r"\mathbb{R}", "all real numbers"), (r"\emptyset", "no solution"), (r"\{1, 2, 3\}", "1, 2, and 3"),
        ("7", "Therefore $x + 1 = 8$ and $x = 7$."), (r"\frac{\sqrt{3}}{2}", "sin(60°)"),
        # matrices, complex numbers
        (r"\begin{pmatrix}1\\2\end{pmatrix}", "(1, 2)"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [3, 4]]"), ("3 + 4i", "4i + 3"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\boxed{\begin{bmatrix}1&2\\3&4\end{bmatrix}}"),
    ],
)  # fmt: skip
def test_the_same_expression_is_right_however_it_is_written(key: str, text: str) -> None:
    assert value(key, text) == 1


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("1/2", "0.6"), ("x^2", "2x"), ("(0, 1]", "(0, 1)"), ("(1, 2)", "(2, 1)"), (r"\{1, 2\}", "1"),
        ("1", r"\{1, 2\}"),
        ("5", "6 apples"), ("x > 3", "x < 3"), ("5", "-5"), ("y = 2x + 1", "y = 2x"), ("[0, 1]", "(0, 1)"),
        (r"\sqrt{2}", "2"),
        ("2", r"\sqrt{2}"), (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [4, 3]]"), ("(0, 1]", "0 < x < 1"),
        ("(1, 2)", "{1, 2}"), ("-2", "$x = 2$ or $x = -2$"), (r"\begin{pmatrix}1\\2\end{pmatrix}", "(2, 1)"),
        ("2", "The answer is either 2 or 3."), ("x^2 - 1", r"First $x^2 - 1$, then \boxed{x^2}."),
        ("5", "I do not know."),
    ],
)  # fmt: skip
def test_another_expression_is_wrong(key: str, text: str) -> None:
    assert value(key, text) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"We get \boxed{1} at first; so it is \boxed{\frac{1}{2}}.", r"\frac{1}{2}"), (r"\boxed{\boxed{7}}", "7"),
        (r"\boxed{1} and \boxed{2}", "1, 2"), ("The answer is $x^2$. It is not $x^3$.", "x^2"),
        ("We start from $a$. Then we get $b$.", "b"),
        ("#### 18", "18"), ("答案是 $x+1$。", "x+1"), ("Some thoughts.\nTherefore it is x + 1", "x + 1"),
        (r"\[ x = 5 \]", "x = 5"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"), (r"\fbox{3}", "3"), ("", ""),
        ("It is not $x^2$ but $x^3$.", "x^3"), ("$x^2$? No, $x^3$.", "x^3"), ("$x^2$. Wait, it is $x^3$.", "x^3"),
        ("Das Ergebnis ist $x^3$, während der erste Schritt $x^2$ ist.", "x^3"),
        ("結果は$x^2$ではなく$x^3$です。", "x^3"), ("答案是$x^2$或$x^3$。", "x^2, x^3"),
        (r"It is $\boxed{7}$, i.e. 14/2.", "7"),
        ("$x^2$か$x^3$です。", "x^2, x^3"), ("No es $x^2$, sino $x^3$.", "x^3"),
        ("Ce n'est pas $x^2$ mais $x^3$.", "x^3"),
    ],
)  # fmt: skip
def test_the_final_claim_is_found_as_for_numbers(text: str, said: str) -> None:
    assert final_expression("What is the result?", text)[1] == said


def test_what_takes_too_long_is_not_judged_and_the_next_is() -> None:
    started = time.monotonic()
    verdict = grade(Question("q", "?", "math", "7"), r"\boxed{9^{9^{9^{9^{9}}}} + 7^{7^{7^{7}}}}")
    assert verdict.value in (None, 0) and time.monotonic() - started < SECONDS + 20
    assert value("7", "7.0") == 1


def test_expressions_are_compared_in_threads_too() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda at: relation(f"{at}x", f"x + {at - 1}x"), range(2, 12)))
    assert found == ["same"] * 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_was_forked_asks_a_program_of_its_own() -> None:
    import multiprocessing

    assert relation("4x", "x + 3x") == "same"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(relation, [("2x", "x+x"), ("2x", "3x"), ("4x", "x + 3x")]) == ["same", "other", "same"]
    assert relation("x", "2x") == "other"


def test_a_key_that_is_no_expression_is_not_judged() -> None:
    verdict = grade(Question("q", "?", "math", "\\frac{"), "7")
    assert verdict.value is None and "no expression" in (verdict.note or "")


def test_a_megabyte_is_read_at_once() -> None:
    started = time.process_time()
    assert value("7", "so $x$ and \\boxed{ " * 50_000 + "\\boxed{7}") == 1
    assert time.process_time() - started < 5
