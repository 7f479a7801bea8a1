//! The manifest: which programs and files every image contains, as initfs/manifest.toml says.
//!
//! `[files]` maps an image path to one program (`bin = "NAME"`) or one file of the repository (`file = "PATH"`), with
//! optional `mode`, `uid` and `gid`; `[directories]` maps an image directory to a package, all of whose programs go
//! there. Only the manifest can give set-id bits. Neighbours: `contents` receives the files, build.sh builds the programs.

use crate::contents::{Contents, PackedFile};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Permissions of a program where the manifest names none.
const PROGRAM_MODE: u32 = 0o755;

/// Permissions of any other file where the manifest names none.
const FILE_MODE: u32 = 0o644;

/// Where the files named in a manifest are looked for.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The repository: `file` and the packages of `[directories]` are relative to it.
    pub root: PathBuf,
    /// Where the build left the programs.
    pub bin_dir: PathBuf,
}

/// The text of initfs/manifest.toml, parsed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(default)]
    files: BTreeMap<String, ManifestFile>,
    #[serde(default)]
    directories: BTreeMap<String, PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    bin: Option<String>,
    file: Option<PathBuf>,
    mode: Option<u32>,
    #[serde(default)]
    uid: u32,
    #[serde(default)]
    gid: u32,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// If the file cannot be read or is not a manifest; the message names the line.
    pub fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the manifest {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not a manifest", path.display()))
    }

    /// Reads every file that the manifest names.
    ///
    /// # Errors
    /// If a file is missing or named twice; the message says what would make it.
    pub fn gather(&self, sources: &Sources) -> Result<Contents> {
        let mut contents = Contents::new();
        for (path, file) in &self.files {
            let packed = file.read(sources).with_context(|| format!("image path {path}"))?;
            contents.add(path, packed)?;
        }
        for (directory, package) in &self.directories {
            for name in program_names(&sources.root.join(package))? {
                let data = read_program(&sources.bin_dir, &name)?;
                contents.add(&format!("{directory}/{name}"), PackedFile::new(data, PROGRAM_MODE)?)?;
            }
        }
        Ok(contents)
    }
}

impl ManifestFile {
    fn read(&self, sources: &Sources) -> Result<PackedFile> {
        let (data, mode) = match (&self.bin, &self.file) {
            (Some(name), None) => (read_program(&sources.bin_dir, name)?, PROGRAM_MODE),
            (None, Some(path)) => {
                let path = sources.root.join(path);
                (fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?, FILE_MODE)
            }
            _ => bail!("give either bin = \"PROGRAM\" or file = \"PATH\""),
        };
        let packed = PackedFile::new(data, self.mode.unwrap_or(mode))?;
        Ok(PackedFile { uid: self.uid, gid: self.gid, ..packed })
    }
}

fn read_program(bin_dir: &Path, name: &str) -> Result<Vec<u8>> {
    let path = bin_dir.join(name);
    fs::read(&path).with_context(|| format!("no program at {}; ./build.sh build makes it", path.display()))
}

/// The programs of a package, as cargo finds them: one for each src/bin/NAME.rs and src/bin/NAME/main.rs.
fn program_names(package: &Path) -> Result<Vec<String>> {
    let folder = package.join("src/bin");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list the programs in {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_program = path.join("main.rs").is_file() || path.extension().is_some_and(|extension| extension == "rs");
        if let (true, Some(name)) = (is_program, path.file_stem().and_then(|name| name.to_str())) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
