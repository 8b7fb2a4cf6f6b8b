//! Starts the parts of a stack in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use aws_smithy_async::time::SharedTimeSource;
use builder_runtime::Ports;
use futures::future::try_join_all;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Options, Stack, administrator, functions, lambda_env, listen, payment_provider};
use crate::aws::{Clients, Home, Keys, Transport, in_process, provision};
use crate::closing;
use crate::cloud::arn::ACCOUNT;
use crate::cloud::{ADMINISTRATOR, Cloud, CloudOptions};
use crate::console::{Console, Mails, Setup, StripeAccount};
use crate::data_dir::{self, DataDir};
use crate::gateway::{self, Gateway};
use crate::lambda::{Lambda, LambdaApi, Mode};
use crate::mappings::{Mappings, Sources};
use crate::recorder::Recorder;
use crate::template::{self, Known, Model, Platform};
use crate::time::{self, SigningTime};

/// The region.
const REGION: &str = "us-east-1";
/// The access key that is customary with emulators of AWS, and its secret.
const EMULATOR_KEY: &str = "test";

pub(super) async fn start(options: Options) -> Result<Stack> {
    let progress = Progress { log: options.log, start: Instant::now() };
    listen::raise_file_limit();
    // All checks that may refuse a start come before the data is changed.
    options
        .data_dir
        .as_deref()
        .map(|directory| data_dir::check(directory, options.fresh))
        .transpose()?;
    let api_listener = listen::listen(options.api_port, "the API", "--api-port")?;
    let api = api_listener.local_addr().context("the API's port")?;
    let api_url = format!("http://{api}");

    let (remote, aws_url, aws_listener) = match &options.aws_url {
        Some(url) => (Some(Transport::remote(url)?), url.trim_end_matches('/').to_owned(), None),
        None => {
            let listener = listen::listen(options.aws_port, "the AWS endpoint", "--aws-port")?;
            let url =
                format!("http://{}", listener.local_addr().context("the AWS endpoint's port")?);
            (None, url, Some(listener))
        }
    };

    // Another endpoint may accept only the customary key of emulators, or an account ID in its
    // place. The secret is the same for both, and is needed for presigned URLs.
    let (access, secret) = match (&remote, &options.aws_account) {
        (None, _) => (ADMINISTRATOR, ADMINISTRATOR),
        (Some(_), Some(account)) => (account.as_str(), EMULATOR_KEY),
        (Some(_), None) => (EMULATOR_KEY, EMULATOR_KEY),
    };
    let administrator = Keys { access: access.to_owned(), secret: secret.to_owned() };
    let account = options.aws_account.as_deref().filter(|_| remote.is_some()).unwrap_or(ACCOUNT);
    let home = Home { region: REGION.to_owned(), account: account.to_owned() };
    let root = options.template_root.join("template.yaml");
    let stripe_listener = payment_provider::listen(&options)?;
    let stripe_url = stripe_listener.as_ref().map(payment_provider::url).transpose()?;
    let parameters = parameters(&root, &options, &api_url, stripe_url.as_deref())?;
    let platform = Platform {
        region: home.region.clone(),
        account: home.account.clone(),
        stack: stack_name(&parameters),
        aws_url: aws_url.clone(),
        api_url: api_url.clone(),
    };
    let mut model = template::load(&root, &parameters, &platform, &Known::new())?;
    progress.tell(&format!(
        "template read: {} functions, {} routes",
        model.functions.len(),
        model.api.routes.len()
    ));

    let data_dir = options
        .data_dir
        .as_deref()
        .map(|directory| DataDir::take(directory, options.fresh))
        .transpose()?;
    let (cloud, transport) = match remote {
        Some(transport) => (None, transport),
        None => {
            let cloud = Cloud::open(CloudOptions {
                data_dir: options.data_dir.clone(),
                region: REGION.to_owned(),
                faults: options.faults.clone(),
            })?;
            (Some(cloud.clone()), Transport::Local(cloud))
        }
    };
    let stripe =
        stripe_listener.map(|listener| payment_provider::start(listener, &options)).transpose()?;

    let admin_client =
        Clients::new(transport.clone(), home.clone(), administrator.clone(), Default::default())
            .administrator();
    let known = provision::provision(&admin_client, &model)
        .await
        .with_context(|| format!("at {aws_url}"))?;
    if cloud.is_none() {
        // The stanzas need the names that another endpoint assigned.
        model = template::load(&root, &parameters, &platform, &known)?;
        provision::verify_senders(&admin_client, &model).await?;
    }
    if stripe.is_some() {
        payment_provider::give_keys(&admin_client, &model, &options.stripe.secret_key).await?;
    }
    progress.tell(&format!(
        "resources ready: {} tables, {} queues, {} secrets, {} buckets",
        model.tables.len(),
        model.queues.len(),
        model.secrets.len(),
        model.buckets.len()
    ));

    let keys = functions::credentials(&model, cloud.as_ref(), options.grant_log.as_ref(), REGION)?;
    let clients = Arc::new(Clients::new(transport, home, administrator.clone(), keys.clone()));
    let ports = |function: &str| Ports {
        clock: Arc::clone(&options.clock),
        signing_time: Some(SharedTimeSource::new(SigningTime)),
        http: cloud
            .as_ref()
            .map(|cloud| in_process::http_client(cloud, function, options.meter.as_ref())),
    };
    let recorder = Recorder::default();
    let code =
        functions::with_code(&model, options.lambda, (options.functions)(), ports, options.log)?;
    let variables = |function: &template::Function| {
        functions::variables(
            function,
            REGION,
            &aws_url,
            keys.get(&function.name).unwrap_or(&administrator),
        )
    };
    let lambda = Lambda::new(code, variables, &recorder);

    let (closing, closed) = watch::channel(false);
    let (closing_endpoint, endpoint_closed) = watch::channel(false);
    let endpoint = match (&cloud, aws_listener) {
        (Some(cloud), Some(listener)) => {
            cloud.set_recorder(recorder.clone());
            cloud.set_invoker(Arc::new(LambdaApi {
                lambda: lambda.clone(),
                clients: Arc::downgrade(&clients),
            }));
            Some(tokio::spawn(serve_endpoint(cloud.clone(), listener, endpoint_closed)))
        }
        _ => None,
    };
    if options.lambda == Mode::InProcess {
        warm_up(&lambda, &model).await?;
        progress.tell("functions started");
    }

    let mails = Arc::new(match &cloud {
        Some(cloud) => Mails::Local(cloud.mailbox()),
        None => Mails::Remote(clients.administrator()),
    });
    let model = Arc::new(model);
    let console = Console::new(Setup {
        mails: Arc::clone(&mails),
        aws: clients.administrator(),
        aws_url: aws_url.clone(),
        cloud: cloud.clone(),
        api_url: api_url.clone(),
        lambda: lambda.clone(),
        mode: options.lambda,
        model: Arc::clone(&model),
        recorder: recorder.clone(),
        clock: Arc::clone(&options.clock),
        stripe: stripe.as_ref().map(|stripe| {
            StripeAccount::new(
                stripe.url(),
                &options.stripe.secret_key,
                &options.stripe.publishable_key,
            )
        }),
        data_dir: options.data_dir.clone(),
        template_root: options.template_root.clone(),
    })?;
    let gateway = Gateway::new(
        &model.api,
        &lambda,
        Arc::clone(&options.clock),
        console,
        recorder,
        api.port(),
    );
    if gateway.routes() != model.api.routes.len() {
        bail!("some routes have functions that aren't running");
    }
    let mappings = Mappings::start(Sources {
        model: &model,
        lambda: &lambda,
        clients: &clients,
        clock: Arc::clone(&options.clock),
        data_dir: options.data_dir.clone(),
        written: cloud.as_ref().map(Cloud::stream_written),
        closing: closed.clone(),
    })
    .await?;
    if let Some(data_dir) = &options.data_dir {
        let common =
            cloud.as_ref().map(|cloud| functions::common_credentials(&model, cloud)).transpose()?;
        lambda_env::write(
            data_dir,
            &model,
            REGION,
            &aws_url,
            common.as_ref().unwrap_or(&administrator),
        )?;
    }
    let created =
        administrator::create(&lambda, options.data_dir.as_deref(), options.admin).await?;
    let gateway = tokio::spawn(gateway::serve(Arc::new(gateway), api_listener, closed));
    if let Some(stripe) = &stripe {
        payment_provider::connect(stripe, &api_url);
    }
    if let Some(data_dir) = &data_dir {
        data_dir.settle(time::ahead())?;
    }
    progress.tell("ready");
    Ok(Stack {
        api,
        aws_url,
        model,
        lambda,
        mails,
        mappings,
        cloud,
        _clients: clients,
        administrator: created,
        stripe,
        gateway,
        endpoint,
        closing,
        closing_endpoint,
        _data_dir: data_dir,
    })
}

