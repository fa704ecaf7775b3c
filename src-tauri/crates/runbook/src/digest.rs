//! The digest by which a runbook is named: SHA-256 over the canonical JSON of what was parsed.

use crate::model::{Runbook, Step};
use serde_json::Value;
use sha2::{Digest, Sha256};

impl Runbook {
    /// Returns the canonical JSON (RFC 8785) that is hashed and signed: type `drill.runbook/1`.
    pub fn canonical(&self) -> Vec<u8> {
        let mut value = serde_json::to_value(self).expect("a runbook has only text keys");
        if let Value::Object(members) = &mut value {
            members.insert(
                "type".to_owned(),
                Value::String("drill.runbook/1".to_owned()),
            );
        }
        serde_json_canonicalizer::to_vec(&value).expect("a runbook holds plain JSON")
    }

    /// Returns `sha256:` and the hexadecimal digest of [`Runbook::canonical`]; comments and layout do not change it.
    pub fn digest(&self) -> String {
        format!("sha256:{}", hex::encode(Sha256::digest(self.canonical())))
    }

    /// Returns the step with that id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Returns the position of the step with that id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }
}
