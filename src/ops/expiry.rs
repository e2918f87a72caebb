//! When a value has to be replaced.

use crate::report::{Error, Kind, now};
use crate::vault::Timestamp;

/// Parses an expiry: a number of days from now such as `90d`, or a date.
pub fn parse(text: &str) -> Result<Timestamp, Error> {
    let days = text.strip_suffix('d').map(|days| days.parse().ok().map(|days| now().plus_days(days)));
    days.unwrap_or_else(|| Timestamp::parse(text)).ok_or_else(|| {
        let message = match text {
            "" => "the date is empty".to_owned(),
            _ => format!("`{text}` is not a date or a number of days"),
        };
        Error::new(Kind::Usage, "bad_date", message).hint("`90d`, `2027-01-31` or `2027-01-31T12:00:00Z`")
    })
}
