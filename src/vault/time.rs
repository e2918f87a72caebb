//! Timestamps, in whole seconds of UTC. The current time always comes in as an argument.

use std::fmt;
use std::num::NonZeroI64;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::{civil, tz};
use toml::value::{Datetime, Offset};

use super::age::Age;
use super::malformed::Malformed;

/// A moment in whole seconds, printed as RFC 3339 in UTC: `2026-11-21T10:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// In seconds since [`ORIGIN`], so that an optional one takes no more memory: a vault holds thousands.
    NonZeroI64,
);

const DAY: i64 = 24 * 60 * 60;

/// The first and the last second that a timestamp can be, since 1970: the year 0 begins, and the year 9999 ends a day
/// early, so that every time zone writes it with four digits.
const RANGE: RangeInclusive<i64> = -62_167_219_200..=253_402_207_200;

/// The second before the first one.
const ORIGIN: i64 = -62_167_219_201;

impl Timestamp {
    /// The moment that many seconds after 1970 began, or the nearest one in the years 0 to 9999.
    pub fn from_seconds(seconds: i64) -> Timestamp {
        let seconds = seconds.clamp(*RANGE.start(), *RANGE.end());
        Timestamp(NonZeroI64::new(seconds - ORIGIN).expect("the origin is before all of them"))
    }

    /// The seconds since 1970 began.
    fn seconds(self) -> i64 {
        self.0.get() + ORIGIN
    }

    /// Parses RFC 3339 or a date, as [`FromStr`] does.
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    /// Parses the printed form, `2026-11-21T10:00:00Z`, and no other. This is several times faster than
    /// parsing all of RFC 3339.
    pub(crate) fn parse_canonical(text: &[u8; 20]) -> Option<Timestamp> {
        let number = |from: usize, to: usize| {
            let digits = &text[from..to];
            let is_number = digits.iter().all(u8::is_ascii_digit);
            is_number.then(|| digits.iter().fold(0_i16, |number, digit| number * 10 + i16::from(digit - b'0')))
        };
        let small = |from| number(from, from + 2).and_then(|number| i8::try_from(number).ok());
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if marks.iter().any(|(at, mark)| text[*at] != *mark) {
            return None;
        }
        let date = civil::Date::new(number(0, 4)?, small(5)?, small(8)?).ok()?;
        let time = civil::Time::new(small(11)?, small(14)?, small(17)?, 0).ok()?;
        let moment = tz::Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Timestamp::from_seconds(moment.as_second()))
    }

    /// Converts a TOML value: a date with time and offset, or a date alone.
    fn from_toml(found: Datetime) -> Option<Timestamp> {
        let date = found.date?;
        let date = civil::Date::new(date.year as i16, date.month as i8, date.day as i8).ok()?;
        let (time, offset) = match (found.time, found.offset) {
            (None, None) => (civil::Time::midnight(), 0),
            (Some(time), Some(offset)) => {
                // POSIX time has no leap seconds: one counts as the second before it.
                let second = time.second.unwrap_or(0).min(59) as i8;
                let time = civil::Time::new(time.hour as i8, time.minute as i8, second, 0).ok()?;
                match offset {
                    Offset::Z => (time, 0),
                    Offset::Custom { minutes } => (time, i32::from(minutes) * 60),
                }
            }
            _ => return None,
        };
        let offset = tz::Offset::from_seconds(offset).ok()?;
        let moment = offset.to_timestamp(date.to_datetime(time)).ok()?;
        // An offset can lead out of the years that are printed.
        let seconds = moment.as_second();
        RANGE.contains(&seconds).then(|| Timestamp::from_seconds(seconds))
    }

    /// The seconds from `earlier` to this moment; negative if this one is earlier.
    pub fn seconds_since(self, earlier: Timestamp) -> i64 {
        self.seconds() - earlier.seconds()
    }

    /// The moment that much later, at most the last one in the year 9999.
    pub fn plus(self, age: Age) -> Timestamp {
        Timestamp::from_seconds(self.seconds().saturating_add_unsigned(age.seconds()))
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
        let moment = jiff::Timestamp::from_second(self.seconds()).expect("jiff has these years too");
        let moment = tz::Offset::UTC.to_datetime(moment);
        let year = moment.year().unsigned_abs();
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut put = |at: usize, number: u16| {
            text[at] += (number / 10 % 10) as u8;
            text[at + 1] += (number % 10) as u8;
        };
        put(0, year / 100);
        put(2, year % 100);
        let parts = [moment.month(), moment.day(), moment.hour(), moment.minute(), moment.second()];
        for (at, part) in [5, 8, 11, 14, 17].into_iter().zip(parts) {
            put(at, part.unsigned_abs().into());
        }
        text
    }
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
