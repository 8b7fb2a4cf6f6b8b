//! Cursors: positions in a list, signed so that they can't be forged or used for another list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Violation};
use builder_store::listing::Page;
use garde::Validate;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::ToSchema;

use crate::call::Call;
use crate::response::problem::Problem;
use crate::response::reply::{Many, Reply};

const MAC_BYTES: usize = 16;
const DEFAULT_LIMIT: u8 = 20;
const NOT_OURS: &str = "is not a cursor of this list; start again without it";

/// The query of a list that has no filters.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageQuery {
    /// The number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u8>,
    /// The end of the previous page.
    #[garde(inner(custom(is_cursor)))]
    pub cursor: Option<String>,
}

/// The query parameters of a list, and the list they belong to.
///
/// `scope` names what is listed (the filters, the owner): a cursor of another scope is refused.
#[derive(Debug)]
pub struct Paging {
    /// The number of rows, 1 to 100.
    pub limit: usize,
    /// The ID after which the page begins.
    pub after: Option<String>,
    scope: String,
}

impl Call {
    /// Reads the paging of a list.
    ///
    /// # Errors
    /// 422 when the cursor isn't one we gave for this list; what reading the secret gives.
    pub async fn paging(
        &self,
        limit: Option<u8>,
        cursor: Option<&str>,
        scope: impl std::fmt::Display,
    ) -> Result<Paging, Problem> {
        let scope = format!("{}|{scope}", self.route);
        let after = match cursor {
            None => None,
            Some(cursor) => {
                let secret = self.app.secret("CURSOR_SECRET").await?;
                let after = open(&secret, &scope, cursor)
                    .ok_or_else(|| Problem::invalid(vec![Violation::new("?cursor", NOT_OURS)]))?;
                Some(after)
            }
        };
        Ok(Paging { limit: usize::from(limit.unwrap_or(DEFAULT_LIMIT)), after, scope })
    }

    /// Answers one page of a list.
    ///
    /// # Errors
    /// What reading the secret gives.
    pub async fn page<T: Serialize>(
        &self,
        page: &Page<T>,
        paging: &Paging,
    ) -> Result<Reply<Many<T>>, Problem> {
        let cursor = match &page.next {
            None => None,
            Some(next) => Some(self.cursor(next, paging).await?),
        };
        let more = cursor.is_some();
        Ok(Reply::page(page, cursor, more)?)
    }

    /// Answers a part of a list that grows at its end: its cursor leads on even when there is
    /// nothing more yet.
    ///
    /// # Errors
    /// What reading the secret gives.
    pub async fn part<T: Serialize>(
        &self,
        items: Vec<T>,
        position: impl std::fmt::Display,
        more: bool,
        paging: &Paging,
    ) -> Result<Reply<Many<T>>, Problem> {
        let cursor = self.cursor(&position.to_string(), paging).await?;
        Ok(Reply::page(&Page { items, next: None }, Some(cursor), more)?)
    }

    /// The cursor that leads on from `next`, for an answer that is more than a list.
    ///
    /// # Errors
    /// What reading the secret gives.
    pub async fn cursor(&self, next: &str, paging: &Paging) -> Result<String, Problem> {
        Ok(seal(&self.app.secret("CURSOR_SECRET").await?, &paging.scope, next)?)
    }
}

/// Accepts text in the form of a cursor, so that other text is reported together with other
/// violations. The signature is verified when it is opened.
///
/// # Errors
/// What to do.
pub fn is_cursor(text: &str, _: &()) -> garde::Result {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() > MAC_BYTES => Ok(()),
        _ => Err(garde::Error::new(NOT_OURS)),
    }
}

fn mac(secret: &str, scope: &str, after: &str) -> Option<[u8; MAC_BYTES]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    for part in ["cursor", scope, after] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes()[..MAC_BYTES].try_into().ok()
}

fn seal(secret: &str, scope: &str, after: &str) -> Result<String, Error> {
    let mac =
        mac(secret, scope, after).ok_or_else(|| Error::internal("signing a cursor failed"))?;
    Ok(URL_SAFE_NO_PAD.encode([mac.as_slice(), after.as_bytes()].concat()))
}

fn open(secret: &str, scope: &str, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (sent, after) = bytes.split_at_checked(MAC_BYTES)?;
    let after = std::str::from_utf8(after).ok()?;
    let expected = mac(secret, scope, after)?;
    bool::from(subtle::ConstantTimeEq::ct_eq(sent, expected.as_slice())).then(|| after.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_list_and_unchanged() {
        let cursor = seal("secret", "list-orders|all", "ord_1").unwrap();
        assert_eq!(open("secret", "list-orders|all", &cursor).as_deref(), Some("ord_1"));
        assert_eq!(open("secret", "list-orders|usr_2", &cursor), None);
        assert_eq!(open("other", "list-orders|all", &cursor), None);
        let forged = URL_SAFE_NO_PAD
            .encode([&URL_SAFE_NO_PAD.decode(&cursor).unwrap()[..MAC_BYTES], b"ord_2"].concat());
        assert_eq!(open("secret", "list-orders|all", &forged), None);
        for rubbish in ["", "!", "AAAA"] {
            assert_eq!(open("secret", "list-orders|all", rubbish), None);
        }
    }
}
