//! The bundle of this format's first version: every later version opens it.
//!
//! Until the format is released, `DRILLBOOK_WRITE_GOLDEN=1` writes it anew; after that it is frozen.

use crate::tools::{Brought, ask, resign, unpacked};
use crate::world::{Trick, World};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/bundle-1.zip");

#[test]
fn the_golden_bundle_holds() {
    if std::env::var_os("DRILLBOOK_WRITE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, World::new(Trick::None, 0).bundle().unwrap()).unwrap();
    }
    let files = unpacked(&std::fs::read(GOLDEN).unwrap());
    let signers = Some(files["allowed_signers"].clone());
    let answers = ask(
        &files,
        &Brought {
            signers,
            ..Brought::default()
        },
    );
    assert_eq!(
        answers.ours,
        (0, "holds".to_owned()),
        "{}",
        answers.ours_output
    );
    assert_eq!(
        answers.script,
        (0, "holds".to_owned()),
        "{}",
        answers.script_output
    );
}

#[test]
fn a_bundle_that_another_version_made_holds_and_says_what_was_not_compared() {
    let world = World::new(Trick::None, 0);
    let mut files = unpacked(&world.bundle().unwrap());
    let own = concat!("Drillbook ", env!("CARGO_PKG_VERSION"));
    let readme = String::from_utf8(files["README.txt"].clone()).unwrap();
    let older = readme.replace(own, "Drillbook 0.0.7");
    assert_ne!(older, readme);
    files.insert("README.txt".into(), older.into_bytes());
    files.insert("verify.py".into(), b"print('holds')\n".to_vec());
    resign(&mut files, &world);
    let answers = ask(&files, &Brought::default());
    assert_eq!(answers.ours.0, 0, "{}", answers.ours_output);
    let said = "Drillbook 0.0.7 made them";
    assert!(
        answers.ours_output.contains(said),
        "{}",
        answers.ours_output
    );
}
