//! Processes that a case left behind: who was there before, and the end of everybody else.
//!
//! Decides that a suite is the only thing that makes processes in its boot, so that whoever came after the case began is the
//! case's, whatever group or session it put itself into. Main type: [`Present`]. Neighbours: `suite`, `counts`.

use crate::failure::Failure;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use proc_abi::signal::SIGKILL;
use runtime::file::directory::Directory;
use runtime::{Error, process, time};

/// How often it is looked whether the killed are gone: orphans are reaped by init.
const LOOKS: usize = 500;
const PAUSE: Duration = Duration::from_millis(2);

/// The processes that were there at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present(Vec<i32>);

impl Present {
    /// Those that are there now.
    ///
    /// # Errors
    /// As `proc:` is refused.
    pub fn read() -> Result<Self, Failure> {
        let names = Directory::open("proc:")?.names()?;
        let pids = names.iter().filter_map(|name| core::str::from_utf8(&name.name).ok()?.parse().ok());
        Ok(Self(pids.collect()))
    }

    /// Who is in `later` but not in this.
    #[must_use]
    pub fn newer(&self, later: &Self) -> Vec<i32> {
        later.0.iter().copied().filter(|pid| !self.0.contains(pid)).collect()
    }

    /// Kills everybody who came later, until nobody is left; true if there was nobody to begin with.
    ///
    /// # Errors
    /// As the kill fails, or if some do not go.
    pub fn restore(&self) -> Result<bool, Failure> {
        let mut left = self.newer(&Self::read()?);
        let alone = left.is_empty();
        for _ in 0..LOOKS {
            if left.is_empty() {
                return Ok(alone);
            }
            for pid in left {
                match process::kill(pid, Some(SIGKILL)) {
                    Ok(()) | Err(Error::ESRCH) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            time::sleep_fully(PAUSE);
            left = self.newer(&Self::read()?);
        }
        Err(Failure::new(format!("processes {left:?} cannot be killed")))
    }
}

#[cfg(test)]
mod tests {
    use super::Present;

    #[test]
    fn those_who_came_later_are_told_from_the_others() {
        let before = Present(vec![1, 2, 7]);
        assert_eq!(before.newer(&Present(vec![1, 7, 9, 12])), [9, 12]);
        assert_eq!(before.newer(&before), []);
    }
}
