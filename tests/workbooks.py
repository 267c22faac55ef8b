"""Workbooks made by hand, part by part, so that any part may be wrong."""

import io
import zipfile
from pathlib import Path

NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = ("worksheet", "styles", "sharedStrings")


def relations(*links: tuple[str, str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{REL}/{kind}" Target="{target}"/>'
        for name, kind, target in links
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def sheet(rows: str, more: str = "", before: str = "") -> str:
    data = f"<sheetData>{rows}</sheetData>"
    return f'<worksheet xmlns="{NS}">{before}{data}{more}</worksheet>'


def parts(
    *sheets: str,
    strings: str = "",
    styles: str = "",
    workbook: str = "",
    states: tuple[str, ...] = (),
) -> dict[str, str]:
    """The parts of a workbook with these sheets, named S1, S2, …"""
    numbers = range(1, len(sheets) + 1)
    links = [(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    links += [("rs", "sharedStrings", "sharedStrings.xml")] if strings else []
    links += [("rt", "styles", "styles.xml")] if styles else []
    state = dict(zip(numbers, states, strict=False))
    listed = "".join(
        f'<sheet name="S{n}" r:id="r{n}" state="{state.get(n, "visible")}"/>'
        for n in numbers
    )
    found = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{NS}" xmlns:r="{REL}">{workbook}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(*links),
    }
    found |= {f"xl/worksheets/sheet{n}.xml": sheets[n - 1] for n in numbers}
    if strings:
        found["xl/sharedStrings.xml"] = f'<sst xmlns="{NS}">{strings}</sst>'
    if styles:
        found["xl/styles.xml"] = f'<styleSheet xmlns="{NS}">{styles}</styleSheet>'
    return found


def zipped(files: dict[str, str | bytes]) -> bytes:
    """An archive of these members; its bytes do not tell when it was made."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for name, data in files.items():
            out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def pack(path: Path, found: dict[str, str | bytes]) -> Path:
    path.write_bytes(zipped(found))
    return path


def cell(name: str, value: object, kind: str = "n", style: int = 0) -> str:
    return f'<c r="{name}" t="{kind}" s="{style}"><v>{value}</v></c>'
