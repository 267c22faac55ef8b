"""Chinese labels are drawn with their own glyphs, not with empty boxes."""

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from auditor.fonts import installed_family, packaged_family, use_chinese_font

# What charts and forms of the notice say, and rare characters of names of people.
WORDS = "国能综通监管〔2021〕37号：获得电力、三零、报装、装表接电、红线，82.5%—龘䶮"


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    with rc_context():
        yield


def drawn(text: str) -> np.ndarray:
    figure = Figure(figsize=(4, 1), dpi=72)
    canvas = FigureCanvasAgg(figure)
    figure.text(0.1, 0.3, text, fontsize=20)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, 0] < 128


def test_every_character_of_the_notice_is_drawn_without_a_warning() -> None:
    assert use_chinese_font() is not None
    assert drawn(WORDS).any()


def test_two_characters_have_two_shapes_and_neither_is_an_empty_box() -> None:
    use_chinese_font()

    for one, other in ["电表", "零省", "一二"]:
        assert drawn(one).any()
        assert (drawn(one) != drawn(other)).any()


def test_without_the_font_the_same_words_do_warn() -> None:
    with pytest.warns(UserWarning, match="Glyph"):
        drawn("电")


def test_a_negative_number_has_a_minus_sign_that_the_font_has() -> None:
    rcParams["axes.unicode_minus"] = True
    use_chinese_font()

    assert not rcParams["axes.unicode_minus"]


def test_the_packaged_font_comes_first_so_charts_look_alike_everywhere() -> None:
    assert use_chinese_font() == packaged_family() == "Noto Sans SC"


def test_an_installed_family_serves_where_the_packaged_font_is_left_out() -> None:
    family = installed_family()
    if family is None:
        pytest.skip("this machine has no Chinese font of its own")
    rcParams["font.family"] = [family]

    assert (drawn("电") != drawn("表")).any()
