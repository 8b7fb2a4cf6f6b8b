//! The PDFs of samples, parsed by another library.

use crate::samples;
use builder_einvoice::{ATTACHMENT, Error, Logo, Look, Pdf, paper, pdf, xml};
use lopdf::{Dictionary, Document, Object};

fn sample(name: &str) -> (builder_einvoice::Document, Look) {
    let (_, document, look) =
        samples::all().into_iter().find(|(other, ..)| *other == name).unwrap();
    (document, look)
}

fn made(name: &str) -> (Pdf, Document) {
    let (document, look) = sample(name);
    let pdf = pdf(&document, &look).unwrap();
    let read = Document::load_mem(&pdf.bytes).unwrap();
    (pdf, read)
}

fn entry<'a>(read: &'a Document, of: &'a Dictionary, key: &str) -> &'a Dictionary {
    read.get_dict_in_dict(of, key.as_bytes()).unwrap()
}

fn metadata(read: &Document) -> String {
    let id = read.catalog().unwrap().get(b"Metadata").unwrap().as_reference().unwrap();
    String::from_utf8(read.get_object(id).unwrap().as_stream().unwrap().content.clone()).unwrap()
}

/// Removes white space, which the extraction of text only guesses.
fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

#[test]
fn the_xml_is_embedded_in_the_pdf() {
    for (name, document, look) in samples::all() {
        let made = pdf(&document, &look).unwrap();
        let read = Document::load_mem(&made.bytes).unwrap();
        let catalog = read.catalog().unwrap();
        let files = catalog.get(b"AF").unwrap().as_array().unwrap();
        assert_eq!(files.len(), 1, "{name}");
        let file = read.get_dictionary(files[0].as_reference().unwrap()).unwrap();
        assert_eq!(file.get(b"UF").unwrap().as_str().unwrap(), ATTACHMENT.as_bytes());
        assert_eq!(file.get(b"AFRelationship").unwrap().as_name().unwrap(), b"Alternative");
        let names = entry(&read, entry(&read, catalog, "Names"), "EmbeddedFiles")
            .get(b"Names")
            .unwrap()
            .as_array()
            .unwrap();
        assert_eq!(names[1], files[0], "the attachment list must contain the same file");
        let stream = read
            .get_object(entry(&read, file, "EF").get(b"F").unwrap().as_reference().unwrap())
            .unwrap()
            .as_stream()
            .unwrap();
        assert_eq!(
            String::from_utf8(stream.decompressed_content().unwrap()).unwrap(),
            xml(&document).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_metadata_identifies_factur_x() {
    let (_, read) = made("plain");
    let xmp = metadata(&read);
    for part in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<fx:DocumentType>INVOICE</fx:DocumentType>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<fx:Version>1.0</fx:Version>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>",
        "2026-11-21T00:00:00",
    ] {
        assert!(xmp.contains(part), "{part}: {xmp}");
    }
    assert_eq!(xmp.matches("<pdfaExtension:schemas>").count(), 1);
    let intents = read.catalog().unwrap().get(b"OutputIntents").unwrap();
    assert!(matches!(intents, Object::Array(_) | Object::Reference(_)));
}

/// The objects after the metadata have moved, so the table must contain their new positions.
#[test]
fn the_cross_reference_table_has_the_objects_offsets() {
    for name in ["plain", "many-pages", "logo"] {
        let (pdf, read) = made(name);
        let text = String::from_utf8_lossy(&pdf.bytes);
        let start: usize = text.trim_end().rsplit('\n').nth(1).unwrap().parse().unwrap();
        assert!(pdf.bytes[start..].starts_with(b"xref\n0 "), "{name}");
        let mut lines = pdf.bytes[start..].split(|byte| *byte == b'\n').skip(1);
        let count: usize = str::from_utf8(lines.next().unwrap()).unwrap()[2..].parse().unwrap();
        assert!(count > 10 && read.objects.len() == count - 1, "{name}: {count}");
        for (number, entry) in lines.take(count).enumerate().skip(1) {
            let offset: usize = str::from_utf8(&entry[..10]).unwrap().parse().unwrap();
            assert!(
                pdf.bytes[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()),
                "{name}: object {number}"
            );
        }
    }
}

#[test]
fn all_fonts_are_embedded() {
    let (_, read) = made("scripts");
    let mut names = Vec::new();
    for object in read.objects.values() {
        let Ok(font) = object.as_dict() else { continue };
        if font.get(b"Type").and_then(Object::as_name).ok() == Some(b"FontDescriptor") {
            assert!(font.has(b"FontFile2") || font.has(b"FontFile3"), "{font:?}");
            names.push(
                String::from_utf8(font.get(b"FontName").unwrap().as_name().unwrap().to_vec())
                    .unwrap(),
            );
        }
    }
    for wanted in [
        "NotoSans-Regular",
        "NotoSans-Bold",
        "NotoSansArabic",
        "NotoSansHebrew",
        "NotoSansDevanagari",
        "NotoSansThai",
        "WenQuanYi",
        "NotoEmoji",
    ] {
        assert!(
            names.iter().any(|name| name.contains(wanted) && name.as_bytes()[6] == b'+'),
            "{wanted}: {names:?}"
        );
    }
    assert!(read.objects.values().all(|object| {
        object.as_dict().ok().and_then(|font| font.get(b"Subtype").and_then(Object::as_name).ok())
            != Some(b"Type1")
    }));
}

#[test]
fn the_text_can_be_extracted() {
    let (document, look) = sample("plain");
    let pdf = pdf(&document, &look).unwrap();
    let read = Document::load_mem(&pdf.bytes).unwrap();
    let text = squeezed(&read.extract_text(&[1]).unwrap());
    for part in [
        "Invoice number 2026-000123",
        "Muster Werkzeug GmbH",
        "Café Zoë & Söhne <GbR>",
        "VAT ID DE123456789",
        "21 November 2026",
    ] {
        assert!(text.contains(&squeezed(part)), "{part}: {text}");
    }
    for part in [
        "1,484.40",
        "59.97",
        "237.50",
        "VAT 19%",
        "EUR 1,781.87",
        "EUR 2,113.23",
        "−500.00",
        "EUR 1,613.23",
        "DE02 1203 0000",
        "Page 1 of 1",
    ] {
        assert!(text.contains(&squeezed(part)), "{part}: {text}");
    }
}

#[test]
fn long_documents_repeat_the_header_and_number_pages() {
    let (pdf, read) = made("many-pages");
    assert!(pdf.pages > 3 && read.get_pages().len() == pdf.pages);
    let count = u32::try_from(pdf.pages).unwrap();
    let mut all = String::new();
    for page in 1..=count {
        let text = squeezed(&read.extract_text(&[page]).unwrap());
        assert!(text.contains(&format!("Seite{page}von{count}")), "{page}: {text}");
        assert!(text.contains("HRB123456"), "the footer is missing");
        if page < count {
            assert!(text.contains("Einzelpreis"), "{page}");
        }
        all.push_str(&text);
    }
    for position in 1001..=1120 {
        assert!(all.contains(&format!("A-{position}")), "{position}");
    }
}

#[test]
fn the_same_input_produces_the_same_bytes() {
    for name in ["plain", "scripts", "many-pages", "logo"] {
        let (document, look) = sample(name);
        let other = {
            let (document, look) = (document.clone(), look.clone());
            std::thread::spawn(move || pdf(&document, &look).unwrap().bytes).join().unwrap()
        };
        assert!(pdf(&document, &look).unwrap().bytes == other, "{name}");
    }
}

#[test]
fn characters_without_a_font_are_replaced_and_listed() {
    let (mut document, look) = sample("plain");
    assert_eq!(pdf(&document, &look).unwrap().missing, []);
    document.lines[0].name = "Hieroglyphs \u{13000}\u{13001}, cuneiform \u{12000}".into();
    let made = pdf(&document, &look).unwrap();
    assert_eq!(made.missing, ['\u{12000}', '\u{13000}', '\u{13001}']);
    assert!(xml(&document).unwrap().contains('\u{13000}'));
}

#[test]
fn unusual_text_is_accepted() {
    let (mut document, look) = sample("plain");
    for text in [
        "\u{202e}abc\u{202c}",
        "a\u{301}\u{301}\u{301}",
        "\u{feff}x",
        "\u{200d}",
        "क्\u{200d}ष",
        "x\u{ad}y",
        "\u{fe0f}",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧‍👦 🇩🇪",
        "\u{301}",
        "ﷺ",
        "\u{e000}",
        "a\tb\r\nc",
    ] {
        document.lines[0].name = format!("x {text}");
        pdf(&document, &look).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

#[test]
fn invalid_logos_are_rejected() {
    let (document, look) = sample("plain");
    let with = |logo| pdf(&document, &Look { logo: Some(logo), ..look.clone() });
    assert!(with(Logo::Png(include_bytes!("samples/logo.png").to_vec())).is_ok());
    assert!(with(Logo::Jpeg(include_bytes!("samples/logo.jpg").to_vec())).is_ok());
    let refused = [
        Logo::Png(b"GIF89a".to_vec()),
        Logo::Jpeg(include_bytes!("samples/logo.png").to_vec()),
        Logo::Png(vec![0; 2_000_001]),
        Logo::Jpeg(include_bytes!("samples/cmyk.jpg").to_vec()),
        Logo::Png(include_bytes!("samples/logo.png")[..200].to_vec()),
    ];
    for logo in refused {
        let result = with(logo.clone());
        assert!(matches!(result, Err(Error::Logo(_))), "{result:?}");
    }
}

#[test]
fn paper_contains_no_xml() {
    let (document, look) = sample("plain");
    let read = Document::load_mem(&paper(&document, &look).unwrap().bytes).unwrap();
    assert!(!read.catalog().unwrap().has(b"AF"));
    assert!(!metadata(&read).contains("factur-x"));
}

#[test]
fn parties_that_fill_a_page_are_rejected() {
    let (mut document, look) = sample("plain");
    document.buyer.name = "A very long name. ".repeat(300);
    let refused = pdf(&document, &look);
    assert!(
        matches!(&refused, Err(Error::Invalid(found)) if found[0].rule == "layout"),
        "{refused:?}"
    );
    assert!(xml(&document).is_ok());
}

#[test]
fn a_document_that_violates_a_rule_is_rejected() {
    let (mut document, look) = sample("plain");
    document.totals.due += 1;
    assert!(matches!(pdf(&document, &look), Err(Error::Invalid(found)) if found.len() == 1));
}
