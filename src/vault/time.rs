//! Timestamps, in whole seconds of UTC. The current time always comes in as an argument.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::value::{Datetime, Offset};

use super::age::Age;
use super::malformed::Malformed;

/// A moment in whole seconds, printed as RFC 3339 in UTC: `2026-11-21T10:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const DAY: i64 = 24 * 60 * 60;

/// The first and the last second that a timestamp can be, since 1970: the year 0 begins, and the year 9999 ends a day
/// early, so that every time zone writes it with four digits.
const RANGE: RangeInclusive<i64> = -62_167_219_200..=253_402_207_200;

/// The days before each month of a year that begins with March: a leap day then comes last.
const DAYS_BEFORE: [i64; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/// The days from March of the year 0 to 1970.
const EPOCH: i64 = 719_468;

/// The days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

impl Timestamp {
    /// The moment that many seconds after 1970 began, or the nearest one in the years 0 to 9999.
    pub fn from_seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds.clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Parses RFC 3339 or a date, as [`FromStr`] does.
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    /// Parses the printed form, `2026-11-21T10:00:00Z`, and no other. This is several times faster than
    /// parsing all of RFC 3339.
    pub(crate) fn parse_canonical(text: &[u8; 20]) -> Option<Timestamp> {
        let mut fields = [0_i64; 6];
        for (field, digits) in fields.iter_mut().zip([0..4, 5..7, 8..10, 11..13, 14..16, 17..19]) {
            for digit in &text[digits] {
                *field = *field * 10 + i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
            }
        }
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        let [year, month, day, hour, minute, second] = fields;
        let is_time = hour < 24 && minute < 60 && second < 60 && marks.iter().all(|(at, mark)| text[*at] == *mark);
        let seconds = days(year, month, day)? * DAY + hour * 3_600 + minute * 60 + second;
        (is_time && RANGE.contains(&seconds)).then_some(Timestamp(seconds))
    }

    /// Converts a TOML value: a date with time and offset, or a date alone.
    fn from_toml(found: Datetime) -> Option<Timestamp> {
        let date = found.date?;
        let day = days(date.year.into(), date.month.into(), date.day.into())? * DAY;
        let seconds = match (found.time, found.offset) {
            (None, None) => day,
            (Some(time), Some(offset)) => {
                // POSIX time has no leap seconds: one counts as the second before it.
                let (hour, minute, second) = (time.hour, time.minute, time.second.unwrap_or(0).min(59));
                if hour > 23 || minute > 59 {
                    return None;
                }
                let offset = match offset {
                    Offset::Z => 0,
                    Offset::Custom { minutes } => i64::from(minutes) * 60,
                };
                day + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second) - offset
            }
            _ => return None,
        };
        // An offset can lead out of the years that are printed.
        RANGE.contains(&seconds).then_some(Timestamp(seconds))
    }

    /// The seconds from `earlier` to this moment; negative if this one is earlier.
    pub fn seconds_since(self, earlier: Timestamp) -> i64 {
        self.0 - earlier.0
    }

    /// The moment that much later, at most the last one in the year 9999.
    pub fn plus(self, age: Age) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_add_unsigned(age.seconds()))
    }

    /// The moment this many days later, at most the last one in the year 9999.
    pub fn plus_days(self, days: u32) -> Timestamp {
        self.plus(Age::days(days))
    }

    /// Describes the moment relative to `now`, for people: `just now`, `5 minutes ago`, `in 3 days`.
    pub fn ago(self, now: Timestamp) -> String {
        let seconds = now.seconds_since(self);
        let (size, unit) = match seconds.abs() {
            ..60 => return "just now".to_owned(),
            size @ 60..3_600 => (size / 60, "minute"),
            size @ 3_600..DAY => (size / 3_600, "hour"),
            size if size < 30 * DAY => (size / DAY, "day"),
            size if size < 365 * DAY => (size / (30 * DAY), "month"),
            size => (size / (365 * DAY), "year"),
        };
        let plural = if size == 1 { "" } else { "s" };
        if seconds < 0 { format!("in {size} {unit}{plural}") } else { format!("{size} {unit}{plural} ago") }
    }

    /// The printed form, made digit by digit because a vault holds thousands of timestamps.
    pub(in crate::vault) fn digits(self) -> [u8; 20] {
        let (days, seconds) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut put = |at: usize, number: i64| {
            text[at] += (number / 10 % 10) as u8;
            text[at + 1] += (number % 10) as u8;
        };
        put(0, year / 100);
        put(2, year % 100);
        let parts = [month, day, seconds / 3_600, seconds / 60 % 60, seconds % 60];
        for (at, part) in [5, 8, 11, 14, 17].into_iter().zip(parts) {
            put(at, part);
        }
        text
    }
}

