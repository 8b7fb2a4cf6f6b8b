//! How a stack is started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use builder_runtime::Function;
use builder_store::clock::Clock;
use builder_stripe::Options as StripeOptions;

use crate::Mode;
use crate::cloud::Faults;
use crate::cloud::iam::GrantLog;
use crate::meter::Meter;
use crate::time::ProcessClock;

/// How a stack is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory that holds `template.yaml`.
    pub template_root: PathBuf,
    /// The functions that stanzas may name, when they run in this process.
    pub functions: fn() -> Vec<Function>,
    /// The port of the HTTP API; 0 takes any free one.
    pub api_port: u16,
    /// The port of the AWS endpoint; 0 takes any free one.
    pub aws_port: u16,
    /// The port of the local Stripe; 0 takes any free one. It isn't started when the parameter
    /// `StripeUrl` names another one.
    pub stripe_port: u16,
    /// How the local Stripe is started, but for its port and where its data is kept.
    pub stripe: StripeOptions,
    /// Where data is kept. `None`: in memory.
    pub data_dir: Option<PathBuf>,
    /// Whether to delete what the data directory holds first.
    pub fresh: bool,
    /// Another AWS endpoint to use instead of the one in this process. Policies and faults are then
    /// its own business.
    pub aws_url: Option<String>,
    /// The account there, of 12 digits: emulators take such an access key for the account. `None`:
    /// the one that all share.
    pub aws_account: Option<String>,
    /// How functions run.
    pub lambda: Mode,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Whether the limits of requests per address and per user hold. Without them, the parameters
    /// that don't say otherwise are beyond what one machine can do.
    pub limits: bool,
    /// What the functions and the gateway take for the time. Processes have the machine's.
    pub clock: Arc<dyn Clock>,
    /// What goes wrong at the AWS endpoint.
    pub faults: Faults,
    /// Counts what functions call, if they and the AWS endpoint are in this process.
    pub meter: Option<Meter>,
    /// Where the grants of the functions' policies are written that their calls use.
    pub grant_log: Option<GrantLog>,
    /// E-mail address and password of the first administrator; `None`: nobody is created.
    pub admin: Option<(String, String)>,
    /// Whether to tell on standard error what happens while starting.
    pub log: bool,
}

impl Options {
    /// A silent stack in memory, on free ports, with these functions in this process.
    #[must_use]
    pub fn in_memory(template_root: impl Into<PathBuf>, functions: fn() -> Vec<Function>) -> Self {
        Self {
            template_root: template_root.into(),
            functions,
            api_port: 0,
            aws_port: 0,
            stripe_port: 0,
            stripe: StripeOptions::default(),
            data_dir: None,
            fresh: false,
            aws_url: None,
            aws_account: None,
            lambda: Mode::InProcess,
            parameters: BTreeMap::new(),
            limits: true,
            clock: Arc::new(ProcessClock),
            faults: Faults::default(),
            meter: None,
            grant_log: None,
            admin: None,
            log: false,
        }
    }
}
