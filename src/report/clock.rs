//! The clock. It is read when something happens, never once for a whole process.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::vault::Timestamp;

/// A moment, to the second, in UTC: the vault's own.
pub type Moment = Timestamp;

/// Returns the present moment. A clock beyond the years of a timestamp counts as the first or the last one.
pub fn now() -> Moment {
    moment(SystemTime::now())
}

fn moment(time: SystemTime) -> Moment {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    };
    Timestamp::from_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_beyond_the_years_of_a_timestamp_counts_as_its_first_or_last_moment() {
        let at = |seconds: i64| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let time = if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
            moment(time + Duration::from_millis(500)).to_string()
        };
        for (seconds, printed) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_255_200, "2026-11-21T10:00:00Z"),
            (253_402_207_200, "9999-12-30T22:00:00Z"),
            (253_402_300_800, "9999-12-30T22:00:00Z"),
            (1 << 60, "9999-12-30T22:00:00Z"),
            (-62_167_219_201, "0000-01-01T00:00:00Z"),
            (-(1 << 60), "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(at(seconds), printed);
            assert_eq!(Moment::parse(printed).unwrap().to_string(), printed);
        }
    }
}
