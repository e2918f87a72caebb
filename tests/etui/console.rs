//! `ui`: the console over HTTP. Requests that are not from its page are refused; the page does what the
//! commands do.

mod attacks;
pub mod browser;
mod disputes;
mod life;
pub mod page;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;

use crate::bench::{Bench, bytes};
use crate::update;
use page::Server;

#[test]
fn the_page_is_served_without_any_data() {
    let bench = Bench::acme();
    bench.set("HIDDEN", "hunter2canary", &["-g"]);
    let server = Server::start(&bench, &[]);
    for path in ["/", "/style.css", "/app.js", "/matrix.js"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains("hunter2canary") && !answer.body.contains("HIDDEN"), "{path}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let page = server.get("/").body;
    for inline in ["<script>", "<style", " onclick", " onload", " style=", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline}");
    }
}

#[test]
fn requests_that_are_not_from_the_page_are_refused() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let port = server.port;
    let (own, cookie, token) = (format!("Origin: http://127.0.0.1:{port}"), &page.cookie, &page.token);
    let host = format!("Host: 127.0.0.1:{port}");
    let (cookie, token) = (format!("Cookie: {cookie}"), format!("X-Etui-Token: {token}"));
    let kind = "Content-Type: application/json";
    let all = [host.as_str(), own.as_str(), cookie.as_str(), token.as_str(), kind];
    let ask = |line: &str, lines: &[&str], body: &str| {
        let head = lines.iter().map(|line| format!("{line}\r\n")).collect::<String>();
        server.raw(&format!("{line}\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len()))
    };
    let vault = "POST /api/vault HTTP/1.1";
    assert_eq!(ask(vault, &all, "{}").status, 200, "a complete request is accepted");
    let without = |left: &str| all.into_iter().filter(|line| *line != left).collect::<Vec<_>>();
    let with = |line: &'static str, other: &str| {
        let mut lines = without(other);
        lines.push(line);
        lines
    };
    for (why, lines, status) in [
        ("no Host", without(&host), 421),
        ("a host name that resolves to this machine", with("Host: evil.example", &host), 421),
        ("localhost is another origin", with("Host: localhost", &host), 421),
        ("no Origin", without(&own), 403),
        ("another page", with("Origin: https://evil.example", &own), 403),
        ("a page without an origin", with("Origin: null", &own), 403),
        ("another port of this machine", with("Origin: http://127.0.0.1:1", &own), 403),
        ("a site that the browser calls foreign", with("Sec-Fetch-Site: cross-site", ""), 403),
        ("a frame", with("Sec-Fetch-Dest: iframe", ""), 403),
        ("no cookie", without(&cookie), 401),
        ("another cookie", with("Cookie: etui=0", &cookie), 401),
        ("no token", without(&token), 401),
        ("another token", with("X-Etui-Token: 0", &token), 401),
        ("no JSON, as a form sends it", with("Content-Type: text/plain", kind), 400),
    ] {
        let answer = ask(vault, &lines, "{}");
        assert_eq!(answer.status, status, "{why}: {}", answer.body);
        assert!(!answer.body.contains("acme"), "{why}: {}", answer.body);
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{why}");
    }
    for (line, body, status) in [
        ("GET /api/vault HTTP/1.1", "", 405),
        ("PUT /api/vault HTTP/1.1", "{}", 405),
        ("DELETE /api/secret/delete HTTP/1.1", "{}", 405),
        ("POST / HTTP/1.1", "{}", 405),
        ("POST /api/nothing HTTP/1.1", "{}", 404),
        ("GET /../Cargo.toml HTTP/1.1", "", 404),
        (vault, "", 400),
        (vault, "7", 400),
        (vault, r#"{"more": 1}"#, 400),
        ("POST /api/secret/reveal HTTP/1.1", r#"{"section": "team", "name": ["hunter2canary"]}"#, 400),
    ] {
        let answer = ask(line, &all, body);
        assert_eq!(answer.status, status, "{line} {body}: {}", answer.body);
        assert!(!answer.body.contains("hunter2canary"), "{}", answer.body);
    }
}

#[test]
fn the_ticket_opens_the_console_once() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let ticket = server.ticket.clone();
    for wrong in ["", "0", &ticket[1..]] {
        assert_eq!(server.post("/session", &[], &json!({"ticket": wrong})).status, 401);
    }
    let page = server.enter();
    assert!(page.set_cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{}", page.set_cookie);
    assert_eq!(server.post("/session", &[], &json!({"ticket": ticket})).status, 401, "a second time");
    let other = Server::start(&bench, &[]);
    let old = other.post("/api/vault", &page.headers()[2..], &json!({}));
    assert_eq!(old.status, 401, "a session of one console is not valid for another");
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
}

#[test]
fn requests_that_are_too_large_or_too_slow_are_refused() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let head = format!("POST /api/vault HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", server.port);
    let own = page.headers().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
    let large = server.raw(&format!("{head}{own}Content-Length: 100000000\r\n\r\n"));
    assert_eq!(large.status, 413, "the body is too long");
    let many = server.raw(&format!("{head}{}\r\n\r\n", "X: y\r\n".repeat(200)));
    assert_eq!(many.status, 431, "too many header lines");
    let long = server.raw(&format!("{head}X: {}\r\n\r\n", "y".repeat(64 << 10)));
    assert_eq!(long.status, 431, "a header line is too long");
    // Request heads that never end: each is dropped, and no other request waits for them.
    let slow: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
            stream.write_all(b"POST /api/vault HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    }
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
}

#[test]
#[ignore = "needs util-linux and bash"]
fn another_user_of_the_machine_is_refused_even_with_the_ticket() {
    let bench = Bench::acme();
    let server = Server::start(&bench, &[]);
    let body = json!({"ticket": server.ticket}).to_string();
    let (port, length) = (server.port, body.len());
    for host in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let script = format!(
            "exec 3<>/dev/tcp/{host}/{port}; printf 'POST /session HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\
             Origin: http://127.0.0.1:{port}\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n\
             Content-Length: {length}\\r\\n\\r\\n{body}' >&3; head -1 <&3"
        );
        let mut other = std::process::Command::new("setpriv");
        other.args(["--reuid", "65534", "--clear-groups", "bash", "-c", &script]);
        let answer = String::from_utf8(other.output().unwrap().stdout).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{host}: {answer}");
    }
    let mut server = server;
    server.enter();
}

#[test]
fn prints_its_address_and_ends_when_stopped_or_unused() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &["--timeout", "2s"]);
    assert!(server.output.contains("or 2s without use"), "{}", server.output);
    let (code, output) = server.wait();
    assert_eq!(code, 0);
    update::text(&output, "nobody used the console for 2s, so it is closed\n", "");
    let mut server = Server::start(&bench, &[]);
    server.interrupt();
    assert_eq!(server.wait(), (0, String::new()));
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    page.ask("/api/stop", &json!({}));
    assert_eq!(server.wait(), (0, String::new()));
    for (arguments, code, message) in [
        (&["ui", "-t", "none"][..], 3, "no vault"),
        (&["ui", "--timeout", "soon"], 2, "timeout"),
        (&["ui", "--no-open", "-i", "none"], 5, "none"),
    ] {
        let outcome = bench.etui(arguments);
        assert!(outcome.code == code && outcome.err.contains(message), "{outcome:?}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let outcome = bench.etui(["ui", "--no-open", "--port", &port]);
    assert!(outcome.code == 1 && outcome.err.contains("cannot listen on 127.0.0.1:"), "{outcome:?}");
}

#[test]
fn opens_the_browser_at_the_address() {
    let bench = Bench::acme();
    fs::write(bench.work().join("browser"), "#!/bin/sh\nenv > seen; printf '%s' \"$1\" > address\n").unwrap();
    bench.sh("chmod +x browser").ok();
    let mut command = bench.command(["ui", "--timeout", "1s"]);
    let outcome = crate::bench::feed(command.env("BROWSER", "./browser").env("ETUI_KEY_FILE", bench.key()), b"");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(!outcome.err.contains("http://"), "the browser's address is not printed too: {}", outcome.err);
    let address = String::from_utf8(bytes(bench.work().join("address"))).unwrap();
    assert!(address.starts_with("http://127.0.0.1:") && address.contains("/#"), "{address}");
    let seen = String::from_utf8(bytes(bench.work().join("seen"))).unwrap();
    assert!(!seen.contains("ETUI_KEY"), "{seen}");
}

#[test]
fn secrets_are_created_shown_changed_deleted_and_restored() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let set = |more: serde_json::Value| {
        let mut asked = json!({"section": "project:web", "name": "KEY"});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page.post("/api/secret/set", &asked)
    };
    let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let done = set(json!({"value": base64(b"one"), "note": "by hand"})).document();
    update::json(&done["said"], &json!("created KEY in project web of team acme"), "");
    assert_eq!((&done["item"]["note"], &done["item"]["by"]), (&json!("by hand"), &json!("alice")));
    bench.etui(["get", "KEY", "-p", "web"]).prints("one");
    let again = set(json!({"value": base64(b"two")}));
    assert_eq!((again.status, &again.document()["error"]["code"]), (409, &json!("secret_exists")));
    let seen = page.mark("project:web", "KEY");
    // A change in between is noticed, even within the same second.
    bench.set("KEY", "between", &["-p", "web"]);
    let late = set(json!({"value": base64(b"two"), "seen": seen}));
    assert_eq!((late.status, &late.document()["error"]["code"]), (409, &json!("outdated")));
    bench.etui(["get", "KEY", "-p", "web"]).prints("between");
    let seen = page.mark("project:web", "KEY");
    let done = set(json!({"value": base64(b"two\n"), "seen": seen})).document();
    update::json(&done["said"], &json!("updated KEY in project web of team acme"), "");
    bench.etui(["get", "KEY", "-p", "web"]).prints("two\n");
    let named = json!({"section": "project:web", "name": "KEY"});
    assert_eq!(page.ask("/api/secret/reveal", &named), json!({"value": "two\n", "encoding": "utf-8"}));
    let looked = page.ask("/api/secret/look", &named);
    assert_eq!(looked["history"].as_array().unwrap().len(), 3, "{looked}");
    let old = json!({"section": "project:web", "name": "KEY", "version": 2});
    assert_eq!(page.ask("/api/secret/reveal", &old)["value"], "one");
    // Binary values.
    let done = set(json!({"value": base64(b"\xff\0\x01"), "seen": page.mark("project:web", "KEY")})).document();
    assert_eq!(done["item"]["encoding"], "base64");
    assert_eq!(bench.etui(["get", "KEY", "-p", "web"]).ok().out, b"\xff\0\x01");
    let done = set(json!({"generate": {"length": 40, "chars": "hex"}, "seen": page.mark("project:web", "KEY")}));
    assert_eq!(done.document()["item"]["size"], 40);
    // A secret in use is not deleted, and the answer says what uses it.
    bench.etui(["env", "set", "AUTH", "secret:KEY", "-p", "web"]).ok();
    assert_eq!(page.ask("/api/secret/look", &named)["users"], json!([{"in": "project:web", "name": "AUTH"}]));
    let seen = page.mark("project:web", "KEY");
    let delete = |force: bool, seen: &str| {
        page.post("/api/secret/delete", &json!({"section": "project:web", "name": "KEY", "seen": seen, "force": force}))
    };
    let refused = delete(false, &seen);
    assert_eq!((refused.status, &refused.document()["error"]["code"]), (409, &json!("secret_in_use")));
    assert_eq!(delete(true, "0").status, 409);
    let done = delete(true, &seen).document();
    update::json(&done["note"], &json!("these entries now refer to nothing: AUTH of project web"), "");
    let all = page.ask("/api/vault", &json!({}));
    assert_eq!(all["deleted"], json!([{"in": "project:web", "name": "KEY"}]));
    let none = page.ask("/api/secret/look", &named)["mark"].as_str().unwrap().to_owned();
    let back = json!({"section": "project:web", "name": "KEY", "version": 1, "seen": none});
    let restored = page.ask("/api/secret/restore", &back);
    update::json(&restored["said"], &json!("restored KEY in project web of team acme"), "");
    assert_eq!(page.post("/api/secret/restore", &back).status, 409, "the name is in use again");
    let reserved = json!({"section": "team", "name": "PATH", "value": ""});
    assert_eq!(page.post("/api/secret/set", &reserved).document()["error"]["code"], "reserved_name");
    let output = bench.etui(["get", "NONE", "-p", "web"]).err;
    let missing = page.post("/api/secret/look", &json!({"section": "project:web", "name": "NONE"})).document();
    assert_eq!(output.lines().next().unwrap(), format!("error: {}", missing["error"]["message"].as_str().unwrap()));
}

