//! Many tabs of a browser refresh their token at the same moment.

use std::collections::BTreeSet;
use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Tokens, aws};
use futures::future::join_all;

use crate::statuses;

const TABS: usize = 50;
/// Browsers in which one user is signed in, each with several tabs.
const SESSIONS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refreshes_of_one_token_create_one_successor() {
    let stack = Stack::own().unlimited().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let tabs = (0..TABS).map(|_| {
        let (visitor, token) = (stack.visitor(), user.tokens.refresh.clone());
        tokio::spawn(async move { visitor.refresh(&token).await })
    });
    let answers: Vec<_> = join_all(tabs).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(200, TABS)]);
    let tokens: Vec<_> = answers.iter().map(Tokens::of).collect();
    let successors: BTreeSet<_> = tokens.iter().map(|tokens| &tokens.refresh).collect();
    let items = stack.aws().items(aws::DATA_TABLE).await;
    let refreshed = items.iter().filter(|item| item["type"]["S"] == "session.refreshed").count();
    println!(
        "refresh: {TABS} parallel refreshes of one token, {} successor, {refreshed} rotation",
        successors.len()
    );
    assert_eq!((successors.len(), refreshed), (1, 1));

    for tokens in &tokens {
        user.with_token(&tokens.access).get("/api/v1/me").await.expect(200);
    }
    stack.clock.advance(Duration::from_secs(60));
    user.signed_out().refresh(&tokens[0].refresh).await.expect(200);
    user.get("/api/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_refreshes_across_sessions_rotate_each_once_and_end_none() {
    let stack = Stack::own().unlimited().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(stack.visitor().sign_in(&user.email, PASSWORD).await);
    }
    let tabs = sessions.iter().cycle().take(TABS).map(|session| {
        let (visitor, token) = (stack.visitor(), session.tokens.refresh.clone());
        tokio::spawn(async move { visitor.refresh(&token).await })
    });
    let answers: Vec<_> = join_all(tabs).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(200, TABS)]);
    let mut successors = vec![BTreeSet::new(); SESSIONS];
    for (tab, answer) in answers.iter().enumerate() {
        let tokens = Tokens::of(answer);
        user.with_token(&tokens.access).get("/api/v1/me").await.expect(200);
        successors[tab % SESSIONS].insert(tokens.refresh);
    }
    let items = stack.aws().items(aws::DATA_TABLE).await;
    let refreshed = items.iter().filter(|item| item["type"]["S"] == "session.refreshed").count();
    let left = user
        .get("/api/v1/sessions?limit=100")
        .await
        .expect(200)
        .data()
        .as_array()
        .map_or(0, Vec::len);
    println!(
        "refresh: {TABS} parallel refreshes across {SESSIONS} sessions, {refreshed} rotations, \
         {left} sessions afterwards"
    );
    assert!(
        successors.iter().all(|tokens| tokens.len() == 1),
        "{:?}",
        successors.iter().map(BTreeSet::len).collect::<Vec<_>>()
    );
    // The user's own session refreshed nothing.
    assert_eq!((refreshed, left), (SESSIONS, SESSIONS + 1));
}
