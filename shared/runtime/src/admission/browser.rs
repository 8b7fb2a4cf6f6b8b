//! Browsers that are signed in by cookies: what proves that a request was meant.
//!
//! A browser sends cookies along with requests that other pages make it send. So a request that
//! changes something must come from a page of ours (Origin and Sec-Fetch-Site, which no page can
//! set) and carry a token that only such a page has been given
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html>).
//! A request with an `Authorization` header needs none of this: no other page can make a browser
//! send one.

use builder_identity::tokens::claims::AccessClaims;
use builder_store::config::Env;
use http::{HeaderMap, Method, StatusCode, header};
use subtle::ConstantTimeEq;

use crate::response::problem::Problem;

/// The cookie of the access token. The prefix makes browsers refuse it from other hosts, other
/// paths and plain HTTP (RFC 6265bis, section 4.1.3).
pub const ACCESS_COOKIE: &str = "__Host-access";
/// The cookie of the refresh token, which is sent to the routes about signing in only.
pub const REFRESH_COOKIE: &str = "__Secure-refresh";
/// The header with the token that pages of ours were given.
const CSRF_HEADER: &str = "x-csrf-token";
/// The code of every refusal here.
pub(crate) const REFUSED: &str = "cross-site-request-refused";

/// The value of a cookie. None when there are two of this name: one of them was planted.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(present, _)| *present == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}

/// Lets a request pass that a page of ours has sent.
pub(crate) fn from_own_page(headers: &HeaderMap, env: &Env) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Older browsers don't send it.
    if let Some(site) = text("sec-fetch-site")
        && !["same-origin", "same-site"].contains(&site)
    {
        return Err(refused("The request comes from a page of another site."));
    }
    let Some(origin) = text("origin") else {
        return Err(refused(
            "Requests with cookies need the Origin header that browsers send. Programs should \
             send an access token as Authorization: Bearer.",
        ));
    };
    let own = origin_of(env.require("PUBLIC_URL")?);
    let others = env
        .get("CORS_ORIGINS")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty());
    if own != Some(origin) && !others.into_iter().any(|other| other == origin) {
        return Err(refused("The request comes from a page that isn't one of the application's."));
    }
    Ok(())
}

/// Whether a browser asks for this to show it, as when a link is followed: the page gives way to
/// the answer, so it can be led elsewhere. `Sec-Fetch-Mode` says so
/// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header>); of a browser that doesn't send
/// it, `Accept` does.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => text("accept").is_some_and(|accepted| {
            accepted.split(',').any(|range| {
                range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html")
            })
        }),
    }
}

/// Lets a request pass that was meant by who holds the cookie it came with.
pub(crate) fn meant(
    method: &Method,
    headers: &HeaderMap,
    claims: &AccessClaims,
    env: &Env,
) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    from_own_page(headers, env)?;
    let sent = headers.get(CSRF_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
    let expected = claims.csrf.as_deref().unwrap_or_default();
    if expected.is_empty() || !bool::from(sent.ct_eq(expected.as_bytes())) {
        return Err(refused(
            "The X-CSRF-Token header is missing or wrong. Send the csrfToken that signing in or \
             refreshing returned.",
        ));
    }
    Ok(())
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url[host..].find('/').map_or(url.len(), |path| host + path);
    Some(&url[..end])
}

fn refused(detail: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, REFUSED, detail)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_never_when_there_are_two() {
        let sent = headers(&[("cookie", "a=1; __Host-access=t.o=k; x__Host-access=2")]);
        assert_eq!(cookie(&sent, ACCESS_COOKIE), Some("t.o=k"));
        assert_eq!((cookie(&sent, "a"), cookie(&sent, "access")), (Some("1"), None));
        assert_eq!(
            cookie(&headers(&[("cookie", "__Host-access=1; __Host-access=2")]), ACCESS_COOKIE),
            None
        );
        assert_eq!(
            cookie(
                &headers(&[("cookie", "__Host-access=1"), ("cookie", "__Host-access=1")]),
                ACCESS_COOKIE
            ),
            None
        );
        assert_eq!(cookie(&headers(&[]), ACCESS_COOKIE), None);
    }

    #[test]
    fn a_navigation_is_told_from_a_request_of_a_script() {
        for (pairs, navigation) in [
            (vec![("sec-fetch-mode", "navigate")], true),
            (vec![("sec-fetch-mode", "cors"), ("accept", "text/html")], false),
            (vec![("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")], true),
            (vec![("accept", "application/json, TEXT/HTML;q=0.5")], true),
            (vec![("accept", "*/*")], false),
            (vec![("accept", "application/json")], false),
            (vec![], false),
        ] {
            assert_eq!(is_navigation(&headers(&pairs)), navigation, "{pairs:?}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, origin) in [
            ("https://api.example.com", Some("https://api.example.com")),
            ("https://api.example.com/base/", Some("https://api.example.com")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("api.example.com", None),
        ] {
            assert_eq!(origin_of(url), origin, "{url}");
        }
    }

    #[test]
    fn only_pages_of_ours_pass() {
        let values = [
            ("PUBLIC_URL", "https://api.example.com"),
            ("CORS_ORIGINS", "https://app.example.com, https://admin.example.com"),
        ];
        let env =
            Env::from_map(values.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let pass =
            |pairs: &[(&'static str, &'static str)]| from_own_page(&headers(pairs), &env).is_ok();
        assert!(pass(&[("origin", "https://api.example.com")]));
        assert!(pass(&[("origin", "https://admin.example.com"), ("sec-fetch-site", "same-site")]));
        for origin in [
            "https://evil.example",
            "null",
            "https://api.example.com.evil.example",
            "http://api.example.com",
            "https://app.example.com:8443",
            "",
        ] {
            assert!(!pass(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "none", ""] {
            assert!(
                !pass(&[("origin", "https://api.example.com"), ("sec-fetch-site", site)]),
                "{site}"
            );
        }
        assert!(!pass(&[]), "no origin");
    }
}