#[test]
fn entries_and_sections_are_created_and_deleted() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    bench.set("KEY", "value", &["-g"]);
    let entry = |gives: serde_json::Value, seen: Option<String>| {
        page.post("/api/entry/set", &json!({"section": "project:web", "name": "AUTH", "gives": gives, "seen": seen}))
    };
    let done = entry(json!({"secret": "KEY"}), None).document();
    update::json(&done["said"], &json!("created AUTH (secret:KEY) in project web of team acme"), "");
    bench.etui(["get", "AUTH", "-p", "web"]).prints("value");
    assert_eq!(entry(json!({"text": "x"}), None).document()["error"]["code"], "entry_exists");
    let seen = page.mark("project:web", "AUTH");
    let done = entry(json!({"text": "secret:KEY"}), Some(seen.clone()));
    assert_eq!(done.status, 200, "{}", done.body);
    bench.etui(["get", "AUTH", "-p", "web"]).prints("secret:KEY");
    assert_eq!(entry(json!({"text": "y"}), Some(seen)).document()["error"]["code"], "outdated");
    let seen = page.mark("project:web", "AUTH");
    let delete = json!({"section": "project:web", "name": "AUTH", "seen": seen});
    let deleted = page.ask("/api/entry/delete", &delete);
    update::json(&deleted["said"], &json!("deleted AUTH in project web of team acme"), "");
    let section = |path: &str, asked: serde_json::Value| page.post(path, &asked);
    let made = section("/api/section/create", json!({"kind": "project", "id": "docs"})).document();
    assert_eq!(made["in"], "project:docs");
    update::json(&made["said"], &json!("created project docs of team acme"), "");
    assert_eq!(section("/api/section/create", json!({"kind": "project", "id": "docs"})).status, 409);
    bench.set("A", "1", &["-p", "docs"]);
    let delete = |force: bool| section("/api/section/delete", json!({"section": "project:docs", "force": force}));
    assert_eq!(delete(false).document()["error"]["code"], "section_not_empty");
    assert_eq!(delete(true).status, 200);
    assert_eq!(section("/api/section/delete", json!({"section": "team", "force": true})).status, 400);
}

