"""The label of a strip has the room that it takes, in any language."""

from __future__ import annotations

import re

import pytest

from harness.charts import Strip, chart, marks, strips

LABELS = (
    "median 4",
    "median 322.5 (312.3 to 340.8)",
    "中位數 322.5（312.3 至 340.8）",
    "median 1,322.5 (1,312.3 to 1,340.8)",
)


@pytest.mark.parametrize("label", LABELS, ids=["short", "long", "chinese", "thousands"])
def test_a_label_ends_inside_the_picture(label: str) -> None:
    from PIL import ImageFont

    mark = marks(["base"])["base"]
    drawn = chart(strips([Strip(mark, (1.0, 2.0, 3.0), (False,) * 3, label)], share=False), "told").svg
    width = float(re.search(r'<svg[^>]* viewBox="0 0 ([\d.]+) ', drawn)[1])  # type: ignore[index]
    at = [float(it) for it in re.findall(r'transform="translate\(([\d.]+),[\d.]+\)"[^>]*>' + re.escape(label), drawn)]
    left = 112
    font = ImageFont.load_default(11)
    reach = sum(11 if ord(letter) > 0x2E80 else font.getlength(letter) for letter in label)
    assert at and left + at[0] + reach <= width
