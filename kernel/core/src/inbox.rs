//! Inboxes: one ordered queue for each scheme server, over nodes that the things reported about own in advance.
//!
//! Decides the order of delivery and that delivery never allocates: a node is reserved when a thread, handle or timer is
//! made, and linking it cannot fail. Main types: [`Nodes`] (the pool), [`Node`] (a reserved place), [`Queue`], [`Item`].
//! Neighbours: `scheme` (owns the queues), `receive` (turns items into messages), `thread` (owns most nodes).

use alloc::vec::Vec;

use crate::group::GroupKey;
use crate::memory::OutOfMemory;
use crate::thread::ThreadKey;

/// What waits in an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The pending call of a thread, not yet taken.
    Call(ThreadKey),
    /// The taken call with this tag is no longer wanted.
    Cancel { tag: u64, thread: ThreadKey },
    /// A thread parked with a report.
    Report(ThreadKey),
    /// A thread is gone.
    ThreadDead { thread: ThreadKey, group: GroupKey, badge: u64, status: u64 },
    /// A group is gone.
    GroupDead { group: GroupKey, badge: u64, status: u64 },
    /// A stop of the group is complete.
    Stopped(GroupKey),
    /// A timer of the server passed.
    Timer { cookie: u64 },
    /// A watched descriptor is ready.
    Ready { cookie: u64 },
    /// A kernel job ended.
    Job { cookie: u64, errno: u32 },
    /// The last descriptor of a handle was closed.
    Closed { handle: u64 },
    /// A session's bond fired.
    SessionLost { session: u64, policy: u64 },
    /// A group was run without the server.
    Delegated(GroupKey),
}

/// A reserved place; owned by whatever may be reported about, or by the queue once [`Nodes::push_owned`] gave it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node(u32);

#[derive(Debug, Default)]
struct Place {
    item: Option<Item>,
    next: Option<u32>,
    previous: Option<u32>,
    /// The queue frees the node when it is taken.
    owned: bool,
}

/// The head and tail of one inbox.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    head: Option<u32>,
    tail: Option<u32>,
}

impl Queue {
    /// Nothing waits.
    pub(crate) const fn is_empty(&self) -> bool {
        self.head.is_none()
    }
}

/// The pool of nodes.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    places: Vec<Place>,
    free: Vec<u32>,
}

impl Nodes {
    /// Reserves a node.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self) -> Result<Node, OutOfMemory> {
        match self.free.pop() {
            Some(index) => Ok(Node(index)),
            None => self.grow(),
        }
    }

    /// One more place, which is not on the free list.
    fn grow(&mut self) -> Result<Node, OutOfMemory> {
        let index = u32::try_from(self.places.len()).map_err(|_| OutOfMemory)?;
        self.places.try_reserve(1).map_err(|_| OutOfMemory)?;
        // Room for every place on the free list, so that releasing never allocates.
        let missing = self.places.len().saturating_add(1).saturating_sub(self.free.len());
        self.free.try_reserve(missing).map_err(|_| OutOfMemory)?;
        self.places.push(Place::default());
        Ok(Node(index))
    }

    /// Makes sure that the next `count` reservations succeed.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve_free(&mut self, count: usize) -> Result<(), OutOfMemory> {
        while self.free.len() < count {
            let node = self.grow()?;
            self.free.push(node.0);
        }
        Ok(())
    }

    /// Gives a node back; it is taken out of `queue` first if it waits there.
    pub(crate) fn release(&mut self, node: Node, queue: &mut Queue) {
        self.unlink(node, queue);
        self.free.push(node.0);
    }

    /// Appends an item in a node that stays its owner's. A node that is already linked keeps its place and gets the new item.
    pub(crate) fn push(&mut self, queue: &mut Queue, node: Node, item: Item) {
        self.link(queue, node, item, false);
    }

    /// Appends an item and gives the node to the queue, for owners that are about to disappear.
    pub(crate) fn push_owned(&mut self, queue: &mut Queue, node: Node, item: Item) {
        self.link(queue, node, item, true);
    }

    fn link(&mut self, queue: &mut Queue, node: Node, item: Item, owned: bool) {
        let Some(place) = self.places.get_mut(node.0 as usize) else {
            return;
        };
        place.owned = owned;
        if place.item.replace(item).is_some() {
            return;
        }
        place.next = None;
        place.previous = queue.tail;
        match queue.tail.and_then(|tail| self.places.get_mut(tail as usize)) {
            Some(tail) => tail.next = Some(node.0),
            None => queue.head = Some(node.0),
        }
        queue.tail = Some(node.0);
    }

    /// The node waits in a queue.
    pub(crate) fn is_linked(&self, node: Node) -> bool {
        self.places.get(node.0 as usize).is_some_and(|place| place.item.is_some())
    }

    /// The first item, left where it is.
    pub(crate) fn peek(&self, queue: &Queue) -> Option<Item> {
        self.places.get(queue.head? as usize)?.item
    }

    /// Gives a linked node to its queue, which frees it when it is taken; an unlinked one is freed now.
    pub(crate) fn give(&mut self, node: Node) {
        match self.places.get_mut(node.0 as usize) {
            Some(place) if place.item.is_some() => place.owned = true,
            _ => self.free.push(node.0),
        }
    }

    /// Takes the first item.
    pub(crate) fn pop(&mut self, queue: &mut Queue) -> Option<Item> {
        let index = queue.head?;
        let place = self.places.get_mut(index as usize)?;
        let item = place.item;
        let owned = place.owned;
        self.unlink(Node(index), queue);
        if owned {
            self.free.push(index);
        }
        item
    }

    /// Takes a node out of its queue, if it waits there.
    pub(crate) fn unlink(&mut self, node: Node, queue: &mut Queue) {
        let Some(place) = self.places.get_mut(node.0 as usize) else {
            return;
        };
        if place.item.take().is_none() {
            return;
        }
        let (next, previous) = (place.next.take(), place.previous.take());
        match next.and_then(|next| self.places.get_mut(next as usize)) {
            Some(place) => place.previous = previous,
            None => queue.tail = previous,
        }
        match previous.and_then(|previous| self.places.get_mut(previous as usize)) {
            Some(place) => place.next = next,
            None => queue.head = next,
        }
    }
}

