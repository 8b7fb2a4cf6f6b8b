//! `ListObjects`, `ListObjectsV2` and `ListObjectVersions`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::list::{Line, Listing, Page};
use crate::cloud::s3::Objects;
use crate::cloud::s3::index::version::Version;

/// The maximum number of lines in a response.
const MOST: i32 = 1_000;
/// Characters to encode in listings with the encoding type `url`.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

impl Objects {
    pub(in crate::cloud::s3) async fn on_list_objects(
        &self,
        input: ListObjectsInput,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let listing = Listing {
            bucket: input.bucket.clone(),
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.marker.clone().filter(|marker| !marker.is_empty()),
            most: most(input.max_keys)?,
            ..Listing::default()
        };
        let (page, names) = self.page(listing, input.encoding_type.as_ref()).await?;
        let next = page.next().map(|line| names.write(line.name()));
        Ok(S3Response::new(ListObjectsOutput {
            name: Some(input.bucket),
            marker: Some(names.write(input.marker.as_deref().unwrap_or_default())),
            max_keys: Some(input.max_keys.unwrap_or(MOST).min(MOST)),
            is_truncated: Some(page.truncated),
            // Without a delimiter, clients continue after the last key.
            next_marker: next.filter(|_| input.delimiter.is_some()),
            contents: Some(names.objects(&page)),
            common_prefixes: Some(names.prefixes(&page)),
            prefix: Some(names.write(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: input.encoding_type,
            ..ListObjectsOutput::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_list_objects_v2(
        &self,
        input: ListObjectsV2Input,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let token = input.continuation_token.as_deref().map(read_token).transpose()?;
        let listing = Listing {
            bucket: input.bucket.clone(),
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: token.or_else(|| input.start_after.clone()),
            most: most(input.max_keys)?,
            ..Listing::default()
        };
        let (page, names) = self.page(listing, input.encoding_type.as_ref()).await?;
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            max_keys: Some(input.max_keys.unwrap_or(MOST).min(MOST)),
            key_count: i32::try_from(page.lines.len()).ok(),
            is_truncated: Some(page.truncated),
            continuation_token: input.continuation_token,
            next_continuation_token: page.next().map(|line| URL_SAFE_NO_PAD.encode(line.name())),
            contents: Some(names.objects(&page)),
            common_prefixes: Some(names.prefixes(&page)),
            prefix: Some(names.write(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            start_after: input.start_after.map(|after| names.write(&after)),
            encoding_type: input.encoding_type,
            ..ListObjectsV2Output::default()
        }))
    }

    pub(in crate::cloud::s3) async fn on_list_object_versions(
        &self,
        input: ListObjectVersionsInput,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let after = input.key_marker.clone().filter(|marker| !marker.is_empty());
        if input.version_id_marker.is_some() && after.is_none() {
            return Err(s3_error!(
                InvalidArgument,
                "A version-id marker cannot be specified without a key marker."
            ));
        }
        let listing = Listing {
            bucket: input.bucket.clone(),
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after,
            after_version: input.version_id_marker.clone().filter(|marker| !marker.is_empty()),
            most: most(input.max_keys)?,
            versions: true,
        };
        let (page, names) = self.page(listing, input.encoding_type.as_ref()).await?;
        let next_version = page.next().and_then(|line| match line {
            Line::Version(version) => Some(version.id.clone()),
            Line::Prefix(_) => None,
        });
        Ok(S3Response::new(ListObjectVersionsOutput {
            name: Some(input.bucket),
            max_keys: Some(input.max_keys.unwrap_or(MOST).min(MOST)),
            is_truncated: Some(page.truncated),
            next_key_marker: page.next().map(|line| names.write(line.name())),
            next_version_id_marker: next_version,
            versions: Some(names.versions(&page)),
            delete_markers: Some(names.markers(&page)),
            common_prefixes: Some(names.prefixes(&page)),
            prefix: Some(names.write(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            key_marker: Some(names.write(input.key_marker.as_deref().unwrap_or_default())),
            version_id_marker: input.version_id_marker,
            encoding_type: input.encoding_type,
            ..ListObjectVersionsOutput::default()
        }))
    }

    async fn page(
        &self,
        listing: Listing,
        encoding: Option<&EncodingType>,
    ) -> S3Result<(Page, Names)> {
        let encoded = match encoding.map(EncodingType::as_str) {
            None => false,
            Some(EncodingType::URL) => true,
            Some(_) => {
                return Err(s3_error!(
                    InvalidArgument,
                    "Invalid Encoding Method specified in Request"
                ));
            }
        };
        let page = self.run(move |index| index.list(&listing)).await?;
        Ok((page, Names { encoded }))
    }
}

impl Page {
    /// Returns the line after which the next page begins, if there is one.
    fn next(&self) -> Option<&Line> {
        self.lines.last().filter(|_| self.truncated)
    }

    fn found(&self, marker: bool) -> impl Iterator<Item = &Version> {
        self.lines.iter().filter_map(move |line| match line {
            Line::Version(version) if version.marker == marker => Some(&**version),
            _ => None,
        })
    }
}

/// How names are encoded.
struct Names {
    encoded: bool,
}

impl Names {
    fn write(&self, name: &str) -> String {
        if self.encoded { utf8_percent_encode(name, ENCODED).to_string() } else { name.to_owned() }
    }

    fn objects(&self, page: &Page) -> Vec<Object> {
        page.found(false)
            .map(|version| Object {
                key: Some(self.write(&version.key)),
                e_tag: Some(version.etag()),
                last_modified: Some(version.modified()),
                size: i64::try_from(version.size).ok(),
                storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                ..Object::default()
            })
            .collect()
    }

    fn versions(&self, page: &Page) -> Vec<ObjectVersion> {
        page.found(false)
            .map(|version| ObjectVersion {
                key: Some(self.write(&version.key)),
                version_id: Some(version.id.clone()),
                is_latest: Some(version.latest),
                e_tag: Some(version.etag()),
                last_modified: Some(version.modified()),
                size: i64::try_from(version.size).ok(),
                storage_class: Some(ObjectVersionStorageClass::from_static(
                    ObjectVersionStorageClass::STANDARD,
                )),
                ..ObjectVersion::default()
            })
            .collect()
    }

    fn markers(&self, page: &Page) -> Vec<DeleteMarkerEntry> {
        page.found(true)
            .map(|version| DeleteMarkerEntry {
                key: Some(self.write(&version.key)),
                version_id: Some(version.id.clone()),
                is_latest: Some(version.latest),
                last_modified: Some(version.modified()),
                owner: None,
            })
            .collect()
    }

    fn prefixes(&self, page: &Page) -> Vec<CommonPrefix> {
        page.lines
            .iter()
            .filter_map(|line| match line {
                Line::Prefix(prefix) => Some(CommonPrefix { prefix: Some(self.write(prefix)) }),
                Line::Version(_) => None,
            })
            .collect()
    }
}

fn most(wanted: Option<i32>) -> S3Result<usize> {
    usize::try_from(wanted.unwrap_or(MOST).min(MOST)).map_err(|_| {
        s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647")
    })
}

fn read_token(token: &str) -> S3Result<String> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
