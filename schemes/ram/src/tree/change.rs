//! Changes of names: removal and renaming.
//!
//! Decides FreeBSD's conditions (vfs_syscalls.c, kern_renameat; ufs_vnops.c, ufs_rename): a directory goes only when it is
//! empty, what is replaced is of the same kind, and no directory moves below itself. Main type: [`Removal`]. Neighbours:
//! `tree` (names and nodes).

use super::path::Names;
use super::{Body, NodeId, Tree, TreeError};
use alloc::vec::Vec;

/// What is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The name of a file (unlink).
    File,
    /// A directory (rmdir).
    Directory,
}

impl Tree {
    /// Removes a name: of a file, or of a directory without names.
    ///
    /// # Errors
    /// [`TreeError`]; [`TreeError::NotPermitted`] for the removal of a directory as a file.
    pub fn remove(&mut self, from: NodeId, path: &[u8], removal: Removal) -> Result<(), TreeError> {
        let names = Names::new(path)?;
        let id = self.resolve(from, &names)?;
        let (parent, last) = self.parent(from, &names)?;
        match (removal, self.names(id)) {
            (Removal::File, Ok(_)) => return Err(TreeError::NotPermitted),
            (Removal::Directory, Err(_)) => return Err(TreeError::NotDirectory),
            (Removal::Directory, Ok(names)) if !names.is_empty() => return Err(TreeError::NotEmpty),
            (Removal::File, Err(_)) | (Removal::Directory, Ok(_)) => {}
        }
        self.directory(parent)?.retain(|(name, _)| name != last);
        self.lose_name(id);
        Ok(())
    }

    /// Gives a file or directory the name `path`, seen from the root, in place of its own and of what has that name.
    ///
    /// # Errors
    /// [`TreeError`]; then nothing has changed.
    pub fn rename(&mut self, id: NodeId, path: &[u8]) -> Result<(), TreeError> {
        let names = Names::new(path)?;
        let (parent, last) = self.parent(NodeId::ROOT, &names)?;
        let replaced = match self.resolve(NodeId::ROOT, &names) {
            Ok(other) if other == id => return Ok(()),
            Ok(other) => Some(other),
            Err(TreeError::NotFound) => None,
            Err(error) => return Err(error),
        };
        let old_parent = self.parent_of(id).ok_or(TreeError::NotFound)?;
        self.check_way(id, parent)?;
        if let Some(other) = replaced {
            self.check_replaced(id, other)?;
        }
        let mut name = Vec::new();
        name.try_reserve_exact(last.len()).map_err(|_| TreeError::NoSpace)?;
        name.extend_from_slice(last);
        self.directory(parent)?.try_reserve(1).map_err(|_| TreeError::NoSpace)?;
        self.directory(old_parent)?.retain(|(_, other)| *other != id);
        if let Some(other) = replaced {
            self.directory(parent)?.retain(|(_, present)| *present != other);
            self.lose_name(other);
        }
        self.directory(parent)?.push((name, id));
        Ok(())
    }

    /// What a directory would replace must be an empty one, what a file replaces a file.
    fn check_replaced(&self, id: NodeId, other: NodeId) -> Result<(), TreeError> {
        match (self.is_directory(id), self.names(other)) {
            (true, Ok([])) | (false, Err(_)) => Ok(()),
            (true, Ok(_)) => Err(TreeError::NotEmpty),
            (true, Err(_)) => Err(TreeError::NotDirectory),
            (false, Ok(_)) => Err(TreeError::IsDirectory),
        }
    }

    /// The way from the root to the new parent must not lead through what moves.
    fn check_way(&self, id: NodeId, parent: NodeId) -> Result<(), TreeError> {
        let mut at = Some(parent);
        while let Some(directory) = at {
            if directory == id {
                return Err(TreeError::Loop);
            }
            at = self.parent_of(directory);
        }
        Ok(())
    }

    /// The directory that has the name of this node; none for the root and for what was removed.
    fn parent_of(&self, id: NodeId) -> Option<NodeId> {
        let has = |body: &Body| match body {
            Body::Directory(names) => names.iter().any(|(_, other)| *other == id),
            Body::File(_) | Body::Free => false,
        };
        self.nodes.iter().position(|node| has(&node.body)).map(NodeId)
    }

    fn lose_name(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.links = 0;
        }
        self.free_if_unused(id);
    }
}
