//! The pages that links in mails, and identity providers, lead to: what a web application does with them, by a form and as a
//! command. Nothing happens before a button is pressed, so that whatever follows links in mails changes nothing.

use serde_json::{Map, Value};

/// A page of the application.
struct Page {
    /// Its path below `AppUrl`; `*` is any one segment, which the API's path has in the same place.
    path: &'static str,
    title: &'static str,
    /// What the link is for.
    lead: &'static str,
    /// The route that takes what the form sends.
    api: &'static str,
    /// What comes from the link's query.
    from_link: &'static [&'static str],
    /// What the person adds: name, label and type.
    fields: &'static [(&'static str, &'static str, &'static str)],
    button: &'static str,
    done: &'static str,
}

const PAGES: [Page; 3] = [
    Page {
        path: "verify-email",
        title: "Verify your e-mail address",
        lead: "The link proves that the address is yours. Choose what the account needs.",
        api: "/api/v1/auth/verify-email",
        from_link: &["token"],
        fields: &[("name", "Name", "text"), ("password", "Password", "password")],
        button: "Verify e-mail address",
        done: "The address is verified. You can sign in now.",
    },
    Page {
        path: "reset-password",
        title: "Choose another password",
        lead: "The link lets you choose another password, once. All sessions end.",
        api: "/api/v1/auth/reset-password",
        from_link: &["token"],
        fields: &[("password", "New password", "password")],
        button: "Change password",
        done: "The password is changed. You can sign in with it now.",
    },
    Page {
        path: "oidc/*/callback",
        title: "Back from the identity provider",
        lead: "Your application ends the sign-in with what the provider sent, and with the flow secret that it was given at the start.",
        api: "/api/v1/auth/oidc/*/callback",
        from_link: &["code", "state", "iss"],
        fields: &[("flowSecret", "Flow secret, from the answer to the start", "text")],
        button: "Finish signing in",
        done: "Signed in.",
    },
];

/// The page of a link; `None` when the path is none of the application's and no token is in it.
pub(super) fn page(path: &str, query: &str, api_url: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').collect();
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let found = PAGES.iter().find_map(|page| Some((page, matched(page.path, &segments)?)));
    match found {
        Some((page, any)) => Some(known(page, &any, &parameters, api_url)),
        // A page that only the application has: a link must not look broken for that.
        None if parameters.iter().any(|(name, _)| name == "token") => Some(unknown(path, &parameters)),
        None => None,
    }
}

/// What the `*` of a pattern stands for.
fn matched(pattern: &str, segments: &[&str]) -> Option<String> {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let fits = pattern.len() == segments.len()
        && pattern.iter().zip(segments).all(|(wanted, segment)| wanted == segment || (*wanted == "*" && !segment.is_empty()));
    let any = pattern.iter().zip(segments).find(|(wanted, _)| **wanted == "*");
    fits.then(|| any.map(|(_, segment)| (*segment).to_owned()).unwrap_or_default())
}

fn known(page: &Page, any: &str, parameters: &[(String, String)], api_url: &str) -> String {
    let given = parameters.iter().filter(|(name, _)| page.from_link.contains(&name.as_str()));
    let given: Map<String, Value> = given.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let api = page.api.replace('*', any);
    let mut example = given.clone();
    let mut inputs = String::new();
    for (name, label, kind) in page.fields {
        example.insert((*name).to_owned(), Value::from("…"));
        let complete = if *kind == "password" { "new-password" } else { "off" };
        inputs.push_str(&format!(
            "<p><label>{label}<br><input name=\"{name}\" type=\"{kind}\" autocomplete=\"{complete}\" required></label></p>"
        ));
    }
    let body = Value::Object(example).to_string().replace('\'', "'\\''");
    let command = format!("curl -s {api_url}{api} -H 'content-type: application/json' -d '{body}'");
    let refusal = parameters.iter().find(|(name, _)| name == "error").map(|(_, error)| escaped(error));
    let refusal = refusal.map(|error| format!("<p><strong>The provider refused: {error}</strong></p>")).unwrap_or_default();
    let form = format!(
        "<p>{}</p>{refusal}<form data-api=\"{}\" data-given=\"{}\" data-done=\"{}\">{inputs}<p><button>{}</button></p></form>\
         <p role=\"status\"></p><script>{SCRIPT}</script><p>As a command:</p><pre>{}</pre>",
        page.lead,
        escaped(&api),
        escaped(&Value::Object(given).to_string()),
        page.done,
        page.button,
        escaped(&command),
    );
    document(page.title, &form)
}

