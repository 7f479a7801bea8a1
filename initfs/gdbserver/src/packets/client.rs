//! What is known of the client: what it said it can be told, and what it wants to be told.
//!
//! Decides the defaults: an old client that knows neither processes nor events. Main type: [`Client`]. Neighbours: `query`
//! (qSupported fills it), `options` (Q packets), `judge` asks it.

use crate::thread_id::Naming;
use alloc::vec::Vec;
use proc_abi::signal::SigSet;

/// A client.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol's own list of yes and no")]
pub(crate) struct Client {
    /// How threads are named.
    pub(crate) naming: Naming,
    /// It handles forks.
    pub(crate) fork_events: bool,
    /// It handles vforks.
    pub(crate) vfork_events: bool,
    /// It handles exec.
    pub(crate) exec_events: bool,
    /// It wants to hear when nothing is left to run.
    pub(crate) no_resumed: bool,
    /// It stays when the last process is gone.
    pub(crate) extended: bool,
    /// Signals that pass without a stop.
    pub(crate) pass: SigSet,
    /// The environment for programs that it starts, as changes of the server's own.
    pub(crate) variables: Vec<Variable>,
    /// The directory for programs that it starts.
    pub(crate) directory: Option<Vec<u8>>,
}

/// A change of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// `NAME=VALUE`.
    Set(Vec<u8>),
    /// `NAME`.
    Unset(Vec<u8>),
}

impl Client {
    /// Takes a list of features; what is not in it the client does not have.
    pub(crate) fn features(&mut self, list: &[u8]) {
        let has = |name: &[u8]| list.split(|&byte| byte == b';').any(|feature| feature == name);
        self.naming = if has(b"multiprocess+") { Naming::ProcessAndThread } else { Naming::Thread };
        self.fork_events = has(b"fork-events+");
        self.vfork_events = has(b"vfork-events+");
        self.exec_events = has(b"exec-events+");
        self.no_resumed = has(b"no-resumed+");
    }

    /// The environment made of `own`.
    pub(crate) fn environment(&self, own: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut variables = own.to_vec();
        for change in &self.variables {
            let (Variable::Set(text) | Variable::Unset(text)) = change;
            let name = text.split(|&byte| byte == b'=').next().unwrap_or_default();
            variables.retain(|variable| variable.split(|&byte| byte == b'=').next() != Some(name));
            if let Variable::Set(text) = change {
                variables.push(text.clone());
            }
        }
        if let Some(directory) = &self.directory {
            variables.retain(|variable| !variable.starts_with(b"PWD="));
            variables.push([b"PWD=", directory.as_slice()].concat());
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Variable};
    use crate::thread_id::Naming;

    #[test]
    fn features_are_what_the_last_list_says() {
        let mut client = Client::default();
        client.features(b"multiprocess+;fork-events+;exec-events-");
        assert_eq!((client.naming, client.fork_events, client.exec_events), (Naming::ProcessAndThread, true, false));
        client.features(b"");
        assert_eq!((client.naming, client.fork_events), (Naming::Thread, false));
    }

    #[test]
    fn the_environment_is_changed_in_order() {
        let own = [b"A=1".to_vec(), b"AB=2".to_vec(), b"PWD=/".to_vec()];
        let variables =
            vec![Variable::Set(b"A=3".to_vec()), Variable::Unset(b"AB".to_vec()), Variable::Set(b"C=4".to_vec())];
        let client = Client { variables, directory: Some(b"/tmp".to_vec()), ..Client::default() };
        assert_eq!(client.environment(&own), [&b"A=3"[..], b"C=4", b"PWD=/tmp"]);
    }
}
