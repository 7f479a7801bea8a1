//! What an image will contain, before it is laid out.
//!
//! [`Contents`] maps each path to its file and refuses bad paths as they come, so that a mistake is reported with the
//! line of the manifest or the argument that caused it, not at the end. Neighbours: `manifest` and `with` fill it,
//! `layout` turns it into bytes.

use crate::layout::lay_out;
use anyhow::{Context, Result, bail};
use initfs_format::{BOOT_ARGUMENTS_PATH, BootArguments, BootMode, Mode, check_path};
use std::collections::BTreeMap;

/// One file on its way into an image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PackedFile {
    /// The file's bytes.
    pub data: Vec<u8>,
    /// Permission and set-id bits.
    pub mode: Mode,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl PackedFile {
    /// A file of root's.
    ///
    /// # Errors
    /// If `mode` has bits that are neither permissions nor set-id.
    pub fn new(data: Vec<u8>, mode: u32) -> Result<Self> {
        let mode = Mode::new(mode).with_context(|| format!("mode {mode:o} has bits beyond 7777"))?;
        Ok(Self { data, mode, uid: 0, gid: 0 })
    }
}

/// The files of an image, by path.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    files: BTreeMap<String, PackedFile>,
}

impl Contents {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that must not be there yet.
    ///
    /// # Errors
    /// If the path is not one for an image, or taken.
    pub fn add(&mut self, path: &str, file: PackedFile) -> Result<()> {
        if self.files.contains_key(path) {
            bail!("{path} is in the image already");
        }
        self.replace(path, file)
    }

    /// Adds a file, or replaces the one at this path.
    ///
    /// # Errors
    /// If the path is not one for an image.
    pub fn replace(&mut self, path: &str, file: PackedFile) -> Result<()> {
        check_path(path.as_bytes()).with_context(|| format!("image path {path:?}"))?;
        self.files.insert(path.to_owned(), file);
        Ok(())
    }

    /// Sets what the image is booted for and with which arguments.
    ///
    /// # Errors
    /// If the mode needs a program and there is none, or an argument contains a NUL byte.
    pub fn set_arguments<'a>(&mut self, mode: BootMode, arguments: impl IntoIterator<Item = &'a [u8]>) -> Result<()> {
        let mut data = Vec::new();
        BootArguments::write(mode, arguments, &mut data).context("boot arguments")?;
        self.replace(BOOT_ARGUMENTS_PATH, PackedFile::new(data, 0o444)?)
    }

    /// The files, in the order of their paths.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&str, &PackedFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Lays the files out as an image.
    ///
    /// # Errors
    /// If there are more files or bytes than the layout can count, or a file's path is another one's directory.
    pub fn to_image(&self) -> Result<Vec<u8>> {
        lay_out(&self.files)
    }
}