/// The parameters that limit the requests of one address and of one user.
const LIMITS: [&str; 2] = ["IpLimitPerMinute", "CallerLimitPerHour"];
/// More requests than one machine can serve in that time.
const NO_LIMIT: &str = "1000000000";

/// Returns the given parameters, and those that only a local stack can know, unless the template
/// has no such parameter.
fn parameters(
    root: &Path,
    options: &Options,
    api_url: &str,
    stripe_url: Option<&str>,
) -> Result<BTreeMap<String, String>> {
    if !root.is_file() {
        bail!("there is no {}; run this in the repository", root.display());
    }
    let declared = template::parameter_names(root)?;
    let own = [
        ("Stage", "dev".to_owned()),
        ("PublicUrl", api_url.to_owned()),
        ("AppUrl", format!("{api_url}/_local")),
    ];
    let mut parameters = options.parameters.clone();
    let stripe = stripe_url.map(|url| (payment_provider::URL, url.to_owned()));
    let limits =
        LIMITS.into_iter().filter(|_| !options.limits).map(|name| (name, NO_LIMIT.to_owned()));
    for (name, value) in own.into_iter().chain(stripe).chain(limits) {
        if declared.iter().any(|declared| declared == name) {
            parameters.entry(name.to_owned()).or_insert(value);
        }
    }
    Ok(parameters)
}

