//! A screenshot of the real window: listed by its title, and not a blank picture.

use crate::driver::Window;
use drillbook_capture::{SourceId, sources, take};

#[tokio::test]
async fn the_window_is_listed_and_can_be_taken() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await;
    window.see("main").await;
    let listed = sources().unwrap();
    assert!(listed.iter().any(|source| matches!(source.id, SourceId::Screen(_))), "{listed:?}");
    let ours = listed.iter().find(|source| source.title == "Drillbook");
    let ours = ours.unwrap_or_else(|| panic!("no window of ours: {listed:?}"));
    let picture = take(ours.id).unwrap();
    assert_eq!((picture.width, picture.height), (ours.width, ours.height));
    assert_eq!(picture.rgb.len(), 3 * picture.width as usize * picture.height as usize);
    let first = &picture.rgb[..3];
    assert!(picture.rgb.chunks(3).any(|pixel| pixel != first), "the picture is of one colour");
    window.close().await;
}
