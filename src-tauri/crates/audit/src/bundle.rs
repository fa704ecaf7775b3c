//! The names and texts of a bundle, which writing and verifying share.

use crate::audience::Audience;
use drillbook_trust::digest::Digest;

/// First line of the readme; another number is another format.
pub(crate) const FORMAT: &str = "Drillbook audit bundle 1\n";

/// The script that checks a bundle without us.
pub(crate) const VERIFIER: &str = include_str!("bundle/verify.py");

/// The longest version that is repeated to people.
const LONGEST_VERSION: usize = 40;

const README: &str = include_str!("bundle/README.txt");

pub(crate) const MANIFEST: &str = "manifest.sha256";
pub(crate) const MANIFEST_SIGNATURE: &str = "manifest.sha256.sig";

/// This version, which made a bundle's readme, report and script, or checks what another one made.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the readme, which depends on nothing but these.
pub(crate) fn readme(origin: &str, drill: &str, size: u64, audience: Audience) -> String {
    let text = README.replace("{drill}", drill).replace("{origin}", origin);
    let text = text
        .replace("{size}", &size.to_string())
        .replace("{audience}", audience.name())
        .replace("{version}", VERSION)
        .replace("{note}", audience.note());
    let text = text.replace("{undetectable}", &listed(UNDETECTABLE));
    let text = text.replace("{only_ours}", &listed(ONLY_OURS));
    let text = text.replace("{not_proven}", &listed(NOT_PROVEN));
    format!("{FORMAT}\n{text}")
}

pub(crate) fn checkpoint_name(size: u64) -> String {
    format!("checkpoints/{size:08}.txt")
}

pub(crate) fn document_name(digest: &Digest) -> String {
    format!("docs/{}.json", digest.hex())
}

/// Returns the name of signature `number` (from 1) of `count`.
pub(crate) fn signature_name(document: &str, number: usize, count: usize) -> String {
    if count == 1 {
        format!("{document}.sig")
    } else {
        format!("{document}.{number}.sig")
    }
}

pub(crate) fn evidence_name(digest: &Digest) -> String {
    format!("evidence/{}", digest.hex())
}

/// Returns the name of the proof of a picture's tiles, by the root that was committed.
pub(crate) fn tiles_name(root: &Digest) -> String {
    format!("evidence/{}.tiles.json", root.hex())
}

/// Returns the name of a picture of which parts are blackened, by the root that was committed.
pub(crate) fn redacted_name(root: &Digest) -> String {
    format!("evidence/{}.png", root.hex())
}

/// Returns the audience that a readme names.
pub(crate) fn audience(readme: &str) -> Option<Audience> {
    let mut lines = readme.lines();
    lines.find_map(|line| Audience::named(line.strip_prefix("audience: ")?))
}

/// Returns the version that a readme says made it; `None` when it names none.
pub(crate) fn made_by(readme: &str) -> Option<&str> {
    let mut lines = readme.lines();
    let version = lines.find_map(|line| line.strip_prefix("made by:  Drillbook "))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-+".contains(&b);
    (version.len() <= LONGEST_VERSION && version.bytes().all(plain)).then_some(version)
}

/// Decodes a picture as it was decoded when its tiles were committed.
pub(crate) fn picture(bytes: &[u8]) -> Option<image::RgbImage> {
    Some(crate::picture::decode_picture(bytes).ok()?.rgb)
}

/// What somebody with the installation's key, but no person's, can change unseen.
pub(crate) const UNDETECTABLE: &[&str] = &[
    "entries after the last one that a person's signature witnesses (the journal position in the \
     newest request or decision) can be changed, added or left out",
    "the log can be cut short to the position of any earlier moment, with everything after it left \
     out; a checkpoint that you kept (--earlier) or a second bundle shows it",
    "an entry of this drill can be left out and said to be another drill's in drills.txt; the \
     bundle of that other drill shows it",
    "id, opening and state of other drills in drills.txt are the installation's word; their own \
     bundles show them",
    "checkpoints other than the last can be left out or added at other sizes",
    "report.html, README.txt and verify.py can say something else when README.txt names another version \
     of Drillbook than the one that checks; the verdict then says that they were not compared",
    "the whole log, every key and every signature can be made up; your own file of allowed signers \
     shows it",
];

/// What `drillbook verify` checks beyond the script.
pub(crate) const ONLY_OURS: &[&str] = &[
    "that report.html, README.txt and verify.py are what Drillbook writes: verify.py sees only that \
     the installation signed them",
    "that the recovery times in the last entry follow from the entries before it",
    "that a time stamp is over the checkpoint that its entry names; the authority's signature is checked \
     by neither, but by openssl ts",
    "that the tile proofs of pictures fit: verify.py compares the digest of a whole picture, and of a \
     blackened one no more than that it is there",
];

/// What no bundle proves (trust.md §8).
const NOT_PROVEN: &[&str] = &[
    "that nobody rolled the whole machine back before a witness saw the log",
    "that operator and reviewers are independent: their collusion is not detected",
    "what was really in front of the camera: a picture is unchanged since capture, what was on \
     screen is the operator's statement",
    "that no software key was stolen",
    "that nobody went past the app: compare the Activity Log with the journal; drills on other \
     installations are not visible here",
    "that Azure said so: its answers are unsigned and recorded by the operator's computer; \
     correlation ids can be looked up in the Activity Log for about 90 days, and a second reading, \
     where there is one, is another person's signed word for what Azure answered them later",
    "that what is absent is erased: soft delete keeps it until the date that is stated",
    "that the az lines were run: they are generated as equivalents, not executed",
    "permissions beyond what the API shows: PIM, deny assignments and conditions",
    "small lies about the clock, without a time stamp from outside",
    "that a reviewer's conditions on facts held: they are shown, and were judged when the request \
     was sent",
];

/// Returns what no bundle proves.
pub(crate) fn not_proven() -> Vec<String> {
    NOT_PROVEN.iter().map(|one| (*one).to_owned()).collect()
}

/// Writes sentences as a list, wrapped at 100 columns.
fn listed(sentences: &[&str]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        let mut line = String::from("  -");
        for word in sentence.split(' ') {
            if line.len() + 1 + word.len() > 100 {
                text.push_str(&line);
                text.push('\n');
                line = String::from("   ");
            }
            line.push(' ');
            line.push_str(word);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text.trim_end().to_owned()
}