#[test]
fn the_environment_is_explained_shown_masked_copied_and_saved() {
    let bench = Bench::linked();
    for (scope, value) in [("-g", "team"), ("-pweb", "it's web"), ("-cgpu", "gpu")] {
        bench.set("URL", value, &[scope]);
    }
    bench.set("EMPTY", "", &["-g"]);
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let all = page.ask("/api/vault", &json!({}));
    assert_eq!((&all["project"], &all["cluster"]), (&json!("web"), &json!("gpu")), "the context comes from the link");
    let explained = page.ask("/api/context", &json!({"cluster": "gpu", "project": null}));
    let url = &explained["items"][1];
    assert_eq!(
        (&url["name"], &url["in"]),
        (&json!("URL"), &json!("cluster:gpu")),
        "an explicit null means no project, even if the link names one"
    );
    let resolve = |format: &str, gives: serde_json::Value| {
        let asked = json!({"cluster": "gpu", "project": "web", "format": format, "reader": null, "name": "x", "except": [], "gives": gives});
        page.post("/api/resolve", &asked)
    };
    for format in
        ["dotenv", "shell", "fish", "powershell", "json", "yaml", "docker", "systemd", "github", "k8s", "null"]
    {
        let preview = resolve(format, json!("preview")).document();
        assert!(!preview["text"].as_str().unwrap().contains("web"), "{preview}");
        let text = resolve(format, json!("text")).document();
        if format != "github" {
            bench
                .etui(["resolve", "--format", format].iter().chain(if format == "k8s" {
                    &["--name", "x"][..]
                } else {
                    &[]
                }))
                .prints(text["text"].as_str().unwrap());
        }
    }
    let file = |name: &str| resolve("dotenv", json!({"file": {"name": name, "force": false}}));
    assert!(file("out.env").document()["said"].as_str().unwrap().ends_with("/out.env"));
    let written = bench.work().join("out.env");
    assert_eq!(String::from_utf8(bytes(&written)).unwrap(), bench.etui(["resolve"]).ok().text());
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(written).unwrap().permissions()) & 0o777, 0o600);
    for elsewhere in ["../x.env", "/tmp/x.env", "a/b", "..", "", "."] {
        assert_eq!(file(elsewhere).status, 400, "{elsewhere}");
    }
    bench.sh("git init -q .").ok();
    assert_eq!(file("more.env").document()["error"]["code"], "output_tracked");
    bench.etui(["use", "URL", "--as", "CERT", "--as-file"]).ok();
    assert_eq!(resolve("json", json!("preview")).document()["error"]["code"], "needs_run");
}

