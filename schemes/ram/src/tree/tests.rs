//! Tests of the tree: names, lives of files, limits.
//!
//! The property test compares with plain vectors by name. Neighbours: `tree`, `contents`.

use super::{Creation, NodeId, Removal, Tree, TreeError, Wanted};
use crate::contents::{LIMIT, PAGE};
use crate::limits::Limits;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMITS: Limits = Limits { pages: 100, nodes: 20 };

fn tree() -> Tree {
    Tree::new(LIMITS).expect("memory")
}

fn create(tree: &mut Tree, path: &str) -> Result<NodeId, TreeError> {
    tree.open(NodeId::ROOT, path.as_bytes(), Creation::IfMissing, Wanted::Any)
}

fn directory(tree: &mut Tree, path: &str) -> Result<NodeId, TreeError> {
    tree.open(NodeId::ROOT, path.as_bytes(), Creation::Exclusive, Wanted::Directory)
}

fn find(tree: &mut Tree, path: &str) -> Result<NodeId, TreeError> {
    tree.open(NodeId::ROOT, path.as_bytes(), Creation::Never, Wanted::Any)
}

fn read(tree: &Tree, id: NodeId) -> Vec<u8> {
    let contents = tree.contents(id).expect("a file");
    let mut bytes = vec![0xee; usize::try_from(contents.length()).expect("short")];
    assert_eq!(contents.read(0, &mut bytes), bytes.len());
    bytes
}

#[test]
fn files_are_made_found_and_removed() {
    let mut tree = tree();
    assert_eq!(find(&mut tree, "a"), Err(TreeError::NotFound));
    let file = create(&mut tree, "a").expect("a file");
    assert_eq!(find(&mut tree, "/./x/..//a"), Ok(file));
    assert_eq!(tree.open(NodeId::ROOT, b"a", Creation::Exclusive, Wanted::Any), Err(TreeError::Exists));
    assert_eq!(tree.open(NodeId::ROOT, b"a", Creation::Never, Wanted::Directory), Err(TreeError::NotDirectory));
    assert_eq!(create(&mut tree, "a/b"), Err(TreeError::NotDirectory));
    assert_eq!(tree.remove(NodeId::ROOT, b"a", Removal::File), Ok(()));
    assert_eq!(find(&mut tree, "a"), Err(TreeError::NotFound));
}

#[test]
fn directories_hold_names_and_go_when_they_are_empty() {
    let mut tree = tree();
    let outer = directory(&mut tree, "d").expect("a directory");
    let inner = tree.open(outer, b"e/", Creation::IfMissing, Wanted::Directory).expect("a directory");
    create(&mut tree, "d/e/f").expect("a file");
    assert_eq!(tree.names(inner).map(<[_]>::len), Ok(1));
    assert_eq!(create(&mut tree, "missing/f"), Err(TreeError::NotFound));
    assert_eq!(tree.remove(NodeId::ROOT, b"d/e", Removal::Directory), Err(TreeError::NotEmpty));
    assert_eq!(tree.remove(NodeId::ROOT, b"/", Removal::Directory), Err(TreeError::NotEmpty));
    assert_eq!(tree.remove(inner, b"f", Removal::File), Ok(()));
    assert_eq!(tree.remove(NodeId::ROOT, b"d/e", Removal::Directory), Ok(()));
    assert_eq!(tree.open(inner, b"g", Creation::IfMissing, Wanted::Any), Err(TreeError::NotFound));
    assert_eq!(tree.contents(outer).map(|_| ()), Err(TreeError::IsDirectory));
}

#[test]
fn a_removed_file_lives_while_it_is_open_and_gives_everything_back() {
    let mut tree = tree();
    let before = tree.limits();
    let file = create(&mut tree, "a").expect("a file");
    tree.write(file, 0, &[7; 3 * PAGE]).expect("space");
    tree.remove(NodeId::ROOT, b"a", Removal::File).expect("a name");
    assert_eq!(read(&tree, file), [7; 3 * PAGE]);
    tree.close(file);
    assert_eq!(tree.limits(), before);
}

#[test]
fn files_and_directories_are_removed_as_what_they_are() {
    let mut tree = tree();
    directory(&mut tree, "d").expect("a directory");
    create(&mut tree, "f").expect("a file");
    assert_eq!(tree.remove(NodeId::ROOT, b"d", Removal::File), Err(TreeError::NotPermitted));
    assert_eq!(tree.remove(NodeId::ROOT, b"f", Removal::Directory), Err(TreeError::NotDirectory));
    assert_eq!(tree.remove(NodeId::ROOT, b"x", Removal::File), Err(TreeError::NotFound));
}

#[test]
fn a_rename_moves_a_name_and_replaces_what_has_the_new_one() {
    let mut tree = tree();
    let before = tree.limits();
    let (inner, file) = (directory(&mut tree, "d").expect("a directory"), create(&mut tree, "a").expect("a file"));
    let other = create(&mut tree, "d/b").expect("a file");
    tree.write(other, 0, b"old").expect("space");
    tree.close(other);
    assert_eq!(tree.rename(file, b"d/b"), Ok(()));
    assert_eq!((find(&mut tree, "a"), find(&mut tree, "d/b")), (Err(TreeError::NotFound), Ok(file)));
    assert_eq!(tree.rename(file, b"d/b"), Ok(()), "to itself");
    assert_eq!(tree.names(inner).map(<[_]>::len), Ok(1));
    assert_eq!(tree.limits().pages, before.pages, "the old file's bytes are free");
}

