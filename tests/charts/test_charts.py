"""Specifications are data: what they hold is tested there, and that they become clean SVG here."""

import pytest

from harness.charts import (
    CurveLine,
    DrawnDifference,
    Mark,
    Strip,
    chart,
    curve,
    forest,
    marks,
    readable,
    strips,
)
from harness.charts.curves import smoothed
from harness.charts.drawing import RULE, Spec, themed
from harness.charts.marks import COLOURS, CUT

_MARK = Mark("orpo", COLOURS[2], "M0,-1L1,1L-1,1Z")


def test_a_variant_keeps_its_colour_and_shape_whoever_else_is_shown() -> None:
    assert marks(["base", "dpo"])["dpo"] == marks(["base", "dpo", "orpo", "third"])["dpo"]


def test_thirty_five_variants_are_told_apart_by_colour_or_shape() -> None:
    names = [str(number) for number in range(35)]
    assert len({(mark.colour, mark.shape) for mark in marks(names).values()}) == 35


def test_the_scale_holds_every_interval_margin_and_zero() -> None:
    scale = forest.scale([DrawnDifference(4, 2, 6, None), DrawnDifference(5, None, None, 7)])
    assert scale.low <= -7 and scale.high >= 7


def test_the_scale_is_stretched_only_where_differences_are_of_very_different_size() -> None:
    assert forest.scale([DrawnDifference(-96, -98, -93, 3), DrawnDifference(1, -1, 3, 3)]).stretched
    assert not forest.scale([DrawnDifference(4, 2, 6, 3), DrawnDifference(1, -1, 3, 3)]).stretched


def test_a_scale_of_no_difference_at_all_still_has_a_width() -> None:
    scale = forest.scale([DrawnDifference(0, 0, 0, None)])
    assert scale.low < 0 < scale.high


def test_the_axis_names_round_numbers_on_both_sides_of_zero() -> None:
    ticks = forest.axis(forest.scale([DrawnDifference(0, -10, 10, None)]))["encoding"]["x"]["axis"]["values"]
    assert ticks == [-10.0, -5.0, 0.0, 5.0, 10.0]


def test_the_axis_is_whole_and_numbered_at_both_ends() -> None:
    for rows in ((-96, -100, -30, 3), (1, -1, 3, 3), (0.2, -0.1, 0.4, None), (750, -400, 1300, 10)):
        scale = forest.scale([DrawnDifference(*rows), DrawnDifference(1, 0.5, 1.5, 2)])
        for foot in (False, True):
            axis = forest.axis(scale, foot)["encoding"]["x"]["axis"]
            assert axis["domain"] and axis["ticks"] and axis["values"][0] == scale.low
            assert axis["values"][-1] == scale.high and 0 in axis["values"]


def test_a_measures_lines_leave_no_gap_in_what_is_shaded() -> None:
    assert [forest.height(lines) * lines for lines in (1, 2)] == [48, 48] and forest.height(6) == forest.HEIGHT
    spec = forest.line(DrawnDifference(1, 0, 2, 3), _MARK, forest.Scale(-5, 5, False), forest.height(1))
    assert spec["height"] == 48 and spec["layer"][0]["mark"]["y2"] == 48


def test_a_line_of_the_forest_has_band_zero_interval_and_shape() -> None:
    spec = forest.line(DrawnDifference(1.3, -1.6, 4.2, 3), _MARK, forest.Scale(-10, 10, False))
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rect", "rule", "rule", "point"]
    assert spec["layer"][0]["data"]["values"] == [{"a": -3, "b": 3}]
    assert spec["layer"][2]["data"]["values"] == [{"a": -1.6, "b": 4.2}]
    assert spec["layer"][3]["data"]["values"] == [{"a": 1.3}]
    assert spec["layer"][3]["mark"]["shape"] == _MARK.shape


def test_without_margin_or_interval_only_zero_and_the_shape_are_drawn() -> None:
    spec = forest.line(DrawnDifference(1, None, None, None), _MARK, forest.Scale(-10, 10, False))
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "point"]


def test_strips_for_a_telephone_are_drawn_at_its_size_with_names_above_the_dots() -> None:
    rows = [Strip(_MARK, (3.0, 5.0), (False, False), "median 4", ("1", "2"))] * 2
    wide, narrow = strips(rows, share=False), strips(rows, share=False, narrow=True)
    across = {
        name: spec["width"] + spec["padding"]["left"] + spec["padding"]["right"]
        for name, spec in (("wide", wide), ("narrow", narrow))
    }
    assert across["narrow"] <= 328 < across["wide"]
    names = [layer["mark"] for layer in narrow["layer"] if layer.get("name", "").startswith("label-")]
    dots = narrow["usermeta"]["rows"][0]["heights"]
    assert names[0]["y"] < min(dots) and names[1]["y"] > max(dots)
    assert [row["values"] for row in narrow["usermeta"]["rows"]] == [row["values"] for row in wide["usermeta"]["rows"]]


def test_cut_answers_have_another_mark() -> None:
    spec = strips([Strip(_MARK, (3.0, 5.0, 9.0), (False, False, True), "median 5")], share=False)
    points = {layer["mark"]["shape"]: layer["data"]["values"] for layer in _points(spec)}
    assert [point["x"] for point in points[_MARK.shape]] == [3.0, 5.0]
    assert [point["x"] for point in points[CUT]] == [9.0]


