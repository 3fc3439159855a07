"""What a model writes that has lost its way: a piece over and over, of any kind that a scorer looks for."""

from __future__ import annotations

PIECES = (
    # letters and words
    "a", "a ", "word ", "a-", "ha-", "'", "it's ", "honorificabilitudinitatibus", "NO ", "_", "a@b.c ",
    # numbers
    "7", "7 ", "1.5 ", "1.1", "1,000,", "1,", "1\u2009000", "3 × 10^5 ", "3 × 10^", "10^", "1e1e1e", "5%", "%",
    "-", "-1", "1-", "1+", "1 x ", "=", "x = 7 ", "1/2/3", "1 / ", "1 1/2 ", "5° ", "½", "1½", "²", "７",
    "७" * 99 + "^", "in 1999 ", "Step 1: ", "5 million ", "7) ", "<<1=1>>",
    # number words
    "seven ", "six-seven-", "one hundred and ", "one point five ", "minus ", "one of ",
    # ratios
    "1:", "1:1:1:", "1 : ", "1 to ", "1 red big apple to ", "for every ", "1 for every ", "from 5 to ",
    # brackets, LaTeX, Markdown
    "(", "()", ")", "[", "(7", "{}", "\\frac{1}{", "$", "\\boxed{", "\\boxed{{}", "\\text{", "\\",
    "| a | b |\n", "|---", "# a\n", "#### 7\n", "#", "**bold** ", "*", "`", "```\n", '"', '"a" ',
    "if (x) { y(); }\n", '{"a":1},', "https://a.b/c?d=e&",
    # white space and punctuation
    "\n", " ", " " * 99 + "x", "\t", "\n ", "\r\n", "\u3000", "...", "It is a thief. ", "?", ": ", "1;2;",
    # choices
    "A. B. C. ", "A) a\nB) b\n", "(A) ", "A or ", "A,", "option A ",
    # what judges look for
    "answer: ", "the answer is ", "answer to ", "solution to ", "not ", "neither nor ", "not a thief, ",
    "a thief or ", "seems ", "might think ", "but ", "either a or b ", "because ", ", so ",
    "the thing that is ", "the riddle describes ", "simplifies to ", "dividing ", "changed from ", "Note: 7. ",
    "1. a\n", "Numerator: ", "I'm sorry, ", "How many of the seven dwarfs are there at 7:1? ",
    # turns and templates
    "### Input:\n", "User: a\n", " User:", "human", "Question: 1\n", "<think>", "<think>a</think>\n", "<<",
    # other scripts
    "我", "我a7", "一百", "一", "百", "百分之", "1比", "答案是", "不是", "或者", "あ", "한국 ",
    "\u0301", "\u0301\u0323", "a\u0301", "\u200b", "\U0001f468\u200d\U0001f469\u200d",
    "\ue000", "\ud800", "\u202e", "\ufdfa",
)  # fmt: skip


def looping(piece: str, length: int) -> str:
    """The piece over and over, so many characters."""
    return (piece * (length // len(piece) + 1))[:length]