/// Reads the template as a start with these options would. Returns a summary.
pub(crate) fn check_template(options: &Options) -> Result<String> {
    let root = options.template_root.join("template.yaml");
    let (api_url, stripe_url) = ("http://127.0.0.1:3000", "http://127.0.0.1:12111");
    let stripe_url =
        (!options.parameters.contains_key(payment_provider::URL)).then_some(stripe_url);
    let parameters = parameters(&root, options, api_url, stripe_url)?;
    let platform = Platform {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        stack: stack_name(&parameters),
        aws_url: "http://127.0.0.1:4566".to_owned(),
        api_url: api_url.to_owned(),
    };
    let model = template::load(&root, &parameters, &platform, &Known::new())?;
    Ok(format!(
        "{}: {} functions, {} routes",
        root.display(),
        model.functions.len(),
        model.api.routes.len()
    ))
}

fn stack_name(parameters: &BTreeMap<String, String>) -> String {
    format!("builder-{}", parameters.get("Stage").map_or("dev", String::as_str))
}

/// Starts every function once, so that a missing variable is reported now, not at the first
/// request.
async fn warm_up(lambda: &Lambda, model: &Model) -> Result<()> {
    let starts = lambda.functions().map(|function| async move {
        function.warm_up().await.map_err(|failure| {
            let stanza = model
                .function(function.name())
                .map_or("the template", |function| function.stanza.as_str());
            anyhow::anyhow!("{stanza}: the function {} can't start: {failure}", function.name())
        })
    });
    try_join_all(starts).await.map(drop)
}

async fn serve_endpoint(cloud: Cloud, listener: TcpListener, mut closed: watch::Receiver<bool>) {
    cloud.serve(listener, closing::closed(&mut closed)).await;
}

struct Progress {
    log: bool,
    start: Instant,
}

impl Progress {
    fn tell(&self, what: &str) {
        if self.log {
            eprintln!("{:>6} ms  {what}", self.start.elapsed().as_millis());
        }
    }
}