def test_the_strip_shows_median_and_quartiles() -> None:
    spec = strips([Strip(_MARK, (0.0, 1.0, 2.0, 3.0, 4.0), (False,) * 5, "")], share=False)
    ranges = [row for layer in spec["layer"] for row in layer["data"]["values"] if "x2" in row]
    assert [(row["x"], row["x2"]) for row in ranges] == [(1.0, 3.0)]


def test_a_strip_without_values_is_named_and_empty() -> None:
    assert "no values" in chart(strips([Strip(_MARK, (), (), "no values")], share=False), "Words").svg


def test_short_curves_are_not_smoothed() -> None:
    points = ((1.0, 5.0), (2.0, 1.0))
    assert smoothed(points) == points


def test_zero_is_a_line_across_a_curve_that_crosses_it() -> None:
    svg = chart(curve([CurveLine("", ((0, -1.0), (10, 1.0)))], COLOURS[1]), "Loss").svg
    assert f'<line transform="translate(0,59)" x2="286" y2="0" stroke="{RULE}"' in svg


def test_strips_are_kept_apart_by_a_rule() -> None:
    svg = chart(strips([Strip(_MARK, (1.0,), (False,), "")] * 2, share=False), "Words").svg
    assert svg.count(f'x2="693" y2="0" stroke="{RULE}"') == 1


@pytest.mark.parametrize(("most", "end"), [(7, 7), (117, 150), (0.63, 0.7), (95, 100), (0, 1), (1, 1)])
def test_the_axis_of_strips_ends_at_a_round_number(most: float, end: float) -> None:
    spec = strips([Strip(_MARK, (most,), (False,), "")], share=False)
    assert spec["usermeta"]["x"] == [0, pytest.approx(end)]


def test_a_page_is_told_which_answer_a_dot_is_and_what_was_logged() -> None:
    drawn = chart(strips([Strip(_MARK, (3.0, 5.0), (False, True), "", ("a", "b"))], share=False), "Words")
    row = drawn.data["rows"][0]
    assert (row["name"], row["values"], row["ids"], row["cut"]) == ("orpo", (3.0, 5.0), ("a", "b"), [1])
    assert f"translate({3 / 5 * 470:g},{row['heights'][0]:g})" in drawn.svg
    line = chart(curve([CurveLine("", ((1, 0.5), (2, 0.25)), ((2, 0.3),))], COLOURS[1]), "Loss").data["lines"][0]
    assert (line["points"], line["evaluations"]) == ([(1, 2), (0.5, 0.25)], [(2,), (0.3,)])


def test_ids_and_names_of_any_letters_are_told_as_visible_ones() -> None:
    row = Strip(Mark("orpo\ud800", COLOURS[1], _MARK.shape), (1.0,), (False,), "", ("7\udfff\u202e",))
    shown = readable(chart(strips([row], share=False), "Words"))
    assert "\\ufffd\\u2039U+202E" in shown
    shown.encode()


def test_parts_that_a_page_hides_are_named() -> None:
    svg = chart(strips([Strip(_MARK, (3.0,), (False,), "")] * 2, share=False), "Words").svg
    assert {name: svg.count(name) for name in ('data-series="1"', 'data-label="1"', "data-axis")} == {
        'data-series="1"': 3,
        'data-label="1"': 1,
        "data-axis": 1,
    }


def test_the_last_values_are_labelled_apart() -> None:
    lines = [CurveLine("chosen", ((1, 0.0), (2, 1.0))), CurveLine("rejected", ((1, 0.0), (2, 0.99)))]
    labels = [layer["mark"] for layer in curve(lines, COLOURS[1])["layer"] if "label-" in layer.get("name", "")]
    assert [label["text"] for label in labels] == ["chosen 1", "rejected 0.99"]
    assert labels[1]["y"] - labels[0]["y"] >= 11


def test_the_learning_rate_is_shown_as_it_was_set() -> None:
    points = tuple((float(step), 1.0 - step / 100) for step in range(101))
    spec = curve([CurveLine("", points, exact=True)], COLOURS[1])
    assert [layer["mark"]["text"] for layer in spec["layer"] if layer.get("name") == "label-0-end"] == ["0"]


@pytest.mark.parametrize("points", [((1.0, 0.5),), ((1.0, 0.0), (2.0, 0.0)), ((0.0, -3.0), (9.0, 1e9))])
def test_every_curve_becomes_svg(points: tuple[tuple[float, float], ...]) -> None:
    assert chart(curve([CurveLine("", points)], COLOURS[1]), "Loss").svg.startswith("<svg ")


def test_the_picture_is_named_for_those_who_do_not_see_it() -> None:
    svg = chart(curve([CurveLine("", ((1, 1.0), (2, 2.0)))], COLOURS[1]), 'Loss of "a" & <b>').svg
    assert 'role="img" aria-label="Loss of &quot;a&quot; &amp; &lt;b&gt;"' in svg


def test_a_hostile_name_stays_text() -> None:
    mark = Mark("<script>x</script>", COLOURS[0], _MARK.shape)
    svg = chart(strips([Strip(mark, (1.0,), (False,), "<i>")], share=False), "Words").svg
    assert "<script" not in svg and "<i>" not in svg


def test_on_screen_the_colours_are_the_pages_own() -> None:
    svg = chart(forest.line(DrawnDifference(1, 0, 2, 3), _MARK, forest.Scale(-5, 5, False)), "Correct").svg
    assert COLOURS[2] in svg
    assert "var(--v2)" in themed(svg) and COLOURS[2] not in themed(svg)


def _points(spec: Spec) -> list[Spec]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == "point"]
