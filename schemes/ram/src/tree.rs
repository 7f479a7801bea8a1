//! Directories and files by name.
//!
//! Decides what a path names, what an open makes, and that a removed file lives on while it is open. Main types: [`Tree`],
//! [`NodeId`], [`TreeError`]. Neighbours: `contents` (bytes), `limits`; `main.rs` turns errors into numbers.

mod change;
mod path;

use crate::contents::Contents;
use crate::limits::Limits;
use alloc::vec::Vec;
pub use change::Removal;
use path::Names;

/// Longest name (FreeBSD NAME_MAX).
pub const NAME_LIMIT: usize = 255;

/// Names a file or directory as long as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(usize);

impl NodeId {
    /// The root directory.
    pub const ROOT: Self = Self(0);

    /// As a file number: from 1.
    #[must_use]
    pub fn inode(self) -> u64 {
        (self.0 as u64).saturating_add(1)
    }
}

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// There is nothing of that name.
    NotFound,
    /// There is something of that name already.
    Exists,
    /// A name on the way, or the last one, is no directory.
    NotDirectory,
    /// It is a directory.
    IsDirectory,
    /// A directory that has names cannot be removed, nor can the root.
    NotEmpty,
    /// A directory cannot be removed as a file.
    NotPermitted,
    /// A directory cannot move below itself.
    Loop,
    /// A name is too long.
    NameTooLong,
    /// A limit is reached, or there is no memory.
    NoSpace,
    /// The file would be too long.
    TooLarge,
}

/// Whether an open makes what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// No.
    Never,
    /// If it is missing.
    IfMissing,
    /// It has to be missing.
    Exclusive,
}

/// What an open is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Anything; what is made is a file.
    Any,
    /// A directory.
    Directory,
}

#[derive(Debug)]
enum Body {
    Free,
    File(Contents),
    /// Names in the order in which they were made.
    Directory(Vec<(Vec<u8>, NodeId)>),
}

#[derive(Debug)]
struct Node {
    body: Body,
    /// Names that lead here: 1, or 0 after removal.
    links: u32,
    /// Open files.
    users: u32,
}

/// The tree.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    limits: Limits,
}

impl Tree {
    /// An empty tree.
    ///
    /// # Errors
    /// [`TreeError::NoSpace`].
    pub fn new(limits: Limits) -> Result<Self, TreeError> {
        let mut tree = Self { nodes: Vec::new(), limits };
        tree.add_node(Body::Directory(Vec::new()))?;
        Ok(tree)
    }

