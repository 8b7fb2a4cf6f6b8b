//! A whole stack in this process.

pub(super) mod clock;
pub(super) mod log;
pub(super) mod process;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use builder_local::Options;
use builder_local::cloud::Faults;
use builder_local::cloud::iam::GrantLog;
use builder_local::meter::Meter;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::aws::Aws;
use crate::repository::repository;
use crate::token::Tokens;
use clock::TestClock;
use process::build_binaries;

/// Address and password of the administrator of every stack.
pub const ADMIN: (&str, &str) = ("admin@example.com", "correct horse battery admin");
/// How long the work behind a test may take: the stack works on one machine together with
/// everything else, and a message that failed once is in hiding for three minutes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);
/// Another AWS endpoint for all stacks, such as `MiniStack`: each has an account of its own there.
const AWS_URL: &str = "BUILDER_TEST_AWS_URL";

/// A file for the grants of policies that the tests use, which `grants` reads afterwards.
const GRANTS: &str = "BUILDER_TEST_GRANTS";
static GRANT_LOG: LazyLock<Option<GrantLog>> = LazyLock::new(|| {
    let path = std::env::var(GRANTS).ok().filter(|path| !path.is_empty())?;
    Some(
        GrantLog::open(Path::new(&path))
            .unwrap_or_else(|error| panic!("{GRANTS}, {path}: {error}")),
    )
});

/// How a test wants its stack.
#[must_use = "a setup is started"]
pub struct Setup {
    options: Options,
    clock: TestClock,
    assert_idle: bool,
}

impl Default for Setup {
    /// In memory, on free ports, with the machine's time and every limit of a client at its real
    /// value. Only passwords are hashed cheaply, and routes bear all tests at once.
    fn default() -> Self {
        let mut options = Options::in_memory(repository(), builder_run::functions);
        options.admin = Some((ADMIN.0.to_owned(), ADMIN.1.to_owned()));
        options.aws_url = std::env::var(AWS_URL).ok().filter(|url| !url.is_empty());
        options.aws_account = options
            .aws_url
            .as_ref()
            .map(|_| format!("{:012}", fastrand::u64(1..1_000_000_000_000)));
        options.grant_log = GRANT_LOG.clone();
        let setup = Self { options, clock: TestClock::default(), assert_idle: false };
        setup.parameter("PasswordCost", "4").parameter("RouteThrottles", "off")
    }
}

impl Setup {
    /// With a parameter of the template.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.options.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Without limits that a test with very many requests would meet.
    pub fn unlimited(self) -> Self {
        self.beyond_limits(&[
            "CallerLimitPerHour",
            "IpLimitPerMinute",
            "ThrottleRate",
            "ThrottleBurst",
        ])
    }

    fn beyond_limits(self, limits: &[&str]) -> Self {
        limits.iter().fold(self, |setup, limit| setup.parameter(limit, "1000000"))
    }

    /// With a clock that stands still until it is moved.
    pub fn frozen_clock(mut self) -> Self {
        self.clock = TestClock::frozen_clock();
        self
    }

    /// With its data in a directory, where a next one finds it.
    pub fn in_directory(mut self, directory: &Path) -> Self {
        self.options.data_dir = Some(directory.to_owned());
        self
    }

    /// With the functions' real binaries, each in a process of its own, which can be killed. They
    /// have the machine's time.
    pub fn as_processes(mut self) -> Self {
        build_binaries();
        self.options.lambda = builder_local::Mode::Process;
        self
    }

    /// Without an administrator: the test makes it.
    pub fn without_admin(mut self) -> Self {
        self.options.admin = None;
        self
    }

