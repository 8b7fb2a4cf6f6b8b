//! Guesses, counted before they are made: however many come at once, no more than the ladder allows get an answer.

use std::time::Duration;

use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::event::Context;
use crate::keys::{self, Key};
use crate::table::{Item, Table, number, numeric, primary};
use crate::users::guessing::{Ladder, MEMORY};

/// For so many seconds nobody else guesses while one is made that may begin a longer wait: longer than a function may run. Only its failure
/// begins that wait, so a fault in between costs no more than this.
const MEANWHILE: i64 = 15;
/// How often a count that others are writing to is tried again.
const TRIES: u32 = 20;

/// Something that failures are counted by.
#[derive(Debug, Clone)]
pub struct Subject {
    key: Key,
    ladder: Ladder,
    exempt: bool,
}

impl Subject {
    /// The network address of whoever guesses.
    #[must_use]
    pub fn address(network: &str) -> Self {
        Self { key: keys::failures("ADDRESS", network), ladder: Ladder::Address, exempt: false }
    }

    /// The account that is guessed at, whether there is one or not, by its e-mail address. Its owner at a `known_device` need not wait
    /// for what others have done.
    #[must_use]
    pub fn account(email: &str, known_device: bool) -> Self {
        Self { key: keys::failures("ACCOUNT", email), ladder: Ladder::Account, exempt: known_device }
    }
}

/// Whether a guess may be made.
#[derive(Debug)]
pub enum Begun {
    /// It may, and counts as failed until it has [succeeded](Attempt::succeeded).
    Now(Attempt),
    /// Not before so many seconds have passed.
    After {
        /// What stands in the way.
        ladder: Ladder,
        /// Seconds to wait.
        seconds: i64,
    },
}

/// A guess that is counted.
#[derive(Debug)]
#[must_use = "an attempt that succeeds must be taken back"]
pub struct Attempt {
    counted: Vec<Counted>,
}

/// What was counted for one subject.
#[derive(Debug)]
struct Counted {
    subject: Subject,
    failures: i64,
    /// The seconds that the next guess has to wait if this one fails.
    wait: i64,
    /// When the failures before it would have been forgotten.
    forgotten_at: i64,
}

/// Counts a guess, if it may be made.
///
/// # Errors
/// As [`Table::call`]; [`Error::Unavailable`] when too many count at the same time.
pub async fn begin(table: &Table, context: &Context, subjects: &[Subject]) -> Result<Begun> {
    let now = context.at.as_second();
    for _ in 0..TRIES {
        let wanted: Vec<Key> = subjects.iter().map(|subject| subject.key.clone()).collect();
        let items = table.get_all(&wanted).await?;
        let waiting = subjects.iter().filter(|subject| !subject.exempt).filter_map(|subject| {
            let seconds = number(items.get(&subject.key)?, "notBefore")? - now;
            (seconds > 0).then_some(Begun::After { ladder: subject.ladder, seconds })
        });
        if let Some(after) = waiting.max_by_key(|after| if let Begun::After { seconds, .. } = after { *seconds } else { 0 }) {
            return Ok(after);
        }
        let mut commit = Commit::new(context);
        let counted = subjects.iter().map(|subject| count(&mut commit, subject, items.get(&subject.key), now)).collect();
        match commit.send(table).await {
            Ok(()) => return Ok(Begun::Now(Attempt { counted })),
            Err(Error::Stale) => tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=20))).await,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("guesses were counted by too many at once".into()))
}

/// Adds one failure to a subject.
fn count(commit: &mut Commit, subject: &Subject, item: Option<&Item>, now: i64) -> Counted {
    let of = |name| item.and_then(|item| number(item, name)).unwrap_or(0);
    // What is deleted for its age is deleted late.
    let remembered = if of("expiresAt") > now { of("failures") } else { 0 };
    let wait = subject.ladder.wait(u32::try_from(remembered + 1).unwrap_or(u32::MAX));
    let mut values = Item::from([
        (":failures".to_owned(), numeric(remembered + 1)),
        (":notBefore".to_owned(), numeric(if wait > 0 { now + wait.min(MEANWHILE) } else { of("notBefore") })),
        (":expiresAt".to_owned(), numeric(now + MEMORY)),
    ]);
    if item.is_some() {
        values.insert(":seen".to_owned(), numeric(of("failures")));
        let update = "SET failures = :failures, notBefore = :notBefore, expiresAt = :expiresAt";
        commit.update(subject.key.clone(), update, "failures = :seen", values, Error::Stale);
    } else {
        let mut item: Item = values.into_iter().map(|(name, value)| (name.trim_start_matches(':').to_owned(), value)).collect();
        item.extend(primary(&subject.key));
        commit.insert(subject.key.clone(), item, Error::Stale);
    }
    Counted {
        subject: subject.clone(),
        failures: remembered + 1,
        wait,
        forgotten_at: if remembered > 0 { of("expiresAt") } else { now },
    }
}

impl Attempt {
    /// It was a wrong guess: where the ladder has a rung, the wait begins.
    ///
    /// # Errors
    /// As [`Commit::send`].
    pub async fn failed(&self, table: &Table, context: &Context) -> Result<()> {
        let now = context.at.as_second();
        let mut commit = Commit::new(context);
        for Counted { subject, failures, wait, .. } in self.counted.iter().filter(|counted| counted.wait > 0) {
            let values = Item::from([
                (":failures".to_owned(), numeric(*failures)),
                (":notBefore".to_owned(), numeric(now + wait)),
                (":expiresAt".to_owned(), numeric(now + wait + MEMORY)),
            ]);
            let update = "SET notBefore = :notBefore, expiresAt = :expiresAt";
            commit.update(subject.key.clone(), update, "failures = :failures", values, Error::Stale);
        }
        if commit.is_empty() {
            return Ok(());
        }
        match commit.send(table).await {
            // Somebody exempt has counted since, or has signed in.
            Err(Error::Stale) => Ok(()),
            sent => sent,
        }
    }

    /// Adds to `commit` that it was no wrong guess: the account's failures are forgotten, the address's are as before. Forgetting those, too,
    /// would let somebody guess at others' accounts between sign-ins to the own one.
    pub fn succeeded(&self, commit: &mut Commit) {
        for Counted { subject, wait, forgotten_at, .. } in &self.counted {
            match subject.ladder {
                Ladder::Account => commit.delete(subject.key.clone()),
                Ladder::Address => {
                    let update = if *wait > 0 {
                        "SET expiresAt = :expiresAt REMOVE notBefore ADD failures :less"
                    } else {
                        "SET expiresAt = :expiresAt ADD failures :less"
                    };
                    let values = Item::from([(":less".to_owned(), numeric(-1)), (":expiresAt".to_owned(), numeric(*forgotten_at))]);
                    commit.update(subject.key.clone(), update, "attribute_exists(pk)", values, Error::Stale);
                }
            }
        }
    }
}
