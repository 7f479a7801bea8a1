//! How a terminal behaves: FreeBSD's `struct termios` and `struct winsize`, and the modes that have an effect here.
//!
//! Decides layouts, bits and the two kinds of terminal there are to begin with: for a person, and for a pipe. Main types:
//! [`Settings`], [`Control`], [`WindowSize`]. Neighbours: `terminal` (requests), `schemes/tty` (what each mode does).
//! FreeBSD: sys/_termios.h, sys/_winsize.h, sys/ttydefaults.h.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags::bitflags! {
    /// What is done to bytes that come in (`c_iflag`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct InputModes: u32 {
        /// A newline becomes a carriage return.
        const INLCR = 0x40;
        /// Carriage returns are dropped.
        const IGNCR = 0x80;
        /// A carriage return becomes a newline.
        const ICRNL = 0x100;
    }

    /// What is done to bytes that go out (`c_oflag`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct OutputModes: u32 {
        /// Anything at all.
        const OPOST = 0x1;
        /// A newline becomes a carriage return and a newline.
        const ONLCR = 0x2;
    }

    /// What the terminal does beyond passing bytes on (`c_lflag`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct LocalModes: u32 {
        /// Killing a line wipes it from the screen.
        const ECHOKE = 0x1;
        /// Erasing wipes the character from the screen.
        const ECHOE = 0x2;
        /// Killing a line begins a new one on the screen.
        const ECHOK = 0x4;
        /// Typed bytes show.
        const ECHO = 0x8;
        /// Newlines show even where other bytes do not.
        const ECHONL = 0x10;
        /// Control characters show as ^X.
        const ECHOCTL = 0x40;
        /// The interrupt, quit and suspend characters send signals.
        const ISIG = 0x80;
        /// Input comes in lines, which can be edited.
        const ICANON = 0x100;
        /// Word erase, reprint and literal next work.
        const IEXTEN = 0x400;
        /// Background writes stop the writer.
        const TOSTOP = 0x40_0000;
        /// Signals leave what was typed alone.
        const NOFLSH = 0x8000_0000;
    }
}

/// Index of a control character in [`Settings::controls`] (sys/_termios.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Control {
    /// End of file.
    EndOfFile = 0,
    /// Ends a line besides newline.
    EndOfLine = 1,
    /// Erases a character.
    Erase = 3,
    /// Erases a word.
    WordErase = 4,
    /// Erases the line.
    Kill = 5,
    /// Shows the line again.
    Reprint = 6,
    /// Erases a character, too.
    Erase2 = 7,
    /// Sends SIGINT.
    Interrupt = 8,
    /// Sends SIGQUIT.
    Quit = 9,
    /// Sends SIGTSTP.
    Suspend = 10,
    /// Takes the next byte as it is.
    LiteralNext = 14,
    /// Not a character: least bytes of a read without lines.
    Minimum = 16,
}

/// A control character with this value does not exist.
pub const DISABLED: u8 = 0xff;

/// FreeBSD's `struct termios`, 44 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Settings {
    /// [`InputModes`] bits.
    pub input: u32,
    /// [`OutputModes`] bits.
    pub output: u32,
    /// Of the line; kept, but without effect.
    pub hardware: u32,
    /// [`LocalModes`] bits.
    pub local: u32,
    /// Control characters, by [`Control`].
    pub controls: [u8; 20],
    /// Bits per second in; kept, but without effect.
    pub input_speed: u32,
    /// Bits per second out; kept, but without effect.
    pub output_speed: u32,
}

const _: () = assert!(size_of::<Settings>() == 44);

/// 8 bits, receiver on (CS8 | CREAD).
const HARDWARE: u32 = 0xb00;
const SPEED: u32 = 115_200;

/// Control characters in FreeBSD's order (sys/ttydefaults.h), with ^H as the second erase character.
const CONTROLS: [u8; 20] = [
    0x04, DISABLED, DISABLED, 0x7f, 0x17, 0x15, 0x12, 0x08, 0x03, 0x1c, 0x1a, DISABLED, DISABLED, DISABLED, 0x16,
    DISABLED, 1, 0, DISABLED, DISABLED,
];

impl Settings {
    /// A terminal for a person: lines with editing, echo and signals.
    #[must_use]
    pub const fn interactive() -> Self {
        let local = LocalModes::ECHOKE
            .union(LocalModes::ECHOE)
            .union(LocalModes::ECHOK)
            .union(LocalModes::ECHO)
            .union(LocalModes::ECHOCTL)
            .union(LocalModes::ISIG)
            .union(LocalModes::ICANON)
            .union(LocalModes::IEXTEN);
        Self {
            input: InputModes::ICRNL.bits(),
            output: OutputModes::OPOST.union(OutputModes::ONLCR).bits(),
            hardware: HARDWARE,
            local: local.bits(),
            controls: CONTROLS,
            input_speed: SPEED,
            output_speed: SPEED,
        }
    }

    /// A terminal whose other end is a pipe: lines and control characters, but nothing shows that no program wrote, and
    /// bytes go in and out as they are. The one control character that only shows something does not exist.
    #[must_use]
    pub fn piped() -> Self {
        let local = LocalModes::ISIG | LocalModes::ICANON | LocalModes::IEXTEN;
        let mut settings = Self { input: 0, output: 0, local: local.bits(), ..Self::interactive() };
        if let Some(reprint) = settings.controls.get_mut(Control::Reprint as usize) {
            *reprint = DISABLED;
        }
        settings
    }

    /// These settings for a program that edits lines by itself: each byte at once, no echo, no signals.
    #[must_use]
    pub const fn raw(self) -> Self {
        let off = LocalModes::ICANON.union(LocalModes::ECHO).union(LocalModes::ISIG).union(LocalModes::IEXTEN);
        Self { local: self.local & !off.bits(), ..self }
    }

    /// What is done to input.
    #[must_use]
    pub const fn input_modes(&self) -> InputModes {
        InputModes::from_bits_truncate(self.input)
    }

    /// What is done to output.
    #[must_use]
    pub const fn output_modes(&self) -> OutputModes {
        OutputModes::from_bits_truncate(self.output)
    }

    /// What the terminal does besides.
    #[must_use]
    pub const fn local_modes(&self) -> LocalModes {
        LocalModes::from_bits_truncate(self.local)
    }

    /// Whether `byte` is this control character.
    #[must_use]
    pub fn is_control(&self, control: Control, byte: u8) -> bool {
        byte != DISABLED && self.controls.get(control as usize) == Some(&byte)
    }
}

/// FreeBSD's `struct winsize`, 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
    /// Unused.
    pub width: u16,
    /// Unused.
    pub height: u16,
}

const _: () = assert!(size_of::<WindowSize>() == 8);

impl Default for WindowSize {
    fn default() -> Self {
        Self { rows: 24, columns: 80, width: 0, height: 0 }
    }
}
