//! One address is one account.

use builder_tests::{Mail, Stack, Visitor, aws, fresh_key};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{persist, statuses};

const ATTEMPTS: usize = 200;
const LINKS: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_registrations_of_one_address_create_one_account() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let email = Visitor::fresh_email();
    let attempts = (0..ATTEMPTS).map(|_| {
        let (visitor, email) = (stack.visitor(), email.clone());
        // On a slow store some meet so many others that they are told to try again, which a key
        // makes safe.
        tokio::spawn(persist(
            visitor.post("/api/v1/auth/register", &json!({ "email": email })).key(fresh_key()),
        ))
    });
    let answers: Vec<_> =
        join_all(attempts).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(202, ATTEMPTS)]);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body), "all answers are equal");
    stack.wait_until_idle().await;
    let mails = stack.mails(&email).await;
    assert!((1..=3).contains(&mails.len()), "{} mails", mails.len());

    // Many follow the links at once: one chooses the password.
    let tokens: Vec<String> = mails.iter().map(Mail::token).collect();
    let followed = (0..LINKS).map(|number| {
        let account = json!({ "token": tokens[number % tokens.len()], "password": password(number), "name": "Ada" });
        let visitor = stack.visitor();
        tokio::spawn(persist(visitor.post("/api/v1/auth/verify-email", &account).key(fresh_key())))
    });
    let answers: Vec<_> =
        join_all(followed).await.into_iter().map(|answer| answer.unwrap()).collect();
    let won: Vec<usize> = (0..LINKS).filter(|number| answers[*number].status == 200).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(200, 1), (409, LINKS - 1)]);
    stack.visitor().sign_in(&email, &password(won[0])).await;

    let items = stack.aws().items(aws::DATA_TABLE).await;
    // The administrator is the other account.
    let accounts = items.iter().filter(|item| is_account(item)).count() - 1;
    println!(
        "registration: {ATTEMPTS} parallel registrations of one address, {accounts} account, {} \
         mails; {LINKS} followed links at once: 1 made it",
        mails.len()
    );
    assert_eq!(accounts, 1);
}

fn password(number: usize) -> String {
    format!("horse number {number}, battery included")
}

fn is_account(item: &Value) -> bool {
    item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("USER#")) && item["sk"]["S"] == "STATE"
}
