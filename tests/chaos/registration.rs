//! One address is one account.

use builder_tests::{Stack, Visitor, aws, fresh_key};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{persist, statuses};

const ATTEMPTS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_registrations_of_one_address_make_one_account() {
    let stack = Stack::own().unlimited().settled().start();
    let email = Visitor::fresh_email();
    let attempts = (0..ATTEMPTS).map(|number| {
        let (visitor, email) = (stack.visitor(), email.clone());
        let body = json!({ "email": email, "password": format!("password {number}"), "name": format!("Person {number}") });
        // On a slow store some meet so many others that they are told to try again, which a key makes safe.
        tokio::spawn(persist(visitor.post("/api/v1/auth/register", &body).key(fresh_key())))
    });
    let answers: Vec<_> = join_all(attempts).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(202, ATTEMPTS)]);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body), "all answers are equal");

    stack.settle().await;
    let mails = stack.mails(&email).await.len();
    let items = stack.aws().items(aws::DATA_TABLE).await;
    let holders = |name: &str| items.iter().filter(|item| item["type"]["S"] == name).count();
    let (registered, repeated) = (holders("user.registered"), holders("user.registration_repeated"));
    let (again, voided) = (holders("user.registered_again"), holders("user.verifications_voided"));
    // The administrator is the other account.
    let accounts = items.iter().filter(|item| is_account(item)).count() - 1;
    let logins = (0..ATTEMPTS).map(|number| {
        let (visitor, email) = (stack.visitor(), email.clone());
        async move { visitor.login(&email, &format!("password {number}")).await }
    });
    let mut right = 0;
    for login in logins {
        right += usize::from(login.await.status == 200);
    }
    println!(
        "registration: {ATTEMPTS} parallel registrations of one address, {accounts} account, {again} waited beside it, {voided} time all links were voided, \
         {mails} mails, {right} password works"
    );
    assert_eq!((accounts, registered, repeated, right), (1, 1, 0, 1));
    // Ten mails a day at most, one for each registration that waits.
    assert_eq!(mails, 1 + again);
    assert!(again <= 9 && voided <= 1);
}

fn is_account(item: &Value) -> bool {
    item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("USER#")) && item["sk"]["S"] == "STATE"
}
