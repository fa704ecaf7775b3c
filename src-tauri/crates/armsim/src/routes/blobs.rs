//! Signed addresses of boot diagnostics: served without a token, as long as the signature is right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};

use crate::answer::{Answer, Body, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::timetext::plain;

const SCREEN: &[u8] = include_bytes!("../../scenarios/boot-screen.png");
const SERIAL: &str = include_str!("../../scenarios/boot-serial.txt");

/// Returns a signed address below `/blobs`, good for an hour.
pub(crate) fn signed(desk: &Desk, call: &Call, vm: &str, file: &str) -> String {
    let path = format!("bootdiagnostics-{vm}/{vm}.{file}");
    let until = plain(desk.now + TimeDelta::hours(1));
    format!(
        "{}/blobs/{path}?sv=2023-11-03&sr=b&sp=r&se={until}&sig={}",
        call.base,
        signature(desk, &path.to_ascii_lowercase(), &until)
    )
}

fn signature(desk: &Desk, path: &str, until: &str) -> String {
    URL_SAFE_NO_PAD.encode(names::bytes(desk.world.seed, &["blob", path, until]))
}

/// Serves what a signed address names; a token here is a mistake of the client.
pub(crate) fn download(desk: &Desk, call: &Call, rest: &[&str]) -> Reply {
    if call.bearer.is_some() {
        return Err(Answer::error(
            400,
            "InvalidAuthenticationInfo",
            "A signed address takes no token.",
        ));
    }
    let until = call.query.get("se").map_or("", String::as_str);
    let good = call
        .query
        .get("sig")
        .is_some_and(|sig| *sig == signature(desk, &rest.join("/"), until));
    let open = DateTime::parse_from_rfc3339(until).is_ok_and(|until| until > desk.now);
    if !good || !open {
        let message =
            "Server failed to authenticate the request. Make sure the signature is correct.";
        return Err(Answer::error(403, "AuthenticationFailed", message));
    }
    let name = rest.last().copied().unwrap_or_default();
    let (kind, bytes) = if name.ends_with(".png") {
        ("image/png", SCREEN.to_vec())
    } else {
        ("text/plain", SERIAL.as_bytes().to_vec())
    };
    Ok(Answer {
        body: Body::Bytes(kind, bytes),
        ..Answer::empty(200)
    })
}