    /// What is left of the limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Finds or makes what `path` names, seen from the directory `from`, and counts one more user of it.
    ///
    /// # Errors
    /// [`TreeError`].
    pub fn open(&mut self, from: NodeId, path: &[u8], creation: Creation, wanted: Wanted) -> Result<NodeId, TreeError> {
        let names = Names::new(path)?;
        let id = match (self.resolve(from, &names), creation) {
            (Ok(_), Creation::Exclusive) => return Err(TreeError::Exists),
            (Ok(id), Creation::Never | Creation::IfMissing) => id,
            (Err(TreeError::NotFound), Creation::IfMissing | Creation::Exclusive) => {
                self.create(from, &names, wanted)?
            }
            (Err(error), _) => return Err(error),
        };
        if wanted == Wanted::Directory && !self.is_directory(id) {
            return Err(TreeError::NotDirectory);
        }
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.users = node.users.saturating_add(1);
        }
        Ok(id)
    }

    /// One user less; a removed file without users is gone.
    pub fn close(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.users = node.users.saturating_sub(1);
        }
        self.free_if_unused(id);
    }

    /// The names in a directory.
    ///
    /// # Errors
    /// [`TreeError::NotDirectory`].
    pub fn names(&self, id: NodeId) -> Result<&[(Vec<u8>, NodeId)], TreeError> {
        match self.nodes.get(id.0).map(|node| &node.body) {
            Some(Body::Directory(names)) => Ok(names),
            _ => Err(TreeError::NotDirectory),
        }
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self, id: NodeId) -> bool {
        self.names(id).is_ok()
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`TreeError::IsDirectory`].
    pub fn contents(&self, id: NodeId) -> Result<&Contents, TreeError> {
        match self.nodes.get(id.0).map(|node| &node.body) {
            Some(Body::File(contents)) => Ok(contents),
            _ => Err(TreeError::IsDirectory),
        }
    }

    /// Writes to a file; short where space ran out.
    ///
    /// # Errors
    /// As [`Contents::write`]; [`TreeError::IsDirectory`].
    pub fn write(&mut self, id: NodeId, offset: u64, from: &[u8]) -> Result<usize, TreeError> {
        match self.nodes.get_mut(id.0).map(|node| &mut node.body) {
            Some(Body::File(contents)) => contents.write(&mut self.limits, offset, from),
            _ => Err(TreeError::IsDirectory),
        }
    }

    /// Sets a file's length.
    ///
    /// # Errors
    /// As [`Contents::set_length`]; [`TreeError::IsDirectory`].
    pub fn set_length(&mut self, id: NodeId, length: u64) -> Result<(), TreeError> {
        match self.nodes.get_mut(id.0).map(|node| &mut node.body) {
            Some(Body::File(contents)) => contents.set_length(&mut self.limits, length),
            _ => Err(TreeError::IsDirectory),
        }
    }

    fn resolve(&self, from: NodeId, names: &Names<'_>) -> Result<NodeId, TreeError> {
        names.iter().try_fold(from, |directory, name| {
            let found = self.names(directory)?.iter().find(|(other, _)| other == name);
            found.map(|(_, id)| *id).ok_or(TreeError::NotFound)
        })
    }

    /// The directory of the last name, and that name.
    fn parent<'a>(&self, from: NodeId, names: &Names<'a>) -> Result<(NodeId, &'a [u8]), TreeError> {
        let (before, last) = names.split_last().ok_or(TreeError::NotEmpty)?;
        Ok((self.resolve(from, &before)?, last))
    }

    fn create(&mut self, from: NodeId, names: &Names<'_>, wanted: Wanted) -> Result<NodeId, TreeError> {
        let (parent, last) = self.parent(from, names)?;
        let mut name = Vec::new();
        name.try_reserve_exact(last.len()).map_err(|_| TreeError::NoSpace)?;
        name.extend_from_slice(last);
        self.directory(parent)?.try_reserve(1).map_err(|_| TreeError::NoSpace)?;
        let id = self.add_node(match wanted {
            Wanted::Any => Body::File(Contents::default()),
            Wanted::Directory => Body::Directory(Vec::new()),
        })?;
        self.directory(parent)?.push((name, id));
        Ok(id)
    }

    fn directory(&mut self, id: NodeId) -> Result<&mut Vec<(Vec<u8>, NodeId)>, TreeError> {
        match self.nodes.get_mut(id.0) {
            // A removed directory takes no new names.
            Some(Node { body: Body::Directory(names), links: 1, .. }) => Ok(names),
            Some(Node { body: Body::Directory(_), .. }) => Err(TreeError::NotFound),
            _ => Err(TreeError::NotDirectory),
        }
    }

    fn add_node(&mut self, body: Body) -> Result<NodeId, TreeError> {
        let free = self.nodes.iter().position(|node| matches!(node.body, Body::Free));
        if free.is_none() {
            self.nodes.try_reserve(1).map_err(|_| TreeError::NoSpace)?;
        }
        self.limits.take_node()?;
        let node = Node { body, links: 1, users: 0 };
        let index = free.unwrap_or(self.nodes.len());
        match self.nodes.get_mut(index) {
            Some(place) => *place = node,
            None => self.nodes.push(node),
        }
        Ok(NodeId(index))
    }

    fn free_if_unused(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.links == 0 && node.users == 0) else { return };
        match core::mem::replace(&mut node.body, Body::Free) {
            Body::Free => return,
            // Shortening to nothing cannot fail; it gives the pages back.
            Body::File(mut contents) => drop(contents.set_length(&mut self.limits, 0)),
            Body::Directory(_) => {}
        }
        self.limits.give_node();
    }
}

#[cfg(test)]
mod tests;
