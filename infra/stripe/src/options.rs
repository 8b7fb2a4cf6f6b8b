//! The options of a local Stripe.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::faults::Faults;

/// The options of a local Stripe. By default it is in memory, on a free port, with well-known keys,
/// and delivers no events.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Port 0 chooses a free one.
    pub listen: SocketAddr,
    /// The secret key of servers, with all rights.
    pub secret_key: String,
    /// The publishable key of browsers: may retrieve and confirm an intent with its client secret.
    pub publishable_key: String,
    /// The endpoint for events.
    pub webhook: Option<WebhookEndpoint>,
    /// The directory of the data. `None`: in memory.
    pub data_dir: Option<PathBuf>,
    /// The faults.
    pub faults: Faults,
    /// The clock.
    pub clock: Clock,
    /// The factor of the pauses between deliveries. With 1 they are 5 minutes to 23 hours, three
    /// days in all; with the default of 0.001 they are 0.3 to 84 seconds. At least 0.
    pub retry_scale: f64,
    /// How long the refunds of test cards with asynchronous refunds take, in milliseconds.
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

/// An endpoint for events (docs page "Receive Stripe events in your webhook endpoint").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    /// The URL that events are posted to: plain HTTP, on this machine or nearby.
    pub url: String,
    /// The signing secret, including its prefix: `whsec_…`.
    pub secret: String,
}
