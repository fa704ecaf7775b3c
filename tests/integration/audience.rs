//! A bundle for an audience, exported from the window.

use crate::aftermath::begun;
use crate::seat::call;
use drillbook_audit::{Input, Options, verify};
use serde_json::json;
use std::path::Path;

#[test]
fn each_audience_gets_a_bundle_of_its_own_and_every_one_holds() {
    let (_seat, player) = begun();
    let request =
        |audience: &str| json!({"request": {"drill": player.drill, "audience": audience}});
    let unknown = call(&player.window, "export_bundle", request("examiner")).unwrap_err();
    assert_eq!(unknown["code"], "field.invalid");
    let shown = player.ask("audit", json!({"drill": player.drill}))["drill"]["audiences"].clone();
    let mut files = Vec::new();
    for one in shown.as_array().unwrap() {
        let audience = one["id"].as_str().unwrap();
        let exported = player.ask("export_bundle", request(audience));
        files.push(exported["path"].as_str().unwrap().to_owned());
        let verdict = verify(
            Input::Path(Path::new(files.last().unwrap())),
            &Options::default(),
        )
        .unwrap();
        assert!(verdict.holds(), "{audience}: {:?}", verdict.findings);
        assert_eq!(verdict.audience, audience);
    }
    assert_eq!(files.len(), 3);
    for file in files {
        assert!(Path::new(&file).is_file(), "{file} was not written over");
    }
}
