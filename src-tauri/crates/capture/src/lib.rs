//! Taking screenshots of a screen or a window, nothing else.
//!
//! Deliberately absent: tiles, digests, journaling and any choice of what to take; a person chooses.
//! The command line never links this crate, so that an auditor's plain laptop can verify.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use std::fmt;
use std::str::FromStr;
use xcap::{Monitor, Window, XCapError};

/// Names a screen or window until the list is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceId {
    /// A whole screen.
    Screen(u32),
    /// One window.
    Window(u32),
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen(id) => write!(f, "screen:{id}"),
            Self::Window(id) => write!(f, "window:{id}"),
        }
    }
}

impl FromStr for SourceId {
    type Err = CaptureError;

    fn from_str(text: &str) -> Result<Self, CaptureError> {
        let unreadable = || CaptureError::Unknown {
            source_id: text.chars().take(64).collect(),
        };
        let (kind, id) = text.split_once(':').ok_or_else(unreadable)?;
        let id = id.parse().map_err(|_| unreadable())?;
        match kind {
            "screen" => Ok(Self::Screen(id)),
            "window" => Ok(Self::Window(id)),
            _ => Err(unreadable()),
        }
    }
}

/// A screen or window that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub id: SourceId,
    /// What a person calls it.
    pub title: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// A picture as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixels, three bytes each, row by row from the top left.
    pub rgb: Vec<u8>,
    /// The same as a PNG file.
    pub png: Vec<u8>,
    /// What the source was called at that moment.
    pub title: String,
}

/// Why no picture was taken.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The desktop does not tell what is on it.
    #[error("the desktop did not list its screens and windows")]
    Listing(#[source] XCapError),
    /// The source was closed since the list was made, or never was in it.
    #[error("the screen or window {source_id} is not there")]
    Unknown {
        /// What was asked for.
        source_id: String,
    },
    /// The desktop refused, or a person did.
    #[error("the picture could not be taken")]
    Taking(#[source] XCapError),
    /// The pixels could not be written as PNG.
    #[error("the picture could not be written as a PNG file")]
    Encoding(#[source] image::ImageError),
}

impl CaptureError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listing(_) => "capture.no_list",
            Self::Unknown { .. } => "capture.source_gone",
            Self::Taking(_) => "capture.not_taken",
            Self::Encoding(_) => "capture.not_encoded",
        }
    }

    /// Returns the next action.
    pub fn remediation(&self) -> Option<String> {
        let text = match self {
            Self::Listing(_) | Self::Taking(_) => {
                "Take the picture with the tool of your desktop and paste it into the step."
            }
            Self::Unknown { .. } => "Open the list again and choose from what is there now.",
            Self::Encoding(_) => "Report this with the log.",
        };
        Some(text.to_owned())
    }
}

/// Returns what can be taken: screens first, then windows that are not minimized, topmost first.
///
/// Windows are listed only while a window manager runs.
///
/// # Errors
/// [`CaptureError::Listing`] when there is no desktop.
pub fn sources() -> Result<Vec<Source>, CaptureError> {
    let mut found = Vec::new();
    for screen in Monitor::all().map_err(CaptureError::Listing)? {
        found.extend(of_screen(&screen).map_err(CaptureError::Listing)?);
    }
    for window in Window::all().map_err(CaptureError::Listing)? {
        // A window that is closed while it is being asked is left out.
        found.extend(of_window(&window).unwrap_or_default());
    }
    Ok(found)
}

/// Takes a picture of a screen or window as it is now.
///
/// # Errors
/// [`CaptureError`] when it is gone, or the desktop refuses.
pub fn take(id: SourceId) -> Result<Picture, CaptureError> {
    let gone = || CaptureError::Unknown {
        source_id: id.to_string(),
    };
    let (title, image) = match id {
        SourceId::Screen(wanted) => {
            let screens = Monitor::all().map_err(CaptureError::Listing)?;
            let screen = screens
                .into_iter()
                .find(|screen| screen.id().is_ok_and(|id| id == wanted));
            let screen = screen.ok_or_else(gone)?;
            (screen.name(), screen.capture_image())
        }
        SourceId::Window(wanted) => {
            let windows = Window::all().map_err(CaptureError::Listing)?;
            let window = windows
                .into_iter()
                .find(|window| window.id().is_ok_and(|id| id == wanted));
            let window = window.ok_or_else(gone)?;
            (window.title(), window.capture_image())
        }
    };
    let image = image.map_err(CaptureError::Taking)?;
    let (width, height) = image.dimensions();
    let rgb = image
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    picture(width, height, rgb, title.unwrap_or_default())
}

fn picture(width: u32, height: u32, rgb: Vec<u8>, title: String) -> Result<Picture, CaptureError> {
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(CaptureError::Encoding)?;
    Ok(Picture {
        width,
        height,
        rgb,
        png,
        title,
    })
}

fn of_screen(screen: &Monitor) -> Result<Option<Source>, XCapError> {
    Ok(Some(Source {
        id: SourceId::Screen(screen.id()?),
        title: screen.name()?,
        width: screen.width()?,
        height: screen.height()?,
    }))
}

fn of_window(window: &Window) -> Result<Option<Source>, XCapError> {
    let title = window.title()?;
    if window.is_minimized()? || title.trim().is_empty() {
        return Ok(None);
    }
    let id = SourceId::Window(window.id()?);
    Ok(Some(Source {
        id,
        title,
        width: window.width()?,
        height: window.height()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_kind_and_number() {
        for id in [SourceId::Screen(0), SourceId::Window(u32::MAX)] {
            assert_eq!(
                id.to_string().parse::<SourceId>().map_err(|e| e.code()),
                Ok(id)
            );
        }
        for text in [
            "",
            "screen",
            "screen:",
            "screen:-1",
            "window:x",
            "camera:1",
            "window:1:2",
        ] {
            assert_eq!(
                text.parse::<SourceId>().map_err(|e| e.code()),
                Err("capture.source_gone"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_picture_is_kept_as_pixels_and_as_a_file() {
        let made =
            picture(2, 1, vec![255, 0, 0, 0, 0, 255], "a window".to_owned()).map_err(|e| e.code());
        let made = made.expect("two pixels can be encoded");
        assert!(made.png.starts_with(b"\x89PNG"));
        assert_eq!(made.rgb.len(), 6);
    }
}
