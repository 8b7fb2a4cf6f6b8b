//! How hard a password is to guess, as an attacker would go about it: words, names, dates, keyboard
//! rows and their variations.
//!
//! The estimate is zxcvbn's (D. Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX
//! Security 2016). Its scores: 0 below 10³ guesses, 1 below 10⁶, 2 below 10⁸, 3 below 10¹⁰, 4
//! above.
//!
//! What is known of the owner, the company and the service counts for nothing (NIST SP 800-63B,
//! section 5.1.1.2, "context-specific words"): it is taken out before the rest is estimated.

use builder_store::config::{Env, EnvError};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::password;

/// How many characters are estimated; what follows only makes a password harder. The work grows
/// with the square of the length, and most for characters that may stand for letters: 40 of those
/// take a tenth of a second, 100 more than half a second.
pub const ESTIMATED: usize = 40;

/// What the service is called, which everybody knows.
const SERVICE: &str = "Builder API";
/// Shorter words are left in: they occur in others by chance.
const SHORTEST_KNOWN: usize = 3;

/// The least score of a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strength {
    least: u8,
}

impl Strength {
    /// The least score that `PASSWORD_SCORE` gives.
    ///
    /// # Errors
    /// [`EnvError`] when it is missing or not within 0 to 4.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        let expected = "a whole number from 0 to 4";
        let least = env.parse("PASSWORD_SCORE", expected)?;
        if least > 4 {
            return Err(EnvError::Malformed { name: "PASSWORD_SCORE".to_owned(), expected });
        }
        Ok(Self { least })
    }

    /// Accepts a password that is hard enough to guess for somebody who knows what is `known` of
    /// its owner and of the company.
    ///
    /// # Errors
    /// Why it is easy, and what to change.
    pub fn check(self, password: &SecretString, known: &[&str]) -> Result<(), String> {
        let password = password::prepared(password);
        let words = words(known);
        let (rest, removed) = without(password.expose_secret(), &words);
        let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
        let estimate = zxcvbn::zxcvbn(&estimated(&rest), &inputs);
        let score = u8::from(estimate.score());
        if score >= self.least {
            return Ok(());
        }
        let context = removed.then(|| {
            "Your name, your address and the names of the service and the company don't add to \
             the score."
                .to_owned()
        });
        let warning = estimate
            .feedback()
            .and_then(|feedback| feedback.warning())
            .map(|warning| warning.to_string());
        let suggestions =
            estimate.feedback().map(|feedback| feedback.suggestions()).unwrap_or_default();
        let suggestions = suggestions.iter().map(ToString::to_string);
        let reasons: Vec<String> = context.into_iter().chain(warning).chain(suggestions).collect();
        Err(format!(
            "is too easy to guess: its score is {score} of 4, and must be at least {}. {}",
            self.least,
            reasons.join(" ")
        ))
    }
}

/// The part of a password that is estimated.
fn estimated(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.chars().take(ESTIMATED).collect())
}

/// The single words of what is known, the longest first, each once.
fn words(known: &[&str]) -> Vec<String> {
    let parts = known
        .iter()
        .chain(&[SERVICE])
        .flat_map(|known| known.split(|letter: char| !letter.is_alphanumeric()));
    let mut words: Vec<String> = parts
        .filter(|word| word.chars().count() >= SHORTEST_KNOWN)
        .map(str::to_lowercase)
        .collect();
    words.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    words.dedup();
    words
}

/// The password without these words, however they are spelled in it, and whether it held any.
fn without(password: &str, words: &[String]) -> (Zeroizing<String>, bool) {
    let mut rest: Zeroizing<Vec<char>> = Zeroizing::new(password.chars().collect());
    let before = rest.len();
    for word in words {
        let word: Vec<char> = word.chars().map(letter_for).collect();
        let mut start = 0;
        while start + word.len() <= rest.len() {
            if rest[start..]
                .iter()
                .zip(&word)
                .all(|(letter, wanted)| letter_for(*letter) == *wanted)
            {
                rest.drain(start..start + word.len());
            } else {
                start += 1;
            }
        }
    }
    (Zeroizing::new(rest.iter().collect()), rest.len() < before)
}

/// The letter that a character is or stands for in "l33t" spelling. Those that one digit stands for
/// are the same here.
fn letter_for(character: char) -> char {
    match character.to_lowercase().next().unwrap_or(character) {
        '4' | '@' => 'a',
        '8' => 'b',
        '3' => 'e',
        '6' | '9' => 'g',
        '1' | '!' | '|' | 'l' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '2' => 'z',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(password: &str) -> Result<(), String> {
        Strength { least: 3 }.check(
            &password.into(),
            &["ada.lovelace@example.com", "Ada Lovelace", "Engines & More"],
        )
    }

    #[test]
    fn what_is_easy_is_refused_with_reasons() {
        for easy in [
            "password",
            "12345678",
            "qwertyuiop",
            "Passw0rd!",
            "aaaaaaaaaaaa",
            "ada.lovelace@example.com",
            "lovelace1",
            "Summer2025!",
            "Builder2026!",
            "BuilderAPI2026",
            "8u1ld3r-4p1-2026",
            "MyBuilderPassword1!",
            "EnginesMore2026!",
            "Engines&More1",
            "L0v3l@ce2026!",
            "builderbuilderbuilder",
        ] {
            let reasons = check(easy).unwrap_err();
            assert!(
                reasons.starts_with("is too easy to guess: its score is ") && reasons.len() > 70,
                "{easy}: {reasons}"
            );
            assert!(
                easy == "password" || !reasons.contains(easy),
                "the password itself isn't repeated"
            );
        }
        assert!(check("Builder2026!").unwrap_err().contains("the names of the service"));
        assert!(!check("Summer2025!").unwrap_err().contains("the names of the service"));
    }

    #[test]
    fn what_is_hard_is_accepted_whatever_it_is_made_of() {
        for hard in [
            "correct horse battery staple",
            "nur ein paar kleine Worte",
            "x7#Kq!m2Lp",
            "密码是我的小秘密很长",
            "Ada sells seven green umbrellas",
        ] {
            assert_eq!(check(hard), Ok(()), "{hard}");
        }
    }

    #[test]
    fn the_longest_password_is_estimated_too() {
        assert_eq!(check(&"Zq7 long and winding ".repeat(12)), Ok(()));
    }

    proptest! {
        /// The work is bounded by what is handed over, whatever is sent.
        #[test]
        fn no_more_is_estimated_than_the_limit(password in "\\PC{0,300}", known in prop::collection::vec("\\PC{0,60}", 0..5)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let (rest, _) = without(&password, &words(&known));
            prop_assert!(rest.chars().count() <= password.chars().count());
            let handed = estimated(&rest);
            prop_assert!(handed.chars().count() <= ESTIMATED && rest.starts_with(handed.as_str()));
        }
    }
}
