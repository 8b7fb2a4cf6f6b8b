//! `GetRandomPassword`.

use serde_json::Value;

use crate::cloud::error::AwsError;

const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Returns a random password that meets the request's requirements.
pub(super) fn random(request: &Value) -> Result<String, AwsError> {
    let length = request["PasswordLength"].as_u64().unwrap_or(32);
    let length =
        usize::try_from(length).ok().filter(|length| (1..=4096).contains(length)).ok_or_else(
            || AwsError::invalid("InvalidParameterException", "PasswordLength must be 1 to 4096"),
        )?;
    let excluded = request["ExcludeCharacters"].as_str().unwrap_or_default();
    let kinds: Vec<Vec<char>> = [
        ("ExcludeUppercase", ('A'..='Z').collect::<String>()),
        ("ExcludeLowercase", ('a'..='z').collect()),
        ("ExcludeNumbers", ('0'..='9').collect()),
        ("ExcludePunctuation", PUNCTUATION.to_owned()),
    ]
    .into_iter()
    .filter(|(member, _)| request[*member] != true)
    .map(|(_, letters)| {
        letters.chars().filter(|letter| !excluded.contains(*letter)).collect::<Vec<_>>()
    })
    .filter(|letters| !letters.is_empty())
    .collect();
    let mut all: Vec<char> = kinds.concat();
    if request["IncludeSpace"] == true {
        all.push(' ');
    }
    let every_kind = request["RequireEachIncludedType"] != false && length >= kinds.len();
    loop {
        let password: String = (0..length).map(|_| pick(&all)).collect::<Result<_, _>>()?;
        if !every_kind
            || kinds.iter().all(|kind| password.chars().any(|letter| kind.contains(&letter)))
        {
            return Ok(password);
        }
    }
}

/// Returns one of the characters, each with the same probability.
fn pick(letters: &[char]) -> Result<char, AwsError> {
    let count = u32::try_from(letters.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Err(AwsError::invalid("InvalidParameterException", "every character is excluded"));
    }
    loop {
        let draw = getrandom::u32().map_err(|error| AwsError::internal(error.to_string()))?;
        // The highest few values would favour the first characters.
        if draw < u32::MAX - u32::MAX % count {
            return Ok(letters[(draw % count) as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_password_follows_its_rules() {
        let request = json!({"PasswordLength": 64, "ExcludePunctuation": true});
        let password = random(&request).unwrap();
        assert_eq!(password.len(), 64);
        assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(password, random(&request).unwrap());
        let everything = json!({"ExcludeUppercase": true, "ExcludeLowercase": true, "ExcludeNumbers": true, "ExcludePunctuation": true});
        assert!(random(&everything).is_err());
    }
}
