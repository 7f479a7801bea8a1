//! The tree of a small image: numbers, names, bytes, and what is refused.
//!
//! Images are packed by `initfs-pack`, as the real one is. Neighbours: `tree`.

use super::Tree;
use initfs_pack::{Contents, PackedFile};
use proptest::prelude::*;
use runtime::Error;
use runtime::file::directory::Names;

fn image() -> Vec<u8> {
    let mut contents = Contents::new();
    for (path, data, mode) in [
        ("/bin/sh", vec![1; 5000], 0o755),
        ("/bin/su", vec![2; 10], 0o4755),
        ("/etc/a", b"hello".to_vec(), 0o644),
        ("/etc/a-b", vec![], 0o644),
        ("/etc/deep/er/file", vec![3], 0o600),
    ] {
        contents.add(path, PackedFile::new(data, mode).expect("a mode")).expect("a path");
    }
    contents.to_image().expect("an image")
}

fn with_tree(test: impl FnOnce(Tree<'_>)) {
    let image = image();
    test(Tree::new(&image).expect("an image"));
}

fn names(tree: &Tree<'_>, number: u64, limit: u64) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let records = tree.names(number, names.len() as u64, limit).expect("records");
        let before = names.len();
        names.extend(Names::new(&records).map(|name| String::from_utf8(name.expect("a name").name).expect("UTF-8")));
        if names.len() == before {
            return names;
        }
    }
}

#[test]
fn files_are_numbered_by_their_place_in_the_image() {
    with_tree(|tree| {
        assert_eq!(tree.open(0, b"bin/sh"), Ok(1));
        assert_eq!(tree.open(0, b"etc/deep/er/file"), Ok(5));
        assert_eq!(tree.path(5), Ok("/etc/deep/er/file"));
        assert_eq!(tree.open(0, b"bin//./../bin/su"), Ok(2));
    });
}

#[test]
fn directories_follow_from_the_paths() {
    with_tree(|tree| {
        let root = tree.open(0, b"").expect("the root");
        assert_eq!((root, names(&tree, root, 4096)), (0, vec!["bin".to_owned(), "etc".to_owned()]));
        let etc = tree.open(0, b"etc/").expect("a directory");
        assert!(tree.is_directory(etc));
        assert_eq!(tree.path(etc), Ok("/etc"));
        assert_eq!(names(&tree, etc, 64), ["a", "a-b", "deep"], "in several readings");
        let deep = tree.open(etc, b"deep").expect("a directory");
        assert_eq!(tree.path(deep), Ok("/etc/deep"));
        assert_eq!(tree.open(deep, b"er/file"), Ok(5));
        assert_eq!(tree.path(tree.open(deep, b"..").expect("its parent")), Ok("/etc"));
    });
}

#[test]
fn bytes_are_read_at_any_offset() {
    with_tree(|tree| {
        let file = tree.open(0, b"etc/a").expect("a file");
        assert_eq!(tree.read(file, 0, 100), Ok(&b"hello"[..]));
        assert_eq!(tree.read(file, 3, 1), Ok(&b"l"[..]));
        assert_eq!(tree.read(file, 5, 1), Ok(&b""[..]));
        assert_eq!(tree.read(file, u64::MAX, u64::MAX), Ok(&b""[..]));
        assert_eq!(tree.read(0, 0, 1), Err(Error::EISDIR));
    });
}

#[test]
fn a_status_tells_mode_and_size() {
    with_tree(|tree| {
        let status = tree.status(tree.open(0, b"bin/su").expect("a file")).expect("a status");
        assert_eq!((status.permissions(), status.size), (0o4755, 10));
    });
}

#[test]
fn a_file_is_mapped_up_to_its_last_page() {
    with_tree(|tree| {
        let shell = tree.open(0, b"bin/sh").expect("a file");
        let start = tree.map(shell, 0, 8192).expect("a place");
        assert_eq!(tree.map(shell, 4096, 4096), Ok(start + 4096));
        assert_eq!(tree.map(shell, 0, 8193), Err(Error::EINVAL), "the next page is another file's");
        assert_eq!(tree.map(shell, 1, 10), Err(Error::EINVAL));
        assert_eq!(tree.map(shell, u64::MAX - 4095, 4096), Err(Error::EINVAL));
        assert_eq!(tree.map(0, 0, 1), Err(Error::ENODEV));
    });
}

#[test]
fn what_is_not_there_has_its_error() {
    with_tree(|tree| {
        assert_eq!(tree.open(0, b"etc/x"), Err(Error::ENOENT));
        assert_eq!(tree.open(0, b"et"), Err(Error::ENOENT));
        assert_eq!(tree.open(0, b"etc/a/x"), Err(Error::ENOTDIR));
        assert_eq!(tree.open(0, b"etc/a/"), Err(Error::ENOTDIR));
        assert_eq!(tree.open(1, b"x"), Err(Error::ENOTDIR));
        assert_eq!(tree.open(0, &[0xff]), Err(Error::ENOENT));
        assert_eq!(tree.names(1, 0, 4096), Err(Error::ENOTDIR));
        for number in [6, 1 << 48, u64::MAX, 1 << 63, (1 << 63) | (9 << 48) | 1] {
            assert_eq!(tree.status(number), Err(Error::EBADF), "{number:#x}");
        }
    });
}

proptest! {
    #[test]
    fn any_request_is_answered(number in any::<u64>(), path in ".{0,20}", offset in any::<u64>(), length in any::<u64>()) {
        with_tree(|tree| {
            if let Ok(opened) = tree.open(number, path.as_bytes()) {
                assert!(tree.status(opened).is_ok());
            }
            let _ = (tree.read(number, offset, length), tree.map(number, offset, length));
            drop(tree.names(number, offset, length.min(100)));
        });
    }
}
