//! Terminals: their settings, their foreground process group, and the requests a terminal's server takes.
//!
//! Decides what SYS_CALL on a terminal means: word 0 is FreeBSD's ioctl number (sys/ttycom.h), the payload its argument,
//! laid out as FreeBSD's structures. Main types: [`Terminal`], [`TerminalRequest`]. Neighbours: `terminal::settings` (the
//! structures), `schemes/tty` (serves the requests); shells and debuggers make them.

pub mod settings;

use crate::error::{Error, Result};
use crate::file::File;
use settings::{Settings, WindowSize};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

/// What can be asked of a terminal: FreeBSD's ioctl numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum TerminalRequest {
    /// TIOCGETA: fills a [`Settings`].
    GetSettings = 0x402c_7413,
    /// TIOCSETA: takes a [`Settings`].
    SetSettings = 0x802c_7414,
    /// TIOCSETAF: throws unread input away first.
    SetSettingsFlushing = 0x802c_7416,
    /// TIOCGPGRP: fills the foreground process group (4 bytes).
    GetForeground = 0x4004_7477,
    /// TIOCSPGRP: takes the foreground process group (4 bytes).
    SetForeground = 0x8004_7476,
    /// TIOCSCTTY: the caller's session, which it leads, has this terminal from now on.
    MakeControlling = 0x2000_7461,
    /// TIOCGSID: fills the session (4 bytes).
    GetSession = 0x4004_7463,
    /// TIOCGWINSZ: fills a [`WindowSize`].
    GetWindowSize = 0x4008_7468,
    /// TIOCSWINSZ: takes a [`WindowSize`].
    SetWindowSize = 0x8008_7467,
    /// Not FreeBSD's: fills the column in which output has left the cursor (2 bytes).
    GetColumn = 0x4002_7480,
}

impl TerminalRequest {
    const ALL: [Self; 10] = [
        Self::GetSettings,
        Self::SetSettings,
        Self::SetSettingsFlushing,
        Self::GetForeground,
        Self::SetForeground,
        Self::MakeControlling,
        Self::GetSession,
        Self::GetWindowSize,
        Self::SetWindowSize,
        Self::GetColumn,
    ];

    /// The request with this number.
    #[must_use]
    pub fn from_raw(raw: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|request| *request as u64 == raw)
    }
}

/// A file that may be a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal<'a>(&'a File);

impl<'a> Terminal<'a> {
    /// The terminal behind `file`.
    ///
    /// # Errors
    /// ENOTTY for a file that is none.
    pub fn new(file: &'a File) -> Result<Self> {
        let terminal = Self(file);
        terminal.settings().map_err(|_| Error::ENOTTY)?;
        Ok(terminal)
    }

    /// Its settings.
    ///
    /// # Errors
    /// As its server refuses it.
    pub fn settings(self) -> Result<Settings> {
        self.get(TerminalRequest::GetSettings)
    }

    /// Changes its settings.
    ///
    /// # Errors
    /// As its server refuses it.
    pub fn set_settings(self, mut settings: Settings) -> Result<()> {
        self.request(TerminalRequest::SetSettings, settings.as_mut_bytes())
    }

    /// Its size.
    ///
    /// # Errors
    /// As its server refuses it.
    pub fn window_size(self) -> Result<WindowSize> {
        self.get(TerminalRequest::GetWindowSize)
    }

    /// The column in which output has left the cursor; 0 at the start of a line.
    ///
    /// # Errors
    /// As its server refuses it.
    pub fn column(self) -> Result<u16> {
        self.get(TerminalRequest::GetColumn)
    }

    /// The process group that may read and that the keyboard's signals go to.
    ///
    /// # Errors
    /// ENOTTY if no session has the terminal.
    pub fn foreground(self) -> Result<i32> {
        self.get(TerminalRequest::GetForeground)
    }

    /// Chooses the foreground process group.
    ///
    /// # Errors
    /// ENOTTY outside the session that has the terminal, EPERM for a group outside it.
    pub fn set_foreground(self, mut group: i32) -> Result<()> {
        self.request(TerminalRequest::SetForeground, group.as_mut_bytes())
    }

    /// Makes it the controlling terminal of the caller's session; its group becomes the foreground group.
    ///
    /// # Errors
    /// EPERM unless the caller leads its session and no other session has the terminal.
    pub fn make_controlling(self) -> Result<()> {
        self.request(TerminalRequest::MakeControlling, &mut [])
    }

    fn get<T: FromBytes + FromZeros + IntoBytes>(self, request: TerminalRequest) -> Result<T> {
        let mut value = T::new_zeroed();
        self.request(request, value.as_mut_bytes())?;
        Ok(value)
    }

    fn request(self, request: TerminalRequest, payload: &mut [u8]) -> Result<()> {
        self.0.call(payload, &[request as u64, 0, 0]).map(drop)
    }
}
