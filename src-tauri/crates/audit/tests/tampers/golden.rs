//! The bundle of this format's first version: every later version opens it.
//!
//! Until the format is released, `DRILLBOOK_WRITE_GOLDEN=1` writes it anew; after that it is frozen.

use crate::tools::{Brought, ask, unpacked};
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
