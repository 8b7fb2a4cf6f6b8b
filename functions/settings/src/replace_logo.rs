//! `PUT /api/v1/settings/logo`

use builder_core::ports::logos::Logos;
use builder_core::settings::{Document, Logo, store};
use builder_identity::keys::SETTINGS;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Resources, Result, Route};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::change;
use crate::picture::Picture;

/// A logo to upload.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplaceLogo {
    /// A PNG, or a JPEG in grayscale or RGB, in Base64 (RFC 4648, section 4). At most 262,144
    /// bytes, 4,000 pixels in width and height, and 2,000,000 pixels in all.
    #[garde(skip)]
    #[schema(
        min_length = 4,
        max_length = 349528,
        content_encoding = "base64",
        pattern = "^[0-9A-Za-z+/]+={0,2}$",
        example = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAADUlEQVR42mOQt4qHIAAKEgIpuG7M1gAAAABJRU5ErkJggg=="
    )]
    image: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::put(
            "replace-logo",
            "/api/v1/settings/logo",
            Access::Permit(Permission::SettingsAdmin),
            replace_logo,
        )
        .summary("Replace the logo")
        .description("Uploads a logo, which appears on invoices that are created from now on.")
        .with_etag(),
        Resources::new().put_objects("DOCUMENTS_BUCKET", "branding/").put([SETTINGS]),
    )
}

async fn replace_logo(call: Call, Json(body): Json<ReplaceLogo>) -> Result<Reply<Document>> {
    let Picture { content_type, bytes } = Picture::read(&body.image)?;
    let wanted = call.if_match()?;
    let before = store::load(call.table()).await?;
    wanted.check(before.version)?;
    let logo = Logo::of(content_type, &bytes);
    let bucket = call.env().require("DOCUMENTS_BUCKET")?;
    let logos = call.app().get_or_init(|| Logos::new(call.app().aws().s3(), bucket));
    // Stored before the commit, so that the settings never refer to a missing file. A file that no
    // settings refer to is harmless.
    logos.put(&logo, bytes).await?;
    Ok(change(&call, &before, &before.state.show_logo(logo, call.now())).await?)
}
