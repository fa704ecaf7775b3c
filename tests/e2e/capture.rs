//! A screenshot of the real window: listed by its title, and not a blank picture.

use crate::driver::{LOOK, PATIENCE, Window};
use drillbook_capture::{Picture, SourceId, sources, take};
use std::time::Instant;

#[tokio::test]
async fn the_window_is_listed_and_can_be_taken() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await;
    window.see("main").await;
    let listed = sources().unwrap();
    assert!(
        listed
            .iter()
            .any(|source| matches!(source.id, SourceId::Screen(_))),
        "{listed:?}"
    );
    let ours = listed.iter().find(|source| source.title == "Drillbook");
    let ours = ours.unwrap_or_else(|| panic!("no window of ours: {listed:?}"));
    let picture = painted(ours.id).await;
    assert_eq!((picture.width, picture.height), (ours.width, ours.height));
    assert_eq!(
        picture.rgb.len(),
        3 * picture.width as usize * picture.height as usize
    );
    window.close().await;
}

/// Takes the window until something is painted on it: the page is there before its first frame.
async fn painted(id: SourceId) -> Picture {
    let begun = Instant::now();
    loop {
        let picture = take(id).unwrap();
        let first = picture.rgb[..3].to_vec();
        if picture.rgb.chunks(3).any(|pixel| pixel != first) {
            return picture;
        }
        assert!(begun.elapsed() < PATIENCE, "the picture is of one colour");
        tokio::time::sleep(LOOK).await;
    }
}
