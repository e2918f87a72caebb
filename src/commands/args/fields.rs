//! `--fields`: which columns or JSON fields of a list are shown.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::{Error, Kind, or};

/// Checks that every field is known.
pub fn check(fields: &[String], known: &[&str]) -> Result<(), Error> {
    match fields.iter().find(|field| !known.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => {
            let error = Error::new(Kind::Usage, "bad_field", format!("there is no field `{field}`"));
            Err(error.hint(format!("use {}", or(known))))
        }
    }
}

/// Returns the fields that are asked for, in that order; all of them if none is.
pub fn pick(item: &impl Serialize, fields: &[String]) -> Value {
    // A view is made of texts, numbers and flags, none of which can fail.
    let mut document = serde_json::to_value(item).unwrap_or_default();
    if fields.is_empty() {
        return document;
    }
    let picked = fields.iter().map(|field| (field.clone(), document[field].take()));
    Value::Object(picked.collect::<Map<_, _>>())
}