#[test]
fn a_locked_key_takes_its_passphrase_three_times() {
    let bench = Bench::acme();
    let text = fs::read_to_string(bench.key()).unwrap();
    fs::write(bench.key(), crate::bench::lock(&text, "correct horse")).unwrap();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let locked = page.post("/api/vault", &json!({}));
    assert_eq!((locked.status, &locked.document()["error"]["code"]), (423, &json!("passphrase_unasked")));
    let unlock = |passphrase: &str| page.post("/api/unlock", &json!({"passphrase": passphrase}));
    let wrong = unlock("hunter2canary").document();
    update::json(&wrong["error"]["hint"], &json!("2 tries are left"), "");
    assert_eq!(unlock("correct horse").status, 200);
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
    server.interrupt();
    assert_eq!(server.wait(), (0, String::new()));
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    for tries in 1..=3 {
        let wrong = page.post("/api/unlock", &json!({"passphrase": "hunter2canary"}));
        assert_eq!(wrong.status, 403, "{tries}: {}", wrong.body);
        assert!(!wrong.body.contains("hunter2canary"));
    }
    let (code, output) = server.wait();
    assert_eq!(code, 5, "{output}");
    assert!(output.starts_with("error: ") && !output.contains("hunter2canary"), "{output}");
}

#[test]
fn a_change_by_a_command_shows_at_once() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let seen = page.ask("/api/vault", &json!({}))["seen"].clone();
    let start = Instant::now();
    let changed = std::thread::scope(|scope| {
        let watching = scope.spawn(|| page.ask("/api/watch", &json!({"seen": seen})));
        std::thread::sleep(Duration::from_millis(300));
        bench.set("A", "1", &["-g"]);
        watching.join().unwrap()
    });
    assert!(changed["seen"] != seen && start.elapsed() < Duration::from_secs(15), "{changed}");
    assert_eq!(page.ask("/api/vault", &json!({}))["items"][0]["name"], "A");
}

