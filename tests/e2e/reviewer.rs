//! A reviewer on another machine: an SSH key, `ssh-keygen`, and nothing of Drillbook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Who it is in the policy.
pub const RITA: &str = "rita@evergreen.example";

/// What an approval is signed for.
pub const NAMESPACE: &str = "drill-approval@drillbook";

/// The reviewer's machine.
pub struct Reviewer {
    folder: TempDir,
}

impl Reviewer {
    /// Makes the key.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-C", "rita", "-N", "", "-f"])
            .arg(folder.path().join("key"))
            .status();
        assert!(made.unwrap().success());
        Self { folder }
    }

    /// Returns a file on this machine.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the public half of the key, as it is given to the operator.
    pub fn public(&self) -> String {
        std::fs::read_to_string(self.path("key.pub")).unwrap()
    }

    /// Takes the prepared approval out of a request and signs it as the printed instruction says.
    pub fn signs(&self, request: &str, namespace: &str) -> String {
        let begin = format!("-----BEGIN DRILLBOOK APPROVAL BY {RITA}-----");
        let block = request.split_once(&begin).unwrap().1;
        let block = block.split_once("-----END").unwrap().0;
        let lines: String = block.split_whitespace().collect();
        let document = self.path("decision.json");
        std::fs::write(&document, STANDARD.decode(lines).unwrap()).unwrap();
        // ssh-keygen asks before it writes over a signature.
        let _ = std::fs::remove_file(self.path("decision.json.sig"));
        let signed = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .args([self.path("key"), document])
            .status();
        assert!(signed.unwrap().success());
        std::fs::read_to_string(self.path("decision.json.sig")).unwrap()
    }
}
