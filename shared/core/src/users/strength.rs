//! How hard a password is to guess, as an attacker would go about it: words, names, dates, keyboard rows and their variations.
//!
//! The estimate is zxcvbn's (D. Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016). Its scores:
//! 0 below 10³ guesses, 1 below 10⁶, 2 below 10⁸, 3 below 10¹⁰, 4 above.

use secrecy::{ExposeSecret, SecretString};

use crate::config::{Env, EnvError};

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

    /// Accepts a password that is hard enough to guess for somebody who knows what is `known` of its owner.
    ///
    /// # Errors
    /// Why it is easy, and what to change.
    pub fn check(self, password: &SecretString, known: &[&str]) -> Result<(), String> {
        let words = known.iter().flat_map(|known| known.split(|letter: char| !letter.is_alphanumeric()));
        let known: Vec<&str> = known.iter().copied().chain(words.filter(|word| !word.is_empty())).collect();
        let estimate = zxcvbn::zxcvbn(password.expose_secret(), &known);
        let score = u8::from(estimate.score());
        if score >= self.least {
            return Ok(());
        }
        let warning = estimate.feedback().and_then(|feedback| feedback.warning()).map(|warning| format!("{warning} "));
        let suggestions = estimate.feedback().map(|feedback| feedback.suggestions()).unwrap_or_default();
        let suggestions: Vec<String> = suggestions.iter().map(ToString::to_string).collect();
        let reasons = format!("{}{}", warning.unwrap_or_default(), suggestions.join(" "));
        Err(format!("is too easy to guess (score {score} of 4, at least {} is needed). {}", self.least, reasons.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), String> {
        Strength { least: 2 }.check(&password.into(), &["ada.lovelace@example.com", "Ada Lovelace"])
    }

    #[test]
    fn what_is_easy_is_refused_with_reasons() {
        for easy in ["password", "12345678", "qwertyuiop", "Passw0rd!", "aaaaaaaaaaaa", "ada.lovelace@example.com", "lovelace1"] {
            let reasons = check(easy).unwrap_err();
            assert!(reasons.starts_with("is too easy to guess (score ") && reasons.len() > 70, "{easy}: {reasons}");
            assert!(easy == "password" || !reasons.contains(easy), "the password itself isn't repeated");
        }
    }

    #[test]
    fn what_is_hard_is_accepted_whatever_it_is_made_of() {
        for hard in ["correct horse battery staple", "nur ein paar kleine Worte", "x7#Kq!m2Lp", "密码是我的小秘密很长"] {
            assert_eq!(check(hard), Ok(()), "{hard}");
        }
    }

    #[test]
    fn the_longest_password_is_estimated_too() {
        assert_eq!(check(&"Zq7 long and winding ".repeat(12)), Ok(()));
    }
}
