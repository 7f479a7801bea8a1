//! The relations between processes: children, orphans, and who gets whom when someone dies.
//!
//! Decides reparenting. Main types: [`Links`], [`List`]. Neighbours: `process` holds the links, `exit`, `wait` and
//! `request::control` move processes. FreeBSD: kern_exit.c (proc_reparent, proc_realparent, proc_clear_orphan);
//! specification section 7.
//!
//! Lists are links between processes, so moving one never allocates: a tracer's death must not fail. Newest first.

use proc_abi::id::Pid;

use crate::process::{Flags, Process};
use crate::table::Processes;

/// A process's place in two lists, and the heads of its own two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Links {
    children: Chain,
    orphans: Chain,
}

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Those that the head waits for.
    Children,
    /// Those that the head made and someone else traces.
    Orphans,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Chain {
    /// First of the own list.
    first: Option<Pid>,
    /// Head of the list this process is in.
    head: Option<Pid>,
    next: Option<Pid>,
    previous: Option<Pid>,
}

impl Links {
    const fn chain(&self, list: List) -> &Chain {
        match list {
            List::Children => &self.children,
            List::Orphans => &self.orphans,
        }
    }

    const fn chain_mut(&mut self, list: List) -> &mut Chain {
        match list {
            List::Children => &mut self.children,
            List::Orphans => &mut self.orphans,
        }
    }

    /// First of this process's own list.
    pub(crate) const fn first(&self, list: List) -> Option<Pid> {
        self.chain(list).first
    }

    /// The one after this process in the list it is in.
    pub(crate) const fn next(&self, list: List) -> Option<Pid> {
        self.chain(list).next
    }
}

impl Processes {
    fn chain_mut(&mut self, pid: Pid, list: List) -> Option<&mut Chain> {
        self.get_mut(pid).map(|process| process.links.chain_mut(list))
    }

    /// Puts a process at the front of `head`'s list.
    pub(crate) fn link(&mut self, head: Pid, pid: Pid, list: List) {
        self.unlink(pid, list);
        if list == List::Children {
            self.refresh_news_for(head, pid);
        }
        let Some(chain) = self.chain_mut(head, list) else { return };
        let first = chain.first.replace(pid);
        if let Some(chain) = self.chain_mut(pid, list) {
            chain.head = Some(head);
            chain.next = first;
            chain.previous = None;
        }
        if let Some(chain) = first.and_then(|first| self.chain_mut(first, list)) {
            chain.previous = Some(pid);
        }
    }

    /// Takes a process out of the list it is in.
    pub(crate) fn unlink(&mut self, pid: Pid, list: List) {
        let Some(chain) = self.chain_mut(pid, list) else { return };
        let Some(head) = chain.head.take() else { return };
        let next = chain.next.take();
        let previous = chain.previous.take();
        if list == List::Children {
            self.drop_news(head, pid);
        }
        if let Some(chain) = next.and_then(|next| self.chain_mut(next, list)) {
            chain.previous = previous;
        }
        match previous {
            Some(previous) => {
                if let Some(chain) = self.chain_mut(previous, list) {
                    chain.next = next;
                }
            }
            None => {
                if let Some(chain) = self.chain_mut(head, list) {
                    chain.first = next;
                }
            }
        }
    }

    /// Counts a process among the news of the one who waits for it, or no longer, as its state now is.
    pub(crate) fn refresh_news(&mut self, pid: Pid) {
        let counted = |process: &&Process| process.has_news() || process.is(Flags::NEWS);
        if let Some(parent) = self.get(pid).filter(counted).and_then(|process| process.parent) {
            self.refresh_news_for(parent, pid);
        }
    }

    fn refresh_news_for(&mut self, head: Pid, pid: Pid) {
        let Some(process) = self.get_mut(pid) else { return };
        if !process.has_news() {
            self.drop_news(head, pid);
            return;
        }
        let counted = process.is(Flags::NEWS);
        process.flags.insert(Flags::NEWS);
        if let Some(parent) = self.get_mut(head) {
            parent.latest_news = Some(pid);
            parent.news = parent.news.saturating_add(u32::from(!counted));
        }
    }

    fn drop_news(&mut self, head: Pid, pid: Pid) {
        let Some(process) = self.get_mut(pid).filter(|process| process.is(Flags::NEWS)) else { return };
        process.flags.remove(Flags::NEWS);
        if let Some(parent) = self.get_mut(head) {
            parent.news = parent.news.saturating_sub(1);
        }
    }

    /// Makes `parent` the one who waits for `pid`. A child whose real parent is someone else joins that one's orphans.
    pub(crate) fn reparent(&mut self, pid: Pid, parent: Option<Pid>) {
        let Some(process) = self.get_mut(pid) else { return };
        process.parent = parent;
        let real = process.real_parent;
        self.unlink(pid, List::Children);
        self.unlink(pid, List::Orphans);
        if let Some(parent) = parent {
            self.link(parent, pid, List::Children);
        }
        if let Some(real) = real.filter(|real| Some(*real) != parent) {
            self.link(real, pid, List::Orphans);
        }
    }

    /// Who takes the children of the dead.
    pub(crate) fn reaper(&self) -> Option<Pid> {
        self.get(Pid::INIT).filter(|init| init.is_alive()).map(|init| init.pid)
    }

    /// The first process is among the callers's ancestors, by who waits for whom (FreeBSD's loop check of PT_ATTACH).
    pub(crate) fn is_ancestor(&self, candidate: Pid, of: Pid) -> bool {
        let mut steps = self.count();
        let mut next = self.get(of).and_then(|process| process.parent);
        while let Some(pid) = next {
            if pid == candidate {
                return true;
            }
            if steps == 0 {
                return false;
            }
            steps = steps.saturating_sub(1);
            next = self.get(pid).and_then(|process| process.parent);
        }
        false
    }
}
