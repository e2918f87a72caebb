//! The requests of the page: a file for each noun, and one operation for each request.

pub mod answer;
mod dispute;
mod entry;
mod environment;
mod key;
mod secret;
mod section;
mod vault;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use self::answer::Answer;
use super::worker::{Desk, End};

/// Does what a request asks for. None if the request cannot be parsed.
pub type Job = fn(&mut Desk, &[u8]) -> Option<Answer>;

/// The requests, by their paths.
pub const ALL: &[(&str, Job)] = &[
    ("/api/vault", |desk, body| Some(vault::all(desk, read(body)?))),
    ("/api/context", |desk, body| Some(environment::explain(desk, read(body)?))),
    ("/api/resolve", |desk, body| Some(environment::resolve(desk, read(body)?))),
    ("/api/secret/look", |desk, body| Some(secret::look(desk, read(body)?))),
    ("/api/secret/set", |desk, body| Some(secret::set(desk, read(body)?))),
    ("/api/secret/reveal", |desk, body| Some(secret::reveal(desk, read(body)?))),
    ("/api/secret/delete", |desk, body| Some(secret::delete(desk, read(body)?))),
    ("/api/secret/restore", |desk, body| Some(secret::restore(desk, read(body)?))),
    ("/api/secret/settle", |desk, body| Some(dispute::settle(desk, read(body)?))),
    ("/api/entry/set", |desk, body| Some(entry::set(desk, read(body)?))),
    ("/api/entry/delete", |desk, body| Some(entry::delete(desk, read(body)?))),
    ("/api/section/create", |desk, body| Some(section::create(desk, read(body)?))),
    ("/api/section/delete", |desk, body| Some(section::delete(desk, read(body)?))),
    ("/api/unlock", |desk, body| Some(key::unlock(desk, read(body)?))),
    ("/api/stop", |desk, body| Some(stop(desk, read(body)?))),
];

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

fn stop(desk: &mut Desk, _: Nothing) -> Answer {
    desk.end = Some(End::Asked);
    Ok(json!({"said": "the console is closed"}))
}
