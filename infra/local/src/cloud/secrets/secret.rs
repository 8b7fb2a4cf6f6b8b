//! A secret and its versions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::arn;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// A secret as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) tags: Value,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) versions: Vec<Version>,
}

/// One value of a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) string: Option<String>,
    /// Base64, as the client sent it.
    pub(super) binary: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) stages: Vec<String>,
}

impl Secret {
    pub(super) fn new(name: &str, description: Option<&str>, tags: Value) -> Self {
        let now = crate::time::now();
        Self {
            name: name.to_owned(),
            description: description.map(str::to_owned),
            tags,
            created_at: now,
            changed_at: now,
            deleted_at: None,
            versions: Vec::new(),
        }
    }

    /// Returns the version with an ID, a staging label, or both; the current one if neither is
    /// given.
    pub(super) fn version(&self, id: Option<&str>, stage: Option<&str>) -> Option<&Version> {
        let stage = stage.or(id.is_none().then_some(CURRENT));
        self.versions.iter().find(|version| {
            id.is_none_or(|id| version.id == id)
                && stage.is_none_or(|stage| version.stages.iter().any(|label| label == stage))
        })
    }

    /// Adds a version. Adding the same ID again with the same value changes nothing; returns
    /// `false` if the value differs.
    pub(super) fn add(
        &mut self,
        id: Option<&str>,
        string: Option<&str>,
        binary: Option<&str>,
        stages: &[String],
    ) -> Option<String> {
        let id = id.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
        if let Some(version) = self.versions.iter().find(|version| version.id == id) {
            let same = version.string.as_deref() == string && version.binary.as_deref() == binary;
            return same.then_some(id);
        }
        self.versions.push(Version {
            id: id.clone(),
            string: string.map(str::to_owned),
            binary: binary.map(str::to_owned),
            created_at: crate::time::now(),
            stages: Vec::new(),
        });
        for stage in stages {
            self.move_stage(stage, Some(&id));
        }
        // A version without staging labels is deprecated; AWS retains about a hundred of those.
        while self.versions.len() > 100
            && let Some(at) = self.versions.iter().position(|version| version.stages.is_empty())
        {
            self.versions.remove(at);
        }
        self.changed_at = crate::time::now();
        Some(id)
    }

    /// Moves a staging label to a version, or removes it. The version that loses `AWSCURRENT` gets
    /// `AWSPREVIOUS`.
    pub(super) fn move_stage(&mut self, stage: &str, to: Option<&str>) {
        let loser = self.version(None, Some(stage)).map(|version| version.id.clone());
        for version in &mut self.versions {
            version.stages.retain(|label| label != stage);
            if Some(version.id.as_str()) == to {
                version.stages.push(stage.to_owned());
            }
        }
        if stage == CURRENT && loser.is_some() && loser.as_deref() != to {
            self.move_stage(PREVIOUS, loser.as_deref());
        }
        self.changed_at = crate::time::now();
    }

    /// Returns the response of `DescribeSecret`.
    pub(super) fn describe(&self, region: &str) -> Value {
        let mut description = json!({
            "ARN": arn::secret(region, &self.name),
            "Name": self.name,
            "CreatedDate": seconds(self.created_at),
            "LastChangedDate": seconds(self.changed_at),
            "Tags": self.tags,
            "VersionIdsToStages": self.versions.iter().filter(|version| !version.stages.is_empty())
                .map(|version| (version.id.clone(), json!(version.stages)))
                .collect::<serde_json::Map<_, _>>(),
        });
        if let Some(text) = &self.description {
            description["Description"] = json!(text);
        }
        if let Some(time) = self.deleted_at {
            description["DeletedDate"] = seconds(time);
        }
        description
    }
}

/// Returns a time as the JSON protocol represents it.
pub(super) fn seconds(time: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
    let seconds = time.as_millisecond() as f64 / 1_000.0;
    json!(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PENDING: &str = "AWSPENDING";

    #[test]
    fn the_value_before_the_current_one_stays_readable() {
        let mut secret = Secret::new("key", None, json!([]));
        secret.add(Some("a"), Some("one"), None, &[CURRENT.into()]).unwrap();
        secret.add(Some("b"), Some("two"), None, &[CURRENT.into()]).unwrap();
        secret.add(Some("c"), Some("three"), None, &[PENDING.into()]).unwrap();
        let value = |stage| {
            secret.version(None, Some(stage)).and_then(|version| version.string.clone()).unwrap()
        };
        assert_eq!(
            (value(CURRENT), value(PREVIOUS), value(PENDING)),
            ("two".into(), "one".into(), "three".into())
        );
        assert_eq!(secret.version(None, None).unwrap().id, "b");
        assert_eq!(secret.version(Some("a"), None).unwrap().string.as_deref(), Some("one"));
    }

    #[test]
    fn a_version_id_is_a_request_token() {
        let mut secret = Secret::new("key", None, json!([]));
        let stages = [CURRENT.to_owned()];
        assert!(secret.add(Some("a"), Some("one"), None, &stages).is_some());
        assert!(secret.add(Some("a"), Some("one"), None, &stages).is_some());
        assert!(secret.add(Some("a"), Some("other"), None, &stages).is_none());
        assert_eq!(secret.versions.len(), 1);
    }
}