#[test]
fn two_hundred_changes_by_the_page_and_commands_at_once_are_all_kept() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let page = &page;
            scope.spawn(move || {
                for number in 0..100 {
                    let name = format!("PAGE_{half}_{number}");
                    let asked = json!({"section": "project:web", "name": name, "value": BASE64_STANDARD.encode(&name)});
                    let done = page.post("/api/secret/set", &asked);
                    assert_eq!(done.status, 200, "{}", done.body);
                }
            });
        }
        let bench = &bench;
        scope.spawn(move || {
            for number in 0..40 {
                bench.set(&format!("COMMAND_{number}"), "value", &["-g"]);
            }
        });
    });
    let merged = bench.etui(["resolve", "-p", "web", "--format", "json"]).ok().document();
    let merged = merged.as_object().unwrap();
    assert_eq!(merged.len(), 240);
    assert!(merged.iter().filter(|(name, _)| name.starts_with("PAGE")).all(|(name, value)| value == name));
}

#[test]
fn lists_details_and_refusals_contain_no_value() {
    const CANARY: &str = "hunter2canary";
    let bench = Bench::linked();
    bench.set("A", CANARY, &["-g"]);
    bench.set("A", "new", &["-g"]);
    bench.set("B", CANARY, &[]);
    bench.etui(["env", "set", "C", CANARY]).ok();
    let mut server = Server::start(&bench, &["-l", "debug"]);
    let page = server.enter();
    let value = BASE64_STANDARD.encode(CANARY);
    for (path, asked) in [
        ("/api/vault", json!({})),
        ("/api/context", json!({"cluster": null, "project": "web"})),
        ("/api/secret/look", json!({"section": "team", "name": "A"})),
        ("/api/secret/look", json!({"section": "project:web", "name": "C"})),
        ("/api/secret/set", json!({"section": "project:web", "name": "B", "value": value})),
        ("/api/secret/set", json!({"section": "project:web", "name": "D", "value": value})),
        ("/api/secret/set", json!({"section": "none", "name": "D", "value": value})),
        ("/api/secret/set", json!({"section": "team", "name": CANARY.repeat(20), "value": value})),
        ("/api/secret/set", json!({"section": "team", "name": "E", "value": CANARY})),
        ("/api/secret/set", json!({"section": "team", "name": "E", "value": [CANARY]})),
        ("/api/entry/set", json!({"section": "team", "name": "E", "gives": {"secret": format!("{CANARY}!")}})),
        ("/api/entry/set", json!({"section": "team", "name": "E", "gives": {"text": format!("{CANARY}\0")}})),
        ("/api/unlock", json!({"passphrase": CANARY})),
    ] {
        let answer = page.post(path, &asked);
        assert!(!answer.body.contains(CANARY) && !answer.body.contains(&value), "{path}: {}", answer.body);
    }
    server.interrupt();
    let (code, output) = server.wait();
    assert!(code == 0 && !output.contains(CANARY) && !output.contains(&value), "{output}");
}
