//! The HTML of the stack's pages: no script but one, nothing from elsewhere.

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1px solid #8886; margin-bottom: 1rem; }
h1 { font-size: 1.3rem; margin: 0 auto .5rem 0; }
details { border-bottom: 1px solid #8883; padding: .6rem 0; }
summary { cursor: pointer; display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; }
summary small { grid-column: 1; opacity: .7; }
time { opacity: .7; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: 1rem; border-radius: .4rem; }
iframe { width: 100%; height: 24rem; border: 1px solid #8886; border-radius: .4rem; background: #fff; }
button { font: inherit; padding: .5rem 1.2rem; border-radius: .4rem; border: 1px solid #8886; cursor: pointer; }
";

/// Where the link in a verification mail leads: a button, so that a mail scanner that follows links verifies nothing.
pub(super) fn verify_email(token: &str) -> String {
    let body = format!(
        r#"<p>Press the button to prove that the address is yours.</p>
<form data-token="{}"><button>Verify e-mail address</button></form><p role="status"></p>
<script>
const form = document.querySelector('form'), status = document.querySelector('[role=status]');
form.addEventListener('submit', async event => {{
  event.preventDefault();
  try {{
    const answer = await fetch('/api/v1/auth/verify-email', {{
      method: 'POST',
      headers: {{ 'content-type': 'application/json' }},
      body: JSON.stringify({{ token: form.dataset.token }}),
    }});
    if (answer.ok) {{
      status.textContent = 'The address is verified. You can sign in now.';
      form.remove();
    }} else {{
      const problem = await answer.json().catch(() => ({{}}));
      status.textContent = `Not verified (${{answer.status}}): ${{problem.detail || problem.title || problem.message || ''}}`;
    }}
  }} catch (error) {{
    status.textContent = `The API can't be reached: ${{error.message}}`;
  }}
}});
</script>"#,
        escaped(token)
    );
    document("Verify your e-mail address", &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style>\
         <header><h1>{title}</h1><a href=\"/_local/mails\">Mails</a><a href=\"/docs\">API documentation</a>\
         <a href=\"/health/ready\">Health</a></header><main>{body}</main></html>"
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

    #[test]
    fn a_token_can_put_no_markup_into_the_page() {
        assert!(verify_email("\"><script>").contains("data-token=\"&quot;&gt;&lt;script&gt;\""));
    }
}
