"""A family that has Chinese glyphs, ready for charts on any machine."""

from functools import cache
from importlib.util import find_spec

# In order of preference; the name under which matplotlib lists each. A collection of
# faces may be listed under its first face only, hence the Japanese name.
INSTALLED = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)


def use_chinese_font() -> str | None:
    """Make matplotlib draw Chinese and return the family; None if there is none.

    The font that comes as a dependency is preferred, so that charts look the same on
    every machine; else the first installed family serves. Characters that the family
    lacks are drawn by matplotlib's own font. Without a family nothing but the minus
    sign changes, and labels should avoid Chinese.
    """
    from matplotlib import rcParams

    # NOTE: the typographic minus is missing from several Chinese fonts.
    rcParams["axes.unicode_minus"] = False
    family = packaged_family() or installed_family()
    if family is not None:
        # A name that does not exist is logged once a label, so only real ones here.
        rcParams["font.family"] = [family, "DejaVu Sans"]
    return family


@cache
def packaged_family() -> str | None:
    """Register the font of the dependency, once a process, and return its family."""
    if find_spec("pylopdf_fonts_zh_cn") is None:
        return None
    from matplotlib.font_manager import FontProperties, fontManager
    from pylopdf_fonts_zh_cn import sans_path

    fontManager.addfont(sans_path())
    return str(FontProperties(fname=sans_path()).get_name())


@cache
def installed_family() -> str | None:
    """Return the first family of `INSTALLED` that this machine has."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return next((name for name in INSTALLED if name in there), None)
