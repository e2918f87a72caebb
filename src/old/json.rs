//! The shapes of `--json`.

use serde_json::{Value, json};

use crate::vault::{Earlier, Record, SecretName, SectionId, TeamName, Timestamp};

/// A section: `{kind, id}`; the team's id is its name.
pub fn section(section: &SectionId, team: &TeamName) -> Value {
    let kind = section.kind().map_or("team", |kind| kind.as_str());
    let id = section.id().map_or(team.to_string(), ToString::to_string);
    json!({"kind": kind, "id": id})
}

/// A secret, without its value.
pub fn secret(team: &TeamName, id: &SectionId, name: &SecretName, record: &Record) -> Value {
    json!({
        "name": name.as_str(),
        "section": section(id, team),
        "created": when(record.created),
        "updated": when(record.updated),
        "by": record.by.as_str(),
        "note": record.note,
        "expires": record.expires.map(when),
        "size": record.value.size(),
        "encoding": if record.value.is_text() { "utf-8" } else { "base64" },
        "disputed": false,
    })
}

/// The same of a name that is disputed.
pub fn disputed(mut secret: Value) -> Value {
    secret["disputed"] = true.into();
    secret
}

/// An earlier value, without the value; without a number it marks a deletion.
pub fn earlier(number: usize, earlier: &Earlier) -> Value {
    let is_value = earlier.value.is_some();
    json!({
        "version": is_value.then_some(number),
        "updated": when(earlier.updated),
        "by": earlier.by.as_str(),
        "state": if is_value { "earlier" } else { "deleted" },
        "note": earlier.note,
        "size": earlier.value.as_ref().map(|value| value.size()),
        "encoding": earlier.value.as_ref().map(|value| if value.is_text() { "utf-8" } else { "base64" }),
    })
}

/// A page of a list.
pub fn page(items: Vec<Value>, next: Option<String>) -> Value {
    json!({"items": items, "hasMore": next.is_some(), "nextPage": next})
}

/// A moment, as RFC 3339.
pub fn when(at: Timestamp) -> Value {
    Value::String(at.to_string())
}
