//! The pages of the local stack, without a browser. `.ci/console` tests them in Chromium.

mod data;
mod front;
mod jobs;
mod mails;
mod payments;
mod queues;
mod requests;

use builder_tests::{Answer, Client};

/// Returns a page.
async fn page(client: &Client, path: &str) -> Answer {
    // `/` is not below `/_local`, but isn't the API's response either.
    let answer = client.get(path).header("accept", "text/html,application/xhtml+xml").await;
    answer.check(answer.status == 200, "expected status 200");
    answer.check(
        answer.header("content-type") == Some("text/html; charset=utf-8"),
        "expected a page",
    );
    answer
}

/// Returns the HTML of a page.
async fn html(client: &Client, path: &str) -> String {
    page(client, path).await.body_text()
}

/// Returns the token in the forms of a page.
fn token_of(html: &str) -> String {
    let (_, rest) =
        html.split_once("name=\"token\" value=\"").unwrap_or_else(|| panic!("no form in {html}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Presses a button of a page, and returns the path of the page with the result.
async fn press(client: &Client, page: &str, action: &str, fields: &str) -> String {
    let form = format!("token={}&{fields}", token_of(&html(client, page).await));
    let answer =
        client.command(action).body("application/x-www-form-urlencoded", form).await.expect(303);
    answer.required("location").to_owned()
}

/// Returns the text of a page between two texts.
fn between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {html}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} after {before:?} in {html}")).0
}
