//! Receives a body, checks it against the request's headers, and holds it until the index refers to
//! it.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, ChecksumAlgorithm, StreamingBlob};
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};
use uuid::Uuid;

use crate::cloud::s3::index::Refused;
use crate::cloud::s3::index::version::Checksums;
use crate::idle::Idle;

/// Bodies up to this size are in the index itself, larger ones in files (docs/adr/0035).
pub(in crate::cloud::s3) const INLINE: usize = 128 * 1024;
/// The maximum size of an object in one request:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// The properties of the body that a request claims.
#[derive(Default)]
pub(in crate::cloud::s3) struct Claims {
    pub(in crate::cloud::s3) length: Option<i64>,
    pub(in crate::cloud::s3) md5: Option<String>,
    pub(in crate::cloud::s3) algorithm: Option<ChecksumAlgorithm>,
    pub(in crate::cloud::s3) checksums: Checksums,
    pub(in crate::cloud::s3) trailers: Option<TrailingHeaders>,
}

/// A checked body.
pub(in crate::cloud::s3) struct Received {
    pub(in crate::cloud::s3) content: Content,
    pub(in crate::cloud::s3) size: u64,
    pub(in crate::cloud::s3) md5: [u8; 16],
    pub(in crate::cloud::s3) checksums: Checksums,
}

/// Where a body is stored.
pub(in crate::cloud::s3) enum Content {
    Inline(Vec<u8>),
    File(BodyFile),
}

/// A file with a body, removed again unless the index refers to it.
pub(in crate::cloud::s3) struct BodyFile {
    path: PathBuf,
    name: String,
    kept: bool,
}

impl BodyFile {
    /// Creates a new, empty file.
    pub(in crate::cloud::s3) fn create(bodies: &Path) -> std::io::Result<(Self, std::fs::File)> {
        let name = Uuid::now_v7().simple().to_string();
        let path = bodies.join(&name);
        let file = std::fs::File::create_new(&path)?;
        Ok((Self { path, name, kept: false }, file))
    }

    /// Creates a hard link to the file of another object.
    pub(super) fn linked(bodies: &Path, original: &str) -> std::io::Result<Self> {
        let name = Uuid::now_v7().simple().to_string();
        let path = bodies.join(&name);
        std::fs::hard_link(bodies.join(original), &path)?;
        Ok(Self { path, name, kept: false })
    }

    pub(in crate::cloud::s3) fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the file: the index now refers to it.
    pub(in crate::cloud::s3) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for BodyFile {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "cannot remove the rest of an upload");
        }
    }
}

impl Content {
    /// Returns the body for the index, or the file that the index has to refer to.
    pub(in crate::cloud::s3) fn parts(&self) -> (Option<&[u8]>, Option<&str>) {
        match self {
            Self::Inline(body) => (Some(body), None),
            Self::File(file) => (None, Some(file.name())),
        }
    }

    /// Keeps the body: the index now has it.
    pub(in crate::cloud::s3) fn keep(self) {
        if let Self::File(file) = self {
            file.keep();
        }
    }
}

