"""Checks all samples in a folder, and that the checks themselves find what is wrong."""

import logging
import sys
from pathlib import Path

import document
import rules

logging.getLogger("factur-x").setLevel(logging.ERROR)


def samples(folder: Path) -> list[str]:
    found = []
    for pdf in sorted(folder.glob("*.pdf")):
        xml = pdf.with_suffix(".xml").read_bytes()
        problems = rules.check(xml) + document.check(pdf, xml)
        print(f"{pdf.stem}: {'; '.join(problems) or 'good'}")
        found += problems
    return found


def checks_find_errors(folder: Path) -> list[str]:
    """A check that never finds anything would pass, too."""
    xml = (folder / "plain.xml").read_bytes()
    wrong = {
        "BR-CO-16": xml.replace(b"<ram:DuePayableAmount>1", b"<ram:DuePayableAmount>2"),
        "BR-S-02": xml.replace(b'schemeID="VA"', b'schemeID="XX"').replace(b'schemeID="FC"', b'schemeID="YY"'),
        "schema": xml.replace(b"ram:LineTotalAmount", b"ram:LineSumAmount"),
    }
    unseen = [name for name, text in wrong.items() if text == xml or not any(name in found for found in rules.check(text))]
    pdf = (folder / "plain.pdf").read_bytes()
    wrong = {
        "undescribed property": pdf.replace(b"<pdfaSchema:namespaceURI>urn:factur-x", b"<pdfaSchema:namespaceURI>urn:factur-y"),
        "font left out": pdf.replace(b"/FontFile2", b"/FontFileX"),
        "another part": pdf.replace(b"<pdfaid:part>3<", b"<pdfaid:part>4<"),
    }
    unseen += [name for name, content in wrong.items() if content == pdf or not document.conforms(content)]
    return [f"{name} is not found" for name in unseen]


def main() -> None:
    folder = Path(sys.argv[1])
    problems = samples(folder) + checks_find_errors(folder)
    count = len(list(folder.glob("*.pdf")))
    if problems or count < 10:
        sys.exit(f"{len(problems)} problems in {count} documents: {problems}")
    print(f"{count} documents keep the schema, the rules of EN 16931 and what can be checked of PDF/A-3")


main()
