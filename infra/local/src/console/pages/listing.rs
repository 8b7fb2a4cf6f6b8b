//! Parses S3's listings, whose XML is flat enough for this simple parser.

/// A page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::console) struct Listing {
    pub(super) objects: Vec<Object>,
    /// The common prefixes up to a slash.
    pub(super) folders: Vec<String>,
    /// Where the next page begins.
    pub(in crate::console) next: Option<String>,
}

/// An object in a listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) size: String,
    pub(super) modified: String,
}

/// Parses the response of `ListObjectsV2`.
pub(super) fn objects(xml: &str) -> Listing {
    let objects = elements(xml, "Contents").map(|object| {
        let text = |name| elements(object, name).next().map(unescaped).unwrap_or_default();
        Object { key: text("Key"), size: text("Size"), modified: text("LastModified") }
    });
    let folders = elements(xml, "CommonPrefixes")
        .filter_map(|folder| elements(folder, "Prefix").next().map(unescaped));
    Listing {
        objects: objects.collect(),
        folders: folders.collect(),
        next: elements(xml, "NextContinuationToken")
            .next()
            .map(unescaped)
            .filter(|token| !token.is_empty()),
    }
}

/// Parses the names in the response of `ListBuckets`.
pub(in crate::console) fn buckets(xml: &str) -> Vec<String> {
    elements(xml, "Bucket")
        .filter_map(|bucket| elements(bucket, "Name").next().map(unescaped))
        .collect()
}

/// Returns the contents of all elements with this name, which must not be nested in each other.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (content, after) = after.split_once(&close)?;
        rest = after;
        Some(content)
    })
}

/// Replaces XML's character references.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        match known {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(number) => u32::from_str_radix(number, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_listing_is_parsed() {
        let xml = "<?xml \
             version=\"1.0\"?><ListBucketResult><Name>b</Name><Prefix>a/</Prefix><IsTruncated>true</IsTruncated><NextContinuationToken>a&#x2F;z</NextContinuationToken><Contents><Key>a/&lt;b&gt; \
             &amp;amp; &#228;&unknown; \
             &</Key><LastModified>2026-11-30T08:00:00.000Z</LastModified><Size>7</Size></Contents><CommonPrefixes><Prefix>a/c/</Prefix></CommonPrefixes></ListBucketResult>";
        let listing = objects(xml);
        assert_eq!(listing.next.as_deref(), Some("a/z"));
        assert_eq!(listing.folders, ["a/c/"]);
        let object = &listing.objects[0];
        assert_eq!((object.key.as_str(), object.size.as_str()), ("a/<b> &amp; ä&unknown; &", "7"));
        assert_eq!(objects("<Error><Code>x</Code></Error>"), Listing::default());
        assert_eq!(
            buckets(
                "<Buckets><Bucket><Name>one</Name></Bucket><Bucket><Name>two</Name></Bucket></Buckets>"
            ),
            ["one", "two"]
        );
    }
}