/// Receives a body. It is discarded if it doesn't match the request's headers.
///
/// # Errors
/// S3's error for the mismatch.
pub(in crate::cloud::s3) async fn receive(
    bodies: &Path,
    body: Option<StreamingBlob>,
    mut claims: Claims,
) -> S3Result<Received> {
    if claims
        .length
        .and_then(|length| u64::try_from(length).ok())
        .is_some_and(|length| length > LARGEST)
    {
        return Err(too_large());
    }
    let mut hasher = hasher(&claims)?;
    let mut md5 = Md5::new();
    let mut size = 0_u64;
    let mut inline = Vec::new();
    let mut spilled: Option<(BodyFile, std::fs::File)> = None;
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| broken_off(&*error))?;
            size += chunk.len() as u64;
            if size > LARGEST {
                return Err(too_large());
            }
            md5.update(&chunk);
            hasher.update(&chunk);
            // Writes to files only go to the operating system's cache: they take less time than
            // handing them to another thread.
            match &mut spilled {
                Some((_, file)) => file.write_all(&chunk).map_err(broken)?,
                None if inline.len() + chunk.len() <= INLINE => inline.extend_from_slice(&chunk),
                None => {
                    let (name, mut file) = BodyFile::create(bodies).map_err(broken)?;
                    file.write_all(&inline)
                        .and_then(|()| file.write_all(&chunk))
                        .map_err(broken)?;
                    inline = Vec::new();
                    spilled = Some((name, file));
                }
            }
        }
    }
    if claims.length.is_some_and(|length| u64::try_from(length).ok() != Some(size)) {
        return Err(incomplete());
    }
    let md5 = md5.finalize();
    if let Some(claimed) = &claims.md5 {
        let claimed = STANDARD.decode(claimed).ok().filter(|digest| digest.len() == 16);
        let claimed = claimed.ok_or_else(|| {
            s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.")
        })?;
        if claimed != md5 {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
    }
    if let Some(trailers) = claims.trailers.take().and_then(|trailers| trailers.take()) {
        for (name, claimed) in claims.checksums.by_header() {
            if let Some(value) = trailers.get(name) {
                *claimed = Some(value.to_str().map_err(|_| invalid_checksum(name))?.to_owned());
            }
        }
    }
    let mut checksums = Checksums::from(hasher.finalize());
    for ((name, computed), (_, claimed)) in
        checksums.by_header().into_iter().zip(claims.checksums.by_header())
    {
        let Some(claimed) = claimed else { continue };
        if STANDARD.decode(&claimed).is_err() {
            return Err(invalid_checksum(name));
        }
        if computed.as_ref() != Some(&*claimed) {
            let algorithm = name.trim_start_matches("x-amz-checksum-").to_uppercase();
            return Err(s3_error!(
                BadDigest,
                "The {algorithm} you specified did not match the calculated checksum."
            ));
        }
    }
    let content = match spilled {
        Some((file, _)) => Content::File(file),
        None => Content::Inline(inline),
    };
    Ok(Received { content, size, md5, checksums })
}

/// Returns the hasher of the digests that the request claims or asks for.
fn hasher(claims: &Claims) -> S3Result<ChecksumHasher> {
    let algorithm = claims
        .algorithm
        .as_ref()
        .map(|algorithm| algorithm.as_str().to_owned())
        .unwrap_or_default();
    if !["", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].contains(&algorithm.as_str()) {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid \
             types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
        ));
    }
    let claimed = &claims.checksums;
    let mut hasher = ChecksumHasher::default();
    if claimed.crc32.is_some() || algorithm == "CRC32" {
        hasher.crc32 = Some(s3s::crypto::Crc32::new());
    }
    if claimed.crc32c.is_some() || algorithm == "CRC32C" {
        hasher.crc32c = Some(s3s::crypto::Crc32c::new());
    }
    if claimed.crc64nvme.is_some() || algorithm == "CRC64NVME" {
        hasher.crc64nvme = Some(s3s::crypto::Crc64Nvme::new());
    }
    if claimed.sha1.is_some() || algorithm == "SHA1" {
        hasher.sha1 = Some(s3s::crypto::Sha1::new());
    }
    if claimed.sha256.is_some() || algorithm == "SHA256" {
        hasher.sha256 = Some(s3s::crypto::Sha256::new());
    }
    Ok(hasher)
}

impl From<Checksum> for Checksums {
    fn from(sums: Checksum) -> Self {
        Self {
            crc32: sums.checksum_crc32,
            crc32c: sums.checksum_crc32c,
            crc64nvme: sums.checksum_crc64nvme,
            sha1: sums.checksum_sha1,
            sha256: sums.checksum_sha256,
        }
    }
}

impl Checksums {
    /// Returns each with its header.
    fn by_header(&mut self) -> [(&'static str, &mut Option<String>); 5] {
        [
            ("x-amz-checksum-crc32", &mut self.crc32),
            ("x-amz-checksum-crc32c", &mut self.crc32c),
            ("x-amz-checksum-crc64nvme", &mut self.crc64nvme),
            ("x-amz-checksum-sha1", &mut self.sha1),
            ("x-amz-checksum-sha256", &mut self.sha256),
        ]
    }
}

fn broken(error: std::io::Error) -> S3Error {
    Refused::from(error).into()
}

fn incomplete() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
}

fn invalid_checksum(header: &str) -> S3Error {
    s3_error!(InvalidRequest, "Value for {header} header is invalid.")
}

/// Returns the error for an incomplete body. The streams that check signatures and hashes give
/// their reason only in their text.
fn broken_off(error: &(dyn std::error::Error + Send + Sync + 'static)) -> S3Error {
    if Idle::caused(error) {
        return s3_error!(
            RequestTimeout,
            "Your socket connection to the server was not read from or written to within the \
             timeout period. Idle connections will be closed."
        );
    }
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        return error;
    }
    if text.contains("SignatureMismatch") {
        return s3_error!(
            SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method."
        );
    }
    incomplete()
}
