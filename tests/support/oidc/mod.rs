//! A small OpenID provider over HTTP, which can misbehave in all the ways that a client must
//! reject.

mod keys;
mod serve;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use builder_store::clock::Clock;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::stack::clock::TestClock;
use crate::stack::{Setup, Stack};
pub use keys::{Key, Signing};

/// The ID of our API at the provider.
pub const CLIENT_ID: &str = "builder:api+7";
/// The client secret. Neither can be sent in a header without encoding.
pub const CLIENT_SECRET: &str = "s:ecret/+ü 7";

/// The behaviour of the provider.
pub struct Behaviour {
    /// How tokens are signed.
    pub signing: Signing,
    /// The keys that are published.
    pub published: Vec<Key>,
    /// Changes the claims of tokens.
    pub tamper: Box<dyn Fn(&mut Value) + Send>,
    /// Whether address and name are only returned by the userinfo endpoint, as the standard
    /// specifies.
    pub in_userinfo: bool,
    /// Responses on these paths instead of the correct ones: a status and a body.
    pub instead: HashMap<&'static str, (u16, String)>,
    /// Never responds on this path.
    pub silent: Option<&'static str>,
    /// The supported methods of client authentication.
    pub methods: Vec<&'static str>,
}

/// An issued code.
struct Grant {
    redirect_uri: String,
    challenge: String,
    claims: Value,
    used: bool,
}

struct State {
    behaviour: Behaviour,
    grants: HashMap<String, Grant>,
    asked: HashMap<String, u32>,
    clock: Option<Arc<TestClock>>,
}

/// A running provider.
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    state: Arc<Mutex<State>>,
    runtime: Option<Runtime>,
}

/// The parameters of the redirect back.
#[derive(Debug, Clone)]
pub struct Returned {
    /// The code.
    pub code: String,
    /// The state.
    pub state: String,
}

impl Provider {
    /// Starts a provider with correct behaviour.
    #[must_use]
    pub fn start() -> Self {
        let behaviour = Behaviour {
            signing: Signing::With(Key::Rsa1),
            published: vec![Key::Rsa1],
            tamper: Box::new(|_| {}),
            in_userinfo: false,
            instead: HashMap::new(),
            silent: None,
            methods: vec!["client_secret_basic", "client_secret_post"],
        };
        let state = State { behaviour, grants: HashMap::new(), asked: HashMap::new(), clock: None };
        let state = Arc::new(Mutex::new(state));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        // A runtime of its own: the stack's connections must not end with that of a test.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.spawn(serve::serve(listener, issuer.clone(), state.clone()));
        Self { issuer, state, runtime: Some(runtime) }
    }

    /// Adds this provider to the setup of a stack under these names; each further name has the same
    /// issuer in another spelling.
    pub fn configure(&self, setup: Setup, name: &str) -> Setup {
        let providers = json!([{ "name": name, "issuer": self.issuer, "clientId": CLIENT_ID }]);
        setup.parameter("OidcProviders", &providers.to_string())
    }

    /// Connects the provider to a stack that was set up with it: stores the client secret, and uses
    /// the stack's clock.
    pub async fn join(&self, stack: &Stack, name: &str) {
        stack
            .aws()
            .put_secret("builder/dev/oidc", &json!({ name: CLIENT_SECRET }).to_string())
            .await;
        self.lock().clock = Some(stack.clock.clone());
    }

    /// Changes the behaviour.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.lock().behaviour);
    }

    /// Returns how often a path was requested.
    #[must_use]
    pub fn asked(&self, path: &str) -> u32 {
        self.lock().asked.get(path).copied().unwrap_or_default()
    }

    /// Signs a person with these claims in at the authorization URL and consents. Checks the
    /// parameters of the request.
    #[must_use]
    pub fn agree(&self, authorization_url: &str, person: &Value) -> Returned {
        let url = reqwest::Url::parse(authorization_url).expect("an address");
        assert!(
            authorization_url.starts_with(&format!("{}/authorize?", self.issuer)),
            "{authorization_url}"
        );
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("scope", "openid email profile"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(query[name], value, "{name}");
        }
        assert!(
            query["state"].len() >= 43
                && query["nonce"].len() >= 43
                && query["nonce"] != query["state"]
        );
        let now = self.now();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": query["nonce"],
        });
        for (name, value) in person.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let code = format!("code-{:032x}", fastrand::u128(..));
        let (redirect_uri, challenge) =
            (query["redirect_uri"].clone(), query["code_challenge"].clone());
        self.lock()
            .grants
            .insert(code.clone(), Grant { redirect_uri, challenge, claims, used: false });
        Returned { code, state: query["state"].clone() }
    }

    fn now(&self) -> i64 {
        let clock = self.lock().clock.clone();
        clock.expect("a provider that has joined a stack").now().as_second()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.issuer)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
