//! What can happen while the page is open: the vault changes, the machine sleeps, the user is away.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::page::{Page, Server};
use crate::bench::{Bench, bytes};
#[cfg(target_os = "linux")]
use crate::process_memory::{Planted, memory};
use crate::update;

/// The error of a command, in JSON.
fn error(bench: &Bench, arguments: &[&str]) -> Value {
    let vault = bench.vault().display().to_string();
    let outcome = bench.etui(["--vault", &vault, "-j"].iter().chain(arguments));
    // The page only knows this vault.
    let answer = outcome.err.replace(&format!("etui --vault {vault} "), "etui ");
    serde_json::from_str::<Value>(&answer).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))["error"].clone()
}

#[track_caller]
fn refused(page: &Page, path: &str, asked: &Value, status: u16) -> Value {
    let answer = page.post(path, asked);
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.document()["error"].clone()
}

#[test]
fn a_moved_replaced_or_older_vault_is_reported_as_by_the_command() {
    let bench = Bench::acme();
    bench.set("A", "first", &["-g"]);
    let old = bytes(bench.vault());
    bench.set("A", "second", &["-g"]);
    let now = bytes(bench.vault());
    let other = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let set = json!({"section": "team", "name": "B", "value": ""});
    let mut seen = page.ask("/api/vault", &json!({}))["seen"].clone();
    let away = bench.home().join("away");
    let cases: [(&str, u16, &dyn Fn()); 5] = [
        ("moved", 404, &|| fs::rename(bench.vault(), &away).unwrap()),
        ("no vault", 422, &|| fs::write(bench.vault(), "no vault").unwrap()),
        ("empty", 422, &|| fs::write(bench.vault(), "").unwrap()),
        ("another team's", 403, &|| fs::write(bench.vault(), bytes(other.vault())).unwrap()),
        ("older", 422, &|| fs::write(bench.vault(), &old).unwrap()),
    ];
    for (what, status, happens) in cases {
        happens();
        let watched = page.ask("/api/watch", &json!({"seen": seen}));
        assert_ne!(watched["seen"], seen, "{what}: the page notices at once");
        seen = watched["seen"].clone();
        assert_eq!(refused(&page, "/api/vault", &json!({}), status), error(&bench, &["list", "--all"]), "{what}");
        assert_eq!(
            refused(&page, "/api/secret/set", &set, status),
            error(&bench, &["set", "B", "-g", "--value", "x"]),
            "{what}"
        );
    }
    fs::write(bench.vault(), &now).unwrap();
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme", "the vault is back");
    page.ask("/api/secret/set", &set);
}

#[test]
fn a_reader_is_told_why_nothing_can_be_changed() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let bob = Bench::new();
    bob.etui(["key", "new"]).ok();
    let recipient = bob.etui(["key", "show", "-j"]).ok().document()["recipient"].as_str().unwrap().to_owned();
    bench.etui(["member", "add", "bob", &recipient]).ok();
    fs::copy(bench.vault(), bob.vault()).unwrap();
    let mut server = Server::start(&bob, &[]);
    let page = server.enter();
    let all = page.ask("/api/vault", &json!({}));
    assert_eq!((&all["me"]["role"], &all["items"][0]["name"]), (&json!("reader"), &json!("A")));
    let expected = error(&bob, &["set", "B", "-g", "--value", "x"]);
    assert_eq!(all["readOnly"], expected);
    let value = BASE64_STANDARD.encode("x");
    let set = json!({"section": "team", "name": "B", "value": value});
    assert_eq!(refused(&page, "/api/secret/set", &set, 403), expected);
    let mut server = Server::start(&bench, &[]);
    assert_eq!(server.enter().ask("/api/vault", &json!({}))["readOnly"], Value::Null, "alice may write");
}

#[test]
fn the_console_is_closed_after_the_machine_slept_past_the_timeout() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &["--timeout", "3s"]);
    let page = server.enter();
    page.ask("/api/vault", &json!({}));
    // A background request does not count as use. Once it is answered, the server has recorded the time of
    // the request before it.
    page.ask("/api/vault", &json!({"news": true}));
    // Stopping the process is the closest a test can get to sleep: the first request afterwards is too late.
    server.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(3200));
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let head = page.headers().map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let head = format!("POST /api/vault HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{head}", server.port);
    stream.write_all(format!("{head}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}").as_bytes()).unwrap();
    server.signal(Signal::CONT);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let (code, output) = server.wait();
    assert_eq!(code, 0);
    update::text(&output, "nobody used the console for 3s, so it is closed\n", "");
}

#[test]
fn background_updates_do_not_count_as_use_but_reading_does() {
    let bench = Bench::acme();
    let start = Instant::now();
    let mut server = Server::start(&bench, &["--timeout", "3s"]);
    let page = server.enter();
    // A user reads the page for longer than the timeout, and it stays open.
    while start.elapsed() < Duration::from_secs(5) {
        page.ask("/api/watch", &json!({"seen": "", "used": true}));
        std::thread::sleep(Duration::from_millis(100));
    }
    // Then a colleague keeps changing the vault, and the user does nothing.
    let picked = json!({"cluster": null, "project": null, "news": true});
    let news = [("/api/vault", json!({"news": true})), ("/api/context", picked), ("/api/watch", json!({"seen": ""}))];
    let left = Instant::now();
    while news.iter().all(|(path, asked)| page.try_post(path, asked).is_some_and(|status| status == 200)) {
        assert!(left.elapsed() < Duration::from_secs(30), "the console does not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(left.elapsed() > Duration::from_secs(2), "{:?}", left.elapsed());
    let (code, output) = server.wait();
    assert_eq!(code, 0);
    update::text(&output, "nobody used the console for 3s, so it is closed\n", "");
}

#[test]
#[ignore = "needs root"]
#[cfg(target_os = "linux")]
fn the_server_keeps_no_value_in_memory_after_showing_or_setting_it() {
    let planted = Planted::new();
    let mut server = Server::start(&planted.bench, &[]);
    let page = server.enter();
    // Keep the connections open, so that values left in their buffers would be found.
    let keep = |path: &str, asked: Value| {
        let (head, body) =
            (page.headers().map(|(name, value)| format!("{name}: {value}\r\n")).concat(), asked.to_string());
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{head}", server.port);
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK", "{path} {asked}");
        stream
    };
    let encoded = BASE64_STANDARD.encode(&planted.new);
    let resolve = json!({"cluster": "gpu", "project": "web", "format": "json", "reader": null, "name": "", "except": [], "gives": "text"});
    let preview = json!({"cluster": "gpu", "project": "web", "format": "json", "reader": null, "name": "", "except": [], "gives": "preview"});
    let streams = [
        keep("/api/vault", json!({})),
        keep("/api/secret/set", json!({"section": "team", "name": "NEW", "value": encoded})),
        keep("/api/secret/reveal", json!({"section": "team", "name": "NEW"})),
        keep("/api/secret/reveal", json!({"section": "team", "name": "NAME_0_1"})),
        keep("/api/secret/reveal", json!({"section": "project:web", "name": "NAME_3_3", "version": 1})),
        keep("/api/secret/look", json!({"section": "team", "name": "NAME_0_1"})),
        keep("/api/resolve", preview),
        keep("/api/resolve", resolve),
    ];
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(planted.held_by(server.id()), 0);
    let memory = memory(server.id());
    let holds = |what: &str| memory.iter().any(|region| memchr::memmem::find(region, what.as_bytes()).is_some());
    assert!(!holds(&encoded), "the value as the request encoded it");
    assert!(holds(&page.token), "the search finds what is in memory");
    drop(streams);
}
