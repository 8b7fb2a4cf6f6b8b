//! S3: the crate `s3s` implements the protocol, including the signatures of requests and of
//! presigned URLs; objects are in a store of our own (docs/adr/0035).
//!
//! The files `on_*` contain the operations, those without that prefix their effect on the index.

mod access;
mod buckets;
mod clock;
mod index;
mod listing;
mod multipart;
mod objects;
mod service;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use async_trait::async_trait;
use http::{Method, Request, Response, StatusCode};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::ServerSideEncryption;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result, s3_error};
use tempfile::TempDir;

use super::database::db_thread::DbThread;
use super::error::{AwsError, Protocol};
use super::faults::Injector;
use super::iam::principals::Principals;
use super::route::Dropped;
use index::{Done, Index};

/// The S3 of the local cloud.
pub(super) struct S3 {
    service: S3Service,
    /// Removed with the cloud, unless data is stored on disk.
    _temporary: Option<TempDir>,
}

/// The operations of S3 on the store of objects.
struct Objects {
    db: DbThread<Index>,
    /// The directory of large bodies.
    bodies: PathBuf,
    region: String,
}

/// Set during a call if a fault rule drops the response.
#[derive(Clone, Debug, Default)]
struct DropAnswer(Arc<AtomicBool>);

struct SecretKeys(Arc<Principals>);

impl S3 {
    pub(super) fn open(
        data_dir: Option<&Path>,
        region: &str,
        principals: Arc<Principals>,
        faults: Arc<Injector>,
    ) -> anyhow::Result<Self> {
        let (directory, temporary): (PathBuf, _) = match data_dir {
            Some(directory) => (directory.join("s3"), None),
            None => {
                let temporary = TempDir::with_prefix("builder-s3-")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let index = Index::open(&directory, data_dir.is_some())?;
        let bodies = index.bodies.clone();
        let objects =
            Objects { db: DbThread::open("objects", index)?, bodies, region: region.to_owned() };
        let mut builder = S3ServiceBuilder::new(objects);
        builder.set_config(Arc::new(clock::AheadOfTheMachine));
        builder.set_auth(SecretKeys(Arc::clone(&principals)));
        builder.set_access(access::Access { principals, faults, region: region.to_owned() });
        Ok(Self { service: builder.build(), _temporary: temporary })
    }

    /// Responds to one request.
    pub(super) async fn respond(
        &self,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Dropped> {
        if let Err(refusal) = clock::check(request.uri(), crate::time::now()) {
            return refusal.into_response(Protocol::S3).ok_or(Dropped);
        }
        let drop_answer = DropAnswer::default();
        request.extensions_mut().insert(drop_answer.clone());
        let is_head = request.method() == Method::HEAD;
        let answer = self.service.call(request).await;
        if drop_answer.0.load(Ordering::Relaxed) {
            return Err(Dropped);
        }
        match answer {
            // Neither has a body (RFC 9110, sections 9.3.2 and 15.4.5), though the protocol writes
            // errors into one.
            Ok(response) if is_head || response.status() == StatusCode::NOT_MODIFIED => {
                Ok(without_body(response, is_head))
            }
            Ok(response) => Ok(response),
            Err(error) => {
                AwsError::internal(format!("{error:?}")).into_response(Protocol::S3).ok_or(Dropped)
            }
        }
    }
}

impl Objects {
    /// Runs a job on the index.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Index) -> Done<T> + Send + 'static,
    ) -> S3Result<T> {
        match self.db.run(job).await {
            Ok(done) => done.map_err(S3Error::from),
            Err(stopped) => Err(s3_error!(InternalError, "{stopped}")),
        }
    }
}

/// Returns the encryption that S3 reports for every object.
fn encrypted() -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256))
}

fn without_body(response: Response<Body>, keep_length: bool) -> Response<Body> {
    let (mut parts, _) = response.into_parts();
    if !keep_length {
        parts.headers.remove(http::header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::empty())
}

#[async_trait]
impl S3Auth for SecretKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.owner(access_key) {
            Some(principal) => Ok(SecretKey::from(principal.secret_key.clone())),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records."
            )),
        }
    }
}
