//! The storage format of documents: JSON, compressed. States, the data of events, and stored
//! responses are JSON, so that members can be added or omitted without a schema. Most of such a
//! text is member names, which are always the same. It is therefore stored as a raw deflate stream
//! (RFC 1951) with a preset dictionary of these names, after one byte with the dictionary's number:
//! docs/adr/0042.
//!
//! A dictionary is never changed, because documents that were written with it would become
//! unreadable. To improve it, add the next one to [`DICTIONARIES`]: it is then used for writing,
//! and the earlier ones only for reading.

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

use crate::error::{Error, Result};

/// The dictionaries, by their number. The last one is used for writing. Common texts are at the
/// end, where references to them are shortest.
const DICTIONARIES: [&[u8]; 1] = [include_bytes!("dictionary-1.txt")];

/// The deflate window: the maximum, so that it includes the whole dictionary.
const WINDOW_BITS: u8 = 15;
/// The compression level, from 1 (fast) to 9 (small). Between 6 and 9, the size differs by a
/// hundredth.
const LEVEL: i32 = 6;
/// The maximum size of a document that is read, in bytes: far more than a legitimate item contains.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Encodes a document for storage.
///
/// # Errors
/// [`Error::Internal`] if there isn't enough memory.
pub fn encode(document: &str) -> Result<Vec<u8>> {
    let (number, dictionary) =
        DICTIONARIES.iter().enumerate().next_back().ok_or_else(|| corrupt("no dictionary"))?;
    let mut deflate = Deflate::new(LEVEL, false, WINDOW_BITS);
    deflate.set_dictionary(dictionary).map_err(|error| corrupt(error.as_str()))?;
    let mut stored = vec![0; 64 + document.len() / 2];
    stored[0] = u8::try_from(number + 1).map_err(Error::internal)?;
    loop {
        let read = usize::try_from(deflate.total_in()).map_err(Error::internal)?;
        let written = 1 + usize::try_from(deflate.total_out()).map_err(Error::internal)?;
        let status = deflate
            .compress(&document.as_bytes()[read..], &mut stored[written..], DeflateFlush::Finish)
            .map_err(|error| corrupt(error.as_str()))?;
        if status == Status::StreamEnd {
            stored.truncate(1 + usize::try_from(deflate.total_out()).map_err(Error::internal)?);
            return Ok(stored);
        }
        stored.resize(stored.len() * 2, 0);
    }
}

/// Decodes a stored document.
///
/// # Errors
/// [`Error::Internal`] if it wasn't produced by [`encode`] of this version or an earlier one.
pub fn decode(stored: &[u8]) -> Result<String> {
    let (number, stream) = stored.split_first().ok_or_else(|| corrupt("it is empty"))?;
    let dictionary = usize::from(*number).checked_sub(1).and_then(|at| DICTIONARIES.get(at));
    let dictionary = dictionary
        .ok_or_else(|| corrupt("it was written with a later version of the dictionary"))?;
    let mut inflate = Inflate::new(false, WINDOW_BITS);
    inflate.set_dictionary(dictionary).map_err(|error| corrupt(error.as_str()))?;
    let mut document = vec![0; 256 + stream.len() * 6];
    loop {
        let read = usize::try_from(inflate.total_in()).map_err(Error::internal)?;
        let written = usize::try_from(inflate.total_out()).map_err(Error::internal)?;
        let status = inflate
            .decompress(&stream[read..], &mut document[written..], InflateFlush::Finish)
            .map_err(|error| corrupt(error.as_str()))?;
        let after = usize::try_from(inflate.total_out()).map_err(Error::internal)?;
        if status == Status::StreamEnd {
            document.truncate(after);
            return String::from_utf8(document).map_err(Error::internal);
        }
        if after < document.len() {
            return Err(corrupt("it ends unexpectedly"));
        }
        if document.len() >= MAX_BYTES {
            return Err(corrupt("it is too long"));
        }
        document.resize(document.len() * 2, 0);
    }
}

fn corrupt(what: &str) -> Error {
    Error::internal(format!("a stored document can't be read or written: {what}"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    const ORDER: &str = r#"{"id":"ord_01m7w6c380ewerr5d6grc7qdnv","userId":"usr_01m7w6c380ewerr5d6grc7qdnv","status":"pending","items":[{"productId":"prd_01m7w6c380ewerr5d6grc7qdnv","sku":"MUG-BLUE","name":"Blue mug","unitPrice":{"amount":1299,"currency":"EUR"},"quantity":3,"taxPercent":"19","net":{"amount":3897,"currency":"EUR"},"tax":{"amount":740,"currency":"EUR"},"gross":{"amount":4637,"currency":"EUR"},"tracksStock":true}],"currency":"EUR","subtotal":{"amount":3897,"currency":"EUR"},"taxes":[{"percent":"19","base":{"amount":3897,"currency":"EUR"},"tax":{"amount":740,"currency":"EUR"}}],"tax":{"amount":740,"currency":"EUR"},"total":{"amount":4637,"currency":"EUR"},"createdAt":"2026-11-18T11:06:40Z","expiresAt":"2026-11-19T11:06:40Z"}"#;

    /// Documents written by version 1 must stay readable.
    const ORDER_BY_DICTIONARY_1: &str = "AUNNuublZsnGFgap5alFRaYpZulFyeaFKXllWFI0bpWkJnQ8JhHuyWLPEUaWlpRnCmMLS3Mi4tncxIConGFiZmxO3cyBx4Gp6PkDazKmxIdY0jKOkMBwN66QwEzQoNZ/iKGhlYGZlQmOBG2oa2iJpKQWAA==";

    #[test]
    fn documents_of_earlier_versions_can_be_decoded() {
        let stored = STANDARD.decode(ORDER_BY_DICTIONARY_1).unwrap();
        assert_eq!(decode(&stored).unwrap(), ORDER);
    }

    #[test]
    fn a_typical_document_is_compressed_to_a_quarter() {
        let stored = encode(ORDER).unwrap();
        assert!(stored.len() * 4 < ORDER.len(), "{} of {}", stored.len(), ORDER.len());
    }

    #[test]
    fn invalid_stored_documents_are_rejected() {
        let stored = encode(ORDER).unwrap();
        let later = [&[200], &stored[1..]].concat();
        for wrong in [&[][..], &[1], &stored[..stored.len() - 1], &stored[1..], &later, b"{}"] {
            assert!(matches!(decode(wrong), Err(Error::Internal(_))), "{wrong:?}");
        }
        // A decompression bomb: a small item with a very large document.
        let bomb = encode(&" ".repeat(MAX_BYTES * 2 + 1)).unwrap();
        assert!(decode(&bomb).is_err(), "{} bytes", bomb.len());
    }

    proptest! {
        #[test]
        fn documents_are_decoded_unchanged(document in "\\PC{0,2000}", times in 1..50usize) {
            let document = document.repeat(times);
            prop_assert_eq!(decode(&encode(&document).unwrap()).unwrap(), document);
        }
    }
}
