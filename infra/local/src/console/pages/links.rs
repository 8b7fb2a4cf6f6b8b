//! The pages that links in mails and identity providers lead to. They show what a web application
//! does there, with a form and as a command. Nothing happens before a button is pressed, so that
//! automatic visits of links in mails change nothing.
//!
//! These are the only pages with a script, `link.js`: the form is sent to the API, as the
//! application would.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::console::answer::{Answer, Trouble};
use crate::console::parameters::Parameters;
use crate::console::site::Site;

/// A page of the application.
struct Page {
    /// Its path below `AppUrl`; `*` is the name of a provider, which replaces the `*` in the API's
    /// path.
    path: &'static [&'static str],
    title: &'static str,
    /// The purpose of the link.
    lead: &'static str,
    /// The route that the form is sent to.
    api: &'static str,
    /// The fields from the link's query.
    from_link: &'static [&'static str],
    /// The fields that the user enters.
    fields: &'static [Field],
    button: &'static str,
    done: &'static str,
}

/// A field that the user enters.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    /// The browser's `autocomplete` hint.
    autocomplete: &'static str,
}

const NAME: Field = Field { name: "name", label: "Name", kind: "text", autocomplete: "name" };
const PASSWORD: Field =
    Field { name: "password", label: "Password", kind: "password", autocomplete: "new-password" };
const FLOW_SECRET: Field = Field {
    name: "flowSecret",
    label: "Flow secret, from the answer to the start",
    kind: "text",
    autocomplete: "off",
};

const PAGES: [Page; 5] = [
    Page {
        path: &["verify-email"],
        title: "Verify your e-mail address",
        lead: "The link in the mail proves that the address is yours. Choose a name and a \
             password for the account.",
        api: "/api/v1/auth/verify-email",
        from_link: &["token"],
        fields: &[NAME, PASSWORD],
        button: "Verify e-mail address",
        done: "The address is verified. You can sign in now.",
    },
    Page {
        path: &["reset-password"],
        title: "Reset your password",
        lead: "The link in the mail lets you choose another password, once. It ends all sessions.",
        api: "/api/v1/auth/reset-password",
        from_link: &["token"],
        fields: &[PASSWORD],
        button: "Change password",
        done: "The password is changed. You can sign in with it now.",
    },
    Page {
        path: &["confirm-email-change"],
        title: "Confirm your new e-mail address",
        lead: "The link in the mail proves that the new address is yours. The account is known by \
             it from then on.",
        api: "/api/v1/auth/confirm-email-change",
        from_link: &["token"],
        fields: &[],
        button: "Confirm e-mail address",
        done: "The account has the new address. Sign in with it from now on.",
    },
    Page {
        path: &["undo-email-change"],
        title: "Go back to your former e-mail address",
        lead: "The link in the mail undoes a change of address that wasn't yours, for seven days. \
             It ends all sessions and removes the password.",
        api: "/api/v1/auth/undo-email-change",
        from_link: &["token"],
        fields: &[],
        button: "Undo the change",
        done: "The account has its former address again. A mail with a link to choose another \
             password is on its way to it.",
    },
    Page {
        path: &["oidc", "*", "callback"],
        title: "Back from the identity provider",
        lead: "Your application finishes signing in with the provider's parameters and the flow \
         secret from the start of the flow.",
        api: "/api/v1/auth/oidc/*/callback",
        from_link: &["code", "state", "iss"],
        fields: &[FLOW_SECRET],
        button: "Finish signing in",
        done: "Signed in.",
    },
];

/// `/_local/{path of the application}?token=`: explains the page of the application. For an unknown
/// path with a token, a generic page is shown: the link must not look broken because the
/// application is missing.
pub(in crate::console) fn show(site: &Site, segments: &[&str], query: &Parameters) -> Answer {
    let found = PAGES.iter().find_map(|page| Some((page, matched(page.path, segments)?)));
    match found {
        Some((page, provider)) => {
            let content = known(page, provider, query, &site.setup.api_url);
            site.page_with_script("link.html", page.title, content)
        }
        None if query.get("token").is_some() => {
            let lead = format!(
                "This link leads to the page {} of your web application, which is not part of the \
                 local stack. The application calls the API with these parameters; the API \
                 documentation has the route.",
                segments.join("/")
            );
            let shown: Vec<String> =
                query.all().map(|(name, value)| format!("{name}={value}")).collect();
            site.text_page(StatusCode::OK, "A page of your application", &lead, &shown.join("\n"))
        }
        None => Err(Trouble::Missing),
    }
}