fn unknown(path: &str, parameters: &[(String, String)]) -> String {
    let shown = parameters.iter().map(|(name, value)| format!("{name}={value}\n"));
    let body = format!(
        "<p>This link leads to the page <code>{}</code> of your web application, which the local stack hasn't. With its parameters the \
         application calls the API; <a href=\"/docs\">the documentation</a> has the route.</p><pre>{}</pre>",
        escaped(path),
        escaped(&shown.collect::<String>()),
    );
    document("A page of your application", &body)
}

/// Sends what the link and the form give, and shows what comes of it.
const SCRIPT: &str = "
const form = document.querySelector('form'), status = document.querySelector('[role=status]');
form.addEventListener('submit', async event => {
  event.preventDefault();
  const body = { ...JSON.parse(form.dataset.given), ...Object.fromEntries(new FormData(form)) };
  try {
    const answer = await fetch(form.dataset.api, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    if (answer.ok) {
      status.textContent = form.dataset.done;
      form.remove();
    } else {
      const problem = await answer.json().catch(() => ({}));
      const errors = (problem.errors || []).map(error => `${error.pointer} ${error.detail}`).join('; ');
      status.textContent = `Refused (${answer.status}): ${problem.detail || problem.title || problem.message || ''} ${errors}`;
    }
  } catch (error) {
    status.textContent = `The API can't be reached: ${error.message}`;
  }
});
";

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1px solid #8886; margin-bottom: 1rem; }
h1 { font-size: 1.3rem; margin: 0 auto .5rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: 1rem; border-radius: .4rem; }
input, button { font: inherit; padding: .5rem .8rem; border-radius: .4rem; border: 1px solid #8886; }
button { cursor: pointer; }
";

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><header><h1>{title}</h1><a href=\"/_local\">Local stack</a>\
         <a href=\"/docs\">API documentation</a></header><main>{body}</main></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "http://127.0.0.1:3000";

    #[test]
    fn a_link_leads_to_a_form_and_a_command() {
        let page = page("reset-password", "token=rt_x", API).unwrap();
        assert!(page.contains("data-api=\"/api/v1/auth/reset-password\""), "{page}");
        assert!(
            page.contains("data-given=\"{&quot;token&quot;:&quot;rt_x&quot;}\"") && page.contains("name=\"password\""),
            "{page}"
        );
        assert!(page.contains("curl -s http://127.0.0.1:3000/api/v1/auth/reset-password"), "{page}");
        let page = super::page("oidc/google/callback", "code=c&state=s&scope=x&error=%3Cb%3E", API).unwrap();
        assert!(page.contains("data-api=\"/api/v1/auth/oidc/google/callback\"") && !page.contains("scope"), "{page}");
        assert!(page.contains("The provider refused: &lt;b&gt;"), "{page}");
    }

    #[test]
    fn a_link_that_only_the_application_knows_is_explained() {
        assert!(page("undo/change", "token=t", API).unwrap().contains("<code>undo/change</code>"));
        assert_eq!(page("undo/change", "page=2", API), None);
        assert_eq!(page("oidc//callback", "", API), None);
    }

    #[test]
    fn a_link_can_put_no_markup_into_the_page() {
        for path in ["verify-email", "oidc/<script>/callback", "\"><script>"] {
            let page = page(path, "token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&code='%3Cb%3E&state=%3Cb%3E", API).unwrap();
            assert_eq!(page.matches("<script>").count(), usize::from(!path.starts_with('"')), "{page}");
            assert!(!page.contains("<b>") && !page.contains("\"><script>"), "{page}");
        }
    }
}