/// The days from 1970 to a date of the Gregorian calendar; none if there is no such date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // January and February belong to the year before, which began in March.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before = year * 365 + leap_days + DAYS_BEFORE[month as usize] - EPOCH;
    (1..=length).contains(&day).then_some(before + day - 1)
}

/// The year, month and day that many days after 1970 began.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    // Leap days come every 1,460, 36,524 and 146,096 days of an era, counted without those before.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = DAYS_BEFORE.partition_point(|before| *before <= day) as i64 - 1;
    let day = day - DAYS_BEFORE[month as usize] + 1;
    let year = era * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Parses RFC 3339, or a date alone, which means its first second in UTC. Fractions of a second are dropped.
impl FromStr for Timestamp {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Timestamp, Malformed> {
        let expected = "a date such as `2026-11-21` or `2026-11-21T10:00:00Z`";
        text.parse().ok().and_then(Timestamp::from_toml).ok_or(Malformed { expected })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let found = Datetime::deserialize(source)?;
        Timestamp::from_toml(found).ok_or_else(|| serde::de::Error::custom("not a date with time and offset"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn parses_rfc_3339_and_prints_utc() {
        for (text, printed) in [
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00.999Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00+02:00", "2026-11-21T08:00:00Z"),
            ("2026-11-21 23:30:00-01:00", "2026-11-22T00:30:00Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(text).to_string(), printed);
        }
        let forms = ["", "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "10:00:00", "2026-11-21T10:00:00"];
        let years = ["10000-01-01", "9999-12-31T23:59:59Z", "9999-12-30T23:00:00-01:00", "0000-01-01T00:00:00+01:00"];
        for bad in forms.into_iter().chain(years) {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn knows_the_calendar() {
        let mut days = 0;
        for (year, leap) in [(1970, 0), (1971, 0), (1972, 1), (1973, 0)] {
            let lengths = [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    assert_eq!(super::days(year, month, day), Some(days));
                    assert_eq!(date(days), (year, month, day));
                    days += 1;
                }
                assert_eq!(super::days(year, month, length + 1), None, "{year}-{month}");
            }
        }
        // Every day of the printed years has one date, and every date leads back to it.
        let (first, last) = (RANGE.start() / DAY, RANGE.end() / DAY);
        for number in first..=last {
            let (year, month, day) = date(number);
            assert_eq!(super::days(year, month, day), Some(number));
        }
        assert_eq!((date(first), date(last)), ((0, 1, 1), (9999, 12, 30)));
        for (year, leap) in [(0, true), (1900, false), (2000, true), (2100, false), (2400, true)] {
            assert_eq!(super::days(year, 2, 29).is_some(), leap, "{year}");
        }
    }

    #[test]
    fn the_canonical_parser_takes_what_is_printed_and_nothing_else() {
        let canonical = |text: &str| Timestamp::parse_canonical(text.as_bytes().try_into().unwrap());
        for text in ["2026-11-21T10:00:00Z", "0000-01-01T00:00:00Z", "9999-12-30T22:00:00Z", "2024-02-29T23:59:59Z"] {
            assert_eq!(canonical(text), Timestamp::parse(text));
            assert_eq!(canonical(text).unwrap().to_string(), text);
        }
        for text in [
            "2026-11-21T10:00:00z",
            "2026-11-21 10:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:00:60Z",
            "2026-02-29T10:00:00Z",
            "2026-00-01T10:00:00Z",
            "2026-13-01T10:00:00Z",
            "2026-11-00T10:00:00Z",
            "9999-12-31T10:00:00Z",
            "2026-11-2 T10:00:00Z",
            "2026-11-21T10:00:0:Z",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn describes_how_long_ago_a_moment_was() {
        let now = at("2026-11-21T10:00:00Z");
        for (then, words) in [
            ("2026-11-21T09:59:30Z", "just now"),
            ("2026-11-21T09:59:00Z", "1 minute ago"),
            ("2026-11-21T08:00:00Z", "2 hours ago"),
            ("2026-11-19T10:00:00Z", "2 days ago"),
            ("2026-09-01T10:00:00Z", "2 months ago"),
            ("2020-11-21T10:00:00Z", "6 years ago"),
            ("2026-11-24T10:00:00Z", "in 3 days"),
        ] {
            assert_eq!(at(then).ago(now), words);
        }
    }

    #[test]
    fn adds_an_age_up_to_the_last_moment() {
        let now = at("2026-11-21T10:00:00Z");
        assert_eq!(now.plus("90s".parse().unwrap()), at("2026-11-21T10:01:30Z"));
        assert_eq!(now.plus_days(90), at("2027-02-19T10:00:00Z"));
        assert_eq!(now.plus_days(u32::MAX), at("9999-12-30T22:00:00Z"));
        assert_eq!(Timestamp::from_seconds(i64::MAX), now.plus_days(u32::MAX));
        assert_eq!(Timestamp::from_seconds(i64::MIN), at("0000-01-01"));
    }
}
