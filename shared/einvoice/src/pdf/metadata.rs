//! Replaces the metadata of a finished PDF.
//! krilla writes XMP itself and doesn't accept other properties. Its stream is therefore replaced
//! in the file, which moves everything behind it, and the cross-reference table is corrected. This
//! relies on the structure of krilla's PDFs: one table (ISO 32000-1, 7.5.4), whose entries have 20
//! bytes, and metadata that is neither compressed nor in an object stream, as PDF/A requires.

use std::ops::Range;

use crate::error::Error;

/// Passes the XMP of `pdf` through `change`, which must not make it shorter.
pub(super) fn rewrite(
    pdf: Vec<u8>,
    change: impl FnOnce(&str) -> Result<String, Error>,
) -> Result<Vec<u8>, Error> {
    let places =
        Places::find(&pdf).ok_or_else(|| Error::Pdf("its structure is unexpected".into()))?;
    let xmp = str::from_utf8(&pdf[places.content.clone()])
        .map_err(|_| Error::Pdf("the metadata is not text".into()))?;
    let xmp = change(xmp)?;

    let mut new = Vec::with_capacity(pdf.len() + xmp.len());
    new.extend_from_slice(&pdf[..places.length.start]);
    new.extend_from_slice(xmp.len().to_string().as_bytes());
    new.extend_from_slice(&pdf[places.length.end..places.content.start]);
    new.extend_from_slice(xmp.as_bytes());
    new.extend_from_slice(&pdf[places.content.end..places.entries.start]);
    let longer = new
        .len()
        .checked_sub(places.entries.start)
        .ok_or_else(|| Error::Pdf("the metadata became shorter".into()))?;
    for entry in pdf[places.entries.clone()].chunks_exact(ENTRY) {
        new.extend_from_slice(&moved(entry, places.content.start, longer));
    }
    new.extend_from_slice(&pdf[places.entries.end..places.start.start]);
    new.extend_from_slice((places.table + longer).to_string().as_bytes());
    new.extend_from_slice(&pdf[places.start.end..]);
    Ok(new)
}

/// The length of an entry of the table: ten digits of the offset, five of the generation, `n` or
/// `f`, two bytes for the end of the line.
const ENTRY: usize = 20;

/// The positions in the file.
struct Places {
    /// The digits of the length of the metadata.
    length: Range<usize>,
    /// The metadata.
    content: Range<usize>,
    /// The entries of the table.
    entries: Range<usize>,
    /// The table.
    table: usize,
    /// The digits at the end of the file with the position of the table.
    start: Range<usize>,
}

impl Places {
    /// Follows the pointers from the end of the file: to the table, the root, the metadata.
    fn find(pdf: &[u8]) -> Option<Self> {
        let start = number(pdf, find_last(pdf, b"startxref")? + b"startxref".len())?;
        let table = parse(pdf, &start)?;
        let section = after(pdf, table, b"xref")?;
        let first = number(pdf, section)?;
        let count = number(pdf, first.end)?;
        (parse(pdf, &first)? == 0).then_some(())?;
        let entries = count.end + 1..count.end + 1 + parse(pdf, &count)? * ENTRY;
        let trailer = after(pdf, entries.end, b"trailer")?;

        let object = |number: usize| {
            let entry = pdf.get(entries.clone())?.get(number * ENTRY..number * ENTRY + 10)?;
            let begin: usize = str::from_utf8(entry).ok()?.parse().ok()?;
            after(pdf, begin, format!("{number} 0 obj").as_bytes())
        };
        let root = object(reference(pdf, trailer, b"/Root")?)?;
        let metadata = object(reference(pdf, root, b"/Metadata")?)?;
        let keyword = metadata + find(&pdf[metadata..], b"stream\n")?;
        let length =
            number(pdf, metadata + find(&pdf[metadata..keyword], b"/Length")? + b"/Length".len())?;
        let content = keyword + b"stream\n".len();
        let content = content..content + parse(pdf, &length)?;
        // Nothing before the stream may need to move, and the file must be complete.
        (length.end < content.start && content.end < table && entries.end < start.start)
            .then_some(())?;
        Some(Self { length, content, entries, table, start })
    }
}

/// Returns an entry of the table, with its offset corrected if its object comes after `from`.
fn moved(entry: &[u8], from: usize, longer: usize) -> Vec<u8> {
    let offset: Option<usize> =
        str::from_utf8(&entry[..10]).ok().and_then(|digits| digits.parse().ok());
    match offset {
        Some(offset) if offset > from && entry[17] == b'n' => {
            [format!("{:010}", offset + longer).as_bytes(), &entry[10..]].concat()
        }
        _ => entry.to_vec(),
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

/// Returns the bytes after `what`, which must be at `at`.
fn after(bytes: &[u8], at: usize, what: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(what).then_some(at + what.len())
}

/// Returns the range of the digits after white space.
fn number(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + bytes.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = bytes[start..].iter().position(|byte| !byte.is_ascii_digit())?;
    (length > 0).then_some(start..start + length)
}

fn parse(bytes: &[u8], digits: &Range<usize>) -> Option<usize> {
    str::from_utf8(bytes.get(digits.clone())?).ok()?.parse().ok()
}

/// Returns the number of the object that `key` refers to, in the dictionary at `at`.
fn reference(bytes: &[u8], at: usize, key: &[u8]) -> Option<usize> {
    let key = at + find(&bytes[at..], key)? + key.len();
    parse(bytes, &number(bytes, key)?)
}
