//! Packing: what goes in comes out, and mistakes are reported with file and remedy.
//!
//! Images are read back with initfs-format, the reader that the kernel uses. Neighbours: `initfs_pack`, and
//! initfs/format/tests, which damages images on purpose.

use initfs_format::{BOOT_ARGUMENTS_PATH, BootArguments, BootMode, Image};
use initfs_pack::{Contents, Manifest, PackedFile, Sources};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

/// A repository with a manifest of this text, one program and one package of two programs.
fn repository(manifest: &str) -> (TempDir, Manifest, Sources) {
    let root = TempDir::new().expect("a temporary folder");
    let bin_dir = root.path().join("bin");
    let package = root.path().join("tests/programs/src/bin");
    fs::create_dir_all(&bin_dir).expect("a folder");
    fs::create_dir_all(package.join("second")).expect("a folder");
    fs::write(package.join("first.rs"), "").expect("a file");
    fs::write(package.join("second/main.rs"), "").expect("a file");
    for name in ["sh", "first", "second"] {
        fs::write(bin_dir.join(name), name).expect("a file");
    }
    fs::write(root.path().join("hint"), "type help").expect("a file");
    let path = root.path().join("manifest.toml");
    fs::write(&path, manifest).expect("a file");
    let manifest = Manifest::load(&path).expect("the manifest parses");
    let sources = Sources { root: root.path().to_owned(), bin_dir };
    (root, manifest, sources)
}

fn refusal(manifest: &str) -> String {
    let (_root, manifest, sources) = repository(manifest);
    format!("{:#}", manifest.gather(&sources).expect_err("the manifest is wrong"))
}

#[test]
fn the_manifest_names_programs_files_and_packages() {
    let (_root, manifest, sources) = repository(
        "[files]\n\"/bin/sh\" = { bin = \"sh\", mode = 0o4755, gid = 5 }\n\"/etc/hint\" = { file = \"hint\" }\n\
         [directories]\n\"/tests\" = \"tests/programs\"\n",
    );
    let bytes = manifest.gather(&sources).and_then(|contents| contents.to_image()).expect("an image");
    let image = Image::parse(&bytes).expect("the reader accepts it");
    let found: Vec<_> = image.entries().map(|entry| (entry.path, entry.data, entry.mode.bits(), entry.gid)).collect();
    let expected: [(&str, &[u8], u16, u32); 4] = [
        ("/bin/sh", b"sh", 0o4755, 5),
        ("/etc/hint", b"type help", 0o644, 0),
        ("/tests/first", b"first", 0o755, 0),
        ("/tests/second", b"second", 0o755, 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_missing_program_names_the_remedy() {
    let message = refusal("[files]\n\"/bin/ls\" = { bin = \"ls\" }\n");
    assert!(message.contains("/bin/ls") && message.contains("./build.sh build"), "{message}");
}

#[test]
fn an_entry_needs_exactly_one_source() {
    for entry in ["{}", "{ bin = \"sh\", file = \"hint\" }"] {
        let message = refusal(&format!("[files]\n\"/x\" = {entry}\n"));
        assert!(message.contains("either bin"), "{message}");
    }
}

#[test]
fn bad_paths_and_modes_are_refused() {
    assert!(refusal("[files]\n\"bin/sh\" = { bin = \"sh\" }\n").contains("does not start with '/'"));
    assert!(refusal("[files]\n\"/sh\" = { bin = \"sh\", mode = 0o10755 }\n").contains("mode 10755"));
}

#[test]
fn a_file_cannot_be_a_directory_too() {
    let mut contents = Contents::new();
    for path in ["/a", "/a-b", "/a/b"] {
        contents.add(path, PackedFile::new(Vec::new(), 0o644).expect("a mode")).expect("a path");
    }
    let message = format!("{:#}", contents.to_image().expect_err("/a is a file"));
    assert!(message.starts_with("/a/b "), "{message}");
}

#[test]
fn arguments_are_a_file_of_the_image() {
    let mut contents = Contents::new();
    contents.set_arguments(BootMode::Execute, [b"/bin/sh".as_slice(), b"-c"]).expect("arguments");
    let bytes = contents.to_image().expect("an image");
    let image = Image::parse(&bytes).expect("the reader accepts it");
    let file = image.find(BOOT_ARGUMENTS_PATH).expect("the file is there");
    let arguments = BootArguments::parse(file.data).expect("the file reads back");
    assert_eq!(arguments.mode(), BootMode::Execute);
    assert_eq!(arguments.arguments().collect::<Vec<_>>(), [b"/bin/sh".as_slice(), b"-c"]);
}

proptest! {
    #[test]
    fn what_is_packed_is_read_back(
        files in prop::collection::btree_map("/f/[a-z.-]{1,3}x(/[a-z]{1,3}y)?", prop::collection::vec(any::<u8>(), 0..9000), 0..8),
        mode in 0_u32..0o10_000,
    ) {
        let files: BTreeMap<String, Vec<u8>> = files;
        let mut contents = Contents::new();
        for (path, data) in &files {
            contents.add(path, PackedFile::new(data.clone(), mode).expect("a mode")).expect("a path");
        }
        let clash = files.keys().any(|path| files.contains_key(path.rsplit_once('/').map_or("", |(parent, _)| parent)));
        match contents.to_image() {
            Err(_) => prop_assert!(clash),
            Ok(bytes) => {
                prop_assert!(!clash);
                initfs_format::check(&bytes);
                let image = Image::parse(&bytes).expect("the reader accepts it");
                let read: BTreeMap<_, _> = image.entries().map(|entry| (entry.path.to_owned(), entry.data.to_vec())).collect();
                prop_assert_eq!(read, files);
                prop_assert!(image.entries().all(|entry| u32::from(entry.mode.bits()) == mode));
            }
        }
    }
}
