//! Which paths an image may hold: absolute, plain, and short enough for every caller's buffer.
//!
//! [`check_path`] is the one judge, for the reader and for the tool that writes. A path that passes has exactly one
//! spelling, so comparing bytes is comparing files. Neighbours: `image` asks it for each entry, `initfs-pack` before it
//! writes anything.

use core::fmt;

/// The longest path, as FreeBSD's `PATH_MAX` of 1024 less its final NUL.
pub const PATH_LENGTH_MAX: usize = 1023;

/// The longest single name in a path, as FreeBSD's `NAME_MAX`.
const NAME_LENGTH_MAX: usize = 255;

/// Why a path may not stand in an image.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PathError {
    /// Not UTF-8.
    Encoding,
    /// Does not start with a slash.
    Relative,
    /// Longer than [`PATH_LENGTH_MAX`], or one of its names is longer than 255 bytes.
    TooLong,
    /// Two slashes in a row, or one at the end.
    EmptyName,
    /// A name is `.` or `..`.
    DotName,
    /// A NUL byte.
    Nul,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Encoding => "the path is not UTF-8",
            Self::Relative => "the path does not start with '/'",
            Self::TooLong => "the path or a name in it is too long",
            Self::EmptyName => "the path has an empty name ('//' or a '/' at its end)",
            Self::DotName => "the path contains '.' or '..'",
            Self::Nul => "the path contains a NUL byte",
        })
    }
}

impl core::error::Error for PathError {}

/// Returns `bytes` as a path if an image may hold it.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_path(bytes: &[u8]) -> Result<&str, PathError> {
    let path = core::str::from_utf8(bytes).map_err(|_| PathError::Encoding)?;
    let names = path.strip_prefix('/').ok_or(PathError::Relative)?;
    if path.len() > PATH_LENGTH_MAX {
        return Err(PathError::TooLong);
    }
    if path.contains('\0') {
        return Err(PathError::Nul);
    }
    names.split('/').try_for_each(check_name)?;
    Ok(path)
}

fn check_name(name: &str) -> Result<(), PathError> {
    match name {
        "" => Err(PathError::EmptyName),
        "." | ".." => Err(PathError::DotName),
        _ if name.len() > NAME_LENGTH_MAX => Err(PathError::TooLong),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{PathError, check_path};

    #[test]
    fn accepts_plain_absolute_paths() {
        for path in ["/a", "/bin/sh", "/a/.b", "/a/...", "/é/\u{1f980}"] {
            assert_eq!(check_path(path.as_bytes()), Ok(path));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let long = format!("/{}", "n".repeat(256));
        let longer = "/name".repeat(205);
        let cases = [
            ("", PathError::Relative),
            ("bin", PathError::Relative),
            ("/", PathError::EmptyName),
            ("//a", PathError::EmptyName),
            ("/a/", PathError::EmptyName),
            ("/a//b", PathError::EmptyName),
            ("/./a", PathError::DotName),
            ("/a/..", PathError::DotName),
            ("/a\0b", PathError::Nul),
            (long.as_str(), PathError::TooLong),
            (longer.as_str(), PathError::TooLong),
        ];
        for (path, error) in cases {
            assert_eq!(check_path(path.as_bytes()), Err(error), "{path:?}");
        }
        assert_eq!(check_path(b"/\xff"), Err(PathError::Encoding));
    }
}
