//! Sign-in attempts are counted before they are made, so that concurrent attempts can't exceed the
//! limit.

use std::collections::HashMap;
use std::time::Duration;

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::{Item, Table, number, numeric, primary};
use tokio::time::Instant;

use crate::keys::{self, Key};
use crate::password::guessing::{LoginThrottle, MEMORY};

/// The number of seconds for which other attempts wait while one is made that may start a longer
/// delay: longer than a function can run. Only a failed attempt starts that delay, so an internal
/// error costs no more than this.
const MEANWHILE: i64 = 15;
/// For so long a guess waits for those that are being made: several times as long as hashing takes
/// where many do it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something that failures are counted by.
#[derive(Debug, Clone)]
pub struct Subject {
    key: Key,
    ladder: LoginThrottle,
    exempt: bool,
}

impl Subject {
    /// The network address of the attempt.
    #[must_use]
    pub fn address(network: &str) -> Self {
        Self {
            key: keys::failures("ADDRESS", network),
            ladder: LoginThrottle::Address,
            exempt: false,
        }
    }

    /// The account that is guessed at, whether there is one or not, by its e-mail address.
    #[must_use]
    pub fn account(email: &str) -> Self {
        Self {
            key: keys::failures("ACCOUNT", email),
            ladder: LoginThrottle::Account,
            exempt: false,
        }
    }

    /// The account that is guessed at, as far as the guesses come from this network address.
    #[must_use]
    pub fn account_at(email: &str, network: &str) -> Self {
        // Neither part can hold a line break.
        Self {
            key: keys::failures("PAIR", &format!("{email}\n{network}")),
            ladder: LoginThrottle::AccountAtAddress,
            exempt: false,
        }
    }

    /// The same, counted but not waited for.
    #[must_use]
    pub fn exempt(self) -> Self {
        Self { exempt: true, ..self }
    }
}

/// The decision about an attempt.
#[derive(Debug)]
pub enum Begun {
    /// It may, and counts as failed until it has [succeeded](Attempt::succeeded).
    Now(Attempt),
    /// Not before so many seconds have passed.
    After {
        /// Seconds to wait.
        seconds: i64,
    },
}

/// A guess that is counted.
#[derive(Debug)]
#[must_use = "could not undo the count of a successful attempt"]
pub struct Attempt {
    counted: Vec<Counted>,
}

/// The count of one subject.
#[derive(Debug)]
struct Counted {
    subject: Subject,
    failures: i64,
    /// The seconds that the next guess has to wait if this one fails.
    wait: i64,
    /// Until when other attempts wait, as in the item.
    not_before: i64,
    /// When the failures before it would have been forgotten.
    forgotten_at: i64,
}

/// Adds to `commit` that the owner of an account has followed a mailed link from this network:
/// failed attempts on the account are reset, so that the owner can sign in at once. Those from the
/// network on other accounts stay.
pub fn forget(commit: &mut Commit, email: &str, network: &str) {
    for subject in [Subject::account(email), Subject::account_at(email, network)] {
        commit.delete(subject.key);
    }
}

/// Counts an attempt, if it is allowed. It waits for concurrent attempts that may succeed: a user
/// who signs in on many devices at once has made no failed attempt.
///
/// # Errors
/// As [`Table::call`]; [`Error::Unavailable`] when too many are made at the same time.
pub async fn begin(table: &Table, context: &Context, subjects: &[Subject]) -> Result<Begun> {
    let now = context.at.as_second();
    let wanted: Vec<Key> = subjects.iter().map(|subject| subject.key.clone()).collect();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let items = table.get_all(&wanted).await?;
        let pause = match obstacle(subjects, &items, now) {
            Some(Obstacle::Wait { seconds }) => return Ok(Begun::After { seconds }),
            Some(Obstacle::Guess) => 20..=100,
            None => {
                let mut commit = Commit::new(context);
                let counted = subjects
                    .iter()
                    .map(|subject| count(&mut commit, subject, items.get(&subject.key), now))
                    .collect();
                match commit.send(table).await {
                    Ok(()) => return Ok(Begun::Now(Attempt { counted })),
                    Err(Error::VersionConflict) => 1..=20,
                    Err(error) => return Err(error),
                }
            }
        };
        tokio::time::sleep(Duration::from_millis(fastrand::u64(pause))).await;
    }
    Err(Error::Unavailable("too many concurrent sign-in attempts".into()))
}

/// Returns what blocks an attempt.
enum Obstacle {
    /// Failures.
    Wait { seconds: i64 },
    /// Another guess, that may fail or not.
    Guess,
}

fn obstacle(subjects: &[Subject], items: &HashMap<Key, Item>, now: i64) -> Option<Obstacle> {
    let met = subjects.iter().filter(|subject| !subject.exempt).filter_map(|subject| {
        let item = items.get(&subject.key)?;
        let seconds = number(item, "notBefore")? - now;
        let undecided = number(item, "undecided").unwrap_or(0) > 0;
        (seconds > 0).then_some((!undecided, seconds))
    });
    // The longest delay; one that has started takes precedence over one that may start.
    let (decided, seconds) = met.max()?;
    Some(if decided { Obstacle::Wait { seconds } } else { Obstacle::Guess })
}

