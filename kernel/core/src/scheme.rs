//! Schemes: a name, a server's inbox, and whether the server has authority over processes.
//!
//! Decides nothing by itself. Main types: [`Scheme`], [`SchemeKey`]. Neighbours: `namespace` (names), `request` (calls in),
//! `receive` (messages out), `reply` (answers), `batch` (effects).

use alloc::vec::Vec;

use crate::file::{DescriptionKey, Waiter};
use crate::group::GroupKey;
use crate::inbox::{Node, Queue};
use crate::memory::SpaceKey;
use crate::slab::Key;

/// Names a scheme; its raw value is what SocketVerb::Identify shows.
pub type SchemeKey = Key<Scheme>;

/// Longest scheme name in bytes.
pub(crate) const NAME_LENGTH: usize = 24;

/// One scheme.
#[derive(Debug)]
pub struct Scheme {
    pub(crate) name: Name,
    /// May use the verbs and effects on threads and groups.
    pub(crate) authority: bool,
    pub(crate) queue: Queue,
    /// The group that has the socket, for "what does it wait for" chains.
    pub(crate) owner: GroupKey,
    /// The call that waits for a message.
    pub(crate) receiver: Option<Receiver>,
    pub(crate) watches: Vec<Watch>,
    /// Word of the latest batch that was done.
    pub(crate) journal: u64,
}

impl Scheme {
    /// A scheme whose server has the socket in `owner`.
    pub(crate) fn new(name: Name, authority: bool, owner: GroupKey) -> Self {
        Self { name, authority, queue: Queue::default(), owner, receiver: None, watches: Vec::new(), journal: 0 }
    }
}

/// Who waits for messages, and where the first goes. There as long as that call waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receiver {
    pub(crate) waiter: Waiter,
    pub(crate) space: SpaceKey,
    pub(crate) place: u64,
}

/// A descriptor of the server's own that it waits for together with its inbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    pub(crate) description: DescriptionKey,
    pub(crate) cookie: u64,
    pub(crate) node: Node,
}

/// A scheme's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    bytes: [u8; NAME_LENGTH],
    length: usize,
}

impl Name {
    /// A name of 1 to 24 bytes out of letters, digits, `-` and `_`.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if bytes.is_empty() || !bytes.iter().all(allowed) {
            return None;
        }
        let mut name = Self { bytes: [0; NAME_LENGTH], length: bytes.len() };
        name.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(name)
    }

    /// The name as text: its letters are ASCII.
    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The bytes of the name.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
