//! How files are shown by `ls -l`.
//!
//! Decides the form of a mode. Pure. Main function: [`mode`]. Neighbours: `ls`.

use runtime::file::status::{Kind, Status};

/// The ten characters of a file's kind and permissions.
#[must_use]
pub fn mode(status: &Status) -> [u8; 10] {
    let mut text = *b"----------";
    let kind = match status.kind() {
        Kind::Regular => b'-',
        Kind::Directory => b'd',
        Kind::Character => b'c',
        Kind::Pipe => b'p',
        Kind::Other => b'?',
    };
    let permissions = status.permissions();
    let letters = [(0, kind)].into_iter().chain((1_usize..).zip(*b"rwxrwxrwx").map(|(place, letter)| {
        let bit = 0o400_u16 >> place.saturating_sub(1);
        (place, if permissions & bit == 0 { b'-' } else { letter })
    }));
    for (place, letter) in letters {
        if let Some(character) = text.get_mut(place) {
            *character = letter;
        }
    }
    for (bit, place) in [(0o4000, 3), (0o2000, 6)] {
        if let Some(character) = text.get_mut(place).filter(|_| permissions & bit != 0) {
            *character = if *character == b'x' { b's' } else { b'S' };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::mode;
    use runtime::file::status::{Kind, Status};

    #[test]
    fn modes_look_as_everywhere() {
        assert_eq!(&mode(&Status::new(Kind::Regular, 0o755, 0)), b"-rwxr-xr-x");
        assert_eq!(&mode(&Status::new(Kind::Directory, 0o555, 0)), b"dr-xr-xr-x");
        assert_eq!(&mode(&Status::new(Kind::Regular, 0o4755, 0)), b"-rwsr-xr-x");
        assert_eq!(&mode(&Status::new(Kind::Character, 0o2600, 0)), b"crw---S---");
    }
}
