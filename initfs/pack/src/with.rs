//! `--with HOST_FILE[:IMAGE_PATH]`: a file that somebody adds to one image.
//!
//! [`WithFile`] parses the argument and reads the file. Without an image path the file goes to /bin under its own
//! name; it may replace a file of the manifest. Its set-id bits are dropped: those are the manifest's to give.
//! Neighbours: the command lines of `initfs-pack` and of tests/qemu.

use crate::contents::{Contents, PackedFile};
use anyhow::{Context, Result, bail};
use initfs_format::check_path;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::str::FromStr;

/// A host file and where in the image it goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WithFile {
    /// The file on the host.
    pub host: PathBuf,
    /// Its path in the image.
    pub image: String,
}

impl WithFile {
    /// Reads the file and puts it into `contents`, with the permissions it has on the host.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn add_to(&self, contents: &mut Contents) -> Result<()> {
        let name = self.host.display();
        let data = fs::read(&self.host).with_context(|| format!("--with: cannot read {name}"))?;
        let permissions = fs::metadata(&self.host).with_context(|| format!("--with: {name}"))?.permissions();
        contents.replace(&self.image, PackedFile::new(data, permissions.mode() & 0o777)?)
    }
}

impl FromStr for WithFile {
    type Err = anyhow::Error;

    fn from_str(argument: &str) -> Result<Self> {
        // An image path is absolute, so ":/" is where it starts; a host path may contain colons of its own.
        let (host, image) = match argument.rfind(":/").and_then(|colon| argument.split_at_checked(colon)) {
            Some((host, image)) => (PathBuf::from(host), image.trim_start_matches(':').to_owned()),
            None => {
                let host = PathBuf::from(argument);
                let name = host.file_name().and_then(|name| name.to_str()).context("the host file has no name")?;
                let image = format!("/bin/{name}");
                (host, image)
            }
        };
        if host.as_os_str().is_empty() {
            bail!("no host file before the colon");
        }
        check_path(image.as_bytes()).with_context(|| format!("image path {image:?}"))?;
        Ok(Self { host, image })
    }
}

#[cfg(test)]
mod tests {
    use super::WithFile;

    fn parsed(argument: &str) -> Option<(String, String)> {
        let with: WithFile = argument.parse().ok()?;
        Some((with.host.to_str()?.to_owned(), with.image))
    }

    #[test]
    fn the_image_path_starts_at_the_last_colon_and_slash() {
        assert_eq!(parsed("a/x:/bin/y"), Some(("a/x".into(), "/bin/y".into())));
        assert_eq!(parsed("/tmp/a:b:/c"), Some(("/tmp/a:b".into(), "/c".into())));
    }

    #[test]
    fn a_file_without_an_image_path_goes_to_bin() {
        assert_eq!(parsed("/tmp/x"), Some(("/tmp/x".into(), "/bin/x".into())));
        assert_eq!(parsed("x:y"), Some(("x:y".into(), "/bin/x:y".into())));
    }

    #[test]
    fn bad_arguments_are_refused() {
        for argument in ["", ":/bin/x", "x:/", "x:/bin//y", "x:/bin/../y", "/tmp/.."] {
            assert_eq!(parsed(argument), None, "{argument:?}");
        }
    }
}
