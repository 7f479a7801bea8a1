//! How much work one entry into the kernel may do, and whether there is more.
//!
//! Decides the unit: one page that is copied, cleared or changed, or one look at a range without any. Main types:
//! [`Budget`], [`Progress`]. Neighbours: every operation of `memory` whose length a program chooses.

/// Pages in one step of a long operation.
const STEP: usize = 256;

/// What is left of one step.
#[derive(Clone, Copy, Debug)]
pub struct Budget(usize);

/// Whether an operation that runs in steps has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// It has.
    Done,
    /// It goes on with the next step.
    More,
}

impl Budget {
    /// One step, as one call or one turn of a kernel job does it.
    #[must_use]
    pub const fn call() -> Self {
        Self(STEP)
    }

    /// A step of another length.
    #[must_use]
    pub const fn pages(count: usize) -> Self {
        Self(count)
    }

    /// Nothing is left.
    #[must_use]
    pub const fn is_spent(self) -> bool {
        self.0 == 0
    }

    /// What is left, in pages.
    #[must_use]
    pub const fn left(self) -> usize {
        self.0
    }

    /// Takes one page off; `false` if nothing was left.
    #[must_use]
    pub const fn spend(&mut self) -> bool {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}
