//! The Factur-X metadata of a PDF: four properties and the description of their schema, which PDF/A
//! requires.

use crate::error::Error;

use super::ATTACHMENT;

const NAMESPACE: &str = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#";

/// Name, value and meaning of each property.
const PROPERTIES: [(&str, &str, &str); 4] = [
    ("DocumentType", "INVOICE", "The type of the hybrid document"),
    ("DocumentFileName", ATTACHMENT, "The name of the embedded XML document"),
    ("Version", "1.0", "The version of the standard that the embedded XML document follows"),
    ("ConformanceLevel", "EN 16931", "The profile of the embedded XML document"),
];

/// Adds them to XMP that already describes other schemas: a property can occur only once, so the
/// descriptions share a list.
pub(super) fn describe(xmp: &str) -> Result<String, Error> {
    let unknown = || Error::Pdf("the structure of the metadata is unexpected".into());
    let schemas = xmp.find("<pdfaExtension:schemas>").ok_or_else(unknown)?;
    let list = schemas + xmp[schemas..].find("<rdf:Bag>").ok_or_else(unknown)? + "<rdf:Bag>".len();
    let end = xmp.rfind("</rdf:RDF>").ok_or_else(unknown)?;
    if end < list || xmp.contains(NAMESPACE) {
        return Err(unknown());
    }
    Ok([&xmp[..list], &schema(), &xmp[list..end], &properties(), &xmp[end..]].concat())
}

fn schema() -> String {
    let property = |(name, _, meaning): &(&str, &str, &str)| {
        format!(
            "<rdf:li \
             rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        )
    };
    let properties: String = PROPERTIES.iter().map(property).collect();
    format!(
        "<rdf:li rdf:parseType=\"Resource\" \
         xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" \
         xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\"><pdfaSchema:schema>Factur-X \
         PDFA Extension \
         Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
}

fn properties() -> String {
    let properties: String = PROPERTIES
        .iter()
        .map(|(name, value, _)| format!("<fx:{name}>{value}</fx:{name}>"))
        .collect();
    format!(
        "<rdf:Description rdf:about=\"\" xmlns:fx=\"{NAMESPACE}\">{properties}</rdf:Description>"
    )
}
