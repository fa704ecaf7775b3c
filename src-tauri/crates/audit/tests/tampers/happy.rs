//! Bundles that hold.

use crate::tools::{Brought, ask, unpacked};
use crate::world::{Trick, World};

#[test]
fn a_whole_bundle_holds_before_both_verifiers() {
    for trick in [Trick::None, Trick::Stopped] {
        let world = World::new(trick, 0);
        let bundle = world.bundle().unwrap();
        assert_eq!(
            bundle,
            world.bundle().unwrap(),
            "the same log gives the same bytes"
        );
        let files = unpacked(&bundle);
        if let Some(folder) = std::env::var_os("DRILLBOOK_SAVE_REPORT") {
            let path = std::path::Path::new(&folder).join(format!("{trick:?}.html"));
            std::fs::write(path, &files["report.html"]).unwrap();
        }
        let answers = ask(&files, &Brought::default());
        assert_eq!(answers.ours.0, 0, "{}", answers.ours_output);
        assert_eq!(answers.script.0, 0, "{}", answers.script_output);
        assert!(
            answers
                .script_output
                .ends_with("consistent; signers not authenticated\n")
        );
        let own = Brought {
            signers: Some(files["allowed_signers"].clone()),
            earlier: None,
        };
        let answers = ask(&files, &own);
        assert_eq!(
            (answers.ours.0, answers.script.0),
            (0, 0),
            "{}",
            answers.script_output
        );
        assert!(
            answers.script_output.ends_with("holds\n"),
            "{}",
            answers.script_output
        );
        assert_eq!(answers.ours.1, "holds");
    }
}

/// Returns the readme of a bundle nobody tampered with.
pub fn readme() -> String {
    let files = unpacked(&World::new(Trick::None, 0).bundle().unwrap());
    String::from_utf8(files["README.txt"].clone()).unwrap()
}