/// Returns the segment that the `*` of a path matches, empty if it has none. `None` if the segments
/// don't match the path.
fn matched<'a>(path: &[&str], segments: &[&'a str]) -> Option<&'a str> {
    let fits = |(wanted, segment): (&&str, &&str)| {
        wanted == segment || (*wanted == "*" && is_name(segment))
    };
    if path.len() != segments.len() || !path.iter().zip(segments).all(fits) {
        return None;
    }
    let any = path.iter().zip(segments).find(|(wanted, _)| **wanted == "*");
    Some(any.map(|(_, segment)| *segment).unwrap_or_default())
}

/// Returns whether it can be a provider's name.
fn is_name(segment: &str) -> bool {
    !segment.is_empty()
        && segment.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
}

fn known(page: &Page, provider: &str, query: &Parameters, api_url: &str) -> Value {
    let given = page
        .from_link
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), Value::from(query.get(name)?))));
    let given: Map<String, Value> = given.collect();
    let api = page.api.replace('*', provider);
    let mut example = given.clone();
    example.extend(page.fields.iter().map(|field| (field.name.to_owned(), Value::from("…"))));
    let body = Value::Object(example).to_string().replace('\'', "'\\''");
    let fields = page
        .fields
        .iter()
        .map(|field| json!({ "name": field.name, "label": field.label, "kind": field.kind, "autocomplete": field.autocomplete }));
    json!({
        "lead": page.lead,
        "error": query.get("error").unwrap_or_default(),
        "fields": fields.collect::<Vec<_>>(),
        "button": page.button,
        "done": page.done,
        "command": format!("curl -s {api_url}{api} -H 'content-type: application/json' -d '{body}'"),
        "given": Value::Object(given).to_string(),
        "api": api,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::render::Pages;

    const API: &str = "http://127.0.0.1:3000";

    fn shown(segments: &[&str], query: &str) -> Option<String> {
        let (page, provider) =
            PAGES.iter().find_map(|page| Some((page, matched(page.path, segments)?)))?;
        let mut content = known(page, provider, &Parameters::parse(query.as_bytes()), API);
        content["nav"] = json!([]);
        content["title"] = json!(page.title);
        Some(Pages::new().render("link.html", &content).unwrap())
    }

    #[test]
    fn a_link_leads_to_a_form_and_a_command() {
        let page = shown(&["reset-password"], "token=rt_x").unwrap();
        assert!(page.contains("data-api=\"/api/v1/auth/reset-password\""), "{page}");
        assert!(page.contains("data-given=\"{&quot;token&quot;:&quot;rt_x&quot;}\""), "{page}");
        assert!(page.contains("name=\"password\" type=\"password\""), "{page}");
        assert!(
            page.contains("curl -s http://127.0.0.1:3000/api/v1/auth/reset-password"),
            "{page}"
        );
        let page =
            shown(&["oidc", "google", "callback"], "code=c&state=s&scope=x&error=%3Cb%3E").unwrap();
        assert!(
            page.contains("data-api=\"/api/v1/auth/oidc/google/callback\"")
                && !page.contains("scope="),
            "{page}"
        );
        assert!(page.contains("The provider refused: &lt;b&gt;"), "{page}");
    }

    #[test]
    fn a_path_matches_as_a_whole_and_only_with_the_name_of_a_provider() {
        assert_eq!(matched(&["oidc", "*", "callback"], &["oidc", "a-1", "callback"]), Some("a-1"));
        assert_eq!(matched(&["verify-email"], &["verify-email"]), Some(""));
        for other in [
            &["verify-email", "x"][..],
            &["oidc", "", "callback"],
            &["oidc", "..", "callback"],
            &["oidc", "a/b", "callback"],
        ] {
            assert!(PAGES.iter().all(|page| matched(page.path, other).is_none()), "{other:?}");
        }
    }

    #[test]
    fn links_are_escaped_in_html_and_shell_commands() {
        let query =
            "token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E';id;'&code='%3Cb%3E&state=%3Cb%3E";
        for segments in [&["verify-email"][..], &["oidc", "google", "callback"]] {
            let page = shown(segments, query).unwrap();
            assert_eq!(page.matches("<script").count(), 1, "{page}");
            assert!(!page.contains("<b>") && !page.contains("\"><script>"), "{page}");
        }
        assert!(
            shown(&["verify-email"], query).unwrap().contains("&#39;\\&#39;&#39;;id;"),
            "a quote is quoted"
        );
    }
}