/// Adds one failure to a subject.
fn count(commit: &mut Commit, subject: &Subject, item: Option<&Item>, now: i64) -> Counted {
    let of = |name| item.and_then(|item| number(item, name)).unwrap_or(0);
    // Expired items may still be there.
    let remembered = if of("expiresAt") > now { of("failures") } else { 0 };
    let wait = subject.ladder.wait(u32::try_from(remembered + 1).unwrap_or(u32::MAX));
    let not_before = if wait > 0 { now + wait.min(MEANWHILE) } else { of("notBefore") };
    let mut values = Item::from([
        (":failures".to_owned(), numeric(remembered + 1)),
        (":notBefore".to_owned(), numeric(not_before)),
        (":expiresAt".to_owned(), numeric(now + MEMORY)),
        (":undecided".to_owned(), numeric(i64::from(wait > 0))),
    ]);
    if item.is_some() {
        values.insert(":seen".to_owned(), numeric(of("failures")));
        let update = "SET failures = :failures, notBefore = :notBefore, expiresAt = :expiresAt, \
             undecided = :undecided";
        commit.update(
            subject.key.clone(),
            update,
            "failures = :seen",
            values,
            Error::VersionConflict,
        );
    } else {
        let mut item: Item = values
            .into_iter()
            .map(|(name, value)| (name.trim_start_matches(':').to_owned(), value))
            .collect();
        item.extend(primary(&subject.key));
        commit.insert(subject.key.clone(), item, Error::VersionConflict);
    }
    Counted {
        subject: subject.clone(),
        failures: remembered + 1,
        wait,
        not_before,
        forgotten_at: if remembered > 0 { of("expiresAt") } else { now },
    }
}

impl Attempt {
    /// The number of consecutive failed attempts on the account, if this one fails.
    #[must_use]
    pub fn failures_of_account(&self) -> i64 {
        let of_account =
            self.counted.iter().find(|counted| counted.subject.ladder == LoginThrottle::Account);
        of_account.map_or(0, |counted| counted.failures)
    }

    /// Records a failed attempt, which starts a delay if its number requires one.
    ///
    /// # Errors
    /// As [`Commit::send`].
    pub async fn failed(&self, table: &Table, context: &Context) -> Result<()> {
        let now = context.at.as_second();
        for counted in self.counted.iter().filter(|counted| counted.wait > 0) {
            let values = Item::from([
                (":failures".to_owned(), numeric(counted.failures)),
                (":notBefore".to_owned(), numeric(now + counted.wait)),
                (":expiresAt".to_owned(), numeric(now + counted.wait + MEMORY)),
            ]);
            let update = "SET notBefore = :notBefore, expiresAt = :expiresAt REMOVE undecided";
            let mut commit = Commit::new(context);
            commit.update(
                counted.subject.key.clone(),
                update,
                "failures = :failures",
                values,
                Error::VersionConflict,
            );
            match commit.send(table).await {
                // An earlier attempt has succeeded, so this failure doesn't start the delay; or an
                // exempt attempt was counted since.
                Err(Error::VersionConflict) => counted.release(table, context).await?,
                sent => sent?,
            }
        }
        Ok(())
    }

    /// Adds a successful attempt to `commit`: the failures of the account are reset, those of the
    /// address are as before. Resetting these too would allow attempts on other accounts between
    /// sign-ins to one's own.
    pub fn succeeded(&self, commit: &mut Commit) {
        for Counted { subject, wait, forgotten_at, .. } in &self.counted {
            match subject.ladder {
                LoginThrottle::Account | LoginThrottle::AccountAtAddress => {
                    commit.delete(subject.key.clone())
                }
                LoginThrottle::Address => {
                    let update = if *wait > 0 {
                        "SET expiresAt = :expiresAt REMOVE notBefore, undecided ADD failures :less"
                    } else {
                        "SET expiresAt = :expiresAt ADD failures :less"
                    };
                    let values = Item::from([
                        (":less".to_owned(), numeric(-1)),
                        (":expiresAt".to_owned(), numeric(*forgotten_at)),
                    ]);
                    commit.update(
                        subject.key.clone(),
                        update,
                        "attribute_exists(pk)",
                        values,
                        Error::VersionConflict,
                    );
                }
            }
        }
    }
}

impl Counted {
    /// Lets others guess again, if it is this guess that they wait for.
    async fn release(&self, table: &Table, context: &Context) -> Result<()> {
        let values = Item::from([
            (":undecided".to_owned(), numeric(1)),
            (":notBefore".to_owned(), numeric(self.not_before)),
        ]);
        let mut commit = Commit::new(context);
        let theirs = "undecided = :undecided AND notBefore = :notBefore";
        commit.update(
            self.subject.key.clone(),
            "REMOVE notBefore, undecided",
            theirs,
            values,
            Error::VersionConflict,
        );
        match commit.send(table).await {
            Err(Error::VersionConflict) => Ok(()),
            sent => sent,
        }
    }
}
