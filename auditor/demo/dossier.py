"""Write what the agency supplies: roster, attestations, expected dates, form lines."""

import csv
from pathlib import Path

from auditor.demo.places import places
from auditor.demo.truth import dossier, papers_of

_ROSTER = (
    *("county_code", "county", "city_code", "city", "province_code", "province"),
    *("utilities", "valid_from", "valid_to"),
)
_PAPER = ("level", "code", "indicator", "value", "dated", "signer", "evidence")


def write_dossier(folder: Path) -> None:
    """Write the four files of the dossier, UTF-8, into a new folder."""
    folder.mkdir(parents=True)
    _table(folder / "roster.csv", _ROSTER, _roster())
    _table(folder / "attestations.csv", _PAPER, _attestations())
    expected = [
        [row["code"], row["indicator"], row["text"]] for row in dossier()["expected"]
    ]
    _table(folder / "expected.csv", ("county_code", "indicator", "text"), expected)
    form = "".join(f'{key} = "{text}"\n' for key, text in dossier()["form"].items())
    (folder / "form.toml").write_text(form, encoding="utf-8", newline="\n")


def _table(path: Path, header: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _roster() -> list[list[str]]:
    known = places()
    rows = []
    for county in known.counties:
        if not county.name:
            continue  # a stray code is on no roster
        utilities = (*county.deliver, *county.silent) if county.rostered else ()
        city = [county.city, known.cities[county.city], *known.province]
        valid = ["2020-01-01", county.valid_to]
        rows.append([county.code, county.name, *city, ";".join(utilities), *valid])
    return sorted(rows)


def _attestations() -> list[list[str]]:
    rules = [*dossier()["papers"]["indicators"], "ind05"]
    rows = []
    for county in places().roster:
        for rule in rules:
            for i, (value, dated, signer) in enumerate(papers_of(county.code, rule), 1):
                evidence = f"{county.code}-{rule}-{i}"
                cells = [county.code, rule, value, dated, signer, evidence]
                rows.append(["county", *cells])
    code = places().province[0]
    for row in dossier()["province"]:
        cells = [code, row["indicator"], row["value"], "2022-12-20", "省能源主管部门"]
        rows.append(["province", *cells, f"{code}-{row['indicator']}-1"])
    return rows
