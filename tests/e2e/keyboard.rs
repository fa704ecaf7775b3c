//! Keys for a window that WebDriver cannot reach: a dialog of the desktop.

use crate::driver::{LOOK, PATIENCE};
use std::process::Command;
use std::time::Instant;

/// Waits for a window of this title and gives it the keyboard.
pub async fn focus(title: &str) {
    let begun = Instant::now();
    while !xdotool(&[
        "search",
        "--onlyvisible",
        "--name",
        title,
        "windowactivate",
        "--sync",
    ]) {
        assert!(
            begun.elapsed() < PATIENCE,
            "no window is called {title}; there are: {}",
            titles()
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// Types a text in place of what stands in the field, then Enter.
pub fn type_and_enter(text: &str) {
    press("ctrl+a");
    assert!(xdotool(&["type", "--clearmodifiers", text]));
    assert!(xdotool(&["key", "--clearmodifiers", "Return"]));
}

/// Presses one key.
pub fn press(key: &str) {
    assert!(xdotool(&["key", "--clearmodifiers", key]));
}

fn xdotool(words: &[&str]) -> bool {
    let done = Command::new("xdotool").args(words).output().unwrap();
    done.status.success()
}

/// Returns the titles of every window that is shown.
fn titles() -> String {
    let listed = Command::new("xdotool")
        .args([
            "search",
            "--onlyvisible",
            "--name",
            "",
            "getwindowname",
            "%@",
        ])
        .output()
        .unwrap();
    String::from_utf8_lossy(&listed.stdout).replace('\n', ", ")
}
