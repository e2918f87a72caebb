//! When a value has to be replaced.

use crate::report::{Error, Kind, now};
use crate::vault::{Age, Expiry, Timestamp};

/// Parses an expiry: an age from now such as `90d`, a date, or `never`.
pub fn parse(text: &str) -> Result<Expiry, Error> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    let age = text.parse::<Age>().map(|age| now().plus(age)).ok();
    age.or_else(|| Timestamp::parse(text)).map(Expiry::At).ok_or_else(|| {
        let message = match text {
            "" => "the date is empty".to_owned(),
            _ => format!("`{text}` is not a date or an age"),
        };
        Error::new(Kind::Usage, "bad_date", message).hint("`90d`, `2027-01-31`, `2027-01-31T12:00:00Z` or `never`")
    })
}
