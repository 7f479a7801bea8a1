//! The CMOS clock: the date at boot.
//!
//! Decides how its registers become seconds since 1970; a clock that makes no sense reads as 1970. Main functions:
//! [`read`], and the pure [`seconds`]. Neighbours: `set`.

/// Registers of the clock as they are read: second, minute, hour, day, month, year, format.
type Registers = [u8; 7];

const HOUR_PM: u8 = 1 << 7;
const FORMAT_24_HOURS: u8 = 1 << 1;
const FORMAT_BINARY: u8 = 1 << 2;
const SECONDS_PER_DAY: u64 = 86_400;

#[cfg(not(test))]
pub(super) use hardware::read;

#[cfg(not(test))]
mod hardware {
    //! Reading the registers without an update in between.

    use super::super::port::Port;
    use super::{Registers, seconds};

    const INDEX: Port = Port(0x70);
    const DATA: Port = Port(0x71);
    const ADDRESSES: [u8; 7] = [0x00, 0x02, 0x04, 0x07, 0x08, 0x09, 0x0b];
    const STATUS_A: u8 = 0x0a;
    const UPDATE_IN_PROGRESS: u8 = 1 << 7;
    /// NMI stays enabled while bit 7 of the index is clear; an update takes 2 ms.
    const POLLS: u32 = 100_000;
    const ATTEMPTS: u32 = 4;

    /// Seconds since 1970: two readings in a row that agree.
    pub(in crate::device) fn read() -> u64 {
        let mut last = registers();
        for _ in 0..ATTEMPTS {
            let again = registers();
            if again == last {
                break;
            }
            last = again;
        }
        seconds(last).unwrap_or(0)
    }

    fn registers() -> Registers {
        let _ = (0..POLLS).any(|_| register(STATUS_A) & UPDATE_IN_PROGRESS == 0);
        ADDRESSES.map(register)
    }

    fn register(address: u8) -> u8 {
        INDEX.write(address);
        DATA.read()
    }
}

/// Seconds since 1970, if the registers hold a date of this century.
fn seconds(registers: Registers) -> Option<u64> {
    let [second, minute, hour, day, month, year, format] = registers;
    let decode = |value: u8| {
        if format & FORMAT_BINARY != 0 {
            u64::from(value)
        } else {
            u64::from(value >> 4).wrapping_mul(10).wrapping_add(u64::from(value & 0xf))
        }
    };
    let (day, month, year) = (decode(day), decode(month), decode(year));
    let hour = if format & FORMAT_24_HOURS != 0 {
        decode(hour)
    } else {
        let noon = if hour & HOUR_PM != 0 { 12 } else { 0 };
        (decode(hour & !HOUR_PM) % 12).wrapping_add(noon)
    };
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year < 100 && hour < 24;
    let days = valid.then(|| days_since_1970(year.wrapping_add(2000), month, day))?;
    let time = hour.wrapping_mul(60).wrapping_add(decode(minute)).wrapping_mul(60).wrapping_add(decode(second));
    Some(days.wrapping_mul(SECONDS_PER_DAY).wrapping_add(time))
}

/// Days from 1 January 1970 in the Gregorian calendar, for years from 1970 on: years counted from March, so that the leap
/// day is the last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) =
        if month > 2 { (year, month.wrapping_sub(3)) } else { (year.wrapping_sub(1), month.wrapping_add(9)) };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let day_of_year = month.wrapping_mul(153).wrapping_add(2).wrapping_div(5).wrapping_add(day);
    // 1 March of year 0 lies 719,469 days before 1 January 1970, counting days of the month from 1.
    year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(day_of_year).wrapping_sub(719_469)
}

#[cfg(test)]
mod tests {
    //! Dates whose value is known.

    use super::seconds;

    #[test]
    fn known_dates_in_bcd() {
        assert_eq!(seconds([0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x02]), Some(946_684_800));
        assert_eq!(seconds([0x59, 0x59, 0x23, 0x29, 0x02, 0x24, 0x02]), Some(1_709_251_199));
        assert_eq!(seconds([0x00, 0x00, 0x00, 0x01, 0x03, 0x24, 0x02]), Some(1_709_251_200));
    }

    #[test]
    fn binary_and_twelve_hours() {
        assert_eq!(seconds([0, 0, 12, 1, 1, 0, 0x04]), Some(946_684_800));
        assert_eq!(seconds([0, 0, 0x80 | 1, 1, 1, 0, 0x04]), Some(946_684_800 + 13 * 3600));
    }

    #[test]
    fn nonsense_is_no_date() {
        assert_eq!(seconds([0xff; 7]), None);
        assert_eq!(seconds([0; 7]), None);
    }
}