#[cfg(test)]
impl Nodes {
    /// How many nodes are reserved.
    pub(crate) fn used(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }

    /// What waits in a queue, first to last, by node and whether the queue owns it. Fails the test if the links are wrong.
    pub(crate) fn items(&self, queue: &Queue) -> Vec<(Node, Item, bool)> {
        let mut items = Vec::new();
        let (mut next, mut previous) = (queue.head, None);
        while let Some(index) = next {
            let place = &self.places[index as usize];
            assert_eq!(place.previous, previous, "node {index}");
            assert!(!self.free.contains(&index), "node {index} is free and linked");
            items.push((Node(index), place.item.expect("linked nodes hold items"), place.owned));
            assert!(items.len() <= self.places.len(), "the queue is a ring");
            (previous, next) = (Some(index), place.next);
        }
        assert_eq!(queue.tail, previous);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Nodes, Queue};

    fn timer(cookie: u64) -> Item {
        Item::Timer { cookie }
    }

    #[test]
    fn items_leave_in_the_order_they_came_and_unlinking_closes_the_gap() {
        let mut nodes = Nodes::default();
        let mut queue = Queue::default();
        let [a, b, c] = core::array::from_fn(|_| nodes.reserve().unwrap());
        nodes.push(&mut queue, a, timer(1));
        nodes.push(&mut queue, b, timer(2));
        nodes.push(&mut queue, c, timer(3));
        nodes.unlink(b, &mut queue);
        assert_eq!(nodes.pop(&mut queue), Some(timer(1)));
        assert_eq!(nodes.pop(&mut queue), Some(timer(3)));
        assert_eq!(nodes.pop(&mut queue), None);
        assert_eq!(nodes.peek(&queue), None);
    }

    #[test]
    fn a_linked_node_keeps_its_place_and_takes_the_new_item() {
        let mut nodes = Nodes::default();
        let mut queue = Queue::default();
        let [a, b] = core::array::from_fn(|_| nodes.reserve().unwrap());
        nodes.push(&mut queue, a, timer(1));
        nodes.push(&mut queue, b, timer(2));
        nodes.push(&mut queue, a, timer(3));
        assert_eq!(nodes.pop(&mut queue), Some(timer(3)));
        assert_eq!(nodes.pop(&mut queue), Some(timer(2)));
    }

    #[test]
    fn an_owned_node_is_free_again_after_it_was_taken() {
        let mut nodes = Nodes::default();
        let mut queue = Queue::default();
        let node = nodes.reserve().unwrap();
        let index = node.0;
        nodes.push_owned(&mut queue, node, timer(1));
        assert_eq!(nodes.pop(&mut queue), Some(timer(1)));
        assert_eq!(nodes.reserve().unwrap().0, index);
    }
}
