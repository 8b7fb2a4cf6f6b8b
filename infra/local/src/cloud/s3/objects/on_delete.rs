//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::*;
use s3s::{S3Response, S3Result, s3_error};

use super::conditions::WriteIf;
use super::delete::Delete as One;
use crate::cloud::s3::Objects;

/// The maximum number of keys in one `DeleteObjects`.
const MOST: usize = 1_000;

impl Objects {
    pub(in crate::cloud::s3) async fn on_delete_object(
        &self,
        input: DeleteObjectInput,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let one = One {
            key: input.key,
            version: input.version_id,
            condition: WriteIf { matches: input.if_match, none_matches: None },
            bypass_governance: input.bypass_governance_retention == Some(true),
        };
        let deleted = self.run(move |index| index.delete(&input.bucket, &one)).await?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deleted.marker.then_some(true),
            version_id: deleted.version,
            ..DeleteObjectOutput::default()
        }))
    }

    /// Deletes each key, and returns a result for each: one that can't be deleted doesn't affect
    /// the others.
    pub(in crate::cloud::s3) async fn on_delete_objects(
        &self,
        input: DeleteObjectsInput,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        if input.delete.objects.is_empty() || input.delete.objects.len() > MOST {
            let message = "The XML you provided was not well-formed or did not validate against \
                 our published schema";
            return Err(s3_error!(MalformedXML, "{message}"));
        }
        let quiet = input.delete.quiet == Some(true);
        let bypass_governance = input.bypass_governance_retention == Some(true);
        let (deleted, errors) = self
            .run(move |index| {
                index.bucket(&input.bucket)?;
                let (mut deleted, mut errors) = (Vec::new(), Vec::new());
                for object in input.delete.objects {
                    let condition = WriteIf {
                        matches: object.e_tag.map(ETagCondition::ETag),
                        none_matches: None,
                    };
                    let one = One {
                        key: object.key,
                        version: object.version_id,
                        condition,
                        bypass_governance,
                    };
                    match index.delete(&input.bucket, &one) {
                        Ok(gone) => deleted.push(DeletedObject {
                            key: Some(one.key),
                            delete_marker: gone.marker.then_some(true),
                            delete_marker_version_id: gone.version.filter(|_| gone.marker),
                            version_id: one.version,
                        }),
                        Err(refused) => {
                            let error = s3s::S3Error::from(refused);
                            errors.push(Error {
                                code: Some(error.code().as_str().to_owned()),
                                key: Some(one.key),
                                message: error.message().map(str::to_owned),
                                version_id: one.version,
                            });
                        }
                    }
                }
                Ok((deleted, errors))
            })
            .await?;
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }
}
