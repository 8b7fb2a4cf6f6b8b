//! The options of a stack.

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

/// The options of a stack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory that contains `template.yaml`.
    pub template_root: PathBuf,
    /// The functions that stanzas may name, when they run in this process.
    pub functions: fn() -> Vec<Function>,
    /// The port of the HTTP API; 0 chooses a free one.
    pub api_port: u16,
    /// The port of the AWS endpoint; 0 chooses a free one.
    pub aws_port: u16,
    /// The port of the local Stripe; 0 chooses a free one. It isn't started if the parameter
    /// `StripeUrl` names another server.
    pub stripe_port: u16,
    /// The options of the local Stripe, except for its port and its data.
    pub stripe: StripeOptions,
    /// The directory of the data. `None`: in memory.
    pub data_dir: Option<PathBuf>,
    /// Whether to delete the contents of the data directory first.
    pub fresh: bool,
    /// Another AWS endpoint to use instead of the one in this process. Policies and faults then
    /// depend on that endpoint.
    pub aws_url: Option<String>,
    /// The account ID there, 12 digits: emulators accept it as an access key. `None`: their default
    /// account.
    pub aws_account: Option<String>,
    /// How functions run.
    pub lambda: Mode,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Whether the rate limits per address and per user are enforced. Otherwise their parameters,
    /// unless given, are set beyond what one machine can serve.
    pub limits: bool,
    /// The clock of the functions and the gateway. Processes use the machine's.
    pub clock: Arc<dyn Clock>,
    /// The faults of the AWS endpoint.
    pub faults: Faults,
    /// Counts the calls of the functions, if they and the AWS endpoint are in this process.
    pub meter: Option<Meter>,
    /// The log of the grants of the functions' policies that their calls use.
    pub grant_log: Option<GrantLog>,
    /// E-mail address and password of the first administrator; `None`: none is created.
    pub admin: Option<(String, String)>,
    /// Whether to log the start on standard error.
    pub log: bool,
}

impl Options {
    /// Returns the options of a stack in memory, without log output, on free ports, with these
    /// functions in this process.
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
