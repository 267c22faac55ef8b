"""Write one log as XES, CSV and parquet, and read XES with the standard library."""

import csv
import gzip
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import openpyxl
import polars as pl

NAME, CASE, STAMP = "concept:name", "case:concept:name", "time:timestamp"
SPACE = "http://www.xes-standard.org/"
DATES = ("startdate", "enddate", "deadline", STAMP)
Rows = list[dict[str, str]]


def write_xes(path: Path, tables: tuple[Rows, Rows]) -> Path:
    def attributes(row: dict[str, str]) -> str:
        kinds = (
            (key, "date" if key in DATES and value[:1] == "2" else "string", value)
            for key, value in row.items()
        )
        return "".join(
            f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>"
            for key, kind, value in kinds
        )

    text = '<?xml version="1.0" encoding="UTF-8"?>\n'
    text += f'<log xes.version="1.0" xmlns="{SPACE}">\n'
    for case in tables[0]:
        mine = [
            {k: v for k, v in event.items() if k != CASE}
            for event in tables[1]
            if event[CASE] == case[NAME]
        ]
        inside = "".join(f"<event>{attributes(event)}</event>\n" for event in mine)
        text += f"<trace>{attributes(case)}\n{inside}</trace>\n"
    path.write_text(text + "</log>\n", "utf-8")
    return path


def read_xes(path: Path) -> tuple[Rows, Rows]:
    """Read a log with the standard library, so that the conversion is nobody's code."""

    def attributes(element: ElementTree.Element) -> dict[str, str]:
        return {c.get("key", ""): c.get("value", "") for c in element if c.get("key")}

    with gzip.open(path) as handle:
        traces = ElementTree.parse(handle).getroot().findall(f"{{{SPACE}}}trace")
    cases = [attributes(trace) for trace in traces]
    events = [
        {CASE: case[NAME], **attributes(event)}
        for case, trace in zip(cases, traces, strict=True)
        for event in trace.findall(f"{{{SPACE}}}event")
    ]
    return cases, events


def write_csv(folder: Path, tables: tuple[Rows, Rows]) -> Path:
    folder.mkdir()
    for name, rows in zip(("cases", "events"), tables, strict=True):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            out = csv.DictWriter(
                handle,
                list(dict.fromkeys(key for row in rows for key in row)),
                restval="",
            )
            out.writeheader()
            out.writerows(rows)
    return folder


def write_parquet(folder: Path, tables: tuple[Rows, Rows]) -> Path:
    """Stamps become instants in UTC where all of a column are readable."""
    folder.mkdir()
    for name, rows in zip(("cases", "events"), tables, strict=True):
        keys = dict.fromkeys(key for row in rows for key in row)
        columns: dict[str, list[object]] = {
            key: [row.get(key) for row in rows] for key in keys
        }
        for key in DATES:
            values = columns.get(key, [])
            if all(value is None or str(value).startswith("2") for value in values):
                columns[key] = [
                    None
                    if v is None
                    else datetime.fromisoformat(str(v)).astimezone(UTC)
                    for v in values
                ]
        frame = pl.DataFrame({key: values for key, values in columns.items() if values})
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


def write_xlsx(path: Path, tables: tuple[Rows, Rows]) -> Path:
    """A workbook with a sheet a table, every cell a text."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in zip(("cases", "events"), tables, strict=True):
        keys = list(dict.fromkeys(key for row in rows for key in row))
        sheet = book.create_sheet(name)
        sheet.append(keys)
        for row in rows:
            sheet.append([row.get(key) for key in keys])
    book.save(path)
    return path


def write_zip(path: Path, folder: Path) -> Path:
    """An archive of the files of a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(folder.iterdir()):
            out.write(file, f"{folder.name}/{file.name}")
    return path
