//! In any order of actions by a stranger and the owner of an address, the account belongs to the
//! owner.
//!
//! The stranger does everything that is possible without reading the address's mail. The orders are
//! generated, and a model of the sent mails predicts the result of each step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use builder_tests::{Mail, Stack, Visitor};
use futures::future::join_all;
use serde_json::json;

/// The number of concurrent cases.
const AT_ONCE: usize = 16;

#[derive(Debug, Clone, Copy)]
enum Action {
    Register { stranger: bool },
    Resend { stranger: bool },
    Forget { stranger: bool },
    Follow { newest: bool },
}

const ACTIONS: [Action; 8] = [
    Action::Register { stranger: false },
    Action::Register { stranger: true },
    Action::Resend { stranger: false },
    Action::Resend { stranger: true },
    Action::Forget { stranger: false },
    Action::Forget { stranger: true },
    Action::Follow { newest: false },
    Action::Follow { newest: true },
];

/// One address, with its owner and a stranger.
struct Case {
    order: Vec<Action>,
    email: String,
    owner: Visitor,
    stranger: Visitor,
    /// The password that the owner set last, once there is an account.
    password: Option<String>,
    /// The links that a reset has used or voided.
    void: BTreeSet<String>,
    /// The number of followed links per response status.
    followed: BTreeMap<u16, usize>,
}

impl Case {
    fn new(stack: &Arc<Stack>, order: Vec<Action>) -> Self {
        // The next request comes much later, when the gateway may have closed the connection.
        let [owner, stranger] =
            [(); 2].map(|()| stack.visitor().with_headers([("connection", "close")]));
        let (password, void, followed) = (None, BTreeSet::new(), BTreeMap::new());
        Self { order, email: Visitor::fresh_email(), owner, stranger, password, void, followed }
    }

    async fn act(&mut self, step: usize) {
        let Some(action) = self.order.get(step).copied() else { return };
        let (stranger, path) = match action {
            Action::Register { stranger } => (stranger, "register"),
            Action::Resend { stranger } => (stranger, "verify-email/resend"),
            Action::Forget { stranger } => (stranger, "forgot-password"),
            Action::Follow { newest } => {
                let tokens = self.tokens().await;
                if let Some(token) = if newest { tokens.first() } else { tokens.last() } {
                    self.follow(token).await;
                }
                return;
            }
        };
        let person = if stranger { &self.stranger } else { &self.owner };
        person
            .post(format!("/api/v1/auth/{path}"), &json!({ "email": self.email }))
            .await
            .expect(202);
    }

    /// Returns the tokens of the links in the mailbox, newest first.
    async fn tokens(&self) -> Vec<String> {
        let mails = self.owner.mails(&self.email).await;
        mails.iter().filter(|mail| mail.text.contains("token=")).map(Mail::token).collect()
    }

    /// Returns whether a link is valid according to the model.
    fn is_good(&self, token: &str) -> bool {
        if token.starts_with("vt_") { self.password.is_none() } else { !self.void.contains(token) }
    }

    /// Follows a link as the owner, and sets a password with it.
    async fn follow(&mut self, token: &str) {
        let good = self.is_good(token);
        let password = format!("the owner's password of {}", fastrand::u64(..));
        let (answer, wanted) = if token.starts_with("vt_") {
            (
                self.owner.verify_as(token, &password, "The Owner").await,
                if good { 200 } else { 409 },
            )
        } else {
            let body = json!({ "token": token, "password": password });
            (
                self.owner.post("/api/v1/auth/reset-password", &body).await,
                if good { 204 } else { 422 },
            )
        };
        let answer = answer.expect(wanted);
        *self.followed.entry(answer.status).or_default() += 1;
        if good {
            self.password = Some(password);
            if token.starts_with("pt_") {
                self.void.extend(
                    self.tokens().await.into_iter().filter(|token| token.starts_with("pt_")),
                );
            }
        }
    }

    /// Checks that the stranger has no access, and that the owner can sign in. Then requests
    /// another link, which must be sent even to a new network.
    async fn ask(&self, stack: &Arc<Stack>) {
        self.stranger
            .login(&self.email, "the stranger's password")
            .await
            .problem(401, "invalid-credentials");
        if let Some(password) = self.password.clone() {
            self.owner.sign_in(&self.email, &password).await;
        }
        // An owner who has just followed a link, which voided all others, is known in that network.
        let (path, from) = if self.password.is_some() {
            ("forgot-password", self.owner.clone())
        } else {
            ("register", stack.visitor())
        };
        from.post(format!("/api/v1/auth/{path}"), &json!({ "email": self.email }))
            .await
            .expect(202);
    }

    /// Checks that the owner can sign in with a link in the mailbox, and that nobody else is signed
    /// in.
    async fn end(mut self) -> BTreeMap<u16, usize> {
        let order = format!("{:?}", self.order);
        let good = self.tokens().await.into_iter().find(|token| self.is_good(token));
        let good =
            good.unwrap_or_else(|| panic!("the mailbox contains no valid link after {order}"));
        self.follow(&good).await;
        let owner = self.owner.sign_in(&self.email, &self.password.clone().unwrap()).await;
        let sessions = owner.get("/api/v1/sessions").await.expect(200).data();
        let addresses: BTreeSet<String> = sessions
            .as_array()
            .unwrap()
            .iter()
            .map(|session| session["address"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(addresses.len(), 1, "only the owner is signed in after {order}");
        self.followed
    }
}

async fn run(stack: &Arc<Stack>, orders: Vec<Vec<Action>>) {
    let count = orders.len();
    let mut cases: Vec<Case> = orders.into_iter().map(|order| Case::new(stack, order)).collect();
    let longest = cases.iter().map(|case| case.order.len()).max().unwrap_or_default();
    for step in 0..longest {
        for some in cases.chunks_mut(AT_ONCE) {
            join_all(some.iter_mut().map(|case| case.act(step))).await;
        }
        stack.wait_until_idle().await;
    }
    for some in cases.chunks(AT_ONCE) {
        join_all(some.iter().map(|case| case.ask(stack))).await;
    }
    stack.wait_until_idle().await;
    let mut followed: BTreeMap<u16, usize> = BTreeMap::new();
    let mut rest = cases.into_iter();
    loop {
        let some: Vec<_> = rest.by_ref().take(AT_ONCE).map(Case::end).collect();
        if some.is_empty() {
            break;
        }
        for (status, times) in join_all(some).await.into_iter().flatten() {
            *followed.entry(status).or_default() += times;
        }
    }
    println!(
        "{count} orders of up to {longest} steps: each account belongs to its owner; links returned \
         {followed:?}"
    );
}

#[tokio::test]
async fn three_steps_in_any_order_leave_the_account_to_its_owner() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let one = || ACTIONS.iter();
    let orders = one().flat_map(|a| one().flat_map(move |b| one().map(move |c| vec![*a, *b, *c])));
    run(&stack, orders.collect()).await;
}

#[tokio::test]
async fn long_random_sequences_leave_the_account_to_its_owner() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let orders = (0..64).map(|_| (0..10).map(|_| ACTIONS[random.usize(..ACTIONS.len())]).collect());
    run(&stack, orders.collect()).await;
}
