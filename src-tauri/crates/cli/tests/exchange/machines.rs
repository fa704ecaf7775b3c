//! Two machines of one test: folders, keys, and the commands that are run in them.

use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

pub const RITA: &str = "rita@evergreen.example";

/// The operator's machine, the reviewer's, and the folder between them.
pub struct Machines {
    pub root: TempDir,
}

impl Machines {
    pub fn new(key: &[&str]) -> Machines {
        let machines = Machines {
            root: tempfile::tempdir().unwrap(),
        };
        for folder in ["operator", "reviewer", "exchange"] {
            std::fs::create_dir(machines.path(folder)).unwrap();
        }
        let made = Command::new("ssh-keygen")
            .args(["-q", "-C", "rita", "-f"])
            .arg(machines.path("reviewer/key"))
            .args(key)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        machines
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Runs the command in the folder of the test, so that its output names no machine.
    pub fn drillbook(&self, args: &str) -> Output {
        self.run(env!("CARGO_BIN_EXE_drillbook"), "drillbook", args)
    }

    pub fn run(&self, program: &str, name: &str, args: &str) -> Output {
        let output = Command::new(program)
            .args(args.split(' '))
            .current_dir(self.root.path())
            .env_remove("SSH_AUTH_SOCK")
            .env("DRILLBOOK_HOME", self.path("nobody"))
            .output()
            .unwrap();
        println!("$ {name} {args}");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        print!("{}", String::from_utf8_lossy(&output.stderr));
        println!("(exit {})\n", output.status.code().unwrap());
        output
    }

    /// Plays the operator's drill until it waits for somebody, or to its end.
    pub fn rehearse(&self, more: &str) -> Output {
        self.drillbook(&format!(
            "rehearse vm-disks-cross-region --auto --json --seed 3 --speed 1000000 --bundle bundle.zip \
             --data operator --exchange exchange --wait 0s {more}"
        ))
    }

    pub fn first(&self) -> Output {
        self.rehearse(&format!("--reviewer {RITA}=reviewer/key.pub"))
    }

    /// Carries the newest request to the reviewer's machine, as a mail would.
    pub fn newest_request(&self) -> String {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.path("exchange"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(".request.txt"))
            .collect();
        files.sort_by_key(|path| path.metadata().unwrap().modified().unwrap());
        let text = std::fs::read_to_string(files.last().unwrap()).unwrap();
        let mail = format!("Hello Rita,\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        std::fs::write(self.path("reviewer/request.txt"), mail).unwrap();
        text
    }

    /// Takes the prepared approval out of the request, as the printed instruction says.
    pub fn prepared(&self, block: &str) -> String {
        let script = format!(
            "sed -n '/BEGIN DRILLBOOK {block} BY {RITA}/,/-----END/p' reviewer/request.txt | \
             grep -v -e ----- | tr -d '\\r' | base64 -d > reviewer/decision.json"
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.root.path())
            .output()
            .unwrap();
        println!("$ {script}\n");
        assert!(output.status.success(), "{output:?}");
        std::fs::read_to_string(self.path("reviewer/decision.json")).unwrap()
    }

    pub fn sign_plainly(&self, key: &str, namespace: &str) {
        let _ = std::fs::remove_file(self.path("reviewer/decision.json.sig"));
        let signed = self.run(
            "ssh-keygen",
            "ssh-keygen",
            &format!("-Y sign -f {key} -n {namespace} reviewer/decision.json"),
        );
        assert!(signed.status.success());
    }

    pub fn entries(&self) -> u64 {
        let data = self.path("operator");
        let options = drillbook_journal::Options::default();
        let env = drillbook_journal::Env::Rehearsal;
        let reader = drillbook_journal::Store::open_read_only(&data, env, &options).unwrap();
        reader.head().unwrap().size
    }
}

pub fn says(output: &Output, code: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(&format!("{code}: ")), "{code}\n{stderr}");
    assert!(stderr.contains("next: "), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

pub fn holds(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

pub fn outcome(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}