    /// With things going wrong at the AWS endpoint.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.options.faults = faults;
        self
    }

    /// With a count of what functions call.
    pub fn metered(self, meter: &Meter) -> Self {
        let mut setup = self.with_cloud_of_its_own();
        setup.options.meter = Some(meter.clone());
        setup
    }

    /// With the AWS endpoint in this process, whichever the tests use.
    pub fn with_cloud_of_its_own(mut self) -> Self {
        (self.options.aws_url, self.options.aws_account) = (None, None);
        self
    }

    /// With the templates in another directory than the repository.
    pub fn with_templates(mut self, directory: &Path) -> Self {
        self.options.template_root = directory.to_owned();
        self
    }

    /// Lets the test fail in the end if any work is left over: a record unread, a message unsent or
    /// failing.
    pub fn assert_idle(mut self) -> Self {
        self.assert_idle = true;
        self
    }

    /// Starts it.
    #[must_use]
    pub fn start(mut self) -> Arc<Stack> {
        let playable = self.options.aws_url.is_none() || self.options.faults.rules.is_empty();
        assert!(
            playable,
            "faults are made by the AWS endpoint in this process, not by {:?}",
            self.options.aws_url
        );
        let account = self.options.aws_account.clone();
        let clock = Arc::new(self.clock);
        self.options.clock = clock.clone();
        let options = self.options;
        // On a thread of its own: the caller may be inside another runtime.
        let start = || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("stack")
                .enable_all()
                .build()?;
            let local = runtime.block_on(builder_local::Stack::start(options))?;
            anyhow::Ok((runtime, local))
        };
        let started =
            std::thread::scope(|scope| scope.spawn(start).join().expect("a start without panic"));
        let (runtime, local) =
            started.unwrap_or_else(|error| panic!("the stack doesn't start: {error:#}"));
        Arc::new(Stack {
            api_url: local.api_url(),
            aws: Aws::at(local.aws_url(), account.as_deref()),
            clock,
            admin: OnceCell::new(),
            assert_idle: self.assert_idle,
            local: Some(Arc::new(local)),
            runtime: Some(runtime),
        })
    }
}

/// A running stack. It stops, and leaves nothing behind, when the last of those who may call it is
/// gone.
pub struct Stack {
    /// The base URL of the API.
    pub api_url: String,
    /// The time.
    pub clock: Arc<TestClock>,
    aws: Aws,
    pub(crate) admin: OnceCell<Tokens>,
    assert_idle: bool,
    local: Option<Arc<builder_local::Stack>>,
    runtime: Option<Runtime>,
}

impl Stack {
    /// The stack that tests without wishes share: started by the first of them and stopped after
    /// the last.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Stack>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let stack = Setup::default().start();
            *shared = Arc::downgrade(&stack);
            stack
        })
    }

    /// A stack of one's own.
    pub fn own() -> Setup {
        Setup::default()
    }

    /// The local Stripe's URL.
    #[must_use]
    pub fn stripe_url(&self) -> &str {
        self.stripe().url()
    }

    /// The local Stripe.
    #[must_use]
    pub fn stripe(&self) -> &builder_stripe::Stripe {
        self.local().stripe().expect("a local Stripe")
    }

    /// The AWS endpoint.
    #[must_use]
    pub fn aws(&self) -> Aws {
        self.aws.clone()
    }

    /// Invokes a function by hand.
    ///
    /// # Errors
    /// What the function failed with.
    pub async fn invoke(&self, function: &str, payload: Value) -> anyhow::Result<Value> {
        let (local, function) = (self.local().clone(), function.to_owned());
        self.on_its_runtime(async move { local.invoke(&function, payload).await }).await
    }

    /// The variables of a function.
    #[must_use]
    pub fn environment(&self, function: &str) -> Option<BTreeMap<String, String>> {
        self.local().environment(function)
    }

    /// Whether a function is told this variable.
    #[must_use]
    pub fn is_told(&self, function: &str, variable: &str) -> bool {
        self.environment(function).is_some_and(|variables| variables.contains_key(variable))
    }

    /// Waits until everything that follows from the requests so far is done: records relayed,
    /// messages worked off, mails sent.
    pub async fn wait_until_idle(&self) {
        self.wait_until_idle_within(PATIENCE).await;
    }

    /// As [`Self::wait_until_idle`], with another patience.
    pub async fn wait_until_idle_within(&self, patience: Duration) {
        let local = self.local().clone();
        let idle = self.on_its_runtime(async move { local.wait_idle(patience).await }).await;
        idle.unwrap_or_else(|error| panic!("work is left over: {error:#}"));
    }

    fn local(&self) -> &Arc<builder_local::Stack> {
        self.local.as_ref().expect("a running stack")
    }

    /// What a stack begins must not end with the test's own runtime.
    async fn on_its_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.runtime
            .as_ref()
            .expect("a running stack")
            .spawn(work)
            .await
            .expect("no panic in the stack")
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stack({})", self.api_url)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let (Some(runtime), Some(local)) = (self.runtime.take(), self.local.take()) else { return };
        let look = self.assert_idle && !std::thread::panicking();
        let stop = move || {
            let left = if look { runtime.block_on(local.wait_idle(PATIENCE)) } else { Ok(()) };
            if let Some(local) = Arc::into_inner(local) {
                runtime.block_on(local.stop());
            }
            runtime.shutdown_timeout(Duration::from_secs(5));
            left
        };
        let left = std::thread::scope(|scope| scope.spawn(stop).join());
        if let Ok(Err(error)) = left {
            panic!("the test left work over: {error:#}");
        }
    }
}
