//! Bytes from a terminal to keys.
//!
//! Decides which control characters and escape sequences (ECMA-48 CSI, and SS3 of the VT220) are keys; unknown sequences
//! are swallowed whole. Main types: [`Keys`], [`Key`]. Neighbours: `line_editor`.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Byte(u8),
    Enter,
    Interrupt,
    Backspace,
    Delete,
    /// ^D: deletes, or ends the input where there is nothing to delete.
    DeleteOrEnd,
    EraseWord,
    EraseToStart,
    EraseToEnd,
    Left,
    Right,
    Home,
    End,
    Up,
    Down,
    ClearScreen,
}

/// What of an escape sequence has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// In a sequence, with the number so far.
    Sequence(u16),
    /// After ESC O.
    Single,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keys(State);

impl Keys {
    /// The key that `byte` completes, if it does.
    pub(super) fn take(&mut self, byte: u8) -> Option<Key> {
        match self.0 {
            _ if !byte.is_ascii() => {
                // No sequence has such a byte: it begins a character, or goes on with one.
                self.0 = State::Ground;
                Some(Key::Byte(byte))
            }
            State::Ground if byte == 0x1b => {
                self.0 = State::Escape;
                None
            }
            State::Ground => plain(byte),
            State::Escape => {
                self.0 = match byte {
                    b'[' => State::Sequence(0),
                    b'O' => State::Single,
                    _ => State::Ground,
                };
                None
            }
            State::Sequence(number) => self.in_sequence(number, byte),
            State::Single => {
                self.0 = State::Ground;
                final_byte(byte, 0)
            }
        }
    }

    fn in_sequence(&mut self, number: u16, byte: u8) -> Option<Key> {
        match byte {
            b'0'..=b'9' => {
                let digit = u16::from(byte.wrapping_sub(b'0'));
                self.0 = State::Sequence(number.saturating_mul(10).saturating_add(digit));
                None
            }
            b';' => {
                self.0 = State::Sequence(0);
                None
            }
            0x40..=0x7e => {
                self.0 = State::Ground;
                final_byte(byte, number)
            }
            0x20..=0x3f => None,
            _ => {
                self.0 = State::Ground;
                None
            }
        }
    }
}

fn final_byte(byte: u8, number: u16) -> Option<Key> {
    Some(match (byte, number) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', 1 | 7) => Key::Home,
        (b'F', _) | (b'~', 4 | 8) => Key::End,
        (b'~', 3) => Key::Delete,
        _ => return None,
    })
}

fn plain(byte: u8) -> Option<Key> {
    Some(match byte {
        b'\r' | b'\n' => Key::Enter,
        0x01 => Key::Home,
        0x02 => Key::Left,
        0x03 => Key::Interrupt,
        0x04 => Key::DeleteOrEnd,
        0x05 => Key::End,
        0x06 => Key::Right,
        0x08 | 0x7f => Key::Backspace,
        0x0b => Key::EraseToEnd,
        0x0c => Key::ClearScreen,
        0x0e => Key::Down,
        0x10 => Key::Up,
        0x15 => Key::EraseToStart,
        0x17 => Key::EraseWord,
        b'\t' => Key::Byte(b' '),
        byte if byte < 0x20 => return None,
        byte => Key::Byte(byte),
    })
}
