//! Handles with fewer rights: what DUP makes of an open file.
//!
//! Decides the one name there is, `read`, and that a duplicate looks in the name of whoever opened the original. Main
//! method: `Server::duplicate`. Neighbours: `open`, `judge`; the kernel does the same for its own handles.

use ptrace::{Errno, Result};

use crate::errno::EISDIR;
use crate::files::Node;
use crate::node::control::{Authority, Control};
use crate::node::event::Role;
use crate::request::{Answer, Position, Request};
use crate::server::Server;
use crate::verbs::Verbs;

/// Name of a duplicate that can only look.
const READER: [u8; 4] = *b"read";

impl<V: Verbs> Server<V> {
    /// Dup by the name `read`: another handle on the same file, in the same name, that can only look. Rights only ever go
    /// down this way, so who passes it on gives less than it has.
    pub(crate) fn duplicate(&mut self, request: &Request<'_>) -> Result<Answer> {
        let mut name = [0; READER.len()];
        if request.length() != name.len() {
            return Err(Errno::EINVAL);
        }
        request.copy_in(&mut self.gate.verbs, &mut name)?;
        if name != READER {
            return Err(Errno::EINVAL);
        }
        let open = self.files.get(request.handle())?;
        let opener = open.opener;
        let (subject, node) = match open.node {
            Node::Control(subject, _) => (subject, Node::Control(subject, Control::new(Authority::None))),
            Node::Event(subject, _) => {
                self.check_event(request.handle())?;
                return self.add_event(subject, Role::Observer, opener);
            }
            Node::ProcessText(subject, file) => (subject, Node::ProcessText(subject, file)),
            Node::ThreadText(subject, tid, file) => (subject, Node::ThreadText(subject, tid, file)),
            Node::Root | Node::Process(_) | Node::Threads(_) | Node::Thread(..) => return Err(EISDIR),
        };
        self.check_judged(subject)?;
        let position = if matches!(node, Node::Control(..)) { Position::None } else { Position::Kept };
        self.insert(node, opener, position)
    }
}
