//! Paths under `proc:` and in boot images.
//!
//! Decides that a path has one meaning and a file of `proc:` one path. Neighbours: `proc_abi::path`, `initfs_format::path`.

use initfs_format::check_path;
use proc_abi::path::{PROCESS_FILES, Path, Process, THREAD_FILES, THREADS_DIRECTORY, parse};

/// Reads the bytes as both kinds of path.
///
/// # Panics
/// If a path under `proc:` is not the one that its meaning is written as.
pub fn check(bytes: &[u8]) {
    if let Ok(path) = check_path(bytes) {
        assert!(path.starts_with('/') && !path.contains("//"), "{path:?}");
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Some(path) = parse(text) {
        let written = write(path);
        assert!(written == text || text.strip_suffix('/') == Some(&written), "{text:?} is {written:?}");
        assert_eq!(parse(&written), Some(path));
    }
}

/// The path of what a path names.
fn write(path: Path) -> String {
    let process = |process| match process {
        Process::Own => "self".to_owned(),
        Process::Other(pid) => pid.raw().to_string(),
    };
    let name = |found: Option<&'static str>| found.unwrap_or("(a file without a name)");
    match path {
        Path::Root => String::new(),
        Path::Process(of) => process(of),
        Path::ProcessFile(of, file) => {
            let file = name(PROCESS_FILES.iter().find(|row| row.0 == file).map(|row| row.1));
            format!("{}/{file}", process(of))
        }
        Path::Threads(of) => format!("{}/{THREADS_DIRECTORY}", process(of)),
        Path::Thread(of, tid) => format!("{}/{THREADS_DIRECTORY}/{}", process(of), tid.raw()),
        Path::ThreadFile(of, tid, file) => {
            let file = name(THREAD_FILES.iter().find(|row| row.0 == file).map(|row| row.1));
            format!("{}/{THREADS_DIRECTORY}/{}/{file}", process(of), tid.raw())
        }
    }
}
