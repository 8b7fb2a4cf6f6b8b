//! One address is one account.

use builder_core::users::password::{PasswordHash, Passwords};
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
        let body = json!({ "email": email, "password": password(number), "name": format!("Person {number}") });
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
    // Not by signing in: so many wrong ones would have to wait.
    let hashes: Vec<_> = items.iter().filter_map(credential).collect();
    let passwords = Passwords::new(4).unwrap();
    let mut right = Vec::new();
    for number in 0..ATTEMPTS {
        for hash in &hashes {
            if passwords.verify(&password(number).into(), Some(hash)).await.unwrap() {
                right.push(number);
            }
        }
    }
    assert_eq!(right.len(), 1, "{right:?}");
    stack.visitor().sign_in(&email, &password(right[0])).await;
    println!(
        "registration: {ATTEMPTS} parallel registrations of one address, {accounts} account, {again} waited beside it, {voided} time all links were voided, \
         {mails} mails, {} password works",
        right.len()
    );
    assert_eq!((accounts, registered, repeated), (1, 1, 0));
    // Ten mails a day at most, one for each registration that waits.
    assert_eq!(mails, 1 + again);
    assert!(again <= 9 && voided <= 1);
}

fn password(number: usize) -> String {
    format!("horse number {number}, battery included")
}

fn credential(item: &Value) -> Option<PasswordHash> {
    let hash = item["hash"]["S"].as_str().filter(|_| item["sk"]["S"] == "CREDENTIAL")?;
    Some(PasswordHash::stored(hash.to_owned()))
}

fn is_account(item: &Value) -> bool {
    item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("USER#")) && item["sk"]["S"] == "STATE"
}
