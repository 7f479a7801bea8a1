//! One file of the image, as its reader hands it out.
//!
//! [`Entry`] borrows from the image and holds only what has been checked; [`Mode`] is the part that decides who may run
//! the file and as whom. Neighbours: `image` makes entries, the boot-files server and exec read them.

/// Permission and set-id bits of a file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Mode(u16);

impl Mode {
    const ALL: u32 = 0o7777;
    const SET_USER_ID: u16 = 0o4000;
    const SET_GROUP_ID: u16 = 0o2000;

    /// The mode with these bits, if there are none but permission, sticky and set-id bits.
    #[must_use]
    pub fn new(bits: u32) -> Option<Self> {
        u16::try_from(bits).ok().filter(|_| bits & !Self::ALL == 0).map(Self)
    }

    /// All bits, as in `st_mode & 07777`.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Whether exec of this file takes on its owner.
    #[must_use]
    pub fn sets_user_id(self) -> bool {
        self.0 & Self::SET_USER_ID != 0
    }

    /// Whether exec of this file takes on its group.
    #[must_use]
    pub fn sets_group_id(self) -> bool {
        self.0 & Self::SET_GROUP_ID != 0
    }
}

/// One file of an image.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// Absolute path.
    pub path: &'a str,
    /// The file's bytes; they start on a page boundary of the image.
    pub data: &'a [u8],
    /// Where `data` starts in the image, for whoever maps pages instead of reading bytes.
    pub data_offset: u64,
    /// Permission and set-id bits.
    pub mode: Mode,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

#[cfg(test)]
mod tests {
    use super::Mode;

    #[test]
    fn mode_keeps_only_known_bits() {
        assert_eq!(Mode::new(0o6755).map(Mode::bits), Some(0o6755));
        assert_eq!(Mode::new(0o10_000), None);
        assert_eq!(Mode::new(u32::MAX), None);
    }

    #[test]
    fn mode_tells_the_set_id_bits_apart() {
        let user = Mode::new(0o4755).expect("a mode");
        let group = Mode::new(0o2755).expect("a mode");
        assert!(user.sets_user_id() && !user.sets_group_id());
        assert!(!group.sets_user_id() && group.sets_group_id());
    }
}
