//! Durations on a command line: seconds, with a fraction if need be.
//!
//! Decides the grammar: digits, at most one point, at least one digit. Pure. Main function: [`parse`]. Neighbours: `sleep`.

use core::time::Duration;

/// Nanoseconds of the first digit behind the point.
const TENTH: u32 = 100_000_000;

/// Reads `SECONDS[.FRACTION]`; digits beyond nanoseconds do not count.
#[must_use]
pub fn parse(text: &[u8]) -> Option<Duration> {
    let text = core::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let seconds = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = 0_u32;
    let mut unit = TENTH;
    for digit in fraction.bytes() {
        let digit = u32::from(digit.wrapping_sub(b'0'));
        nanoseconds = nanoseconds.saturating_add(digit.saturating_mul(unit));
        unit = unit.checked_div(10)?;
    }
    Some(Duration::new(seconds, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use core::time::Duration;

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(parse(b"2"), Some(Duration::from_secs(2)));
        assert_eq!(parse(b"0.25"), Some(Duration::from_millis(250)));
        assert_eq!(parse(b".5"), Some(Duration::from_millis(500)));
        assert_eq!(parse(b"1."), Some(Duration::from_secs(1)));
        assert_eq!(parse(b"0.0000000019"), Some(Duration::from_nanos(1)));
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in ["", ".", "-1", "1s", "1.5.2", "99999999999999999999", "0x1"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
