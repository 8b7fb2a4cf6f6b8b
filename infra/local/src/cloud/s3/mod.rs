//! S3: buckets are directories, objects are files. The signatures of requests and of presigned URLs are verified.

mod access;
mod clock;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use async_trait::async_trait;
use http::{Request, Response};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;

use super::error::{AwsError, Protocol};
use super::faults::Injector;
use super::principals::Principals;
use super::route::Dropped;

/// The S3 of the local cloud.
pub(super) struct S3 {
    service: S3Service,
    /// Removed with the cloud, if nothing is to be kept.
    _temporary: Option<TempDir>,
}

/// Set on the way if a fault rule says that there is no answer.
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
        std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        let files =
            FileSystem::new(&directory).map_err(|error| anyhow::anyhow!("cannot use {}: {error:?}", directory.display()))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_config(Arc::new(clock::AheadOfTheMachine));
        builder.set_auth(SecretKeys(Arc::clone(&principals)));
        builder.set_access(access::Access { principals, faults, region: region.to_owned() });
        Ok(Self { service: builder.build(), _temporary: temporary })
    }

    /// Answers one request.
    pub(super) async fn respond(&self, mut request: Request<Body>) -> Result<Response<Body>, Dropped> {
        if let Err(refusal) = clock::check(request.uri(), crate::time::now()) {
            return refusal.into_response(Protocol::S3).ok_or(Dropped);
        }
        let drop_answer = DropAnswer::default();
        request.extensions_mut().insert(drop_answer.clone());
        let answer = self.service.call(request).await;
        if drop_answer.0.load(Ordering::Relaxed) {
            return Err(Dropped);
        }
        match answer {
            Ok(response) => Ok(response),
            Err(error) => AwsError::internal(format!("{error:?}")).into_response(Protocol::S3).ok_or(Dropped),
        }
    }
}

#[async_trait]
impl S3Auth for SecretKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.owner(access_key) {
            Some(principal) => Ok(SecretKey::from(principal.secret_key.clone())),
            None => Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")),
        }
    }
}
