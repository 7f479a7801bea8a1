//! Where the kernel and the programs are: what ./build.sh built and named in the environment.
//!
//! A test run by plain `cargo test` has no kernel to boot, and must not quietly use an old one; [`Artifacts::find`]
//! then says which command to give instead. Neighbours: `boot` and the `boot` tool start from here.

use anyhow::{Context, Result, bail};
use initfs_pack::{Contents, Manifest, Sources};
use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the kernel's ELF file.
const KERNEL_VARIABLE: &str = "PROCTOR_KERNEL";

/// The environment variable that names the folder of built programs.
const BIN_DIR_VARIABLE: &str = "PROCTOR_BIN_DIR";

/// The folder of cargo's that programs are built in, beside the kernel's.
const PROGRAM_TARGET: &str = "x86_64-unknown-redox";

/// A built system: kernel, programs, and the repository they came from.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The kernel's ELF file.
    pub kernel: PathBuf,
    /// Where the image's files come from.
    pub sources: Sources,
}

impl Artifacts {
    /// The system that build.sh built last.
    ///
    /// # Errors
    /// If the environment does not name one, or names files that are not there.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().context("the repository has moved since the harness was built")?;
        let artifacts =
            Self { kernel: named(KERNEL_VARIABLE)?, sources: Sources { root, bin_dir: named(BIN_DIR_VARIABLE)? } };
        Ok(artifacts)
    }

    /// The full file of a program of the image, with the debug sections that the image does without; if there is one.
    #[must_use]
    pub fn debug_file(&self, name: &str) -> Option<PathBuf> {
        let folder = self.kernel.parent()?.parent()?.with_file_name(PROGRAM_TARGET).join("release");
        Some(folder.join(name)).filter(|path| path.is_file())
    }

    /// The files of every image, as initfs/manifest.toml says.
    ///
    /// # Errors
    /// If the manifest or one of its files cannot be read.
    pub fn contents(&self) -> Result<Contents> {
        Manifest::load(&self.sources.root.join("initfs/manifest.toml"))?.gather(&self.sources)
    }
}

fn named(variable: &str) -> Result<PathBuf> {
    let Some(value) = env::var_os(variable) else {
        bail!("{variable} is not set: boot tests need a built system; run ./build.sh test");
    };
    let path = PathBuf::from(value);
    if !path.exists() {
        bail!("{variable} names {}, which is not there; run ./build.sh build", path.display());
    }
    Ok(path)
}
