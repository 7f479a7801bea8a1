//! The boot image as this program sees it: the memory object and the checked bytes.
//!
//! Decides how failures to start are told. Main types: [`Source`], [`Failure`]. Neighbours: `initfs_format`, `servers`.

use core::fmt;
use initfs_format::Image;
use runtime::file::File;
use runtime::memory::ImageMemory;
use runtime::{Error, native};

/// The image.
#[derive(Debug)]
pub(crate) struct Source {
    /// The memory object.
    pub(crate) object: File,
    /// Its content.
    pub(crate) image: Image<'static>,
}

/// Why the system does not start.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The image cannot be mapped.
    Map(Error),
    /// The image is none.
    Image(initfs_format::Error),
    /// The image lacks this program.
    Missing(&'static str),
    /// This program cannot be started: the step, and the error.
    Start(&'static str, &'static str, Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(error) => write!(formatter, "cannot map the boot image: {error}"),
            Self::Image(error) => write!(formatter, "{error}"),
            Self::Missing(path) => write!(formatter, "the boot image has no {path}"),
            Self::Start(path, step, error) => write!(formatter, "cannot start {path} ({step}): {error}"),
        }
    }
}

/// Maps and checks the image.
pub(crate) fn map() -> Result<Source, Failure> {
    let object = File::from_descriptor(native::IMAGE);
    let length = object.status().map_err(Failure::Map)?.size;
    let length = usize::try_from(length).map_err(|_| Failure::Map(Error::EOVERFLOW))?;
    let bytes = ImageMemory::map(&object, length).map_err(Failure::Map)?.leak();
    let image = Image::parse_sealed(bytes).map_err(Failure::Image)?;
    Ok(Source { object, image })
}
