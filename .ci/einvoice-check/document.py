"""The PDF: the XML in it, what makes it PDF/A-3, the text on its pages."""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from pathlib import Path

import facturx
import page
import pikepdf
import pypdfium2
from lxml import etree

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def attachment(pdf: Path, xml: bytes) -> list[str]:
    name, content = facturx.get_xml_from_pdf(pdf.read_bytes(), check_xsd=True, check_schematron=False)
    return [] if name == "factur-x.xml" and content == xml else ["the XML in the PDF is another"]


def conforms(pdf: bytes) -> list[str]:
    """All rules of PDF/A-3b that can be checked by machine."""
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_A_3B)
    return [f"PDF/A-3b {failure.rule_id}: {failure.message}" for failure in report.failures]


def fonts(pdf: pikepdf.Pdf) -> list[str]:
    descriptors = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"]
    missing = [str(one.FontName) for one in descriptors if "/FontFile2" not in one and "/FontFile3" not in one]
    return [f"not embedded: {missing}"] if missing or not descriptors else []


def archive(path: Path) -> list[str]:
    found = []
    with pikepdf.open(path) as pdf:
        found += [f"damaged: {problem}" for problem in pdf.check_pdf_syntax()]
        with pdf.open_metadata() as metadata:
            if metadata.pdfa_status != "3B":
                found.append(f"PDF/A status {metadata.pdfa_status}")
            wanted = {"DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0", "ConformanceLevel": "EN 16931"}
            if {key: metadata.get(FX + key) for key in wanted} != wanted:
                found.append("Factur-X properties")
            if metadata.get("dc:title") != str(pdf.docinfo["/Title"]):
                found.append("the titles differ")
        intent = pdf.Root.OutputIntents[0]
        if intent.S != "/GTS_PDFA1" or "/DestOutputProfile" not in intent:
            found.append("no output intent")
        if pdf.Root.AF[0].AFRelationship != "/Alternative" or pdf.Root.AF[0].EF.F.Subtype != "/text/xml":
            found.append("the attachment's relation or type")
        if "/Encrypt" in pdf.trailer or "/ID" not in pdf.trailer:
            found.append("encrypted, or without an ID")
        return found + fonts(pdf)


def squeezed(text: str) -> str:
    """Without white space and marks of direction, which extraction may add."""
    return re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffe\u00ad]", "", text)


def is_in(name: str, seen: str) -> bool:
    """Whether a text has a name. Readers undo the order of sight each in its own way, and put figures of a row between two lines of a name.
    So it is looked for word by word; where it has words from right to left, letters and digits apart, in any order; and of a word that is
    wider than its column, most pieces must be there."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name):
        pieces = [sorted(piece) for piece in re.findall(r"[^\W\d_]+|\d+", name)]
        return all(any(sorted(seen[at : at + len(piece)]) == piece for at in range(len(seen))) for piece in pieces)
    short = [word for word in name.split() if len(word) <= 30]
    torn = [word[at : at + 10] for word in name.split() if len(word) > 30 for at in range(0, len(word), 10)]
    return all(squeezed(word) in seen for word in short) and sum(piece in seen for piece in torn) >= len(torn) * 0.6


def text(path: Path, xml: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(path)
    seen = squeezed("".join(one.get_textpage().get_text_bounded() for one in pdf))
    names = [
        name.text
        for name in etree.fromstring(xml).iter(RAM + "Name", RAM + "ID", RAM + "SellerAssignedID")
        if not name.text.startswith("urn:")
    ]
    lost = [name for name in names if not is_in(name, seen)]
    blank = [number for number, one in enumerate(pdf) if len(set(one.render(scale=0.2, grayscale=True).buffer)) < 8]
    return [f"not in the text: {name!r}" for name in lost] + [f"page {number + 1} is blank" for number in blank]


def rendered(path: Path) -> list[str]:
    """Poppler complains of what it has to repair."""
    if not shutil.which("pdftoppm"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(["pdftoppm", "-r", "40", "-png", path, f"{folder}/page"], capture_output=True, text=True)
    return [f"pdftoppm: {result.stderr}"] if result.returncode or result.stderr else []


def check(path: Path, xml: bytes) -> list[str]:
    return attachment(path, xml) + conforms(path.read_bytes()) + archive(path) + text(path, xml) + rendered(path)
