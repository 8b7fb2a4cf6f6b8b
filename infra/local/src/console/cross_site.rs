//! Protection against cross-site request forgery: only the console's own pages may trigger its
//! buttons.

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;

use super::parameters::Parameters;

/// The field of each form that contains the token.
pub(super) const FIELD: &str = "token";

/// Checks that a form was sent by a page of this console: by the browser's origin headers, and by a
/// token that only the console's pages contain.
///
/// # Errors
/// The reason to refuse it.
pub(super) fn check(request: &Parts, form: &Parameters, token: &str) -> Result<(), &'static str> {
    let header = |name| request.headers.get(name).map(|value| value.to_str().unwrap_or("not text"));
    if header(CONTENT_TYPE.as_str()).and_then(|kind| kind.split(';').next())
        != Some("application/x-www-form-urlencoded")
    {
        return Err("Send a form: application/x-www-form-urlencoded.");
    }
    let here = header(HOST.as_str()).map(|host| format!("http://{host}"));
    if header(ORIGIN.as_str()).is_some_and(|origin| Some(origin) != here.as_deref())
        || header("sec-fetch-site").is_some_and(|site| site != "same-origin")
    {
        return Err("This form was sent by another site.");
    }
    match form.get(FIELD) {
        Some(sent) if sent == token => Ok(()),
        _ => {
            Err("This form is from before the last start: go back, reload the page and try again.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&str, &str)], form: &str) -> Option<&'static str> {
        let request = http::Request::post("/").header("host", "localhost:3000");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let form = Parameters::parse(form.as_bytes());
        check(&request.body(()).unwrap().into_parts().0, &form, "secret").err()
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn only_the_consoles_own_forms_pass() {
        assert_eq!(
            refused(
                &[FORM, ("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")],
                "token=secret"
            ),
            None
        );
        assert_eq!(refused(&[FORM], "token=secret"), None);
        for form in ["", "token=", "token=other", "other=secret"] {
            assert!(refused(&[FORM], form).unwrap().contains("reload"), "{form}");
        }
        for other in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:3001"),
            ("origin", "https://localhost:3000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(
                refused(&[FORM, other], "token=secret").unwrap().contains("another site"),
                "{other:?}"
            );
        }
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
            assert!(refused(&[("content-type", kind)], "token=secret").is_some(), "{kind}");
        }
    }
}
