//! Ages and durations as people type them: `90d`, `8h`.

use std::fmt;
use std::str::FromStr;

use super::malformed::Malformed;

/// The units, the largest first: each with its seconds.
const UNITS: [(char, u64); 4] = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60), ('s', 1)];

/// A length of time in whole seconds, typed as a whole number and one unit: `90d`, `8h`, `30m` or `90s`.
///
/// A day has 24 hours. The number is at most 4,294,967,295, so that arithmetic with any [`Timestamp`]
/// stays far from overflow.
///
/// [`Timestamp`]: super::Timestamp
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Age {
    seconds: u64,
}

impl Age {
    /// Makes an age of whole days.
    pub const fn days(days: u32) -> Age {
        Age { seconds: days as u64 * UNITS[0].1 }
    }

    /// Its length in seconds.
    pub const fn seconds(self) -> u64 {
        self.seconds
    }
}

/// Parses digits and one unit. Signs, fractions, spaces and several units are refused: jiff's friendly
/// format takes all of these, and `1mo` besides, which has no fixed length.
impl FromStr for Age {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Age, Malformed> {
        let parse = || {
            let unit = text.chars().last()?;
            let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit)?;

            let number = &text[..text.len() - 1];
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
            let number: u32 = number.parse().ok().filter(|_| is_number)?;
            Some(Age { seconds: u64::from(number) * seconds })
        };
        parse().ok_or(Malformed { expected: "a length of time such as `90d`, `8h`, `30m` or `90s`" })
    }
}

/// Prints the number of the largest unit that divides it: `120s` is `2m`.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, seconds): &(char, u64)| self.seconds > 0 && self.seconds.is_multiple_of(*seconds);
        let (letter, seconds) = UNITS.into_iter().find(whole).unwrap_or(('s', 1));
        f.pad(&format!("{}{letter}", self.seconds / seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_number_and_one_unit() {
        for (text, seconds, printed) in [
            ("90d", 7_776_000, "90d"),
            ("8h", 28_800, "8h"),
            ("30m", 1_800, "30m"),
            ("90s", 90, "90s"),
            ("120s", 120, "2m"),
            ("48h", 172_800, "2d"),
            ("007m", 420, "7m"),
            ("0d", 0, "0s"),
            ("4294967295d", 371_085_174_288_000, "4294967295d"),
        ] {
            let age: Age = text.parse().unwrap();
            assert_eq!((age.seconds(), age.to_string().as_str()), (seconds, printed), "{text}");
            assert_eq!(printed.parse(), Ok(age));
        }
        assert_eq!("90d".parse(), Ok(Age::days(90)));
    }

    #[test]
    fn refuses_every_other_form_and_lists_those_it_takes() {
        let forms = ["", "d", "90", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1h30m"];
        let units = ["1D", "1w", "1mo", "1y", "é", "1é", "٣d", "4294967296d"];
        for bad in forms.into_iter().chain(units) {
            let error = bad.parse::<Age>().unwrap_err();
            assert_eq!(error.to_string(), "not a length of time such as `90d`, `8h`, `30m` or `90s`", "{bad}");
        }
    }
}
