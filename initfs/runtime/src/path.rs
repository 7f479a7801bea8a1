//! Paths as bytes: what makes one absolute, and the plain form that is handed to the kernel.
//!
//! Decides that `NAME:rest` is absolute (a scheme of the namespace) besides `/...`, and that `.`, `..` and doubled slashes
//! are resolved here, by name alone: there are no symbolic links. Pure. Main functions: [`is_absolute`], [`normalise`].
//! Neighbours: `environment::absolute` adds the current directory, `file::File::open` uses both.

use crate::error::{Error, Result};
use alloc::vec::Vec;

/// The longest path that the kernel takes (FreeBSD's PATH_MAX less its NUL).
pub const MAXIMUM: usize = 1023;

/// Splits `NAME:rest`; the name holds letters, digits and `-_.+` only, so no path with a slash before its colon is one.
#[must_use]
pub fn split_scheme(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = path.iter().position(|&byte| byte == b':')?;
    let (name, rest) = path.split_at_checked(colon)?;
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(byte);
    (!name.is_empty() && name.iter().all(legal)).then(|| (name, rest.get(1..).unwrap_or_default()))
}

/// Whether `path` needs no directory to start from.
#[must_use]
pub fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/') || split_scheme(path).is_some()
}

/// `path`, seen from `directory` (absolute, or empty if `path` is), in its plain form: a `NAME:rest` stays as it is, all
/// else starts with a slash, ends without one and has no empty, `.` or `..` names.
///
/// # Errors
/// ENAMETOOLONG, EINVAL (a NUL byte) or ENOMEM.
pub fn normalise(directory: &[u8], path: &[u8]) -> Result<Vec<u8>> {
    if path.contains(&0) {
        return Err(Error::EINVAL);
    }
    if directory.len().saturating_add(path.len()) > MAXIMUM.saturating_mul(2) {
        return Err(Error::ENAMETOOLONG);
    }
    let mut plain = Vec::new();
    plain.try_reserve(directory.len().saturating_add(path.len()).saturating_add(16))?;
    if split_scheme(path).is_some() {
        plain.extend_from_slice(path);
    } else if let Some((name, rest)) = split_scheme(directory) {
        plain.extend_from_slice(b"/scheme/");
        plain.extend_from_slice(name);
        let root = plain.len();
        append_names(&mut plain, root, rest);
        append_names(&mut plain, root, path);
    } else {
        append_names(&mut plain, 0, directory);
        append_names(&mut plain, 0, path);
        if plain.is_empty() {
            plain.push(b'/');
        }
    }
    if plain.len() > MAXIMUM { Err(Error::ENAMETOOLONG) } else { Ok(plain) }
}

/// Appends the names of `path` to `plain`, never going up beyond the first `root` bytes.
fn append_names(plain: &mut Vec<u8>, root: usize, path: &[u8]) {
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                let parent = plain.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                plain.truncate(parent.max(root));
            }
            name => {
                plain.push(b'/');
                plain.extend_from_slice(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM, is_absolute, normalise, split_scheme};
    use crate::error::Error;
    use proptest::prelude::*;

    fn plain(directory: &str, path: &str) -> String {
        String::from_utf8(normalise(directory.as_bytes(), path.as_bytes()).expect("a path")).expect("UTF-8")
    }

    #[test]
    fn names_are_joined_and_dots_resolved() {
        assert_eq!(plain("/", "a"), "/a");
        assert_eq!(plain("/a/b", "../c/./d//e/"), "/a/c/d/e");
        assert_eq!(plain("/a", "../../.."), "/");
        assert_eq!(plain("", "/x/../y"), "/y");
    }

    #[test]
    fn schemes_stay_as_they_are_or_become_directories() {
        assert_eq!(plain("/a", "proc:12/ctl"), "proc:12/ctl");
        assert_eq!(plain("proc:12", "../13/ctl"), "/scheme/proc/13/ctl");
        assert_eq!(plain("proc:12", "../../../file"), "/scheme/proc/file");
        assert!(is_absolute(b"pipe:"));
        assert_eq!(split_scheme(b"a/b:c"), None);
        assert_eq!(split_scheme(b":name"), None);
    }

    #[test]
    fn bad_paths_have_their_errors() {
        assert_eq!(normalise(b"/", b"a\0b"), Err(Error::EINVAL));
        assert_eq!(normalise(b"/", &[b'a'; MAXIMUM]), Err(Error::ENAMETOOLONG));
    }

    proptest! {
        #[test]
        fn the_plain_form_is_stable(path in "[a/.]{0,40}") {
            let once = plain("/d", &path);
            prop_assert_eq!(plain("/", &once), once.clone());
            prop_assert!(once.starts_with('/') && !once.contains("//") && (once.len() == 1 || !once.ends_with('/')));
        }
    }
}
