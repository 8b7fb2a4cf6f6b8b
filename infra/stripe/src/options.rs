//! How a local Stripe is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::faults::Faults;

/// How a local Stripe is started. The default is one in memory on a free port, with well-known
/// keys, that tells nobody of events.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key of a server: may do everything.
    pub secret_key: String,
    /// The key of a browser: may see and confirm an intent whose client secret it has.
    pub publishable_key: String,
    /// Who is told of events.
    pub webhook: Option<WebhookEndpoint>,
    /// Where everything is kept. `None`: in memory.
    pub data_dir: Option<PathBuf>,
    /// What goes wrong.
    pub faults: Faults,
    /// The time.
    pub clock: Clock,
    /// What the pauses between deliveries are multiplied by. With 1 they are 5 minutes to 23 hours,
    /// three days in all; with the default of 0.001 they are 0.3 to 84 seconds. At least 0.
    pub retry_scale: f64,
    /// How long refunds take to become what they become, in milliseconds, with the cards whose
    /// refunds don't end at once.
    pub refunds_settle_after_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            secret_key: "sk_test_local".to_owned(),
            publishable_key: "pk_test_local".to_owned(),
            webhook: None,
            data_dir: None,
            faults: Faults::default(),
            clock: Clock::default(),
            retry_scale: 0.001,
            refunds_settle_after_ms: 1_000,
        }
    }
}

/// Who is told of events (docs page "Receive Stripe events in your webhook endpoint").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    /// Where events are posted: plain HTTP, on this machine or near.
    pub url: String,
    /// What they are signed with, all of it: `whsec_…`.
    pub secret: String,
}
