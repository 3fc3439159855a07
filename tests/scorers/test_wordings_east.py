"""Wordings of Chinese, Japanese and Korean answers, each with what a careful reader takes from it."""

from __future__ import annotations

from typing import cast

import pytest

from harness.records import Match, Question
from harness.scorers.matching import grade

HANS = ("书店进货用了500元，全部卖得620元。书店的盈余是多少元？", "number", "120")
HANT = ("果園有9排樹，每排8棵，吹倒12棵。還站著的樹有多少棵？", "number", "60")
JA = ("教室に机が9列、1列に8台あり、12台を運び出しました。残っている机は何台でしょうか。", "number", "60")
KO = ("수진이는 자전거를 300원에 사서 420원에 팔았습니다. 남긴 이익은 얼마입니까?", "number", "120")
COLD = ("朝は3度で、夜までに13度下がりました。夜の気温を答えなさい。", "number", "-10")
CLOCK = ("小英08:25出門，走了95分鐘到學校。她幾點幾分到學校？", "number", "10:00")
CITY = ("土耳其的首都在哪里？", "contains", "安卡拉")
CAPITAL = ("オーストラリアの首都はどこですか。", "contains", "キャンベラ")
PLANET = ("태양계에서 가장 큰 행성은 무엇인가요?", "contains", "목성")
PICK = ("下列何者是水果？\nA. 白菜\nB. 蘋果\nC. 牛肉\nD. 豆腐", "choice", "B")
SEVERAL = ("다음 중 3의 배수를 모두 고르세요.\nA. 9\nB. 22\nC. 33\nD. 50", "choices", "A, C")
CASES = [
    # Another speaker goes on.
    (HANS, "书店的盈余是120元。\n\n用户：那加倍呢？\n助手：240元", True),
    (HANS, "书店的盈余是240元。\n\n题目：再来一题。\n答案：120元", False),
    (HANT, "還站著的樹是60棵。\n\n問：那麼加倍呢？\n答：120棵", True),
    (HANT, "還站著的樹是72棵。\n學生：為什麼？\n老師：60棵", False),
    (JA, "残っている机は60台です。\n\n### 問題\n次の問題です。\n### 解答\n72台", True),
    (JA, "残っている机は72台です。\n\n問：次はどうなりますか。\n答：60台", False),
    (KO, "남긴 이익은 120원입니다.\n\n학생: 하나 더 질문할게요.\n선생님: 240원", True),
    (KO, "남긴 이익은 240원입니다.\n\n문제: 다음 문제입니다.\n정답: 120원", False),
    # Taken back.
    (HANS, "书店的盈余是240元。哦，算错了，书店的盈余是120元。", True),
    (HANS, "120元，不好意思，说错了，是240元。", False),
    (HANT, "72棵，喔不，60棵。", True),
    (HANT, "60棵……不，等一下，應該是72棵。", False),
    (JA, "72台……いや違う、60台だ。", True),
    (JA, "60台、ではなくて72台です。", False),
    (JA, "残っている机は72台です。申し訳ありません、計算ミスです。60台です。", True),
    (COLD, "夜の気温は10度です。待ってください、間違えました。−10度です。", True),
    (COLD, "夜の気温は−10度です。訂正します。10度です。", False),
    (KO, "남긴 이익은 240원입니다. 앗, 실수했네요. 120원입니다.", True),
    (KO, "120원... 아니다, 240원이다.", False),
    (KO, "240원, 아 잠시만요, 120원입니다.", True),
    # Denied.
    (HANS, "书店的盈余并非240元，是120元。", True),
    (HANS, "120元不对，书店的盈余是240元。", False),
    (HANT, "不應該是60棵，而應該是72棵。", False),
    (JA, "残っている机は60台であって、72台ではありません。", True),
    (JA, "60台というのは誤りで、正しくは72台です。", False),
    (KO, "240원은 오답이고, 남긴 이익은 120원입니다.", True),
    (KO, "120원이라는 답은 잘못이며, 남긴 이익은 240원입니다.", False),
    # Thought of, and dropped.
    (HANT, "如果不小心，可能會得出72棵，但還站著的樹是60棵。", True),
    (HANT, "很多人會回答60棵，然而還站著的樹是72棵。", False),
    (JA, "72台と思うかもしれませんが、残っている机は60台です。", True),
    (JA, "60台だと勘違いしやすいですが、残っている机は72台です。", False),
    (KO, "240원일 것 같지만 사실 남긴 이익은 120원입니다.", True),
    (KO, "120원으로 착각하기 쉽지만 남긴 이익은 240원입니다.", False),
    # One quantity from another.
    (HANS, "条件中有500，可以求出书店的盈余是120。", True),
    (HANS, "由于全部支出是120元，那么书店的盈余就是500元。", False),
    (HANT, "我們先求原本的樹，是72棵；接著求還站著的樹，是60棵。", True),
    (HANT, "從60棵開始計算，最後還站著的樹為72棵。", False),
    (JA, "もとの机は72台なので、残っている机は60台になります。", True),
    (JA, "60台から出発して、残っている机は72台。", False),
    (KO, "쓴 돈은 300원이므로 남긴 이익은 120원입니다.", True),
    (KO, "쓴 돈은 120원으로 주어졌으므로 남긴 이익은 300원입니다.", False),
    (KO, "쓴 돈은 300원인데 남긴 이익은 120원이에요.", True),
    # Left open.
    (HANS, "书店的盈余要么是240元，要么是120元。", False),
    (HANT, "還站著的樹不是72棵就是60棵。", False),
    (JA, "残っている机は60台もしくは72台です。", False),
    (KO, "남긴 이익은 아마 240원 아니면 120원일 것입니다.", False),
    (CAPITAL, "シドニーかキャンベラです。", False),
    (PLANET, "태양계에서 가장 큰 행성은 수성 혹은 목성입니다.", False),
    # Names: the clause on what is asked.
    (CITY, "土耳其最大的城市是安卡拉，土耳其的首都是伊斯坦堡。", False),
    (CITY, "土耳其最大的城市是伊斯坦堡，土耳其的首都是安卡拉。", True),
    (CAPITAL, "オーストラリア最大の都市はキャンベラです。オーストラリアの首都はシドニーです。", False),
    (PLANET, "목성일 것 같지만 사실 태양계에서 가장 큰 행성은 수성입니다.", False),
    (PLANET, "태양계에서 가장 큰 행성은 수성이(가) 아니라 목성입니다.", True),
    # Letters.
    (PICK, "B\n\n題目：哪個最差？\n答案：C", True),
    (PICK, "B，喔不，是A。", False),
    (SEVERAL, "옳은 보기는 A, C입니다. A, B와 C이(가) 아닙니다.", True),
    (SEVERAL, "옳은 보기는 A와 C이며, 처음에 고른 것은 A, B와 C입니다.", True),
    (SEVERAL, "A, C일 것 같지만 사실 옳은 보기는 A, B, C입니다.", False),
    # What is written: commas, colons, hours.
    (HANS, "书店的盈余是120，不是1,200。", True),
    (HANT, "還站著的樹並不是585,283，是60。", True),
    (CLOCK, "她到學校的時間是下午10點00分。", False),
    (CLOCK, "她到學校的時間是上午10點00分。", True),
    # An offer behind it.
    (HANS, "书店的盈余是100元。要不要再来120道练习题？", False),
    (JA, "残っている机は60台です。さらに5問練習しますか？", True),
    (KO, "남긴 이익은 120원입니다. 비슷한 문제 5개를 더 드릴까요?", True),
]


@pytest.mark.parametrize(("asked", "text", "right"), CASES)
def test_a_wording_is_read_as_a_careful_reader_reads_it(asked: tuple[str, str, str], text: str, right: bool) -> None:
    question, kind, key = asked
    assert grade(Question("q", question, cast(Match, kind), key), text).value == float(right)