#[test]
fn a_refused_rename_changes_nothing() {
    let mut tree = tree();
    let (outer, full) = (directory(&mut tree, "d").expect("a directory"), directory(&mut tree, "e").expect("one"));
    let file = create(&mut tree, "e/f").expect("a file");
    for (id, path, error) in [
        (outer, "d/x", TreeError::Loop),
        (full, "e/x/y", TreeError::NotFound),
        (outer, "e", TreeError::NotEmpty),
        (outer, "e/f", TreeError::NotDirectory),
        (file, "d", TreeError::IsDirectory),
        (file, "e/f/g", TreeError::NotDirectory),
        (file, "/", TreeError::NotEmpty),
        (NodeId::ROOT, "d/root", TreeError::NotFound),
    ] {
        assert_eq!((path, tree.rename(id, path.as_bytes())), (path, Err(error)));
    }
    assert_eq!((find(&mut tree, "d"), find(&mut tree, "e/f")), (Ok(outer), Ok(file)));
    assert_eq!(tree.rename(full, b"d"), Ok(()), "an empty directory is replaced");
    assert_eq!(find(&mut tree, "d/f"), Ok(file));
    tree.remove(NodeId::ROOT, b"d/f", Removal::File).expect("a name");
    assert_eq!(tree.rename(file, b"g"), Err(TreeError::NotFound), "what has no name gets none");
}

#[test]
fn limits_are_kept_and_a_write_takes_what_fits() {
    let mut tree = Tree::new(Limits { pages: 2, nodes: 3 }).expect("memory");
    let file = create(&mut tree, "a").expect("a file");
    assert_eq!(tree.write(file, 100, &[1; 3 * PAGE]), Ok(2 * PAGE - 100));
    assert_eq!(tree.write(file, 2 * PAGE as u64, b"x"), Err(TreeError::NoSpace));
    assert_eq!(tree.write(file, LIMIT, b"x"), Err(TreeError::TooLarge));
    assert_eq!(tree.set_length(file, LIMIT + 1), Err(TreeError::TooLarge));
    create(&mut tree, "b").expect("a file");
    assert_eq!(create(&mut tree, "c"), Err(TreeError::NoSpace));
    assert_eq!(create(&mut tree, &"n".repeat(256)), Err(TreeError::NameTooLong));
    tree.set_length(file, 0).expect("shorter");
    assert_eq!(tree.limits().pages, 2);
}

#[test]
fn holes_and_cut_ends_read_as_zeros() {
    let mut tree = tree();
    let file = create(&mut tree, "a").expect("a file");
    tree.write(file, 0, b"abcdef").expect("space");
    tree.set_length(file, 2).expect("shorter");
    tree.write(file, 3 * PAGE as u64, b"z").expect("space");
    let bytes = read(&tree, file);
    assert_eq!((&bytes[..4], bytes.len(), bytes[3 * PAGE]), (&b"ab\0\0"[..], 3 * PAGE + 1, b'z'));
    assert_eq!(tree.limits().pages, LIMITS.pages - 2);
}

proptest! {
    #[test]
    fn the_tree_behaves_like_a_map_of_vectors(
        steps in proptest::collection::vec((0_u8..4, "[abc]", 0_usize..9000, 0_usize..5000), 0..40),
    ) {
        let mut tree = Tree::new(Limits { pages: 1000, nodes: 1000 }).expect("memory");
        let start = tree.limits();
        let mut model: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (step, (kind, name, offset, length)) in steps.into_iter().enumerate() {
            match kind {
                0 => {
                    let expected = if model.remove(&name).is_some() { Ok(()) } else { Err(TreeError::NotFound) };
                    prop_assert_eq!(tree.remove(NodeId::ROOT, name.as_bytes(), Removal::File), expected);
                }
                1 => {
                    let id = create(&mut tree, &name).expect("space");
                    tree.set_length(id, offset as u64).expect("short");
                    model.entry(name).or_default().resize(offset, 0);
                    tree.close(id);
                }
                _ => {
                    let id = create(&mut tree, &name).expect("space");
                    let bytes = vec![u8::try_from(step).expect("few") + 1; length];
                    prop_assert_eq!(tree.write(id, offset as u64, &bytes), Ok(length));
                    let file = model.entry(name).or_default();
                    if length > 0 {
                        file.resize(file.len().max(offset + length), 0);
                        file[offset..offset + length].copy_from_slice(&bytes);
                    }
                    tree.close(id);
                }
            }
        }
        for (name, bytes) in &model {
            let id = find(&mut tree, name).expect("a file");
            prop_assert_eq!(&read(&tree, id), bytes);
            tree.close(id);
            tree.remove(NodeId::ROOT, name.as_bytes(), Removal::File).expect("a name");
        }
        prop_assert_eq!(tree.limits(), start);
    }
}
